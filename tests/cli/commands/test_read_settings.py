"""Snapshots that were read with different settings, in every command that compares."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from drift.decode import content
from drift.decode.sources import saved_file
from drift.store import Store
from support.builders import node_id
from support.shell import drift

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from drift.decode.content import Content

NODES = [{"instance_id": node_id(name), "instance_name": name} for name in ("rds-1", "rds-2")]
MOVED = [("shard-moved", "orders_0001")]
LAYOUT = """
[layout]
shards = "[].shards[]"
shard_name = "[].shards[].name"
data_node = "[].shards[].data_node_id"
shard_status = "[].shards[].phase"
databases = "[]"
database_name = "[].name"
database = "[].name"
"""


def response(*, moved: bool = False, beat: int = 0) -> bytes:
    """An export of four shards with a member that always changes, and another that could be the status."""
    shards = [
        {"name": f"orders_{place:04}", "data_node_id": node_id(f"rds-{place % 2 + 1}"), "status": "RUNNING",
         "phase": "at rest", "beat": beat + place}
        for place in range(4)
    ]  # fmt: skip
    if moved:
        shards[1]["data_node_id"] = node_id("rds-1")
    inner = [{"name": "orders", "beat": beat, "shards": shards}]
    return json.dumps({"data_nodes": NODES, "compressed_databases_info": inner}).encode()


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Any]:
    """Run drift in a folder, under these settings, on a response; returns how it ended."""

    def run(line: str, settings: str, number: int = 0, *, moved: bool = False) -> Any:  # noqa: ANN401
        (tmp_path / "drift.toml").write_text(settings)
        (tmp_path / "now.json").write_bytes(response(moved=moved, beat=number))
        return drift(tmp_path, *line.format(time=f"2026-05-01T0{number}:00Z").split())

    return run


def told(report: str) -> list[tuple[str, str]]:
    return [(change["rule"], change["name"]) for change in json.loads(report)["changes"]]


CAPTURE = "snapshot orders --from-file now.json --taken-at {time}"
SETTINGS = {
    "volatile is added": ("", 'volatile = ["beat"]\n', MOVED),
    "volatile is taken away": (
        'volatile = ["beat"]\n',
        "",
        [*[("shard-changed", f"orders_{place:04}") for place in range(4)], ("database-changed", "orders")],
    ),
    "another layout": ('volatile = ["beat"]\n', f'volatile = ["beat"]\n{LAYOUT}', MOVED),
}


@pytest.mark.parametrize(("before", "after", "changes"), SETTINGS.values(), ids=SETTINGS)
@pytest.mark.parametrize("line", ["gate 1 2", "gate 1 now.json", "end CHG-1 --from-file now.json --taken-at {time}"])
def test_both_sides_are_read_with_the_settings_of_now(
    run: Callable[..., Any], line: str, before: str, after: str, changes: list[tuple[str, str]]
) -> None:
    """Where the responses are kept, stored neighbours, files and changes are compared by today's settings alone."""
    first = CAPTURE.replace("snapshot", "begin CHG-1") if line.startswith("end") else CAPTURE
    assert run(first, before, 1).code == 0
    if "1 2" in line:
        assert run(CAPTURE, after, 2, moved=True).code == 0
    ended = run(f"{line} --format json", after, 2, moved=True)
    assert set(told(ended.out)) == {*changes, *MOVED}
    assert "other_settings" not in json.loads(ended.out)


def test_what_only_the_settings_explain_is_no_operation(run: Callable[..., Any]) -> None:
    """A status that another layout reads elsewhere, on both sides alike, is none that a change has left behind."""
    volatile = 'volatile = ["beat"]\n'
    assert run(CAPTURE.replace("snapshot", "begin CHG-1"), volatile, 1).code == 0
    ended = run("end CHG-1 --from-file now.json --taken-at {time} --format json", volatile + LAYOUT, 2)
    assert (told(ended.out), json.loads(ended.out).get("findings")) == ([], None)
    assert ended.code == 0


@pytest.mark.parametrize(
    ("before", "after", "unconfirmed"),
    [("", LAYOUT, []), (LAYOUT, "", ["snapshot 1", "snapshot 2"])],
    ids=["declared since", "no longer declared"],
)
def test_what_is_read_again_is_as_confirmed_as_the_settings_of_now_make_it(
    run: Callable[..., Any], before: str, after: str, unconfirmed: list[str]
) -> None:
    """A declared [layout] confirms an older snapshot, too; once it is taken away, it confirms none."""
    assert run(CAPTURE, before, 1).code == 0
    assert run(CAPTURE, after, 2).code == 0
    ended = run("gate 1 2 --require-confirmed", after)
    assert ended.code == (4 if unconfirmed else 0)
    assert [name for name in ("snapshot 1", "snapshot 2") if name in ended.err] == unconfirmed


@pytest.mark.parametrize(("before", "after"), [each[:2] for each in SETTINGS.values()], ids=SETTINGS)
def test_settings_that_differ_are_named(run: Callable[..., Any], tmp_path: Path, before: str, after: str) -> None:
    """Where no response is kept, the move alone is told, and stderr and every report name what was read otherwise."""
    run(CAPTURE, before, 1)
    run(CAPTURE, after, 2, moved=True)
    with closing(sqlite3.connect(tmp_path / "snapshots/drift.db")) as connection, connection:
        connection.execute("DELETE FROM raw")
    ended = run("gate 1 2 --format json --output text=a.txt --output markdown=a.md --output html=a.html", after)
    report = json.loads(ended.out)
    assert (ended.code, told(ended.out)) == (1, MOVED)
    assert [each["setting"] for each in report["other_settings"]] == ["layout" if "layout" in after else "volatile"]
    assert any(fact.get("by_settings") for fact in report["not_told"])
    written = [ended.err, *((tmp_path / f"a.{suffix}").read_text() for suffix in ("txt", "md", "html"))]
    assert [text.count("Read with other settings") for text in written] == [1, 1, 1, 1]


def spelled_otherwise(read: Content) -> Content:
    """The content as another version of the reader would spell it."""
    databases = tuple(
        each.with_shards([msgspec.structs.replace(shard, status="running") for shard in each.shards])
        for each in read.databases
    )
    return msgspec.structs.replace(read, databases=databases)


def test_a_newer_reader_reads_both(run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """A baseline by an older reader, whose values it spelled otherwise, is read again rather than told as changed."""
    with monkeypatch.context() as patched:
        now = saved_file.content
        patched.setattr(saved_file, "content", lambda *arguments: spelled_otherwise(now(*arguments)))
        patched.setattr(content, "READER_VERSION", content.READER_VERSION - 1)
        run(CAPTURE, 'volatile = ["beat"]\n', 1)
    ended = run("gate 1 now.json --format json", 'volatile = ["beat"]\n', 2, moved=True)
    assert told(ended.out) == MOVED


def test_the_last_response_before_other_settings_is_kept(run: Callable[..., Any], tmp_path: Path) -> None:
    """Of each settings the newest response is kept, so that neighbours can be read alike."""
    for number, settings in enumerate(["", "", "", 'volatile = ["beat"]\n', 'volatile = ["beat"]\n'], 1):
        run(CAPTURE, settings, number)
    with Store.open(tmp_path / "snapshots/drift.db") as store:
        assert store.numbers_with_raw() == [5, 3, 1]
