"""The operations that a scenario can schedule, read from its tables. Pure.

An operation that DDM would refuse raises ValueError when it runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

from drift.core import validators
from drift.simulator.jobs import STATUSES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from drift.core.strict_toml import Table
    from drift.simulator.instance import Instance
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


def _drop_database(table: Table) -> Operation:
    database = _text(table, "database")
    return lambda instance: instance.drop_database(database)


def _move_shards(table: Table) -> Operation:
    shards, node = table.read("shards", names, _NO_NAMES), _text(table, "data_node")

    def move(instance: Instance) -> None:
        for shard in shards:
            instance.move_shard(shard, node)

    return move


def _move_shard(table: Table) -> Operation:
    shard, node = _text(table, "shard"), _text(table, "data_node")
    return lambda instance: instance.move_shard(shard, node)


def _rebalance(table: Table) -> Operation:
    database = _text(table, "database")
    return lambda instance: instance.rebalance(database)


def _drop_shard(table: Table) -> Operation:
    shard = _text(table, "shard")
    return lambda instance: instance.drop_shard(shard)


def _add_node(table: Table) -> Operation:
    node = _text(table, "data_node")
    return lambda instance: instance.add_node(node)


def _replace_node(table: Table) -> Operation:
    node, new = _text(table, "data_node"), _text(table, "by")
    return lambda instance: instance.replace_node(node, new)


def _remove_node(table: Table) -> Operation:
    node = _text(table, "data_node")
    return lambda instance: instance.remove_node(node)


def _forget_node(table: Table) -> Operation:
    node = _text(table, "data_node")
    return lambda instance: instance.forget_node(node)


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


def _use_layout(table: Table) -> Operation:
    layout = _text(table, "layout")
    return lambda instance: instance.use_layout(layout)


def _drop_everything(_: Table) -> Operation:
    return lambda instance: instance.drop_everything()


OPERATIONS: Final[dict[str, Callable[[Table], Operation]]] = {
    "scale_out": _scale_out,
    "reshard": _reshard,
    "advance": _advance,
    "retry": _retry,
    "create_database": _create_database,
    "drop_database": _drop_database,
    "replace_node": _replace_node,
    "failover": _failover,
    "upgrade_engine": _upgrade_engine,
    "rename_node": _rename_node,
    "restore": _restore,
    "add_node": _add_node,
    "remove_node": _remove_node,
    "move_shard": _move_shard,
    "move_shards": _move_shards,
    "rebalance": _rebalance,
    "set_status": _set_status,
    "use_layout": _use_layout,
    "drop_shard": _drop_shard,
    "forget_node": _forget_node,
    "drop_everything": _drop_everything,
}
