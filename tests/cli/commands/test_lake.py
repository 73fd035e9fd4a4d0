from __future__ import annotations

import json
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from drift.core.errors import UsageError
from drift.store import Store
from drift.store.lake.extra import require
from support.builders import a_database, a_snapshot, a_time
from support.schemas import violations
from support.shell import drift, environment

if TYPE_CHECKING:
    from pathlib import Path

DIFF = ("diff", "2026-05-01T02:30Z", "2026-05-02")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A lake of two instances; on one of them, all shards moved."""
    with Store.open(tmp_path / "snapshots/drift.db", create=True) as store:
        store.save(a_snapshot(a_database("orders")))
        store.save(a_snapshot(a_database("orders", on=("rds-2", "rds-1")), minutes=60))
        store.save(a_snapshot(a_database("users"), instance="users-prod"))
    (tmp_path / "drift.toml").write_text('lake = "lake"\n')
    assert drift(tmp_path, "lake", "export").out == "wrote 2 of 2 instances; 0 are as before\n"
    return tmp_path


def held(folder: Path) -> list[Path]:
    """What is in a folder, but for the store's log: it may outlive readers that end at once, and goes with the next."""
    return sorted(path for path in folder.rglob("*") if not path.name.endswith(("-wal", "-shm")))


def test_a_lake_is_asked_where_drift_toml_says(folder: Path) -> None:
    """Export and questions find the lake of drift.toml, and a table has a row for each change."""
    ended = drift(folder, "lake", *DIFF)
    lines = ended.out.splitlines()
    assert lines[0].split("  ")[0] == "INSTANCE"
    assert len(lines) == 5
    assert all("shard-moved" in line for line in lines[1:])
    assert ended.err == "4 rows\n"
    assert drift(folder, "lake", *DIFF, "--instance", "users-prod").out == ""


def test_a_suspect_snapshot_is_not_believed(folder: Path) -> None:
    """A capture that lost most shards is named in a diff, and no shard is told as removed, until it is confirmed."""
    with Store.open(folder / "snapshots/drift.db") as store:
        store.save(a_snapshot(a_database("orders", shards=1), minutes=90))
    assert drift(folder, "lake", "export").code == 0
    rows = json.loads(drift(folder, "lake", *DIFF, "--instance", "orders-prod", "--format", "json").out)
    assert [(row["rule"], row["snapshot_after"], row["name"]) for row in rows] == [("suspect", 4, None)]
    assert drift(folder, "confirm", "4").code == 0
    assert drift(folder, "lake", "export").code == 0
    rows = json.loads(drift(folder, "lake", *DIFF, "--instance", "orders-prod", "--format", "json").out)
    assert "shard-removed" in {row["rule"] for row in rows}


def test_what_a_lake_keeps_of_an_old_name_is_said(folder: Path) -> None:
    """The same history under two names would count twice; the folders to remove are named."""
    for words in (("rename-instance", "orders-prod", "orders"), ("forget", "users-prod")):
        ended = drift(folder, *words, "--yes")
        assert (ended.code, f"remove the folders part=i-{words[1]} there" in ended.err) == (0, True)
    (folder / "drift.toml").write_text("")
    assert "the lake keeps" not in drift(folder, "rename-instance", "orders", "orders-prod", "--yes").err


def test_times_in_the_wrong_order_are_noted(folder: Path) -> None:
    """Changes that are told backwards look like others, so a warning says it."""
    assert "T1 is later than T2" in drift(folder, "lake", "diff", "2026-05-02", "2026-05-01T02:30Z").err


def test_the_tables_are_in_the_language_of_reports(folder: Path) -> None:
    """Every head of a column is Chinese; ids and rules stay as they are."""
    for question in (DIFF, ("moved", "--since", "2026-05-01T02:00Z"), ("history", "orders")):
        head = drift(folder, "lake", *question, "--lang", "zh").out.splitlines()[0]
        assert "实例" in head
        assert set(re.findall("[A-Za-z]+", head)) <= {"ID"}


@pytest.mark.parametrize(
    ("kind", "question"),
    [
        ("lake-diff", DIFF),
        ("lake-moved", ("moved", "--since", "2026-05-01T02:00Z")),
        ("lake-history", ("history", "orders/orders_0000")),
    ],
)
def test_rows_are_what_the_schema_says(folder: Path, kind: str, question: tuple[str, ...]) -> None:
    """The JSON of each question fits the schema that `drift schema` prints."""
    rows = json.loads(drift(folder, "lake", *question, "--format", "json").out)
    assert rows
    assert violations(kind, rows) == []


@pytest.mark.parametrize(
    ("since", "count"), [("2026-05-01", 4), ("@2026-05-01", 4), ("2026-05-02", 0), ("2026-05-01T23:00Z", 0)]
)
def test_moves_since_a_day_are_those_of_that_day_too(folder: Path, since: str, count: int) -> None:
    """A day alone begins with its first moment, also for a move that was seen right then."""
    with Store.open(folder / "snapshots/drift.db") as store:
        store.save(a_snapshot(a_database("night"), instance="night", taken_at=a_time() - timedelta(hours=4)))
        midnight = datetime(2026, 5, 1, tzinfo=UTC)
        store.save(a_snapshot(a_database("night", on=("rds-2", "rds-1")), instance="night", taken_at=midnight))
    assert drift(folder, "lake", "export").code == 0
    for name in ("orders-prod", "night"):
        found = drift(folder, "lake", "moved", "--since", since, "--instance", name, "--format", "json")
        assert len(json.loads(found.out)) == count


def test_the_sql_is_shown_without_asking(tmp_path: Path) -> None:
    """--sql needs no lake; it names the values, and `drift lake sql` has the words of either engine."""
    shown = drift(tmp_path, "lake", "moved", "--since", "2026-05-01T02:00:00Z", "--sql").out
    assert shown.startswith("-- $since = 2026-05-01T02:00:00Z\n")
    assert shown.endswith(drift(tmp_path, "lake", "sql", "duckdb", "moved").out)
    assert ":since" in drift(tmp_path, "lake", "sql", "spark", "moved").out


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("export", "other", "--instance", "orders-prd"), 4, "no instance 'orders-prd' (did you mean orders-prod?)"),
        ((*DIFF, "--lake", "nowhere"), 4, "nowhere: there is no lake"),
        ((*DIFF, "--instance", "orders-prd"), 4, "no instance 'orders-prd' (did you mean orders-prod?)"),
        (("history", "odrers_0000"), 4, "has a shard, database or data node 'odrers_0000'"),
        (("history", "users-prod:orders"), 4, "has a shard, database or data node 'orders' of users-prod"),
        (("export", "drift.toml"), 4, "Check that the folder"),
        (("diff", "yesterday", "0h"), 2, "'yesterday' is no time"),
        (("moved", "--since", "latest"), 2, "'latest' is no time"),
        (("moved", "--since", "0001-01-01"), 2, "'0001-01-01' is the first day that there is"),
        (("export", "snapshots"), 4, "there is something else, and no lake: drift.db"),
    ],
)
def test_what_cannot_be_asked_or_written_is_an_error(
    folder: Path, arguments: tuple[str, ...], code: int, words: str
) -> None:
    """Each says what is wrong and ends with the code of its kind; nothing is written."""
    before = held(folder)
    ended = drift(folder, "lake", *arguments)
    assert (ended.code, ended.out) == (code, "")
    assert words in ended.err
    assert held(folder) == before


def test_one_instance_that_cannot_be_written_hides_no_other(folder: Path) -> None:
    """The others are written; the exit code says that one was not, and --replace writes it."""
    with Store.open(folder / "other.db", create=True) as store:
        store.save(a_snapshot(a_database("orders"), minutes=7))
        store.save(a_snapshot(a_database("orders"), instance="third"))
    ended = drift(folder, "lake", "export", "--store", "other.db")
    assert (ended.code, ended.out) == (4, "wrote 1 of 2 instances; 0 are as before\n")
    assert "another history of an instance orders-prod" in ended.err
    assert "1 of 2 instances were not written: orders-prod" in ended.err
    ended = drift(folder, "lake", "export", "--store", "other.db", "--replace")
    assert (ended.code, ended.out) == (0, "wrote 2 of 2 instances; 0 are as before\n")


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE snapshot SET label = 'x' WHERE id = 1",
        "UPDATE snapshot SET suspect = NULL, seal = 1 WHERE id = 1",
        "UPDATE instance SET name = 'evil' WHERE name = 'orders-prod'",
        "INSERT INTO gap (snapshot_id, scope, reason) VALUES (1, 'databases', 'x')",
    ],
)
def test_a_record_that_was_changed_is_not_exported(folder: Path, damage: str) -> None:
    """An instance with a changed record in the store is an error, and the lake gets nothing of it but all others."""
    with closing(sqlite3.connect(folder / "snapshots/drift.db")) as connection, connection:
        connection.execute(damage)
    ended = drift(folder, "lake", "export", "new")
    assert (ended.code, ended.out) == (4, "wrote 1 of 2 instances; 0 are as before\n")
    assert "is not what was recorded" in ended.err
    assert {path.parent.name for path in folder.glob("new/*/*/*.parquet")} == {"part=i-users-prod"}


def test_without_a_lake_the_ways_to_name_one_are_said(tmp_path: Path) -> None:
    """A question without an address is an error of usage."""
    ended = drift(tmp_path, "lake", *DIFF)
    assert ended.code == 2
    assert "--lake, DRIFT_LAKE or `lake` in drift.toml" in ended.err


def test_the_libraries_are_loaded_for_a_lake_alone(tmp_path: Path) -> None:
    """Help and SQL need none of the extra's libraries, and where one is missing the error names the extra."""
    code = (
        "import sys; from drift.cli.main import run; run(['lake', 'sql', 'spark', 'diff']);"
        "print(sorted({'pyarrow', 'duckdb'} & sys.modules.keys()))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], env=environment(tmp_path), capture_output=True, text=True, check=True
    )
    assert ended.stdout.endswith("\n[]\n")
    with pytest.raises(
        UsageError, match="a lake needs no_such_library, and the extra `lake` is not installed"
    ) as error:
        require("json", "no_such_library")
    assert "ddm-drift[lake]" in str(error.value.hint)
