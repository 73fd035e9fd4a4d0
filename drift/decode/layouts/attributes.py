"""What a payload says of things beyond the facts that records have fields for. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

from drift.core.model import NO_ATTRIBUTES, canonical_json
from drift.decode import synonyms
from drift.decode.layouts.layout import KEYED, Path
from drift.decode.layouts.values import text
from drift.decode.synonyms import plain, ranked

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from drift.core.model import DataNode
    from drift.decode.layouts.nodes import Nodes

_CONTAINERS: Final = frozenset({dict, list})
_T = TypeVar("_T")


class Keeper:
    """Picks what is kept as attributes: all but volatile members and those that repeat what a record says anyway."""

    def __init__(self, nodes: Nodes, volatile: frozenset[str]) -> None:
        self._nodes = nodes
        self._volatile = volatile

    def with_rivals(self, members: Iterable[str], said: Iterable[tuple[_T, tuple[str, ...]]]) -> dict[str, list[_T]]:
        """The members that aren't volatile, each with what it may repeat.

        `said` pairs what is known with the words for it.
        """
        known = list(said)
        return {
            member: [value for value, words in known if plain(member) in words]
            for member in members
            if plain(member) not in self._volatile
        }

    def kept(self, record: Any, members: Mapping[str, Sequence[Any]]) -> dict[str, Any]:  # noqa: ANN401 - any JSON value
        """Those of the members that the record has and that don't repeat one of the values beside them."""
        if type(record) is not dict:
            return {}
        found = {
            member: record[member] if type(record[member]) not in _CONTAINERS else self._steady(record[member])
            for member in members
            if member in record
        }
        return {
            member: value
            for member, value in found.items()
            if not (members[member] and any(self._same(value, known) for known in members[member]))
        }

    def said_of(self, identity: str | None) -> list[tuple[Any, tuple[str, ...]]]:
        """What the list of data nodes says of one, with the words that may repeat it."""
        node: DataNode | None = self._nodes.by_id.get(identity or "")
        known = (
            []
            if node is None
            else [
                (node.name, synonyms.DATA_NODE_NAME),
                (node.host, synonyms.HOST),
                (node.port, synonyms.PORT),
                (node.engine, synonyms.ENGINE),
                (node.engine_version, synonyms.ENGINE_VERSION),
            ]
        )
        return [(identity, synonyms.DATA_NODE_ID + synonyms.DATA_NODE_REFERENCE), *known]

    def rest(self, value: Any, ways: Collection[Path], key: str | None = None) -> Any:  # noqa: ANN401 - any JSON value
        """What a value holds besides the shards that the ways lead to; None where that is nothing new.

        Of a data node that the value describes on the way, what is known anyway is nothing new. `key` is what the
        value stands under.
        """
        below = {way[1:] for way in ways}
        if () in ways or below == {()} or type(value) not in {dict, list}:
            return None
        if type(value) is list:
            found = [rest for item in value if (rest := self.rest(item, below)) is not None]
            return self._steady(found) or None
        if all(way[0] == KEYED for way in ways):
            rests = {key: self.rest(item, below, key) for key, item in value.items()}
            return {key: rest for key, rest in rests.items() if rest is not None} or None
        return self._rest_of_record(value, ways, key)

    def _rest_of_record(self, record: dict[str, Any], ways: Collection[Path], key: str | None) -> dict[str, Any] | None:
        steps = {way[0][1:] for way in ways}
        inner = {step: self.rest(record.get(step), {w[1:] for w in ways if w[0] == f".{step}"}) for step in steps}
        found = {step: rest for step, rest in inner.items() if rest is not None}
        said = self.said_of(self._reference(record) or self._nodes.find(key))
        members = self.with_rivals(record.keys() - steps, said)
        if not found and not self.kept(record, members):
            return None
        return self.kept(record, dict.fromkeys(members, ())) | found

    def _same(self, one: Any, other: Any) -> bool:  # noqa: ANN401 - any JSON value
        """Whether two values say the same: equal but for being a number or a text, or the same data node."""
        if type(one) is dict:
            return bool(one) and all(self._same(inner, other) for inner in one.values())
        if one is None or (text(one) and text(one) == text(other)):
            return True
        found = self._nodes.find(one)
        return found is not None and found == self._nodes.find(other)

    def _steady(self, value: Any) -> Any:  # noqa: ANN401 - any JSON value
        """The value without volatile members; lists of data nodes, which have no order, are sorted."""
        if type(value) is dict:
            return {key: self._steady(inner) for key, inner in value.items() if plain(key) not in self._volatile}
        if type(value) is not list:
            return value
        items = [self._steady(item) for item in value]
        references = [self._reference(item) for item in items]
        if all(references):
            return sorted(items, key=lambda item: (self._reference(item) or "", canonical_json(item)))
        return items

    def _reference(self, item: Any) -> str | None:  # noqa: ANN401 - any JSON value
        """The data node that an element of a list stands for."""
        if type(item) is not dict:
            return self._nodes.find(item)
        members = ranked(set(item), synonyms.DATA_NODE_ID + synonyms.DATA_NODE_NAME)
        return next(filter(None, (self._nodes.find(item[member]) for member in members)), None)


def as_text(attributes: dict[str, Any]) -> str:
    """Attributes as records have them."""
    return canonical_json(attributes) if attributes else NO_ATTRIBUTES
