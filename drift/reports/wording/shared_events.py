"""Events that several instances have in common, counted. Pure. Keeps no report, so that any number can be added."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from drift.core.model import DataNode, Shard
from drift.reports.content.happenings import happenings
from drift.reports.wording import change_groups, sentences
from drift.reports.wording.i18n import translate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from drift.compare.diff import Change, Edit
    from drift.policy.rules import Severity
    from drift.policy.verdict import JudgedFinding
    from drift.reports.content.happenings import Happening
    from drift.reports.content.report import Report
    from drift.reports.wording.escape import Medium

MOST_NAMES: Final = 3
_OWN: Final = frozenset({"host", "port", "name", "data_node_id"})  # never the same on two instances


class Alike(NamedTuple):
    """The likeness of shared events: kind, severity and subject. Data nodes are left out, as each instance has its own.

    `about` are databases or shards, `edits` are what became something else, with its values where they may be alike.
    """

    severity: Severity
    kind: str
    about: tuple[str, ...]
    edits: tuple[str, ...]


class Tally(msgspec.Struct):
    """On how many instances something happened, how often in all, and the names of the first ones."""

    instances: int = 0
    times: int = 0
    names: list[str] = msgspec.field(default_factory=list)


class SharedEvents:
    """The events of many instances, counted."""

    def __init__(self, medium: Medium) -> None:
        self._medium = medium
        self._tallies: dict[Alike, Tally] = {}

    def add(self, instance: str, report: Report) -> None:
        """Add the events of one instance."""
        self._count(instance, map(self._alike, happenings(report)))

    def add_findings(self, instance: str, found: Iterable[JudgedFinding]) -> None:
        """Add what a check found on one instance. A finding about a database is alike on databases of one name."""
        self._count(instance, (_found(each) for each in found))

    def _count(self, instance: str, found: Iterable[Alike]) -> None:
        here = set()
        for alike in found:
            tally = self._tallies.setdefault(alike, Tally())
            tally.times += 1
            if alike not in here:
                tally.instances += 1
                tally.names += [instance] if len(tally.names) < MOST_NAMES else []
            here.add(alike)

    def rows(self) -> Iterator[tuple[str, ...]]:
        """List kind, severity, count of instances, their names and the subject; most severe first, then most common."""
        order = sorted(self._tallies, key=lambda alike: (-alike.severity, -self._tallies[alike].instances, alike))
        for alike in order:
            tally = self._tallies[alike]
            hidden = tally.instances - MOST_NAMES
            more = [translate("{hidden:,} more", hidden=hidden)] if hidden > 0 else []
            names = sentences.listing([*map(self._medium.name, sorted(tally.names)), *more])
            who, what = sentences.listing(map(self._medium.name, alike.about)), sentences.clauses(alike.edits)
            text = translate("{who}: {what}", who=who, what=what) if who and what else who or what
            yield alike.kind, sentences.severity(alike.severity), f"{tally.instances:,}", names, text

    def _alike(self, found: Happening) -> Alike:
        event = found.event
        if event.change is None:
            return Alike(found.severity, event.kind, tuple(share.database for share in event.shares), ())
        edits = tuple(dict.fromkeys(self._edit(edit) for edit in event.change.edits))
        return Alike(found.severity, event.kind, _about(event.change), edits)

    def _edit(self, edit: Edit) -> str:
        if edit.path and edit.path[0] in _OWN:
            return str(edit.path[0])
        return change_groups.edit(edit, self._medium)


def _found(judged: JudgedFinding) -> Alike:
    finding = judged.finding
    about = (finding.name,) if finding.subject == "database" and finding.name else ()
    return Alike(judged.severity, finding.rule, about, ())


def _about(change: Change) -> tuple[str, ...]:
    match change.record:
        case DataNode():
            return ()
        case Shard(database=database, name=name):
            return (f"{database}/{name}",)
        case record:
            return (record.name,)
