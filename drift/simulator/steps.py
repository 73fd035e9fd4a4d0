"""The operations that a scenario can schedule, read from its tables. Pure.

An operation that DDM would refuse raises ValueError when it runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

from drift.core import validators
from drift.simulator.instance import Instance
from drift.simulator.jobs import STATUSES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from drift.core.strict_toml import Table
    from drift.simulator.jobs import Status

    Operation: TypeAlias = Callable[[Instance], object]

_NO_NAMES: Final[tuple[str, ...]] = ()


def names(value: object) -> tuple[str, ...]:
    """Check a list of names."""
    if not isinstance(value, list):
        raise ValueError("expected a list of names")  # noqa: TRY004 - callers collect ValueError, whatever is wrong
    return tuple(map(validators.text, value))


def count(value: object) -> int:
    """Check a whole number that may be 0."""
    return 0 if value == 0 and not isinstance(value, bool) else validators.positive(value)


def one_of(words: Sequence[str]) -> Callable[[object], Any]:
    """Build a check for one of these words."""

    def checked(value: object) -> Any:  # noqa: ANN401 - one of the words, which callers know as literals
        if value not in words:
            raise ValueError(
                f"expected {validators.listed(words or ('nothing',))}{validators.suggestion(value, words)}"
            )
        return value

    return checked


def _text(table: Table, key: str) -> str:
    """Read a required text."""
    if key not in table.values:
        table.problem(key, "missing")
    return table.read(key, validators.text, "")


def _status(table: Table, key: str) -> Status:
    status: Status = table.read(key, one_of(STATUSES), "Completed")
    return status


def _scale_out(table: Table) -> Operation:
    nodes = table.read("data_nodes", names, _NO_NAMES)
    databases = table.read("databases", names, None)
    until = _status(table, "until")
    return lambda instance: instance.scale_out(*nodes, databases=databases, until=until)


def _reshard(table: Table) -> Operation:
    database, nodes = _text(table, "database"), table.read("data_nodes", names, _NO_NAMES)
    shards, until = table.read("shards", validators.positive, 0), _status(table, "until")
    return lambda instance: instance.reshard(database, shards, *nodes, until=until)


def _advance(table: Table) -> Operation:
    database, to = _text(table, "database"), _status(table, "to")
    return lambda instance: instance.advance(database, to)


def _retry(table: Table) -> Operation:
    database, until = _text(table, "database"), _status(table, "until")
    return lambda instance: instance.retry(database, until)


def _create_database(table: Table) -> Operation:
    database, shards = _text(table, "database"), table.read("shards", count, 0)
    return lambda instance: instance.create_database(database, shards)


def _move_shards(table: Table) -> Operation:
    shards, node = table.read("shards", names, _NO_NAMES), _text(table, "data_node")

    def move(instance: Instance) -> None:
        for shard in shards:
            instance.move_shard(shard, node)

    return move


def _rename_node(table: Table) -> Operation:
    node, name = _text(table, "data_node"), _text(table, "name")
    return lambda instance: instance.change_node(node, name=name)


def _failover(table: Table) -> Operation:
    node, host = _text(table, "data_node"), _text(table, "host")
    return lambda instance: instance.change_node(node, host=host)


def _upgrade_engine(table: Table) -> Operation:
    nodes, version = table.read("data_nodes", names, None), _text(table, "engine_version")

    def upgrade(instance: Instance) -> None:
        for node in nodes or [each.name for each in instance.topology.nodes]:
            instance.change_node(node, engine_version=version)

    return upgrade


def _restore(table: Table) -> Operation:
    export = table.read("export", validators.positive, 1)
    return lambda instance: instance.restore(export)


def _set_status(table: Table) -> Operation:
    status = _text(table, "status")
    database, shard = table.read("database", validators.text, None), table.read("shard", validators.text, None)
    return lambda instance: instance.set_status(status, database=database, shard=shard)


def _with_texts(operate: Callable[..., object], *keys: str) -> Callable[[Table], Operation]:
    """Build the reader of an operation that takes the texts at these keys, each required."""

    def read(table: Table) -> Operation:
        texts = [_text(table, key) for key in keys]
        return lambda instance: operate(instance, *texts)

    return read


OPERATIONS: Final[dict[str, Callable[[Table], Operation]]] = {
    "scale_out": _scale_out,
    "reshard": _reshard,
    "advance": _advance,
    "retry": _retry,
    "create_database": _create_database,
    "drop_database": _with_texts(Instance.drop_database, "database"),
    "replace_node": _with_texts(Instance.replace_node, "data_node", "by"),
    "failover": _failover,
    "upgrade_engine": _upgrade_engine,
    "rename_node": _rename_node,
    "restore": _restore,
    "add_node": _with_texts(Instance.add_node, "data_node"),
    "remove_node": _with_texts(Instance.remove_node, "data_node"),
    "move_shard": _with_texts(Instance.move_shard, "shard", "data_node"),
    "move_shards": _move_shards,
    "rebalance": _with_texts(Instance.rebalance, "database"),
    "set_status": _set_status,
    "use_layout": _with_texts(Instance.use_layout, "layout"),
    "drop_shard": _with_texts(Instance.drop_shard, "shard"),
    "forget_node": _with_texts(Instance.forget_node, "data_node"),
    "drop_everything": _with_texts(Instance.drop_everything),
}
