"""The synonyms of member names in DDM's interfaces, as data. Pure.

The export's payload is undocumented; these are the words of the documented interfaces around it: the v1 and v3 calls,
the export's envelope and the SQL commands (SHOW DATA NODE, SHOW TOPOLOGY). Each word is listed once per meaning, in the
one spelling that names are compared in. Earlier words win over later ones.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from drift.core import data_node_words
from drift.core.member_names import plain

if TYPE_CHECKING:
    from collections.abc import Collection

# Times and messages, which are no part of the topology.
VOLATILE: Final = frozenset((
    "created", "updated", "createtime", "updatetime", "createdtime", "updatedtime", "createdat", "updatedat",
    "createdate", "updatedate", "gmtcreate", "gmtcreated", "gmtmodified", "modified", "modifiedat", "modifytime",
    "modifiedtime", "lastmodified", "lastupdated", "lastupdatetime", "timestamp", "exporttime", "exportedat",
    "errormsg", "errormessage",
))  # fmt: skip

DATA_NODE_ID: Final = ("instanceid", "id", "datanodeid", "dninstanceid", "rdsinstanceid", "rdsid", "nodeid", "dnid")
DATA_NODE_NAME: Final = data_node_words.NAME
HOST: Final = data_node_words.HOST
PORT: Final = data_node_words.PORT
ENGINE: Final = data_node_words.ENGINE
ENGINE_VERSION: Final = data_node_words.ENGINE_VERSION

# A shard's reference to its data node. `idname` is documented both as that node's name and as the shard's own name, so
# it is in two lists; its values decide.
DATA_NODE_REFERENCE: Final = (
    "datanodeid", "dninstanceid", "rdsinstanceid", "datanodeinstanceid", "dnid", "rdsid", "nodeid", "instanceid",
    "datanode", "rdsinstance", "dninstance", "rds", "dn", "node", "instance",
    "datanodename", "dninstancename", "rdsinstancename", "dnname", "rdsname", "nodename", "instancename",
    "id", "idname",
)  # fmt: skip
SHARD_NAME: Final = (
    "physicaldbname", "physicaldatabasename", "physicalname", "physicaldb", "physicaldatabase", "physicalnode",
    "shardname", "shard", "slotname", "name", "idname", "dbname", "databasename", "database", "db", "schemaname",
)  # fmt: skip
SHARD_INDEX: Final = ("shardindex", "dbslot", "shardno", "slot", "slotindex", "index")
SHARD_STATUS: Final = ("status", "shardstatus", "state", "shardstate")
DATABASE_NAME: Final = (
    "logicdbname", "logicaldbname", "logicdatabasename", "logicaldatabasename", "logicdb", "logicaldb",
    "logicdatabase", "logicaldatabase", "schemaname", "schema", "databasename", "database", "ddmdbname", "dbname",
    "db", "name",
)  # fmt: skip
# The words for the name of a database that are for nothing else's.
DATABASE_NAME_ALONE: Final = frozenset(DATABASE_NAME) - {"name"}
SHARD_MODE: Final = ("shardmode", "shardingmode")
SHARD_COUNT: Final = ("shardnumber", "shardcount", "shardnum", "shardsnumber", "shardtotal", "totalshards")
# The members that only databases have.
ONLY_OF_DATABASES: Final = (*SHARD_MODE, *SHARD_COUNT, "shardunit", "usedrds")
DATABASE_STATUS: Final = ("status", "databasestatus", "schemastatus", "dbstatus", "state")

# The names of containers.
DATABASES: Final = frozenset((
    "databases", "database", "dbs", "schemas", "schema", "logicdbs", "logicdb", "logicaldbs", "logicdatabases",
    "logicaldatabases", "databaselist", "schemalist", "dblist", "logicdblist", "databaseinfos", "databasesinfo",
    "databaseinfo", "schemainfos", "compresseddatabasesinfo", "databasesmap", "schemasmap",
))  # fmt: skip
SHARDS: Final = frozenset((
    "shards", "shard", "shardlist", "shardinfos", "shardinfo", "slots", "dbslots", "slotlist", "databases",
    "physicaldbs", "physicaldatabases", "physicaldblist", "physicaldbnames", "physicalnodes", "physicalnode",
    "shardnames", "shardsmap",
))  # fmt: skip
SHARDS_ALONE: Final = SHARDS - DATABASES
DATA_NODES: Final = frozenset((
    "datanodes", "datanode", "datanodelist", "datanodeinfos", "nodes", "node", "usedrds", "rds", "rdslist",
    "rdsinstances", "rdsinstance", "rdsinfos", "dns", "dnlist", "dninfolist", "dninstances", "dninstance",
    "dninstancelist", "instances",
))  # fmt: skip
_NODE_ENDINGS: Final = ("datanodes", "datanodelist", "dninfolist", "usedrds", "rdslist", "rdsinstances", "dninstances")
CONTAINERS: Final = DATABASES | SHARDS | DATA_NODES
# The container names that may also hold a single object: `"database": {…}`.
SINGULAR: Final = frozenset((
    "database", "schema", "logicdb", "databaseinfo", "shard", "shardinfo", "physicalnode", "datanode", "node", "rds",
    "rdsinstance", "dninstance",
))  # fmt: skip
# The members that APIs wrap their answers in.
WRAPPERS: Final = frozenset({"data", "result", "results", "list", "items"})
# What else may stand around a topology that is empty.
ENVELOPES: Final = WRAPPERS | frozenset((
    "export", "metadata", "schemametadata", "body", "response", "payload", "content", "meta", "topology", "info",
))  # fmt: skip
# Containers of other things, and in practice no names of databases, unlike `users` or `accounts`.
NO_SHARDS: Final = frozenset((
    "tables", "table", "tablelist", "logictables", "logicaltables", "broadcasttables", "globaltables", "partitions",
    "partitionlist", "datavips",
))  # fmt: skip
# Containers about other things; any of these may be a database's name, though.
ELSEWHERE: Final = frozenset((
    "accounts", "accountlist", "users", "userlist", "backups", "backuplist", "backup", "replicas", "replicalist",
    "readreplicas", "slaves", "standbys", "jobs", "joblist", "tasks", "tasklist", "history", "sequences", "indexes",
    "params", "parameters",
))  # fmt: skip

_KNOWN: Final = frozenset(
    (
        *VOLATILE, *DATA_NODE_ID, *DATA_NODE_NAME, *HOST, *PORT, *ENGINE, *ENGINE_VERSION, *DATA_NODE_REFERENCE,
        *SHARD_NAME, *SHARD_INDEX, *SHARD_STATUS, *DATABASE_NAME, *SHARD_MODE, *SHARD_COUNT, *DATABASE_STATUS,
        *DATABASES, *SHARDS, *DATA_NODES, *NO_SHARDS, *WRAPPERS, "shardunit", "total", "count",
    )
)  # fmt: skip


def is_known(word: str) -> bool:
    """Whether a member's name is a word of the interfaces, and so unlikely to be the name of a database."""
    return not word[-1:].isdigit() and plain(word) in _KNOWN  # most shard names end in digits, no word does


def is_about_others(word: str) -> bool:
    """Whether a name is one for accounts, backups, tables or the like, which have no shards."""
    return plain(word) in NO_SHARDS | ELSEWHERE


def is_container_of_nodes(word: str) -> bool:
    """Whether a container's name is one for lists of data nodes: `used_rds`, `dataNodes`, `related_data_nodes`."""
    name = plain(word)
    return name in DATA_NODES or (name not in SHARDS and name.endswith(_NODE_ENDINGS))


def ranked(members: Collection[str], words: tuple[str, ...]) -> list[str]:
    """Select the members that are among the words, in the order of the words."""
    places = _places(words)
    matches = [(places[word], member) for member in members if (word := plain(member)) in places]
    return [member for _, member in sorted(matches)]


@lru_cache(maxsize=64)
def _places(words: tuple[str, ...]) -> dict[str, int]:
    return {word: place for place, word in reversed(list(enumerate(words)))}
