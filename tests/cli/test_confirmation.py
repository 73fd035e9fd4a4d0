"""Unconfirmed snapshots: shown wherever a snapshot is, and judged only where the settings allow it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from drift.simulator import default_cloud
from drift.store import Store
from support.builders import a_time
from support.shell import drift

if TYPE_CHECKING:
    from pathlib import Path

WORDS = "unconfirmed: neither a documented call nor a person confirmed its layout"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a response, stored as two snapshots."""
    (tmp_path / "response.json").write_bytes(default_cloud().instance("orders-prod").export())
    for label in ("before", "after"):
        ended = drift(tmp_path, "snapshot", "orders", "--from-file", "response.json", "--label", label)
        assert ended.out.endswith(
            "25 shards, layout unconfirmed\n" if label == "before" else ", layout unconfirmed, unchanged\n"
        )
    return tmp_path


def confirm(folder: Path, instance: str = "orders") -> None:
    with Store.open(folder / "snapshots/drift.db") as store:
        layout = store.log()[0].layout
        assert layout is not None
        store.confirm_layout(instance, layout, "person", a_time())


@pytest.mark.parametrize(
    ("arguments", "count"),
    [
        (("log",), 2),
        (("show",), 1),
        (("show", "--format", "markdown"), 1),
        (("show", "response.json"), 1),
        (("diff", "before", "after"), 2),
        (("diff", "before", "response.json"), 2),
        (("gate", "before", "after", "--format", "markdown"), 2),
        (("check",), 1),
        (("check", "--format", "markdown"), 1),
    ],
)
def test_every_report_says_so_in_one_line(folder: Path, arguments: tuple[str, ...], count: int) -> None:
    """Each unconfirmed snapshot is named in one line, and in none once its layout is confirmed."""
    ended = drift(folder, *arguments)
    assert ended.code == 0
    assert " ".join(ended.out.split()).count("unconfirmed") == count
    confirm(folder)
    assert "unconfirmed" not in drift(folder, *arguments).out


def test_the_json_says_so(folder: Path) -> None:
    """The key is there for an unconfirmed snapshot alone, in reports, in the log and in a snapshot file."""
    diff = ("diff", "before", "after", "--format", "json")
    assert [json.loads(drift(folder, *diff).out)[side]["unconfirmed"] for side in ("before", "after")] == [True, True]
    assert json.loads(drift(folder, "check", "--format", "json").out)["snapshot"]["unconfirmed"] is True
    assert [entry["unconfirmed"] for entry in json.loads(drift(folder, "log", "--format", "json").out)] == [True, True]
    exported = drift(folder, "export", "before").out
    assert json.loads(exported)["snapshot"]["unconfirmed"] is True
    confirm(folder)
    assert '"unconfirmed"' not in drift(folder, *diff).out + drift(folder, "export", "before").out


def test_an_export_file_keeps_what_it_says(folder: Path) -> None:
    """Exported, imported and exported again, an unconfirmed snapshot has the same bytes; confirmed, it is rewritten."""
    assert drift(folder, "export", "before", "--output", "baseline.json").code == 0
    before = (folder / "baseline.json").read_bytes()
    assert drift(folder, "--store", "other.db", "import", "baseline.json").code == 0
    assert drift(folder, "--store", "other.db", "export").out.encode() == before
    confirm(folder)
    drift(folder, "export", "before", "--output", "baseline.json")
    assert b"unconfirmed" not in (folder / "baseline.json").read_bytes()


@pytest.mark.parametrize(
    "arguments",
    [
        ("gate", "before", "after"),
        ("gate", "response.json", "after"),
        ("gate", "before", "after", "--report-only"),
        ("check",),
        ("begin", "CHG-1", "orders", "--from-file", "response.json"),
    ],
)
def test_require_confirmed_judges_no_unconfirmed_snapshot(folder: Path, arguments: tuple[str, ...]) -> None:
    """With it 4, with the way to confirm; without it, or once the layout is confirmed, as ever."""
    assert drift(folder, *arguments).code == 0
    ended = drift(folder, *arguments, "--require-confirmed")
    assert (ended.code, ended.out) == (4, "")
    assert "the layout is unconfirmed" in ended.err
    assert "drift inspect FILE" in ended.err
    (folder / "drift.toml").write_text("require_confirmed = true\n")
    assert drift(folder, *arguments).code == 4
    confirm(folder)
    assert drift(folder, *arguments).code == 0


@pytest.mark.parametrize(("config", "expected"), [("", True), ("[layout]\nshards = '[].shards[]'\n", False)])
def test_what_is_read_again_is_as_confirmed_as_its_layout(folder: Path, config: str, *, expected: bool) -> None:
    """Another reading by the same layout stays unconfirmed; one by a declared layout is confirmed by a person."""
    response = json.loads((folder / "response.json").read_bytes())
    response["data_nodes"][0]["load"] = 0.7
    (folder / "loaded.json").write_text(json.dumps(response))
    drift(folder, "snapshot", "orders", "--from-file", "loaded.json")
    (folder / "drift.toml").write_text(f'volatile = ["load"]\n{config}')
    assert "kept as snapshot 4" in drift(folder, "reread", "latest", "--save").out
    with Store.open(folder / "snapshots/drift.db") as store:
        assert store.load(4).unconfirmed is expected


@pytest.mark.parametrize("arguments", [("response.json",), ("response.json", "orders"), ("exported.json",)])
def test_a_person_confirms_what_inspect_shows(folder: Path, arguments: tuple[str, ...]) -> None:
    """With --confirm the layout is shown, kept for the instance and reported; without it nothing is kept."""
    drift(folder, "export", "--output", "exported.json")
    shown = drift(folder, "inspect", *arguments)
    assert shown.err == ""
    assert drift(folder, "gate", "before", "after", "--require-confirmed").code == 4
    ended = drift(folder, "inspect", *arguments, "--confirm")
    assert (ended.code, ended.out) == (0, shown.out)
    assert ended.err == "confirmed for orders: the layout above, in snapshots/drift.db\n"
    assert drift(folder, "gate", "before", "after", "--require-confirmed").code == 0
    assert drift(folder, "inspect", *arguments).err == ""


def test_a_person_confirms_for_a_named_instance(tmp_path: Path) -> None:
    """Without a store, the instance has to be named; the layout is then kept before there is a snapshot."""
    (tmp_path / "response.json").write_bytes(default_cloud().instance("orders-prod").export())
    ended = drift(tmp_path, "inspect", "response.json", "--confirm")
    assert ended.code == 2
    assert "which instance" in ended.err
    assert drift(tmp_path, "inspect", "response.json", "users", "--confirm").code == 0
    assert drift(tmp_path, "snapshot", "users", "--from-file", "response.json").out.endswith("25 shards\n")


@pytest.mark.parametrize("content", ['{"compressed_databases_info": [], "data_nodes": []}'])
def test_nothing_is_confirmed_where_there_is_no_layout(folder: Path, content: str) -> None:
    """An empty payload shows no layout, so there is nothing that a person could vouch for."""
    (folder / "empty.json").write_text(content)
    assert drift(folder, "inspect", "empty.json", "orders", "--confirm").code == 2


def test_a_diff_tells_all_the_same(folder: Path) -> None:
    """A diff judges nothing, so it shows unconfirmed snapshots whatever the setting is."""
    assert drift(folder, "diff", "before", "after", DRIFT_REQUIRE_CONFIRMED="true").code == 0


def test_the_confirmation_of_another_instance_counts_for_nothing(folder: Path) -> None:
    """A layout is confirmed for one instance, and a file without a name is of none where there are several."""
    confirm(folder, "users")
    assert drift(folder, "gate", "before", "after", "--require-confirmed").code == 4
    assert drift(folder, "check", "response.json", "--require-confirmed").code == 4


def test_a_store_that_can_not_be_read_is_no_hindrance_to_a_file(folder: Path) -> None:
    """A file is read beside a damaged store as without one; its layout is just not confirmed."""
    (folder / "snapshots/drift.db").write_bytes(b"no database" * 100)
    ended = drift(folder, "check", "response.json")
    assert ended.code == 0
    assert WORDS in " ".join(ended.out.split())
