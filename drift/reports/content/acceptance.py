"""The commands that would accept the unexpected changes of a gate. Pure."""

from __future__ import annotations

import shlex
from collections import defaultdict
from typing import TYPE_CHECKING, Final

import msgspec

from drift.compare.diff import node_of
from drift.policy.verdict import Disposition

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from drift.policy.verdict import JudgedChange, Verdict


MOST_WAIVED: Final = 32
"""Changes for which a gate prints waivers; more are for a plan."""


class Acceptance(msgspec.Struct, frozen=True):
    """A command, and the changes that it accepts: their count, and their rule and database where they share one."""

    count: int
    rule: str | None
    name: str | None
    command: str


def acceptances(verdict: Verdict, references: Sequence[str]) -> tuple[Acceptance, ...]:
    """List the commands that would accept the unexpected changes that fail the gate.

    `references` are the two snapshots, and the flags that tell where they are. Many changes are for
    `drift plan from-diff`, which expects all of a diff.
    """
    failing = [
        judged
        for judged in verdict.changes
        if judged.disposition is Disposition.UNEXPECTED and judged.severity >= verdict.fail_on
    ]
    groups: dict[tuple[str, str, str | None, str | None], list[JudgedChange]] = defaultdict(list)
    for judged in failing:
        groups[_likeness(judged)].append(judged)
    few = len(failing) <= MOST_WAIVED
    waivers = tuple(_waive(members, references) for members in groups.values()) if few else ()
    return (*waivers, *(_plan(len(failing), references) if len(failing) > 1 else ()))


def _likeness(judged: JudgedChange) -> tuple[str, str, str | None, str | None]:
    change = judged.change
    return change.rule, change.database or change.name, node_of(change.before), node_of(change.after)


def _waive(members: Sequence[JudgedChange], references: Sequence[str]) -> Acceptance:
    fingerprints = [judged.fingerprint for judged in members]
    words = ["drift", "waive", *fingerprints, *references]
    command = f"{shlex.join(words)} --reason REASON --expires 30d"
    return Acceptance(len(members), members[0].change.rule, _likeness(members[0])[1], command)


def _plan(count: int, references: Sequence[str]) -> Iterator[Acceptance]:
    command = shlex.join(["drift", "plan", "from-diff", *references, "--output", "accepted.toml"])
    yield Acceptance(count, None, None, command)
