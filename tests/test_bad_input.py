"""Everything that users and servers get wrong: a plain message, the documented exit code, nothing lost."""

from __future__ import annotations

import contextlib
import re
import signal
import socket
import sqlite3
import ssl
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import trustme

from assistant.demo.server import EmbeddedServer
from assistant.model import Address, Identity, Profile
from assistant.service.ports import Desk
from assistant.service.scan import Report, Request, Service
from assistant.store import Database, Store
from assistant.triage import Triage
from assistant.worker import Here
from tests.builders import rulebook
from tests.letters import NOW, letter
from tests.program import (
    ADDRESS,
    PASSWORD_ENV,
    Done,
    Home,
    account_table,
    days_ago,
    fresh,
    mailbox,
    read_until,
    stop,
)
from tests.proxy import RecordingProxy
from tests.servers import Account, DovecotStand, ImapAccount, PymapStand, Stand
from tests.transcript import commands

Stands = PymapStand | DovecotStand
WEEK = ("--since", days_ago(7))
USER, PASSWORD = "robin@studio.example", "secret"
SIGN_IN = ("LOGIN", "AUTHENTICATE")


def plain(done: Done, code: int, said: str) -> None:
    """One clear line, perhaps a hint, and the exit code."""
    lines = done.err.splitlines()
    assert done.code == code, done
    assert [line.partition(":")[0] for line in lines] in (["error"], ["error", "hint"])
    assert re.search(said, lines[0]), lines[0]


def sign_ins(proxy: RecordingProxy, since: int) -> int:
    """How often anybody tried to sign in on connections from number `since` on."""
    return sum(
        command.verb in SIGN_IN for each in proxy.sent[since:] for command in commands(bytes(each))
    )


# --- reaching the server ------------------------------------------------------------------------


def test_a_wrong_password_is_tried_once_by_scan(real_stand: Stands, home: Home) -> None:
    """One attempt, an explanation, exit code 5; the next scan with the right one works."""
    account = real_stand.account(fresh())
    home.use(account)
    before = len(account.proxy.sent)
    done = home.run("scan", *WEEK, environ={PASSWORD_ENV: "wrong"})
    plain(done, 5, f"127.0.0.1 refused the sign-in of {account.user}: ")
    assert "app password" in done.err
    assert sign_ins(account.proxy, before) == 1
    assert "1 judged, 1 flagged; 1 marked, 1 drafted" in home.run("scan", *WEEK).out


def test_a_wrong_password_is_tried_once_by_run(pymap: PymapStand, home: Home) -> None:
    """The daemon says so and when it will ask again, and stays: what is mended needs no restart."""
    account = pymap.account(fresh())
    home.use(account)
    home.environ[PASSWORD_ENV] = "wrong"
    before = len(account.proxy.sent)
    with home.start("run") as process:
        said = read_until(process.stderr, "want an app password")
        assert "stopped: 127.0.0.1 refused the sign-in" in said
        assert "it is tried again at" in said
        assert stop(process, signal.SIGTERM) == 0
    assert sign_ins(account.proxy, before) == 1


@pytest.mark.parametrize(
    ("key", "environ", "said"),
    [
        ({}, {PASSWORD_ENV: ""}, f"the environment variable {PASSWORD_ENV} is not set"),
        ({"password_env": "", "password_command": ["false"]}, {}, "password_command ended with 1"),
        ({"password_env": "", "password_file": "none"}, {}, "password_file .*/none: can't be read"),
        ({"password_env": ""}, {"PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}, "the keyring holds no password"),
    ],
)  # fmt: skip
def test_without_a_password_nobody_is_asked(
    pymap: PymapStand, home: Home, key: dict[str, object], environ: dict[str, str], said: str
) -> None:
    """What is missing is named; the server hears nothing."""
    home.use(pymap.account(), **key)
    before = len(pymap.proxy.sent)
    plain(home.run("scan", environ=environ), 4, said)
    assert len(pymap.proxy.sent) == before


def test_an_unknown_host(pymap: PymapStand, home: Home) -> None:
    """A slip in the host name. (So long a name is refused by the resolver itself, without asking anybody.)"""
    home.use(pymap.account(), host=".".join(["imap"] * 60), insecure=False)
    plain(home.run("scan"), 4, "can't be reached")


def test_a_port_where_nobody_listens(pymap: PymapStand, home: Home) -> None:
    """The refusal comes through as such."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port = sock.getsockname()[1]
    home.use(pymap.account(), port=port)
    plain(home.run("scan"), 4, r"127.0.0.1: can't be reached \(.*refused")


def test_a_server_that_speaks_no_imap(pymap: PymapStand, home: Home) -> None:
    """Another service on the port is not mistaken for a mail server."""
    with talker(b"SSH-2.0-OpenSSH_9.6\r\n") as port:
        home.use(pymap.account(), port=port)
        plain(home.run("scan"), 4, "127.0.0.1: ")


def test_a_refusal_cannot_drive_the_terminal(pymap: PymapStand, home: Home) -> None:
    """What a server says is repeated without its control characters."""
    with talker(b"* BYE \x1b[2J\x1b]0;owned\x07go away\r\n") as port:
        home.use(pymap.account(), port=port)
        done = home.run("scan")
    plain(done, 4, "127.0.0.1: ")
    assert "\x1b" not in done.err + done.out


@contextlib.contextmanager
def talker(greeting: bytes) -> Iterator[int]:
    """A server that says one thing to whoever comes and hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def talk() -> None:
            with contextlib.suppress(OSError):
                client, _ = listener.accept()
                with client:
                    client.sendall(greeting)
                    client.shutdown(socket.SHUT_WR)
                    while client.recv(4096):
                        pass

        thread = threading.Thread(target=talk)
        thread.start()
        yield listener.getsockname()[1]
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        thread.join(20)


# --- certificates -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def pem(authority: trustme.CA, host: str, folder: Path) -> tuple[str, str]:
    """Files of a certificate for a host and of its key; the authority's own lies beside them."""
    issued = authority.issue_cert(host)
    chain, key = folder / "chain.pem", folder / "key.pem"
    issued.private_key_pem.write_to_path(key)
    for number, each in enumerate(issued.cert_chain_pems):
        each.write_to_path(chain, append=number > 0)
    authority.cert_pem.write_to_path(folder / "ca.pem")
    return str(chain), str(key)


def tls_account(port: int, **more: object) -> str:
    keys = {"host": "localhost", "port": port, "user": USER, "insecure": False, **more}
    return account_table(ImapAccount(USER, port, RecordingProxyPort(port), "INBOX"), **keys)


class RecordingProxyPort:
    """Stands where an account expects its proxy: TLS is spoken to the server itself."""

    def __init__(self, port: int) -> None:
        self.port = port


def test_a_certificate_of_ones_own_authority_is_trusted(
    home: Home, tmp_path: Path, authority: trustme.CA
) -> None:
    """With ca_file, relative to config.toml, everything works over TLS."""
    with EmbeddedServer(pem(authority, "localhost", tmp_path)) as server:
        server.add_user(USER, PASSWORD, [fresh()])
        (tmp_path / "ca.pem").rename(home.config_file.parent / "ca.pem")
        home.configure(tls_account(server.port, ca_file="ca.pem"))
        assert home.run("check").code == 0
        done = home.run("scan", *WEEK)
    assert (done.code, done.err) == (0, "")
    assert "1 judged, 1 flagged; 1 marked, 1 drafted" in done.out


@pytest.mark.parametrize(
    ("certified", "trusted", "said"),
    [
        ("localhost", False, "certificate can't be trusted: .*(self-signed|unable to get)"),
        ("imap.elsewhere.example", True, "certificate can't be trusted: .*[Hh]ostname"),
    ],
)
@pytest.mark.parametrize("name", ["scan", "check"])
def test_a_certificate_that_cannot_be_trusted(
    home: Home,
    tmp_path: Path,
    authority: trustme.CA,
    certified: str,
    trusted: bool,
    said: str,
    name: str,
) -> None:
    """Exit code 4, no second try, and not one byte of the session reached the server."""
    with tls_listener(pem(authority, certified, tmp_path)) as (port, received):
        more = {"ca_file": str(tmp_path / "ca.pem")} if trusted else {}
        home.configure(tls_account(port, **more))
        done = home.run(name)
    assert done.code == 4
    assert re.search(said, done.out + done.err)
    assert "nothing secret was sent" in done.out + done.err
    assert received == [b""]


def test_the_daemon_waits_for_a_certificate_that_can_be_trusted(
    home: Home, tmp_path: Path, authority: trustme.CA
) -> None:
    """It says what is wrong, sends nothing, and goes on: the certificate may be renewed."""
    with tls_listener(pem(authority, "localhost", tmp_path)) as (port, received):
        home.configure(tls_account(port))
        with home.start("run") as process:
            said = read_until(process.stderr, "nothing secret was sent")
            assert stop(process, signal.SIGTERM) == 0
    assert "certificate can't be trusted" in said
    assert received == [b""]


@contextlib.contextmanager
def tls_listener(certificate: tuple[str, str]) -> Iterator[tuple[int, list[bytes]]]:
    """A TLS server that keeps what each client told it after the handshake."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    received: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    client, _ = listener.accept()
                except OSError:
                    return
                received.append(b"")
                with client, contextlib.suppress(OSError):
                    client.settimeout(20)
                    with context.wrap_socket(client, server_side=True) as tls:
                        tls.sendall(b"* OK IMAP4rev1 ready\r\n")
                        received[-1] += tls.recv(4096)

        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1], received
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(20)


def test_a_ca_file_that_is_none(home: Home, tmp_path: Path) -> None:
    """Missing or no certificate: named, before anything is sent anywhere."""
    (tmp_path / "ca.pem").write_text("no certificate")
    for name in ("ca.pem", "none.pem"):
        home.configure(tls_account(1, ca_file=str(tmp_path / name)))
        plain(home.run("scan"), 4, f"ca_file .*{name}: can't be used")


# --- folders and flags --------------------------------------------------------------------------


def test_drafts_missing(real_stand: Stands, home: Home) -> None:
    """Unhappy mail is marked all the same, the draft waits, and it is said what to do."""
    account = real_stand.account(fresh(), folders=("Sent", "Trash"))
    home.use(account)
    done = home.run("scan", *WEEK)
    assert done.code == 4
    assert "1 judged, 1 flagged; 1 marked, 0 drafted" in done.out
    (warning,) = done.err.splitlines()
    assert re.search(
        r"warning: .*no Drafts folder was found on the server; drafts wait \(create one", warning
    )
    assert any("tone-" in flag for flag in account.contents()[0].flags)
    assert home.run("check").code == 4


def test_a_draft_that_waited_is_laid_once_there_is_a_folder(stand: Stand, tmp_path: Path) -> None:
    """Also by a daemon whose connection has been open all the time."""
    account = stand.account(letter(), folders=("Sent", "Trash"))
    with service(account, tmp_path) as work:
        first = work.run()
        assert (first.flagged, first.drafted) == (1, 0)
        assert "drafts wait" in next(iter(first.problems))
        create(account, "Drafts")
        assert work.run(minutes=5).drafted == 0
        assert work.run(minutes=30).drafted == 1
        assert work.run(minutes=90).drafted == 0
    assert len(account.contents("Drafts")) == 1


def test_two_folders_that_could_be_drafts(pymap: PymapStand, home: Home) -> None:
    """Neither is guessed: both are named, and the config decides."""
    account = pymap.account(fresh(), folders=("Entwürfe", "Brouillons", "Sent"))
    home.use(account)
    done = home.run("scan", *WEEK)
    assert done.code == 4
    assert re.search(
        r"more than one folder could be Drafts: (Entwürfe, Brouillons|Brouillons, Entwürfe)",
        done.err,
    )
    assert account_is_without_drafts(account, "Entw&APw-rfe", "Brouillons")
    home.use(account, drafts="Brouillons")
    assert home.run("check").code == 0


def account_is_without_drafts(account: ImapAccount, *folders: str) -> bool:
    return not any(account.contents(name) for name in folders)


def test_a_drafts_folder_that_does_not_exist(pymap: PymapStand, home: Home) -> None:
    """A name in the config wins over what is found, and where it is wrong, it is said what there is."""
    home.use(pymap.account(fresh()), drafts="Draughts")
    done = home.run("scan", *WEEK)
    assert done.code == 4
    assert (
        'drafts = "Draughts" does not exist on the server; drafts wait (folders there: Drafts, INBOX'
        in done.err
    )


def test_an_inbox_that_does_not_exist(pymap: PymapStand, home: Home) -> None:
    """A wrong inbox is an error, not an empty one."""
    home.use(pymap.account(), inbox="Indox")
    plain(home.run("scan"), 4, 'the folder "Indox" can\'t be opened')
    assert home.run("check").code == 4


def test_a_server_without_keywords(real_stand: Stands, home: Home) -> None:
    """The draft is laid; it is said that nothing could be marked, and that a star could."""
    account = real_stand.account(fresh(), keywords=False)
    home.use(account, mark="keyword")
    done = home.run("scan", *WEEK)
    assert done.code == 0
    assert "1 judged, 1 flagged; 0 marked, 1 drafted" in done.out
    assert 'the server keeps no keywords: unhappy mail is not marked (mark = "flagged"' in done.err
    assert account.contents()[0].flags <= {"\\recent"}
    assert home.run("check").code == 4


@pytest.mark.parametrize("mark", ["auto", "flagged"])
def test_a_star_where_there_are_no_keywords(pymap: PymapStand, home: Home, mark: str) -> None:
    """It is set, and nothing is amiss any more."""
    account = pymap.account(fresh(), keywords=False)
    home.use(account, mark=mark)
    done = home.run("scan", *WEEK)
    assert (done.code, done.err) == (0, "")
    assert account.contents()[0].flags - {"\\recent"} == {"\\flagged"}
    assert home.run("check").code == 0


def test_no_marks_by_request(pymap: PymapStand, home: Home) -> None:
    """mark = "none": the draft alone, and no complaint."""
    account = pymap.account(fresh())
    home.use(account, mark="none")
    done = home.run("scan", *WEEK)
    assert "0 marked, 1 drafted" in done.out
    assert account.contents()[0].flags <= {"\\recent"}


def test_a_read_only_mailbox(real_stand: Stands, home: Home) -> None:
    """Drafts are laid, marks wait, and it is said why."""
    account = real_stand.account(fresh(), read_only=True)
    home.use(account)
    done = home.run("scan", *WEEK)
    assert done.code == 4
    assert "1 judged, 1 flagged; 0 marked, 1 drafted" in done.out
    assert "the mailbox is read-only: nothing can be marked in it" in done.err
    assert "INBOX is read-only" in home.run("check").out


def test_over_quota_by_scan(dovecot: DovecotStand, home: Home) -> None:
    """The mark is set, the draft waits for room."""
    account = dovecot.account(fresh(), quota=700)
    home.use(account)
    done = home.run("scan", *WEEK)
    assert done.code == 4
    assert "1 judged, 1 flagged; 1 marked, 0 drafted" in done.out
    assert "over its quota: the draft waits until there is room" in done.err
    assert account.contents("Drafts") == []


def test_a_draft_that_waited_is_laid_once_there_is_room(
    stand_with_quota: Stand, tmp_path: Path
) -> None:
    """Tried again later, not at every pass, and laid once."""
    full = letter("x" * 900, number=2, sender="Nia <nia@other.example>")
    account = stand_with_quota.account(letter(), full, quota=1_700)
    if stand_with_quota.name == "fake":
        account.mailbox.room = 100
    with service(account, tmp_path) as work:
        first = work.run()
        assert (first.flagged, first.drafted) == (1, 0)
        assert "over its quota" in next(iter(first.problems))
        make_room(account)
        assert work.run(minutes=5).drafted == 0
        assert work.run(minutes=30).drafted == 1
    assert len(account.contents("Drafts")) == 1


# --- config, rules, mail ------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["check", "scan", "run", "explain", "rules"])
def test_a_config_that_cannot_be_read(home: Home, name: str) -> None:
    """A folder in its place: every command says so and does nothing."""
    home.config_file.mkdir()
    arguments = [name, "-"] if name == "explain" else [name]
    plain(home.run(*arguments), 3, f"{home.config_file}: can't be read: Is a directory")


def test_a_folder_asked_for_as_config(home: Home, tmp_path: Path) -> None:
    """--config says the same of it: a mistake in the configuration, not in the command line."""
    plain(home.run("--config", tmp_path, "rules"), 3, f"{tmp_path}: can't be read: Is a directory")


def test_a_config_with_mistakes(home: Home) -> None:
    """Each on a line of its own, with its place; then where to read on."""
    home.configure("pol = 1", "[[account]]", 'host = "h"')
    done = home.run("scan")
    assert done.code == 3
    assert [line.replace(str(home.config_file), "C") for line in done.err.splitlines()] == [
        "error: C:1: pol: unknown key; known here: account, attention, behaviour, calling, cases, classes, clients_file, drafting, evidence, form_senders, judging, language, negation_after, negation_before, negators, never_screened, no_reply, not_names, notify, own_lists, poll_seconds, reply, retention_days, rule, rules_folder, sign, state, test, threshold, tone, voices",
        "error: C:2: account[1].user: is required",
        "hint: config.example.toml explains every key, rules/README.md the rules",
    ]


def test_a_broken_rule_file(home: Home) -> None:
    """File, line and key of every mistake in every file of one's own."""
    folder = home.config_file.parent / "rules"
    folder.mkdir()
    (folder / "a.toml").write_text('[[rule]]\nid = "my.a"\npoints = "many"\n')
    (folder / "b.toml").write_text("[[rule]\n")
    done = home.run("explain", "-")
    assert done.code == 3
    assert [line.replace(str(folder), "") for line in done.err.splitlines()[:-1]] == [
        "error: /a.toml:3: rule[1].points: should be a valid integer (it is 'many')",
        "error: /b.toml:1: not valid TOML: Expected ']]' at the end of an array declaration",
    ]


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (
            lambda path: path.write_bytes(b"\x89PNG\r\n\x1a\n\0\0"),
            "it has no header: not a mail message",
        ),
        (lambda path: path.write_bytes(b""), "an empty file"),
        (lambda path: path.mkdir(), "a folder without mail"),
        (lambda _path: None, "can't be read: No such file or directory"),
    ],
)
def test_what_is_no_mail(home: Home, tmp_path: Path, make: object, said: str) -> None:
    """A picture, an empty file, an empty folder, nothing at all: exit code 8."""
    path = tmp_path / "mail.eml"
    assert callable(make)
    make(path)
    plain(home.run("explain", path), 8, f"{path}: {said}")


@pytest.mark.parametrize("command", ["explain", "eval"])
def test_what_the_system_does_not_let_us_look_at(home: Home, tmp_path: Path, command: str) -> None:
    """A name too long stands for a folder of somebody else's: root, who may run the tests, may look into every one."""
    path = tmp_path / ("x" * 300)
    plain(home.run(command, path), 8, f"{path}: can't be read: File name too long")


def test_an_mbox_in_a_pipe(home: Home) -> None:
    """It would have to be read twice."""
    done = home.run("explain", "/dev/stdin", stdin=b"From a\nSubject: b\n\nc\n")
    plain(done, 8, "/dev/stdin: an mbox can't be read from a pipe; name its file")


def test_nothing_on_standard_input(home: Home) -> None:
    """`explain -` without a message."""
    plain(home.run("explain", "-"), 8, "standard input: empty")


# --- the state ----------------------------------------------------------------------------------


def garbage(path: Path) -> None:
    path.write_bytes(b"this is no database " * 400)


def newer(path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA user_version = 99")


@pytest.mark.parametrize(
    ("make", "said", "code"),
    [
        (garbage, "state.sqlite3: is damaged: file is not a database", 6),
        (newer, "state.sqlite3: written by a newer version of the assistant", 6),
        (Path.mkdir, "state.sqlite3: can't be ", 11),
    ],
)
def test_a_state_that_cannot_be_used(
    pymap: PymapStand, home: Home, make: object, said: str, code: int
) -> None:
    """Exit code 6, or 11 for what may pass; the file as it was, and the mailbox untouched."""
    account = pymap.account(fresh())
    home.use(account)
    home.state.mkdir(parents=True)
    file = home.state / "state.sqlite3"
    assert callable(make)
    make(file)
    before = file.read_bytes() if file.is_file() else b"", mailbox(account)
    for name in (["scan", *WEEK], ["scan", *WEEK, "--dry-run"]):
        plain(home.run(*name), code, said)
    done = home.run("check")
    assert done.code == code
    assert re.search(f"✗ state: .*{said}", done.out)
    assert (file.read_bytes() if file.is_file() else b"", mailbox(account)) == before


def test_run_on_a_damaged_state(pymap: PymapStand, home: Home) -> None:
    """The daemon ends with 6: trying again can't help."""
    home.use(pymap.account(fresh()))
    home.state.mkdir(parents=True)
    garbage(home.state / "state.sqlite3")
    done = home.run("run")
    assert done.code == 6
    assert "is damaged: file is not a database" in done.err


def test_a_damaged_lock(pymap: PymapStand, home: Home) -> None:
    """The lock file is a file too, and says what is wrong with it like the state."""
    home.use(pymap.account())
    home.state.mkdir(parents=True)
    garbage(home.state / "lock")
    plain(home.run("scan"), 6, "lock: is damaged")


def test_a_lost_state_repeats_no_draft(pymap: PymapStand, home: Home) -> None:
    """The advice for a damaged state is true: move it away and nothing is made twice."""
    account = pymap.account(fresh())
    home.use(account)
    home.run("scan", *WEEK)
    (home.state / "state.sqlite3").rename(home.folder / "kept")
    done = home.run("scan", *WEEK)
    assert (done.code, done.err) == (0, "")
    assert len(account.contents("Drafts")) == 1


# --- the service with a clock of its own --------------------------------------------------------


class Work:
    """One service on one open connection; passes at a moment of the test's choosing."""

    def __init__(self, account: Account, store: Store) -> None:
        self._now = NOW
        profile = Profile(ADDRESS, (Identity(Address("Robin Hale", ADDRESS)),), 14, 7)
        self._service = Service(
            mailbox=account.connect(), state=store, triage=Triage(rulebook()), reader=Here(),
            desk=Desk(profile=profile, inbox=account.inbox), clock=lambda: self._now,
        )  # fmt: skip

    def run(self, minutes: int = 0) -> Report:
        """A pass so many minutes after the first."""
        self._now = NOW + timedelta(minutes=minutes)
        return self._service.run(Request(since=(NOW - timedelta(days=3)).date()))


@contextlib.contextmanager
def service(account: Account, folder: Path) -> Iterator[Work]:
    store = Store(Database.open(folder / "state.sqlite3"))
    with contextlib.closing(store), contextlib.closing(account):
        yield Work(account, store)


def create(account: Account, name: str) -> None:
    """The user makes a folder."""
    if isinstance(account, ImapAccount):
        with account.client() as imap:
            assert imap.create(name)[0] == "OK"
    else:
        account.mailbox.folders[name] = type(account.mailbox.folders["Sent"])()


def make_room(account: Account) -> None:
    """The user throws something away."""
    if isinstance(account, ImapAccount):
        account.remove("INBOX", 2)
    else:
        account.mailbox.room = 10_000
