from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from drift.errors import ConfigError
from drift.simulator import load_scenario
from drift.simulator.faults import KINDS
from drift.simulator.scenario import parse

if TYPE_CHECKING:
    from drift.simulator import Cloud

SMALL = """
[users.dba]
password = "PassWord_234"
[instances.orders-prod]
[instances.orders-prod.data_nodes.rds-1]
host = "172.16.0.1"
port = 3307
engine_version = "5.7"
[instances.orders-prod.data_nodes.rds-2]
[instances.orders-prod.databases.orders]
shards = 8
"""


def a_cloud(more: str = "") -> Cloud:
    return parse(SMALL + more, Path("scenario.toml"))


def problems_of(more: str) -> str:
    with pytest.raises(ConfigError) as caught:
        a_cloud(more)
    return caught.value.message


def test_a_scenario_is_a_cloud(tmp_path: Path) -> None:
    """A scenario file describes users, instances, data nodes and databases."""
    path = tmp_path / "scenario.toml"
    path.write_text(SMALL)
    cloud = load_scenario(path)
    topology = cloud.instance("orders-prod").topology
    assert cloud.connection("")["password"] == "PassWord_234"
    assert [(node.name, node.host, node.port, node.engine_version) for node in topology.nodes] == [
        ("rds-1", "172.16.0.1", 3307, "5.7"),
        ("rds-2", "192.168.0.12", 3306, "8.0"),
    ]
    assert [(database.name, len(database.shards)) for database in topology.databases] == [("orders", 8)]


_STEPS = {
    "scale_out": 'data_nodes = ["rds-3"]\ndatabases = ["orders"]',
    "reshard": 'database = "orders"\nshards = 16\ndata_nodes = ["rds-3"]',
    "create_database": 'database = "users"\nshards = 4',
    "drop_database": 'database = "orders"',
    "move_shard": 'shard = "orders_0000"\ndata_node = "rds-2"',
}


@pytest.mark.parametrize(("do", "arguments"), _STEPS.items(), ids=_STEPS.keys())
def test_a_step_happens_before_its_export(do: str, arguments: str) -> None:
    """Each operation can be a step: it is carried out right before the export that it names, and once."""
    cloud = a_cloud(f'[[steps]]\nbefore_export = 3\ndo = "{do}"\n{arguments}\n')
    instance = cloud.instance("orders-prod")
    seen = []
    for _ in range(4):
        instance.export()
        seen.append(instance.topology)
    assert seen[0] == seen[1] != seen[2] == seen[3]


def test_a_step_can_change_the_layout() -> None:
    """A service update that changes the layout and nothing else is a step too."""
    cloud = a_cloud('[[steps]]\ndo = "use_layout"\nlayout = "flat"\n')
    instance = cloud.instance("orders-prod")
    layouts = []
    for _ in range(2):
        instance.export()
        layouts.append(instance.layout)
    assert layouts == ["nested", "flat"]


def test_faults_are_queued_as_written() -> None:
    """A scenario's faults are in the queue, in their order."""
    cloud = a_cloud('[[faults]]\nkind = "throttled"\nretry_after = "1"\n[[faults]]\nkind = "slow"\nseconds = 0.5\n')
    assert [(fault.kind, fault.retry_after, fault.seconds) for fault in cloud.faults] == [
        ("throttled", "1", 0.0),
        ("slow", None, 0.5),
    ]


_PROBLEMS = {
    "unknown key": ('[instances.x]\nlayuot = "flat"', "instances.x.layuot: unknown key (did you mean layout?)"),
    "unknown top key": ("[instance.x]", "instance: unknown key (did you mean instances?)"),
    "unknown layout": ('[instances.x]\nlayout = "flatt"', "instances.x.layout: expected nested, keyed or flat"),
    "wrong type": ("[instances.x.databases.a1]\nshards = '8'", "instances.x.databases.a1.shards: expected a whole"),
    "bad port": ("[instances.x.data_nodes.n]\nport = 0", "instances.x.data_nodes.n.port: expected a whole number"),
    "no data node": (
        "[instances.x.databases.a1]\nshards = 8",
        "instances.x.databases: database 'a1' needs a data node",
    ),
    "unknown fault": ('[[faults]]\nkind = "flood"', "faults[0].kind: expected throttled"),
    "unknown operation": ('[[steps]]\ndo = "shrink"', "steps[0].do: expected scale_out"),
    "no operation": ("[[steps]]\nbefore_export = 2", "steps[0].do: missing; expected scale_out"),
    "unknown instance": ('[[steps]]\ninstance = "x"\ndo = "scale_out"', "steps[0].instance: expected orders-prod"),
    "impossible step": (
        '[[steps]]\ndo = "reshard"\ndatabase = "orders"\nshards = 4',
        "steps[0]: database 'orders' has 8 shards: DDM makes more of them, never fewer",
    ),
    "steps as a table": ("[steps]", "steps: expected an array of tables"),
    "no list": ('[[steps]]\ndo = "scale_out"\ndata_nodes = "rds-3"', "steps[0].data_nodes: expected a list"),
}


@pytest.mark.parametrize(("more", "words"), _PROBLEMS.values(), ids=_PROBLEMS.keys())
def test_a_wrong_scenario_says_what_and_where(more: str, words: str) -> None:
    """Each problem is told with the place where it is and what was expected there."""
    assert words in problems_of(more)


def test_all_problems_are_told_at_once() -> None:
    """A scenario with several problems is read to its end before it is refused."""
    instance = '[instances.x]\nlayout = "a"\ncolour = 1\n'
    step, fault = '[[steps]]\ninstance = "x"\ndo = "b"\n', '[[faults]]\nkind = "c"\nseconds = -1\n'
    message = problems_of(instance + step + fault)
    assert message.startswith("scenario.toml: 5 problems")


def test_steps_are_rehearsed_in_the_order_in_which_they_happen() -> None:
    """A step may need what an earlier one makes, wherever in the file they are."""
    later = '[[steps]]\nbefore_export = 3\ndo = "reshard"\ndatabase = "users"\nshards = 16\n'
    earlier = '[[steps]]\nbefore_export = 2\ndo = "create_database"\ndatabase = "users"\nshards = 8\n'
    assert len(a_cloud(later + earlier).steps) == 2


def test_the_examples_of_the_default_scenario_hold() -> None:
    """What the scenario that comes with drift shows as examples is a scenario, with every kind of step and fault."""
    text = files("drift.simulator").joinpath("default.toml").read_text("utf-8")
    cloud = parse(text.replace("#: ", ""), Path("default.toml"))
    assert (len(cloud.steps), len(cloud.faults), len(cloud.passwords)) == (6, 5, 2)
    assert all(kind in text for kind in KINDS)
    assert all(f'do = "{operation}"' in text for operation in [*_STEPS, "use_layout"])


def test_a_scenario_needs_an_instance() -> None:
    """A cloud without instances is of no use."""
    with pytest.raises(ConfigError, match=r"expected at least one \[instances.NAME\]"):
        parse("", Path("scenario.toml"))


@pytest.mark.parametrize("content", [b"\xff", b"= 1", None], ids=["no text", "no TOML", "no file"])
def test_what_is_no_scenario_file_is_refused(content: bytes | None, tmp_path: Path) -> None:
    """A file that can't be read as TOML is named, with the reason."""
    path = tmp_path / "scenario.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"scenario\.toml"):
        load_scenario(path)
