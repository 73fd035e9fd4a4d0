"""A map of shards: every shard a cell, with the sign of its data node. Pure; knows shapes, and no colours."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import groupby
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from drift.reports.wording import node_names, sentences
from drift.reports.wording.escape import TEXT, visible
from drift.reports.wording.i18n import plural, plural_more, translate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from drift.reports.content.nodes import Node
    from drift.reports.content.placements import Place, Placement

CELL: Final = 12
"""The side of a cell."""
LABEL: Final = 6 * CELL
"""The room for the name of a row's first shard."""
HUES: Final = 9
"""The colours that there are; further data nodes take them again, and are hatched."""
MOST_SIGNS: Final = 200
"""The most data nodes that signs can distinguish."""
MOST_IN_LABEL: Final = 12
_COLUMNS: Final = ((64, 16), (1_024, 32))
_MOST_COLUMNS: Final = 64
_ALPHABET: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class Sign(NamedTuple):
    """The sign of a data node: one or two letters, which are unique, and one of `HUES`."""

    place: int
    text: str
    node: Node

    @property
    def hue(self) -> int:
        """Which colour."""
        return self.place % HUES

    @property
    def hatched(self) -> bool:
        """True where another data node has that colour without hatching."""
        return self.place >= HUES


class Area(NamedTuple):
    """All cells of one data node, as an SVG path."""

    sign: Sign
    path: str
    title: str


class Grid(msgspec.Struct, frozen=True, kw_only=True):
    """One side of a database. `moved` and `single` are paths over the cells that moved, and that are on this side only.

    `description` says it all to those who don't see it.
    """

    areas: tuple[Area, ...]
    empty: str
    moved: str
    single: str
    description: str


class Map(msgspec.Struct, frozen=True, kw_only=True):
    """One database on both sides. The two grids have the same `width`, `height`, and cells; `labels` name the rows."""

    database: str
    shards: int
    checked: bool
    moved: int
    added: int
    removed: int
    columns: int
    width: int
    height: int
    labels: tuple[str, ...]
    before: Grid
    after: Grid

    @property
    def changed(self) -> bool:
        """True where a shard was added, removed or moved, or the database was not checked."""
        return not self.checked or bool(self.moved or self.added or self.removed)


def signs(nodes: Iterable[Node]) -> dict[str, Sign]:
    """Give each data node a sign, by id: A to Z, then AA and so on. Too many data nodes have none."""
    known = list(nodes)
    if len(known) > MOST_SIGNS:
        return {}
    return {node.id: Sign(place, _letters(place), node) for place, node in enumerate(known)}


def fitting(found: Sequence[Placement], most: int) -> list[Placement]:
    """Choose databases with at most `most` shards together, changed ones first. The result is sorted by name."""
    kept, room = [], most
    for placement in sorted(found, key=lambda each: not each.changed):
        if len(placement.places) <= room:
            kept.append(placement)
            room -= len(placement.places)
    return sorted(kept, key=lambda each: each.database)


def draw(placement: Placement, known: Mapping[str, Sign]) -> Map:
    """Draw the map of one database."""
    places, checked = placement.places, placement.checked
    columns = next((columns for most, columns in _COLUMNS if len(places) <= most), _MOST_COLUMNS)
    mark = _mark if checked else _unmarked
    rows = [places[start : start + columns] for start in range(0, len(places), columns)]
    return Map(
        database=placement.database,
        shards=len(places),
        checked=checked,
        moved=sum(place.moved for place in places) if checked else 0,
        added=sum(place.before is None for place in places) if checked else 0,
        removed=sum(place.after is None for place in places) if checked else 0,
        columns=columns,
        width=LABEL + CELL * columns,
        height=CELL * len(rows),
        labels=tuple(_label(row[0].shard) for row in rows),
        before=_grid(rows, known, lambda place: place.before, mark),
        after=_grid(rows, known, lambda place: place.after, mark),
    )


def figures(found: Map) -> Iterator[str]:
    """How many shards a database has, and how many of them moved, came and went, as far as that is known."""
    yield plural(found.shards, "shard")
    if not found.checked:
        yield translate("not checked")
    if found.moved:
        yield translate("{count:,} moved", count=found.moved)
    if found.added:
        yield translate("{count:,} only after", count=found.added)
    if found.removed:
        yield translate("{count:,} only before", count=found.removed)


def _grid(
    rows: Sequence[Sequence[Place]],
    known: Mapping[str, Sign],
    node: Callable[[Place], str | None],
    mark: Callable[[Place], str],
) -> Grid:
    counts = Counter(node(place) for row in rows for place in row)
    paths = _paths(rows, node)
    marks = _paths(rows, lambda place: None if node(place) is None else mark(place))
    held = sorted((known[each], each) for each in counts if each is not None)
    return Grid(
        areas=tuple(Area(sign, paths[each], _held(sign, counts[each])) for sign, each in held),
        empty=paths.get(None, ""),
        moved=marks.get("moved", ""),
        single=marks.get("single", ""),
        description=_describe([_held(sign, counts[each]) for sign, each in held]),
    )


def _mark(place: Place) -> str:
    if place.moved:
        return "moved"
    return "" if place.before == place.after else "single"


def _unmarked(_: Place) -> str:
    return ""


def _paths(rows: Sequence[Sequence[Place]], kind: Callable[[Place], str | None]) -> dict[str | None, str]:
    """For each kind of cell a path around its cells; those next to one another in a row are one."""
    paths: dict[str | None, list[str]] = defaultdict(list)
    for number, row in enumerate(rows):
        x = LABEL
        for each, run in groupby(row, kind):
            width = CELL * sum(1 for _ in run)
            paths[each].append(f"M{x} {number * CELL}h{width}v{CELL}h-{width}z")
            x += width
    return {each: "".join(found) for each, found in paths.items()}


def _held(sign: Sign, count: int | None) -> str:
    who = f"{sign.text} {node_names.short_node(sign.node, TEXT)}"
    return translate("{who}: {what}", who=who, what=plural(count or 0, "shard"))


def _describe(held: Sequence[str]) -> str:
    hidden = len(held) - MOST_IN_LABEL
    others = [translate("and {more}", more=plural_more(hidden, "data node"))] if hidden > 0 else []
    return sentences.remarks([*held[:MOST_IN_LABEL], *others]) or translate("no shard")


def _label(name: str) -> str:
    """Return the end of a name, where the names of shards differ."""
    most = LABEL // 6
    shown = visible(name[-most:])
    return shown if name == shown else f"…{shown[1 - most :]}"


def _letters(place: int) -> str:
    first, second = divmod(place, len(_ALPHABET))
    return (_ALPHABET[first - 1] if first else "") + _ALPHABET[second]
