from __future__ import annotations

import gzip
import os
import resource
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from drift.core.bounded_files import MOST_TEXT
from drift.decode.sources import snapshot_file
from support.builders import a_database, a_snapshot
from support.shell import DRIFT, Ended, drift, environment

if TYPE_CHECKING:
    from collections.abc import Sequence

_MEMORY = 400 << 20
_TMPFS = Path("/dev/shm")  # noqa: S108 - a folder whose file system has any time
_NO_DATE = 1 << 38


def with_little_memory(folder: Path, *arguments: str) -> Ended:
    """Run drift with less address space than the default limit on a file."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))

    ended = subprocess.run(
        [*DRIFT, *arguments],
        check=False,
        cwd=folder,
        env=environment(folder),
        capture_output=True,
        text=True,
        preexec_fn=limit,
    )
    return Ended(ended.returncode, ended.stdout, ended.stderr)


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


def test_a_password_in_another_encoding_is_a_wrong_setting(tmp_path: Path) -> None:
    """A password that is not UTF-8 can't be sent as JSON: 2, and it is not shown."""
    where = {"DRIFT_ENDPOINT": "https://ddm.example.com", "DRIFT_PROJECT_ID": "p", "DRIFT_INSTANCE_ID": "i"}
    user = {"DRIFT_USER_NAME": "dba", "DRIFT_DOMAIN_NAME": "d", "DRIFT_IAM_ENDPOINT": "https://iam.example.com"}
    ended = drift(tmp_path, "snapshot", **where, **user, DRIFT_PASSWORD="gro\udcdf-geheim")
    assert (ended.code, "expected a password in UTF-8 or ASCII" in ended.err) == (2, True), ended.err
    assert "geheim" not in ended.err
