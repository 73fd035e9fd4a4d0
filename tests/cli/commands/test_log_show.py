from __future__ import annotations

import csv
import gzip
import io
import json
import re
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from drift.decode.sources import snapshot_file
from drift.simulator import default_cloud
from support.builders import a_database, a_shard, a_snapshot
from support.shell import drift
from support.stores import keep

if TYPE_CHECKING:
    from pathlib import Path


FIRST = a_snapshot(a_database(shards=4), label="pre-change")
SECOND = a_snapshot(a_database(shards=[*a_database(shards=4).shards, a_shard("orders_0004")]), minutes=5)
OTHER = a_snapshot(a_database("users", shards=2), instance="users-prod", minutes=7)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a store of two snapshots of one instance and one of another."""
    return keep(tmp_path, FIRST, SECOND, OTHER)


def test_the_log_lists_the_newest_first(folder: Path) -> None:
    """Each snapshot has a line with its number, time, instance, label and counts."""
    lines = drift(folder, "log").out.splitlines()
    assert [line.split()[0] for line in lines] == ["NUMBER", "3", "2", "1"]
    assert lines[3].split() == ["1", "2026-05-01", "02:00:00", "orders-prod", "pre-change", "export", "2", "1", "4"]
    assert not any(line.endswith(" ") for line in lines)


def test_the_log_can_be_of_one_instance_and_shorter(folder: Path) -> None:
    """INSTANCE picks, -n limits, and what is left out is counted."""
    lines = drift(folder, "log", "orders-prod", "-n", "1").out.splitlines()
    assert [line.split()[0] for line in lines[1:]] == ["2", "1"]
    assert lines[-1] == "1 older"


@pytest.mark.parametrize(("config", "arguments", "hints"), [("", (), 0), (None, (), 1), (None, ("--store", "x.db"), 0)])
def test_without_a_store_a_run_outside_the_project_is_pointed_out(
    tmp_path: Path, config: str | None, arguments: tuple[str, ...], hints: int
) -> None:
    """The first line says that no drift.toml was found, if neither one nor a flag led to the store."""
    if config is not None:
        (tmp_path / "drift.toml").write_text(config)
    ended = drift(tmp_path, "log", *arguments)
    assert ended.code == 4
    first = ended.err.splitlines()[0]
    assert "there is no store" in first
    assert first.count(", and no drift.toml was found here or above") == hints


@pytest.mark.parametrize(
    "line", ["gate --all", "diff --all 1 2", "snapshot --all", "snapshot orders", "jobs", "instances"]
)
def test_the_wrong_folder_is_told_first(tmp_path: Path, line: str) -> None:
    """Whatever a command misses where there is no drift.toml, its first line says so; in a project it doesn't."""
    ended = drift(tmp_path, *line.split())
    assert (ended.code, "and no drift.toml was found here or above" in ended.err.splitlines()[0]) == (2, True)
    (tmp_path / "drift.toml").touch()
    assert "no drift.toml" not in drift(tmp_path, *line.split()).err


def test_the_missing_label_is_named_with_those_of_that_instance(folder: Path) -> None:
    """A label that another instance has is no suggestion for this one."""
    assert "'pre-change' of 'users-prod'\n" in drift(folder, "show", "users-prod:pre-change").err
    assert (
        "'pre-chang' of 'orders-prod' (did you mean pre-change?)" in drift(folder, "show", "orders-prod:pre-chang").err
    )
    assert "did you mean pre-change?" in drift(folder, "show", "pre-chang").err


def test_the_log_is_there_for_programs(folder: Path) -> None:
    """--format json lists the same, with the hashes."""
    entries = json.loads(drift(folder, "log", "--format", "json").out)
    assert [entry["number"] for entry in entries] == [3, 2, 1]
    assert entries[2]["label"] == "pre-change"
    assert entries[2]["taken_at"] == "2026-05-01T02:00:00Z"
    assert entries[2]["content_hash"] == FIRST.content_hash


def test_show_tells_one_snapshot(folder: Path) -> None:
    """Data nodes, databases and how many shards of which are where; with --shards every shard, too."""
    told = drift(folder, "show", "pre-change").out
    assert "snapshot 1 of orders-prod (pre-change)" in told
    assert re.search(
        r"^DATABASE +MODE +STATUS +SHARDS +rds-1 +rds-2\norders +cluster +RUNNING +4 +2 +2$", told, re.MULTILINE
    )
    assert "orders_0000" not in told
    assert "orders_0000, orders_0001" in drift(folder, "show", "1", "--shards").out


def test_show_for_programs_is_the_export(folder: Path) -> None:
    """--format json shows what `drift export` writes."""
    assert drift(folder, "show", "1", "--format", "json").out == drift(folder, "export", "1").out


def test_show_of_a_file_needs_no_store(tmp_path: Path) -> None:
    """A path is shown like a stored snapshot."""
    (tmp_path / "x.json").write_bytes(snapshot_file.dumps(FIRST))
    assert "orders-prod" in drift(tmp_path, "show", "x.json").out


def test_an_export_comes_back_byte_for_byte(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Out of one store, into another and out again: the same bytes, label and time included."""
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    for name, reference in {"a.json": "1", "b.json.gz": "2", "c.json": "users-prod:latest"}.items():
        ended = drift(folder, "export", reference, "--output", str(elsewhere / name))
        assert (ended.code, ended.out) == (0, "")
    imported = drift(elsewhere, "import", "a.json", "b.json.gz", "c.json")
    assert imported.out.splitlines() == [
        "a.json: snapshot 1 of orders-prod",
        "b.json.gz: snapshot 2 of orders-prod",
        "c.json: snapshot 3 of users-prod",
    ]
    for number in "123":
        assert drift(elsewhere, "export", number).out == drift(folder, "export", number).out
    assert gzip.decompress((elsewhere / "b.json.gz").read_bytes()).decode() == drift(folder, "export", "2").out


def test_an_export_twice_is_the_same(folder: Path) -> None:
    """The same snapshot gives the same bytes, compressed or not."""
    for name in ("x.json", "x.json.gz"):
        drift(folder, "export", "1", "-o", name)
        first = (folder / name).read_bytes()
        (folder / name).unlink()
        drift(folder, "export", "1", "-o", name)
        assert (folder / name).read_bytes() == first


def test_a_file_that_holds_the_topology_is_left_alone(folder: Path) -> None:
    """A committed baseline changes only when the topology does, not with each capture."""
    keep(folder, a_snapshot(a_database(shards=4), minutes=30))
    drift(folder, "export", "1", "-o", "baseline.json")
    before = (folder / "baseline.json").read_bytes()
    ended = drift(folder, "export", "4", "-o", "baseline.json")
    assert (ended.code, (folder / "baseline.json").read_bytes()) == (0, before)
    assert "left as it is" in ended.err
    drift(folder, "export", "2", "-o", "baseline.json")
    assert (folder / "baseline.json").read_bytes() != before


def test_a_file_that_is_something_else_is_written_over(folder: Path) -> None:
    """What can't be read as a topology doesn't stand in the way of an export to that name."""
    (folder / "x.json").write_text("something else")
    assert drift(folder, "export", "1", "-o", "x.json").code == 0
    assert (folder / "x.json").read_bytes() == snapshot_file.dumps(FIRST)


def test_importing_twice_stores_once(folder: Path) -> None:
    """A snapshot that is there already is passed over, and said to be there."""
    drift(folder, "export", "1", "-o", "x.json")
    log = drift(folder, "log").out
    ended = drift(folder, "import", "x.json", "x.json")
    assert (ended.code, ended.out, drift(folder, "log").out) == (0, "", log)
    assert ended.err.count("as snapshot 1") == 2


def test_an_older_snapshot_takes_its_place_by_time(folder: Path) -> None:
    """The latest is the newest by time, whatever was stored last."""
    (folder / "old.json").write_bytes(snapshot_file.dumps(a_snapshot(instance="users-prod", minutes=-60)))
    assert drift(folder, "import", "old.json").out == "old.json: snapshot 4 of users-prod\n"
    assert "snapshot 3 of" in drift(folder, "show", "users-prod:latest").out
    assert "snapshot 4 of" in drift(folder, "show", "4").out


def test_one_unreadable_file_keeps_all_out(folder: Path) -> None:
    """Either every file can be read, or nothing is stored."""
    (folder / "good.json").write_bytes(snapshot_file.dumps(a_snapshot(minutes=9)))
    (folder / "bad.json").write_text('{"format": 1, "snapshot": {}}')
    log = drift(folder, "log").out
    ended = drift(folder, "import", "good.json", "bad.json")
    assert (ended.code, ended.out) == (4, "")
    assert "bad.json" in ended.err
    assert drift(folder, "log").out == log


def response(folder: Path, name: str = "response.json") -> Path:
    (folder / name).write_bytes(default_cloud().instance("orders-prod").export())
    return folder / name


def test_inspect_shows_how_a_payload_is_read(tmp_path: Path) -> None:
    """Sizes, the layout as drift.toml takes it, what became what, and the first records."""
    response(tmp_path)
    ended = drift(tmp_path, "inspect", "response.json")
    assert (ended.code, ended.err) == (0, "")
    for words in ("received", "inflated", "25 shards in 3 databases", "[layout]", "kept as attributes", "orders_0000"):
        assert words in ended.out


def test_inspect_leaves_out_what_the_payload_does_not_tell(tmp_path: Path) -> None:
    """No word of Python's stands for a mode, a count, an index, a status or a port that isn't there."""
    node = {"instance_id": "a" * 32 + "in01", "instance_name": "rds-1"}
    inner = {"databases": [{"name": "crm", "shards": [{"name": "crm", "data_node_id": node["instance_id"]}]}]}
    (tmp_path / "response.json").write_text(json.dumps({"compressed_databases_info": inner, "data_nodes": [node]}))
    ended = drift(tmp_path, "inspect", "response.json")
    assert "database crm: nothing declared" in ended.out
    assert "None" not in ended.out


def test_what_inspect_shows_can_be_pasted(tmp_path: Path) -> None:
    """The layout that is shown, put into drift.toml, reads the same; a person's word then stands for the evidence."""
    response(tmp_path)
    before = drift(tmp_path, "inspect", "response.json").out
    lines = before[before.index("[layout]") :].split("\n\n")[0]
    (tmp_path / "drift.toml").write_text(lines)
    found, evidence = before.split("evidence:\n")
    assert drift(tmp_path, "inspect", "response.json").out == found + evidence.split("\n\n", 1)[1]


def test_inspect_knows_exported_files(tmp_path: Path) -> None:
    """A snapshot file is named as what it is."""
    (tmp_path / "x.json").write_bytes(snapshot_file.dumps(FIRST))
    assert "drift export" in drift(tmp_path, "inspect", "x.json").out


def test_verification_finds_what_was_tampered_with(folder: Path) -> None:
    """A sound store is said to be sound; a changed row is found and ends with 4."""
    sound = drift(folder, "verify-store")
    assert (sound.code, sound.out) == (0, "snapshots/drift.db: 3 snapshots, all as recorded\n")
    with closing(sqlite3.connect(folder / "snapshots/drift.db")) as connection, connection:
        connection.execute("UPDATE data_node_version SET host = '10.9.9.9'")
    tampered = drift(folder, "verify-store")
    assert (tampered.code, tampered.out) == (4, "")
    assert "is damaged" in tampered.err


def test_kept_responses_can_be_read_again(tmp_path: Path) -> None:
    """Reading again tells for each kept response whether it is read as it was then."""
    response(tmp_path)
    drift(tmp_path, "snapshot", "orders", "--from-file", "response.json")
    ended = drift(tmp_path, "reread")
    assert ended.code == 0
    assert ended.out.startswith("snapshot 1 of orders: read the same")


def test_another_reading_of_a_kept_response_can_be_kept(tmp_path: Path) -> None:
    """Where drift.toml makes the response mean something else, reread says so and, asked to, keeps it."""
    shard = {"name": "orders_0000", "data_node_id": "1", "load": 0.7}
    nodes = [{"instance_id": "1", "instance_name": "rds-1"}]
    document = {"databases": [{"name": "orders", "shards": [shard]}], "data_nodes": nodes}
    (tmp_path / "response.json").write_text(json.dumps(document))
    drift(tmp_path, "snapshot", "orders", "--from-file", "response.json", "--label", "old")
    (tmp_path / "drift.toml").write_text('volatile = ["load"]\n')
    told = drift(tmp_path, "reread", "1")
    assert "against what was stored" in told.out
    assert len(drift(tmp_path, "log").out.splitlines()) == 2
    assert "kept as snapshot 2" in drift(tmp_path, "reread", "1", "--save").out
    assert drift(tmp_path, "verify-store").code == 0


@pytest.mark.parametrize("reference", ["none.json", "live", "1"])
def test_only_kept_responses_can_be_read_again(folder: Path, reference: str) -> None:
    """What is no stored snapshot, or has no response, is said to be that."""
    assert drift(folder, "reread", reference).code == 4


def test_a_history_is_a_page_with_a_lane_for_each_data_node(folder: Path) -> None:
    """--output html= writes the timeline beside what stdout shows, and --format html shows the same."""
    told = drift(folder, "history", "orders-prod:orders", "--format", "json", "--output", "html=orders.html")
    assert told.code == 0
    assert [period["first"]["snapshot"] for period in json.loads(told.out)["periods"]] == [1, 2]
    document = (folder / "orders.html").read_text("utf-8")
    assert "2 shards from 2026-05-01 02:00:00 UTC to 2026-05-01 02:05:00 UTC; 3 shards since" in document
    assert drift(folder, "history", "orders-prod:orders", "--format", "html").out == document


def test_the_log_can_be_a_spreadsheet(folder: Path) -> None:
    """With --format csv each snapshot is a row with the values that JSON has."""
    rows = list(csv.DictReader(io.StringIO(drift(folder, "log", "--format", "csv").out, newline="")))
    read = json.loads(drift(folder, "log", "--format", "json").out)
    for row, entry in zip(rows, read, strict=True):
        assert [row[name] for name in ("number", "instance", "taken_at", "shards", "content_hash")] == [
            str(entry[name]) for name in ("number", "instance", "taken_at", "shards", "content_hash")
        ]
        assert (row["suspect"], row["in_flight"]) == ("false", "0")
