from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from drift.core.errors import LayoutError, PayloadError
from drift.decode.content import Content, Options
from drift.decode.layouts import Layout
from drift.decode.sources.export import decode_document
from support.builders import node_id
from support.layouts import PLAIN_NAMES, SHAPES, Topology, Writing, topologies, writings
from support.steps import steps

if TYPE_CHECKING:
    from collections.abc import Callable


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


def shards(database: str) -> list[dict[str, object]]:
    return [{"name": f"{database}_{number:04}", "instance_id": node_id("rds-1")} for number in range(2)]


def databases(names: list[str], **members: object) -> list[dict[str, object]]:
    return [{"name": name, **members, "shards": shards(name)} for name in names]


GROWING: dict[str, Callable[[list[str]], object]] = {
    "other things": lambda names: {name: [{"a": 1}] for name in names},
    "other things beside shards": lambda names: {"orders": shards("orders"), **{name: {"a": [1]} for name in names}},
    "lists": lambda names: {name: shards(name) for name in names},
    "objects": lambda names: {name: {f"{name}_0000": node_id("rds-1")} for name in names},
    "lists in a record": lambda names: {"databases": [{name: shards(name)[:1] for name in names}]},
    "lists of unsharded databases": lambda names: {
        name: {"pieces": [shards(name)[0] | {"name": name}]} for name in names
    },
    "records": lambda names: {"databases": databases(names, shard_mode="cluster")},
    "lists with odd members": lambda names: {
        name: [each | {"label": "z_0000"} for each in shards(name)] for name in names
    },
    "unsharded databases on each data node": lambda names: {
        name: [{"id": node_id("rds-1"), "read_only_shards": [{"physical_db": name}]}] for name in names
    },
}
"""Payloads that grow with the number of names."""


@pytest.mark.parametrize("write", GROWING.values(), ids=GROWING.keys())
def test_the_work_grows_as_the_document_does(write: Callable[[list[str]], object]) -> None:
    """Nothing is compared with everything else: twice as many lists are twice the work, not four times."""

    def work(count: int) -> int:
        payload = write([f"l{number:04}" for number in range(count)])
        document = {"compressed_databases_info": payload, "data_nodes": [{"instance_id": node_id("rds-1")}]}
        return steps(lambda: outcome(document))

    few = work(150)
    assert 1.5 * few < work(300) < 2.5 * few


def outcome(document: object) -> Content | PayloadError:
    try:
        return decode_document(document, Options())
    except PayloadError as error:
        return error
