"""A scenario, which is a TOML file, to a cloud. Reads that file."""

from __future__ import annotations

import time
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from drift import checks, tables
from drift.errors import ConfigError
from drift.simulator.faults import KINDS, Fault
from drift.simulator.payload import LAYOUTS
from drift.simulator.state import Cloud, Step
from drift.tables import Problem, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from importlib.resources.abc import Traversable

    from drift.simulator.instance import Instance

_DEFAULT: Final = "default.toml"
_LONGEST_WAIT: Final = 3600.0
_NO_NAMES: Final[tuple[str, ...]] = ()
_NO_TABLES: Final[Sequence[dict[str, Any]]] = ()


def load_scenario(path: Path) -> Cloud:
    """The cloud that a file describes. Raises ConfigError, with every problem of the file."""
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, ValueError) as exc:
        reason = exc.strerror if isinstance(exc, OSError) else "not UTF-8"
        raise ConfigError(f"{path}: the scenario can't be read: {reason}") from exc
    return parse(text, path)


def default_cloud() -> Cloud:
    """The cloud of the scenario that comes with drift: one instance, `orders-prod`, on two data nodes."""
    return parse(_example().read_text("utf-8"), Path(_DEFAULT))


def _example() -> Traversable:
    return files("drift.simulator").joinpath(_DEFAULT)


def parse(text: str, origin: Path) -> Cloud:
    """The cloud in a text. `origin` is what errors call it. Raises ConfigError, with every problem found."""
    values = tables.parse(text, origin)
    problems: list[Problem] = []
    rehearsal = _read(Table(values, problems))
    if not problems:
        _rehearse(rehearsal, problems)
    if problems:
        raise ConfigError(tables.tell(problems, origin), hint=f"An example with every key: {_example()}")
    return _read(Table(values, problems))


def _rehearse(cloud: Cloud, problems: list[Problem]) -> None:
    """Carry out all steps in the order in which they fall due, so that none fails while the cloud is running."""
    in_order = sorted(enumerate(cloud.steps), key=lambda numbered: numbered[1].before_export)
    for number, step in in_order:
        try:
            step.operation(cloud.instance(step.instance))
        except ValueError as exc:
            problems.append(Problem(f"steps[{number}]", str(exc)))


def _read(root: Table) -> Cloud:
    region = root.read("region", checks.text, "eu-de")
    cloud = Cloud(
        region=region,
        project_name=root.read("project", checks.text, region),
        domain_name=root.read("domain", checks.text, "drift-demo"),
        users=dict(_read_users(root.table("users"))) or {"dba": None},
        clock=time.time,
    )
    cloud.latency = root.read("latency", _wait, 0.0)
    for name, table in root.table("instances").tables():
        _read_instance(table, name, cloud)
    cloud.steps.extend(_read_step(table, cloud) for table in _each(root, "steps"))
    cloud.faults.extend(_read_fault(table, cloud) for table in _each(root, "faults"))
    root.refuse_unknown(_nothing)
    if not cloud.instances:
        root.problem("instances", "expected at least one [instances.NAME]")
    return cloud


def _read_users(table: Table) -> Iterator[tuple[str, str | None]]:
    for name, user in table.tables():
        yield name, user.read("password", checks.password, None)
        user.refuse_unknown(_nothing)


def _read_instance(table: Table, name: str, cloud: Cloud) -> None:
    instance = cloud.add_instance(
        name,
        instance_id=table.read("instance_id", checks.identifier, None),
        layout=table.read("layout", _one_of(tuple(LAYOUTS)), "nested"),
    )
    for node_name, node in table.table("data_nodes").tables():
        instance.add_node(node_name, **_read_node(node))
    for database_name, database in table.table("databases").tables():
        shards = database.read("shards", _count, 0)
        database.refuse_unknown(_nothing)
        try:
            instance.create_database(database_name, shards)
        except ValueError as exc:
            table.problem("databases", str(exc))
    table.refuse_unknown(_nothing)


def _read_node(table: Table) -> dict[str, Any]:
    properties = {
        "id": table.read("id", checks.identifier, None),
        "host": table.read("host", checks.text, None),
        "port": table.read("port", checks.positive, None),
        "engine": table.read("engine", checks.text, None),
        "engine_version": table.read("engine_version", checks.text, None),
    }
    table.refuse_unknown(_nothing)
    return {name: value for name, value in properties.items() if value is not None}


def _read_step(table: Table, cloud: Cloud) -> Step:
    names = tuple(cloud.instances)
    do = table.read("do", _one_of(tuple(_OPERATIONS)), "")
    step = Step(
        instance=table.read("instance", _one_of(names), names[0] if len(names) == 1 else ""),
        before_export=table.read("before_export", checks.positive, 2),
        operation=_OPERATIONS.get(do, _no_operation)(table),
    )
    if "do" not in table.values:
        table.problem("do", f"missing; expected {checks.listed(tuple(_OPERATIONS))}")
    if not step.instance:
        table.problem("instance", f"missing; expected {checks.listed(names or ('the name of an instance',))}")
    table.refuse_unknown(_nothing)
    return step


def _scale_out(table: Table) -> Callable[[Instance], object]:
    nodes = table.read("data_nodes", _names, _NO_NAMES)
    databases = table.read("databases", _names, None)
    return lambda instance: instance.scale_out(*nodes, databases=databases)


def _reshard(table: Table) -> Callable[[Instance], object]:
    database = table.read("database", checks.text, "")
    shards = table.read("shards", checks.positive, 0)
    nodes = table.read("data_nodes", _names, _NO_NAMES)
    return lambda instance: instance.reshard(database, shards, *nodes)


def _create_database(table: Table) -> Callable[[Instance], object]:
    database = table.read("database", checks.text, "")
    shards = table.read("shards", _count, 0)
    return lambda instance: instance.create_database(database, shards)


def _drop_database(table: Table) -> Callable[[Instance], object]:
    database = table.read("database", checks.text, "")
    return lambda instance: instance.drop_database(database)


def _move_shard(table: Table) -> Callable[[Instance], object]:
    shard = table.read("shard", checks.text, "")
    node = table.read("data_node", checks.text, "")
    return lambda instance: instance.move_shard(shard, node)


def _use_layout(table: Table) -> Callable[[Instance], object]:
    layout = table.read("layout", checks.text, "")
    return lambda instance: instance.use_layout(layout)


def _no_operation(_: Table) -> Callable[[Instance], object]:
    return lambda _: None


_OPERATIONS: Final[dict[str, Callable[[Table], Callable[[Instance], object]]]] = {
    "scale_out": _scale_out,
    "reshard": _reshard,
    "create_database": _create_database,
    "drop_database": _drop_database,
    "move_shard": _move_shard,
    "use_layout": _use_layout,
}


def _read_fault(table: Table, cloud: Cloud) -> Fault:
    standard = Fault(kind="error")
    fault = Fault(
        kind=table.read("kind", _one_of(KINDS), "error"),
        path=table.read("path", checks.text, standard.path),
        instance=table.read("instance", _one_of(tuple(cloud.instances)), None),
        skip=table.read("skip", _count, standard.skip),
        times=table.read("times", _count, standard.times),
        status=table.read("status", checks.positive, None),
        retry_after=table.read("retry_after", checks.text, None),
        retry_in=table.read("retry_in", _wait, None),
        seconds=table.read("seconds", _wait, standard.seconds),
        layout=table.read("layout", _one_of(tuple(LAYOUTS)), None),
        location=table.read("location", checks.text, standard.location),
    )
    table.refuse_unknown(_nothing)
    return fault


def _each(root: Table, key: str) -> Iterator[Table]:
    """The tables of an array of tables."""
    for number, values in enumerate(root.read(key, _tables, _NO_TABLES)):
        yield Table(values, root.problems, f"{key}[{number}]")


def _tables(value: object) -> Sequence[dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise ValueError("expected an array of tables, each under its own [[ ]] line")
    return value


def _names(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise ValueError("expected a list of names")  # noqa: TRY004 - callers collect ValueError, whatever is wrong
    return tuple(map(checks.text, value))


def _count(value: object) -> int:
    return 0 if value == 0 and not isinstance(value, bool) else checks.positive(value)


def _wait(value: object) -> float:
    return min(checks.seconds(value), _LONGEST_WAIT)


def _one_of(words: Sequence[str]) -> Callable[[object], Any]:
    def checked(value: object) -> Any:  # noqa: ANN401 - one of the words, which callers know as literals
        if value not in words:
            raise ValueError(f"expected {checks.listed(words or ('nothing',))}{checks.suggestion(value, words)}")
        return value

    return checked


def _nothing(_: str) -> None:
    """There is nothing to say of an unknown key but which ones are known."""
