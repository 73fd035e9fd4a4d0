"""The other reports as people read them. After a wanted change: `python tests/test_reports_golden_others.py`."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from builders import a_database, a_node, a_snapshot
from shell import drift
from test_reports_golden import GOLDEN, SUFFIXES, hostile, orders, planned, scale_out
from test_reports_tools import a_checkup, a_failure, broken

from drift.core.version import __version__
from drift.reports.content import fleet
from drift.reports.formats import CHECK_FORMATS, CI_FORMATS, HISTORY_FORMATS, STEP_OUTPUTS
from drift.reports.renderer import render
from drift.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable

ROWS: Final = (
    fleet.Row("billing-prod", fleet.Status.IN_SYNC),
    fleet.Row("orders-prod", fleet.Status.DRIFT, "1 unexpected change", 1),
    fleet.Row("shop|`eu`", fleet.Status.ERROR, "ddm: 503 DBS.280001\n::error::", 3),
)
OVERVIEW: Final = fleet.Overview(
    name="diff",
    rows=ROWS,
    events=(("scale-out", "warning", "2", "billing-prod, orders-prod", "rds-3"),),
    command="drift diff latest~1 latest --all",
)


def history(entity: str, fmt: str) -> str:
    """What the command tells of one thing in a store in which it moves, is dropped and comes back."""
    with tempfile.TemporaryDirectory() as folder:
        with Store.open(Path(folder, "snapshots/drift.db"), create=True) as store:
            store.save(a_snapshot(orders((range(8), "rds-1")), label="pre-CHG-123"))
            store.save(a_snapshot(orders((range(6), "rds-1"), (range(6, 8), "rds-2")), minutes=30))
            store.save(a_snapshot(a_database("users"), minutes=60))
            changed = a_node("rds-1", engine_version="8.4")
            store.save(a_snapshot(orders((range(8), "rds-1")), nodes=[changed, "rds-2"], minutes=90, label="a|`b`"))
        ended = drift(Path(folder), "history", entity, "--format", fmt)
    assert ended.code == 0
    return ended.out


def fleet_markdown() -> str:
    return fleet.markdown(OVERVIEW, [render(planned(), "markdown"), render(scale_out(), "markdown")])


CASES: Final[dict[str, Callable[[], str]]] = {
    **{f"check.{SUFFIXES[fmt]}": partial(render, a_checkup(broken()), fmt) for fmt in CHECK_FORMATS},
    **{f"failure.{SUFFIXES[fmt]}": partial(render, a_failure(), fmt) for fmt in (*CI_FORMATS, "markdown")},
    **{
        f"history-{what}.{SUFFIXES[fmt]}": partial(history, entity, fmt)
        for what, entity in (("shard", "orders_0006"), ("database", "orders"), ("data-node", "rds-1"))
        for fmt in HISTORY_FORMATS
    },
    "fleet.txt": partial(fleet.text, OVERVIEW),
    "fleet.md": fleet_markdown,
    "fleet-failure.json": partial(fleet.failure, ROWS[2]),
    "planned.github-output.txt": lambda: render(planned(), STEP_OUTPUTS),
    "hostile.github-output.txt": lambda: render(hostile(), STEP_OUTPUTS),
}


def rendered(name: str) -> bytes:
    return CASES[name]().replace(f'"version": "{__version__}"', '"version": "VERSION"').encode()


@pytest.mark.parametrize("name", CASES)
def test_a_report_is_the_golden_one(name: str) -> None:
    """Nothing of what people read changes unnoticed."""
    assert rendered(name) == (GOLDEN / name).read_bytes()


if __name__ == "__main__":
    for name in CASES:
        (GOLDEN / name).write_bytes(rendered(name))
