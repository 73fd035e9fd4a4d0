from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec
import pytest

from drift.core.model import Instance
from drift.decode.sources import snapshot_file
from drift.simulator import default_cloud, serve
from drift.store import Store
from support.builders import a_database, a_shard, a_snapshot
from support.file_kinds import EXPORT
from support.shell import drift

if TYPE_CHECKING:
    from pathlib import Path

    from support.shell import Ended

FOUR = a_database("orders", shards=4)
SPREAD = a_database("orders", shards=[*FOUR.shards[:3], a_shard("orders_0003", on="rds-3")])
THREE = ["rds-1", "rds-2", "rds-3"]
FILES = {
    "before": a_snapshot(FOUR),
    "done": a_snapshot(SPREAD, nodes=THREE),
    "moving": a_snapshot(a_database("orders", shards=SPREAD.shards, status="EXPANDING"), nodes=THREE),
    "more": a_snapshot(SPREAD, a_database("users", shards=1, on=["rds-3"]), nodes=THREE),
    "unread": a_snapshot(SPREAD, nodes=THREE, gaps={"database users": "500"}),
    "wrong": a_snapshot(a_database("orders", shards=4, shard_count=8)),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with captures in files, and the plan of moving one shard to a new data node."""
    for name, snapshot in FILES.items():
        (tmp_path / f"{name}.json").write_bytes(snapshot_file.dumps(snapshot))
    assert drift(tmp_path, "plan", "from-diff", "before.json", "done.json", "--output", "plan.toml").code == 0
    return tmp_path


def begin(folder: Path, name: str, *arguments: str) -> Ended:
    return drift(folder, "begin", "CHG-123", "orders-prod", "--from-file", f"{name}.json", *arguments)


def end(folder: Path, name: str, *arguments: str) -> Ended:
    return drift(folder, "end", "CHG-123", "--from-file", f"{name}.json", *arguments)


def state(folder: Path) -> list[tuple[int, int | None, bool]]:
    """The changes in the store: with which snapshot each began and ended, and whether it has a plan."""
    with Store.open(folder / "snapshots/drift.db") as store:
        assert store.verify() == []
        return [(ticket.begun, ticket.ended, ticket.plan is not None) for ticket in store.change_windows()]


def test_a_migration_from_begin_to_end(folder: Path) -> None:
    """Begun on what is sound, judged against the plan as it was then, ended when that and nothing else happened."""
    began = begin(folder, "before", "--plan", "plan.toml")
    assert (began.code, state(folder)) == (0, [(1, None, True)])
    assert began.out.startswith("Sound: snapshot 1 (CHG-123)")
    (folder / "plan.toml").unlink()
    ended = end(folder, "done", "--output", "markdown=report.md", "--output", "json=report.json")
    assert (ended.code, state(folder)) == (0, [(1, 2, True)])
    report = json.loads((folder / "report.json").read_text())
    assert report["verdict"] == "expected"
    assert {item["status"] for item in report["plan"]["items"]} == {"matched"}
    assert (report["before"]["label"], report["after"]["label"]) == ("CHG-123", "CHG-123")
    assert (folder / "report.md").read_text().startswith("<!-- drift-report:orders-prod")


@pytest.mark.parametrize(("name", "code"), [("wrong", 1), ("moving", 1), ("unread", 4)])
def test_a_change_does_not_begin_on_what_is_not_sound(folder: Path, name: str, code: int) -> None:
    """A finding, a migration in flight or a part that was not read stands in the way, until it is gone."""
    assert begin(folder, name).code == code
    assert state(folder) == []
    assert drift(folder, "end", "CHG-123").code == 4
    assert begin(folder, "before").code == 0
    assert state(folder) == [(2, None, False)]


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("before", 1, "missing"),
        ("more", 1, "users"),
        ("moving", 1, "not-running (warning): orders: in state EXPANDING"),
        ("unread", 4, "Inconclusive"),
    ],
)
def test_a_change_stays_open_until_it_is_done(folder: Path, name: str, code: int, words: str) -> None:
    """What is missing, beyond the plan, in flight or unread doesn't end a change; asked again, it does."""
    (folder / "drift.toml").write_text('[severities]\ndatabase-status-changed = "ignore"\n')
    begin(folder, "before", "--plan", "plan.toml")
    ended = end(folder, name)
    assert (ended.code, state(folder)) == (code, [(1, None, True)])
    assert words in ended.out
    assert "stays open" in ended.err
    assert end(folder, "done").code == 0
    assert state(folder) == [(1, 3, True)]


def test_a_change_does_not_end_with_what_was_before_it(folder: Path) -> None:
    """A file that is older than the beginning is refused and not kept, whether it says its time or the user does."""
    (folder / "response.json").write_text(json.dumps(EXPORT))
    (folder / "older.json").write_bytes(snapshot_file.dumps(a_snapshot(SPREAD, nodes=THREE, minutes=-1)))
    assert begin(folder, "before").code == 0
    for ended in (end(folder, "older"), end(folder, "response", "--taken-at", "2020-01-01T00:00Z")):
        assert (ended.code, state(folder)) == (4, [(1, None, False)])
        assert "before the change began with snapshot 1, " in ended.err
    assert drift(folder, "show", "2").code == 4
    assert end(folder, "done").code == 1


def test_a_change_can_be_closed_as_it_is(folder: Path) -> None:
    """--close ends a change whatever the judgement, and says what that is all the same."""
    begin(folder, "before", "--plan", "plan.toml")
    assert end(folder, "more", "--close").code == 1
    assert state(folder) == [(1, 2, True)]


def test_a_change_that_can_not_be_judged_can_be_closed(folder: Path) -> None:
    """--close ends it where nobody has confirmed the layout, too: 4 all the same, and the next change may begin."""
    doubtful = msgspec.structs.replace(FILES["done"], unconfirmed=True)
    (folder / "doubtful.json").write_bytes(snapshot_file.dumps(doubtful))
    begin(folder, "before")
    assert (end(folder, "doubtful", "--require-confirmed").code, state(folder)) == (4, [(1, None, False)])
    ended = end(folder, "doubtful", "--require-confirmed", "--close")
    assert (ended.code, state(folder)) == (4, [(1, 3, False)])
    assert "CHG-123 ended with snapshot 3" in ended.err


def test_a_change_that_has_ended_is_not_said_to_be_open(folder: Path) -> None:
    """Judged again, what was closed with drift is drift still, and closed still."""
    begin(folder, "before", "--plan", "plan.toml")
    end(folder, "more", "--close")
    again = end(folder, "more")
    assert (again.code, state(folder)) == (1, [(1, 2, True)])
    assert "CHG-123 has ended with snapshot 2" in again.err
    assert "stays open" not in again.err


def test_a_slip_in_a_plan_is_told_before_the_migration(folder: Path) -> None:
    """What a plan names and neither is there nor is added by it may be a slip: a warning, in time to mend it."""
    plan = folder / "plan.toml"
    plan.write_text(plan.read_text().replace('to = "rds-3"', 'to = "rds-33"'))
    began = begin(folder, "before", "--plan", "plan.toml")
    assert (began.code, state(folder)) == (0, [(1, None, True)])
    assert "plan.toml: expect[2].to: no such data node (did you mean rds-3?)" in began.err


def test_repeated_halves_do_the_sensible_thing(folder: Path) -> None:
    """A second begin keeps the baseline and takes a new plan; a second end judges the same again, capturing nothing."""
    begin(folder, "before")
    again = begin(folder, "done", "--plan", "plan.toml")
    assert (again.code, state(folder)) == (0, [(1, None, True)])
    assert "judged against snapshot 1" in again.err
    first = end(folder, "done")
    second = end(folder, "before")
    assert (second.code, second.out) == (first.code, first.out)
    assert state(folder) == [(1, 2, True)]
    third = begin(folder, "before")
    assert third.code == 2
    assert "has ended already" in third.err
    with Store.open(folder / "snapshots/drift.db") as store:
        assert len(store.log()) == 2


def test_without_a_plan_an_end_judges_as_a_gate_does(folder: Path) -> None:
    """What nobody announced is unexpected; what is judged can be seen again with `drift gate`."""
    begin(folder, "before")
    ended = end(folder, "done", "--format", "markdown")
    assert ended.code == 1
    assert "`drift gate 1 2`" in ended.out
    assert drift(folder, "gate", "1", "2", "--format", "markdown").out == ended.out


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("begin 12 orders-prod --from-file before.json", 2),
        ("begin CHG-123 orders-prod --from-file nowhere.json", 4),
        ("begin CHG-123 orders-prod --from-file before.json --plan nowhere.toml", 2),
        ("begin CHG-5 --from-file before.json", 2),
        ("end CHG-9", 4),
        ("end CHG-5", 2),
        ("end CHG-5 b --from-file other.json", 0),
    ],
)
def test_nothing_is_guessed(folder: Path, line: str, code: int) -> None:
    """A name that is no label, a plan that isn't there, a change that is unknown or of two instances: no capture."""
    other = msgspec.structs.replace(FILES["before"], instance=Instance(name="b"))
    (folder / "other.json").write_bytes(snapshot_file.dumps(other))
    for instance, path in (("a", "before.json"), ("b", "other.json")):
        assert drift(folder, "begin", "CHG-5", instance, "--from-file", path).code == 0
    ended = drift(folder, *line.split())
    assert ended.code == code
    with Store.open(folder / "snapshots/drift.db") as store:
        assert len(store.log()) == (3 if code == 0 else 2)


def test_what_an_open_change_began_with_is_not_pruned(folder: Path) -> None:
    """Until a change has ended, its baseline stays; later it goes where it is asked for, and the change with it."""
    begin(folder, "before")
    end(folder, "done")
    assert drift(folder, "prune", "--keep", "1", "--labelled").out == ""
    end(folder, "done", "--close")
    drift(folder, "snapshot", "orders-prod", "--from-file", "done.json")
    assert drift(folder, "prune", "--keep", "1").out == ""
    assert drift(folder, "prune", "--keep", "1", "--labelled").code == 0
    assert state(folder) in ([], [(1, 3, False)])


def test_a_migration_of_a_service_is_waited_for(tmp_path: Path) -> None:
    """No change begins or ends while a job is open, and the job's state says how far it is."""
    (tmp_path / "drift.toml").write_text('[severities]\ndata-node-added = "ignore"\nshard-moved = "ignore"\n')
    cloud = default_cloud()
    instance = cloud.instance("orders-prod")
    with serve(cloud) as server:
        live = cloud.variables(server.url, instance)
        assert drift(tmp_path, "begin", "CHG-123", **live).code == 0
        instance.scale_out("rds-orders-3", databases=["users"], until="ToBeCleaned")
        told = []
        for command in ("begin CHG-124 --store other.db", "end CHG-123"):
            ended = drift(tmp_path, *command.split(), **live)
            assert ended.code == 1
            told.append("migrateLogicDb ToBeCleaned" in ended.out + ended.err)
        instance.advance("users", "Completed")
        done = drift(tmp_path, "end", "CHG-123", **live)
    assert told == [True, True]
    assert done.code == 0, done.out
    assert [ended is not None for _, ended, _ in state(tmp_path)] == [True]
