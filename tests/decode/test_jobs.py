"""What is under way while a topology is read: told, kept, and named between two snapshots."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from drift.core.errors import PayloadError
from drift.core.model import Job, Operation, Snapshot
from drift.decode.jobs import Circumstances, between, migrations, moment, operations
from drift.decode.sources import snapshot_file
from drift.simulator import Fault
from drift.simulator.state import Step
from drift.store import Repeat, Store
from support.builders import a_database, a_shard, a_snapshot, a_time
from support.shell import Ended, drift

if TYPE_CHECKING:
    from pathlib import Path

    from drift.simulator import Cloud, Server

IN09 = "733c7e8d73a54c27b8308ec784a8be8cin09"
LISTED: dict[str, Any] = {
    "id": "92370d30-3ddc-4e05-b8ab-51662d824318",
    "name": "migrateLogicDb",
    "status": "ToBeSwitched",
    "created_time": "2025-05-20T15:05:13+0000",
    "end_time": "2025-05-20T15:05:13+0000",
    "process": "",
    "instance_name": "UTS-ddm-dtc-src",
    "instance_id": IN09,
    "operations": ["modifySwitchingStrategy", "toBeCanceled"],
    "database_name": "db_e487",
    "fail_reason": "",
}
JOB = Job(LISTED["id"], "migrateLogicDb", "db_e487", "ToBeSwitched", "2025-05-20T15:05:13Z", None)


def listed(**members: object) -> dict[str, Any]:
    return {**LISTED, **members}


_READINGS = {
    "as documented": (listed(), JOB),
    "over": (listed(status="Completed"), replace(JOB, status="Completed", ended="2025-05-20T15:05:13Z")),
    "milliseconds": (listed(created_time=1747753513000), JOB),
    "milliseconds as text": (listed(created_time="1747753513000"), JOB),
    "another zone": (listed(created_time="2025-05-20T16:05:13+0100"), JOB),
    "no time": (listed(created_time=""), replace(JOB, started=None)),
    "a time that is none": (listed(created_time="99999999999999999999"), replace(JOB, started=None)),
    "no database": (listed(database_name=""), replace(JOB, database=None)),
    "a number for an id": (listed(id=7), replace(JOB, id="7")),
    "a new status": (listed(status="Pondering"), replace(JOB, status="Pondering")),
}


@pytest.mark.parametrize(("document", "job"), _READINGS.values(), ids=_READINGS.keys())
def test_a_job_is_read_as_the_service_lists_it(document: dict[str, Any], job: Job) -> None:
    """The documented members in whatever type; one that goes on has no end, whatever the list shows as one."""
    assert migrations([document], IN09) == (job,)


def test_only_the_instances_migrations_count() -> None:
    """Jobs of other instances, and jobs that move no shards, are left out; the newest comes first."""
    others = [listed(instance_id="another"), listed(name="CreateInstance"), listed(id=2, instance_id=None), "x"]
    later = listed(id="later", name="retryMigrateLogicDb", created_time="2025-05-21T00:00:00+0000")
    assert [job.id for job in migrations([LISTED, *others, later], IN09)] == ["later", LISTED["id"]]


def test_a_job_without_an_id_is_refused() -> None:
    """A list that can't be read is not taken for one without jobs."""
    with pytest.raises(PayloadError, match="id"):
        migrations([listed(id=None)], IN09)


ORDERS = "database orders"
_MOTIONS = {
    "at rest": (Circumstances(instance_status="RUNNING", jobs=()), a_database(), ()),
    "unknown": (Circumstances(), a_database(status=None), ()),
    "in other words": (Circumstances(instance_status="running"), a_database(status="NORMAL"), ()),
    "the instance": (
        Circumstances(instance_status="MIGRATE_DATABASE"),
        a_database(),
        (Operation("instance", "MIGRATE_DATABASE"),),
    ),
    "a database": (Circumstances(), a_database(status="EXPANDING"), (Operation(ORDERS, "EXPANDING"),)),
    "shards": (
        Circumstances(),
        a_database(shards=[a_shard(), *(a_shard(f"orders_{i:04}", status="CREATING") for i in (1, 2))]),
        (Operation(ORDERS, "2 of 3 shards CREATING"),),
    ),
    "a job": (
        Circumstances(jobs=(JOB,)),
        a_database(),
        (Operation("database db_e487", "migrateLogicDb ToBeSwitched", JOB.id),),
    ),
    "a job that is over": (Circumstances(jobs=(replace(JOB, status="RollbackSuccess"),)), a_database(), ()),
}


@pytest.mark.parametrize(("circumstances", "database", "expected"), _MOTIONS.values(), ids=_MOTIONS.keys())
def test_what_is_not_at_rest_is_in_flight(circumstances: Circumstances, database: Any, expected: Any) -> None:  # noqa: ANN401 - a row
    """An instance, a database or a shard in another status than at rest, and a job that is open."""
    assert operations(circumstances, [database]) == expected


def at(minutes: float, *jobs: Job) -> Snapshot:
    return replace(a_snapshot(minutes=minutes), jobs=jobs)


def ran(start: float, end: float | None) -> Job:
    status = "Completed" if end is not None else "Expanding"
    return Job("1", "migrateLogicDb", "orders", status, moment(a_time(start)), end and moment(a_time(end)))


@pytest.mark.parametrize(
    ("job", "found"),
    [
        (ran(-9, -5), False),
        (ran(-5, 5), True),
        (ran(2, 5), True),
        (ran(5, 15), True),
        (ran(-5, 15), True),
        (ran(5, None), True),
        (ran(11, 15), False),
    ],
)
def test_the_jobs_between_two_snapshots_are_those_that_overlap(job: Job, found: bool) -> None:  # noqa: FBT001 - a row
    """A job is named where it ran at any time between the two, whichever of them knows it and comes first."""
    for before, after in ((at(0), at(10, job)), (at(0, job), at(10, job)), (at(0, job), at(10))):
        assert between(before, after) == between(after, before) == (job,) * found


def test_the_newer_snapshot_knows_better() -> None:
    """Of a job that both list, what the newer one says counts."""
    assert between(at(0, ran(-1, None)), at(10, ran(-1, 5))) == (ran(-1, 5),)


# --- kept -----------------------------------------------------------------------------------------------------------

MOTION = Operation(ORDERS, "migrateLogicDb Expanding", "1")


def flying(minutes: float = 0, *jobs: Job) -> Snapshot:
    return replace(a_snapshot(a_database(), minutes=minutes), in_flight=(MOTION,), jobs=jobs or (ran(0, None),))


def test_a_store_keeps_what_was_under_way(tmp_path: Path) -> None:
    """Motions and jobs come back as they were, of each snapshot its own, also after others have been taken out."""
    with Store.open(tmp_path / "drift.db", create=True) as store:
        kept = [store.save(each) for each in (flying(0), flying(1), flying(2, ran(0, 1)), at(3))]
        assert [store.load(each.number or 0) for each in kept[:3]] == kept[:3]
        assert [entry.in_flight for entry in store.log()] == [(), (MOTION,), (MOTION,), (MOTION,)]
        pair = store.load_pair(1, 3)
        assert [snapshot.jobs for snapshot in pair] == [(ran(0, None),), (ran(0, 1),)]
        assert store.verify() == []
        store.prune([1])
        assert store.load(2) == replace(kept[1], judged=False)
        assert store.verify() == []


def test_unknown_jobs_leave_the_known_ones(tmp_path: Path) -> None:
    """A capture that was refused the list doesn't say that there are no jobs."""
    with Store.open(tmp_path / "drift.db", create=True) as store:
        store.save(flying(0))
        store.save(a_snapshot(minutes=1))
        assert store.load(2).jobs == (ran(0, None),)
        store.save(at(2))
        assert store.load(3).jobs is None


def test_an_equal_capture_is_in_flight_as_well(tmp_path: Path) -> None:
    """A response that needn't be read again brings what was under way along."""
    with Store.open(tmp_path / "drift.db", create=True) as store:
        kept = store.save(flying(0), raw=b"x", digest="same")
        again = store.save_again(Repeat(instance=kept.instance, taken_at=a_time(1), source="export", digest="same"))
        assert again is not None
        assert again.in_flight == (MOTION,)
        assert store.load(2) == replace(kept, number=2, taken_at=a_time(1), judged=True)


def test_a_snapshot_file_keeps_what_was_under_way() -> None:
    """What an export file says of it is read back; where there was nothing, the file is as it always was."""
    for snapshot in (flying(), a_snapshot()):
        data = snapshot_file.dumps(snapshot)
        assert snapshot_file.from_document(json.loads(data)) == snapshot
        assert (b"in_flight" in data) == bool(snapshot.in_flight)


def test_what_is_under_way_is_no_content() -> None:
    """A snapshot in flight has the hash of the same snapshot at rest."""
    assert flying().content_hash == a_snapshot(a_database()).content_hash


# --- the command line -----------------------------------------------------------------------------------------------


@pytest.fixture
def user(running: tuple[Cloud, Server]) -> dict[str, str]:
    cloud, server = running
    return {
        "DRIFT_ENDPOINT": server.url,
        "DRIFT_PROJECT_ID": cloud.project_id,
        "DRIFT_INSTANCE_ID": cloud.instance("orders-prod").id,
        "DRIFT_TOKEN": cloud.issue_token(),
        "DRIFT_TIMEOUT": "60",
    }


def snapshot(folder: Path, user: dict[str, str], *flags: str) -> Ended:
    return drift(folder, "snapshot", "orders", *flags, **user)


@pytest.mark.parametrize("source", ["export", "details"])
def test_a_capture_in_mid_migration_says_so(
    tmp_path: Path, running: tuple[Cloud, Server], user: dict[str, str], source: str
) -> None:
    """The job with its phase, and the statuses, are told by snapshot, log, show and every report."""
    instance = running[0].instance("orders-prod")
    assert snapshot(tmp_path, user).err == ""
    instance.reshard("orders", 32, until="Expanding")
    job = instance.jobs[0].id
    ended = snapshot(tmp_path, user, "--source", source)
    assert ended.code == 0
    assert f"warning: in flight: database orders: migrateLogicDb Expanding (job {job})\n" in ended.err
    assert "warning: in flight: instance: MIGRATE_DATABASE\n" in ended.err
    assert "warning: in flight: database orders: EXPANDING\n" in ended.err
    assert ", in flight\n" in ended.out
    again = snapshot(tmp_path, user, "--source", source)
    assert (again.err, again.out.endswith(", in flight, unchanged\n")) == (ended.err, True)
    assert drift(tmp_path, "log").out.splitlines()[1].endswith("in flight, unchanged")
    assert json.loads(drift(tmp_path, "log", "--format", "json").out)[0]["in_flight"][1]["job_id"] == job
    assert f"migrateLogicDb Expanding (job {job})" in drift(tmp_path, "show", "3").out
    told = f"In flight after: database orders: migrateLogicDb Expanding (job {job})"
    assert told in " ".join(drift(tmp_path, "diff", "1", "2").out.split())
    assert job in drift(tmp_path, "diff", "1", "2", "--format", "markdown").out
    report = json.loads(drift(tmp_path, "diff", "1", "2", "--format", "json").out)
    assert "in_flight" not in report["before"]
    assert {"scope": "database orders", "state": "EXPANDING", "job_id": None} in report["after"]["in_flight"]
    assert drift(tmp_path, "verify-store").code == 0


def test_a_diff_names_the_jobs_that_ran(tmp_path: Path, running: tuple[Cloud, Server], user: dict[str, str]) -> None:
    """A migration between two snapshots is named in every report, and only between those two."""
    assert snapshot(tmp_path, user).code == 0
    instance = running[0].instance("orders-prod")
    instance.reshard("orders", 32)
    job = instance.jobs[0].id
    assert snapshot(tmp_path, user).code == 0
    for flags in ((), ("--format", "markdown")):
        told = drift(tmp_path, "diff", "1", "2", *flags).out
        assert job in told
        assert not re.search(r"\d\dT\d\d:", told), "times as everywhere in the report"
    report = json.loads(drift(tmp_path, "diff", "1", "2", "--format", "json").out)
    assert [(each["id"], each["database"], each["status"]) for each in report["jobs"]] == [(job, "orders", "Completed")]
    drift(tmp_path, "export", "2", "--output", "after.json")
    assert job in drift(tmp_path, "diff", "1", "after.json").out


@pytest.mark.parametrize(
    "fault",
    [
        Fault(kind="error", status=403),
        Fault(kind="error", status=404),
        Fault(kind="wrong-json"),
        Fault(kind="error", times=0),
    ],
    ids=["403", "404", "no list", "500 for ever"],
)
def test_a_service_that_tells_no_jobs_is_captured_all_the_same(
    tmp_path: Path, running: tuple[Cloud, Server], user: dict[str, str], fault: Fault
) -> None:
    """The jobs are an extra: where they can't be had, a note says so, and the snapshot is whole."""
    running[0].fail(replace(fault, path="*/jobs"))
    ended = snapshot(tmp_path, user)
    assert (ended.code, ended.out.endswith("25 shards\n")) == (0, True)
    assert "note: could not read the instance's migration jobs: " in ended.err


def test_each_extra_call_is_spared_by_itself(
    tmp_path: Path, running: tuple[Cloud, Server], user: dict[str, str]
) -> None:
    """Who may not see the instance's detail, or has a token that ends just then, still learns of its migrations."""
    cloud, _ = running
    cloud.instance("orders-prod").reshard("orders", 32, until="Expanding")
    cloud.fail(Fault(kind="error", status=403, path=f"/v1/*/instances/{cloud.instance('orders-prod').id}"))
    ended = snapshot(tmp_path, user)
    assert ended.code == 0
    assert "note: could not read the instance's status: " in ended.err
    assert "in flight: database orders: migrateLogicDb Expanding" in ended.err
    cloud.fail(Fault(kind="expired-token", path="*/jobs"))
    ended = snapshot(tmp_path, user)
    assert ended.code == 0
    assert "note: could not read the instance's migration jobs: " in ended.err
    assert "in flight: instance: MIGRATE_DATABASE" in ended.err


def test_stable_waits_until_two_captures_agree(
    tmp_path: Path, running: tuple[Cloud, Server], user: dict[str, str]
) -> None:
    """A topology that changes while it is read is read again; what is kept is what was said twice."""
    cloud, _ = running
    nodes = [node.name for node in cloud.instance("orders-prod").topology.nodes]
    moves = [(2, nodes[1]), (3, nodes[0])]
    for export, node in moves:
        cloud.steps.append(Step("orders-prod", export, lambda found, node=node: found.move_shard("orders_0000", node)))
    ended = snapshot(tmp_path, user | {"DRIFT_TIMEOUT": "6"}, "--stable")
    assert ended.code == 0
    assert ended.err.count("changed while it was read") == 2
    assert cloud.instance("orders-prod").exports == 4


def test_what_never_settles_is_an_error(tmp_path: Path, running: tuple[Cloud, Server], user: dict[str, str]) -> None:
    """A topology that keeps changing until the time is up ends with 3, and nothing is kept."""
    cloud, _ = running
    nodes = [node.name for node in cloud.instance("orders-prod").topology.nodes]
    for export in range(2, 99):
        there = nodes[1 - export % 2]
        cloud.steps.append(Step("orders-prod", export, lambda found, on=there: found.move_shard("orders_0000", on)))
    ended = snapshot(tmp_path, user | {"DRIFT_TIMEOUT": "2"}, "--stable")
    assert (ended.code, ended.out) == (3, "")
    assert "kept changing" in ended.err
    assert "the last two differ in data_node_id (as of shard orders_0000)" in ended.err
    assert "volatile" not in ended.err
    assert not (tmp_path / "snapshots").exists()


def test_jobs_are_listed(tmp_path: Path, running: tuple[Cloud, Server], user: dict[str, str]) -> None:
    """`drift jobs` lists the migrations, for eyes and for programs, and keeps nothing."""
    instance = running[0].instance("orders-prod")
    assert drift(tmp_path, "jobs", **user) == Ended(0, "", "no migration job in the last thirty days\n")
    instance.reshard("orders", 32)
    instance.scale_out("rds-3", databases=["users"], until="ToBeSwitched")
    newest, oldest = instance.jobs[0].id, instance.jobs[1].id
    lines = drift(tmp_path, "jobs", **user).out.splitlines()
    assert {line.rsplit(None, 1)[-1] for line in lines} == {"ID", newest, oldest}
    assert next(line for line in lines if newest in line).split()[-3:-1] == ["users", "ToBeSwitched"]
    found = json.loads(drift(tmp_path, "jobs", "--open", "--format", "json", **user).out)
    assert [(each["id"], each["ended"]) for each in found] == [(newest, None)]
    assert not (tmp_path / "snapshots").exists()
    running[0].fail(Fault(kind="error", status=403, path="*/jobs"))
    assert drift(tmp_path, "jobs", **user).code == 3
