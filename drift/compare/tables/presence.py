"""Which tables belong into every shard, which into the first alone, and which are numbered across shards. Pure.

DDM keeps a table that is not sharded in the first shard, a broadcast table in each, a sharded table in each, and the
parts of a table that is sharded within shards as `name_0`, `name_1` and so on.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Collection

_NUMBERED: Final = re.compile(r"^(.+)_\d+$")


class Presence(msgspec.Struct, frozen=True, kw_only=True):
    """The tables of a database by where they are.

    `everywhere` are in most shards. `single` are in the first shard alone. `numbered` are logical tables by name, each
    with its physical tables by shard. `undecided` are in exactly half of the shards. `extra` are in fewer.
    """

    everywhere: tuple[str, ...] = ()
    single: tuple[str, ...] = ()
    numbered: Mapping[str, Mapping[str, tuple[str, ...]]] = msgspec.field(default_factory=dict)
    undecided: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()


def sort_out(tables: Mapping[str, Collection[str]], first: str) -> Presence:
    """Tell the tables of a database apart. `tables` are their names by shard; `first` is the first shard's name."""
    counts = Counter(name for names in tables.values() for name in names)
    everywhere = {name for name, count in counts.items() if 2 * count > len(tables)}
    numbered = _numbered(tables, counts.keys() - everywhere)
    in_parts = {name for by_shard in numbered.values() for names in by_shard.values() for name in names}
    rest = sorted(counts.keys() - everywhere - in_parts)
    single = [name for name in rest if counts[name] == 1 and name in tables.get(first, ())]
    return Presence(
        everywhere=tuple(sorted(everywhere)),
        single=tuple(single),
        numbered=numbered,
        undecided=tuple(name for name in rest if 2 * counts[name] == len(tables) and name not in single),
        extra=tuple(name for name in rest if 2 * counts[name] < len(tables) and name not in single),
    )


def _numbered(tables: Mapping[str, Collection[str]], names: Collection[str]) -> dict[str, dict[str, tuple[str, ...]]]:
    """Find logical tables whose parts have numbers of their own in each shard: most shards have some of them."""
    by_stem: defaultdict[str, defaultdict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for shard, found in tables.items():
        for name in sorted(set(names).intersection(found)):
            if stem := _NUMBERED.match(name):
                by_stem[stem[1]][shard].append(name)
    return {
        stem: {shard: tuple(by_shard.get(shard, ())) for shard in tables}
        for stem, by_shard in sorted(by_stem.items())
        if 2 * len(by_shard) > len(tables)
    }
