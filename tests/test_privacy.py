"""What docs/privacy.md says: what is kept, what is sent, what is in no file, no log and no packet.

The program is run as its users run it, over mail full of words that stand nowhere else; then every file that
it could have written is searched for them, and strace tells whom it spoke to and what it wrote.
"""

from __future__ import annotations

import base64
import contextlib
import http.server
import json
import os
import re
import resource
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.errors import MailboxError
from assistant.mailbox.imap import ImapMailbox
from assistant.mailbox.session import Server
from assistant.mailbox.wire import VERBS
from assistant.service.scan import Request, Service
from assistant.store import Database, Store
from assistant.triage import Triage
from tests import sandbox, traced
from tests.builders import REPLIES, RULES, TONES, rulebook
from tests.letters import CALM, FURIOUS, Letter
from tests.program import SECONDS, Home, account_table, command, days_ago, fresh, read_until, stop
from tests.scripted import ScriptedServer
from tests.servers import PASSWORD, FakeStand, PymapStand
from tests.workbench import LONG_AGO, READER, Bench, desk

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "privacy.md").read_text("utf-8")
WEEK = ("--since", days_ago(7))
WORDS = (
    "weisswurst", "quietschente", "brombeere", "zwetschge", "haselnuss", "pflaume", "mirabelle", "rhabarber",
    "stachelbeere", "client.example", "+49 30 9876543", "4930987",
)  # fmt: skip
"""Of the mail below: body, subject, names, addresses, ids, other headers, an attachment, a number."""


def marked_mail() -> list[Letter]:
    """Unhappy, calm, automatic, German, HTML, and unreadable mail, all of it full of those words."""
    rich = (
        b"From: Brombeere <zwetschge@client.example>\r\nTo: Pflaume <robin@studio.example>, "
        b"Rhabarber <rhabarber@client.example>\r\nSubject: =?utf-8?q?Quietschente?=\r\n"
        b"Message-ID: <haselnuss.2@client.example>\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/mixed; boundary="mirabelle"\r\n\r\n--mirabelle\r\n'
        b"Content-Type: text/html; charset=utf-8\r\n\r\n<p>This is unacceptable, I am furious. "
        b"<b>Weisswurst</b>!</p><p>Call me: +49 30 9876543</p>\r\n--mirabelle\r\n"
        b'Content-Type: application/pdf; name="stachelbeere.pdf"\r\n'
        b"Content-Transfer-Encoding: base64\r\n\r\nV2Vpc3N3dXJzdA==\r\n--mirabelle--\r\n"
    )
    sender = "Brombeere <{}@client.example>"
    named = {"subject": "Quietschente", "headers": (("X-Other", "pflaume"), ("Cc", "mirabelle@client.example"))}  # fmt: skip
    return [
        fresh(f"{FURIOUS} Weisswurst! Ring +49 30 9876543.\n\nBrombeere", number=1,
              sender=sender.format("zwetschge"), message_id="<haselnuss.1@client.example>", **named),
        Letter(rich, fresh().arrived),
        fresh(f"{CALM} Weisswurst.", number=3, sender=sender.format("pflaume"), **named),
        fresh(f"{FURIOUS} Weisswurst.", number=4, sender=sender.format("mirabelle"), subject="Rhabarber",
              headers=(("Precedence", "bulk"), ("List-Id", "<haselnuss.client.example>"))),
        fresh("Das ist eine Unverschämtheit. Weisswurst! Ich bin stinksauer und will mein Geld zurück.",
              number=5, sender=sender.format("rhabarber"), subject="Stachelbeere"),
        Letter(b"weisswurst quietschente: no mail\r\nbrombeere\r\n", fresh().arrived),
        fresh(f"{FURIOUS} Weisswurst.", number=7, sender="Zwetschge <quietschente>"),
    ]  # fmt: skip


def found_in(data: bytes) -> list[str]:
    """Which of the words are there, in any of the usual encodings."""
    low = data.lower()
    forms = {
        word: (
            word.encode(),
            word.encode("utf-16-le"),
            base64.b64encode(word.capitalize().encode())[:-4].lower(),
        )
        for word in WORDS
    }
    return [word for word, each in forms.items() if any(form in low for form in each)]


def test_the_search_finds_what_is_there() -> None:
    """Each word stands in the mail; a search that finds nothing anywhere would prove nothing."""
    everything = b"".join(each.raw for each in marked_mail())
    assert found_in(everything.replace(b"9876543", b"9876543 4930987")) == list(WORDS)
    assert found_in("Weisswurst".encode("utf-16-le")) == ["weisswurst"]
    assert found_in(base64.b64encode(b"Weisswurst")) == ["weisswurst"]
    assert found_in(b"nothing of the kind") == []


def files_below(folder: Path) -> dict[str, bytes]:
    """Every file, by its path."""
    return {
        str(each.relative_to(folder)): each.read_bytes()
        for each in sorted(folder.rglob("*"))
        if each.is_file()
    }


@pytest.fixture
def home(home: Home) -> Home:
    """A home with a place of its own for temporary files, so that they are found as well."""
    (home.folder / "tmp").mkdir()
    home.environ["TMPDIR"] = str(home.folder / "tmp")
    return home


# --- on disk ------------------------------------------------------------------------------------


def test_no_word_of_any_client_is_in_any_file_or_log(pymap: PymapStand, home: Home) -> None:
    """After scans, a daemon at work and every other command, with all that --verbose tells: not one.

    Looked for while the daemon runs, when the newest is in the log of the database, and after its end.
    """
    account = pymap.account(*marked_mail())
    home.use(account)
    logged = home.run("-v", "scan", *WEEK).err
    assert len(account.contents("Drafts")) == 2
    with home.start("-v", "run") as process:
        home.until_healthy()
        account.deliver(
            fresh(
                f"{FURIOUS} Weisswurst.", number=8, sender="P <pflaume@client.example>", hours=0.01
            )
        )
        logged += read_until(process.stderr, "1 judged, 1 flagged")
        during = files_below(home.folder)
        process.send_signal(signal.SIGTERM)
        _, rest = process.communicate(timeout=20)
        logged += rest.decode()
    logged += home.run("-v", "scan", *WEEK).err + home.run("-v", "scan").err
    for arguments in (("check",), ("status",), ("forget", "a@b.example", "--dry-run")):
        done = home.run("-v", *arguments)
        logged += done.err + done.out
    after = files_below(home.folder)
    names = {Path(name).name for name in (*during, *after)}
    assert names == {"config.toml", *FILES} - {"lab.json"}  # that is for who tries rules
    for name, content in (*during.items(), *after.items()):
        assert (name, found_in(content)) == (name, [])
    assert "state.sqlite3-wal" in {Path(name).name for name in during}
    assert "before UID FETCH" in logged or "UID FETCH" in logged
    assert found_in(logged.encode()) == []
    assert PASSWORD not in logged
    assert b"tone-angry" in after["state/inbox-assistant/state.sqlite3"]


FILES = {
    "state.sqlite3", "state.sqlite3-wal", "state.sqlite3-shm", "lock", "lock-journal", "health.json", "lab.json",
}  # fmt: skip
"""All that is ever in the state folder."""


def test_explain_writes_nothing_anywhere(home: Home) -> None:
    """It shows a whole message, and keeps none of it."""
    letter = home.folder / "a.eml"
    letter.write_bytes(marked_mail()[0].raw)
    before = files_below(home.folder)
    done = home.run("-v", "explain", letter)
    assert "Quietschente" in done.out
    assert found_in(done.err.encode()) == []
    assert files_below(home.folder) == before


def test_a_crash_leaves_no_memory_on_disk(pymap: PymapStand, home: Home) -> None:
    """No core dump, neither of the program nor of the process that reads, whatever the system allows."""
    account = pymap.account()
    home.use(account)
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    allow = ["sh", "-c", f'ulimit -c {"unlimited" if hard < 0 else hard}; exec "$@"', "sh"]
    with home.start("run", under=allow) as process:
        home.until_healthy()
        account.deliver(fresh(hours=0.01))
        read_until(process.stderr, "1 judged")
        processes = [process.pid, *_children(process.pid)]
        limits = [Path(f"/proc/{each}/limits").read_text() for each in processes]
        stop(process, signal.SIGTERM)
    assert len(processes) > 1
    for text in limits:
        assert re.search(r"^Max core file size +0 ", text, re.MULTILINE)


def _children(pid: int) -> list[int]:
    """The processes that a process has started, by any of its threads."""
    threads = Path(f"/proc/{pid}/task").iterdir()
    return [int(each) for thread in threads for each in (thread / "children").read_text().split()]


# --- what a server's answer or the guard may repeat ---------------------------------------------

SIZES = b"* 1 FETCH (UID 1 RFC822.SIZE 50 FLAGS ())\r\nTAG OK done\r\n"


@pytest.mark.parametrize(
    "answer",
    [
        b"* 1 FETCH (UID 1 BODY[]<0> {3}\r\nabcWeisswurst quietschente\r\n)\r\nTAG OK done\r\n",
        b"ZZ9 OK Weisswurst\r\n",
        b"* 1 FETCH (UID 1 FLAGS (Weisswurst\r\nTAG OK done\r\n",
        b"* 1 FETCH (UID Weisswurst FLAGS ())\r\nTAG OK done\r\n",
        b"* 1 FETCH Weisswurst\r\nTAG OK done\r\n",
        b'* 1 FETCH (UID 1 FLAGS ("Weisswurst))\r\nTAG OK done\r\n',
    ],
)
def test_an_answer_that_cannot_be_read_is_not_repeated(answer: bytes) -> None:
    """The libraries' errors hold it, and it may be mail; ours go into the log, the state and health.json."""
    said: list[str] = []
    for script in ([SIZES, answer], [answer]):
        with (
            ScriptedServer({"UID FETCH": list(script)}) as server,
            ImapMailbox(Server("127.0.0.1", server.port, "me", "secret", insecure=True)) as box,
        ):
            box.open()
            for ask in (lambda box: list(box.fetch([1, 2])), lambda box: box.flags(1)):
                try:
                    ask(box)
                except MailboxError as error:
                    said.append(f"{error.message} {error.hint}")
    assert said
    assert found_in(" ".join(said).encode()) == []


def test_what_the_guard_quotes_is_not_kept(tmp_path: Path) -> None:
    """A draft that waited is refused by the guard when it is written anew: the state says no more than that."""
    account = FakeStand().account(folders=("Sent", "Trash"))
    bench = Bench(account, tmp_path / "state.sqlite3")
    bench.run()
    account.deliver(fresh(number=1))
    bench.clock.now = fresh().arrived
    assert bench.run(LONG_AGO).waits
    wording = '[reply.parts.any]\nthanks = ["Thanks, first"]\nacknowledge = ["I hear how weisswurst that is."]\n'
    book = rulebook(TONES, REPLIES.replace('"due to"', '"first ...3 weisswurst"'), RULES, wording)
    mailbox = account.connect()
    mailbox.folders["Drafts"] = type(mailbox.folders["Sent"])()  # type: ignore[attr-defined]
    with contextlib.closing(Database.open(bench.state)) as database:
        service = Service(
            mailbox=mailbox, state=Store(database), triage=Triage(book), reader=READER, desk=desk(),
            clock=bench.clock,
        )  # fmt: skip
        service.run(Request(retry=True))
        ((state, note),) = database.rows("SELECT state, note FROM effect WHERE kind = 'draft'")
    assert (state, note) == ("dropped", "the guard refuses it (`assistant explain` shows why)")


# --- on the network -----------------------------------------------------------------------------


@pytest.fixture
def strace() -> None:
    """strace, or a reason why these tests can't be run."""
    if not traced.installed():
        if os.environ.get(traced.NEED_STRACE):
            pytest.fail("strace is missing, and CI must not do without")
        pytest.skip("strace is not installed (apt-get install strace)")
    sandbox.need("strace", "-o", "/dev/null")


def followed(home: Home, folder: Path, *arguments: str) -> traced.Trace:
    """Run the program to its end under strace."""
    folder.mkdir()
    done = subprocess.run(
        [*traced.strace(folder), *command(*arguments)], capture_output=True, check=False,
        timeout=2 * SECONDS, env=home.environ, cwd=home.folder, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert b"Traceback" not in done.stderr, done.stderr
    return traced.read(folder)


def outside(trace: traced.Trace) -> set[str]:
    """Whom a program spoke to: not the kernel, nor the C library's cache of names on this machine."""
    return {each for each in trace.spoke_to if each != "AF_NETLINK" and "nscd/socket" not in each}


def written(trace: traced.Trace) -> set[str]:
    """What it wrote, without the compiled code of the program's own installation."""
    return {each for each in trace.wrote if "/__pycache__" not in each and each != "/dev/null"}


def in_state(home: Home, path: str) -> bool:
    """Whether a path is the state folder, on the way to it, or one of its files."""
    if str(home.state).startswith(path):
        return True
    # A journal is there while the database is made; health.json and lab.json are replaced as a whole.
    transient = {"state.sqlite3-journal", "health.new"}
    name = re.sub(r"^\.(lab\.json)\.[0-9a-f]{16}$", r"\1", Path(path).name)
    return Path(path).parent == home.state and name in FILES | transient


def check(trace: traced.Trace, home: Home, *servers: str) -> None:
    """It spoke to these and to nobody else, wrote into its state folder and nowhere else, and gave nothing
    away in the arguments of what it started."""
    assert outside(trace) == set(servers)
    # urllib3, which Apprise uses, finds out in this way whether there is IPv6.
    assert trace.bound_to <= {"::1:0"}
    assert [each for each in written(trace) if not in_state(home, each)] == []
    assert found_in(" ".join(trace.started).encode()) == []
    assert PASSWORD not in " ".join(trace.started)


def test_a_scan_speaks_to_the_mail_server_alone(
    strace: None, pymap: PymapStand, home: Home, tmp_path: Path
) -> None:
    """With the reader at work, the process that reads, and everything that they load."""
    account = pymap.account(*marked_mail())
    home.use(account)
    trace = followed(home, tmp_path / "trace", "scan", *WEEK)
    assert len(account.contents("Drafts")) == 2
    assert any(each.endswith("reader.onnx") for each in trace.opened)
    assert any(each.endswith("state.sqlite3") for each in trace.wrote)
    check(trace, home, f"127.0.0.1:{account.proxy.port}")


@pytest.fixture
def sink() -> Iterator[tuple[int, list[bytes]]]:
    """A web service of the user's for notices: its port, and what it was sent."""
    heard: list[bytes] = []

    class Ear(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with http.server.HTTPServer(("127.0.0.1", 0), Ear) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_address[1], heard
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("notices", [False, True], ids=["no notices", "notices"])
def test_the_daemon_speaks_to_the_mail_server_and_to_whom_notices_go(
    strace: None, pymap: PymapStand, home: Home, tmp_path: Path, notices: bool,
    sink: tuple[int, list[bytes]],
) -> None:  # fmt: skip
    """A notice holds the user's own address, a tone and a count."""
    account = pymap.account()
    port, heard = sink
    table = f'[notify]\nurls = ["json://127.0.0.1:{port}/"]' if notices else ""
    home.configure(account_table(account), table)
    folder = tmp_path / "trace"
    folder.mkdir()
    with home.start("run", under=traced.strace(folder)) as process:
        try:
            home.until_healthy()
            for each in marked_mail():
                account.deliver(each)
            read_until(process.stderr, " drafts laid")
        finally:
            for program in _children(process.pid):
                os.kill(program, signal.SIGTERM)
            process.communicate(timeout=SECONDS)
    servers = [f"127.0.0.1:{account.proxy.port}"]
    check(traced.read(folder), home, *servers, *([f"127.0.0.1:{port}"] if notices else []))
    assert bool(heard) == notices
    for each in heard:
        assert found_in(each) == []
        assert account.user in json.loads(each)["message"]


@pytest.mark.parametrize(
    "arguments",
    [("explain", "a.eml"), ("eval", "a.jsonl"), ("try", "--rules", "a.toml", "a.eml"), ("reply", "lint", "a.eml"), ("rules",), ("status",), ("forget", "a@b.example", "--yes")],
    ids=" ".join,
)  # fmt: skip
def test_what_needs_no_server_speaks_to_nobody(
    strace: None, home: Home, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    """Nor does it write anything, but into a state that is there already."""
    home.configure('[[account]]\nhost = "imap.example.com"\nuser = "robin@example.com"\n')
    (home.folder / "a.eml").write_bytes(marked_mail()[0].raw)
    (home.folder / "a.jsonl").write_text('{"eml": "a.eml", "dissatisfied": false}\n')
    (home.folder / "a.toml").write_text("threshold = 900\n")
    with contextlib.closing(Database.open(home.state / "state.sqlite3")):
        pass
    check(followed(home, tmp_path / "trace", *arguments), home)


def test_the_demo_stays_on_this_machine(strace: None, home: Home, tmp_path: Path) -> None:
    """Its mail server listens on loopback; what it writes is gone when it ends."""
    trace = followed(home, tmp_path / "trace", "demo")
    assert {each.rpartition(":")[0] for each in outside(trace)} == {"127.0.0.1"}
    assert trace.bound_to == {"127.0.0.1:0"}
    assert all(each.startswith(str(home.folder / "tmp")) for each in written(trace))
    assert set(files_below(home.folder)) == set()


def test_a_stranger_would_be_noticed(strace: None, home: Home, tmp_path: Path) -> None:
    """The tests above can fail: a program that calls elsewhere, and writes elsewhere, is seen doing it."""
    code = (
        "import socket, pathlib; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); "
        "s.sendto(b'x', ('127.0.0.9', 9)); pathlib.Path('elsewhere').write_text('x'); "
        "t = socket.socket(socket.AF_INET6); t.connect_ex(('::1', 9))"
    )
    folder = tmp_path / "trace"
    folder.mkdir()
    stranger = [*traced.strace(folder), sys.executable, "-c", code]
    subprocess.run(stranger, cwd=home.folder, env=home.environ, check=True, timeout=SECONDS)
    trace = traced.read(folder)
    assert outside(trace) == {"127.0.0.9:9", "::1:9"}
    assert str(home.folder / "elsewhere") in written(trace)
    with pytest.raises(AssertionError):
        check(trace, home)


# --- the page -----------------------------------------------------------------------------------


def schema(tmp_path: Path) -> dict[str, list[str]]:
    """The tables of the state, and their columns."""
    path = tmp_path / "state.sqlite3"
    Database.open(path).close()
    with contextlib.closing(sqlite3.connect(path)) as connection:
        names = [
            r[0] for r in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        return {
            name: [row[1] for row in connection.execute(f"PRAGMA table_info({name})")]
            for name in names
        }


def test_every_column_is_on_the_page(tmp_path: Path) -> None:
    """Whoever adds one says what it holds, and why."""
    listed: dict[str, set[str]] = {}
    for table, columns in re.findall(r"^\| `(\w+)` \| ([^|]+) \|", PAGE, re.MULTILINE):
        listed.setdefault(table, set()).update(re.findall(r"`(\w+)`", columns))
    assert listed == {table: set(columns) for table, columns in schema(tmp_path).items()}


def test_every_verb_and_every_file_is_on_the_page() -> None:
    """All that ever reaches a server, and all that ever lies in the state folder."""
    (verbs,) = re.findall(r"^Verbs: (.+?)\.$", PAGE, re.MULTILINE | re.DOTALL)
    assert set(re.findall(r"`([A-Z ]+)`", verbs)) == VERBS
    assert {name for name in FILES if f"`{name}`" not in PAGE} == set()


def test_every_proof_on_the_page_exists() -> None:
    """Each test that is named is there, under that name."""
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", PAGE)
    assert len(named) > 15
    for file, test in named:
        text = (ROOT / file).read_text("utf-8")
        assert f"def {test}(" in text or not test, f"{file}::{test}"
