"""The cloud's state as DDM's documented calls show it. Pure. Names and types follow the documents.

The documents disagree with themselves: ports and sizes of an instance are strings, times are milliseconds in v1 and
text in v3, and a shard's `idName` repeats its name.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from drift.simulator.topology import identifier

if TYPE_CHECKING:
    from drift.simulator.instance import Instance
    from drift.simulator.jobs import Extent, Job
    from drift.simulator.topology import Database, Node, Topology


def instance_summary(instance: Instance, project_id: str) -> dict[str, Any]:
    """Show an instance as "Querying DDM Instances" lists it (v1 and v3)."""
    return {
        "id": instance.id,
        "status": instance.status,
        "name": instance.name,
        "created": moment(instance.created),
        "updated": moment(instance.created),
        "available_zone": "az1",
        "vpc_id": "cfaa4024-0603-4aba-81d4-2203b4ad26fb",
        "subnet_id": "48f270ef-af70-4ad9-bb1c-c28dd5b37f93",
        "security_group_id": "bc28ef93-0083-4652-bce6-381e14284db6",
        "node_count": 1,
        "access_ip": "192.168.0.160",
        "access_port": "5066",
        "core_count": "2",
        "ram_capacity": "8",
        "node_status": "RUNNING",
        "project_id": project_id,
        "engine_version": "3.0.8",
        "enable_ssl": False,
        "flavor_ref": "ddm.c6.large.2",
    }


def instance_detail(instance: Instance, project_id: str) -> dict[str, Any]:
    """Show an instance as "Querying Details of a DDM Instance" does (v1)."""
    node = {
        "status": "RUNNING",
        "port": "5066",
        "ip": "192.168.0.160",
        "group_id": identifier("gr09", instance.id, "group"),
        "node_id": identifier("no09", instance.id, "node"),
    }
    return {"nodes": [node], **instance_summary(instance, project_id), "admin_user_name": "root"}


def instance_detail_v3(instance: Instance, project_id: str) -> dict[str, Any]:
    """Show an instance as ShowDdmDetail does (v3), by the model of the SDK: no example is published."""
    shown = {
        "id": instance.id,
        "name": instance.name,
        "alias": instance.name,
        "project_id": project_id,
        "cluster_mode": "Cluster",
        "status": instance.status,
        "datastore_version": "3.0.8",
        "datastore_type": "ddm",
        "create_at": moment(instance.created),
        "update_at": moment(instance.created),
        "port": "5066",
        "time_zone": "UTC+00:00",
        "is_frozen": False,
        "actions": [],
        "only_default_group": True,
        "groups": [],
        "admin_user_name": "root",
        "enable_ssl": 0,
    }
    return {"instances": [shown]}


def database_summary(topology: Topology, database: Database) -> dict[str, Any]:
    """Show a database as "Querying Schemas" lists it (v1)."""
    nodes = _used(topology, database)
    return {
        "status": database.status,
        "created": database.created,
        "name": database.name,
        "shard_mode": database.mode,
        "shard_number": database.shard_count,
        "shard_unit": database.shard_count // max(1, len(nodes)),
        "used_rds": [{"id": node.id, "status": "normal", "name": node.name} for node in nodes],
    }


def database_detail_v1(topology: Topology, database: Database) -> dict[str, Any]:
    """Show a database as "Querying Details of a Schema" does (v1)."""
    shards = [
        {
            "id": shard.node_id,
            "name": shard.name,
            "idName": shard.name,
            "dbslot": shard.index,
            "status": shard.status,
            "created": database.created,
            "updated": database.created,
        }
        for shard in database.shards
    ]
    summary = database_summary(topology, database)
    return {
        "database": {
            **summary,
            "updated": database.created,
            "databases": shards,
            "dataVips": ["192.168.0.160:5066"],
        }
    }


def database_detail(topology: Topology, database: Database) -> dict[str, Any]:
    """Show a database as ShowInstanceDatabase does (v3)."""
    return {
        "shards": [
            {
                "data_node_id": shard.node_id,
                "physical_db_name": shard.name,
                "status": shard.status,
                "shard_index": shard.index,
            }
            for shard in database.shards
        ],
        "status": database.status,
        "created": moment(database.created),
        "updated": moment(database.created),
        "name": database.name,
        "shard_mode": database.mode,
        "shard_number": database.shard_count,
        "data_nodes": [_data_node(node) for node in _used(topology, database)],
    }


def job(instance: Instance, each: Job) -> dict[str, Any]:
    """Show a job as "Querying the Task List" does (v3). A running job ends when it began, as in the documents."""
    return {
        "id": each.id,
        "name": each.name,
        "status": each.status,
        "created_time": moment(each.started),
        "end_time": moment(each.ended or each.started),
        "process": each.progress,
        "instance_name": instance.name,
        "instance_id": instance.id,
        "operations": list(each.offered),
        "database_name": each.database,
        "fail_reason": each.fail_reason,
    }


def job_detail(instance: Instance, each: Job) -> dict[str, Any]:
    """Show a job as "Querying Details of a Task" does (v3)."""
    shown = {
        "id": each.id,
        "name": each.name,
        "status": each.outcome,
        "created_time": moment(each.started),
        "end_time": moment(each.ended or each.started),
        "process": each.progress,
        "instance": {"id": instance.id, "name": instance.name},
    }
    return {"job": shown}


def migration(instance: Instance, each: Job) -> dict[str, Any]:
    """Show a `migrateLogicDb` job as MigrateResults does (v3): counts and data nodes, but no shard's target."""
    return {
        "instance_name": instance.name,
        "original_shard_num": each.before.shards,
        "after_shard_num": each.after.shards,
        "original_dn_info_list": _dn_info(each.before),
        "after_dn_info_list": _dn_info(each.after),
        "switch_route_is_manual": True,
        "auto_switch_begin_time": "",
        "auto_switch_end_time": "",
        "node_id_for_migrate": identifier("no09", instance.id, "node"),
        "is_exclusive": False,
    }


def _dn_info(extent: Extent) -> list[dict[str, str]]:
    return [{"dn_instance_id": node_id, "dn_instance_name": name} for node_id, name in extent.nodes]


def moment(milliseconds: int) -> str:
    """Write a time as DDM does: `2025-02-10T07:18:26+0000`, the offset without a colon."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")


def fine_moment(milliseconds: int) -> str:
    """Write a time as IAM does: `2015-11-09T01:42:57.527000Z`."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _data_node(node: Node) -> dict[str, Any]:
    return {
        "id": node.id,
        "status": "normal",
        "name": node.name,
        "engine_name": node.engine,
        "engine_version": node.engine_version,
        "mem": 4,
        "cpu": 2,
    }


def _used(topology: Topology, database: Database) -> list[Node]:
    used = {shard.node_id for shard in database.shards}
    return [node for node in topology.nodes if node.id in used]
