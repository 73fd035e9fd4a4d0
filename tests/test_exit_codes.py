from __future__ import annotations

import json
import shlex
import signal
import socket
import sqlite3
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from drift.decode.sources import snapshot_file
from drift.simulator import Fault, default_cloud, serve
from drift.store import ChangeWindow, Store
from support.builders import a_database, a_snapshot
from support.shell import DRIFT, SETTLING, Ended, drift, run_command, spawn, start

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drift.core.model import Snapshot

FULL = Path("/dev/full")


class World(NamedTuple):
    """A folder with stores and files of every kind, and a cloud."""

    folder: Path
    url: str
    project: str
    instance: str
    token: str
    port: int


def store(path: Path, *snapshots: Snapshot) -> None:
    with Store.open(path, create=True) as opened:
        for snapshot in snapshots:
            opened.save(snapshot)


def fill(folder: Path) -> None:
    """Every file and store that a row of the table needs."""
    before = a_snapshot(a_database(shards=4), label="pre")
    after = a_snapshot(a_database(shards=6), minutes=5)
    renamed = a_snapshot(a_database(shards=4, status="BUSY"), minutes=6)
    other = a_snapshot(a_database(shards=4), instance="users-prod", minutes=1)
    partial = a_snapshot(minutes=7, gaps={"database orders": "500 DBS.300128"})
    store(folder / "two.db", before, after)
    store(folder / "same.db", before, a_snapshot(a_database(shards=4), minutes=1))
    store(folder / "info.db", before, renamed)
    store(folder / "one.db", before)
    store(folder / "empty.db")
    store(folder / "fleet.db", before, after, other, a_snapshot(instance="users-prod", minutes=2))
    store(folder / "partial.db", before, partial)
    store(folder / "newer.db", before)
    with closing(sqlite3.connect(folder / "newer.db")) as connection:
        connection.execute("PRAGMA user_version = 9999")
    store(folder / "damaged.db", before, after)
    content = bytearray((folder / "damaged.db").read_bytes())
    content[4096:] = bytes(len(content) - 4096)
    (folder / "damaged.db").write_bytes(content)
    (folder / "text.db").write_text("this is no database, whatever its name says\n" * 30)
    for name, snapshot in {"before": before, "after": after, "part": partial}.items():
        (folder / f"{name}.json").write_bytes(snapshot_file.dumps(snapshot))
    export = json.loads(default_cloud().instance("orders-prod").export())
    (folder / "response.json").write_text(json.dumps(export))
    (folder / "cut.json").write_text(json.dumps({**export, "compressed_databases_info": "H4sIAAAAAAAA..."}))
    (folder / "prose.json").write_text("not JSON")
    (folder / "nothing.json").write_text("")
    (folder / "wrong.toml").write_text("fail_no = 'error'\n")
    (folder / "quiet.toml").write_text(
        "[severities]\nshard-added = 'ignore'\nshard-moved = 'info'\ndatabase-resharded = 'info'\n"
    )


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("world")
    fill(folder)
    cloud = default_cloud()
    cloud.fail(
        Fault(kind="error", path="*/broken/*", status=400), *(Fault(kind="error", path="*/flaky/*") for _ in range(30))
    )
    with serve(cloud) as server, socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))  # bound, but nobody listens
        yield World(
            folder,
            server.url,
            cloud.project_id,
            cloud.instance("orders-prod").id,
            cloud.issue_token(),
            unused.getsockname()[1],
        )


CAPTURE = "snapshot --store {folder}/new.db --endpoint {url} --project-id {project} --instance-id"
MATRIX: list[tuple[str, str, int, str, bool]] = [
    # what it is, command line, exit code, a word on stderr ("" for silence), whether stdout is empty
    ("version", "--version", 0, "", False),
    ("help", "--help", 0, "", False),
    ("version behind other options", "--store two.db -q --version", 0, "", False),
    ("help of a command", "gate --help", 0, "", False),
    ("capture", f"{CAPTURE} {{instance}}", 0, "", False),
    ("diff that finds changes", "diff 1 2 --store two.db", 0, "", False),
    ("diff that finds none", "diff 1 2 --store same.db --exit-code", 0, "", False),
    ("diff of files", "diff before.json after.json", 0, "", False),
    ("diff of a partial snapshot", "diff before.json part.json", 0, "not read", False),
    ("gate, nothing changed", "gate --store same.db", 0, "", False),
    ("gate, changes below the threshold", "gate --store info.db", 0, "", False),
    ("gate, higher threshold", "gate --store two.db --fail-on error", 0, "", False),
    ("gate, severities lowered", "gate --store two.db --config quiet.toml", 0, "", False),
    ("gate, report only", "gate --store two.db --report-only", 0, "", False),
    ("show of a partial snapshot", "show --store partial.db", 0, "", False),
    ("gate", "gate --store two.db", 1, "", False),
    ("gate of files", "gate before.json after.json", 1, "", False),
    ("gate against the cloud", "gate before.json live --endpoint {url} --project-id {project} --instance-id {instance}",
     1, "two instances", False),
    ("gate, lower threshold", "gate --store info.db --fail-on info", 1, "", False),
    ("gate, quiet", "gate --store two.db --quiet", 1, "", False),
    ("diff --exit-code", "diff 1 2 --store two.db --exit-code", 1, "", False),
    ("no command", "", 2, "Usage", True),
    ("unknown command", "snapshoot", 2, "did you mean snapshot?", True),
    ("unknown option", "log --lable", 2, "--lable", True),
    ("unknown option before the command", "--lable log", 2, "--lable", True),
    ("missing argument", "diff before.json", 2, "AFTER", True),
    ("one argument too many", "gate 1 2 3", 2, "3", True),
    ("unknown format", "diff 1 2 --format pdf", 2, "pdf", True),
    ("unknown threshold", "gate --fail-on ignore", 2, "ignore", True),
    ("malformed output", "diff 1 2 --output report.md", 2, "FORMAT=PATH", True),
    ("malformed reference", "show latest~x", 2, "latest~x", True),
    ("malformed time", "show @yesterday", 2, "@yesterday", True),
    ("ambiguous reference", "show latest --store fleet.db", 2, "users-prod:latest", True),
    ("ambiguous gate", "gate --store fleet.db", 2, "orders-prod", True),
    ("gate of the newest itself", "gate latest --store two.db", 2, "newest", True),
    ("unknown key", "log --config wrong.toml --store two.db", 2, "fail_no", True),
    ("missing configuration", "log --config none.toml", 2, "none.toml", True),
    ("nothing says what to capture", "snapshot", 2, "DRIFT_ENDPOINT", True),
    ("malformed endpoint", "snapshot --endpoint nowhere", 2, "--endpoint", True),
    ("plain HTTP", "snapshot --endpoint http://ddm.example.com --project-id p1 --instance-id i2", 2, "plain", True),
    ("a label that reads as a number", "snapshot x --label 7 --from-file response.json", 2, "snapshot 7", True),
    ("a file of no instance", "snapshot --from-file response.json", 2, "INSTANCE", True),
    ("import of a response", "import response.json --store none.db", 2, "drift snapshot NAME", True),
    ("init over a file", "init quiet.toml", 2, "--force", True),
    ("malformed timeout", "snapshot --timeout soon", 2, "soon", True),
    ("a port that is taken", "simulate --port {port}", 2, "{port}", True),
    ("a scenario that isn't there", "simulate --scenario none.toml", 2, "none.toml", True),
    ("connection refused", "show live --endpoint http://127.0.0.1:{port} --project-id p1 --instance-id i2 --timeout 1",
     3, "connect", True),
    ("unknown instance", f"{CAPTURE} 0123456789abcdef0123456789abcdefin09", 3, "DBS.200002", True),
    ("bad request", "show live --endpoint {url} --project-id broken --instance-id i2", 3, "400", True),
    ("server failure", "show live --endpoint {url} --project-id flaky --instance-id i2 --timeout 2", 3, "500", True),
    ("gate against a cloud in trouble",
     "gate before.json live --endpoint {url} --project-id flaky --instance-id i2 --timeout 2", 3, "500", True),
    ("no store", "log --store none.db", 4, "drift snapshot", True),
    ("gate without a store", "gate --store none.db", 4, "drift snapshot", True),
    ("log of an empty store", "log --store empty.db", 4, "drift snapshot", True),
    ("gate of an empty store", "gate --store empty.db", 4, "drift snapshot", True),
    ("gate with one snapshot", "gate --store one.db", 4, "fewer than 2", True),
    ("unknown label", "show post --store two.db", 4, "post", True),
    ("misspelled word for the newest", "show latset --store two.db", 4, "did you mean latest?", True),
    ("unknown number", "show 99 --store two.db", 4, "99", True),
    ("unknown instance in the store", "show users-prod:latest --store two.db", 4, "users-prod", True),
    ("log of an unknown instance", "log users-prod --store two.db", 4, "users-prod", True),
    ("a time before everything", "show @1999-12-31 --store two.db", 4, "1999", True),
    ("missing file", "diff before.json none.json", 4, "none.json", True),
    ("unreadable file", "diff before.json prose.json", 4, "prose.json", True),
    ("empty file", "snapshot x --from-file nothing.json", 4, "empty", True),
    ("payload cut off", "snapshot x --from-file cut.json --store none.db", 4, "cut off", True),
    ("inspect of a payload cut off", "inspect cut.json", 4, "cut off", False),
    ("a directory", "inspect .", 4, "directory", True),
    ("a name that is too long", "diff ./{long}.json before.json", 4, "too long", True),
    ("a store with a name that is too long", "log --store {long}", 4, "too long", True),
    ("a change in such a store", "begin CHG-9 orders --from-file before.json --store {long}", 4, "too long", True),
    ("no history of what is live, by such a name",
     "show live --endpoint {url} --project-id {project} --instance-id {instance} --store {long}", 0, "", False),
    ("no store to repair, by such a name", "repair --store {long}", 4, "there is no store", True),
    ("a new store with such a name", "repair --store one.db --output {long}", 4, "could not write", True),
    ("a file that can't be written", "export --store one.db -o /proc/none/x.json", 4, "/proc/none", True),
    ("partial snapshot in a gate", "gate --store partial.db", 4, "", False),
    ("partial snapshot, report only", "gate --store partial.db --report-only", 4, "", False),
    ("partial snapshot in diff --exit-code", "diff before.json part.json --exit-code", 4, "not read", False),
    ("damaged store", "log --store damaged.db", 4, "damaged.db", True),
    ("verification of a damaged store", "verify-store --store damaged.db", 4, "damaged.db", True),
    ("newer store", "log --store newer.db", 4, "newer", True),
    ("no store at all", "log --store text.db", 4, "SQLite", True),
    ("a directory for a store", "log --store .", 4, "directory", True),
]  # fmt: skip


@pytest.mark.parametrize(
    ("command", "code", "word", "is_silent"), [row[1:] for row in MATRIX], ids=[row[0] for row in MATRIX]
)
def test_every_end_has_its_code(world: World, command: str, code: int, word: str, is_silent: bool) -> None:  # noqa: FBT001 - a column
    """Each situation ends with the code of the table, says why on stderr, and puts nothing but a report on stdout."""
    values = {**world._asdict(), "long": "n" * 300}
    ended = drift(world.folder, *shlex.split(command.format(**values)), DRIFT_TOKEN=world.token)
    assert (ended.code, ended.out == "") == (code, is_silent), ended
    assert word.format(**values) in ended.err
    assert bool(ended.err) == bool(word)
    assert "Traceback" not in ended.err


@pytest.mark.parametrize("name", ["version", "gate", "gate, quiet", "unknown command", "unknown instance", "no store"])
def test_a_process_ends_as_its_command_does(world: World, name: str) -> None:
    """The exit code and both streams of a process are those of the command that runs in it."""
    (command,) = [row[1] for row in MATRIX if row[0] == name]
    words = shlex.split(command.format(**world._asdict()))
    ended = spawn(world.folder, *words, DRIFT_TOKEN=world.token)
    assert ended == drift(world.folder, *words, DRIFT_TOKEN=world.token)
    assert ended.code == next(row[2] for row in MATRIX if row[0] == name)


def test_a_refused_token_is_a_failed_capture(world: World) -> None:
    """401 is 3, whether the token is wrong or none is known to the cloud."""
    arguments = shlex.split(f"{CAPTURE} {{instance}}".format(**world._asdict()))
    ended = spawn(world.folder, *arguments, DRIFT_TOKEN="MIIwrongtoken")
    assert (ended.code, ended.out) == (3, "")
    assert "401" in ended.err


def test_a_refused_password_is_a_failed_capture(world: World) -> None:
    """A sign-in that IAM refuses is 3."""
    arguments = shlex.split(
        f"{CAPTURE} {{instance}} --user-name dba --domain-name drift-demo".format(**world._asdict())
    )
    ended = spawn(world.folder, *arguments, DRIFT_PASSWORD="wrong")
    assert (ended.code, ended.out) == (3, "")
    assert "sign-in" in ended.err


def test_a_deleted_working_directory_is_no_bug(world: World, tmp_path: Path) -> None:
    """Where the folder under the user is gone, files with absolute paths can still be compared."""
    script = 'mkdir gone && cd gone && rmdir ../gone && "$@"'
    paths = [str(world.folder / name) for name in ("before.json", "after.json")]
    ended = shell(tmp_path, script, "diff", *paths, "--exit-code")
    assert ended.code == 1, ended


BUG = """
import sys
import drift.cli.commands.log
from drift.cli.main import run

def fail(*_, **__):
    raise RuntimeError("nobody thought of this")

drift.cli.commands.log.log_command.callback = fail
sys.exit(run(["log"]))
"""


def test_a_bug_is_70_with_a_traceback(tmp_path: Path) -> None:
    """An exception that nobody foresaw shows where it came from, and can't be taken for drift."""
    ended = run_command(tmp_path, sys.executable, "-c", BUG)
    assert (ended.code, ended.out) == (70, "")
    assert "Traceback" in ended.err
    assert "nobody thought of this" in ended.err
    assert "bug in drift" in ended.err


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_the_simulator(tmp_path: Path, sent: signal.Signals, code: int) -> None:
    """Interrupted is 130 and terminated 143, without a traceback."""
    process = start(tmp_path, "simulate", "--json")
    with process:
        assert process.stdout is not None
        assert process.stdout.readline()
        time.sleep(SETTLING)
        process.send_signal(sent)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (code, "", "")


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_a_capture_that_waits(tmp_path: Path, sent: signal.Signals, code: int) -> None:
    """A capture whose server has fallen silent ends at once, stores nothing and leaves no store behind."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(30)
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        arguments = ("snapshot", "--endpoint", url, "--project-id", "p1", "--instance-id", "i2")
        process = start(tmp_path, *arguments, DRIFT_TOKEN="MIItoken")
        with process:
            connection, _ = silent.accept()
            with connection:
                assert connection.recv(65536).startswith(b"GET /v3/p1/instances/i2/schema-metadata")
                time.sleep(SETTLING)
                process.send_signal(sent)
                out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (code, "", "")
    assert not list(tmp_path.iterdir())


LOADING = """
import os, signal, sys

class Interrupted:
    def find_spec(self, name, path=None, target=None):
        if name == "click":
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Interrupted())
sys.argv = ["drift", "log"]
from drift.cli import start
start()
"""


def test_an_interrupt_while_modules_load_is_130(tmp_path: Path) -> None:
    """Ctrl-C right after the start ends it as later on: with 130, and without a traceback."""
    assert run_command(tmp_path, sys.executable, "-c", LOADING) == (130, "", "")


WRAPPED = """
import os, signal, sys
import drift.cli.commands.log
from drift.cli import main

def load(*_, **__):
    try:
        os.kill(os.getpid(), signal.{name})
        signal.pause()
    except BaseException as error:
        raise RuntimeError("Error calling __set_name__") from {cause}

drift.cli.commands.log.log_command.callback = load
sys.argv = ["drift", "log"]
main.main()
"""


@pytest.mark.parametrize("cause", ["error", "None"])
@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_in_another_error_is_no_bug(tmp_path: Path, sent: signal.Signals, code: int, cause: str) -> None:
    """Where an import or code in C makes another error of a signal, the process ends as after the signal."""
    ended = run_command(tmp_path, sys.executable, "-c", WRAPPED.format(name=sent.name, cause=cause))
    assert ended == (code, "", "")


def shell(folder: Path, script: str, *arguments: str) -> Ended:
    """Run a shell script in which `"$@"` is drift with these arguments."""
    return run_command(folder, "bash", "-c", script, "bash", *DRIFT, *arguments)


PIPED = '"$@" | head -1 >&2; exit ${PIPESTATUS[0]}'
UNREAD = '"$@" | true; exit ${PIPESTATUS[0]}'
LATE = 'exec 3> >(:); wait $!; "$@" >&3'


@pytest.mark.parametrize("script", [PIPED, UNREAD, LATE], ids=["one line read", "nothing read", "gone before"])
@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("diff 1 2 --store two.db", 0),
        ("diff 1 2 --store two.db --exit-code", 1),
        ("gate --store two.db --format markdown", 1),
        ("gate --store partial.db", 4),
        ("show --store two.db --shards", 0),
        ("--help", 0),
    ],
)
def test_a_reader_that_leaves_is_no_error(world: World, script: str, command: str, code: int) -> None:
    """A broken pipe ends quietly, with the code that the command had earned."""
    ended = shell(world.folder, script, *shlex.split(command))
    assert ended.code == code, ended
    assert len(ended.err.splitlines()) <= 1
    assert "rror" not in ended.err


@pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize(
    "command", ["diff 1 2 --store two.db", "gate --store two.db", "--version", "--help", "log -h", "rules"]
)
@pytest.mark.parametrize(
    ("script", "word"), [('"$@" > /dev/full', "No space left"), ('"$@" >&-', "closed")], ids=["full", "closed"]
)
def test_a_report_that_can_not_be_written_is_an_error(world: World, script: str, word: str, command: str) -> None:
    """Where the report can't be written the end is neither success nor drift, and stderr says why."""
    ended = shell(world.folder, script, *shlex.split(command))
    assert ended.code == 4, ended
    assert "stdout" in ended.err
    assert word in ended.err


@pytest.mark.parametrize("redirection", ["2> /dev/full", "2>&-"])
@pytest.mark.parametrize(("command", "code"), [("gate --store two.db", 1), ("log --store none.db", 4), ("log -x", 2)])
def test_a_deaf_stderr_changes_no_code(world: World, redirection: str, command: str, code: int) -> None:
    """Where nothing can be said, the code still tells."""
    assert shell(world.folder, f'"$@" {redirection}', *shlex.split(command)).code == code


@pytest.mark.parametrize(("value", "code"), [("bash_source", 0), ("tcsh_source", 2), ("bash_complete", 2), ("1", 2)])
def test_completion_never_ends_with_1(tmp_path: Path, value: str, code: int) -> None:
    """A shell that asks for its completion gets it, and an unknown one gets a usage error."""
    ended = spawn(tmp_path, "log", _DRIFT_COMPLETE=value)
    assert (ended.code, bool(ended.out)) == (code, code == 0)


def test_completion_knows_the_commands_and_their_options(tmp_path: Path) -> None:
    """What the shell is told to offer is what there is."""
    asked = {"_DRIFT_COMPLETE": "bash_complete", "COMP_WORDS": "drift diff --form", "COMP_CWORD": "2"}
    assert spawn(tmp_path, **asked).out == "plain,--format\n"
    commands = spawn(tmp_path, **{**asked, "COMP_WORDS": "drift s", "COMP_CWORD": "1"}).out
    assert commands.split() == ["plain,snapshot", "plain,show", "plain,schema", "plain,simulate"]


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("log o", ["orders-prod"]),
        ("--store elsewhere.db show ", ["latest", "live", "far"]),
        ("show --store elsewhere.db f", ["far"]),
        ("snapshot b", ["billing"]),
        ("diff ", ["latest", "live", "CHG-123", "pre-change"]),
        ("gate pre-change l", ["latest", "live"]),
        ("show orders-prod:p", ["orders-prod:pre-change"]),
        ("show orders-prod:x", []),
        ("end C", ["CHG-123"]),
        ("prune --label p", ["pre-change"]),
        ("--store nowhere.db log b", ["billing"]),
        ("--config broken.toml log o", []),
        ("--store broken.toml show p", []),
    ],
)
def test_completion_offers_instances_labels_and_changes(tmp_path: Path, line: str, offered: list[str]) -> None:
    """They come from drift.toml and the store that the line, or the folder, names; trouble offers nothing."""
    with Store.open(tmp_path / "snapshots/drift.db", create=True) as store:
        store.save(a_snapshot(label="pre-change"))
        begun = store.save(a_snapshot(minutes=5, label="CHG-123"))
        store.save_change_window(ChangeWindow(instance="orders-prod", name="CHG-123", begun=begun.number))
    with Store.open(tmp_path / "elsewhere.db", create=True) as store:
        store.save(a_snapshot(instance="billing", label="far"))
    (tmp_path / "drift.toml").write_text("[instances.orders-prod]\n[instances.billing]\n")
    (tmp_path / "broken.toml").write_text("[[[")
    words = f"drift {line}"
    asked = {"COMP_WORDS": words, "COMP_CWORD": str(len(words.split(" ")) - 1)}
    ended = drift(tmp_path, _DRIFT_COMPLETE="bash_complete", **asked)
    assert (ended.code, ended.err) == (0, "")
    assert [word.removeprefix("plain,") for word in ended.out.split()] == offered


def test_the_table_has_every_code() -> None:
    """Each code that an ordinary command line can end with is in the table above, and 1 is only about drift."""
    assert {row[2] for row in MATRIX} == {0, 1, 2, 3, 4}
    assert all(row[1].startswith(("gate", "diff")) for row in MATRIX if row[2] == 1)
