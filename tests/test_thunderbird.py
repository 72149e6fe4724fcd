"""A real mail program shows the tones: Thunderbird, without a screen, on Dovecot.

What it shows is asked of the parts behind its list of messages, which change less than its face.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.letters import CALM, letter
from tests.marionette import Marionette
from tests.program import Home
from tests.servers import PASSWORD, DovecotStand, ImapAccount
from tests.workbench import LONG_AGO, Bench

SECONDS = 90.0
NEED_THUNDERBIRD = "ASSISTANT_NEED_THUNDERBIRD"
QUIET = {
    # Nothing leaves this machine: whatever is elsewhere is asked of a proxy that isn't there.
    "network.proxy.type": 1,
    "network.proxy.socks": "127.0.0.1",
    "network.proxy.socks_port": 9,
    "network.proxy.socks_remote_dns": True,
    "network.proxy.no_proxies_on": "127.0.0.1",
    "marionette.port": 0,
    "mail.shell.checkDefaultClient": False,
    "mail.provider.suppress_dialog_on_startup": True,
    "mailnews.start_page.enabled": False,
    "datareporting.policy.dataSubmissionPolicyBypassNotification": True,
}
TAGS = """
const {MailServices} = ChromeUtils.importESModule("resource:///modules/MailServices.sys.mjs");
return Object.fromEntries(MailServices.tags.getAllTags().map(tag => [tag.key, [tag.tag, tag.color]]));
"""
INBOX = """
const {MailServices} = ChromeUtils.importESModule("resource:///modules/MailServices.sys.mjs");
const server = MailServices.accounts.defaultAccount.incomingServer;
const login = Cc["@mozilla.org/login-manager/loginInfo;1"].createInstance(Ci.nsILoginInfo);
login.init("imap://127.0.0.1", null, "imap://127.0.0.1", server.username, arguments[0], "", "");
await Services.logins.addLoginAsync(login);
const inbox = server.rootFolder.getFolderWithFlags(Ci.nsMsgFolderFlags.Inbox);
const window = Services.wm.getMostRecentWindow("mail:3pane");
const pane = window.document.getElementById("tabmail").currentAbout3Pane;
await new Promise(done => {
  const listener = {onFolderEvent(folder, event) {
    if (folder == inbox && event == "FolderLoaded") {
      MailServices.mailSession.RemoveFolderListener(listener);
      done();
    }
  }};
  MailServices.mailSession.AddFolderListener(listener, Ci.nsIFolderListener.event);
  pane.displayFolder(inbox.URI);
});
const view = pane.gViewWrapper.dbView;
const rows = [...Array(view.rowCount).keys()];
return Object.fromEntries(rows.map(row =>
  [view.cellTextForColumn(row, "subjectCol"), view.cellTextForColumn(row, "tagsCol")]));
"""
"""Opens the inbox and waits until it is there; the subjects, with what the column of tags shows."""


def prefs(values: Mapping[str, object]) -> str:
    """A file of preferences."""
    return "".join(f'user_pref("{name}", {json.dumps(value)});\n' for name, value in values.items())


def set_up(account: ImapAccount) -> dict[str, object]:
    """The preferences of somebody who has an account."""
    return {
        "mail.accountmanager.accounts": "account1",
        "mail.accountmanager.defaultaccount": "account1",
        "mail.account.account1.server": "server1",
        "mail.account.account1.identities": "id1",
        "mail.account.lastKey": 1,
        "mail.identity.id1.fullName": "Robin Hale",
        "mail.identity.id1.useremail": "robin@studio.example",
        "mail.identity.id1.valid": True,
        "mail.server.server1.type": "imap",
        "mail.server.server1.name": "studio",
        "mail.server.server1.hostname": "127.0.0.1",
        "mail.server.server1.port": account.port,
        "mail.server.server1.userName": account.user,
        "mail.server.server1.socketType": 0,
        "mail.server.server1.authMethod": 3,
        "mailnews.tags.tone-concerned.tag": "Mine",
        "mailnews.tags.tone-concerned.color": "#123456",
    }


@contextlib.contextmanager
def thunderbird(profile: Path) -> Iterator[Marionette]:
    """Thunderbird at work on a profile, and ended as its user would end it."""
    command = ["thunderbird", "--headless", "--no-remote", "--profile", str(profile)]
    with subprocess.Popen(
        [*command, "--marionette", "--remote-allow-system-access"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        env={"PATH": os.environ["PATH"], "HOME": str(profile.parent), "LANG": "C.UTF-8"},
    ) as process:  # fmt: skip
        watchdog = threading.Timer(SECONDS, process.kill)
        drain = threading.Thread(target=process.communicate)
        watchdog.start()
        try:
            port = _port(process)
            drain.start()
            with Marionette(port, SECONDS) as control:
                yield control
                control.quit()
            drain.join()
        finally:
            watchdog.cancel()
            process.kill()
            if drain.is_alive():
                drain.join()


def _port(process: subprocess.Popen[str]) -> int:
    """The port that it says it listens on."""
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        if found := re.search(r"Marionette.*Listening on port (\d+)", line):
            return int(found[1])
        said += line
    raise AssertionError(f"Thunderbird ended: {said}")


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    """A profile's folder, still empty."""
    if shutil.which("thunderbird") is None:
        if os.environ.get(NEED_THUNDERBIRD):
            pytest.fail("Thunderbird is needed here: apt-get install thunderbird")
        pytest.skip("needs Thunderbird")
    folder = tmp_path / "home" / "profile"
    folder.mkdir(parents=True)
    return folder


def test_thunderbird_shows_the_tones(
    dovecot: DovecotStand, home: Home, profile: Path, tmp_path: Path
) -> None:
    """As tags with a name and a colour, after `client-setup thunderbird --write`: those that we set, and a
    keyword of the user's own, in any case. The user's own tag stays. --remove leaves nothing."""
    account = dovecot.account(
        letter(number=1, subject="Calm words", body=CALM),
        letter(number=2, subject="Angry words"),
        letter(number=3, subject="Cross words", body=CALM, flags=("customer.cross",)),
        letter(number=4, subject="Alike words", body=CALM, flags=("customer-cross", "xtone-angry")),
        letter(number=5, subject="Harsh words", body=CALM, flags=("tone-hostile", "look-first")),
        letter(number=6, subject="Upset words", body=CALM, flags=("$Forwarded", "tone-concerned")),
        letter(number=7, subject="Told words", body=CALM, flags=("case-called",)),
    )
    assert isinstance(account, ImapAccount)
    Bench(account, tmp_path / "state.sqlite3").run(LONG_AGO)
    user_js, prefs_js = profile / "user.js", profile / "prefs.js"
    user_js.write_text(prefs(QUIET))
    prefs_js.write_text(prefs(set_up(account)))
    home.configure('[[tone]]\nid = "frustrated"\nheat = 3\nkeyword = "Customer.Cross"')
    setup = ("client-setup", "thunderbird")
    assert home.run(*setup, "--write", profile).code == 0

    with thunderbird(profile) as control:
        tags, shown = control.run(TAGS), control.run(INBOX, PASSWORD)
        busy = home.run(*setup, "--remove", profile)
    assert shown == {
        "Calm words": "",
        "Angry words": "Angry",
        "Cross words": "Frustrated",
        "Alike words": "",
        "Harsh words": "Hostile Look first",
        "Upset words": "Mine",
        "Told words": "Case: called",
    }
    assert tags["tone-angry"] == ["Angry", "#e0312f"]
    assert tags["customer.cross"] == ["Frustrated", "#b86e00"]
    assert tags["tone-concerned"] == ["Mine", "#123456"]
    assert (busy.code, busy.out) == (3, "")
    assert "Thunderbird is using this profile" in busy.err
    assert 'user_pref("mailnews.tags.tone-angry.tag", "Angry");' in prefs_js.read_text()

    assert home.run(*setup, "--remove", profile).code == 0
    assert user_js.read_text() == prefs(QUIET)
    with thunderbird(profile) as control:
        left = control.run(TAGS)
    assert sorted(left) == [*(f"$label{n}" for n in range(1, 6)), "tone-concerned"]
