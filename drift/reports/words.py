"""The sentences that text and Markdown share. Pure. Each takes the medium that makes outside text safe."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import msgspec

from drift.model import DATA_NODES_SCOPE, DATABASES_SCOPE, Database, DataNode
from drift.plausibility import loss
from drift.policy import Disposition, Word
from drift.reports.outline import Node
from drift.reports.ranges import Run, runs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from drift.diff import Edit
    from drift.model import Gap, Record
    from drift.reports.acceptance import Acceptance
    from drift.reports.outline import Block, Chapter, Group, Outline, Standing
    from drift.reports.report import Report, Side
    from drift.reports.safe import Medium

NONE: Final = "(none)"
LOWER_BOUNDS: Final = "Not all was read: ≥ is a lower bound, ? is unknown."
MOST_DATABASES: Final = 12
MOST_EDITS: Final = 12
MOST_NODES: Final = 12
_SCOPES: Final = {
    DATA_NODES_SCOPE: "all data nodes",
    DATABASES_SCOPE: "all databases and their shards",
}
_UNITS: Final = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))
_SHORTEST_RUN: Final = 3  # two names are as short as a run of two


def plural(count: int, noun: str) -> str:
    """`1 shard`, `1,200 shards`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def listing(parts: Iterable[str]) -> str:
    """The parts with commas between them."""
    return ", ".join(parts)


def statement(report: Report, outline: Outline, medium: Medium, between: str) -> str:
    """The verdict in one sentence without a full stop; `between` names the snapshots."""
    where = f"{_scene(report, medium, between)}{_plan(report, medium)}"
    match report.verdict.word:
        case Word.IN_SYNC:
            return f"Nothing changed {where}"
        case Word.EXPECTED if not outline.unexpected:
            return f"Nothing unexpected {where}: {_found(report, outline)}"
        case Word.EXPECTED:
            return f"No drift {where}: {_found(report, outline)}, none at or above {report.verdict.fail_on.word}"
        case Word.DRIFT:
            return f"Drift {where}: {_found(report, outline)}"
        case Word.INCONCLUSIVE if outline.nothing_checked:
            return f"Nothing checked {where}: no part of it was read both times"
        case Word.INCONCLUSIVE:
            parts = plural(len(outline.not_checked), "part")
            return f"Inconclusive {where}: {parts} not checked; in the rest, {_found(report, outline)}"


def _scene(report: Report, medium: Medium, between: str) -> str:
    """Responses in files don't say whose they are, nor when they were captured: then neither does the sentence."""
    untold = [not (side.instance or side.instance_id) for side in (report.before, report.after)]
    scope = between if all(untold) else f"in {instance(report, medium)} {between}"
    return scope if any(untold) else f"{scope}, {_interval(report)}"


def instance(report: Report, medium: Medium) -> str:
    """The instance, or both where they differ."""
    before, after = _instance(report.before, medium), _instance(report.after, medium)
    return before if before == after else f"{before} → {after}"


def side_name(side: Side, medium: Medium) -> str:
    """A snapshot in a sentence: `snapshot 12 (pre-CHG-123)`, or what the user wrote where it isn't in a store."""
    label = side_label(side, medium)
    return label if side.number is None else f"snapshot {label}"


def side_label(side: Side, medium: Medium) -> str:
    """A snapshot as one would ask for it again."""
    if side.number is None:
        return medium.name(side.reference)
    return f"{side.number}" if side.label is None else f"{side.number} ({medium.name(side.label)})"


def flights(report: Report, medium: Medium, safe: Callable[[str], str]) -> list[str]:
    """A sentence for each thing that was under way on either side, and for each migration that ran between them."""
    sides = (("before", report.before), ("after", report.after))
    moving = [f"In flight {role}: {safe(motion.words)}" for role, side in sides for motion in side.in_flight]
    ran = [
        f"{safe(job.name)}{f' of {medium.name(job.database)}' if job.database else ''} ran in between: "
        f"{safe(job.status)}, {_clock(job.started) or '?'} to {_clock(job.ended) or 'now'} (job {safe(job.id)})"
        for job in report.jobs
    ]
    return moving + ran


def _clock(time: str | None) -> str | None:
    """A job's time, as `moment` has the times of snapshots."""
    return time and time.replace("T", " ").replace("Z", " UTC")


def suspicion(report: Report, medium: Medium) -> list[str]:
    """A sentence where so much is gone unexpectedly that the capture may be at fault; a twin may never have had it."""
    gone = (each.change for each in report.verdict.changes if each.disposition is Disposition.UNEXPECTED)
    lost = None if report.node_pairs else loss(gone, sum(report.before.balance.values()))
    if lost is None:
        return []
    told = [f"{lost.shards:,} of {plural(lost.total, 'shard')}"] if lost.shards else []
    told += [f"database {medium.name(name)}" for name in lost.databases[:MOST_DATABASES]]
    told += (
        [plural(len(lost.databases) - MOST_DATABASES, "more database")] if len(lost.databases) > MOST_DATABASES else []
    )
    return [f"Suspect: gone are {listing(told)}; capture again, or with --source details, before believing it"]


def moment(when: datetime) -> str:
    """`2026-05-01 02:00:04 UTC`."""
    return f"{when.astimezone(UTC).replace(tzinfo=None).isoformat(' ', 'seconds')} UTC"


def balance_of(side: Side) -> str:
    """How much a snapshot holds."""
    held = f"{plural(sum(side.balance.values()), 'shard')}, {plural(len(side.nodes), 'data node')}"
    return held if side.complete else f"partial: {held}"


def node(found: Node, medium: Medium) -> str:
    """A data node by name and id."""
    return _named_node(found, medium.name(found.id), medium)


def short_node(found: Node, medium: Medium) -> str:
    """A data node by name and as much of its id as it takes to know it."""
    rest = "…" if len(found.short_id) < len(found.id) else ""
    return _named_node(found, f"{medium.name(found.short_id)}{rest}", medium)


def shards_on(group: Group, medium: Medium) -> str:
    """`16 shards: 8 on a, 8 on b` of an added or removed database; with none, an empty text."""
    if not group.children:
        return ""
    placed = listing(f"{held.shards:,} on {short_node(held.node, medium)}" for held in group.children[:MOST_NODES])
    elsewhere = sum(held.shards for held in group.children[MOST_NODES:])
    others = f", {elsewhere:,} on {len(group.children) - MOST_NODES:,} more data nodes" if elsewhere else ""
    return f"{plural(group.children_count, 'shard')}: {placed}{others}"


def facts(record: Record, medium: Medium) -> str:
    """What an added or removed data node or database says of itself, beyond its name."""
    match record:
        case DataNode(host=host, port=port, engine=engine, engine_version=version):
            address = ":".join(str(part) for part in (host, port) if part is not None)
            found = [
                medium.name(address) if address else "",
                " ".join(medium.name(part) for part in (engine, version) if part),
            ]
        case Database(shard_mode=mode, shard_count=count, status=status):
            declared = "" if count is None else f"{plural(count, 'shard')} declared"
            found = [medium.name(mode) if mode else "", declared, medium.name(status) if status else ""]
        case _:
            found = []
    return listing(fact for fact in found if fact)


def telling(group: Group, medium: Medium) -> str:
    """What happened to whom, without the names of shards."""
    match group.first.record:
        case DataNode(id=node_id, name=name) as record:
            who = node(Node(node_id, name, node_id), medium)
            what = _edits(group, medium) or facts(record, medium)
        case Database() as record:
            who = names(group, MOST_DATABASES, medium)
            whole = (facts(record, medium), shards_on(group, medium))
            what = _edits(group, medium) or "; ".join(part for part in whole if part)
        case record:
            who = medium.name(record.database)
            what = f"{plural(len(group.names), 'shard')}{_whereabouts(group, medium)}"
    return f"{who}: {what}" if what else who


def heading(block: Block, chapter: Chapter) -> str:
    """The severity of a block's changes, and their disposition where others stand beside them."""
    return f"{block.severity.word}, {block.disposition}" if chapter.is_mixed else block.severity.word


def told(chapter: Chapter) -> str:
    """How many changes an event has, and how many of them are unexpected where not all are."""
    count = plural(chapter.count, "change")
    return f"{count}, {chapter.unexpected:,} of them unexpected" if chapter.is_mixed and chapter.unexpected else count


def unexplained(chapter: Chapter) -> str:
    """What stands over the changes without an operation."""
    return f"{plural(chapter.count, 'change')} that no operation explains"


def folded(block: Block) -> str:
    """What a block's count says that its groups don't."""
    if not block.folded:
        return ""
    some = "" if block.folded == block.count else f"{block.folded:,} of them "
    return f", {some}told with their database"


def symbol(group: Group) -> str:
    """`+` came, `-` went, `→` moved, `~` changed."""
    if group.first.before is None:
        return "+"
    if group.first.after is None:
        return "-"
    return "→" if group.target else "~"


def edit(found: Edit, medium: Medium) -> str:
    """`path: before → after`."""
    before, after = _value(found.before, found.after, medium), _value(found.after, found.before, medium)
    return f"{_path(found.path, medium)}: {before} → {after}"


def names(group: Group, most: int, medium: Medium) -> str:
    """The names of a group as runs, at most so many, and how many names that leaves out."""
    return run_names(runs(group.names), most, medium)


def run_names(found: list[Run], most: int, medium: Medium) -> str:
    """Runs of names, at most so many, and how many names that leaves out."""
    shown = [_run(run, medium) for run in found[:most]]
    hidden = sum(run.size for run in found[most:])
    return listing([*shown, f"and {hidden:,} more"] if hidden else shown)


def gap_scope(gap: Gap, medium: Medium) -> str:
    """What a gap covers."""
    if gap.scope in _SCOPES:
        return _SCOPES[gap.scope]
    kind, _, name = gap.scope.partition(" ")
    return f"database {medium.name(name)}" if kind == "database" else medium.name(gap.scope)


def shards_held(count: int | None, side: Side) -> str:
    """A figure of the balance: a dash where the node wasn't there, a lower bound where not all was read."""
    if side.complete:
        return "—" if count is None else f"{count:,}"
    return f"≥ {count:,}" if count else "?"


def difference(standing: Standing, report: Report) -> str:
    """`+4`, `-4`, or nothing; nothing, too, where a side wasn't read whole."""
    change = (standing.after or 0) - (standing.before or 0)
    return f"{change:+,}" if change and report.before.complete and report.after.complete else ""


def _named_node(found: Node, shown_id: str, medium: Medium) -> str:
    if not found.known:
        return f"unknown data node {shown_id}"
    if found.name is None or found.name == found.id:
        return shown_id
    return f"{medium.name(found.name)} ({shown_id})"


def _edits(group: Group, medium: Medium) -> str:
    told = listing(edit(found, medium) for found in group.edits[:MOST_EDITS])
    return told + _more(len(group.edits) - MOST_EDITS, "edit")


def _whereabouts(group: Group, medium: Medium) -> str:
    if group.source and group.target:
        return f", {short_node(group.source, medium)} → {short_node(group.target, medium)}"
    place = group.source or group.target
    return f" on {short_node(place, medium)}" if place else f", {_edits(group, medium)}"


def _more(hidden: int, noun: str) -> str:
    return f" and {hidden:,} more {noun}s" if hidden > 0 else ""


def _instance(side: Side, medium: Medium) -> str:
    return medium.name(side.instance or side.instance_id or side.reference)


def _found(report: Report, outline: Outline) -> str:
    """`12 unexpected changes (3 error, 9 warning), 4 ignored`."""
    if not outline.total:
        return "nothing changed"
    counts = [(kind, count) for kind, count in report.verdict.by_disposition.items() if count]
    (kind, first), *others = counts
    severities = listing(f"{count:,} {severity.word}" for severity, count in outline.unexpected)
    head = plural(first, f"{kind} change") + (f" ({severities})" if severities else "")
    broken = [plural(len(report.verdict.findings), "new or worse finding")] if report.verdict.findings else []
    return listing([head, *(f"{count:,} {word}" for word, count in others), *broken])


def accepted(found: Acceptance, medium: Medium) -> str:
    """`4 changes, shard-moved of orders`; without a rule, all that failed."""
    count = plural(found.count, "change")
    return f"all {count}" if found.rule is None else f"{count}, {found.rule} of {medium.name(found.name or '')}"


def _plan(report: Report, medium: Medium) -> str:
    """Whether the plan is met, where there is one."""
    match = report.verdict.match
    if match is None:
        return ""
    name = f" {medium.name(match.plan.change)}" if match.plan.change else ""
    return f", plan{name} {'met' if match.is_met else 'not met'}"


def _interval(report: Report) -> str:
    """How long after the first snapshot the second was taken."""
    apart = report.after.taken_at - report.before.taken_at
    if not apart:
        return "at the same time"
    return f"{_duration(abs(apart))} {'later' if apart > timedelta() else 'earlier'}"


def _duration(apart: timedelta) -> str:
    """The two largest units of a time: `2 h 10 min`."""
    left, parts = int(apart.total_seconds()), []
    for unit, seconds in _UNITS:
        count, left = divmod(left, seconds)
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts[:2]) or "less than 1 s"


def _path(path: tuple[str | int, ...], medium: Medium) -> str:
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return medium.name(text.removeprefix("."))


def _value(value: Any, other: Any, medium: Medium) -> str:  # noqa: ANN401 - any JSON value
    if value is None:
        return NONE
    # A text that becomes a number, or the reverse, would otherwise look the same on both sides.
    if isinstance(value, str) and (other is None or isinstance(other, str)):
        return medium.name(value)
    return medium.literal(msgspec.json.encode(value).decode())


def _run(run: Run, medium: Medium) -> str:
    if run.size < _SHORTEST_RUN:
        return listing(medium.name(name) for name in dict.fromkeys((run.first, run.last)))
    return f"{medium.name(run.first)} … {medium.name(run.last)} ({run.size:,})"
