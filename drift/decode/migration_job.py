"""The detail of a DDM migration job: its shard counts and data nodes, but not the target of each shard. Pure.

Source: "Querying the Result of a Shard Configuration Task", `MigrateResults`.
"""

from __future__ import annotations

from typing import Any

import msgspec

from drift.core.errors import PayloadError


class Migration(msgspec.Struct, frozen=True, kw_only=True):
    """A shard configuration of one database. Data nodes are pairs of id and name, as the job lists them."""

    database: str
    shards_before: int
    shards_after: int
    nodes_before: tuple[tuple[str, str | None], ...]
    nodes_after: tuple[tuple[str, str | None], ...]


def read_migration(document: Any, database: str | None) -> Migration:  # noqa: ANN401 - any JSON value
    """Read the migration in a job's detail. `database` is the job's database: the service leaves it out of the detail.

    Raises PayloadError if the document is no such detail, or if neither names the database.
    """
    if not isinstance(document, dict):
        raise PayloadError("expected the detail of a migration job, an object", place="job")
    name = database or document.get("database_name")
    if not isinstance(name, str) or not name:
        raise PayloadError(
            "the job's detail doesn't name its database",
            place="job.database_name",
            hint="Give it with --database NAME.",
        )
    return Migration(
        database=name,
        shards_before=_count(document, "original_shard_num"),
        shards_after=_count(document, "after_shard_num"),
        nodes_before=_nodes(document, "original_dn_info_list"),
        nodes_after=_nodes(document, "after_dn_info_list"),
    )


def _count(document: dict[str, Any], key: str) -> int:
    """Read a number, which the service may write as a text."""
    value = document.get(key)
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    if not (text.isascii() and text.isdecimal() and len(text) <= 9):  # noqa: PLR2004 - far more than any database has
        raise PayloadError("expected a number of shards", place=f"job.{key}")
    return int(text)


def _nodes(document: dict[str, Any], key: str) -> tuple[tuple[str, str | None], ...]:
    listed = document.get(key)
    if not isinstance(listed, list) or not listed:
        raise PayloadError("expected a list of data nodes", place=f"job.{key}")
    return tuple(_node(each, f"job.{key}[{index}]") for index, each in enumerate(listed))


def _node(listed: object, place: str) -> tuple[str, str | None]:
    node_id = listed.get("dn_instance_id") if isinstance(listed, dict) else None
    name = listed.get("dn_instance_name") if isinstance(listed, dict) else None
    if not isinstance(node_id, str) or not node_id:
        raise PayloadError("expected the id of a data node", place=f"{place}.dn_instance_id")
    return node_id, name if isinstance(name, str) and name else None
