"""The tables of shards as JSON. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from drift.compare.tables.structure import DatabaseStructure
    from drift.reports.content.node_check import TablesCompared


def tables(compared: TablesCompared) -> dict[str, Any]:
    """Describe what was compared, and which tables differ in some shard."""
    return {"deep": compared.is_deep, "databases": [_database(each) for each in compared.databases]}


def _database(database: DatabaseStructure) -> dict[str, Any]:
    return {
        "database": database.database,
        "shards": database.shards,
        "tables": database.tables,
        "alike": database.alike,
        "single": database.single,
        "numbered": database.numbered,
        "differing": [{"table": each.table, "alike": each.alike, "of": each.total} for each in database.differing],
    }
