"""The sentences that text and Markdown share. Pure. Each takes the medium that makes outside text safe."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import reduce
from typing import TYPE_CHECKING, Any, Final

import msgspec

from drift.compare.plausibility import loss
from drift.core.model import DATA_NODES_SCOPE, DATABASES_SCOPE, Database, DataNode
from drift.core.name_ranges import Run, runs
from drift.policy.rules import Severity
from drift.policy.verdict import Disposition, Outcome
from drift.reports.content.outline import Node
from drift.reports.wording.i18n import mark_noun, mark_sentence, plural, plural_more, translate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from drift.compare.diff import Edit
    from drift.core.model import Gap, Job, Record
    from drift.reports.content.acceptance import Acceptance
    from drift.reports.content.outline import Block, Chapter, Group, Outline, Standing
    from drift.reports.content.report import Report, Side
    from drift.reports.wording.escape import Medium

MOST_DATABASES: Final = 12
MOST_EDITS: Final = 12
MOST_NODES: Final = 12
_SCOPES: Final = {
    DATA_NODES_SCOPE: mark_sentence("all data nodes"),
    DATABASES_SCOPE: mark_sentence("all databases and their shards"),
}
_SEVERITIES: Final = {
    Severity.IGNORE: mark_sentence("ignore"),
    Severity.INFO: mark_sentence("info"),
    Severity.WARNING: mark_sentence("warning"),
    Severity.ERROR: mark_sentence("error"),
}
_VERDICTS: Final = {
    Outcome.IN_SYNC: mark_sentence("in-sync"),
    Outcome.EXPECTED: mark_sentence("expected"),
    Outcome.DRIFT: mark_sentence("drift"),
    Outcome.INCONCLUSIVE: mark_sentence("inconclusive"),
}
_DISPOSITIONS: Final = {
    Disposition.UNEXPECTED: mark_sentence("unexpected"),
    Disposition.EXPECTED: mark_sentence("expected"),
    Disposition.WAIVED: mark_sentence("waived"),
    Disposition.IGNORED: mark_sentence("ignored"),
}
_CHANGES: Final = {
    Disposition.UNEXPECTED: mark_noun("unexpected change"),
    Disposition.EXPECTED: mark_noun("expected change"),
    Disposition.WAIVED: mark_noun("waived change"),
    Disposition.IGNORED: mark_noun("ignored change"),
}
_UNITS: Final = (
    (mark_sentence("{count} d"), 86_400),
    (mark_sentence("{count} h"), 3_600),
    (mark_sentence("{count} min"), 60),
    (mark_sentence("{count} s"), 1),
)
_SHORTEST_RUN: Final = 3  # two names are as short as a run of two


def listing(parts: Iterable[str]) -> str:
    """The names or figures with commas between them."""
    return translate(", ").join(parts)


def clauses(parts: Iterable[str]) -> str:
    """The same for parts of a sentence, which other languages part otherwise than names."""
    found = list(parts)
    return reduce(lambda told, more: translate("{told}, {more}", told=told, more=more), found) if found else ""


def sayings(parts: Iterable[str]) -> str:
    """What is told one after another in a line."""
    return translate("; ").join(parts)


def followed(told: str, within: str) -> str:
    """What is told, and in brackets what is within, if anything."""
    return translate("{told} ({within})", told=told, within=within) if within else told


def titled(mark: str, title: str) -> str:
    """A title behind what marks it."""
    return translate("{mark} {title}", mark=mark, title=title)


def severity(found: Severity) -> str:
    """How much something matters, in a word."""
    return translate(_SEVERITIES[found])


def verdict(found: Outcome) -> str:
    """The verdict in a word."""
    return translate(_VERDICTS[found])


def disposition(found: Disposition) -> str:
    """What becomes of a change in the judgement, in a word."""
    return translate(_DISPOSITIONS[found])


def lower_bounds() -> str:
    """How figures are to be read where not all was read."""
    return translate("Not all was read: ≥ is a lower bound, ? is unknown.")


def statement(report: Report, outline: Outline, medium: Medium, between: str) -> str:
    """The verdict in one sentence without a full stop; `between` names the snapshots."""
    where, found = _planned(_scene(report, medium, between), report, medium), _found(report, outline)
    match report.verdict.outcome:
        case Outcome.IN_SYNC:
            return translate("Nothing changed {where}", where=where)
        case Outcome.EXPECTED if not outline.unexpected:
            return translate("Nothing unexpected {where}: {found}", where=where, found=found)
        case Outcome.EXPECTED:
            threshold = severity(report.verdict.fail_on)
            return translate(
                "No drift {where}: {found}, none at or above {threshold}", where=where, found=found, threshold=threshold
            )
        case Outcome.DRIFT:
            return translate("Drift {where}: {found}", where=where, found=found)
        case Outcome.INCONCLUSIVE if outline.nothing_checked:
            return translate("Nothing checked {where}: no part of it was read both times", where=where)
        case Outcome.INCONCLUSIVE:
            parts = plural(len(outline.not_checked), "part")
            return translate(
                "Inconclusive {where}: {parts} not checked; in the rest, {found}", where=where, parts=parts, found=found
            )


def span(before: str, after: str) -> str:
    """The two snapshots, by what each is called in a sentence."""
    return translate("between {before} and {after}", before=before, after=after)


def dated_side(side: Side, medium: Medium) -> str:
    """A snapshot in a sentence, and when it was taken."""
    return translate("{snapshot} of {time}", snapshot=side_name(side, medium), time=moment(side.taken_at))


def _scene(report: Report, medium: Medium, between: str) -> str:
    """Responses in files don't say whose they are, nor when they were captured: then neither does the sentence."""
    untold = [not (side.instance or side.instance_id) for side in (report.before, report.after)]
    whose = instance(report, medium)
    scope = between if all(untold) else translate("in {instance} {between}", instance=whose, between=between)
    return scope if any(untold) else translate("{scope}, {interval}", scope=scope, interval=_interval(report))


def instance(report: Report, medium: Medium) -> str:
    """The instance, or both where they differ."""
    before, after = _instance(report.before, medium), _instance(report.after, medium)
    return before if before == after else f"{before} → {after}"


def side_name(side: Side, medium: Medium) -> str:
    """A snapshot in a sentence: `snapshot 12 (pre-CHG-123)`, or what the user wrote where it isn't in a store."""
    label = side_label(side, medium)
    return label if side.number is None else translate("snapshot {label}", label=label)


def side_label(side: Side, medium: Medium) -> str:
    """A snapshot as one would ask for it again."""
    if side.number is None:
        return medium.name(side.reference)
    return followed(f"{side.number}", "" if side.label is None else medium.name(side.label))


def flights(report: Report, medium: Medium, safe: Callable[[str], str]) -> list[str]:
    """A sentence for each thing that was under way on either side, and for each migration that ran between them."""
    before = [translate("In flight before: {what}", what=safe(motion.words)) for motion in report.before.in_flight]
    after = [translate("In flight after: {what}", what=safe(motion.words)) for motion in report.after.in_flight]
    return [*before, *after, *(_ran(job, medium, safe) for job in report.jobs)]


def _ran(job: Job, medium: Medium, safe: Callable[[str], str]) -> str:
    name = safe(job.name)
    return translate(
        "{name} ran in between: {status}, {started} to {ended} (job {id})",
        name=translate("{name} of {database}", name=name, database=medium.name(job.database)) if job.database else name,
        status=safe(job.status),
        started=_clock(job.started) or "?",
        ended=_clock(job.ended) or translate("now"),
        id=safe(job.id),
    )


def _clock(time: str | None) -> str | None:
    """A job's time, as `moment` has the times of snapshots."""
    return time and time.replace("T", " ").replace("Z", " UTC")


def suspicion(report: Report, medium: Medium) -> list[str]:
    """A sentence where so much is gone unexpectedly that the capture may be at fault; a twin may never have had it."""
    gone = (each.change for each in report.verdict.changes if each.disposition is Disposition.UNEXPECTED)
    lost = None if report.node_pairs else loss(gone, sum(report.before.balance.values()))
    if lost is None:
        return []
    told = [translate("{count:,} of {all}", count=lost.shards, all=plural(lost.total, "shard"))] if lost.shards else []
    told += [translate("database {name}", name=medium.name(name)) for name in lost.databases[:MOST_DATABASES]]
    told += (
        [plural_more(len(lost.databases) - MOST_DATABASES, "database")] if len(lost.databases) > MOST_DATABASES else []
    )
    return [
        translate(
            "Suspect: gone are {things}; capture again, or with --source details, before believing it",
            things=listing(told),
        )
    ]


def moment(when: datetime) -> str:
    """`2026-05-01 02:00:04 UTC`."""
    return f"{when.astimezone(UTC).replace(tzinfo=None).isoformat(' ', 'seconds')} UTC"


def balance_of(side: Side) -> str:
    """How much a snapshot holds."""
    held = listing((plural(sum(side.balance.values()), "shard"), plural(len(side.nodes), "data node")))
    return held if side.complete else translate("partial: {held}", held=held)


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
    placed = [held_on(held.shards, short_node(held.node, medium)) for held in group.children[:MOST_NODES]]
    if others := group.children[MOST_NODES:]:
        placed.append(held_on(sum(held.shards for held in others), plural_more(len(others), "data node")))
    return translate("{shards}: {where}", shards=plural(group.children_count, "shard"), where=listing(placed))


def way(source: str, target: str) -> str:
    """`rds-1 → rds-2`."""
    return translate("{source} → {target}", source=source, target=target)


def held_on(count: int, node: str) -> str:
    """`8 on rds-1`."""
    return translate("{count:,} on {node}", count=count, node=node)


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
            declared = "" if count is None else translate("{shards} declared", shards=plural(count, "shard"))
            found = [medium.name(mode) if mode else "", declared, medium.name(status) if status else ""]
        case _:
            found = []
    return clauses(fact for fact in found if fact)


def telling(group: Group, medium: Medium) -> str:
    """What happened to whom, without the names of shards."""
    match group.first.record:
        case DataNode(id=node_id, name=name) as record:
            who = node(Node(node_id, name, node_id), medium)
            what = _edits(group, medium) or facts(record, medium)
        case Database() as record:
            who = names(group, MOST_DATABASES, medium)
            whole = (facts(record, medium), shards_on(group, medium))
            what = _edits(group, medium) or sayings(part for part in whole if part)
        case record:
            who = medium.name(record.database)
            what = _whereabouts(group, medium)
    return translate("{who}: {what}", who=who, what=what) if what else who


def heading(block: Block, chapter: Chapter) -> str:
    """The severity of a block's changes, and their disposition where others stand beside them."""
    word = severity(block.severity)
    return clauses((word, disposition(block.disposition))) if chapter.is_mixed else word


def told(chapter: Chapter) -> str:
    """How many changes an event has, and how many of them are unexpected where not all are."""
    count = plural(chapter.count, "change")
    if chapter.is_mixed and chapter.unexpected:
        return translate("{changes}, {count:,} of them unexpected", changes=count, count=chapter.unexpected)
    return count


def unexplained(chapter: Chapter) -> str:
    """What stands over the changes without an operation."""
    return translate("{changes} that no operation explains", changes=plural(chapter.count, "change"))


def counted(block: Block) -> str:
    """How many changes a block has, and how many of them its groups don't tell."""
    if not block.folded:
        return f"{block.count:,}"
    if block.folded == block.count:
        return translate("{count:,}, told with their database", count=block.count)
    return translate("{count:,}, {some:,} of them told with their database", count=block.count, some=block.folded)


def symbol(group: Group) -> str:
    """`+` came, `-` went, `→` moved, `~` changed."""
    if group.first.before is None:
        return "+"
    if group.first.after is None:
        return "-"
    return "→" if group.target else "~"


def edit(found: Edit, medium: Medium) -> str:
    """`path: before → after`."""
    if found.before is None and found.after is None:
        return translate("{path}: null on one side, not there on the other", path=_path(found.path, medium))
    before, after = _value(found.before, found.after, medium), _value(found.after, found.before, medium)
    return translate("{path}: {before} → {after}", path=_path(found.path, medium), before=before, after=after)


def names(group: Group, most: int, medium: Medium) -> str:
    """The names of a group as runs, at most so many, and how many names that leaves out."""
    return run_names(runs(group.names), most, medium)


def run_names(found: list[Run], most: int, medium: Medium) -> str:
    """Runs of names, at most so many, and how many names that leaves out."""
    shown = [_run(run, medium) for run in found[:most]]
    hidden = sum(run.size for run in found[most:])
    return listing([*shown, translate("and {hidden:,} more", hidden=hidden)] if hidden else shown)


def gap_scope(gap: Gap, medium: Medium) -> str:
    """What a gap covers."""
    if gap.scope in _SCOPES:
        return translate(_SCOPES[gap.scope])
    kind, _, name = gap.scope.partition(" ")
    return translate("database {name}", name=medium.name(name)) if kind == "database" else medium.name(gap.scope)


def unread(gap: Gap, medium: Medium, safe: Callable[[str], str]) -> str:
    """What a gap covers, and why it was not read."""
    return translate("{who}: {what}", who=gap_scope(gap, medium), what=safe(gap.reason))


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
        return translate("unknown data node {id}", id=shown_id)
    if found.name is None or found.name == found.id:
        return shown_id
    return followed(medium.name(found.name), shown_id)


def _edits(group: Group, medium: Medium) -> str:
    return edits(group.edits, MOST_EDITS, medium)


def edits(found: Sequence[Edit], most: int, medium: Medium) -> str:
    """At most so many edits, and how many that leaves out."""
    told, hidden = clauses(edit(each, medium) for each in found[:most]), len(found) - most
    return translate("{told} and {more}", told=told, more=plural_more(hidden, "edit")) if hidden > 0 else told


def _whereabouts(group: Group, medium: Medium) -> str:
    """How many shards, and where they are, went, or what changed in them."""
    shards = plural(len(group.names), "shard")
    if group.source and group.target:
        return clauses((shards, way(short_node(group.source, medium), short_node(group.target, medium))))
    place = group.source or group.target
    if place is None:
        return clauses((shards, _edits(group, medium)))
    return translate("{shards} on {node}", shards=shards, node=short_node(place, medium))


def _instance(side: Side, medium: Medium) -> str:
    return medium.name(side.instance or side.instance_id or side.reference)


def _found(report: Report, outline: Outline) -> str:
    """`12 unexpected changes (3 error, 9 warning), 4 ignored`."""
    if not outline.total:
        return translate("nothing changed")
    counts = [(kind, count) for kind, count in report.verdict.by_disposition.items() if count]
    (kind, first), *others = counts
    severities = listing(_number(count, severity(each)) for each, count in outline.unexpected)
    head = followed(plural(first, _CHANGES[kind]), severities)
    broken = [plural(len(report.verdict.findings), "new or worse finding")] if report.verdict.findings else []
    return clauses([head, *(_number(count, disposition(each)) for each, count in others), *broken])


def _number(count: int, word: str) -> str:
    return translate("{count:,} {word}", count=count, word=word)


def numbers(counts: Iterable[tuple[Disposition, int]]) -> str:
    """`3 unexpected, 4 waived`; what there is none of is left out."""
    return listing(_number(count, disposition(each)) for each, count in counts if count)


def accepted(found: Acceptance, medium: Medium) -> str:
    """`4 changes, shard-moved of orders`; without a rule, all that failed."""
    count = plural(found.count, "change")
    if found.rule is None:
        return translate("all {changes}", changes=count)
    return translate("{changes}, {rule} of {name}", changes=count, rule=found.rule, name=medium.name(found.name or ""))


def _planned(where: str, report: Report, medium: Medium) -> str:
    """Where, and whether the plan is met, if there is one."""
    match = report.verdict.match
    if match is None:
        return where
    if match.plan.change is None:
        return (
            translate("{where}, plan met", where=where)
            if match.is_met
            else translate("{where}, plan not met", where=where)
        )
    plan = medium.name(match.plan.change)
    if match.is_met:
        return translate("{where}, plan {plan} met", where=where, plan=plan)
    return translate("{where}, plan {plan} not met", where=where, plan=plan)


def _interval(report: Report) -> str:
    """How long after the first snapshot the second was taken."""
    apart = report.after.taken_at - report.before.taken_at
    if not apart:
        return translate("at the same time")
    time = _duration(abs(apart))
    return translate("{time} later", time=time) if apart > timedelta() else translate("{time} earlier", time=time)


def _duration(apart: timedelta) -> str:
    """The two largest units of a time: `2 h 10 min`."""
    left, parts = int(apart.total_seconds()), []
    for unit, seconds in _UNITS:
        count, left = divmod(left, seconds)
        if count:
            parts.append(translate(unit, count=count))
    return " ".join(parts[:2]) or translate("less than 1 s")


def _path(path: tuple[str | int, ...], medium: Medium) -> str:
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return medium.name(text.removeprefix("."))


def _value(value: Any, other: Any, medium: Medium) -> str:  # noqa: ANN401 - any JSON value
    if value is None:
        return translate("(none)")
    # A text that becomes a number, or the reverse, would otherwise look the same on both sides.
    if isinstance(value, str) and (other is None or isinstance(other, str)):
        return medium.name(value)
    return medium.literal(msgspec.json.encode(value).decode())


def _run(run: Run, medium: Medium) -> str:
    if run.size < _SHORTEST_RUN:
        return listing(medium.name(name) for name in dict.fromkeys((run.first, run.last)))
    return followed(f"{medium.name(run.first)} … {medium.name(run.last)}", f"{run.size:,}")
