from __future__ import annotations

import gzip
import json
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drift.cli.output import write
from drift.core.errors import DriftError, FileError, PayloadError
from drift.decode.file_kinds.table import open_file
from drift.decode.files import load
from drift.decode.limits import Limits
from drift.decode.sources import snapshot_file
from support.builders import a_database, a_node, a_shard, a_snapshot
from support.strategies import json_values, snapshots

if TYPE_CHECKING:
    from pathlib import Path

    from drift.core.model import Snapshot

EXAMPLE = a_snapshot(
    a_database(shards=3, attributes={"charset": "utf8mb4"}),
    a_database("users", shards=[a_shard("users_0000", attributes={"weight": [1, 2.5, None]})]),
    label="pre-change",
    gaps={"database audit": "500 DBS.300128"},
)


def reread(content: bytes) -> Snapshot:
    return snapshot_file.from_document(open_file(content, Limits()).document)


def plain(snapshot: Snapshot) -> Snapshot:
    """What of a snapshot is the same everywhere: its number is the store's."""
    return msgspec.structs.replace(snapshot, number=None)


@given(snapshots())
def test_importing_an_export_gives_the_snapshot_back(snapshot: Snapshot) -> None:
    """Nothing is lost on the way through a file, whatever the names, attributes, gaps and labels are."""
    assert reread(snapshot_file.dumps(snapshot)) == plain(snapshot)


@given(snapshots())
def test_the_file_is_the_same_every_time(snapshot: Snapshot) -> None:
    """Equal snapshots give equal bytes, also the second time round."""
    content = snapshot_file.dumps(snapshot)
    assert snapshot_file.dumps(reread(content)) == content


@given(snapshots())
def test_each_record_has_a_line_of_its_own(snapshot: Snapshot) -> None:
    """Version control shows a change of one record as a change of one line; the last line ends."""
    content = snapshot_file.dumps(snapshot).decode()
    databases = len(snapshot.databases)
    assert content.endswith("}\n")
    records = [line for line in content.split("\n") if line.startswith(('{"id":', '{"name":', '{"database":'))]
    assert len(records) == len(snapshot.data_nodes) + databases + snapshot.shard_count


@given(snapshots())
def test_it_is_json_that_everybody_can_read(snapshot: Snapshot) -> None:
    """Any JSON reader finds the format's number first."""
    document = json.loads(snapshot_file.dumps(snapshot))
    assert list(document) == ["format", "snapshot", "data_nodes", "databases", "shards"]
    assert document["format"] == 1


@pytest.mark.parametrize("name", ["snapshot.json", "snapshot.json.gz", "folder/snapshot.json"])
def test_files_are_read_as_they_were_written(tmp_path: Path, name: str) -> None:
    """A name that ends in .gz has the file compressed, the same way each time, and folders are made."""
    content = snapshot_file.dumps(EXAMPLE)
    write(tmp_path / name, content)
    first = (tmp_path / name).read_bytes()
    write(tmp_path / name, content)
    assert (tmp_path / name).read_bytes() == first
    assert (gzip.decompress(first) if name.endswith(".gz") else first) == content
    assert load(tmp_path / name) == EXAMPLE
    assert sum(path.is_file() for path in tmp_path.rglob("*")) == 1


def test_a_link_leads_to_the_file_that_is_written(tmp_path: Path) -> None:
    """A symbolic link stays one; what it leads to is replaced."""
    (tmp_path / "real.json").write_text("old")
    (tmp_path / "link.json").symlink_to("real.json")
    write(tmp_path / "link.json", b"new")
    assert (tmp_path / "link.json").is_symlink()
    assert (tmp_path / "real.json").read_text() == "new"


def test_a_file_that_can_not_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    """A folder in the way is an error that names it, and nothing is left behind."""
    (tmp_path / "folder.json").mkdir()
    with pytest.raises(FileError, match=r"could not write .*folder\.json"):
        write(tmp_path / "folder.json", b"x")
    assert [path.name for path in tmp_path.iterdir()] == ["folder.json"]


def damaged(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON value
    """The example's document with other values at some places, given as paths with __ for each step."""
    document: dict[str, Any] = json.loads(snapshot_file.dumps(EXAMPLE))
    for path, value in changes.items():
        *steps, last = [int(step) if step.isdigit() else step for step in path.split("__")]
        inner: Any = document
        for step in steps:
            inner = inner[step]
        inner[last] = value
    return document


def test_a_member_that_a_file_lacks_is_named_once() -> None:
    """What is missing at the top has no place within the file, and isn't told in place of one."""
    document = damaged()
    del document["shards"]
    with pytest.raises(PayloadError) as caught:
        reread(json.dumps(document).encode())
    assert (caught.value.message.count("missing required field"), caught.value.message.count("`")) == (1, 2)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"format": 2}, "format 2"),
        ({"format": "1"}, "format '1'"),
        ({"format": True}, "format True"),
        ({"format": 1.0}, "format 1.0"),
        ({"snapshot": None}, "snapshot"),
        ({"shards": {}}, "shards"),
        ({"shards__1__name": 5}, r"shards\[1\]\.name|shards\[\.\.\.\]\.name"),
        ({"shards__1__name": "orders_0000"}, r"shards\[1\]: the same record"),
        ({"shards__0__database": "carts"}, "the database carts"),
        ({"data_nodes__0__port": "3306"}, "port"),
        ({"data_nodes__1": {"id": "x"}}, "data_nodes"),
        ({"databases__1__name": "orders"}, "same record"),
        ({"databases__0__attributes": []}, "attributes"),
        ({"snapshot__taken_at": "yesterday"}, "taken_at"),
        ({"snapshot__taken_at": "2026-05-01T02:00:00"}, "taken_at"),
        ({"snapshot__taken_at": "0001-01-01T00:00:00+14:00"}, "taken_at"),
        ({"snapshot__gaps": ["database orders"]}, "gaps"),
        ({"snapshot__instance": "orders"}, "instance"),
        ({"data_nodes__0__port": 10**30}, "port"),
        ({"shards__0__index": 2**63}, "index"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_with_its_place(changes: dict[str, Any], words: str) -> None:
    """A file that isn't one names what is wrong and where, instead of being read as something else."""
    with pytest.raises(PayloadError, match=words):
        reread(json.dumps(damaged(**changes)).encode())


def test_a_record_without_a_member_is_refused() -> None:
    """Nothing is made up for what a file doesn't say."""
    for section in ("data_nodes", "databases", "shards", "snapshot"):
        document = damaged()
        record = document[section] if section == "snapshot" else document[section][0]
        for member in list(record):
            lesser = deepcopy(document)
            del (lesser[section] if section == "snapshot" else lesser[section][0])[member]
            with pytest.raises(PayloadError, match=member):
                reread(json.dumps(lesser).encode())


@given(st.data())
def test_no_document_breaks_the_reader(data: st.DataObject) -> None:
    """Whatever stands anywhere in a file, it is a snapshot or an error in words."""
    document = damaged()
    section = data.draw(st.sampled_from(["snapshot", "data_nodes", "databases", "shards"]))
    record = document[section] if section == "snapshot" else document[section][0]
    member = data.draw(st.sampled_from(sorted(record)))
    record[member] = data.draw(json_values | st.floats(allow_nan=False, allow_infinity=False) | st.integers())
    try:
        snapshot = reread(json.dumps(document).encode())
    except DriftError:
        return
    assert reread(snapshot_file.dumps(snapshot)) == snapshot


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**63), 2**64 - 1))
def test_numbers_in_attributes_stay_what_they_are(number: float) -> None:
    """Attributes are kept verbatim: a number is not rounded by being written and read."""
    snapshot = a_snapshot(nodes=[a_node(attributes={"n": number})])
    assert reread(snapshot_file.dumps(snapshot)) == snapshot


def test_the_time_is_told_in_utc() -> None:
    """A file written elsewhere means the same moment here."""
    document = damaged(snapshot__taken_at="2026-05-01T04:00:00+02:00")
    assert reread(json.dumps(document).encode()).taken_at == EXAMPLE.taken_at
