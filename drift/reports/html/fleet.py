"""A fleet as one HTML file that needs no other file and no script: the same table, sorted in several ways. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from drift.reports.content.fleet import LOOKS, Status
from drift.reports.html.report import Room, fitted
from drift.reports.wording import fleet as words
from drift.reports.wording import times
from drift.reports.wording.escape import sentence
from drift.reports.wording.i18n import mark_sentence

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from drift.reports.content.fleet import Fleet, Row
    from drift.reports.rendering import Rendering

ROOMS: Final = tuple(Room(0, 0, rows, 0) for rows in (5_000, 2_000, 1_000, 500, 100))
COLUMNS: Final = (
    *words.HEAD,
    mark_sentence("Last capture"),
    mark_sentence("Age"),
    mark_sentence("Skew"),
    mark_sentence("Shards"),
    mark_sentence("Data nodes"),
)
FIRST_FIGURE: Final = COLUMNS.index("Age")
_MARKS: Final = {"good": "✔", "bad": "✘", "unsure": "?"}
_WORST_FIRST: Final = {
    status: place
    for place, status in enumerate(
        (
            Status.DRIFT,
            Status.BROKEN,
            Status.ERROR,
            Status.SUSPECT,
            Status.NOT_CHECKED,
            Status.PARTIAL,
            Status.EXPECTED,
            Status.CAPTURED,
            Status.SOUND,
            Status.IN_SYNC,
        )
    )
}
_NEVER: Final = datetime.min.replace(tzinfo=UTC)


class Order(NamedTuple):
    """A way to sort the table: by a column, of which the head leads to it."""

    id: str
    column: str
    heading: str
    direction: str
    key: Callable[[Row], Any]


def _severity(row: Row) -> tuple[int, int]:
    return _WORST_FIRST[row.status], -(row.unexpected + row.failing)


def _taken(row: Row) -> datetime:
    return row.capture.taken_at if row.capture else _NEVER


def _skew(row: Row) -> float:
    return -row.capture.spread.skew if row.capture and row.capture.spread else 0


ORDERS: Final = (
    Order("by-status", "Status", mark_sentence("Instances, the worst first"), "descending", _severity),
    Order("by-name", "Instance", mark_sentence("Instances by name"), "ascending", lambda row: row.instance.casefold()),
    Order("by-age", "Age", mark_sentence("Instances, the oldest capture first"), "descending", _taken),
    Order("by-skew", "Skew", mark_sentence("Instances, the greatest skew first"), "descending", _skew),
)


def render(fleet: Fleet, _rendering: Rendering) -> str:
    """Render the fleet as an HTML document, ending in a newline."""
    contents = {
        "fleet": fleet,
        "words": words,
        "heading": words.total(fleet.rows),
        "look": _worst([LOOKS[row.status] for row in fleet.rows]),
        "marks": _MARKS,
        "looks": LOOKS,
        "columns": COLUMNS,
        "first_figure": FIRST_FIGURE,
        "orders": [(order, sorted(fleet.rows, key=order.key)) for order in ORDERS],
        "age": lambda row: times.age(row.capture.taken_at, fleet.at) if row.capture and fleet.at else "",
        "moment": times.moment,
        "sentence": sentence,
    }
    return fitted("fleet.html", (), (), contents, ROOMS)


def _worst(looks: Sequence[str]) -> str:
    return next((look for look in ("bad", "unsure") if look in looks), "good")
