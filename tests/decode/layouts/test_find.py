from __future__ import annotations

from time import process_time

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from drift.core.errors import LayoutError
from drift.decode.content import Content, Options
from drift.decode.layouts import Layout
from drift.decode.sources.export import decode_document
from support.builders import node_id
from support.layouts import PLAIN_NAMES, SHAPES, Topology, Writing, topologies, writings


def read(writing: Writing, options: Options | None = None) -> Content:
    """What a writing is read as."""
    return decode_document(writing.response, options or Options())


def topology_of(content: Content) -> Topology:
    return Topology(tuple(sorted(content.data_nodes, key=lambda node: node.id)), content.databases)


@pytest.mark.parametrize("shape", sorted(SHAPES))
@given(data=st.data())
@settings(max_examples=40)
def test_every_layout_of_one_topology_gives_the_same_records(shape: str, data: st.DataObject) -> None:
    """Whatever the words, the containers, the order and the noise, what the layout carries is read, or is a doubt."""
    topology = data.draw(topologies(names=PLAIN_NAMES))
    writing = data.draw(writings(topology, shape))
    assume(any(database.shards for database in topology.databases))
    try:
        content = read(writing)
    except LayoutError as error:
        assert error.hint  # noqa: PT017 - a doubt is no reading; it must show the way on
        return
    assert topology_of(content) == writing.expected
    assert content.gaps == ()
    assert content.warnings == ()


@given(data=st.data())
@settings(max_examples=80)
def test_names_that_are_words_of_the_interfaces_are_never_read_wrongly(data: st.DataObject) -> None:
    """Databases called `shards` or `data`, and data nodes called as databases are, are read right or refused."""
    topology = data.draw(topologies(node_names=["orders", "app", "shards", "users"]))
    writing = data.draw(writings(topology))
    assume(any(database.shards for database in topology.databases))
    try:
        content = read(writing)
    except LayoutError:
        return
    got = topology_of(content)
    # A database without shards that is written as an empty object under a word of the interfaces can't be told.
    assert [each for each in got.databases if each.shards] == [
        each for each in writing.expected.databases if each.shards
    ]


@pytest.mark.parametrize("shape", sorted(SHAPES))
@given(data=st.data())
@settings(max_examples=12, suppress_health_check=[HealthCheck.filter_too_much])
def test_what_inspect_shows_can_be_pasted(shape: str, data: st.DataObject) -> None:
    """A layout that was found, given as [layout], reads the same."""
    topology = data.draw(topologies(names=PLAIN_NAMES))
    writing = data.draw(writings(topology, shape))
    assume(any(database.shards for database in topology.databases))
    try:
        content = read(writing)
    except LayoutError:
        return
    pasted = tuple(Layout.parse(layout.texts()) for layout in content.layouts)
    again = read(writing, Options(layout=pasted))
    assert topology_of(again) == topology_of(content)
    assert again.layouts == content.layouts


MANY = [f"l{number:04}" for number in range(1500)]


@pytest.mark.parametrize(
    "payload",
    [
        {name: [{"a": 1}] for name in MANY},
        {name: [{"name": f"{name}_0000", "instance_id": node_id("rds-1")}] for name in MANY},
        {name: {f"{name}_0000": node_id("rds-1")} for name in MANY},
        {"databases": [{name: [{"name": name, "instance_id": node_id("rds-1")}] for name in MANY}]},
    ],
    ids=["other-things", "shards", "keyed", "within-a-record"],
)
def test_many_lists_beside_each_other_are_read_at_once(payload: object) -> None:
    """No list is compared with every other: the time grows with their number, not with its square."""
    document = {"compressed_databases_info": payload, "data_nodes": [{"instance_id": node_id("rds-1")}]}
    begin = process_time()
    try:
        decode_document(document, Options())
    except LayoutError as error:
        assert error.hint  # noqa: PT017 - a doubt is no reading; it must show the way on
    assert process_time() - begin < 1
