"""The state of a simulated cloud, in memory. Opens nothing; every method may be called from any thread."""

from __future__ import annotations

import secrets
import string
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

import msgspec

from drift.simulator import payload, topology
from drift.simulator.topology import Node, Topology, identifier

if TYPE_CHECKING:
    from drift.simulator.faults import Fault

_KEY_LETTERS: Final = string.ascii_uppercase + string.digits


class Job(msgspec.Struct, frozen=True):
    """A finished operation, as DDM's job list shows it. Times are in milliseconds since the epoch."""

    id: str
    name: str
    database: str
    started: int
    ended: int


class Step(msgspec.Struct, frozen=True):
    """An operation that is carried out right before an instance's Nth export."""

    instance: str
    before_export: int
    operation: Callable[[Instance], None]


class Instance:
    """A DDM instance: what users can do to it. An operation raises ValueError where DDM would refuse it."""

    def __init__(self, name: str, cloud: Cloud, *, instance_id: str | None = None, layout: str = "nested") -> None:
        self.name = name
        self.id = instance_id or identifier("in09", cloud.project_name, name)
        self.layout = layout
        self.created = cloud.tick()
        self.exports = 0
        self.jobs: list[Job] = []
        self.topology: Topology = Topology(())
        self._cloud = cloud

    def add_node(self, name: str, **properties: Any) -> None:  # noqa: ANN401 - the fields of Node
        """Associate a data node with the instance; nothing lives on it yet."""
        with self._cloud.lock:
            self.topology = topology.add_nodes(self.topology, [self._node(name, len(self.topology.nodes), properties)])

    def create_database(self, name: str, shards: int) -> None:
        """Make a database of that many shards, evenly over all data nodes; 0 makes an unsharded one."""
        with self._cloud.lock:
            now = self._cloud.tick()
            self.topology = topology.create_database(self.topology, name, shards, now)

    def drop_database(self, name: str) -> None:
        """Delete a database with all its shards."""
        with self._cloud.lock:
            self.topology = topology.drop_database(self.topology, name)

    def scale_out(self, *nodes: str, databases: Iterable[str] | None = None) -> None:
        """Method 1: more data nodes, the same shards. Without `databases`, for every sharded one."""
        with self._cloud.lock:
            grown = self._with_nodes(nodes)
            chosen = _sharded(grown) if databases is None else list(databases)
            for name in chosen:
                grown = topology.configure_shards(grown, name, len(grown.database(name).shards))
            self._migrated(grown, chosen)

    def reshard(self, database: str, shards: int, *nodes: str) -> None:
        """Method 2: more shards on the same data nodes; with `nodes`, which are added, method 3."""
        with self._cloud.lock:
            grown = self._with_nodes(nodes)
            self._migrated(topology.configure_shards(grown, database, shards), [database])

    def move_shard(self, shard: str, node: str) -> None:
        """Put one shard on another data node, which nothing but a mistake or a repair does."""
        with self._cloud.lock:
            self.topology = topology.move_shard(self.topology, shard, node)

    def use_layout(self, layout: str) -> None:
        """Export in another layout from now on, as after an update of the service."""
        if layout not in payload.LAYOUTS:
            raise ValueError(f"there is no layout {layout!r}: expected {', '.join(payload.LAYOUTS)}")
        with self._cloud.lock:
            self.layout = layout

    def export(self, layout: str | None = None) -> dict[str, Any]:
        """The export's body now. The steps that are due are carried out first; volatile members change every time."""
        with self._cloud.lock:
            self.exports += 1
            self._cloud.carry_out(self)
            return payload.export(self.topology, layout or self.layout, self._cloud.tick())

    def _migrated(self, grown: Topology, databases: Iterable[str]) -> None:
        self.topology = grown
        for name in databases:
            started = self._cloud.tick()
            job_id = identifier("", self.id, name, str(started))
            dashed = "-".join((job_id[:8], job_id[8:12], job_id[12:16], job_id[16:20], job_id[20:]))
            self.jobs.insert(0, Job(dashed, "migrateLogicDb", name, started, self._cloud.tick()))

    def _with_nodes(self, names: Sequence[str]) -> Topology:
        place = len(self.topology.nodes)
        return topology.add_nodes(
            self.topology, [self._node(name, place + more, {}) for more, name in enumerate(names)]
        )

    def _node(self, name: str, place: int, properties: dict[str, Any]) -> Node:
        """A data node that is the same whenever the instance has one of that name, except for what is given."""
        node = Node(id=identifier("in01", self.id, name), name=name, host=f"192.168.0.{place + 11}")
        return msgspec.structs.replace(node, **properties)


class Cloud:
    """A region with one project, its users and its DDM instances. `clock` gives seconds since the epoch.

    Passwords that are not given, tokens and keys are made anew for every cloud.
    """

    def __init__(
        self,
        *,
        region: str,
        project_name: str,
        domain_name: str,
        users: dict[str, str | None],
        clock: Callable[[], float],
    ) -> None:
        self.region = region
        self.project_name = project_name
        self.project_id = identifier("", "project", project_name)
        self.domain_name = domain_name
        self.passwords = {name: password or secrets.token_urlsafe(18) for name, password in users.items()}
        self.access_key = "".join(secrets.choice(_KEY_LETTERS) for _ in range(20))
        self.secret_key = "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(40))
        self.tokens: set[str] = set()
        self.instances: dict[str, Instance] = {}
        self.faults: list[Fault] = []
        self.steps: list[Step] = []
        self.lock = threading.RLock()
        self._clock = clock
        self._last_tick = 0

    def __repr__(self) -> str:
        return f"<Cloud {self.region}: {', '.join(self.instances)}>"

    def tick(self) -> int:
        """Now, in milliseconds since the epoch; always later than the time before."""
        with self.lock:
            self._last_tick = max(int(self._clock() * 1000), self._last_tick + 1)
            return self._last_tick

    def add_instance(self, name: str, *, instance_id: str | None = None, layout: str = "nested") -> Instance:
        """A new, empty instance."""
        with self.lock:
            self.instances[name] = Instance(name, self, instance_id=instance_id, layout=layout)
            return self.instances[name]

    def instance(self, name: str) -> Instance:
        """The instance of that name. KeyError where there is none."""
        return self.instances[name]

    def fail(self, *faults: Fault) -> None:
        """Queue faults: each spoils one answer, in this order, among those to the paths that it is for."""
        with self.lock:
            self.faults.extend(faults)

    def issue_token(self) -> str:
        """A new token, which is valid until `expire_tokens`."""
        token = f"MII{secrets.token_urlsafe(96)}"
        with self.lock:
            self.tokens.add(token)
        return token

    def expire_tokens(self) -> None:
        """Make every token invalid that was issued so far."""
        with self.lock:
            self.tokens.clear()

    def carry_out(self, instance: Instance) -> None:
        """The steps that are due before the export that the instance is about to make."""
        for step in self.steps:
            if step.instance == instance.name and step.before_export == instance.exports:
                step.operation(instance)

    def connection(self, url: str) -> dict[str, Any]:
        """All that a program needs to use this cloud, as `drift simulate --json` prints it. Holds secrets."""
        user_name, password = next(iter(self.passwords.items()))
        return {
            "url": url,
            "project_id": self.project_id,
            "region": self.region,
            "instances": [{"name": each.name, "instance_id": each.id} for each in self.instances.values()],
            "user_name": user_name,
            "password": password,
            "domain_name": self.domain_name,
            "access_key": self.access_key,
            "secret_key": self.secret_key,
        }


def _sharded(topology: Topology) -> list[str]:
    return [database.name for database in topology.databases if database.mode == "cluster"]
