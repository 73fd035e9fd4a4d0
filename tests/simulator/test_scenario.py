from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from drift.core.errors import ConfigError
from drift.simulator import load_scenario
from drift.simulator.fault import KINDS
from drift.simulator.jobs import STATUSES
from drift.simulator.scenario import parse
from drift.simulator.steps import OPERATIONS

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
    "move_shards": 'shards = ["orders_0000", "orders_0002"]\ndata_node = "rds-2"',
    "add_node": 'data_node = "rds-3"',
    "replace_node": 'data_node = "rds-1"\nby = "rds-3"',
    "remove_node": 'data_node = "rds-1"',
    "forget_node": 'data_node = "rds-1"',
    "rename_node": 'data_node = "rds-1"\nname = "rds-3"',
    "failover": 'data_node = "rds-1"\nhost = "172.16.0.9"',
    "upgrade_engine": 'engine_version = "8.4"',
    "set_status": 'shard = "orders_0000"\nstatus = "ERROR"',
    "drop_shard": 'shard = "orders_0000"',
    "drop_everything": "",
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
    "unreachable state": (
        '[[steps]]\ndo = "advance"\ndatabase = "orders"\nto = "Completed"',
        "steps[0]: database 'orders' has no open job",
    ),
    "unknown state": ('[[steps]]\ndo = "advance"\nto = "Done"', "steps[0].to: expected Running, Expanding"),
    "missing argument": ('[[steps]]\ndo = "drop_database"', "steps[0].database: missing"),
    "no such export": ('[[steps]]\ndo = "restore"\nexport = 2', "steps[0]: there is no export 2 yet"),
    "too late": (
        '[[steps]]\ndo = "drop_everything"\nbefore_export = 10001',
        "steps[0].before_export: expected a whole",
    ),
    "too few shards": (
        "[fleets.x]\ndata_nodes = 4\nshards = 3",
        "fleets.x.shards: database 'db_001': expected 4 to 256",
    ),
    "too many instances": ("[fleets.x]\ncount = 10001", "fleets.x.count: expected a whole number from 1 to 10000"),
    "unknown instance of many": (
        "[fleets.x]\ncount = 100\n[[faults]]\nkind = 'busy'\ninstance = 'x-0001'",
        "faults[0].instance: expected the name of an instance (did you mean x-001?)",
    ),
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
    assert (len(cloud.faults), len(cloud.passwords), len(cloud.instances)) == (5, 2, 501)
    assert all(kind in text for kind in KINDS)
    assert all(status in text for status in STATUSES)
    assert len(cloud.steps) == len(OPERATIONS)
    assert all(f'do = "{operation}"' in text for operation in OPERATIONS)


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


def test_a_migration_is_driven_through_its_states() -> None:
    """Steps leave a job in a state and carry it on, so that exports can be made in between."""
    cloud = a_cloud(
        '[[steps]]\nbefore_export = 2\ndo = "reshard"\ndatabase = "orders"\nshards = 16\nuntil = "Failed"\n'
        '[[steps]]\nbefore_export = 3\ndo = "retry"\ndatabase = "orders"\nuntil = "ToBeCleaned"\n'
        '[[steps]]\nbefore_export = 4\ndo = "advance"\ndatabase = "orders"\n'
    )
    instance = cloud.instance("orders-prod")
    seen = []
    for _ in range(4):
        instance.export()
        seen.append((*(job.status for job in instance.jobs), len(instance.topology.database("orders").shards)))
    assert seen == [(8,), ("Failed", 8), ("ToBeCleaned", "Failed", 16), ("Completed", "Failed", 16)]


def test_metadata_can_be_restored() -> None:
    """After a restore the topology is that of the export that it names, to the last shard."""
    grown = '[[steps]]\ndo = "scale_out"\ndata_nodes = ["rds-3"]\n'
    restored = '[[steps]]\nbefore_export = 3\ndo = "restore"\nexport = 1\n'
    instance = a_cloud(grown + restored).instance("orders-prod")
    seen = []
    for _ in range(3):
        instance.export()
        seen.append(instance.topology)
    assert seen[0] == seen[2] != seen[1]


FLEET = "[fleets.shop]\ncount = 300\ndata_nodes = 3\ndatabases = 2\nshards = 6\nvolatile = false\n"


def test_a_fleet_is_many_instances() -> None:
    """A short entry makes as many instances as it says, each with ids and addresses that no other has."""
    cloud = parse(FLEET, Path("scenario.toml"))
    topologies = [instance.topology for instance in cloud.instances.values()]
    nodes = [node for each in topologies for node in each.nodes]
    assert (len(topologies), next(iter(cloud.instances)), list(cloud.instances)[-1]) == (300, "shop-001", "shop-300")
    assert len({node.id for node in nodes}) == len({node.host for node in nodes}) == len({n.name for n in nodes}) == 900
    assert {tuple((d.name, len(d.shards)) for d in each.databases) for each in topologies} == {
        (("db_001", 6), ("db_002", 6))
    }


def test_an_instance_is_furnished_once() -> None:
    """However many ask for a new instance at once, all see the whole of it."""
    instance = parse(FLEET, Path("scenario.toml")).instance("shop-001")
    with ThreadPoolExecutor(8) as pool:
        seen = set(pool.map(lambda _: instance.export(), range(16)))
    assert len(seen) == 1
    assert len(instance.topology.databases) == 2


def test_a_steady_instance_exports_the_same_bytes_until_something_changes() -> None:
    """Without volatile members, equal topologies are equal bytes; a change shows at once."""
    instance = parse(FLEET, Path("scenario.toml")).instance("shop-007")
    first = instance.export()
    assert instance.export() is first
    instance.move_shard("db_001_0000", "shop-007-rds-2")
    assert instance.export() != first
    assert instance.export("flat") != instance.export("nested")


def test_what_is_for_people_is_left_to_them() -> None:
    """A title and expectations are part of a scenario, and no business of the simulator's."""
    words = 'title = "A look"\n[[expect]]\nbefore = 1\nafter = 2\nrules = {shard-moved = 1}\n'
    cloud = parse(words + SMALL, Path("scenario.toml"))
    assert list(cloud.instances) == ["orders-prod"]


def test_a_scenario_can_set_the_pace_and_the_sign_in() -> None:
    """Latency, the life of tokens and the identity provider are the scenario's to say."""
    text = 'latency = 0.05\ntoken_life = 60\n[identity_provider]\nid = "pipeline"\nid_token = "eyJ"\n'
    cloud = parse(text + SMALL, Path("scenario.toml"))
    assert (cloud.latency, cloud.token_life, cloud.identity_provider, cloud.id_token) == (0.05, 60.0, "pipeline", "eyJ")
