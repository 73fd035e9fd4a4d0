from __future__ import annotations

import errno
import gzip
import os
import resource
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from drift.cli import main
from drift.core.bounded_files import MOST_TEXT
from drift.decode.sources import snapshot_file
from drift.store import Store
from support.builders import a_big_snapshot, a_database, a_snapshot
from support.shell import DRIFT, Ended, drift, run_command

if TYPE_CHECKING:
    from collections.abc import Sequence

_MEMORY = 400 << 20
_TMPFS = Path("/dev/shm")  # noqa: S108 - a folder whose file system has any time
_NO_DATE = 1 << 38
_SOMEBODY = 12345
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to another user")


def with_little_memory(folder: Path, *arguments: str) -> Ended:
    """Run drift with less address space than the default limit on a file."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))

    return run_command(folder, *DRIFT, *arguments, limit=limit)


def test_a_small_file_needs_little_memory(tmp_path: Path) -> None:
    """A file takes the memory of its own size, whatever the limit on files is."""
    (tmp_path / "a.json").write_bytes(snapshot_file.dumps(a_snapshot(a_database())))
    assert with_little_memory(tmp_path, "show", "a.json").code == 0


def test_too_little_memory_is_an_error_in_words(tmp_path: Path) -> None:
    """Input that the memory can't hold can't be judged, 4; no traceback."""
    (tmp_path / "a.json.gz").write_bytes(gzip.compress(b'{"a": "' + b"a" * _MEMORY + b'"}', 1))
    ended = with_little_memory(tmp_path, "show", "a.json.gz")
    assert (ended.code, ended.err.startswith("error: out of memory")) == (4, True), ended.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["rules", "--config", "large"],
        ["diff", "a.json", "a.json", "--plan", "large"],
        ["diff", "a.json", "a.json", "--map-nodes", "large"],
        ["simulate", "--scenario", "large"],
    ],
    ids=["drift.toml", "plan", "node map", "scenario"],
)
def test_a_file_that_a_user_writes_has_a_bound(arguments: Sequence[str], tmp_path: Path) -> None:
    """Each of the files that users write is read up to a bound, and a larger one is the wrong file, 2."""
    (tmp_path / "a.json").write_bytes(snapshot_file.dumps(a_snapshot(a_database())))
    with (tmp_path / "large").open("wb") as file:
        file.truncate(MOST_TEXT + 1)
    ended = drift(tmp_path, *arguments)
    assert (ended.code, f"large: larger than {MOST_TEXT:,} bytes" in ended.err) == (2, True), ended.err


@pytest.mark.skipif(not _TMPFS.is_dir(), reason="no file system with times beyond the year 9999")
def test_a_file_whose_time_is_no_date(tmp_path: Path) -> None:
    """A file with a time that no calendar has is refused in words, 4, with the way out."""
    del tmp_path
    path = _TMPFS / f"drift-test-{os.getpid()}.json"
    try:
        path.write_text("[]")
        os.utime(path, (_NO_DATE, _NO_DATE))
        ended = drift(_TMPFS, "show", path.name)
    finally:
        path.unlink()
    assert (ended.code, "the time of the file is no date" in ended.err) == (4, True), ended.err


@AS_ROOT
def test_a_configuration_of_another_user_is_found_by_nobody(tmp_path: Path) -> None:
    """A drift.toml that a third person put above the working folder is refused, 2, unless it is named."""
    own, path = tmp_path / "own", tmp_path / "drift.toml"
    own.mkdir()
    path.touch()
    assert drift(own, "config").code == 0
    os.chown(path, _SOMEBODY, _SOMEBODY)
    refused = drift(own, "config")
    assert (refused.code, "belongs to another user" in refused.err) == (2, True), refused.err
    assert drift(own, "config", "--config", str(path)).code == 0
    os.chown(own, _SOMEBODY, _SOMEBODY)
    assert drift(own, "config").code == 0


@AS_ROOT
def test_no_report_is_written_through_a_link_of_another_user(tmp_path: Path) -> None:
    """In a folder that everybody may write to, a link of a third person is not followed; one of the user is."""
    (tmp_path / "a.json").write_bytes(snapshot_file.dumps(a_snapshot(a_database())))
    (tmp_path / "mine").write_text("mine")
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    link = shared / "report.html"
    link.symlink_to(tmp_path / "mine")
    os.chown(link, _SOMEBODY, _SOMEBODY, follow_symlinks=False)
    refused = drift(tmp_path, "export", "a.json", "--output", str(link))
    assert (refused.code, (tmp_path / "mine").read_text()) == (4, "mine"), refused.err
    os.chown(link, 0, 0, follow_symlinks=False)
    assert drift(tmp_path, "export", "a.json", "--output", str(link)).code == 0
    assert (tmp_path / "mine").read_text() != "mine"


def test_an_export_steers_no_terminal(tmp_path: Path) -> None:
    """An export has JSON's escapes for direction marks and C1 controls, and reads as the same snapshot."""
    snapshot = a_snapshot(a_database("\u202eorders\x9b1m\x7fü"))
    (tmp_path / "a.json").write_bytes(snapshot_file.dumps(snapshot))
    ended = drift(tmp_path, "export", "a.json")
    assert not {"\u202e", "\x9b", "\x7f"} & set(ended.out)
    assert "ü" in ended.out
    (tmp_path / "b.json").write_text(ended.out, "utf-8")
    again = drift(tmp_path, "export", "b.json")
    assert (again.out, drift(tmp_path, "diff", "a.json", "b.json").code) == (ended.out, 0)


def test_a_password_in_another_encoding_is_a_wrong_setting(tmp_path: Path) -> None:
    """A password that is not UTF-8 can't be sent as JSON: 2, and it is not shown."""
    where = {"DRIFT_ENDPOINT": "https://ddm.example.com", "DRIFT_PROJECT_ID": "p", "DRIFT_INSTANCE_ID": "i"}
    user = {"DRIFT_USER_NAME": "dba", "DRIFT_DOMAIN_NAME": "d", "DRIFT_IAM_ENDPOINT": "https://iam.example.com"}
    ended = drift(tmp_path, "snapshot", **where, **user, DRIFT_PASSWORD="gro\udcdf-geheim")
    assert (ended.code, "expected a password in UTF-8 or ASCII" in ended.err) == (2, True), ended.err
    assert "geheim" not in ended.err


@pytest.mark.parametrize("command", ["import a.json", "export 1 --output o.json", "log"])
@pytest.mark.parametrize("size", [0, 4096, 65536])
def test_a_file_that_may_not_grow_leaves_the_store_whole(tmp_path: Path, command: str, size: int) -> None:
    """Where no file may be larger than that, what reads the store reads it, and what can't write says so, 4."""
    with Store.open(tmp_path / "drift.db", create=True) as store:
        for minutes in range(2):
            store.save(a_big_snapshot(900, minutes=minutes))
    (tmp_path / "a.json").write_bytes(snapshot_file.dumps(a_big_snapshot(900, moved=range(400), minutes=9)))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        ended = drift(tmp_path, *command.split(), "--store", "drift.db")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert (ended.code, "Traceback" in ended.err) == (0 if command == "log" else 4, False), ended.err
    assert ended.err.startswith("error: ") == (command != "log")
    with Store.open(tmp_path / "drift.db") as store:
        assert (store.verify(), len(store.log())) == ([], 2)
    assert not [each for each in tmp_path.iterdir() if each.name not in {"a.json", "drift.db"}]


def test_too_few_handles_are_an_error_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a process may open no more files, not even its own modules, it can't judge, 4; no traceback."""

    def without_handles(*_: object) -> int:
        raise OSError(errno.EMFILE, "Too many open files", "drift/store/writing.py")

    monkeypatch.setattr(main, "_invoke", without_handles)
    ended = drift(tmp_path, "log")
    assert (ended.code, ended.err.startswith("error: too many open files")) == (4, True), ended.err
