"""`brief`: what to know of a case before the call, on one page."""

from __future__ import annotations

import json
from pathlib import Path

import click

from assistant.cli import cli


@cli.command("brief")
@click.argument("name", metavar="CASE")
@click.option("--account", metavar="ADDRESS", help="In this account, where several are.")
@click.option(
    "--html",
    "page",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write one self-contained page, to read on paper or on a phone.",
)
@click.option("--markdown", is_flag=True, help="As Markdown.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.pass_obj
def brief_(
    config_path: Path | None,
    name: str,
    account: str | None,
    page: Path | None,
    *,
    markdown: bool,
    as_json: bool,
) -> None:
    """Show what to know of a case before you call: who, what they say and want, the timeline, where they are
    right, what you promised, what to ask, and an order for the call.

    CASE is a name that `assistant cases` shows; its beginning will do. All of it is taken from the mail at this
    moment, word for word, and kept nowhere; what is inferred says so.
    """
    from assistant.cases.brief import brief
    from assistant.cli import brief as shown
    from assistant.cli import briefpage, casework, pagefile, show, wiring
    from assistant.rulebook import sayings
    from assistant.service.casemail import MOST_LOOKS

    setup = wiring.read_setup(config_path)
    if page is not None:
        pagefile.check(page)
    with casework.casebook(setup) as book:
        found = casework.the_case(setup, book, name, account)
    with (
        wiring.connect(setup.config, found.account) as mailbox,
        casework.judging(setup) as judge,
    ):
        mail = casework.mail_of(judge, mailbox, found.account.inbox, MOST_LOOKS)
        (case,) = casework.whole(setup, judge, mail, [found])
    if gone := casework.gone([case]):
        raise click.UsageError(f"{gone}, so there is nothing to show")
    profile = wiring.profile(setup.config, found.account)
    languages = {each.message.language for each in case.letters}
    listeners = sayings.listeners(languages)
    made = brief(case, wiring.now(), profile.calling, listeners, region=profile.region)
    if page is not None:
        pagefile.write(page, briefpage.as_html(made))
        click.echo(f"{page} is written", err=True)
    if as_json:
        click.echo(json.dumps(shown.as_json(made), indent=2))
    elif markdown:
        click.echo(shown.as_markdown(made))
    elif page is None:
        shown.show(made, show.console())
