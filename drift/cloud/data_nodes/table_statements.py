"""The statements that ask for the structure of shards: digests of many first, then rows of a few tables. Pure.

What a server reads from its own dictionary is cheap. What makes it open every table, and pushes the tables in use out
of its table cache, is asked for on demand alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from drift.core.data_nodes import Server

Topic: TypeAlias = Literal["table", "columns", "indexes", "key_columns", "key_rules", "checks", "partitions"]


class Source(msgspec.Struct, frozen=True):
    """A table of `information_schema` about one topic. `unseen` are selected, but no part of the digest.

    `schema` and `table` are its columns with the names of the shard and of the physical table.
    """

    topic: Topic
    view: str
    columns: tuple[str, ...]
    unseen: tuple[str, ...] = ()
    schema: str = "table_schema"
    table: str = "table_name"
    condition: str = "TRUE"


_TABLES: Final = Source("table", "tables", ("table_type", "engine", "table_collation"))
_COLUMNS: Final = Source(
    "columns",
    "columns",
    (
        "ordinal_position", "column_name", "column_type", "is_nullable", "column_default", "collation_name", "extra",
        "generation_expression",
    ),
)  # fmt: skip
_INDEX_PARTS: Final = ("index_name", "non_unique", "seq_in_index", "column_name", "sub_part")
_INDEXES: Final = Source("indexes", "statistics", _INDEX_PARTS)
# Each of these columns makes MariaDB and MySQL 5.7 open the table, and costs MySQL 8.0 nothing.
_ALL_OF_INDEXES: Final = {
    "mariadb": Source("indexes", "statistics", (*_INDEX_PARTS, "collation", "index_type", "ignored", "NULL")),
    "mysql 5": Source("indexes", "statistics", (*_INDEX_PARTS, "collation", "index_type", "'NO'", "NULL")),
    "mysql": Source(
        "indexes",
        "statistics",
        (*_INDEX_PARTS, "collation", "index_type", "IF(is_visible = 'NO', 'YES', 'NO')", "expression"),
    ),
}
# A key's name is the server's own where nobody gave it one, so it joins rows and is compared with nothing.
_KEY_COLUMNS: Final = Source(
    "key_columns",
    "key_column_usage",
    (
        "ordinal_position", "column_name",
        "IF(referenced_table_schema = table_schema, '', referenced_table_schema)",
        "referenced_table_name", "referenced_column_name",
    ),
    unseen=("constraint_name",),
    condition="referenced_table_name IS NOT NULL",
)  # fmt: skip
_KEY_RULES: Final = Source(
    "key_rules",
    "referential_constraints",
    ("update_rule", "delete_rule"),
    unseen=("constraint_name",),
    schema="constraint_schema",
)
_PARTITIONS: Final = Source(
    "partitions",
    "partitions",
    (
        "partition_ordinal_position", "partition_name", "partition_description", "partition_method",
        "partition_expression", "subpartition_ordinal_position", "subpartition_name", "subpartition_method",
        "subpartition_expression",
    ),
    condition="partition_name IS NOT NULL",
)  # fmt: skip
_CHECKS: Final = {
    "mariadb": Source("checks", "check_constraints", ("check_clause",), schema="constraint_schema"),
    # MySQL 8.0 keeps the table's name elsewhere; in 5.7 there is no check.
    "mysql": Source(
        "checks",
        "check_constraints JOIN information_schema.table_constraints USING (constraint_schema, constraint_name)",
        ("check_clause",),
        schema="constraint_schema",
    ),
}
_SELECT: Final = "SELECT {columns} FROM information_schema.{view} WHERE {condition} AND {where}"
_SHARDS: Final = "SELECT CAST(schema_name AS BINARY), default_collation_name FROM information_schema.schemata"


def sources(server: Server, *, deep: bool) -> tuple[Source, ...]:
    """Return what to ask a server; with `deep` also what it opens tables for."""
    kind = _kind(server)
    indexes = _ALL_OF_INDEXES[kind] if deep or kind == "mysql" else _INDEXES
    if not deep:
        return _TABLES, _COLUMNS, indexes
    checks = (_CHECKS[kind],) if kind in _CHECKS else ()
    return _TABLES, _COLUMNS, indexes, _KEY_COLUMNS, _KEY_RULES, *checks, _PARTITIONS


def _kind(server: Server) -> str:
    return "mysql 5" if server.release.startswith("mysql 5") else server.family


def shard_digests(source: Source, count: int) -> str:
    """Return the statement for one row for each of `count` shards: its name, a count, and a digest."""
    name, digest = _name(source.schema), _digest((source.table, *source.columns))
    where = f"{source.schema} IN ({_marks(count)})"
    return _statement(source, (name, "COUNT(*)", digest), where) + f" GROUP BY {name}"


def table_digests(source: Source) -> str:
    """Return the statement for one row for each table of one shard: its name, a count, and a digest without it."""
    name, digest = _name(source.table), _digest(source.columns)
    return _statement(source, (name, "COUNT(*)", digest), f"{source.schema} = %s") + f" GROUP BY {name}"


def rows_of_shard(source: Source) -> str:
    """Return the statement for all rows about one shard; the name of the table comes first."""
    return _statement(source, (_name(source.table), *source.unseen, *source.columns), f"{source.schema} = %s")


def rows_of_table(source: Source) -> str:
    """Return the statement for all rows about one table."""
    return f"{rows_of_shard(source)} AND {source.table} = %s"


def shard_collations(count: int) -> str:
    """Return the statement for the default collation of each of `count` shards."""
    return f"{_SHARDS} WHERE schema_name IN ({_marks(count)})"


def _statement(source: Source, columns: Sequence[str], where: str) -> str:
    return _SELECT.format(columns=", ".join(columns), view=source.view, where=where, condition=source.condition)


def _name(column: str) -> str:
    """Select a name as bytes: some collations take two names for one."""
    return f"CAST({column} AS BINARY)"


def _marks(count: int) -> str:
    return ", ".join(["%s"] * count)


def _digest(columns: Sequence[str]) -> str:
    """Sum up rows in any order. QUOTE tells NULL from a text; CRC32 would let swapped values cancel each other out."""
    row = f"CONCAT_WS(',', {', '.join(f'QUOTE({column})' for column in columns)})"
    return f"BIT_XOR(CAST(CONV(LEFT(SHA2({row}, 256), 16), 16, 10) AS UNSIGNED))"
