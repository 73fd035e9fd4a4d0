"""Files, folders and names of other people: who may read what drift writes, and where drift writes nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from drift.cli.output import write, write_pieces
from drift.core.errors import FileError
from drift.decode.sources import snapshot_file
from drift.store import Store
from support.builders import a_database, a_snapshot
from support.shell import drift

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SOMEBODY = 12345
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to another user")
WRITING = (
    "export latest --output export.json",
    "export latest --output export.json.gz",
    "diff 1 2 --output html=new/report.html --output junit=junit.xml",
    "inspect a.json --anonymize anonymous.json",
    "plan from-diff 1 2 --output plan.toml",
    "init",
    "rename-instance orders-prod orders --yes",
)
NAMES = ("..", ".", "../x", "a/b", "/etc/x", "a\x00b", "a\nb", "~", "{instance}", "a\\b", "")


@contextmanager
def umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def saved(folder: Path, *names: str) -> None:
    """Snapshot files, each with its shards elsewhere."""
    for place, name in enumerate(names):
        snapshot = a_snapshot(a_database(on=[f"rds-{1 + place % 2}"]), minutes=place)
        (folder / name).write_bytes(snapshot_file.dumps(snapshot))


def modes(folder: Path) -> dict[str, int]:
    return {each.relative_to(folder).as_posix(): each.stat().st_mode & 0o777 for each in folder.rglob("*")}


@pytest.mark.parametrize(("mask", "forbidden"), [(0o077, 0o077), (0o027, 0o027), (0o022, 0o022)])
def test_what_is_written_is_as_private_as_the_umask_says(tmp_path: Path, mask: int, forbidden: int) -> None:
    """The store with its logs and copies, exports, reports, plans and anonymized copies: nobody may more than that."""
    saved(tmp_path, "a.json", "b.json")
    before = modes(tmp_path)
    with umask(mask):
        assert drift(tmp_path, "import", "a.json", "b.json").code == 0
        assert [line for line in WRITING if drift(tmp_path, *line.split()).code > 1] == []
        with Store.open(tmp_path / "snapshots/drift.db") as store:
            store.save(a_snapshot(instance="another"), raw=b"response")
            found = {name: mode for name, mode in modes(tmp_path).items() if name not in before}
    assert len(found) == 13, found  # nine files, the store's two logs, and two folders
    assert {name: oct(mode) for name, mode in found.items() if mode & forbidden} == {}


def test_a_private_store_has_private_logs_and_copies(tmp_path: Path) -> None:
    """A store that only its user may read has no file beside it that others may."""
    path = tmp_path / "drift.db"
    with umask(0o022), Store.open(path, create=True) as store:
        store.save(a_snapshot())
        path.chmod(0o600)
    with umask(0o022), Store.open(path) as store:
        store.save(a_snapshot(minutes=1))
        store.rename_instance("orders-prod", "orders")
        assert modes(tmp_path) == dict.fromkeys(
            ("drift.db", "drift.db-wal", "drift.db-shm", "drift.db.before-rename.bak"), 0o600
        )


def test_a_file_that_is_replaced_is_never_more_open(tmp_path: Path) -> None:
    """A private report stays one, also while its successor is a draft."""
    report = tmp_path / "report.html"
    report.touch(0o600)
    seen = []

    def pieces() -> Iterator[bytes]:
        seen.append(modes(tmp_path))
        yield b"new"

    with umask(0o022):
        write_pieces(report, pieces())
    assert set(seen[0].values()) == {0o600}
    assert modes(tmp_path) == {"report.html": 0o600}


@AS_ROOT
def test_no_store_is_opened_through_a_link_of_another_user(tmp_path: Path) -> None:
    """In a folder that everybody may write to, a link of a third person leads neither to a store nor to a new one."""
    saved(tmp_path, "a.json")
    shared, own = tmp_path / "shared", tmp_path / "own.db"
    shared.mkdir()
    shared.chmod(0o1777)
    link = shared / "drift.db"
    link.symlink_to(own)
    os.chown(link, SOMEBODY, SOMEBODY, follow_symlinks=False)
    refused = drift(tmp_path, "import", "a.json", "--store", str(link))
    assert (refused.code, "the link belongs to another user" in refused.err) == (4, True), refused.err
    assert not own.exists()
    os.chown(link, 0, 0, follow_symlinks=False)
    assert drift(tmp_path, "import", "a.json", "--store", str(link)).code == 0
    assert own.exists()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes")
def test_a_pipe_in_place_of_a_leftover_keeps_nobody_waiting(tmp_path: Path) -> None:
    """What looks like a draft or a log is looked at without waiting for anybody, and no link is followed."""
    saved(tmp_path, "a.json")
    assert drift(tmp_path, "import", "a.json", "--store", "drift.db").code == 0
    os.mkfifo(tmp_path / ".report.html.abc.draft")
    os.mkfifo(tmp_path / "other.db-wal")
    (tmp_path / ".report.html.def.draft").symlink_to("a.json")
    ended = subprocess.run(
        [sys.executable, "-m", "drift", "verify-store", "--store", "drift.db"], cwd=tmp_path, timeout=30, check=False
    )
    assert ended.returncode == 0
    write(tmp_path / "report.html", b"whole")
    assert (tmp_path / "a.json").exists()


@pytest.mark.parametrize("name", NAMES)
def test_an_instance_s_name_leads_nowhere(tmp_path: Path, name: str) -> None:
    """A name that is more than a part of a file's name is refused before `{instance}` is replaced by it."""
    folder = tmp_path / "project"
    folder.mkdir()
    written = "".join(rf"\u{ord(letter):04x}" for letter in name)
    (folder / "drift.toml").write_text(f'[instances."{written}"]\ninstance_id = "i"\n')
    ended = drift(folder, "gate", "--all", "latest~1", "latest", "--output", "markdown=reports/{instance}/r.md")
    assert (ended.code, "expected a name of letters" in ended.err) == (2, True), ended.err
    assert [each.name for each in tmp_path.rglob("*")] == ["project", "drift.toml"]


def test_a_name_that_is_too_long_for_a_file_is_an_error_in_words(tmp_path: Path) -> None:
    """What the file system can't take is told with its path, 4 where drift is run, and nothing is written."""
    with pytest.raises(FileError, match=r"could not write .*x/report.html: File name too long"):
        write(tmp_path / ("x" * 300) / "report.html", b"")
    assert list(tmp_path.iterdir()) == []
