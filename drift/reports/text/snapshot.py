"""One snapshot as plain text. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from drift.reports.text.page import PAGE, Page
from drift.reports.text.style import measure, painted
from drift.reports.text.table import GAP, NARROWEST
from drift.reports.wording.escape import sentence
from drift.reports.wording.i18n import plural, plural_more, translate
from drift.reports.wording.snapshot import (
    IN_FLIGHT,
    LEAD,
    NODE_HEAD,
    Column,
    Place,
    Row,
    facts,
    listed,
    notes,
    placed,
    places_of,
    rows_of,
    taken,
    title,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from drift.core.model import Snapshot

MOST_ROWS: Final = 100
_AT_REST: Final = frozenset({"", "RUNNING"})
_BAR: Final = 30
_SHORTEST_BAR: Final = 10


def render(snapshot: Snapshot, *, shards: bool, full: bool, colour: bool, width: int | None) -> str:
    """Render the snapshot as text, ending in a newline; with ANSI colours if `colour`.

    `shards` lists each database's shards by data node instead of only counting them. What a terminal `width` columns
    wide has no room for is summed up, or with `full` below the rest; without a width, there is room for all.
    """
    page = Page(width)
    places = places_of(snapshot)
    most = len(places) + len(snapshot.databases) if full or width is None else MOST_ROWS
    _head(snapshot, page)
    bands = _bands(snapshot, places, most, width, full=full)
    numbered = any(column.head.startswith("#") for band in bands for column in band)
    _nodes(places, most, page, width, numbered=numbered)
    _matrix(snapshot, bands, most, page)
    if shards:
        _shards(snapshot, page)
    _remarks(snapshot, page)
    return page.text(colour=colour)


def _head(snapshot: Snapshot, page: Page) -> None:
    page.line(title(snapshot, PAGE), style="heading" if snapshot.complete and not snapshot.suspect else "unsure")
    page.line(taken(snapshot), indent=2)
    page.line(snapshot.content_hash, indent=2, style="faint")


def _nodes(places: Sequence[Place], most: int, page: Page, width: int | None, *, numbered: bool) -> None:
    """List the data nodes, with a bar for the shards of each where the terminal has room."""
    if not places:
        return
    shown, hidden = places[:most], places[most:]
    rows = [(*facts(place, PAGE), f"{place.shards:,}") for place in shown]
    head = tuple(translate(name).upper() for name in (*NODE_HEAD, LEAD[-1]))
    if numbered:
        rows = [(f"#{place.number}", *cells) for place, cells in zip(shown, rows, strict=True)]
        head = ("#", *head)
    number = len(head) - 1
    room = (
        0 if width is None else width - sum(max(map(measure, column)) + GAP for column in zip(head, *rows, strict=True))
    )
    if room >= _SHORTEST_BAR:
        bars = _bars([place.shards for place in shown], min(room, _BAR))
        rows = [(*cells, painted(bar, "→")) for cells, bar in zip(rows, bars, strict=True)]
        head = (*head, "")
    page.table(head, rows, right=frozenset({number}))
    if hidden:
        held = plural(sum(place.shards for place in hidden), "shard")
        nodes = plural_more(len(hidden), "data node")
        page.line(translate("… and {nodes} with {shards}; --full shows all", nodes=nodes, shards=held))


def _bars(counts: Sequence[int], longest: int) -> list[str]:
    """Draw a bar for each count. Every count above zero has a visible one."""
    most = max(counts, default=0) or 1
    return ["█" * -(-count * longest // most) for count in counts]


def _matrix(snapshot: Snapshot, bands: Sequence[Sequence[Column]], most: int, page: Page) -> None:
    """How many shards of which database are on which data node, with totals: a table, or several below each other."""
    rows = rows_of(snapshot, most, PAGE, sentence)
    lead = len(LEAD)
    for place, columns in enumerate(bands):
        leads = lead if place == 0 else 1
        head = (*(translate(name).upper() for name in LEAD[:leads]), *(column.head for column in columns))
        cells = [(*_painted(each)[:leads], *each.under(columns)) for each in rows]
        page.table(head, cells, right=frozenset(range(min(leads, lead - 1), len(head))))
    if summed := [column for band in bands for column in band if len(column.ids) > 1]:
        text = {"nodes": plural(len(summed[0].ids), "data node"), "column": summed[0].head}
        page.line(translate("{nodes} with the fewest shards are combined in {column}; --full shows all", **text))
    if hidden := len(snapshot.databases[most:]):
        databases = plural(hidden, "database")
        page.line(translate("{databases} are combined; --full shows all", databases=databases))


def _painted(found: Row) -> tuple[str, ...]:
    if len(found.lead) != len(LEAD):
        return found.lead
    name, mode, status, count = found.lead
    return name, mode, status if status in _AT_REST else painted(status, "warning"), count


def _bands(
    snapshot: Snapshot, places: Sequence[Place], most: int, width: int | None, *, full: bool
) -> list[list[Column]]:
    """Split the columns of the matrix into tables: one, unless `full` asks for more columns than fit."""
    names = [place.name(PAGE) for place in places]
    numbers = [f"#{place.number}" for place in places]
    ids = [place.id for place in places]
    rows = rows_of(snapshot, most, PAGE, sentence)
    figures = max((measure(cell) for each in rows for cell in each.under([Column("", tuple(ids))])), default=1)
    lead = _lead_width(rows)
    by_name, by_number = (_columns_of(heads, ids) for heads in (names, numbers))
    fitting = by_name if len(set(names)) == len(names) else by_number
    if width is None or lead + _room(fitting, figures) <= width:
        return [fitting]
    if lead + _room(by_number, figures) <= width:
        return [by_number]
    if full:
        return _split(by_number, figures, width - lead, width - NARROWEST)
    return [_summed(places, figures, width - lead)]


def _columns_of(heads: Sequence[str], ids: Sequence[str]) -> list[Column]:
    return [Column(head, (node_id,)) for head, node_id in zip(heads, ids, strict=True)]


def _lead_width(rows: Sequence[Row]) -> int:
    """Return the least width of the leading columns: words may wrap, figures may not."""
    *texts, figures = zip(map(translate, LEAD), *(each.lead for each in rows), strict=True)
    return sum(min(max(map(measure, column)), NARROWEST) + GAP for column in texts) + max(map(measure, figures))


def _room(columns: Sequence[Column], figures: int) -> int:
    return sum(max(measure(column.head), figures) + GAP for column in columns)


def _split(columns: Sequence[Column], figures: int, first: int, room: int) -> list[list[Column]]:
    bands: list[list[Column]] = [[]]
    for column in columns:
        if _room([*bands[-1], column], figures) > (first if len(bands) == 1 else room):
            bands.append([])
        bands[-1].append(column)
    return bands


def _summed(places: Sequence[Place], figures: int, room: int) -> list[Column]:
    """As many data nodes as there is room for, those with the most shards, and a column for the sum of the others."""
    by_shards = sorted(places, key=lambda place: (-place.shards, place.number))
    kept = by_shards
    rest: tuple[str, ...] = ()
    columns: list[Column] = []
    while kept:
        kept = kept[:-1]
        ids = {place.id for place in kept}
        columns = [Column(f"#{place.number}", (place.id,)) for place in places if place.id in ids]
        rest = tuple(place.id for place in places if place.id not in ids)
        columns.append(Column(translate("+{hidden:,} more", hidden=len(rest)), rest))
        if _room(columns, figures) <= room:
            break
    return columns


def _shards(snapshot: Snapshot, page: Page) -> None:
    page.heading(translate("Shards"))
    for name, node, names in listed(snapshot, PAGE):
        page.line(placed(painted(name, "name"), node, names), indent=2)


def _remarks(snapshot: Snapshot, page: Page) -> None:
    for heading, lines in notes(snapshot, PAGE, sentence):
        page.heading(translate(heading))
        for line in lines:
            page.line(line, indent=2, symbol="~" if heading == IN_FLIGHT else "?")
