"""A broken rule about one snapshot, as every stage speaks of it. Pure. Knows no severity."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

import msgspec

Subject: TypeAlias = Literal["instance", "data-node", "database"]

_ORDER: Final[tuple[Subject, ...]] = ("instance", "data-node", "database")


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One rule that one subject breaks: an invariant of a snapshot, or a claim that is not so on the data nodes.

    `name` is a database's name or a data node's id, empty for the instance. `data_node_id` is the data node concerned
    where the subject isn't one. `items` are sorted names or ids: the shards of an index, the data nodes of an endpoint,
    the versions of a mix. The rule compares `found` with `expected`; `aspect` says in which respect, where a rule has
    several.

    A finding about tables names the `table`, none for all of them, and the `part`, such as a column. `total` shards
    were compared. `variants` are values with their shards, where none of them has a majority.
    """

    rule: str
    subject: Subject = "database"
    name: str = ""
    data_node_id: str | None = None
    items: tuple[str, ...] = ()
    found: int | float | str | None = None
    expected: int | float | str | None = None
    aspect: str | None = None
    table: str | None = None
    part: str | None = None
    total: int | None = None
    variants: tuple[tuple[str | None, tuple[str, ...]], ...] = ()

    @property
    def key(self) -> tuple[int | str, ...]:
        """The identity of the finding, which stays the same while it gets better or worse.

        Keys sort in the defined order of findings: the instance, data nodes, databases; then name, rule, data node
        or table, state; then a database's own before its shards'.
        """
        state = self.found if isinstance(self.found, str) else ""
        place = _ORDER.index(self.subject)
        where = self.data_node_id or self.table or ""
        key = place, self.name, self.rule, where, state, bool(self.items)
        return key if self.part is None else (*key, self.part)

    @property
    def extent(self) -> float:
        """The size of the problem; comparable between findings of one key."""
        if isinstance(self.found, int | float):
            return abs(self.found - self.expected) if isinstance(self.expected, int | float) else self.found
        return len(self.items)
