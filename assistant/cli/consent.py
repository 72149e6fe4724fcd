"""Signing in by browser, as the user sees it."""

from __future__ import annotations

import os
import sys
import webbrowser
from dataclasses import dataclass

import click

from assistant.clean import clean_text
from assistant.cli.questions import LONGEST_SHOWN, Questions
from assistant.config import expanded
from assistant.errors import ConfigError, Problem
from assistant.signin import oauth
from assistant.signin.grant import Granted, OAuthClient
from assistant.signin.microsoft import DeviceCode

LARGEST_CLIENT_FILE = 65_536


@dataclass(frozen=True, slots=True)
class Manner:
    """How the user gets to a browser: one is opened here, its page is only shown, or it is elsewhere."""

    browser: bool = True
    paste: bool = False
    device_code: bool = False


def obtain(client: OAuthClient, user: str, manner: Manner) -> Granted:
    """Let the user sign in.

    Raises:
        LoginRefused: declined or refused.
        MailboxError: no sign-in server, or the browser did not come back.
        click.UsageError: a device code, which Google does not give for mail.
    """
    if manner.device_code and client.provider == "google":
        raise click.UsageError("--device-code is Microsoft's; without a browser here, use --paste")
    if manner.device_code:
        return oauth.by_device_code(client, _show_code)
    if manner.paste:
        return oauth.by_pasting(client, user, lambda url: _pasted(user, url))
    return oauth.by_browser(client, user, lambda url: _visit(user, url, opened=manner.browser))


def google_client(path: str) -> tuple[str, str]:
    """Client id and secret from the JSON file that Google lets one download.

    Raises:
        ConfigError: where it is not that.
    """
    import json

    try:
        where = expanded(path)
    except ValueError as error:
        raise _wrong(path, str(error)) from error
    try:
        with where.open("rb") as file:
            installed = json.loads(file.read(LARGEST_CLIENT_FILE))["installed"]
        return str(installed["client_id"]), str(installed["client_secret"])
    except OSError as error:
        raise _wrong(path, f"can't be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError):
        raise _wrong(path, 'is not the JSON file of a client of the type "desktop app"') from None


def client_secret(ask: Questions) -> str:
    """Google's client secret, from the user."""
    return ask.secret("Client secret, which Google shows beside the client id", "--client-file")


def _visit(user: str, url: str, *, opened: bool) -> None:
    click.echo(f"\nSign in as {user} in a browser on this machine, on this page:\n\n{url}\n")
    if opened and _graphical() and webbrowser.open(url):
        click.echo("It should have opened by itself.")
    click.echo("Waiting for the browser to come back (Ctrl-C stops; nothing is changed then) …")


def _pasted(user: str, url: str) -> str:
    click.echo(f"\nSign in as {user} in any browser, on this page:\n\n{url}\n")
    click.echo(
        "At the end the browser can't open a page, which is as it should be. Copy the whole address\n"
        "of that page (it holds code= and state=) and paste it here."
    )
    # Terminals cut lines at 4,096 characters while they are edited; an answer is shorter.
    return str(click.prompt("Address (not shown)", hide_input=True))


def _show_code(code: DeviceCode) -> None:
    page, letters = clean_text(code.page, LONGEST_SHOWN), clean_text(code.code, 40)
    click.echo(
        "\nMany organisations block device codes, because they are used for phishing; if it is refused, "
        "use --paste.\n"
        f"On any device, open  {page}\n"
        f"and enter            {click.style(letters, bold=True)}\n"
        f"within {code.seconds // 60} minutes. Waiting (Ctrl-C stops; nothing is changed then) …"
    )


def _graphical() -> bool:
    """Whether a browser would open in a window. One in the terminal would take the terminal away."""
    if sys.platform in ("darwin", "win32"):
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"))


def _wrong(path: str, what: str) -> ConfigError:
    return ConfigError([Problem(path, None, "", what)])
