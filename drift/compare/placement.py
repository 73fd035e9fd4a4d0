"""Hold the claimed place of every shard against what the data nodes showed. Pure.

Absent is only what a data node said is not there. What an account can't see, or what a data node that may be another
one shows, is not checked. A shard that an operation in flight may be moving is reported as moving, not as a fault.
"""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Final

from drift.compare.node_identity import others_than_claimed
from drift.core.data_nodes import Compared, Failure, NotChecked
from drift.core.finding import Finding
from drift.core.model import DATABASES_SCOPE, Mask

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from drift.core.data_nodes import FailureKind, NodeReading
    from drift.core.model import Shard, Snapshot

_NUMBERED: Final = re.compile(r"(.+)_([0-9]+)", re.DOTALL)
_USUAL_DIGITS: Final = 4
_REASONS: Final[Mapping[str, FailureKind]] = {
    "hidden": "right-missing",
    "unsettled": "unsettled",
    "another": "another-server",
}
_SHOWS_NAMES: Final = "SHOW DATABASES"


def placement(
    snapshot: Snapshot, readings: Mapping[str, NodeReading], former: Collection[str] = frozenset()
) -> Compared:
    """Compare the claims of a snapshot with readings by data-node id. `former` are names of databases of the past."""
    return _Placement(snapshot, readings, former).compared()


class _Placement:
    def __init__(self, snapshot: Snapshot, readings: Mapping[str, NodeReading], former: Collection[str]) -> None:
        self._snapshot = snapshot
        self._mask = Mask.of(snapshot.gaps)
        self._nodes = [node.id for node in snapshot.data_nodes]
        self._readings = {node: reading for node, reading in readings.items() if reading.failure is None}
        self._failed = [reading for reading in readings.values() if reading.failure is not None]
        self._others = others_than_claimed(snapshot.data_nodes, self._readings.values())
        self._doubtful = frozenset(chain.from_iterable(each.items or (each.name,) for each in self._others))
        self._former = former

    def compared(self) -> Compared:
        """Compare everything."""
        found = list(chain(self._misplaced(), self._unclaimed()))
        moving = [each for each in found if self._is_moving(each)]
        return (
            Compared(
                findings=(*self._others, *(each for each in found if each not in moving)),
                not_checked=(*self._unread(), *self._unseen(), *self._unlisted()),
                moving=tuple(moving),
            )
            + Compared()
        )

    @cached_property
    def _shards(self) -> list[Shard]:
        databases = (each for each in self._snapshot.databases if not self._mask.hides_database(each.name))
        return [shard for database in databases for shard in database.shards]

    @cached_property
    def _claims(self) -> dict[str, set[str]]:
        """The names that are claimed at each data node, as it lists them."""
        claims: dict[str, set[str]] = defaultdict(set)
        for shard in self._shards:
            claims[shard.data_node_id].add(self._listed(shard.data_node_id, shard.name))
        return claims

    @cached_property
    def _answers(self) -> dict[str, list[Shard]]:
        """The claimed shards by the answer at their data node."""
        answers: dict[str, list[Shard]] = defaultdict(list)
        for shard in self._shards:
            answers[self._answer(shard)].append(shard)
        return answers

    @cached_property
    def _strays(self) -> dict[str, list[str]]:
        """The data nodes that list a name which is not claimed there, by the name in lower case."""
        strays: dict[str, list[str]] = defaultdict(list)
        for node in self._believed:
            for name in self._readings[node].databases - self._claims[node]:
                strays[name.lower()].append(node)
        return strays

    @cached_property
    def _believed(self) -> list[str]:
        return sorted(self._readings.keys() - self._doubtful)

    def _listed(self, node: str, name: str) -> str:
        reading = self._readings.get(node)
        return name if reading is None or reading.server is None else reading.server.folded(name)

    def _answer(self, shard: Shard) -> str:
        reading = self._readings.get(shard.data_node_id)
        if reading is None:
            return "unread"
        if self._listed(shard.data_node_id, shard.name) in reading.databases:
            return "present"
        found = reading.probes.get(shard.name, "hidden")
        return "another" if found == "absent" and shard.data_node_id in self._doubtful else found

    def _copies(self, shard: Shard) -> list[str]:
        """List the other data nodes that hold a database of a shard's name."""
        nodes = self._strays.get(shard.name.lower(), ())
        return [node for node in nodes if self._listed(node, shard.name) in self._readings[node].databases]

    def _misplaced(self) -> Iterator[Finding]:
        groups: dict[tuple[str, str, str, str | None], list[str]] = defaultdict(list)
        for shard in self._answers["absent"]:
            place = shard.database, shard.data_node_id
            if (variant := self._variant(shard)) is not None:
                groups["shard-case", *place, variant].append(shard.name)
            elif copies := self._copies(shard):
                for node in copies:
                    groups["shard-misplaced", *place, node].append(shard.name)
            else:
                groups["shard-absent", *place, None].append(shard.name)
        for shard in (*self._answers["present"], *self._answers["closed"]):
            for node in self._copies(shard) if shard.name.lower() in self._strays else ():
                groups["shard-on-two-nodes", shard.database, shard.data_node_id, node].append(shard.name)
        for (rule, database, node, other), names in groups.items():
            yield self._finding(rule, database, node, other, names)

    def _finding(self, rule: str, database: str, node: str, other: str | None, names: Iterable[str]) -> Finding:
        items = tuple(sorted(names))
        if rule != "shard-absent":
            return Finding(rule=rule, name=database, data_node_id=node, items=items, found=other)
        seen = sum(each != node for each in self._witnesses)
        others = sum(each != node for each in self._nodes)
        return Finding(rule=rule, name=database, data_node_id=node, items=items, found=seen, expected=others)

    @cached_property
    def _witnesses(self) -> list[str]:
        """The data nodes that would have shown a shard, had they held it."""
        return [node for node in self._believed if _shows_all(self._readings[node])]

    def _variant(self, shard: Shard) -> str | None:
        """Return the name in other letters under which a data node that distinguishes them lists a shard."""
        names = self._readings[shard.data_node_id].databases
        unclaimed = names - self._claims[shard.data_node_id]
        return next((name for name in sorted(unclaimed) if name.lower() == shard.name.lower()), None)

    def _unclaimed(self) -> Iterator[Finding]:
        told = {each.name.lower() for answer in ("absent", "present", "closed") for each in self._answers[answer]}
        groups: dict[tuple[str, str], list[str]] = defaultdict(list)
        for name, nodes in self._strays.items():
            if name in told:
                continue
            for node in nodes:
                own = next(each for each in self._readings[node].databases if each.lower() == name)
                if (database := self._database_of(own)) is not None:
                    groups[database, node].append(own)
        for (database, node), names in groups.items():
            yield Finding(rule="shard-unclaimed", name=database, data_node_id=node, items=tuple(sorted(names)))

    def _database_of(self, name: str) -> str | None:
        """Return the database, of now or of the past, that a name looks like a shard of."""
        claimed = self._by_name.get(name.lower())
        if claimed is not None:
            return claimed
        if (match := _NUMBERED.fullmatch(name)) is None:
            return None
        digits = self._digits.get(match[1].lower())
        return match[1] if digits is not None and len(match[2]) in digits else None

    @cached_property
    def _by_name(self) -> dict[str, str]:
        return {shard.name.lower(): shard.database for shard in self._shards}

    @cached_property
    def _digits(self) -> dict[str, set[int]]:
        """The lengths of the numbers in the names of a database's shards. One that was not read has none."""
        if DATABASES_SCOPE in self._mask.scopes:
            return {}
        digits = {name.lower(): {_USUAL_DIGITS} for name in self._former if not self._mask.hides_database(name)}
        for database in self._snapshot.databases:
            numbers = (_NUMBERED.fullmatch(shard.name) for shard in database.shards)
            lengths = {len(number[2]) for number in numbers if number and number[1] == database.name}
            digits[database.name.lower()] = lengths or {_USUAL_DIGITS}
        return {name: lengths for name, lengths in digits.items() if not self._mask.hides_database(name)}

    def _is_moving(self, finding: Finding) -> bool:
        """Whether an operation in flight explains a finding. None explains a shard that is on no data node at all."""
        scopes = {operation.scope for operation in self._snapshot.in_flight}
        is_lost = finding.rule == "shard-absent" and finding.found == finding.expected
        return not is_lost and not scopes.isdisjoint({"instance", f"database {finding.name}"})

    def _unread(self) -> Iterator[NotChecked]:
        for reading in self._failed:
            if reading.failure is not None:
                yield NotChecked(rule="data-node-unreachable", data_node_id=reading.node_id, failure=reading.failure)

    def _unseen(self) -> Iterator[NotChecked]:
        groups: dict[tuple[str, str, str], list[str]] = defaultdict(list)
        for answer in _REASONS:
            for shard in self._answers[answer]:
                groups[shard.data_node_id, shard.database, answer].append(shard.name)
        for (node, database, answer), names in groups.items():
            yield NotChecked(
                rule="shard-absent",
                data_node_id=node,
                database=database,
                items=tuple(sorted(names)),
                failure=Failure(_REASONS[answer]),
                grant=self._readings[node].grant(_SHOWS_NAMES) if answer == "hidden" else None,
            )

    def _unlisted(self) -> Iterator[NotChecked]:
        for node in self._believed:
            if not _shows_all(self._readings[node]):
                yield NotChecked(
                    rule="shard-unclaimed",
                    data_node_id=node,
                    failure=Failure("right-missing"),
                    grant=self._readings[node].grant(_SHOWS_NAMES),
                )


def _shows_all(reading: NodeReading) -> bool:
    return reading.rights is not None and reading.rights.shows_all_names
