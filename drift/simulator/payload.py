"""The export's body: a topology as JSON in one of several layouts, compressed as DDM does. Pure.

DDM's real layout is undocumented; these layouts use the member names of its documented interfaces.
"""

from __future__ import annotations

import base64
import struct
import zlib
from typing import TYPE_CHECKING, Any, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable

    from drift.simulator.topology import Database, Shard, Topology

_JAVA_GZIP_HEADER: Final = b"\x1f\x8b\x08" + bytes(7)  # no time, no flags, no system: DDM's export begins so


def export(topology: Topology, layout: str, now: int) -> bytes:
    """Build the body of DownloadSchemaMetadata. The volatile members show `now`, in milliseconds."""
    document = {
        "compressed_databases_info": compressed(LAYOUTS[layout](topology, now)),
        "data_nodes": [
            {
                "instance_id": node.id,
                "instance_name": node.name,
                "access_host": node.host,
                "access_port": node.port,
                "engine": node.engine,
                "engine_version": node.engine_version,
            }
            for node in topology.nodes
        ],
    }
    return msgspec.json.encode(document)


def compressed(document: Any) -> str:  # noqa: ANN401 - any JSON value
    """Compress a JSON value as the export does: base64 of Java's gzip."""
    text = msgspec.json.encode(document)
    deflate = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    body = deflate.compress(text) + deflate.flush()
    trailer = struct.pack("<LL", zlib.crc32(text), len(text) & 0xFFFFFFFF)
    return base64.b64encode(_JAVA_GZIP_HEADER + body + trailer).decode()


def _nested(topology: Topology, now: int) -> list[msgspec.Raw]:
    """Lay out a list of databases, each with a list of its shards, in camelCase."""
    return [
        msgspec.Raw(  # at once, so that a million shards need no million dicts
            msgspec.json.encode(_camel_database(each, now) | {"shards": [_camel_shard(s, now) for s in each.shards]})
        )
        for each in topology.databases
    ]


def _keyed(topology: Topology, now: int) -> dict[str, Any]:
    """Lay out objects keyed by the names of databases and shards, in snake_case."""
    return {
        database.name: {
            "shard_mode": database.mode,
            "shard_number": database.shard_count,
            "status": database.status,
            "created": now,
            "updated": now + 1,
            "shards": {
                shard.name: {
                    "shard_index": shard.index,
                    "data_node_id": shard.node_id,
                    "status": shard.status,
                    "created": now,
                    "updated": now + shard.index,
                }
                for shard in database.shards
            },
        }
        for database in topology.databases
    }


def _flat(topology: Topology, now: int) -> dict[str, Any]:
    """Lay out a list of databases beside one flat list of all shards, which name their database."""
    return {
        "databases": [_camel_database(database, now) for database in topology.databases],
        "shards": [
            {"databaseName": database.name, **_camel_shard(shard, now)}
            for database in topology.databases
            for shard in database.shards
        ],
    }


def _camel_database(database: Database, now: int) -> dict[str, Any]:
    return {
        "name": database.name,
        "shardMode": database.mode,
        "shardNumber": database.shard_count,
        "status": database.status,
        "createTime": now,
        "updateTime": now + 1,
    }


def _camel_shard(shard: Shard, now: int) -> dict[str, Any]:
    return {
        "physicalDbName": shard.name,
        "shardIndex": shard.index,
        "dataNodeId": shard.node_id,
        "status": shard.status,
        "createTime": now,
        "updateTime": now + shard.index,
    }


LAYOUTS: Final[dict[str, Callable[[Topology, int], Any]]] = {"nested": _nested, "keyed": _keyed, "flat": _flat}
