"""Files that drift writes: what is there after a run that was killed, and beside a run that is still writing."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from drift.cli.output import write
from support.builders import a_snapshot
from support.paths import SAMPLES
from support.shell import ROOT, drift
from support.stores import keep

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HALF_WRITTEN = """
import sys
from pathlib import Path
from drift.cli.output import write_pieces

def pieces():
    yield b"half"
    print("writing", flush=True)
    sys.stdin.read()
    yield b" of it"

write_pieces(Path(sys.argv[1]), pieces())
"""


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that has written half of `report.html` and waits for its standard input to end."""
    with subprocess.Popen(
        [sys.executable, "-c", HALF_WRITTEN, str(tmp_path / "report.html")],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "writing\n"
        yield process
        process.kill()


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_next_run_removes_what_a_killed_one_left(tmp_path: Path, writer: subprocess.Popen[str]) -> None:
    """A draft that nobody writes any more doesn't stay beside the file."""
    writer.send_signal(signal.SIGKILL)
    writer.wait()
    assert len(names(tmp_path)) == 1
    write(tmp_path / "report.html", b"whole")
    assert names(tmp_path) == ["report.html"]


def test_a_living_run_keeps_its_draft(tmp_path: Path, writer: subprocess.Popen[str]) -> None:
    """Two runs that write one file don't take each other's drafts away; the last one's content stays."""
    write(tmp_path / "report.html", b"whole")
    writer.communicate("")
    assert writer.returncode == 0
    assert names(tmp_path) == ["report.html"]
    assert (tmp_path / "report.html").read_bytes() == b"half of it"


def test_another_file_s_draft_is_left_alone(tmp_path: Path, writer: subprocess.Popen[str]) -> None:
    """Writing one file touches no draft of another."""
    writer.send_signal(signal.SIGKILL)
    writer.wait()
    (abandoned,) = names(tmp_path)
    write(tmp_path / "report.md", b"whole")
    assert names(tmp_path) == sorted([abandoned, "report.md"])


@pytest.mark.parametrize(
    "words",
    [
        "inspect in.json --anonymize ./in.json",
        "diff in.json in.json --output json=link.json",
        "gate in.json plan.json --plan plan.toml --output text=plan.toml",
        "check in.json --output markdown=in.json",
        "diff --all {instance}.json live --output json={instance}.json",
        "plan reverse plan.toml --output plan.toml",
        "plan from-diff in.json plan.json --output in.json",
        "plan from-tfstate in.json --output in.json",
        "export in.json --output snapshots/drift.db",
        "check in.json --output json=snapshots/drift.db",
        "metrics --output snapshots/drift.db",
        "export in.json --output in.json",
        "export in.json --output drift.toml",
        "check in.json --output json=drift.toml",
        "check in.json --config other.toml --output json=other.toml",
        "metrics --output drift.toml",
        "inspect in.json --anonymize drift.toml",
        "plan from-diff in.json plan.json --output drift.toml",
    ],
)
def test_what_is_read_is_not_written_over(tmp_path: Path, words: str) -> None:
    """What would be written over the file that it is made of, over the store or over drift.toml is refused (2 or 4)."""
    for name in ("in.json", "plan.json"):
        (tmp_path / name).write_bytes((SAMPLES / "before-nested.json").read_bytes())
    (tmp_path / "link.json").symlink_to("in.json")
    (tmp_path / "plan.toml").write_text('change = "c"\n[[expect]]\nrule = "shard-moved"\nto = "*"\n')
    keep(tmp_path, a_snapshot())
    for name in ("drift.toml", "other.toml"):
        (tmp_path / name).write_text('fail_on = "error"\n')
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    ended = drift(tmp_path, *words.split())
    assert ended.code in {2, 4}
    assert ended.err.startswith("error: ")
    assert all(path.read_bytes() == content for path, content in before.items())


def test_a_log_of_a_database_is_not_written_over(tmp_path: Path) -> None:
    """What a killed run has captured last is in the log beside the store, whose place no report takes."""
    log = tmp_path / "history.db-wal"
    with closing(sqlite3.connect(tmp_path / "history.db")) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE t (c)")
        before = log.read_bytes()
        ended = drift(tmp_path, "check", str(SAMPLES / "before-nested.json"), "--output", f"json={log}")
        assert (ended.code, "is a database" in ended.err) == (2, True)
        assert log.read_bytes() == before
