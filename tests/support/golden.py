"""The golden files: the name of each, and the report that it holds."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from drift.core.model import Confirmation
from drift.core.version import __version__
from drift.policy.invariants import Spread
from drift.reports.content import fleet
from drift.reports.formats import CHECK_FORMATS, HISTORY_FORMATS, REPORT_FORMATS, STEP_OUTPUTS
from drift.reports.json.fleet import render_failure
from drift.reports.renderer import render
from drift.store import Store
from support.builders import a_database, a_node, a_snapshot, a_time
from support.paths import GOLDEN
from support.reports import a_checkup, a_failure, broken
from support.scenarios import SCENARIOS, hostile, orders, planned, scale_out
from support.shell import drift

if TYPE_CHECKING:
    from collections.abc import Callable

SUFFIXES: Final = {
    "text": "txt",
    "markdown": "md",
    "json": "json",
    "csv": "csv",
    "html": "html",
    "junit": "junit.xml",
    "sarif": "sarif",
    "github": "github.txt",
    "gitlab": "gitlab.json",
}
WITHOUT_LIMIT: Final = ("json", "csv", "junit", "sarif", "gitlab")
# Pages share most of what they are: a few show the rest.
WITHOUT_PAGE: Final = SCENARIOS.keys() - {"partial", "planned", "everything", "hostile"}
LEFT_OUT: Final = {("huge", fmt) for fmt in WITHOUT_LIMIT} | {(scenario, "html") for scenario in WITHOUT_PAGE}
REPORTS: Final = [(scenario, fmt) for scenario in SCENARIOS for fmt in SUFFIXES if (scenario, fmt) not in LEFT_OUT]
CHINESE: Final = [
    *((scenario, fmt) for scenario in ("planned", "everything") for fmt in ("text", "markdown", "html")),
    ("twins", "text"),
]
SPREAD: Final = Spread(None, {"rds-1": 12, "rds-2": 4})
ROWS: Final = (
    fleet.Row("billing-prod", fleet.Status.IN_SYNC, capture=fleet.Capture(a_time(-90))),
    fleet.Row("orders-prod", fleet.Status.DRIFT, "1 unexpected change", 1, capture=fleet.Capture(a_time(), SPREAD)),
    fleet.Row("shop|`eu`", fleet.Status.ERROR, "ddm: 503 DBS.280001\n::error::", 3),
)
OVERVIEW: Final = fleet.Fleet(
    name="diff",
    rows=ROWS,
    events=(("scale-out", "warning", "2", "billing-prod, orders-prod", "rds-3"),),
    command="drift diff latest~1 latest --all",
    at=a_time(25),
)


def content(name: str) -> bytes:
    """What a golden file holds, but for drift's version."""
    return FILES[name]().replace(f'"version": "{__version__}"', '"version": "VERSION"').encode()


def renew() -> None:
    """Write every golden file anew."""
    for name in FILES:
        (GOLDEN / name).write_bytes(content(name))


def _report(scenario: str, fmt: str, lang: str) -> str:
    return render(SCENARIOS[scenario](), fmt, lang=lang)


def _history(entity: str, fmt: str) -> str:
    """What the command tells of one thing in a store in which it moves, is dropped and comes back."""
    with tempfile.TemporaryDirectory() as folder:
        with Store.open(Path(folder, "snapshots/drift.db"), create=True) as store:
            store.save(a_snapshot(orders((range(8), "rds-1")), label="pre-CHG-123"))
            store.save(a_snapshot(orders((range(6), "rds-1"), (range(6, 8), "rds-2")), minutes=30))
            store.save(a_snapshot(a_database("users"), minutes=60))
            changed = a_node("rds-1", engine_version="8.4")
            store.save(a_snapshot(orders((range(8), "rds-1")), nodes=[changed, "rds-2"], minutes=90, label="a|`b`"))
            for number in (3, 4):
                store.confirm(number, Confirmation("planned", "anna", a_time(100)))
        ended = drift(Path(folder), "history", entity, "--format", fmt)
    assert ended.code == 0
    return ended.out


def _fleet_markdown() -> str:
    reports = [render(planned(), "markdown"), render(scale_out(), "markdown")]
    return render(msgspec.structs.replace(OVERVIEW, reports=reports), "markdown")


FILES: Final[dict[str, Callable[[], str]]] = {
    **{f"{scenario}.{SUFFIXES[fmt]}": partial(_report, scenario, fmt, "en") for scenario, fmt in REPORTS},
    **{f"{scenario}.zh.{SUFFIXES[fmt]}": partial(_report, scenario, fmt, "zh") for scenario, fmt in CHINESE},
    **{f"check.{SUFFIXES[fmt]}": partial(render, a_checkup(broken()), fmt) for fmt in CHECK_FORMATS},
    **{f"failure.{SUFFIXES[fmt]}": partial(render, a_failure(), fmt) for fmt in REPORT_FORMATS},
    **{
        f"history-{kind}.{SUFFIXES[fmt]}": partial(_history, entity, fmt)
        for kind, entity in (("shard", "orders_0006"), ("database", "orders"), ("data-node", "rds-1"))
        for fmt in HISTORY_FORMATS
    },
    "fleet.txt": partial(render, OVERVIEW, "text", width=None),
    "fleet.md": _fleet_markdown,
    "fleet.html": partial(render, OVERVIEW, "html"),
    "fleet.zh.html": partial(render, OVERVIEW, "html", lang="zh"),
    "fleet-failure.json": partial(render_failure, ROWS[2]),
    "planned.github-output.txt": lambda: render(planned(), STEP_OUTPUTS),
    "hostile.github-output.txt": lambda: render(hostile(), STEP_OUTPUTS),
}
