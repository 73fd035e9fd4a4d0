"""Read the structure of a data node's shards: a digest of each shard, then the tables of one shard for each digest.

Shards come in blocks, and after a block there is a pause as long as its answers took, so that this takes no more than
half of one core of the data node. What is kept grows with the different definitions, not with the number of tables.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import msgspec

from drift.cloud.data_nodes import table_statements
from drift.cloud.data_nodes.blocks import BLOCK, paced, text
from drift.cloud.data_nodes.failures import SessionError
from drift.compare.tables.rows import (
    CheckRow,
    ColumnRow,
    IndexRow,
    KeyColumnRow,
    KeyRuleRow,
    PartitionRow,
    TableRow,
    TableRows,
    define,
)
from drift.core.data_nodes import Failure
from drift.core.shard_sizes import family
from drift.core.table_definitions import NodeStructure, ShardStructure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from drift.cloud.data_nodes.reading import Reader
    from drift.cloud.data_nodes.session import Session
    from drift.cloud.data_nodes.table_statements import Source, Topic
    from drift.core.data_nodes import NodeReading
    from drift.core.table_definitions import TableDefinition, Tables

SECOND_LOOK: Final = 0.5
"""The pause in seconds before shards that differ from the others are looked at again: a change runs shard by shard."""
_FEW: Final = 4
"""The most tables that are read one by one rather than with the whole shard."""
_ROWS: Final[dict[Topic, Callable[..., Any]]] = {
    "table": TableRow,
    "columns": ColumnRow,
    "indexes": IndexRow,
    "key_columns": KeyColumnRow,
    "key_rules": KeyRuleRow,
    "checks": CheckRow,
    "partitions": PartitionRow,
}

Digest: TypeAlias = tuple[tuple[int, int] | None, ...]
"""The number of rows and their digest for each source; None where there is no row."""


def structure_reader(*, deep: bool = False, sleep: Callable[[float], None] = time.sleep) -> Reader:
    """Make the reader of structure. With `deep` it reads what a server opens every table for."""

    def read(session: Session, reading: NodeReading, claimed: Sequence[str]) -> NodeReading:
        try:
            structure: Any = _read(session, reading, claimed, sleep, deep=deep)
        except SessionError as error:
            structure = error.failure
        return msgspec.structs.replace(reading, structure=structure)

    return read


def _read(
    session: Session, reading: NodeReading, claimed: Iterable[str], sleep: Callable[[float], None], *, deep: bool
) -> NodeStructure | Failure:
    server, rights = reading.server, reading.rights
    if server is None or rights is None:
        return Failure("not-tried")
    here = {server.folded(name): name for name in claimed if server.folded(name) in reading.databases}
    visible = [name for name in here if rights.shows_columns(name)]
    sources = table_statements.sources(server, deep=deep)
    shards = _Reading(session, server.family, sources, sleep).shards(visible)
    return NodeStructure(
        shards={here[name]: shard for name, shard in shards.items()},
        hidden=tuple(sorted({*here.values()} - {here[name] for name in shards})),
        is_deep=deep,
    )


class _Reading:
    """One reading of one data node, with the definitions that it has met."""

    def __init__(
        self, session: Session, family: str, sources: Sequence[Source], sleep: Callable[[float], None]
    ) -> None:
        self._session = session
        self._family = family
        self._sources = sources
        self._sleep = sleep
        self._known: dict[Digest, TableDefinition] = {}

    def shards(self, names: Sequence[str]) -> dict[str, ShardStructure]:
        """Read the structure of shards; those with equal digests share one object for their tables."""
        digests, collations = self._digests(names)
        if rare := _rare(digests)[:BLOCK]:
            self._session.renew()
            self._sleep(SECOND_LOOK)
            again = self._digests(rare)
            digests.update(again[0])
            collations.update(again[1])
        tables = {digest: self._tables(name) for digest, name in {each: name for name, each in digests.items()}.items()}
        return {
            name: ShardStructure(collations[name], tables[digest])
            for name, digest in digests.items()
            if name in collations
        }

    def _digests(self, names: Sequence[str]) -> tuple[dict[str, Digest], dict[str, str]]:
        digests: dict[str, Digest] = {}
        collations: dict[str, str] = {}
        for block in paced(names, self._sleep, self._session.renew):
            found = [
                _by_name(self._session.rows(table_statements.shard_digests(source, len(block)), *block))
                for source in self._sources
            ]
            rows = self._session.rows(table_statements.shard_collations(len(block)), *block)
            digests.update({name: tuple(each.get(name) for each in found) for name in block})
            collations.update({text(name): collation for name, collation in rows})
        return digests, collations

    def _tables(self, shard: str) -> Tables:
        """Read the tables of one shard: definitions only of those whose digest is new."""
        self._session.renew()
        found = [
            _by_name(self._session.rows(table_statements.table_digests(source), shard)) for source in self._sources
        ]
        digests = {table: tuple(each.get(table) for each in found) for table in sorted(found[0])}
        new = {digest: table for table, digest in digests.items() if digest not in self._known}
        rows = self._rows(shard, sorted(new.values()))
        for digest, table in new.items():
            self._known[digest] = _define(rows[table], digest, self._family)
        return {table: self._known[digest] for table, digest in digests.items()}

    def _rows(self, shard: str, tables: Sequence[str]) -> dict[str, dict[Topic, list[Any]]]:
        rows: defaultdict[str, dict[Topic, list[Any]]] = defaultdict(lambda: {each.topic: [] for each in self._sources})
        for source in self._sources:
            for table, *values in self._select(source, shard, tables):
                rows[text(table)][source.topic].append(_ROWS[source.topic](*values))
        return rows

    def _select(self, source: Source, shard: str, tables: Sequence[str]) -> Iterator[tuple[Any, ...]]:
        if len(tables) > _FEW:
            yield from self._session.rows(table_statements.rows_of_shard(source), shard)
        else:
            for table in tables:
                yield from self._session.rows(table_statements.rows_of_table(source), shard, table)


def _define(rows: dict[Topic, list[Any]], digest: Digest, family: str) -> TableDefinition:
    """Build a definition. Raises SessionError where the table is another one than it was for its digest."""
    counts = [None if each is None else each[0] for each in digest]
    if counts != [len(each) or None for each in rows.values()]:
        raise SessionError("unsettled")
    (table,) = rows["table"]
    return define(TableRows(**{**rows, "table": table}), family)


def _by_name(rows: Iterable[tuple[Any, ...]]) -> dict[str, tuple[int, int]]:
    return {text(name): (int(count), int(digest)) for name, count, digest in rows}


def _rare(digests: dict[str, Digest]) -> list[str]:
    """Return the shards whose digest is not that of most shards of their database, as the names have it."""
    by_database: defaultdict[str, Counter[Digest]] = defaultdict(Counter)
    for name, digest in digests.items():
        by_database[family(name)][digest] += 1
    usual = {database: counts.most_common(1)[0][0] for database, counts in by_database.items()}
    return [name for name, digest in digests.items() if digest != usual[family(name)]]
