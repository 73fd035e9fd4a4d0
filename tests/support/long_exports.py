"""Exports with long arrays of shards, in the layouts that have such, with something odd in a record or two."""

from __future__ import annotations

import json
from random import Random
from typing import Any, Final, NamedTuple, TypeAlias

Json: TypeAlias = Any

NODES: Final = tuple(letter * 32 + "in01" for letter in "abcd")
_DATABASES: Final = ("orders", "users", "crm", "a_b", "app_2024", "app", "slots", "crm_0001")
# The members of a shard's name, index, data node and status.
_WORDS: Final = (
    ("physicalDbName", "shardIndex", "dataNodeId", "status"),
    ("name", "dbslot", "id", "status"),
    ("shard_name", None, "rds_id", "state"),
    ("physical_db_name", "index", "data_node_id", None),
)
_MORE: Final = (
    "idName", "shardName", "host", "port", "createTime", "charset", "weight", "slot", "rdsName", "database",
    "error_msg", "seen", "dbName",
)  # fmt: skip
_ODD_MEMBERS: Final = ("extra", "nodeName", "database", "name", "slotName", "rdsId", "index", "updateTime", "shard")
_ODD_VALUES: Final = (
    None, "", 0, 7, "7", 1.5, True, NODES[0], NODES[1], "rds-1", "10.0.0.2", "orders", "users", "orders_0003",
    "e" * 32 + "in01", "normal", "x_2024", [], {},
)  # fmt: skip


class LongExport(NamedTuple):
    """The payload as a text, and the data nodes beside it."""

    text: str
    data_nodes: list[dict[str, Any]]

    @property
    def response(self) -> dict[str, Any]:
        """The whole response."""
        return {"compressed_databases_info": self.text, "data_nodes": self.data_nodes}


def a_long_export(seed: int) -> LongExport:
    """Draw the export of a seed."""
    random = Random(seed)  # noqa: S311 - no secret
    writer = _Writer(random)
    layouts = (writer.nested, writer.wrapped, writer.flat, writer.under_nodes, writer.keyed, writer.keyed_lists)
    document = random.choice(layouts)()
    for _ in range(random.choice((0, 1, 1, 2, 3))):
        _spoil(writer.rows, random)
    if random.random() < 0.2:
        _spoil_the_rest(random.choice(writer.lists), random)
    spaces = random.choice(((",", ":"), (",", ":"), (", ", ": ")))
    text = json.dumps(document, separators=spaces, indent=random.choice((None, None, None, 1)))
    listed = [_data_node(at, random) for at in range(len(NODES)) if random.random() < 0.99]
    return LongExport(text, listed)


def _data_node(at: int, random: Random) -> dict[str, Any]:
    name = f"rds-{at}" if random.random() < 0.97 else random.choice(("orders_0003", "orders", str(at), "users_0001"))
    return {"instance_id": NODES[at], "instance_name": name, "access_host": f"10.0.0.{at}", "access_port": 3306}


class _Writer:
    """Writes databases in one layout, and keeps the `rows` that are shards, and the `lists` of these."""

    def __init__(self, random: Random) -> None:
        self.rows: list[dict[str, Any]] = []
        self.lists: list[list[dict[str, Any]]] = []
        self._random = random
        self._names = random.sample(_DATABASES, random.randint(1, 3))
        self._words = random.choice(_WORDS)
        self._more = random.sample(_MORE, random.randint(0, 4))

    def nested(self) -> Json:
        databases: list[Json] = [
            {"name": name, "shardMode": "cluster", "shards": self._shards(name)} for name in self._names
        ]
        if self._random.random() < 0.2:
            alone = self._shard("old", 0, None) | {self._words[0]: "old"}
            databases.append({"name": "old", "shardMode": "single", "shards": [alone]})
        if self._random.random() < 0.1:
            databases[0]["accounts"] = [{"user": f"u{at}", "role": at % 2} for at in range(40)]
        return databases

    def keyed(self) -> Json:
        return {"databases": {name: {"shards": self._shards(name)} for name in self._names}}

    def keyed_lists(self) -> Json:
        return {name: self._shards(name) for name in self._names}

    def wrapped(self) -> Json:
        return {"databases": self.nested(), "total": len(self._names)}

    def flat(self) -> Json:
        return {"shards": [row | {"logicDbName": name} for name in self._names for row in self._shards(name)]}

    def under_nodes(self) -> Json:
        return [
            {
                "instanceId": node,
                "databases": [{"name": name, "shards": self._shards(name, at)} for name in self._names],
            }
            for at, node in enumerate(NODES)
        ]

    def _shards(self, database: str, only: int | None = None) -> list[dict[str, Any]]:
        first = 100 * (only or 0) + self._random.choice((0, 0, 0, 1, 9950))
        size = self._random.choice((3, 30, 60, 90))
        rows = [self._shard(database, index, only) for index in range(first, first + size)]
        if self._random.random() < 0.3:
            self._random.shuffle(rows)
        self.rows += rows
        self.lists.append(rows)
        return rows

    def _shard(self, database: str, index: int, only: int | None) -> dict[str, Any]:
        at = self._random.randrange(len(NODES)) if only is None else only
        named, numbered, placed, stated = self._words
        name = f"{database}_{index:04}"
        status = self._random.choice(["RUNNING"] * 9 + ["EXPANDING"])
        record = {named: name, numbered: index, placed if only is None else None: NODES[at], stated: status}
        time = self._random.randint(1, 10**9)
        values = (name, name, f"10.0.0.{at}", 3306, time, "utf8", index % 2, index % 4, f"rds-{at}", database,
                  None, time + 1, database)  # fmt: skip
        others = dict(zip(_MORE, values, strict=True))
        return {key: value for key, value in record.items() if key} | {key: others[key] for key in self._more}


def _spoil(rows: list[dict[str, Any]], random: Random) -> None:
    """Change, remove or add a member of one record, or add one to all."""
    row, other = random.choice(rows), random.choice(rows)
    key, chance = random.choice(sorted(row) or ["name"]), random.random()
    if chance < 0.55:
        row[key] = random.choice((*_ODD_VALUES, other.get(key), random.choice([None, *row.values()])))
    elif chance < 0.7:
        row.pop(key, None)
    elif chance < 0.85:
        row[random.choice(_ODD_MEMBERS)] = random.choice((1, "a", NODES[2], "orders_0001", "users", None))
    else:
        usual, rare = (random.choice((1, "a", NODES[2], "orders_0001", "users", None, "rds-2")) for _ in range(2))
        member = random.choice(("extra", "note", "slot", "shard", "node", "nodeName", "schema", "idName"))
        for each in rows:
            each[member] = rare if random.random() < 0.1 else usual


def _spoil_the_rest(rows: list[dict[str, Any]], random: Random) -> None:
    """Give the rows a member, or other values of one, that is alike in the first and last of them alone."""
    key = random.choice((*sorted(rows[0]), "zone", "seen", "state", "shardCount", "rdsName", "name"))
    first = random.choice((1, None, "users", NODES[0], "e" * 32 + "in01", rows[0].get(key)))
    other, kind = random.choice(sorted(rows[0]) or ["name"]), random.randrange(3)
    for at, row in enumerate(rows):
        row[key] = (at, f"z{at}", row.get(other))[kind] if 4 <= at < len(rows) - 4 else first
