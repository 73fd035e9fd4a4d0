"""Compare the tables of a database's shards with each other: most of them say what is right. Pure.

Where no definition has a majority, all are shown, and none is called wrong.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import chain
from typing import TYPE_CHECKING

import msgspec

from drift.compare.tables import facets
from drift.compare.tables.facets import Facet
from drift.compare.tables.majority import has_majority, variants
from drift.compare.tables.presence import Presence, sort_out
from drift.compare.tables.spelling import spell_collation
from drift.core.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from drift.core.table_definitions import ShardStructure, TableDefinition

    Definitions = Mapping[TableDefinition, Sequence[str]]  # the holders of each


class Alike(msgspec.Struct, frozen=True):
    """A table of which some shards differ: how many of `total` are alike."""

    table: str
    alike: int
    total: int


class DatabaseStructure(msgspec.Struct, frozen=True, kw_only=True):
    """What the shards of one database hold: `tables` belong into each shard, of which `alike` don't differ.

    `single` are in the first shard alone; `numbered` have numbers of their own in each shard.
    """

    database: str
    shards: int
    tables: int
    alike: int
    single: tuple[str, ...] = ()
    numbered: tuple[str, ...] = ()
    differing: tuple[Alike, ...] = ()
    findings: tuple[Finding, ...] = ()


def compare_shards(database: str, shards: Mapping[str, ShardStructure], first: str) -> DatabaseStructure:
    """Compare the shards of a database. `first` is the name of its first shard, which need not be among them."""
    presence = sort_out({name: shard.tables.keys() for name, shard in shards.items()}, first)
    comparison = _Comparison(database, shards, presence)
    findings = tuple(sorted(comparison.findings(), key=lambda each: each.key))
    shared = {*presence.everywhere, *presence.numbered}
    return DatabaseStructure(
        database=database,
        shards=len(shards),
        tables=len(shared),
        alike=len(shared - {each.table for each in findings}),
        single=presence.single,
        numbered=tuple(presence.numbered),
        differing=tuple(_alike(findings, len(shards))),
        findings=findings,
    )


def _alike(findings: Iterable[Finding], total: int) -> Iterator[Alike]:
    """Count the shards without a fault for each table; with no majority, those that have what most have."""
    odd: defaultdict[str | None, set[str]] = defaultdict(set)
    for each in findings:
        if each.table is not None or each.rule == "table-missing":
            others = (items for _, items in each.variants[1:])
            odd[each.table].update(item.partition(".")[0] for item in chain(each.items, *others))
    without_any = odd.pop(None, set())
    tables = sorted((table, shards) for table, shards in odd.items() if table is not None)
    return (Alike(table, total - len(shards | without_any), total) for table, shards in tables)


class _Comparison:
    """The comparison of one database's shards."""

    def __init__(self, database: str, shards: Mapping[str, ShardStructure], presence: Presence) -> None:
        self._database = database
        self._shards = shards
        self._presence = presence
        self._groups = _groups(shards)

    def findings(self) -> Iterator[Finding]:
        """Generate the findings in no order."""
        collations = ((name, spell_collation(shard.collation) or "") for name, shard in self._shards.items())
        yield from self._faults(None, Facet("charset-differs"), variants(collations))
        yield from self._absences()
        for table in (*self._presence.everywhere, *self._presence.undecided, *self._presence.extra):
            yield from self._differences(table, self._definitions(table))
        for stem, by_shard in self._presence.numbered.items():
            yield from self._part_counts(stem, by_shard)
            yield from self._differences(stem, self._parts(by_shard))

    def _finding(self, rule: str, table: str | None, **fields: object) -> Finding:
        return msgspec.structs.replace(
            Finding(rule=rule, name=self._database, table=table, total=len(self._shards)), **fields
        )

    def _absences(self) -> Iterator[Finding]:
        """Find tables that are in some shards alone. A shard without any table is one finding."""
        presence, total = self._presence, len(self._shards)
        empty = {name for name, shard in self._shards.items() if not shard.tables} if presence.everywhere else set()
        if empty:
            yield self._finding("table-missing", None, items=tuple(sorted(empty)), expected=len(presence.everywhere))
        for table in presence.everywhere:
            lacking = [name for name, shard in self._shards.items() if table not in shard.tables]
            if others := tuple(sorted({*lacking} - empty)):
                yield self._finding("table-missing", table, items=others, found=total - len(lacking), expected=total)
        for table in presence.extra:
            holders = self._holders(table)
            yield self._finding("table-extra", table, items=holders, found=len(holders), expected=total)
        for table in presence.undecided:
            holders = self._holders(table)
            lacking = sorted(self._shards.keys() - {*holders})
            sides = (("present", holders), (None, tuple(lacking)))
            yield self._finding("table-missing", table, found=len(holders), expected=total, variants=sides)

    def _holders(self, table: str) -> tuple[str, ...]:
        return tuple(sorted(name for name, shard in self._shards.items() if table in shard.tables))

    def _definitions(self, table: str) -> Definitions:
        found: defaultdict[TableDefinition, list[str]] = defaultdict(list)
        for tables, holders in self._groups:
            if table in tables:
                found[tables[table]].extend(holders)
        return found

    def _parts(self, by_shard: Mapping[str, Sequence[str]]) -> Definitions:
        found: defaultdict[TableDefinition, list[str]] = defaultdict(list)
        for shard, names in by_shard.items():
            for name in names:
                found[self._shards[shard].tables[name]].append(f"{shard}.{name}")
        return found

    def _part_counts(self, stem: str, by_shard: Mapping[str, Sequence[str]]) -> Iterator[Finding]:
        counts = variants((shard, len(names)) for shard, names in by_shard.items())
        if len(counts) == 1:
            return
        if not has_majority(counts):
            sides = tuple((str(count), holders) for count, holders in counts.items())
            yield self._finding("table-missing", stem, part="parts", variants=sides)
            return
        usual = next(iter(counts))
        for count, holders in counts.items():
            if count != usual:
                rule = "table-missing" if count < usual else "table-extra"
                yield self._finding(rule, stem, part="parts", items=holders, found=count, expected=usual)

    def _differences(self, table: str, definitions: Definitions) -> Iterator[Finding]:
        if len(definitions) < 2:  # noqa: PLR2004 - one is no difference
            return
        values = [(dict(facets.facets(each)), holders) for each, holders in definitions.items()]
        for (found, _), order in zip(values, facets.orders(definitions), strict=True):
            found[facets.ORDER] = order
        for facet in dict.fromkeys(chain.from_iterable(found for found, _ in values)):
            pairs = (
                (holder, found.get(facet))
                for found, holders in values
                if facet.is_optional or facet in found
                for holder in holders
            )
            yield from self._faults(table, facet, variants(pairs))

    def _faults(
        self, table: str | None, facet: Facet, groups: Mapping[str | None, tuple[str, ...]]
    ) -> Iterator[Finding]:
        """Find the holders whose value is not that of most. None is the value of a table without the facet."""
        if len(groups) < 2:  # noqa: PLR2004 - one is no difference
            return
        part = facet.part or None
        if has_majority(groups):
            usual = next(iter(groups))
            for value, holders in groups.items():
                if value != usual:
                    yield self._finding(facet.rule, table, part=part, items=holders, found=value, expected=usual)
        elif not facet.is_own:
            yield self._finding(facet.rule, table, part=part, variants=tuple(groups.items()))


def _groups(shards: Mapping[str, ShardStructure]) -> list[tuple[Mapping[str, TableDefinition], list[str]]]:
    """Group shards by their tables. Those of one data node that are alike share one object."""
    by_object: dict[int, tuple[Mapping[str, TableDefinition], list[str]]] = {}
    for name, shard in shards.items():
        by_object.setdefault(id(shard.tables), (shard.tables, []))[1].append(name)
    return list(by_object.values())
