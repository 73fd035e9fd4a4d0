"""Distinguishing keys that are names of databases, shards or data nodes from names of members. Pure."""

from __future__ import annotations

from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Final

from drift.core.member_names import plain
from drift.decode import synonyms
from drift.decode.layouts.layout import KEYED, NUMBERED, Path
from drift.decode.layouts.nodes import is_like_an_id
from drift.decode.layouts.values import texts_below

if TYPE_CHECKING:
    from collections.abc import Callable

_CONTAINERS: Final = frozenset({dict, list})
_EMPTY: Final = frozenset({dict, list, type(None)})
_FEW: Final = 64  # enough to recognise the content of an object or array
_OF_SHARDS: Final = (
    synonyms.SHARD_NAME[: synonyms.SHARD_NAME.index("name")] + synonyms.SHARD_INDEX + synonyms.DATA_NODE_REFERENCE
)
# The words that tell databases, data nodes and shards from everything else that a payload may list.
_TELLING: Final = (
    frozenset((*synonyms.SHARDS_ALONE, *synonyms.DATA_NODES, *synonyms.SHARD_MODE, *synonyms.SHARD_COUNT, *_OF_SHARDS))
    - {"id", "idname", "instance", "index"}
)  # fmt: skip


def names_among(
    objects: list[dict[str, Any]], path: Path, is_reference: Callable[[Any], bool]
) -> frozenset[str] | None:
    """Return the keys that are names, or None if all the objects at a path are records with named members.

    Keys that are words of the interfaces name members, unless their place or their values show that they are names:
    databases may be called `users`, `status` or `shards`. If objects keyed by name are missed here, each of their
    members becomes a table of its own, and is still read.
    """
    items = list(chain.from_iterable(map(dict.items, objects)))
    keys = frozenset(key for key, _ in items)
    kinds = {type(value) for _, value in items if value or type(value) not in _EMPTY}
    here = bool(path) and path[-1].startswith(".") and plain(path[-1][1:]) in synonyms.CONTAINERS - synonyms.SINGULAR
    only_words = all(map(synonyms.is_known, keys))
    if not objects or (only_words and len(kinds) > 1):
        return None
    if not kinds:
        return keys if not keys or here or not only_words else None
    if kinds == {str}:
        are_references = all(type(value) is str and is_reference(value) for _, value in items)
        return keys if are_references and (here or not any(map(synonyms.is_known, keys))) else None
    if here and kinds == {dict}:
        return keys
    # What wraps the topology stands at its beginning, not within records, nor where databases do.
    within = here or path[-1:] == (KEYED,)
    containers = [(key, value) for key, value in items if type(value) in _CONTAINERS]
    return _names_of_containers(containers, is_reference, within=within, are_alike=len(kinds) == 1) or None


def _names_of_containers(
    containers: list[tuple[str, Any]], is_reference: Callable[[Any], bool], *, within: bool, are_alike: bool
) -> frozenset[str]:
    """Return the keys of containers that are surely names, and of those that hold the same as these."""
    wrapping = synonyms.CONTAINERS if within else synonyms.CONTAINERS | synonyms.ENVELOPES
    telling = _TELLING | synonyms.CONTAINERS if within else _TELLING

    def is_sure(key: str, value: Any) -> bool:  # noqa: ANN401 - any JSON value
        if is_reference(key) or is_like_an_id(key):
            return True
        # The names in a wrapper may be those of a database that is called as it is.
        names_shards = _stems_below(value) == {key}
        if plain(key) in wrapping or synonyms.is_container_of_nodes(key):
            return within and names_shards
        is_telling = are_alike and not synonyms.is_about_others(key) and _tells(value, telling)
        return names_shards or key.endswith("_0000") or is_telling

    sure = frozenset(key for key, value in containers if is_sure(key, value))
    examples = [value for key, value in containers if key in sure and value]
    types = set(map(type, examples))
    members = {member for value in examples for record in _records(value) for member in record}

    def is_alike(key: str, value: Any) -> bool:  # noqa: ANN401 - any JSON value
        """Whether a value can be of the same kind as those that are surely under names."""
        own = {word for record in _records(value) for word in record}
        is_container = plain(key) in synonyms.CONTAINERS or synonyms.is_container_of_nodes(key)
        is_telling = not is_container and _tells(value, telling)
        return type(value) in types and (is_telling or len(own & members) * 2 > len(own))

    return sure.union(key for key, value in containers if is_alike(key, value))


def _tells(value: Any, telling: frozenset[str]) -> bool:  # noqa: ANN401 - any JSON value
    """Whether what a key leads to has members that only databases, data nodes or shards have."""
    return any(plain(word) in telling for record in _records(value) for word in islice(record, _FEW))


def _records(value: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - any JSON value
    records = [value] if type(value) is dict else (value or [])[:_FEW]
    return [record for record in records if type(record) is dict]


def _stems_below(value: Any) -> set[str]:  # noqa: ANN401 - any JSON value
    """Return the databases in the first shard names below: `orders` for `orders_0000`."""
    matches = (NUMBERED.fullmatch(text) for text in islice(texts_below(value), _FEW))
    return {match[1] for match in matches if match}
