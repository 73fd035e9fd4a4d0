"""Build a cloud from a scenario, a TOML file. Reads that file."""

from __future__ import annotations

import time
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from drift.core import strict_toml, validators
from drift.core.bounded_files import read_text
from drift.core.errors import ConfigError
from drift.core.strict_toml import Problem, Table
from drift.simulator import topology
from drift.simulator.fault import KINDS, Fault
from drift.simulator.payload import LAYOUTS
from drift.simulator.state import Cloud, Step
from drift.simulator.steps import OPERATIONS, count, one_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from drift.simulator.instance import Instance

_DEFAULT: Final = "default.toml"
_LONGEST_WAIT: Final = 24 * 3600.0
_LAST_EXPORT: Final = 10_000
_LARGEST_FLEET: Final = 10_000
_MOST_NAMED: Final = 20
_NO_TABLES: Final[Sequence[dict[str, Any]]] = ()


def load_scenario(path: Path) -> Cloud:
    """Load the cloud that a file describes. Raises ConfigError that lists every problem."""
    return parse(read_text(path, hint="`drift simulate --example` prints a scenario to start from."), path)


def default_cloud() -> Cloud:
    """Build the cloud of drift's own scenario: one instance, `orders-prod`, on two data nodes."""
    return parse(example_scenario(), Path(_DEFAULT))


def example_scenario() -> str:
    """Return drift's own scenario as text, with every key and operation, most of them commented out."""
    return files("drift.simulator").joinpath(_DEFAULT).read_text("utf-8")


def parse(text: str, origin: Path) -> Cloud:
    """Parse a scenario. `origin` names it in errors. Raises ConfigError that lists every problem."""
    values = strict_toml.parse(text, origin)
    problems: list[Problem] = []
    rehearsal = _read(Table(values, problems))
    if not problems:
        _rehearse(rehearsal, problems)
    if problems:
        raise ConfigError(
            strict_toml.problem_text(problems, origin), hint="`drift simulate --example` explains every key."
        )
    return _read(Table(values, problems))


def _rehearse(cloud: Cloud, problems: list[Problem]) -> None:
    """Run all steps in the order in which they fall due, so that none fails while the cloud is running."""
    steps, cloud.steps = cloud.steps, []
    in_order = sorted(enumerate(steps), key=lambda numbered: numbered[1].before_export)
    for number, step in in_order:
        instance = cloud.instance(step.instance)
        while instance.exports < step.before_export - 1:
            instance.read()
        try:
            step.operation(instance)
        except ValueError as exc:
            problems.append(Problem(f"steps[{number}]", str(exc)))


def _read(root: Table) -> Cloud:
    region = root.read("region", validators.text, "eu-de")
    cloud = Cloud(
        region=region,
        project_name=root.read("project", validators.text, region),
        domain_name=root.read("domain", validators.text, "drift-demo"),
        users=dict(_read_users(root.table("users"))) or {"dba": None},
        clock=time.time,
    )
    cloud.latency = root.read("latency", _wait, 0.0)
    cloud.offset = root.read("offset", _offset, cloud.offset)
    cloud.call_limit = root.read("call_limit", count, cloud.call_limit)
    cloud.call_window = root.read("call_window", validators.positive, cloud.call_window)
    cloud.token_life = root.read("token_life", _wait, cloud.token_life)
    _read_identity_provider(root.table("identity_provider"), cloud)
    for name, table in root.table("instances").tables():
        _read_instance(table, name, cloud)
    for name, table in root.table("fleets").tables():
        _read_fleet(table, name, cloud)
    cloud.steps.extend(_read_step(table, cloud) for table in _each(root, "steps"))
    cloud.faults.extend(_read_fault(table, cloud) for table in _each(root, "faults"))
    for key, check in _FOR_READERS.items():
        root.read(key, check, None)
    root.refuse_unknown(_no_explanation)
    if not cloud.instances:
        root.problem("instances", "expected at least one [instances.NAME] or [fleets.NAME]")
    return cloud


def _read_users(table: Table) -> Iterator[tuple[str, str | None]]:
    for name, user in table.tables():
        yield name, user.read("password", validators.password, None)
        user.refuse_unknown(_no_explanation)


def _read_identity_provider(table: Table, cloud: Cloud) -> None:
    cloud.identity_provider = table.read("id", validators.text, cloud.identity_provider)
    cloud.id_token = table.read("id_token", validators.token, cloud.id_token)
    table.refuse_unknown(_no_explanation)


def _read_fleet(table: Table, name: str, cloud: Cloud) -> None:
    """Read a fleet of instances that differ in name, id and addresses alone; each is furnished on first use."""
    nodes, databases = table.read("data_nodes", validators.positive, 2), table.read("databases", validators.positive, 1)
    shards = table.read("shards", validators.positive, 2 * nodes)
    layout = table.read("layout", one_of(tuple(LAYOUTS)), "nested")
    is_volatile = table.read("volatile", validators.switch, True)  # noqa: FBT003 - the default of a setting
    for number in range(1, table.read("count", _at_most(_LARGEST_FLEET), 1) + 1):
        instance = cloud.add_instance(f"{name}-{number:03}", layout=layout, is_volatile=is_volatile)
        instance.furnish_later(partial(_furnish, number=number, nodes=nodes, databases=databases, shards=shards))
    table.refuse_unknown(_no_explanation)
    try:
        topology.check_count("db_001", shards, nodes)
    except ValueError as exc:
        table.problem("shards", str(exc))


def _furnish(instance: Instance, *, number: int, nodes: int, databases: int, shards: int) -> None:
    for place in range(nodes):
        host = f"10.{number // 250}.{number % 250}.{place + 11}"
        instance.add_node(f"{instance.name}-rds-{place + 1}", host=host)
    for place in range(databases):
        instance.create_database(f"db_{place + 1:03}", shards)


def _read_instance(table: Table, name: str, cloud: Cloud) -> None:
    instance = cloud.add_instance(
        name,
        instance_id=table.read("instance_id", validators.identifier, None),
        layout=table.read("layout", one_of(tuple(LAYOUTS)), "nested"),
        is_volatile=table.read("volatile", validators.switch, True),  # noqa: FBT003 - the default of a setting
    )
    for node_name, node in table.table("data_nodes").tables():
        instance.add_node(node_name, **_read_node(node))
    for database_name, database in table.table("databases").tables():
        shards = database.read("shards", count, 0)
        database.refuse_unknown(_no_explanation)
        try:
            instance.create_database(database_name, shards)
        except ValueError as exc:
            table.problem("databases", str(exc))
    table.refuse_unknown(_no_explanation)


def _read_node(table: Table) -> dict[str, Any]:
    properties = {
        "id": table.read("id", validators.identifier, None),
        "host": table.read("host", validators.text, None),
        "port": table.read("port", validators.positive, None),
        "engine": table.read("engine", validators.text, None),
        "engine_version": table.read("engine_version", validators.text, None),
    }
    table.refuse_unknown(_no_explanation)
    return {name: value for name, value in properties.items() if value is not None}


def _read_step(table: Table, cloud: Cloud) -> Step:
    only = next(iter(cloud.instances)) if len(cloud.instances) == 1 else ""
    do = table.read("do", one_of(tuple(OPERATIONS)), "")
    step = Step(
        instance=table.read("instance", _instance(cloud), only),
        before_export=table.read("before_export", _at_most(_LAST_EXPORT), 2),
        operation=OPERATIONS[do](table) if do in OPERATIONS else _nothing_happens,
    )
    if "do" not in table.values:
        table.problem("do", f"missing; expected {validators.listed(tuple(OPERATIONS))}")
    if not step.instance:
        table.problem("instance", f"missing; expected {_named(cloud)}")
    table.refuse_unknown(_no_explanation)
    return step


def _read_fault(table: Table, cloud: Cloud) -> Fault:
    standard = Fault(kind="error")
    fault = Fault(
        kind=table.read("kind", one_of(KINDS), "error"),
        path=table.read("path", validators.text, standard.path),
        instance=table.read("instance", _instance(cloud), None),
        skip=table.read("skip", count, standard.skip),
        times=table.read("times", count, standard.times),
        status=table.read("status", validators.positive, None),
        retry_after=table.read("retry_after", validators.text, None),
        retry_in=table.read("retry_in", _wait, None),
        seconds=table.read("seconds", _wait, standard.seconds),
        layout=table.read("layout", one_of(tuple(LAYOUTS)), None),
        location=table.read("location", validators.text, standard.location),
    )
    table.refuse_unknown(_no_explanation)
    return fault


def _each(root: Table, key: str) -> Iterator[Table]:
    """Yield the tables of an array of tables."""
    for number, values in enumerate(root.read(key, _tables, _NO_TABLES)):
        yield Table(values, root.problems, f"{key}[{number}]")


def _tables(value: object) -> Sequence[dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise ValueError("expected an array of tables, each under its own [[ ]] line")
    return value


def _instance(cloud: Cloud) -> Callable[[object], str]:
    """Build a check for the name of an instance."""

    def checked(value: object) -> str:
        if not isinstance(value, str) or value not in cloud.instances:
            raise ValueError(f"expected {_named(cloud)}{validators.suggestion(value, cloud.instances)}")
        return value

    return checked


def _named(cloud: Cloud) -> str:
    """List the names of the instances, if there are few."""
    few = len(cloud.instances) <= _MOST_NAMED
    return validators.listed(tuple(cloud.instances)) if few and cloud.instances else "the name of an instance"


def _at_most(most: int) -> Callable[[object], int]:
    """Build a check for a whole number from 1."""

    def checked(value: object) -> int:
        if not validators.positive(value) <= most:
            raise ValueError(f"expected a whole number from 1 to {most}")
        return validators.positive(value)

    return checked


def _offset(value: object) -> Literal["item", "page"]:
    if value not in {"item", "page"}:
        raise ValueError("expected item or page")
    return "page" if value == "page" else "item"


def _wait(value: object) -> float:
    return min(validators.seconds(value), _LONGEST_WAIT)


# Keys for a scenario's readers, and for tests that compare results with it.
_FOR_READERS: Final[dict[str, Callable[[object], object]]] = {
    "title": validators.text,
    "snapshots": _tables,
    "expect": _tables,
}


def _nothing_happens(_: Instance) -> None:
    """Stand in for the operation of a step that lacks one, and is refused for that."""


def _no_explanation(_: str) -> None:
    """Leave an unknown key to the list of known keys."""
