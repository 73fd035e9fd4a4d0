"""A DDM cloud small enough to read: its state in memory, and its HTTP interface on loopback. Imports `core` alone.

cloud = default_cloud()
with serve(cloud) as server:
    print(cloud.connection(server.url))
    cloud.instance("orders-prod").scale_out("rds-orders-3")
"""

from __future__ import annotations

from drift.simulator.fault import Fault
from drift.simulator.instance import Instance
from drift.simulator.local_servers import LocalServer, serving
from drift.simulator.scenario import default_cloud, example_scenario, load_scenario
from drift.simulator.server import Server, serve
from drift.simulator.state import Cloud

__all__ = [
    "Cloud",
    "Fault",
    "Instance",
    "LocalServer",
    "Server",
    "default_cloud",
    "example_scenario",
    "load_scenario",
    "serve",
    "serving",
]
