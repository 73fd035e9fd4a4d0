"""The data nodes of one instance after the other, to find those that two of them have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drift.policy.invariants import shared_nodes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from drift.core.finding import Finding


class Holders:
    """The instance that had each data node first. Two names for one instance are no two instances."""

    def __init__(self) -> None:
        self._holders: dict[str, tuple[str, str | None]] = {}

    def shared(self, name: str, instance_id: str | None, nodes: Iterable[str]) -> tuple[Finding, ...]:
        """Find the data nodes of an instance that another one before has, too, and remember its own."""
        own = frozenset(nodes)
        others = {
            node: holder
            for node, (holder, its_id) in self._holders.items()
            if node in own and (its_id is None or its_id != instance_id)
        }
        self._holders.update({node: (name, instance_id) for node in own if node not in self._holders})
        return shared_nodes(own, others, name)
