from __future__ import annotations

from collections import Counter

import pytest

from drift.compare.diff import diff
from drift.decode.files import load
from support.paths import SAMPLES

LAYOUTS = ("nested", "keyed", "flat")


@pytest.mark.parametrize("when", ["before", "after"])
def test_each_layout_holds_the_same_topology(when: str) -> None:
    """The three sample captures of one moment are read into equal records."""
    snapshots = [load(SAMPLES / f"{when}-{layout}.json") for layout in LAYOUTS]
    assert len({snapshot.content_hash for snapshot in snapshots}) == 1
    assert len({snapshot.layout for snapshot in snapshots}) == len(LAYOUTS)


@pytest.mark.parametrize("before", LAYOUTS)
@pytest.mark.parametrize("after", LAYOUTS)
def test_a_new_layout_hides_no_change_and_adds_none(before: str, after: str) -> None:
    """The migration in the samples is told the same, whatever layouts its two ends are in."""
    changes = diff(load(SAMPLES / f"before-{before}.json"), load(SAMPLES / f"after-{after}.json")).changes
    counts = Counter(change.rule for change in changes)
    assert counts == {"data-node-added": 1, "database-resharded": 1, "shard-added": 4, "shard-moved": 7}


def test_every_sample_is_covered() -> None:
    """No sample capture lies in the folder untested."""
    found = {path.name for path in SAMPLES.glob("*.json")}
    assert found == {f"{when}-{layout}.json" for when in ("before", "after") for layout in LAYOUTS}
