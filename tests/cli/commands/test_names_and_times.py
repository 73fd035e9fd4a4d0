"""Names of instances, and times of files: what is kept under which name, and when."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from drift.core.model import Instance
from drift.decode.sources import snapshot_file
from drift.simulator import default_cloud
from drift.store import Store, writing
from support.builders import ORDERS, a_database, a_snapshot, a_time
from support.shell import drift

if TYPE_CHECKING:
    from pathlib import Path

MODIFIED = datetime(2026, 5, 1, 2, tzinfo=UTC)
RESPONSE = default_cloud().instance("orders-prod").export()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a response, the same with its headers, and in a file of drift's own."""
    for name, content in (
        ("plain.json", RESPONSE),
        ("headers.txt", b"HTTP/1.1 200 OK\r\nDate: Thu, 30 Apr 2026 22:00:00 GMT\r\n\r\n" + RESPONSE),
        ("odd.txt", b"HTTP/1.1 200 OK\r\nDate: yesterday\r\n\r\n" + RESPONSE),
        ("exported.json", snapshot_file.dumps(a_snapshot(a_database(), instance="orders"))),
    ):
        (tmp_path / name).write_bytes(content)
        os.utime(tmp_path / name, (MODIFIED.timestamp(), MODIFIED.timestamp()))
    return tmp_path


def times(folder: Path) -> list[str]:
    """The times of the stored snapshots, in the order in which they were stored."""
    with Store.open(folder / "snapshots/drift.db") as store:
        return [f"{entry.taken_at:%m-%d %H:%M}" for entry in sorted(store.log(), key=lambda entry: entry.number)]


@pytest.mark.parametrize(
    ("line", "time", "words"),
    [
        ("plain.json", "05-01 02:00", "modification time"),
        ("plain.json --taken-at 2026-04-01T07:30Z", "04-01 07:30", "by --taken-at"),
        ("headers.txt", "04-30 22:00", "the file says so"),
        ("headers.txt --taken-at 2026-04-01T07:30Z", "04-30 22:00", "--taken-at is not used"),
        ("odd.txt", "05-01 02:00", "modification time"),
        ("exported.json", "05-01 02:00", "the file says so"),
    ],
)
@pytest.mark.parametrize("command", ["snapshot orders", "begin CHG-1 orders"])
def test_which_time_a_file_has(folder: Path, command: str, line: str, time: str, words: str) -> None:
    """That which it says, else --taken-at, else that of its modification; and which it is, is said."""
    ended = drift(folder, *command.split(), "--from-file", *line.split())
    assert (ended.code, times(folder)) == (0, [time])
    assert words in ended.err


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("2026-04-01T07:30Z", "2026-04-01T07:30:00+00:00"),
        ("2026-04-01T07:30:00.25Z", "2026-04-01T07:30:00.250000+00:00"),
    ],
)
def test_a_time_is_kept_as_it_is_written(folder: Path, written: str, kept: str) -> None:
    """A time to the second is that second, and not its end."""
    assert drift(folder, "snapshot", "orders", "--from-file", "plain.json", "--taken-at", written).code == 0
    with Store.open(folder / "snapshots/drift.db") as store:
        assert store.log()[0].taken_at.isoformat() == kept


def test_a_time_to_come_is_refused(folder: Path) -> None:
    """Nothing is stored that would be the newest for ever."""
    later = datetime.now(UTC) + timedelta(hours=1)
    os.utime(folder / "plain.json", (later.timestamp(), later.timestamp()))
    assert drift(folder, "snapshot", "orders", "--from-file", "plain.json").code == 4
    assert drift(folder, "snapshot", "orders", "--from-file", "plain.json", "--taken-at", "2999-01-01").code == 2
    assert drift(folder, "snapshot", "orders", "--taken-at", "2026-01-01").code == 2
    coming = a_snapshot(minutes=later.timestamp() // 60 - a_time().timestamp() // 60)
    (folder / "coming.json").write_bytes(snapshot_file.dumps(coming))
    assert drift(folder, "snapshot", "orders", "--from-file", "coming.json").code == 4
    ended = drift(folder, "import", "exported.json", "coming.json")
    assert ended.code == 4
    assert "coming.json: the time that the file says, " in ended.err
    assert not (folder / "snapshots").exists()


def test_an_older_file_gets_into_its_place(folder: Path) -> None:
    """The history is in the order of the times, the latest stays the latest, and that is said."""
    drift(folder, "snapshot", "orders", "--from-file", "plain.json")
    ended = drift(folder, "snapshot", "orders", "--from-file", "plain.json", "--taken-at", "2026-04-01T00:00Z")
    assert "latest is still snapshot 1" in ended.err
    assert "2 … 1" in drift(folder, "history", "orders_0000").out
    assert "snapshot 1 of" in drift(folder, "show").out
    assert drift(folder, "verify-store").code == 0


def keep(folder: Path, *names: str, **ids: str) -> None:
    with Store.open(folder / "snapshots/drift.db", create=True) as store:
        for name in names:
            store.save(a_snapshot(a_database(), instance=Instance(name=name, instance_id=ids.get(name))))


def test_an_instance_that_the_file_of_settings_names_is_meant(tmp_path: Path) -> None:
    """Where drift.toml has one instance, no other history in the store makes a reference ambiguous."""
    keep(tmp_path, "orders", "users", "orders")
    for line in ("gate", "show", "check", "history orders_0000"):
        assert drift(tmp_path, *line.split()).code == 2
    (tmp_path / "drift.toml").write_text('[instances.orders]\ninstance_id = "a"\n')
    for line in ("gate", "show", "check", "history orders_0000"):
        assert drift(tmp_path, *line.split()).code == 0
    assert "snapshot 2 of users" in drift(tmp_path, "show", "2").out
    assert "snapshot 2 of users" in drift(tmp_path, "show", "users:latest").out


def test_what_an_error_suggests_can_be_run_as_it_is_written(tmp_path: Path) -> None:
    """Names are quoted for a shell, and no command is sent to what another one has."""
    keep(tmp_path, "or ders", **{"or ders": str(ORDERS.instance_id)})
    (tmp_path / "again.json").write_bytes(
        snapshot_file.dumps(a_snapshot(instance=Instance(name="oth er", instance_id=ORDERS.instance_id)))
    )
    assert "`drift rename-instance 'or ders' 'oth er'`" in drift(tmp_path, "import", "again.json").err
    (tmp_path / "drift.toml").write_text('[instances.a]\ninstance_id = "x"\n[instances.b]\ninstance_id = "y"\n')
    ended = drift(tmp_path, "jobs")
    assert (ended.code, "which instance? Expected a or b" in ended.err, "drift snapshot" in ended.err) == (
        2,
        True,
        False,
    )


def test_one_instance_has_one_name(tmp_path: Path) -> None:
    """Its id under a second name is refused before anything is stored, with the way on; so it is in drift.toml."""
    keep(tmp_path, "orders", orders=str(ORDERS.instance_id))
    (tmp_path / "again.json").write_bytes(
        snapshot_file.dumps(a_snapshot(instance=Instance(name="other", instance_id=ORDERS.instance_id)))
    )
    ended = drift(tmp_path, "import", "again.json")
    assert ended.code == 2
    assert "drift rename-instance orders other" in ended.err
    assert drift(tmp_path, "rename-instance", "orders", "other", "--yes").code == 0
    assert drift(tmp_path, "import", "again.json").code == 0
    (tmp_path / "drift.toml").write_text('[instances.a]\ninstance_id = "x"\n[instances.b]\ninstance_id = "x"\n')
    assert "one instance has one name" in drift(tmp_path, "log").err


def test_an_import_under_two_names_stores_nothing(tmp_path: Path) -> None:
    """Either every file can be stored, or none is."""
    for name in ("a", "b"):
        instance = Instance(name=name, instance_id=ORDERS.instance_id)
        (tmp_path / f"{name}.json").write_bytes(snapshot_file.dumps(a_snapshot(instance=instance)))
    assert drift(tmp_path, "import", "a.json", "b.json").code == 2
    assert "no snapshot" in drift(tmp_path, "show").err


@pytest.fixture
def two_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a store that has one id under two names, as older versions let it, and files of instances."""
    with monkeypatch.context() as patched:
        patched.setattr(writing, "_refuse_other_name", lambda *_, **__: None)
        keep(tmp_path, "old", "new", old="one", new="one")
    for name, instance_id in (("new", "one"), ("third", "one"), ("users", "two")):
        snapshot = a_snapshot(instance=Instance(name=name, instance_id=instance_id), minutes=9)
        (tmp_path / f"{name}.json").write_bytes(snapshot_file.dumps(snapshot))
    return tmp_path


@pytest.mark.parametrize(("file", "code"), [("new.json", 0), ("users.json", 0), ("third.json", 2)])
def test_a_store_with_two_names_stays_usable(two_named: Path, file: str, code: int) -> None:
    """Both histories go on, and so do others; a third name for the id is refused."""
    assert drift(two_named, "import", file).code == code
    assert drift(two_named, "snapshot", "--from-file", file).code == code


@pytest.mark.parametrize(
    ("known", "files", "hint"),
    [
        ("a", ["b.json"], "`drift rename-instance a b`"),
        ("ab", ["b.json"], "`drift forget a`"),
        ("", ["a.json", "b.json"], "the files of one name alone"),
    ],
)
def test_the_way_out_of_two_names_can_be_gone(tmp_path: Path, known: str, files: list[str], hint: str) -> None:
    """A history is renamed where the new name is free; else one of the two has to go, or not to come."""
    keep(tmp_path, *known, a=str(ORDERS.instance_id))
    for name in "ab":
        instance = Instance(name=name, instance_id=ORDERS.instance_id)
        (tmp_path / f"{name}.json").write_bytes(snapshot_file.dumps(a_snapshot(instance=instance)))
    ended = drift(tmp_path, "import", *files)
    assert ended.code == 2
    assert hint in ended.err
    if known:
        assert hint in drift(tmp_path, "snapshot", "--from-file", *files).err


def test_a_history_goes_on_under_another_name(tmp_path: Path) -> None:
    """A copy of the store is made before, and nothing is done that nobody has agreed to."""
    keep(tmp_path, "oders", "users")
    assert drift(tmp_path, "rename-instance", "oders", "orders").code == 2
    assert drift(tmp_path, "rename-instance", "oders", "users", "--yes").code == 2
    assert drift(tmp_path, "rename-instance", "nobody", "orders", "--yes").code == 4
    assert drift(tmp_path, "rename-instance", "oders", "a:b", "--yes").code == 2
    same = drift(tmp_path, "rename-instance", "oders", "oders", "--yes")
    assert (same.code, "forget" in same.err) == (2, False)  # which would take out the only history
    assert drift(tmp_path, "rename-instance", "oders", "orders", "--yes").code == 0
    assert drift(tmp_path, "show", "orders:latest").code == 0
    with Store.open(tmp_path / "snapshots/drift.db.before-rename.bak") as copy:
        assert [each.name for each in copy.instances()] == ["oders", "users"]


def test_an_instance_is_forgotten(tmp_path: Path) -> None:
    """All its snapshots go, those of others stay, and a copy has them all."""
    keep(tmp_path, "oders", "users", "oders")
    assert drift(tmp_path, "forget", "oders").code == 2
    assert drift(tmp_path, "forget", "nobody", "--yes").code == 4
    assert drift(tmp_path, "forget", "oders", "--yes").out == "took out oders with 2 snapshots\n"
    with (
        Store.open(tmp_path / "snapshots/drift.db") as store,
        Store.open(tmp_path / "snapshots/drift.db.before-forget.bak") as copy,
    ):
        assert ([each.number for each in store.log()], store.verify()) == ([2], [])
        assert len(copy.log()) == 3


def test_a_new_name_beside_others_is_told(folder: Path) -> None:
    """It may be a slip, so the name that was meant and the way back are in the warning."""
    assert "new to this store" not in drift(folder, "snapshot", "orders", "--from-file", "plain.json").err
    warned = drift(folder, "snapshot", "oders", "--from-file", "plain.json").err
    assert "did you mean orders?" in warned
    assert "drift forget oders" in warned


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        (["begin CHG-1 orders --from-file plain.json", "begin CHG-2 orders --from-file plain.json"], 2),
        (["begin CHG-1 orders --from-file plain.json", "begin CHG-2 users --from-file plain.json"], 0),
        (["begin CHG-1 orders --from-file plain.json", "end CHG-1 --from-file plain.json",
          "begin CHG-2 orders --from-file plain.json"], 0),
        (["begin CHG-1 orders --from-file plain.json --plan plan.toml"], 2),
        (["begin CHG-7 orders --from-file plain.json --plan plan.toml"], 0),
        (["begin CHG-1 orders --from-file plain.json", "end CHG-1 --from-file plain.json --plan plan.toml"], 2),
        (["begin CHG-1 orders --from-file none.json"], 4),
    ],
)  # fmt: skip
def test_one_change_at_a_time_with_its_own_plan(folder: Path, lines: list[str], code: int) -> None:
    """A second open change of an instance and the plan of another change are wrong, before anything is stored."""
    (folder / "plan.toml").write_text('change = "CHG-7"\n[[expect]]\nrule = "shard-moved"\nname = "orders_0000"\n')
    *before, last = lines
    for line in before:
        assert drift(folder, *line.split()).code == 0
    stored = times(folder) if before else []
    assert drift(folder, *last.split()).code == code
    assert code == 0 or (times(folder) if (folder / "snapshots").exists() else []) == stored


def test_what_was_in_flight_before_is_nothing_new(tmp_path: Path) -> None:
    """A change that began beside a database that wasn't running ends beside it."""
    database = a_database(status="EXPANDING")
    (tmp_path / "before.json").write_bytes(snapshot_file.dumps(a_snapshot(database)))
    (tmp_path / "after.json").write_bytes(snapshot_file.dumps(a_snapshot(database, minutes=5)))
    assert drift(tmp_path, "begin", "CHG-1", "--from-file", "before.json", "--fail-on", "error").code == 0
    assert drift(tmp_path, "end", "CHG-1", "--from-file", "after.json").code == 0


def test_a_file_is_not_from_the_future(folder: Path) -> None:
    """A file that says a time which has not come yet is refused, and nothing is stored."""
    future = b"HTTP/1.1 200 OK\r\nDate: Thu, 30 Apr 2099 22:00:00 GMT\r\n\r\n" + RESPONSE
    (folder / "future.txt").write_bytes(future)
    ended = drift(folder, "snapshot", "orders", "--from-file", "future.txt")
    assert (ended.code, (folder / "snapshots").exists()) == (4, False)
    assert "has not come yet" in ended.err
