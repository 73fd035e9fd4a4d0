"""The names that plans and waivers may use: of data nodes, by id and name, and of databases. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from drift.core import validators
from drift.core.model import DATA_NODES_SCOPE, DATABASES_SCOPE, DataNode, Gap

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from drift.core.model import Snapshot
    from drift.core.patterns import Pattern, Patterns


class KnownNames(msgspec.Struct, frozen=True):
    """The ids of the data nodes behind each word, and the names of the databases.

    `all_nodes` and `all_databases` are False where some were not read.
    """

    nodes: Mapping[str, frozenset[str]]
    databases: frozenset[str]
    all_nodes: bool
    all_databases: bool

    @classmethod
    def of(
        cls, nodes: Iterable[DataNode], other_ids: Iterable[str], databases: Iterable[str], gaps: Iterable[Gap]
    ) -> KnownNames:
        """Collect the names of these records; `other_ids` are the data nodes that only shards name."""
        listed = tuple(nodes)
        names: dict[str, set[str]] = defaultdict(set)
        for node in listed:
            names[node.name or node.id].add(node.id)
        ids = {*other_ids, *(node.id for node in listed)}
        scopes = {gap.scope for gap in gaps}
        unread = (scope.removeprefix("database ") for scope in scopes if scope.startswith("database "))
        return cls(
            # An id means that data node, even where another one has it as its name.
            {name: frozenset(named) for name, named in names.items()} | {each: frozenset({each}) for each in ids},
            frozenset({*databases, *unread}),
            all_nodes=DATA_NODES_SCOPE not in scopes,
            all_databases=DATABASES_SCOPE not in scopes,
        )

    @classmethod
    def of_whole(cls, snapshot: Snapshot) -> KnownNames:
        """Collect the names of a snapshot with all its records."""
        names = [database.name for database in snapshot.databases]
        ids = {shard.data_node_id for database in snapshot.databases for shard in database.shards}
        return cls.of(snapshot.data_nodes, ids, names, snapshot.gaps)

    def with_aliases(self, groups: Iterable[Collection[str]]) -> KnownNames:
        """Let each group of words stand for the one data node that some of them mean, if they mean just one."""
        aliases: dict[str, frozenset[str]] = {}
        for words in groups:
            meant = frozenset[str]().union(*(self.nodes.get(word, ()) for word in words))
            aliases |= dict.fromkeys(words, meant) if len(meant) == 1 else {}
        return msgspec.structs.replace(self, nodes={**aliases, **self.nodes})

    def joined_by(self, nodes: Sequence[Patterns | None], databases: Sequence[Patterns | None]) -> KnownNames:
        """Add the names that a plan brings; a pattern that can't be listed may bring any name."""
        new_nodes, new_databases = (
            {name for added in each for name in (added and added.names) or ()} for each in (nodes, databases)
        )
        return KnownNames(
            {**{name: frozenset({name}) for name in new_nodes}, **self.nodes},
            self.databases | new_databases,
            all_nodes=self.all_nodes and all(added and added.names is not None for added in nodes),
            all_databases=self.all_databases and all(added and added.names is not None for added in databases),
        )

    def node_ids(self, patterns: Patterns) -> frozenset[str]:
        """Return the data nodes that these patterns match; an unknown listed name stands for itself, as an id."""
        if patterns.names is None:
            return frozenset().union(*(ids for word, ids in self.nodes.items() if patterns.matches(word)))
        return frozenset().union(*(self.nodes.get(name, {name}) for name in patterns.names))

    def word_for(self, node_id: str, name: str | None) -> str:
        """Choose the word for a data node: its name, where that is unique, else its id."""
        return name if name and self.nodes.get(name) == frozenset((node_id,)) else node_id

    def problem_with_node(self, pattern: Pattern) -> str | None:
        """Explain why a pattern can't stand for data nodes, or return None."""
        if pattern.is_open:
            known = any(pattern.matches(word) for word in self.nodes)
        else:
            known = any(name in self.nodes for name in pattern.names)
            if shared := next(
                (ids for name in pattern.names if len(ids := self.nodes.get(name, frozenset())) > 1), None
            ):
                return f"{len(shared)} data nodes have that name; expected an id: {validators.listed(sorted(shared))}"
        if known or not self.all_nodes:
            return None
        return f"no such data node{validators.suggestion(pattern.text, self.nodes)}"

    def problem_with_database(self, pattern: Pattern) -> str | None:
        """Explain why a pattern can't stand for databases, or return None."""
        known = not self.all_databases or any(map(pattern.matches, self.databases))
        return None if known else f"no such database{validators.suggestion(pattern.text, self.databases)}"
