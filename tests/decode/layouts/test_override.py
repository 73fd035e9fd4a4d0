from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drift.config import file as config_file
from drift.core.errors import DriftError, LayoutError
from drift.decode.content import Content, Options
from drift.decode.layouts import Layout
from drift.decode.sources.export import decode_document
from support.paths import SAMPLE_CONFIGS

NODES = [f"{index:032x}in01" for index in range(1, 4)]
LISTED = [{"instance_id": node, "instance_name": f"rds-{index}"} for index, node in enumerate(NODES)]

ODD = {
    "version": 3,
    "dist": {
        "orders": {
            "pieces": [
                {"label": "orders_0000", "lives_on": NODES[0], "ordinal": "0"},
                {"label": "orders_0001", "lives_on": NODES[1], "ordinal": 1},
            ]
        }
    },
    "unsplit": {NODES[2]: [{"label": "legacy", "belongs_to": "legacy_db"}]},
}
USUAL = {
    "databases": [
        {
            "name": "orders",
            "shardMode": "cluster",
            "shardNumber": 2,
            "status": "RUNNING",
            "shards": [
                {"name": f"orders_000{i}", "dataNodeId": NODES[i], "shardIndex": i, "status": "RUNNING"} for i in (0, 1)
            ],
        }
    ]
}
USUAL_PATHS = {
    "shards": "databases[].shards[]",
    "shard_name": "databases[].shards[].name",
    "data_node": "databases[].shards[].dataNodeId",
    "database": "databases[].name",
    "shard_index": "databases[].shards[].shardIndex",
    "shard_status": "databases[].shards[].status",
    "databases": "databases[]",
    "database_name": "databases[].name",
    "shard_mode": "databases[].shardMode",
    "shard_count": "databases[].shardNumber",
    "database_status": "databases[].status",
}


def read(inner: Any, *layouts: dict[str, str]) -> Content:  # noqa: ANN401 - any JSON value
    given = tuple(Layout.parse(layout) for layout in layouts)
    return decode_document({"data_nodes": LISTED, "compressed_databases_info": inner}, Options(layout=given))


def test_the_odd_sample_configuration_reads_an_odd_payload() -> None:
    """What no rule can know is read by the paths of the sample: two lists, words that no interface has."""
    layout = config_file.load(SAMPLE_CONFIGS / "odd-layout.toml").layout
    content = decode_document({"data_nodes": LISTED, "compressed_databases_info": ODD}, Options(layout=layout))
    found = {(s.database, s.name, s.index, s.data_node_id) for each in content.databases for s in each.shards}
    assert found == {
        ("orders", "orders_0000", 0, NODES[0]),
        ("orders", "orders_0001", 1, NODES[1]),
        ("legacy_db", "legacy", None, NODES[2]),
    }
    with pytest.raises(LayoutError):
        read(ODD)


@pytest.mark.parametrize("key", sorted(USUAL_PATHS))
def test_each_key_alone_reads_as_without(key: str) -> None:
    """A key that says what would have been found anyway changes nothing."""
    given = {"shards": USUAL_PATHS["shards"], key: USUAL_PATHS[key]}
    assert read(USUAL, given).databases == read(USUAL).databases
    assert read(USUAL, given).layouts == read(USUAL).layouts


def test_all_keys_together_are_what_is_found() -> None:
    """The layout that is found is the one that a user would write."""
    assert read(USUAL).layouts[0].texts() == USUAL_PATHS
    assert read(USUAL, USUAL_PATHS).databases == read(USUAL).databases


@pytest.mark.parametrize("key", sorted(USUAL_PATHS.keys() - {"shards"}))
def test_a_path_that_leads_to_nothing_is_named(key: str) -> None:
    """A misspelt path is an error that repeats the path and says which key has it; it is never read as "not there"."""
    wrong = f"{USUAL_PATHS[key]}x" if key != "databases" else "schemas[]"
    with pytest.raises(LayoutError, match=f"there is nothing at the path that .layout. gives for {key}") as caught:
        read(USUAL, {"shards": USUAL_PATHS["shards"], key: wrong})
    assert caught.value.place == wrong
    assert "databases[].shards[]" in str(caught.value.hint)


def test_the_path_of_the_shards_must_lead_somewhere() -> None:
    """Shards at a path that the payload doesn't have are not "no shards"."""
    with pytest.raises(LayoutError, match="there is nothing at the path"):
        read(USUAL, {"shards": "databases[].slots[]"})


def test_an_open_reference_must_be_clear() -> None:
    """Where two members refer to data nodes and [layout] names neither, nothing is chosen."""
    shard = {"name": "orders_0000", "dataNodeId": NODES[0], "rdsId": NODES[1]}
    inner = {"databases": [{"name": "orders", "shards": [shard]}]}
    with pytest.raises(LayoutError, match="rdsId refer to different data nodes"):
        read(inner, {"shards": "databases[].shards[]"})
    found = read(inner, {"shards": "databases[].shards[]", "data_node": "databases[].shards[].rdsId"})
    assert [shard.data_node_id for each in found.databases for shard in each.shards] == [NODES[1]]


def test_a_given_reference_must_refer() -> None:
    """Where [layout] gives a member in which no listed data node is, no shard is placed on what is in there."""
    with pytest.raises(LayoutError, match="nothing there refers to a data node"):
        read(USUAL, {"shards": USUAL_PATHS["shards"], "data_node": USUAL_PATHS["shard_status"]})


def test_names_can_be_made_to_tell_the_databases() -> None:
    """Where keys say one thing and names another, `database` given as the shards' names settles it."""
    grouped = {"cluster": [{"name": f"orders_000{i}", "dataNodeId": NODES[i]} for i in (0, 1)]}
    with pytest.raises(LayoutError, match="not numbered from its database"):
        read(grouped)
    content = read(grouped, {"shards": "{}[]", "shard_name": "{}[].name", "database": "{}[].name"})
    assert [(each.name, len(each.shards)) for each in content.databases] == [("orders", 2)]


def test_a_given_layout_reads_an_empty_list_as_empty() -> None:
    """A database without shards is no reason to refuse a layout that fits."""
    empty = {"databases": [{"name": "orders", "shards": []}]}
    assert [(each.name, each.shards) for each in read(empty, {"shards": "databases[].shards[]"}).databases] == [
        ("orders", ())
    ]


@pytest.mark.parametrize(
    ("mapping", "words"),
    [
        ({}, "'shards' is missing"),
        ({"shards": ""}, "an empty text is no path"),
        ({"shards": "databases"}, "leads to one value"),
        ({"shards": "$"}, "leads to one value"),
        ({"shards": "a[0]"}, r"is no path: cannot read '\[0\]'"),
        ({"shards": 'a["\\x"][]'}, "not quoted as JSON"),
        ({"shards": "a[]", "shard_nam": "a[].b"}, "did you mean 'shard_name'"),
        ({"shards": "a[]", "colour": "a[].b"}, "known: shards"),
        ({"shards": "a[]", "shard_name": "b[].c"}, "can't be reached"),
        ({"shards": "a[]", "shard_name": "a[]@key"}, "have no key"),
        ({"shards": "a[]", "databases": "b{}@key"}, "leads to a key"),
        ({"shards": 5}, "must be a path in quotes"),
    ],
    ids=str,
)
def test_what_is_no_layout_is_refused_in_words(mapping: dict[str, Any], words: str) -> None:
    """Every mistake in a [layout] is told when the configuration is read."""
    with pytest.raises(ValueError, match=words):
        Layout.parse(mapping)


_steps = st.sampled_from(["[]", "{}", ".databases", ".shards", ".name", ".dataNodeId", "@key", '["it\'s"]', ".x"])
_paths = st.sampled_from(sorted(USUAL_PATHS.values())) | st.lists(_steps, min_size=1, max_size=5).map("".join)


@given(st.fixed_dictionaries({"shards": _paths}, optional={key: _paths for key in USUAL_PATHS if key != "shards"}))
def test_any_paths_are_read_or_refused_in_words(mapping: dict[str, str]) -> None:
    """A layout made of any paths never ends in another exception, and can be written and read again."""
    try:
        layout = Layout.parse({key: path.lstrip(".") for key, path in mapping.items()})
    except ValueError:
        return
    assert Layout.parse(layout.texts()) == layout
    assert "'" not in json.dumps(layout.texts())
    for inner in (USUAL, ODD, {NODES[0]: {"orders": ["orders_0000"]}}):
        try:
            decode_document({"data_nodes": LISTED, "compressed_databases_info": inner}, Options(layout=(layout,)))
        except DriftError as error:
            assert error.hint  # noqa: PT017 - both outcomes are fine; an error must say what to do
