from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from drift.simulator.jobs import STATUSES, database_status, shortest_path
from support.simulated import ORDERS, captured, document, get, lately

if TYPE_CHECKING:
    from drift.simulator import Cloud


def jobs(cloud: Cloud, **query: str) -> Any:  # noqa: ANN401 - any JSON value
    return document(get(cloud, "/v3/{pid}/jobs", **lately(cloud), **query))


def test_a_migration_leaves_a_job_per_database(cloud: Cloud) -> None:
    """Every database that an operation configured has its job in the list, the newest first."""
    cloud.instance(ORDERS).scale_out("rds-orders-3")
    cloud.instance(ORDERS).reshard("users", 16, "rds-orders-4")
    jobs = document(get(cloud, "/v3/{pid}/jobs", **lately(cloud), limit="2"))
    assert jobs["total"] == 3
    assert [(job["name"], job["database_name"]) for job in jobs["jobs"]] == [("migrateLogicDb", "users")] * 2


def test_a_migration_passes_through_the_documented_states(cloud: Cloud) -> None:
    """Job, database and instance tell at each state what the documents say; the map changes with the route switch."""
    instance = cloud.instance(ORDERS)
    before = [shard.node_id for shard in instance.topology.database("users").shards]
    instance.scale_out("rds-orders-3", databases=["users"], until="Running")
    seen = []
    for status in ("Running", *shortest_path("Running", "Completed")):
        instance.advance("users", status)
        job = jobs(cloud)["jobs"][0]
        detail = document(get(cloud, "/v3/{pid}/instances/{iid}/databases/users"))
        whole = document(get(cloud, "/v1/{pid}/instances/{iid}"))
        moved = [shard.node_id for shard in instance.topology.database("users").shards] != before
        seen.append((job["status"], detail["status"], whole["status"], moved))
    assert seen == [
        ("Running", "EXPANDING", "MIGRATE_DATABASE", False),
        ("Expanding", "EXPANDING", "MIGRATE_DATABASE", False),
        ("ToBeSwitched", "EXPANDING", "MIGRATE_DATABASE", False),
        ("Switching", "EXPANDING", "MIGRATE_DATABASE", False),
        ("ToBeCleaned", "RUNNING", "RUNNING", True),
        ("Completed", "RUNNING", "RUNNING", True),
    ]


@pytest.mark.parametrize(
    ("states", "database"),
    [
        (["Failed"], "EXPANDING FAILED"),
        (["Failed", "Rollbacking"], "ROLLING BACK"),
        (["Failed", "RollbackSuccess"], "RUNNING"),
        (["ToBeSwitched", "CancelSuccess"], "RUNNING"),
        (["Running", "Canceling"], "EXPANDING"),
    ],
)
def test_a_migration_that_does_not_arrive_leaves_the_map(states: list[Any], database: str, cloud: Cloud) -> None:
    """Whatever becomes of it before the route switch, no shard and no data node has changed."""
    before = captured(cloud)
    first, *more = states
    cloud.instance(ORDERS).reshard("orders", 32, "rds-orders-3", until=first)
    for status in more:
        cloud.instance(ORDERS).advance("orders", status)
    after = captured(cloud)
    assert jobs(cloud)["jobs"][0]["status"] == states[-1]
    assert [each.status for each in after.databases if each.name == "orders"] == [database]
    assert after.data_nodes == before.data_nodes
    assert [each.shards for each in after.databases] == [each.shards for each in before.databases]


def test_a_failed_migration_can_be_retried(cloud: Cloud) -> None:
    """The retry is a job of its own, which does what the first one was to do; the first one stays failed."""
    cloud.instance(ORDERS).reshard("users", 16, until="Failed")
    cloud.instance(ORDERS).retry("users")
    assert [(job["name"], job["status"], job["operations"]) for job in jobs(cloud)["jobs"]] == [
        ("retryMigrateLogicDb", "Completed", []),
        ("migrateLogicDb", "Failed", []),
    ]
    assert len(cloud.instance(ORDERS).topology.database("users").shards) == 16


def test_a_database_has_one_migration_at_a_time(cloud: Cloud) -> None:
    """While source data waits to be cleaned up, nothing else can be done to the database."""
    instance = cloud.instance(ORDERS)
    instance.reshard("users", 16, until="ToBeCleaned")
    for refused in (lambda: instance.reshard("users", 24), lambda: instance.drop_database("users")):
        with pytest.raises(ValueError, match="isn't finished or cleaned up"):
            refused()
    instance.advance("users", "Completed")
    instance.reshard("users", 24)


def test_a_job_goes_no_other_way(cloud: Cloud) -> None:
    """What DDM doesn't offer for a job in some state is refused in words."""
    cloud.instance(ORDERS).reshard("users", 16, until="ToBeCleaned")
    with pytest.raises(ValueError, match="a job that is ToBeCleaned is never CancelSuccess"):
        cloud.instance(ORDERS).advance("users", "CancelSuccess")
    with pytest.raises(ValueError, match="database 'orders' has no open job"):
        cloud.instance(ORDERS).advance("orders", "Completed")


@pytest.mark.parametrize("status", STATUSES)
def test_every_state_is_reached_from_the_first(status: Any) -> None:  # noqa: ANN401 - one of the states
    """No state of the documents is out of reach, and each leaves the database in a documented one."""
    assert (
        shortest_path("Running", status) == ()
        if status == "Running"
        else shortest_path("Running", status)[-1] == status
    )
    assert database_status(status) in {"RUNNING", "EXPANDING", "EXPANDING FAILED", "ROLLING BACK"}


def test_jobs_are_paged_and_filtered_by_time(cloud: Cloud) -> None:
    """Offset and limit count jobs, newest first; the span of time is about when a job began."""
    instance = cloud.instance(ORDERS)
    instance.reshard("users", 16)
    between = cloud.tick()
    instance.reshard("orders", 32)
    pages = [jobs(cloud, offset=str(offset), limit="1") for offset in range(3)]
    assert [[job["database_name"] for job in page["jobs"]] for page in pages] == [["orders"], ["users"], []]
    assert [(page["offset"], page["limit"], page["total"]) for page in pages] == [(0, 1, 2), (1, 1, 2), (2, 1, 2)]
    later = get(cloud, "/v3/{pid}/jobs", start_time=str(between), end_time=f"{cloud.tick()}.0")
    assert [job["database_name"] for job in document(later)["jobs"]] == ["orders"]


@pytest.mark.parametrize(("start", "end"), [(0, 0), (-31 * 24 * 3_600_000, 1), (5, 4)])
def test_a_span_of_time_that_can_be_none_is_refused(start: int, end: int, cloud: Cloud) -> None:
    """A list of jobs goes back thirty days at most, and forward in time."""
    now = 0 if start == end else cloud.tick()
    response = get(cloud, "/v3/{pid}/jobs", start_time=str(now + start), end_time=str(now + end))
    assert (response.status, document(response)["error_code"]) == (400, "DBS.300377")


def test_a_job_and_its_migration_are_told(cloud: Cloud) -> None:
    """The call about one job knows three states; that about the migration, how many shards and which data nodes."""
    instance = cloud.instance(ORDERS)
    job_id = instance.reshard("users", 16, "rds-orders-3", until="ToBeSwitched")
    job = document(get(cloud, f"/v3/{{pid}}/jobs/{job_id}"))["job"]
    result = document(get(cloud, f"/v3/{{pid}}/instances/{{iid}}/databases/users/migration/jobs/{job_id}"))
    assert (job["status"], job["process"], job["instance"]) == ("Running", "90%", {"id": instance.id, "name": ORDERS})
    assert (result["original_shard_num"], result["after_shard_num"]) == (8, 16)
    assert [node["dn_instance_name"] for node in result["after_dn_info_list"]] == [
        "rds-orders-1",
        "rds-orders-2",
        "rds-orders-3",
    ]
    for path in ("/v3/{pid}/jobs/x", f"/v3/{{pid}}/instances/{{iid}}/databases/orders/migration/jobs/{job_id}"):
        assert document(get(cloud, path))["error_code"] == "DBS.300400"
