"""The attributes of records: members of the payload that records have no field for. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

from drift.core import data_node_words
from drift.core.member_names import plain
from drift.core.model import NO_ATTRIBUTES, canonical_json
from drift.decode import synonyms
from drift.decode.layouts.layout import EACH, KEYED, Path
from drift.decode.layouts.nodes import is_like_an_id
from drift.decode.layouts.values import text
from drift.decode.synonyms import ranked

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from drift.decode.layouts.nodes import Nodes

_CONTAINERS: Final = frozenset({dict, list})
_LISTED: Final = (
    ("name", synonyms.DATA_NODE_NAME),
    ("host", synonyms.HOST),
    ("port", synonyms.PORT),
    ("engine", synonyms.ENGINE),
    ("engine_version", synonyms.ENGINE_VERSION),
)
_T = TypeVar("_T")


class Keeper:
    """The filter for attributes: it drops volatile members and members that repeat a field."""

    def __init__(self, nodes: Nodes, volatile: frozenset[str]) -> None:
        self._nodes = nodes
        self._volatile = volatile

    def with_rivals(self, members: Iterable[str], known: Iterable[tuple[_T, tuple[str, ...]]]) -> dict[str, list[_T]]:
        """Return the members that aren't volatile, each with the known values that it may repeat.

        `known` pairs each value with the words for it.
        """
        pairs = list(known)
        return {
            member: [value for value, words in pairs if plain(member) in words]
            for member in members
            if plain(member) not in self._volatile
        }

    def kept(self, record: Any, members: Mapping[str, Sequence[Any]]) -> dict[str, Any]:  # noqa: ANN401 - any JSON value
        """Return the members of the record, without those that repeat one of the values beside them."""
        if type(record) is not dict:
            return {}
        values = ((member, self._steady(record[member])) for member in members if member in record)
        return {
            member: value for member, value in values if not any(self._same(value, known) for known in members[member])
        }

    def node_facts(self, identity: str | None) -> list[tuple[Any, tuple[str, ...]]]:
        """Pair the listed fields of a data node with the words for members that may repeat them."""
        node = self._nodes.by_id.get(identity or "")
        known = [(getattr(node, field), words) for field, words in _LISTED] if node is not None else []
        return [(identity, synonyms.DATA_NODE_ID + synonyms.DATA_NODE_REFERENCE), *known]

    def others(
        self,
        record: Any,  # noqa: ANN401 - any JSON value
        paths: Collection[Path],
        taken: frozenset[str],
        known: Iterable[tuple[Any, tuple[str, ...]]],
    ) -> dict[str, Any]:
        """Return the members of a record that no field takes, and what else is in those that the paths go through."""
        if type(record) is not dict or any(path[0] in {EACH, KEYED} for path in paths):
            return {}
        steps = {path[0][1:] for path in paths}
        rests = {
            step: self._rest(record.get(step), {path[1:] for path in paths if path[0] == f".{step}"}) for step in steps
        }
        kept = self.kept(record, self.with_rivals(record.keys() - steps - taken, known))
        return kept | {step: rest for step, rest in rests.items() if rest is not None}

    def _rest(self, value: Any, paths: Collection[Path], key: str | None = None) -> Any:  # noqa: ANN401 - any JSON value
        """Return the content of a value besides the shards that the paths lead to; None if it has nothing new.

        Listed fields of a data node on the way are nothing new. What is new of data nodes is a list with their ids,
        whether they stand in one or by their keys. `key` is the key of the value.
        """
        below = {path[1:] for path in paths}
        if () in paths or below == {()} or type(value) not in _CONTAINERS:
            return None
        if type(value) is list:
            return self._steady([rest for item in value if (rest := self._rest(item, below)) is not None]) or None
        if all(path[0] == KEYED for path in paths):
            by_key = {key: rest for key, item in value.items() if (rest := self._rest(item, below, key)) is not None}
            return (self._steady(list(by_key.values())) if all(map(self._reference, by_key)) else by_key) or None
        return self._rest_of_record(value, paths, key)

    def _rest_of_record(
        self, record: dict[str, Any], paths: Collection[Path], key: str | None
    ) -> dict[str, Any] | None:
        node = self._reference(record) or self._reference(key)
        is_unlisted = node is not None and node not in self._nodes.by_id
        taken = frozenset(member for member in record if is_unlisted and plain(member) in data_node_words.LISTED)
        kept = self.others(record, paths, taken, self.node_facts(node))
        return ({"id": node} if kept and node is not None else {}) | kept or None

    def _same(self, one: Any, other: Any) -> bool:  # noqa: ANN401 - any JSON value
        """Whether two values mean the same: equal as texts, or references to the same data node."""
        if type(one) is dict:
            node = self._reference(one)
            known = self.node_facts(node) if node is not None and node == self._nodes.hinted(other) else []
            facts = {text(value) for value, _ in known} - {None}
            return bool(one) and all(text(inner) in facts or self._same(inner, other) for inner in one.values())
        if one is None or (text(one) and text(one) == text(other)):
            return True
        node = self._nodes.hinted(one)
        return node is not None and node == self._nodes.hinted(other)

    def _steady(self, value: Any) -> Any:  # noqa: ANN401 - any JSON value
        """Drop the volatile members of a value, and write its lists of data nodes in one form and order.

        They may also be keyed by their ids, and a record may call its own id by any word.
        """
        if type(value) is dict:
            kept = {key: self._steady(inner) for key, inner in value.items() if plain(key) not in self._volatile}
            if not kept or set(map(type, kept.values())) != {dict} or not all(map(self._reference, kept)):
                return kept
            items = [{"id": key, **inner} for key, inner in kept.items()]
        elif type(value) is list:
            items = [self._steady(item) for item in value]
        else:
            return value
        references = [self._reference(item) for item in items]
        if not all(references):
            return items
        nodes = [self._with_id(item, str(node)) for item, node in zip(items, references, strict=True)]
        return sorted(nodes, key=lambda item: (self._reference(item) or "", canonical_json(item)))

    def _with_id(self, item: Any, node: str) -> Any:  # noqa: ANN401 - any JSON value
        """Call the id of a data node in a list `id`, whatever it is called there."""
        if type(item) is not dict:
            return item
        others = {
            key: value for key, value in item.items() if not (plain(key) in synonyms.DATA_NODE_ID and value == node)
        }
        return {"id": node, **others}

    def _reference(self, item: Any) -> str | None:  # noqa: ANN401 - any JSON value
        """Return the data node that an element of a list, or a key, stands for: a listed one, or else its id."""
        members = ranked(set(item), synonyms.DATA_NODE_ID + synonyms.DATA_NODE_NAME) if type(item) is dict else ()
        values = [item[member] for member in members] if type(item) is dict else [item]
        known = next(filter(None, map(self._nodes.hinted, values)), None)
        return known or next((value for value in values if type(value) is str and is_like_an_id(value)), None)


def as_text(attributes: dict[str, Any]) -> str:
    """Write attributes in the form of records."""
    return canonical_json(attributes) if attributes else NO_ATTRIBUTES
