"""`client-setup`: what makes a mail program show the tones."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from assistant.clean import clean_text
from assistant.cli import LONGEST_LINE, cli, tell

if TYPE_CHECKING:
    from assistant.mailprograms import Tag

_PROGRAMS = {
    "thunderbird": "the tones as coloured tags: --write puts them into your profile",
    "neomutt": "the tones as words and colours in the index: --write FILE",
    "apple-mail": "shows no keywords; what works is a flag, or a folder",
    "gmail": "shows no keywords; what works is labels",
    "outlook": "shows no keywords; what works is a flag, or a folder",
}
_NEEDED = 'They show keywords: mark = "keyword" in config.toml, or "auto" where it isn\'t Gmail.'


@cli.command("client-setup")
@click.argument("program", required=False, metavar="[PROGRAM]", type=click.Choice(list(_PROGRAMS)))
@click.option(
    "--write",
    is_flag=False,
    flag_value="",
    metavar="[PLACE]",
    help="Put the settings there, between two marker lines: a Thunderbird profile's folder (without "
    "PLACE, the default profile), or a neomuttrc.",
)
@click.option(
    "--remove", is_flag=False, flag_value="", metavar="[PLACE]", help="Take them out again."
)
@click.pass_obj
def client_setup(
    config_path: Path | None, program: str | None, write: str | None, remove: str | None
) -> None:
    """Make a mail program show the tones: settings for it, or what works instead.

    PROGRAM is thunderbird, neomutt, apple-mail, gmail or outlook; without it, they are listed. The
    keywords are those of your own rules.
    """
    place = write if remove is None else remove
    if write is not None and remove is not None:
        raise click.UsageError("either --write or --remove")
    if program is None:
        if place is not None:
            raise click.UsageError("name the program, before --write or --remove")
        _list()
        return
    if place is not None and program not in ("thunderbird", "neomutt"):
        raise click.UsageError(
            f"{program} takes no settings from a file; `assistant client-setup {program}` tells what works"
        )
    if place == "" and program == "neomutt":
        raise click.UsageError("neomutt: name the file: --write FILE, such as ~/.neomuttrc")
    needed = remove is None and program not in ("apple-mail", "outlook")
    tags = _tags(config_path, program) if needed else ()
    if place is None:
        _show(program, tags)
    elif program == "thunderbird":
        _thunderbird(place, tags, remove=remove is not None)
    else:
        _neomutt(place, tags, remove=remove is not None)


def _list() -> None:
    width = max(map(len, _PROGRAMS))
    for name, about in _PROGRAMS.items():
        click.echo(f"{click.style(f'{name:<{width}}', bold=True)}  {about}")
    tell("More: assistant client-setup PROGRAM, and docs/clients.md.")


def _tags(config_path: Path | None, program: str) -> tuple[Tag, ...]:
    from assistant import mailprograms
    from assistant.cli import wiring

    setup = wiring.read_setup(config_path)
    marks = {account.mark for account in setup.config.settings.account}
    if program != "gmail" and marks and not marks & {"keyword", "auto"}:
        tell(f"note: {program} can show keywords, and no account in {setup.config.path} sets any")
        tell('(mark = "keyword")')
    return mailprograms.tags(setup.rulebook)


def _show(program: str, tags: Sequence[Tag]) -> None:
    """What would be written, on standard output; what to do with it, on the other."""
    from assistant.mailprograms import neomutt, steps, thunderbird

    if program == "thunderbird":
        click.echo(thunderbird.BLOCK.around(thunderbird.settings(tags)), nl=False)
        tell("These lines belong into the file user.js in your profile's folder. With Thunderbird")
        tell("closed, `assistant client-setup thunderbird --write` puts them there.")
        tell(_NEEDED)
    elif program == "neomutt":
        click.echo(neomutt.BLOCK.around(neomutt.settings(tags)), nl=False)
        tell("These lines belong at the end of your neomuttrc;")
        tell("`assistant client-setup neomutt --write ~/.neomuttrc` puts them there.")
        tell(_NEEDED)
    elif program == "gmail":
        click.echo(steps.gmail(tags), nl=False)
    else:
        click.echo(steps.apple_mail() if program == "apple-mail" else steps.outlook(), nl=False)


def _thunderbird(place: str, tags: Sequence[Tag], *, remove: bool) -> None:
    from assistant.cli import client_files
    from assistant.mailprograms import thunderbird

    folder = client_files.profile(place, Path.home())
    user_js, prefs_js = folder / "user.js", folder / "prefs.js"
    with client_files.closed(folder):
        before = client_files.read_text(user_js)
        change = thunderbird.change(before, client_files.read_text(prefs_js), tags, str(user_js))
        # In this order: what is in prefs.js because of us is known from user.js alone.
        client_files.write_text(prefs_js, change.prefs_js)
        client_files.write_text(user_js, change.user_js)
    if remove:
        _say(user_js, _removed(before, change.user_js))
        return
    for tag in change.kept:
        _say(user_js, f"{tag.keyword}: left out, since you have a tag for it already")
    if change.laid:
        _say(user_js, f"{len(change.laid)} tags; Thunderbird shows them from its next start")


def _neomutt(place: str, tags: Sequence[Tag], *, remove: bool) -> None:
    from assistant.cli import client_files
    from assistant.mailprograms import neomutt

    file = client_files.place(place)
    before = client_files.read_text(file)
    after = neomutt.BLOCK.laid(before, neomutt.settings(tags), place)
    client_files.write_text(file, after)
    if remove:
        _say(file, _removed(before, after))
    else:
        _say(file, f"{len(tags)} keywords; neomutt shows them from its next start")


def _removed(before: str, after: str) -> str:
    return "there was nothing of ours in it" if before == after else "our lines are taken out"


def _say(file: Path, what: str) -> None:
    click.echo(clean_text(f"{file}: {what}", LONGEST_LINE))
