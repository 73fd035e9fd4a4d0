"""How much work the commands are: it grows with a topology, whatever that has many of."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from support.builders import node_id
from support.shell import drift
from support.steps import steps

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

COMMANDS = {
    **{name: ("diff", "before.json", "after.json", "--format", name) for name in ("text", "markdown", "json", "html")},
    **{name: ("gate", "before.json", "after.json", "--format", name) for name in ("junit", "sarif", "github")},
    "plan": ("plan", "from-diff", "before.json", "after.json"),
    "check": ("check", "after.json"),
}
"""What is run on two exports."""


def export(databases: Mapping[str, Mapping[str, str]], nodes: int) -> dict[str, Any]:
    """An export of databases by name, with the data node of each shard by its name."""
    records = [
        {"name": name, "shards": [{"name": shard, "data_node_id": node_id(node)} for shard, node in shards.items()]}
        for name, shards in databases.items()
    ]
    listed = [{"instance_id": node_id(f"rds-{number}"), "instance_name": f"rds-{number}"} for number in range(nodes)]
    return {"compressed_databases_info": {"databases": records}, "data_nodes": listed}


def databases(count: int, name: str = "app", *, moved: int = 0) -> dict[str, dict[str, str]]:
    """Databases of two shards each on three data nodes."""
    return {
        f"{name}{number}": {f"{name}{number}_{at:04}": f"rds-{(number + at + moved) % 3}" for at in range(2)}
        for number in range(count)
    }


def spread(count: int, *, moved: int = 0) -> dict[str, dict[str, str]]:
    """One database with a shard for each data node."""
    return {"orders": {f"orders_{at:04}": f"rds-{(7 * at + moved) % count}" for at in range(count)}}


PAIRS: dict[str, Callable[[int], tuple[dict[str, Any], dict[str, Any]]]] = {
    "databases that moved": lambda n: (export(databases(n), 3), export(databases(n, moved=1), 3)),
    "databases that are called otherwise": lambda n: (export(databases(n), 3), export(databases(n, "new"), 3)),
    "data nodes whose shards moved": lambda n: (export(spread(n), n), export(spread(n, moved=1), n)),
    "more data nodes": lambda n: (export(spread(n), n), export(spread(n), 2 * n)),
}
"""Two exports that grow with a number."""


@pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS.keys())
def test_the_work_grows_as_the_topology_does(
    tmp_path: Path, pair: Callable[[int], tuple[dict[str, Any], dict[str, Any]]]
) -> None:
    """Three times as many databases or data nodes are about three times the work of each command, and not nine."""

    def work(count: int) -> dict[str, int]:
        for name, document in zip(("before", "after"), pair(count), strict=True):
            (tmp_path / f"{name}.json").write_text(json.dumps(document))
        return {name: steps(lambda: drift(tmp_path, *command)) for name, command in COMMANDS.items()}  # noqa: B023

    work(3)  # loads what is loaded once
    few, many = work(30), work(90)
    assert {name: many[name] / few[name] for name in COMMANDS if many[name] > 3.6 * few[name]} == {}
