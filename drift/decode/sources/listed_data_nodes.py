"""The data nodes that an export lists beside its payload, as records. Pure.

Source: `DNInstanceInfo` of DownloadSchemaMetadata, DDM API reference.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from drift.core.errors import PayloadError
from drift.core.member_names import plain
from drift.core.model import NO_ATTRIBUTES, DataNode, canonical_json
from drift.decode import synonyms
from drift.decode.layouts.values import integer, lowered, spelled
from drift.decode.synonyms import ranked
from drift.decode.unpack import NO_EXPORT

if TYPE_CHECKING:
    from collections.abc import Mapping


def data_nodes_of(listed: Any, volatile: frozenset[str]) -> tuple[DataNode, ...]:  # noqa: ANN401 - any JSON value
    """Read the list of data nodes. Raises PayloadError unless each has an id of its own, and values of their kinds."""
    if type(listed) is not list:
        raise PayloadError("expected an array of data nodes", place="data_nodes", hint=NO_EXPORT)
    nodes: dict[str, DataNode] = {}
    for index, record in enumerate(listed):
        place = f"data_nodes[{index}]"
        if type(record) is not dict:
            raise PayloadError("expected an object", place=place, hint=NO_EXPORT)
        node = _data_node(record, place, volatile)
        if nodes.setdefault(node.id, node) is not node:
            raise PayloadError(f"the data node {node.id} appears more than once", place=place, hint=NO_EXPORT)
    return tuple(nodes.values())


def _data_node(record: Mapping[str, Any], place: str, volatile: frozenset[str]) -> DataNode:
    words = {
        "id": synonyms.DATA_NODE_ID,
        "name": synonyms.DATA_NODE_NAME,
        "host": synonyms.HOST,
        "port": synonyms.PORT,
        "engine": synonyms.ENGINE,
        "engine_version": synonyms.ENGINE_VERSION,
    }
    members = {field: next(iter(ranked(set(record), synonyms)), "") for field, synonyms in words.items()}
    spelled_alike = [member for member, count in Counter(map(plain, record)).items() if count > 1]
    if spelled_alike:
        raise PayloadError(f"the same member appears twice: {spelled_alike[0]}", place=place, hint=NO_EXPORT)
    values = {field: record.get(member) for field, member in members.items()}
    identity = spelled(values["id"], f"{place}.{members['id'] or 'instance_id'}")
    if identity is None:
        raise PayloadError(
            "expected the data node's id", place=f"{place}.{members['id'] or 'instance_id'}", hint=NO_EXPORT
        )
    others = {
        key: _without(value, volatile)
        for key, value in record.items()
        if key not in members.values() and plain(key) not in volatile
    }
    return DataNode(
        id=identity,
        name=spelled(values["name"], f"{place}.{members['name']}"),
        host=spelled(values["host"], f"{place}.{members['host']}"),
        port=integer(values["port"], f"{place}.{members['port']}"),
        engine=lowered(values["engine"], f"{place}.{members['engine']}"),
        engine_version=spelled(values["engine_version"], f"{place}.{members['engine_version']}"),
        attributes=canonical_json(others) if others else NO_ATTRIBUTES,
    )


def _without(value: Any, volatile: frozenset[str]) -> Any:  # noqa: ANN401 - any JSON value
    match value:
        case dict():
            return {key: _without(inner, volatile) for key, inner in value.items() if plain(key) not in volatile}
        case list():
            return [_without(inner, volatile) for inner in value]
    return value
