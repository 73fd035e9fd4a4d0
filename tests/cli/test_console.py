"""drift on a terminal: its widths and its colours, and what it shows while one waits."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import termios
import time
from contextlib import contextmanager
from queue import SimpleQueue
from typing import TYPE_CHECKING, NamedTuple

import pytest

from drift.cli.console import Console
from drift.cli.progress import Progress
from drift.reports.wording.escape import cells
from drift.simulator import Fault, default_cloud, serve
from drift.store import Store
from support.builders import a_snapshot
from support.paths import SAMPLES
from support.shell import DRIFT, SETTLING, drift, environment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BEFORE, AFTER = str(SAMPLES / "before-nested.json"), str(SAMPLES / "after-flat.json")
ESCAPE = re.compile(r"\x1b\[[0-9;]*[mK]")
PATIENCE = 120
"""Seconds that a busy machine is given."""
COMMANDS = [
    ("diff", BEFORE, AFTER),
    ("gate", BEFORE, AFTER),
    ("check", AFTER),
    ("show", AFTER, "--shards"),
    ("log",),
    ("history", "orders_0007"),
]


class Seen(NamedTuple):
    """What a terminal was sent, and the exit code of what sent it."""

    code: int
    sent: str

    @property
    def lines(self) -> list[str]:
        """What is left on the screen."""
        rows = self.sent.replace("\r\n", "\n").split("\n")
        return [ESCAPE.sub("", row.rpartition("\r\x1b[K")[2]) for row in rows]


class Terminal:
    """A process with a terminal of its own as stdout and stderr."""

    def __init__(self, process: subprocess.Popen[bytes], screen: int) -> None:
        self.process = process
        self._screen = screen
        self._sent = b""

    def wait_for(self, text: str) -> None:
        """Read until the terminal has been sent that."""
        until = time.monotonic() + PATIENCE
        while text.encode() not in self._sent:
            assert self._read(), self._sent
            assert time.monotonic() < until

    def end(self) -> Seen:
        """Read the rest."""
        while self._read():
            pass
        return Seen(self.process.wait(PATIENCE), self._sent.decode())

    def _read(self) -> bool:
        try:
            found = os.read(self._screen, 1 << 16)
        except OSError:  # the other end is closed
            return False
        self._sent += found
        return bool(found)


@contextmanager
def on_terminal(folder: Path, *arguments: str, width: int = 80, **variables: str) -> Iterator[Terminal]:
    """Drift on a terminal that is so wide."""
    screen, end = pty.openpty()
    fcntl.ioctl(end, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
    given = environment(folder, **{"TERM": "xterm-256color", **variables})
    with subprocess.Popen(
        [*DRIFT, *arguments], cwd=folder, env=given, stdin=subprocess.DEVNULL, stdout=end, stderr=end
    ) as process:
        os.close(end)
        try:
            yield Terminal(process, screen)
        finally:
            process.kill()
            os.close(screen)


def seen(folder: Path, *arguments: str, width: int = 80, **variables: str) -> Seen:
    with on_terminal(folder, *arguments, width=width, **variables) as terminal:
        return terminal.end()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a store of two snapshots."""
    found = tmp_path_factory.mktemp("terminal")
    assert drift(found, "snapshot", "orders-prod", "--from-file", BEFORE, "--label", "pre").code == 0
    assert drift(found, "snapshot", "orders-prod", "--from-file", AFTER, "--label", "post").code == 0
    return found


@pytest.mark.parametrize("width", [60, 80, 200])
@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_every_command_fits_the_terminal(folder: Path, command: tuple[str, ...], width: int) -> None:
    """No line is wider than the terminal, and colours are all that a terminal gets beside the words."""
    lines = seen(folder, *command, width=width).lines
    assert max(map(cells, lines)) <= width
    assert not re.search("[\x00-\x1f]", "".join(lines))


def test_the_log_is_a_table_on_eighty_columns(tmp_path: Path) -> None:
    """Each snapshot keeps its place in the columns, with a long label, a long name and remarks."""
    with Store.open(tmp_path / "snapshots/drift.db", create=True) as store:
        for minutes, label in enumerate(["before-CHG-2026-004711", None]):
            gaps = {"database orders": "the service answered 500"} if minutes else {}
            store.save(a_snapshot(instance="orders-production-eu-west", minutes=minutes, label=label, gaps=gaps))
    head, *rows = seen(tmp_path, "log").lines
    assert head.split() == ["NUMBER", "TAKEN", "(UTC)", "INSTANCE", "LABEL", "SHARDS"]
    assert [row[:6] for row in rows if row[:6].strip()] == ["     2", "     1"]
    assert all(row[head.index("SHARDS") - 2 :].startswith("  ") for row in rows if row[:6].strip())


@pytest.mark.parametrize(
    ("flags", "variables", "colours"),
    [
        ((), {}, True),
        ((), {"TERM": "dumb"}, False),
        ((), {"NO_COLOR": "1"}, False),
        ((), {"NO_COLOR": ""}, True),
        ((), {"TERM": "dumb", "FORCE_COLOR": "1"}, True),
        (("--color",), {"NO_COLOR": "1"}, True),
        (("--no-color",), {"FORCE_COLOR": "1"}, False),
    ],
)
def test_colours_are_for_whoever_wants_them(
    folder: Path,
    flags: tuple[str, ...],
    variables: dict[str, str],
    colours: bool,  # noqa: FBT001 - a column
) -> None:
    """A terminal has colours unless it is dumb; the variables decide over that, and flags over all."""
    assert ("\x1b[" in seen(folder, *flags, "show", AFTER, **variables).sent) is colours


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_a_pipe_gets_plain_rows(folder: Path, command: tuple[str, ...]) -> None:
    """What goes to a pipe has no colours unless they are forced, and then the same words."""
    plain, forced = drift(folder, *command), drift(folder, *command, FORCE_COLOR="1")
    assert "\x1b" not in plain.out
    assert "\x1b[" in forced.out
    assert ESCAPE.sub("", forced.out) == plain.out
    assert plain.err == ""


def test_an_interrupted_capture_leaves_no_bar_behind(tmp_path: Path) -> None:
    """While the service is silent the terminal says what is done; after Ctrl-C nothing of that is left."""
    cloud = default_cloud()
    cloud.fail(Fault(kind="stalled", seconds=9 * PATIENCE, times=0))
    with serve(cloud) as server:
        variables = {
            "DRIFT_ENDPOINT": server.url,
            "DRIFT_PROJECT_ID": cloud.project_id,
            "DRIFT_INSTANCE_ID": cloud.instance("orders-prod").id,
            "DRIFT_TOKEN": cloud.issue_token(),
        }
        with on_terminal(tmp_path, "snapshot", "orders-prod", "--timeout", "600", **variables) as terminal:
            terminal.wait_for("capturing orders-prod")
            time.sleep(SETTLING)
            terminal.process.send_signal(signal.SIGINT)
            ended = terminal.end()
    assert ended.code == 130
    assert ended.lines == [""]


class _Screen:
    """Takes note of what it is told to show."""

    def __init__(self, *, has_status: bool) -> None:
        self.has_status = has_status
        self._told: SimpleQueue[str] = SimpleQueue()

    def status(self, text: str) -> None:
        self._told.put(text)

    note = status

    def next_with(self, words: str) -> str:
        """The next thing told that has these words in it."""
        while words not in (told := self._told.get(timeout=PATIENCE)):
            pass
        return told

    def last(self) -> str:
        """The last thing told."""
        told = ""
        while not self._told.empty():
            told = self._told.get()
        return told


def test_a_bar_says_how_far_it_is_and_goes() -> None:
    """On a terminal the count, what is done and the bytes are shown; the last thing shown is nothing."""
    screen, progress = _Screen(has_status=True), Progress()
    with progress.of("files read", screen, 4) as work:
        work.advance("reading a.json")
        progress.count_bytes(3 << 20)
        told = screen.next_with("received")
    assert re.fullmatch(r"\[={6}-{18}\] 1/4 reading a\.json, 3\.0 MiB received, \d+ s", told)
    assert screen.last() == ""


def test_what_is_done_for_something_is_told_as_part_of_it() -> None:
    """Work within work shows in the same bar, and afterwards the bar tells of the outer one again."""
    screen, progress = _Screen(has_status=True), Progress()
    with progress.of("files read", screen, 4):
        with progress.of("reading a.json", screen, 0):
            assert "] 0/4 reading a.json, " in screen.next_with("reading")
        assert "] 0/4 files read, " in screen.next_with("files")


def test_without_a_terminal_long_work_is_told_in_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no terminal, a line now and then says what is being done."""
    monkeypatch.setattr("drift.cli.progress._FIRST_LINE", 0.01)
    screen = _Screen(has_status=False)
    with Progress().of("comparing", screen, 0):
        assert re.fullmatch(r"comparing, \d+ s …", screen.next_with("comparing"))


def test_quiet_shows_no_progress(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """With --quiet nothing is shown, however long it takes."""
    monkeypatch.setattr("drift.cli.progress.Thread", None)  # nobody is there to tell anything
    console = Console({})
    console.verbosity = -1
    with console.working("comparing") as work:
        work.advance()
    assert capsys.readouterr() == ("", "")
