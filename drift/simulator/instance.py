"""A simulated DDM instance: its operations and its export. Opens nothing; safe in any thread."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import asdict, replace

from drift.simulator import jobs, payload, topology
from drift.simulator.audited_call import AuditedCall
from drift.simulator.jobs import Extent, Job
from drift.simulator.topology import Node, Topology, identifier

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from drift.simulator.identity import Identity
    from drift.simulator.jobs import Status


_CALLS: Final[dict[Status, str]] = {"Switching": "manualSwitchRoute", "Completed": "cleanMigrateLogicDB"}


class Instance:
    """A DDM instance and its operations. An operation raises ValueError where DDM would refuse it.

    The export of a volatile instance has new times at each call; other instances export the same bytes while nothing
    changes.
    """

    def __init__(
        self,
        name: str,
        cloud: Identity,
        *,
        before_export: Callable[[Instance], object],
        instance_id: str | None = None,
        layout: str = "nested",
        is_volatile: bool = True,
    ) -> None:
        self.name = name
        self.id = instance_id or identifier("in09", cloud.project_name, name)
        self.layout = layout
        self.created = cloud.tick()
        self.exports = 0
        self.jobs: list[Job] = []
        self.audited: list[AuditedCall] = []
        self.is_volatile = is_volatile
        self._own_status = "RUNNING"
        self._cloud = cloud
        self._before_export = before_export
        self._topology = Topology(())
        self._furnish: Callable[[Instance], None] | None = None
        self._last_export: tuple[Topology, str, bytes] | None = None
        self._migrations: dict[str, Callable[[Topology], Topology]] = {}
        self._exported: list[Topology] = []

    @property
    def status(self) -> str:
        """The status in lists and details: that of the migration while one runs, else its own."""
        return "MIGRATE_DATABASE" if any(job.is_migrating for job in self.jobs) else self._own_status

    @property
    def topology(self) -> Topology:
        """The current topology."""
        with self._cloud.lock:
            if self._furnish is not None:
                furnish, self._furnish = self._furnish, None
                furnish(self)
            return self._topology

    @topology.setter
    def topology(self, now: Topology) -> None:
        self._topology = now

    def furnish_later(self, furnish: Callable[[Instance], None]) -> None:
        """Make data nodes and databases on first use."""
        self._furnish = furnish

    def add_node(self, name: str, **properties: Any) -> None:  # noqa: ANN401 - the fields of Node
        """Associate an empty data node with the instance."""
        with self._cloud.lock:
            self.topology = topology.add_nodes(self.topology, self._nodes([name], **properties))

    def create_database(self, name: str, shards: int) -> None:
        """Make a database of that many shards, evenly over all data nodes; 0 makes an unsharded one."""
        with self._cloud.lock:
            now = self._cloud.tick()
            self.topology = topology.create_database(self.topology, name, shards, now)
            self._audit("createLogicDB", name)

    def drop_database(self, name: str) -> None:
        """Delete a database with all its shards."""
        with self._cloud.lock:
            self._refuse_while_open(name)
            self.topology = topology.drop_database(self.topology, name)
            self._audit("deleteLogicDB", name)

    def scale_out(
        self, *nodes: str, databases: Iterable[str] | None = None, until: Status = "Completed"
    ) -> tuple[str, ...]:
        """Scale out by method 1: more data nodes, the same shards. Without `databases`, for every sharded one.

        Return the id of each database's job, which advances `until` it has that status.
        """
        with self._cloud.lock:
            chosen = _sharded(self.topology) if databases is None else list(databases)
            shards = [len(self.topology.database(name).shards) for name in chosen]
            return self._migrate(list(zip(chosen, shards, strict=True)), nodes, until)

    def reshard(self, database: str, shards: int, *nodes: str, until: Status = "Completed") -> str:
        """Add shards by method 2, on the same data nodes, or by method 3, with additional `nodes`. Return the job's id.

        Existing shards keep their names.
        """
        with self._cloud.lock:
            return self._migrate([(database, shards)], nodes, until)[0]

    def advance(self, database: str, status: Status) -> None:
        """Advance the open job of a database, state by state, until it has that status."""
        with self._cloud.lock:
            job = self._open_job(database)
            for following in jobs.shortest_path(job.status, status):
                self._enter(job.id, following)

    def retry(self, database: str, until: Status = "Completed") -> str:
        """Retry a failed migration as another job, and return that job's id."""
        with self._cloud.lock:
            failed = self._open_job(database)
            if failed.status != "Failed":
                raise ValueError(
                    f"database {database!r}: only a failed job can be retried, this one is {failed.status}"
                )
            self._put(replace(failed, is_retried=True))
            return self._start("retryMigrateLogicDb", failed.database, self._migrations[failed.id], until)

    def move_shard(self, shard: str, node: str) -> None:
        """Move one shard to another data node, as a mistake or a repair does."""
        with self._cloud.lock:
            self.topology = topology.move_shard(self.topology, shard, node)

    def rebalance(self, database: str) -> None:
        """Spread the shards of a database evenly over all data nodes by hand, without a job."""
        with self._cloud.lock:
            current = self.topology.database(database).shards
            shards = topology.spread(current, self.topology.node_ids)
            self.topology = topology.change_database(self.topology, database, shards=shards)

    def replace_node(self, name: str, new: str) -> None:
        """Replace a data node by another one with the same shards, as after a restore to a new data node."""
        with self._cloud.lock:
            old = self.topology.node(name)
            (fresh,) = self._nodes([new], engine=old.engine, engine_version=old.engine_version)
            self.topology = topology.change_node(self.topology, name, **asdict(fresh))

    def remove_node(self, name: str) -> None:
        """Remove a data node; its shards go evenly to the others. DDM has no such operation."""
        with self._cloud.lock:
            self.topology = topology.remove_node(self.topology, name)

    def change_node(self, name: str, /, **changed: Any) -> None:  # noqa: ANN401 - the fields of Node
        """Change a data node's name, address or engine: a rename, a failover, an upgrade."""
        with self._cloud.lock:
            self.topology = topology.change_node(self.topology, name, **changed)
            node = self.topology.node(str(changed.get("name", name)))
            call = "updateInstanceName" if "name" in changed else "instanceFailover"
            self.audited.append(AuditedCall(self._cloud.tick(), call, node.id, node.name, "RDS"))

    def forget_node(self, name: str) -> None:
        """Hide a data node, although shards are still on it."""
        with self._cloud.lock:
            self.topology = topology.forget_node(self.topology, name)

    def drop_shard(self, shard: str) -> None:
        """Lose a shard, which its database still counts."""
        with self._cloud.lock:
            self.topology = topology.drop_shard(self.topology, shard)

    def drop_everything(self) -> None:
        """Hide all databases, as after a loss of the metadata."""
        with self._cloud.lock:
            self.topology = replace(self.topology, databases=())

    def set_status(self, status: str, *, database: str | None = None, shard: str | None = None) -> None:
        """Set the status of a shard, of a database or else of the instance itself."""
        with self._cloud.lock:
            if shard is not None:
                self.topology = topology.change_shard(self.topology, shard, status=status)
            elif database is not None:
                self.topology = topology.change_database(self.topology, database, status=status)
            else:
                self._own_status = status

    def restore(self, export: int) -> None:
        """Restore the metadata to the topology in the export of that number, counted from 1."""
        with self._cloud.lock:
            if not 1 <= export <= len(self._exported):
                raise ValueError(f"there is no export {export} yet to restore the topology from")
            self.topology = self._exported[export - 1]
            self.audited.append(AuditedCall(self._cloud.tick(), "restoreInstance", self.id, self.name))

    def use_layout(self, layout: str) -> None:
        """Switch the export to another layout, as after an update of the service."""
        if layout not in payload.LAYOUTS:
            raise ValueError(f"unknown layout {layout!r}: expected {', '.join(payload.LAYOUTS)}")
        with self._cloud.lock:
            self.layout = layout

    def read(self) -> None:
        """Run the steps that are due before the next export, and remember its topology."""
        with self._cloud.lock:
            self.exports += 1
            self._before_export(self)
            self._exported.append(self.topology)

    def export(self, layout: str | None = None) -> bytes:
        """Return the export's body, after the steps that are due."""
        with self._cloud.lock:
            self.read()
            wanted = layout or self.layout
            if self.is_volatile:
                return payload.export(self.topology, wanted, self._cloud.tick())
            return self._steady_export(wanted)

    def _steady_export(self, layout: str) -> bytes:
        if self._last_export is None or self._last_export[0] is not self.topology or self._last_export[1] != layout:
            self._last_export = (self.topology, layout, payload.export(self.topology, layout, self.created))
        return self._last_export[2]

    def _migrate(self, wanted: Sequence[tuple[str, int]], nodes: Sequence[str], until: Status) -> tuple[str, ...]:
        """Start a job for each database and its wanted number of shards. Either all jobs start, or none does."""
        rehearsal = self.topology
        for name, shards in wanted:
            self._refuse_while_open(name)
            rehearsal = self._growth(name, shards, nodes)(rehearsal)
        return tuple(
            self._start("migrateLogicDb", name, self._growth(name, shards, nodes), until) for name, shards in wanted
        )

    def _growth(self, database: str, shards: int, nodes: Sequence[str]) -> Callable[[Topology], Topology]:
        added = self._nodes(nodes)
        return lambda before: topology.configure_shards(topology.add_nodes(before, added), database, shards)

    def _start(self, name: str, database: str, grow: Callable[[Topology], Topology], until: Status) -> str:
        started = self._cloud.tick()
        job = Job(
            id=topology.dashed(self.id, database, str(started)),
            name=name,
            status="Running",
            started=started,
            database=self.topology.database(database).name,
            before=_extent(self.topology, database),
            after=_extent(grow(self.topology), database),
        )
        self.jobs.insert(0, job)
        self._audit(name.replace("LogicDb", "LogicDB"), job.database)
        self._migrations[job.id] = grow
        self._enter(job.id, "Running")
        self.advance(database, until)
        return job.id

    def _enter(self, job_id: str, status: Status) -> None:
        """Set the status of a job, with its consequences. The topology changes when the route has been switched."""
        job = replace(next(job for job in self.jobs if job.id == job_id), status=status)
        if status in _CALLS:
            self._audit(_CALLS[status], job.database)
        if status == "ToBeCleaned":
            self.topology = self._migrations[job_id](self.topology)
        if status == "Failed":
            job = replace(job, fail_reason="Data migration error.")
        if not job.is_open or status == "Failed":
            job = replace(job, ended=self._cloud.tick())
        self._put(job)
        new = jobs.database_status(status)
        self.topology = topology.change_database(self.topology, job.database, status=new)

    def _audit(self, call: str, database: str) -> None:
        self.audited.append(AuditedCall(self._cloud.tick(), call, self.id, database))

    def _put(self, job: Job) -> None:
        self.jobs = [job if each.id == job.id else each for each in self.jobs]

    def _open_job(self, database: str) -> Job:
        name = self.topology.database(database).name
        for job in self.jobs:
            if job.database == name and job.is_open:
                return job
        raise ValueError(f"database {database!r} has no open job")

    def _refuse_while_open(self, database: str) -> None:
        if any(job.database == database.lower() and job.is_open for job in self.jobs):
            raise ValueError(f"database {database!r} has a job that isn't finished or cleaned up")

    def _nodes(self, names: Sequence[str], **properties: Any) -> list[Node]:  # noqa: ANN401 - the fields of Node
        """Build data nodes with ids made from these names, at unused addresses."""
        used = {node.host for node in self.topology.nodes}
        hosts = (host for host in map(_host, count(len(self.topology.nodes))) if host not in used)
        nodes = (Node(id=identifier("in01", self.id, name), name=name, host=next(hosts)) for name in names)
        return [replace(node, **properties) for node in nodes]


def _host(place: int) -> str:
    return f"192.168.{place // 200}.{place % 200 + 11}"


def _extent(grown: Topology, database: str) -> Extent:
    shards = grown.database(database).shards
    used = {shard.node_id for shard in shards}
    return Extent(len(shards), tuple((node.id, node.name) for node in grown.nodes if node.id in used))


def _sharded(grown: Topology) -> list[str]:
    return [database.name for database in grown.databases if database.mode == "cluster"]
