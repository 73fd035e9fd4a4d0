"""Damages a document that tells the truth, in one place, so that it tells less, or something else besides."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from random import Random

Json: TypeAlias = Any


def damaged(document: Json, names: Collection[str], random: Random) -> Json:
    """Return the document with one place damaged, but not a key that is among the names."""
    document = json.loads(json.dumps(document))
    places = [(holder, key) for holder, key in _members(document) if key not in names]
    if places:
        holder, key = random.choice(places)
        random.choice(_DAMAGES)(holder, key, random)
    return document


def _members(value: Json) -> Iterator[tuple[dict[str, Json], str]]:
    """Every member of every object."""
    for key in list(value) if isinstance(value, dict) else ():
        yield value, key
        yield from _members(value[key])
    for inner in value if isinstance(value, list) else ():
        yield from _members(inner)


def _renamed(holder: dict[str, Json], key: str, random: Random) -> None:
    other = random.choice(
        ("lives_on", "label", "rds_id", "node_id", "name", "shard_name", "schema", "data", key.upper())
    )
    if other not in holder:
        holder[other] = holder.pop(key)


def _emptied(holder: dict[str, Json], key: str, random: Random) -> None:
    if not isinstance(holder[key], dict | list):  # what a container holds would be gone without a trace
        holder[key] = random.choice((None, ""))


def _removed(holder: dict[str, Json], key: str, _: Random) -> None:
    if not isinstance(holder[key], dict | list):
        del holder[key]


def _spelled_twice(holder: dict[str, Json], key: str, random: Random) -> None:
    other = key.replace("_", "") if "_" in key else key.title() if key.islower() else key.lower()
    if other not in holder:
        value = holder.pop(key)
        pair = [(key, value), (other, random.choice((value, "x", None, _another(value))))]
        random.shuffle(pair)
        holder.update(pair)


def _another(value: Json) -> Json:
    return f"{'0' * 32}in01" if isinstance(value, str) and value.endswith("in01") else value


def _wrapped(holder: dict[str, Json], key: str, random: Random) -> None:
    holder[key] = random.choice(([holder[key]], {"data": holder[key]}, {"items": holder[key]}, {"list": [holder[key]]}))


def _unwrapped(holder: dict[str, Json], key: str, _: Random) -> None:
    value = holder[key]
    if isinstance(value, list) and len(value) == 1:
        holder[key] = value[0]
    elif isinstance(value, dict) and len(value) == 1:
        holder[key] = next(iter(value.values()))


def _as_text(holder: dict[str, Json], key: str, _: Random) -> None:
    if holder[key] and not isinstance(holder[key], str):
        holder[key] = json.dumps(holder[key])


def _as_object(holder: dict[str, Json], key: str, random: Random) -> None:
    if isinstance(holder[key], str):
        holder[key] = {random.choice(("id", "name", "value", "current")): holder[key]}


def _padded(holder: dict[str, Json], key: str, _: Random) -> None:
    if isinstance(holder[key], str) and holder[key].endswith("in01"):
        holder[key] = f" {holder[key]} "


def _half_moved(holder: dict[str, Json], key: str, random: Random) -> None:
    """Put a part of a container under another name beside it."""
    value, other = holder[key], random.choice(("shards", "more", "databases", "slots", "items", "nodes", "rest"))
    if other in holder or not isinstance(value, dict | list) or len(value) < 2:
        return
    items = list(value.items()) if isinstance(value, dict) else value
    halves = items[:1], items[1:]
    holder[key], holder[other] = map(dict, halves) if isinstance(value, dict) else halves


_DAMAGES: Final[tuple[Callable[[dict[str, Json], str, Random], None], ...]] = (
    _renamed, _emptied, _removed, _spelled_twice, _wrapped, _unwrapped, _as_text, _as_object, _padded,
    _half_moved,
)  # fmt: skip
