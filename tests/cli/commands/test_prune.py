from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec
import pytest

from drift.store import Store
from support.builders import a_database, a_snapshot
from support.shell import drift

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A store of captures that are 100, 50, 10 and 0 days old, the second with a label, and one of another instance."""
    today = datetime.now(UTC)
    with Store.open(tmp_path / "snapshots/drift.db", create=True) as store:
        for days, label in ((100, None), (50, "pre-change"), (10, None), (0, None)):
            snapshot = a_snapshot(a_database(shards=101 - days), label=label)
            store.save(msgspec.structs.replace(snapshot, taken_at=today - timedelta(days=days)))
        store.save(a_snapshot(instance="users-prod"))
    return tmp_path


def numbers(folder: Path) -> list[int]:
    with Store.open(folder / "snapshots/drift.db") as store:
        return sorted(entry.number for entry in store.log())


@pytest.mark.parametrize(
    ("line", "staying"),
    [
        ("--older-than 90d", [2, 3, 4, 5]),
        ("--older-than 1w", [2, 4, 5]),
        ("--older-than 1w --labelled", [4, 5]),
        ("--older-than 24h --keep 2", [2, 3, 4, 5]),
        ("--keep 1", [2, 4, 5]),
        ("--label pre-change", [1, 3, 4, 5]),
        ("orders-prod --label pre-* --older-than 4w", [1, 3, 4, 5]),
        ("users-prod --keep 1", [1, 2, 3, 4, 5]),
    ],
)
def test_prune_takes_out_what_is_asked(folder: Path, line: str, staying: list[int]) -> None:
    """A dry run lists what goes and changes nothing; then it goes, and the history is still true."""
    dry = drift(folder, "prune", *line.split(), "--dry-run")
    assert numbers(folder) == [1, 2, 3, 4, 5]
    ended = drift(folder, "prune", *line.split())
    assert (ended.code, ended.out) == (0, dry.out)
    assert numbers(folder) == staying
    assert [int(told.split()[1]) for told in ended.out.splitlines()] == sorted(
        {1, 2, 3, 4, 5} - set(staying), reverse=True
    )
    assert f"would take out {5 - len(staying)}" in dry.err
    assert "given back" in ended.err
    assert drift(folder, "verify-store").code == 0


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("", 2),
        ("--labelled", 2),
        ("--older-than 90", 2),
        ("--older-than 99999999d", 2),
        ("--older-than 9999w", 0),
        ("--keep 0", 2),
        ("nobody --keep 1", 4),
    ],
)
def test_prune_asks_what_may_go(folder: Path, line: str, code: int) -> None:
    """Without a condition, with an odd one, or for an unknown instance, nothing goes."""
    assert drift(folder, "prune", *line.split()).code == code
    assert numbers(folder) == [1, 2, 3, 4, 5]
