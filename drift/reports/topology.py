"""One snapshot for eyes: its data nodes, its databases, and how many shards of which are where. Pure."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

from drift.core.name_ranges import runs
from drift.language import more, phrase, plural, say
from drift.reports import words
from drift.reports.markdown_ import header, row
from drift.reports.page import PAGE, Page
from drift.reports.paint import measure, painted
from drift.reports.safe import CELL, MARKDOWN, code_sentence, in_cell, sentence
from drift.reports.table import GAP, NARROWEST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from drift.core.model import Database, DataNode, Snapshot
    from drift.reports.safe import Medium

MOST_ROWS: Final = 100
_LEAD: Final = (phrase("Database"), phrase("Mode"), phrase("Status"), phrase("Shards"))
_NODES: Final = (phrase("Data node"), phrase("ID"), phrase("Endpoint"), phrase("Engine"))
_NONE: Final = "·"
_AT_REST: Final = frozenset({"", "RUNNING"})
_IN_FLIGHT: Final = phrase("In flight")
_NOT_READ: Final = phrase("Not read")
_BAR: Final = 30
_SHORTEST_BAR: Final = 10


class _Place(NamedTuple):
    """A data node, with the number that can stand for its name. `node` is None where the snapshot doesn't list it."""

    number: int
    id: str
    node: DataNode | None
    shards: int

    def name(self, medium: Medium) -> str:
        return medium.name((self.node and self.node.name) or self.id)


class _Column(NamedTuple):
    """A column of the matrix: a data node, or several summed up."""

    head: str
    ids: tuple[str, ...]


class _Row(NamedTuple):
    """A row of the matrix: what leads it, and its shards by data-node id."""

    lead: tuple[str, ...]
    counts: Mapping[str, int]

    def under(self, columns: Sequence[_Column]) -> tuple[str, ...]:
        counts = (sum(self.counts.get(node_id, 0) for node_id in column.ids) for column in columns)
        return tuple(f"{count:,}" if count else _NONE for count in counts)


def render(snapshot: Snapshot, *, shards: bool, full: bool, colour: bool, width: int | None) -> str:
    """The snapshot as text, ending in a newline; with ANSI colours if `colour`.

    `shards` lists each database's shards by data node instead of only counting them. What a terminal `width` columns
    wide has no room for is summed up, or with `full` below the rest; without a width, there is room for all.
    """
    page = Page(width)
    places = _places(snapshot)
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


def markdown(snapshot: Snapshot, *, shards: bool) -> str:
    """The snapshot as Markdown, ending in a newline: all that there is, whatever its size."""
    places = _places(snapshot)
    nodes = [(*_facts(place, CELL), f"{place.shards:,}") for place in places]
    columns = [_Column(place.name(CELL), (place.id,)) for place in places]
    told = [f"**{_title(snapshot, MARKDOWN)}**\n", f"{_taken(snapshot)}  \n{snapshot.content_hash}\n"]
    told.append(header(list(map(say, _NODES)), [say("Shards")]) + "".join(row(*cells) for cells in nodes))
    matrix = _rows(snapshot, len(snapshot.databases), CELL, lambda text: in_cell(code_sentence(text)) if text else "")
    heads = header(list(map(say, _LEAD[:-1])), [say(_LEAD[-1]), *(column.head for column in columns)])
    told.append(heads + "".join(row(*each.lead, *each.under(columns)) for each in matrix))
    if shards:
        listed = (f"- {_told(*each)}\n" for each in _listed(snapshot, MARKDOWN))
        told.append("".join(listed))
    for heading, lines in _notes(snapshot, MARKDOWN, code_sentence):
        told.append(f"**{say(heading)}**\n\n" + "".join(f"- {line}\n" for line in lines))
    return "\n".join(told)


def _head(snapshot: Snapshot, page: Page) -> None:
    page.line(_title(snapshot, PAGE), style="heading" if snapshot.complete else "unsure")
    page.line(_taken(snapshot), indent=2)
    page.line(snapshot.content_hash, indent=2, style="faint")


def _title(snapshot: Snapshot, medium: Medium) -> str:
    told = medium.name(snapshot.instance.name) if snapshot.instance.name else say("a file")
    if snapshot.number is not None:
        told = say("snapshot {number} of {instance}", number=snapshot.number, instance=told)
    told = words.followed(told, medium.name(snapshot.label) if snapshot.label else "")
    return told if snapshot.complete else say("{snapshot}, PARTIAL", snapshot=told)


def _taken(snapshot: Snapshot) -> str:
    return say("taken {time} from {source}", time=words.moment(snapshot.taken_at), source=snapshot.source)


def _places(snapshot: Snapshot) -> list[_Place]:
    """The data nodes that the snapshot lists, by name, then those that only its shards name."""
    counts = Counter(shard.data_node_id for database in snapshot.databases for shard in database.shards)
    nodes: dict[str, DataNode | None] = {
        node.id: node for node in sorted(snapshot.data_nodes, key=lambda node: (node.name or "", node.id))
    }
    nodes |= dict.fromkeys(sorted(counts.keys() - nodes.keys()))
    return [_Place(number, node_id, node, counts[node_id]) for number, (node_id, node) in enumerate(nodes.items(), 1)]


def _nodes(places: Sequence[_Place], most: int, page: Page, width: int | None, *, numbered: bool) -> None:
    """The data nodes; with a bar for the shards of each where a terminal has room for it."""
    if not places:
        return
    shown, hidden = places[:most], places[most:]
    rows = [(*_facts(place, PAGE), f"{place.shards:,}") for place in shown]
    head = tuple(say(name).upper() for name in (*_NODES, _LEAD[-1]))
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
        nodes = more(len(hidden), "data node")
        page.line(say("… and {nodes} with {shards}: --full shows all", nodes=nodes, shards=held))


def _facts(place: _Place, medium: Medium) -> tuple[str, ...]:
    if (node := place.node) is None:
        return say("(not listed)"), medium.name(place.id), "", ""
    endpoint = ":".join(str(part) for part in (node.host or "?", node.port) if part is not None)
    engine = " ".join(medium.name(part) for part in (node.engine, node.engine_version) if part)
    name = medium.name(node.name) if node.name else ""
    return name, medium.name(node.id), medium.name(endpoint), engine


def _bars(counts: Sequence[int], longest: int) -> list[str]:
    """A bar for each count; what is more than nothing has one that can be seen."""
    most = max(counts, default=0) or 1
    return ["█" * -(-count * longest // most) for count in counts]


def _matrix(snapshot: Snapshot, bands: Sequence[Sequence[_Column]], most: int, page: Page) -> None:
    """How many shards of which database are on which data node, with totals: a table, or several below each other."""
    rows = _rows(snapshot, most, PAGE, sentence)
    lead = len(_LEAD)
    for place, columns in enumerate(bands):
        leads = lead if place == 0 else 1
        head = (*(say(name).upper() for name in _LEAD[:leads]), *(column.head for column in columns))
        cells = [(*_painted(each)[:leads], *each.under(columns)) for each in rows]
        page.table(head, cells, right=frozenset(range(min(leads, lead - 1), len(head))))
    if summed := [column for band in bands for column in band if len(column.ids) > 1]:
        told = {"nodes": plural(len(summed[0].ids), "data node"), "column": summed[0].head}
        page.line(say("{nodes} with the fewest shards are summed up as {column}: --full shows all", **told))
    if hidden := len(snapshot.databases[most:]):
        databases = plural(hidden, "database")
        page.line(say("{databases} are summed up: --full shows all", databases=databases))


def _painted(found: _Row) -> tuple[str, ...]:
    if len(found.lead) != len(_LEAD):
        return found.lead
    name, mode, status, count = found.lead
    return name, mode, status if status in _AT_REST else painted(status, "warning"), count


def _rows(snapshot: Snapshot, most: int, medium: Medium, told: Callable[[str], str]) -> list[_Row]:
    """A row for each database, one for those beyond `most`, and one for the sum of all."""
    counts = [Counter(shard.data_node_id for shard in database.shards) for database in snapshot.databases]
    shown = [
        _Row(
            (
                medium.name(database.name),
                told(database.shard_mode or ""),
                told(database.status or ""),
                _count(database),
            ),
            held,
        )
        for database, held in zip(snapshot.databases[:most], counts, strict=False)
    ]
    if hidden := counts[most:]:
        shown.append(_sum(say("… {hidden:,} more", hidden=len(hidden)), hidden))
    return [*shown, _sum(say("in all"), counts)] if len(counts) > 1 else shown


def _sum(name: str, counts: Sequence[Mapping[str, int]]) -> _Row:
    whole: Counter[str] = Counter()
    for each in counts:
        whole.update(each)
    return _Row((name, "", "", f"{whole.total():,}"), whole)


def _count(database: Database) -> str:
    found = len(database.shards)
    if database.shard_count in {None, found}:
        return f"{found:,}"
    return say("{found:,} of {declared:,} declared", found=found, declared=database.shard_count)


def _bands(
    snapshot: Snapshot, places: Sequence[_Place], most: int, width: int | None, *, full: bool
) -> list[list[_Column]]:
    """The columns of the matrix by the tables that they are in: one, unless `full` asks for more than has room."""
    names = [place.name(PAGE) for place in places]
    numbers = [f"#{place.number}" for place in places]
    ids = [place.id for place in places]
    rows = _rows(snapshot, most, PAGE, sentence)
    figures = max((measure(cell) for each in rows for cell in each.under([_Column("", tuple(ids))])), default=1)
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


def _columns_of(heads: Sequence[str], ids: Sequence[str]) -> list[_Column]:
    return [_Column(head, (node_id,)) for head, node_id in zip(heads, ids, strict=True)]


def _lead_width(rows: Sequence[_Row]) -> int:
    """The least room for what leads the rows: words can go on in the next line, figures can't."""
    *texts, figures = zip(map(say, _LEAD), *(each.lead for each in rows), strict=True)
    return sum(min(max(map(measure, column)), NARROWEST) + GAP for column in texts) + max(map(measure, figures))


def _room(columns: Sequence[_Column], figures: int) -> int:
    return sum(max(measure(column.head), figures) + GAP for column in columns)


def _split(columns: Sequence[_Column], figures: int, first: int, room: int) -> list[list[_Column]]:
    bands: list[list[_Column]] = [[]]
    for column in columns:
        if _room([*bands[-1], column], figures) > (first if len(bands) == 1 else room):
            bands.append([])
        bands[-1].append(column)
    return bands


def _summed(places: Sequence[_Place], figures: int, room: int) -> list[_Column]:
    """As many data nodes as there is room for, those with the most shards, and a column for the sum of the others."""
    by_shards = sorted(places, key=lambda place: (-place.shards, place.number))
    kept = by_shards
    rest: tuple[str, ...] = ()
    columns: list[_Column] = []
    while kept:
        kept = kept[:-1]
        ids = {place.id for place in kept}
        columns = [_Column(f"#{place.number}", (place.id,)) for place in places if place.id in ids]
        rest = tuple(place.id for place in places if place.id not in ids)
        columns.append(_Column(say("+{hidden:,} more", hidden=len(rest)), rest))
        if _room(columns, figures) <= room:
            break
    return columns


def _shards(snapshot: Snapshot, page: Page) -> None:
    page.heading(say("Shards"))
    for name, node, names in _listed(snapshot, PAGE):
        page.line(_told(painted(name, "name"), node, names), indent=2)


def _told(name: str, node: str, names: str) -> str:
    return say("{name} on {node}: {names}", name=name, node=node, names=names)


def _listed(snapshot: Snapshot, medium: Medium) -> Iterator[tuple[str, str, str]]:
    """Each database and data node with the shards that the one has on the other, all of them."""
    names = {node.id: node.name for node in snapshot.data_nodes}
    for database in snapshot.databases:
        ids = {shard.data_node_id for shard in database.shards}
        for node_id in sorted(ids, key=lambda node_id: (names.get(node_id) or "", node_id)):
            found = runs(shard.name for shard in database.shards if shard.data_node_id == node_id)
            name = names.get(node_id)
            node = words.followed(medium.name(name), medium.name(node_id)) if name else medium.name(node_id)
            yield medium.name(database.name), node, words.run_names(found, len(found), medium)


def _remarks(snapshot: Snapshot, page: Page) -> None:
    for heading, lines in _notes(snapshot, PAGE, sentence):
        page.heading(say(heading))
        for line in lines:
            page.line(line, indent=2, symbol="?" if heading == _NOT_READ else "~")


def _notes(snapshot: Snapshot, medium: Medium, told: Callable[[str], str]) -> Iterator[tuple[str, list[str]]]:
    """What is under way, and what could not be read."""
    if snapshot.in_flight:
        yield _IN_FLIGHT, [told(motion.words) for motion in snapshot.in_flight]
    if snapshot.gaps:
        yield _NOT_READ, [words.unread(gap, medium, told) for gap in snapshot.gaps]
