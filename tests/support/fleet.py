"""Some instances of a simulated cloud, and a drift.toml that knows them: what the tests of fleets share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from drift.simulator.scenario import parse

if TYPE_CHECKING:
    from drift.simulator import Cloud, Server

COUNT = 8
NAMES = [f"shop-{number:03}" for number in range(1, COUNT + 1)]
SCENARIO = f"""
[fleets.shop]
count = {COUNT}
shards = 4
volatile = false
"""


def a_cloud(more: str = "") -> Cloud:
    """A cloud with the fleet, and what else is in its scenario."""
    return parse(SCENARIO + more, Path("fleet.toml"))


def configure(folder: Path, cloud: Cloud, server: Server, *more: str) -> None:
    """Write a drift.toml with all instances and a file with a token; `more` is added to the file."""
    tables = [f'[instances.{name}]\ninstance_id = "{cloud.instance(name).id}"\n' for name in NAMES]
    defaults = f'[defaults]\nendpoint = "{server.url}"\nproject_id = "{cloud.project_id}"\ntoken_file = "token"\n'
    (folder / "drift.toml").write_text("".join(["rate = 1000\n", defaults, *tables, *more]))
    (folder / "token").write_text(cloud.issue_token())


def statuses(out: str) -> dict[str, str]:
    """The status of each instance in a table."""
    lines = [line for line in out.splitlines() if line.startswith("shop-")]
    return {line.split("  ")[0].strip(): line[len(line.split("  ")[0]) :].strip().split("  ")[0] for line in lines}
