"""Weighs a reading of a document without databases: it must say that there are none. Pure."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from drift.core.member_names import plain
from drift.core.strict_json import Place
from drift.decode import synonyms
from drift.decode.evidence import caveats
from drift.decode.evidence.kinds import doubt
from drift.decode.layouts.values import items_below
from drift.decode.synonyms import is_container_of_nodes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drift.decode.layouts.nodes import Nodes

_CONTAINERS: Final = frozenset({dict, list})
_NAMES: Final = frozenset((*synonyms.DATABASE_NAME, *synonyms.SHARD_NAME)) | synonyms.DATABASES | synonyms.SHARDS
_ONLY_DATABASES: Final = synonyms.DATABASES - synonyms.SHARDS
_OF_ONE_DATABASE: Final = frozenset((*synonyms.ONLY_OF_DATABASES, *synonyms.DATABASE_NAME))
_COUNTS: Final = frozenset(synonyms.SHARD_COUNT)
_BELOW_NODES: Final = "{}"  # stands for what is empty below data nodes: no member is called so


def doubt_nothing(root: Place, nodes: Nodes, *, has_layout: bool) -> None:
    """Raise a doubt unless a document says, with empty containers where the topology would be, that there is none."""
    telling = synonyms.CONTAINERS - synonyms.SINGULAR - (synonyms.DATA_NODES if nodes.by_id else frozenset())
    empty = set(_empty_containers(root, "", nodes))
    if _BELOW_NODES in empty and not has_layout:
        raise doubt("left-over", root, "there are shards on data nodes", "there are none")
    empty -= {_BELOW_NODES}
    if root.value and (empty.isdisjoint(telling) or empty - synonyms.CONTAINERS - synonyms.ENVELOPES):
        raise doubt("wrapper-key", root, "it holds no databases", "it holds nothing of the topology")


def _empty_containers(place: Place, word: str, nodes: Nodes) -> Iterator[str]:
    """Yield the names of empty containers in wrappers. Raises a doubt for all else that tells something."""
    if not place.value:
        yield word
        return
    if is_container_of_nodes(word) and _are_data_nodes(place.value, nodes):
        yield from _empty_below_nodes(place.value)
        return
    if type(place.value) is list or word not in {"", *synonyms.ENVELOPES} or _may_be_called_list(place):
        raise doubt("left-over", place, "there are databases or shards here", "there are none")
    counts = {0, *(len(value) for value in place.value.values() if type(value) in _CONTAINERS)}
    for key, value in place.value.items():
        member = Place(place, key, value)
        caveats.doubt_cut_off(member, counts)
        if type(value) not in _CONTAINERS:
            _doubt_value(member, plain(key))
            continue
        if not synonyms.is_about_others(key):
            yield from _empty_containers(member, plain(key), nodes)
        _doubt_record(member, plain(key))


def _doubt_value(place: Place, word: str) -> None:
    """Raise a doubt for a value that says that the answer is an error, or that tells of a database."""
    if caveats.says_error(str(place.key), place.value):
        raise doubt("left-over", place, "the service failed", "there are no databases")
    is_in_wrapper = place.parent is not None and place.parent.parent is not None
    is_fact = not synonyms.is_known(str(place.key)) or word in synonyms.DATABASE_STATUS
    if word in _OF_ONE_DATABASE or (type(place.value) is str and is_in_wrapper and is_fact):
        raise doubt("left-over", place, "this is a database", "there is none")


def _doubt_record(place: Place, word: str) -> None:
    """Raise a doubt for a container in what may be a database's record, or hold one: a wrapper without databases."""
    above = place.parent
    is_record = (
        above is not None and above.parent is not None and synonyms.DATABASES.isdisjoint(map(plain, above.value))
    )
    if is_record and (word in synonyms.SHARDS_ALONE or synonyms.is_about_others(word)):
        raise doubt("left-over", place, "this is a database", "there is none")


def _may_be_called_list(place: Place) -> bool:
    """Whether a key may be the name of a database, and no wrapper of databases."""
    return place.key == "list" and _ONLY_DATABASES.isdisjoint(map(plain, place.value))


def _are_data_nodes(value: Any, nodes: Nodes) -> bool:  # noqa: ANN401 - any JSON value
    """Whether a container holds data nodes alone, each called as it is listed, with nothing on any of them."""
    texts = [(key, text) for key, text in items_below(value) if key != text]
    is_keyed = type(value) is dict
    records = value.values() if is_keyed else value
    inner = chain.from_iterable(record.values() for record in records if type(record) is dict)
    return (
        all(nodes.hinted(text) if plain(key) in _NAMES else synonyms.is_known(key) for key, text in texts)
        and all(type(record) is dict or (is_keyed and record == []) for record in records)
        and not any(each for each in inner if type(each) in _CONTAINERS)
        and (not is_keyed or all(map(nodes.find, value)))
        and not any(item for record in records if record for key, item in record.items() if plain(key) in _COUNTS)
    )


def _empty_below_nodes(value: Any) -> Iterator[str]:  # noqa: ANN401 - any JSON value
    """Yield the names of empty containers in records of data nodes; what stands in their place is for shards."""
    for record in value.values() if type(value) is dict else value:
        if not record or not _CONTAINERS.isdisjoint(map(type, record.values())):
            yield _BELOW_NODES
        if not record:
            yield "shards"
        yield from (plain(key) for key in record if type(record[key]) in _CONTAINERS)
