"""Open two snapshots, judge their diff, and write the report: the part that `diff`, `gate` and `end` share."""

from __future__ import annotations

import shlex
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
import msgspec

from drift.cli.app import now
from drift.cli.auditing import known_audit, stored_audit
from drift.cli.loading import load
from drift.cli.reporting import write_reports
from drift.cli.rereading import are_read_otherwise, read_alike
from drift.cli.streams import ReadLater, open_plan
from drift.compare.diff import diff
from drift.core.errors import UsageError
from drift.core.model import Mask
from drift.core.read_settings import other_settings
from drift.core.references import File, Latest, Number, Reference, Stored, parse
from drift.core.sources import source_of
from drift.reports.content.report import Side, are_of_two
from drift.reports.formats import SHARD_FORMATS
from drift.reports.judging import Criteria, Pair, judged_report
from drift.reports.renderer import render

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    from drift.cli.app import App
    from drift.cli.node_map import NodeMap
    from drift.core.finding import Finding
    from drift.core.model import Snapshot, SnapshotRef
    from drift.decode.captures import Received
    from drift.policy.plan.file import Plan
    from drift.policy.verdict import Verdict
    from drift.reports.content.acceptance import Acceptance
    from drift.reports.content.node_check import NodeCheck
    from drift.reports.content.report import Report
    from drift.store import Outline

    _F = TypeVar("_F", bound=Callable[..., Any])


class Mode(msgspec.Struct, frozen=True):
    """A command that compares: whether it judges broken invariants beside the changes, and offers to waive changes."""

    command: str
    judges_findings: bool
    offers_waivers: bool


DIFF: Final = Mode("diff", judges_findings=False, offers_waivers=False)
GATE: Final = Mode("gate", judges_findings=True, offers_waivers=True)


def open_pair(app: App, texts: tuple[str, str], references: tuple[Reference | Received, Reference | Received]) -> Pair:
    """Open both snapshots. Of two stored ones, only the records that differ are read."""
    before, after = references
    if isinstance(before, Stored) and isinstance(after, Stored):
        with app.open_store() as store:
            numbers = store.resolve(before), store.resolve(after)
            pair = store.load_pair(*numbers)
            returned = store.returned(*pair)
            sides = [
                _side(snapshot, text, store.outline(number))
                for snapshot, text, number in zip(pair, texts, numbers, strict=True)
            ]
            audit = stored_audit(store, pair[1].instance.name)
    else:
        pair = load(app, before), load(app, after)
        returned = _returned(app, *pair) if isinstance(before, Stored) or isinstance(after, Stored) else {}
        sides = [Side.of_whole(snapshot, text) for snapshot, text in zip(pair, texts, strict=True)]
        audit = None
    if are_of_two(*sides):
        app.console.warn(f"two instances are compared: {pair[0].instance.name} and {pair[1].instance.name}")
    if source_of(pair[0].source).lists_data_nodes != source_of(pair[1].source).lists_data_nodes:
        app.console.note(
            "not compared, as the details don't tell them: addresses of data nodes, data nodes without shards"
        )
    if source_of(pair[0].source).lists_databases != source_of(pair[1].source).lists_databases:
        app.console.note("not compared: databases that Terraform doesn't manage")
    opened = Pair(*pair, (sides[0], sides[1]), returned, audit=audit)
    return _read_alike(app, opened) if are_read_otherwise(*pair) else opened


def _side(snapshot: Snapshot, reference: str, outline: Outline) -> Side:
    return Side.of(snapshot, reference, nodes=outline.nodes, databases=outline.databases, balance=outline.balance)


def _read_alike(app: App, pair: Pair) -> Pair:
    """Read both snapshots with the same settings, or say which settings differ."""
    alike = read_alike(app, *whole(app, pair))
    sides = [
        msgspec.structs.replace(Side.of_whole(each, side.reference), content_hash=side.content_hash)
        for each, side in zip(alike, pair.sides, strict=True)
    ]
    _note_settings(app, *alike)
    return Pair(*alike, (sides[0], sides[1]), pair.returned, is_whole=True, audit=pair.audit)


def _note_settings(app: App, before: Snapshot, after: Snapshot) -> None:
    if are_read_otherwise(before, after):
        from drift.reports.wording.qualities import settings_in_english

        app.console.note(f"note: {settings_in_english(other_settings(before.read_with, after.read_with))}")


def _returned(app: App, before: Snapshot, after: Snapshot) -> dict[str | None, SnapshotRef]:
    with app.open_store() as store:
        return store.returned(before, after)


def report_on(
    app: App,
    pair: Pair,
    mode: Mode,
    plan: Plan | None,
    findings: tuple[Finding, ...] = (),
    *,
    verifies: bool = False,
) -> Report:
    """Judge the diff of a pair, against a plan if there is one, with `findings` that are judged beside it.

    It `verifies` the second snapshot against its data nodes.

    Raises UnconfirmedError where a gate has to judge an unconfirmed snapshot and the settings don't allow that.
    """
    if mode.judges_findings:
        from drift.cli.confirmation import refuse_unconfirmed

        refuse_unconfirmed(app, pair.sides)
    with app.console.working("comparing"):
        changes = diff(pair.before, pair.after)
    demands = app.config.check if mode.judges_findings and app.config.check.must_not_worsen else None
    check = _nodes_of(app, pair) if verifies else None
    criteria = Criteria(
        app.run.policy,
        plan,
        app.config.waivers,
        now().date(),
        findings,
        demands,
        known_audit(app, pair.instance, pair.audit),
        node_check=check,
        require_trace=mode.judges_findings and app.settings.require_trace.value,
    )
    references = [pinned(side) for side in pair.sides]
    command = _command(app, pair, mode, plan, verifies=verifies)
    report = judged_report(pair, changes, criteria, lambda: whole(app, pair), command)
    _warn_of_lapsed(app, report.verdict)
    if not mode.offers_waivers or pair.node_map is not None:
        return report
    return msgspec.structs.replace(report, accepting=_accepting(report.verdict, [*references, *app.places]))


def _nodes_of(app: App, pair: Pair) -> NodeCheck:
    from drift.cli.verifying import checked_nodes

    return checked_nodes(app, whole(app, pair)[1])


def _command(app: App, pair: Pair, mode: Mode, plan: Plan | None, *, verifies: bool) -> str:
    """Return the command line that reproduces a report."""
    words = ["drift", mode.command, *map(pinned, pair.sides), *(["--plan", str(plan.origin)] if plan else [])]
    words += ["--map-nodes", pair.node_map] if pair.node_map else []
    words += ["--verify"] if verifies else []
    return shlex.join([*words, *app.judging(mode.command), *app.places])


def _warn_of_lapsed(app: App, verdict: Verdict) -> None:
    for use in verdict.waived.lapsed if verdict.waived else ():
        place, expires = use.waiver.place, use.waiver.expires
        app.console.warn(f"{app.config.file_name}: {place} expired on {expires}, and is no longer applied")


def _accepting(verdict: Verdict, references: list[str]) -> tuple[Acceptance, ...]:
    from drift.reports.content.acceptance import acceptances

    return acceptances(verdict, references) if verdict.exit_code == 1 else ()


def whole(app: App, pair: Pair) -> tuple[Snapshot, Snapshot]:
    """Load both snapshots with all their records: a pair of stored ones has only those that differ."""
    before, after = (
        snapshot if side.number is None or pair.is_whole else load(app, Number(side.number))
        for snapshot, side in zip((pair.before, pair.after), pair.sides, strict=True)
    )
    return before, after


def with_shards(app: App, pair: Pair, report: Report, formats: set[str]) -> Report:
    """Add the placements of all shards to a report if one of the formats shows them."""
    if not SHARD_FORMATS & formats:
        return report
    from drift.reports.content.placements import placements

    return msgspec.structs.replace(
        report, placements=placements(*whole(app, pair), Mask.of(report.verdict.not_checked))
    )


def pinned(side: Side) -> str:
    """Return a reference that will mean the same tomorrow, where there is one."""
    return side.reference if side.number is None else str(side.number)


def _plan(_context: click.Context, _parameter: click.Parameter, value: str | None) -> ReadLater | None:
    return None if value is None else ReadLater(Path(value), partial(open_plan, value))


def plan_option(function: _F) -> _F:
    """Add --plan, whose file a command with a report reads."""
    return click.option(
        "--plan",
        metavar="FILE",
        callback=_plan,
        help="What is expected to change: a plan.toml.",
    )(function)


def judged_code(verdict: Verdict) -> int:
    """Return the exit code of a verdict."""
    return verdict.exit_code


def write_report(app: App, pair: Pair, report: Report, fmt: str, outputs: tuple[tuple[str, Path], ...]) -> None:
    """Write a report to stdout and into files, with all shards in the formats that show them."""
    report = with_shards(app, pair, report, {fmt, *(kind for kind, _ in outputs)})
    write_reports(app, partial(render, report, lang=app.language), fmt, outputs)


def open_references(
    app: App, texts: tuple[str, str], references: tuple[Reference, Reference], node_map: NodeMap | None
) -> Pair:
    """Open both references; with a node map, they are of two instances."""
    if node_map is None:
        return open_pair(app, texts, references)
    before, after = read_alike(app, *(load(app, reference) for reference in references))
    _note_settings(app, before, after)
    return _twins(before, after, texts, node_map)


def _twins(before: Snapshot, after: Snapshot, texts: tuple[str, str], node_map: NodeMap) -> Pair:
    """Pair the snapshots of two instances, the first as it would be on the data nodes of the second."""
    from drift.compare.node_mapping import match, translate

    pairs = match(before, after, node_map.given)
    moved = translate(before, after, pairs)
    # The hash stays that of the snapshot as captured.
    side = msgspec.structs.replace(Side.of_whole(moved, texts[0]), content_hash=before.content_hash)
    return Pair(moved, after, (side, Side.of_whole(after, texts[1])), {}, node_map.source, pairs, is_whole=True)


def given_or(given: str | None, default: str) -> str:
    """Return the given word, or the default where none is given. An empty word stays, and is no reference."""
    return default if given is None else given


def judged_pair(app: App, before: str | None, after: str | None, node_map: NodeMap | None) -> Pair:
    """Open the two snapshots of a gate: without AFTER the newest of that instance, without BEFORE the one before it."""
    texts = given_or(before, "latest~1"), given_or(after, "latest")
    first = parse(texts[0])
    second = Latest(instance=_instance(app, first)) if after is None else parse(texts[1])
    pair = open_references(app, texts, (first, second), node_map)
    numbers = [side.number for side in pair.sides]
    if after is None and numbers[0] is not None and numbers[0] == numbers[1]:
        raise UsageError(
            f"{before} is the newest snapshot itself, so there is nothing to judge it against",
            hint="Name both: `drift gate latest~1 latest`, or `drift gate latest live` for the instance as it is now.",
        )
    return pair


def _instance(app: App, reference: Reference) -> str | None:
    """Return the instance that a reference is about. A file says none: it may be judged against any instance."""
    if isinstance(reference, File):
        return None
    if reference.instance is not None or not isinstance(reference, Stored):
        return reference.instance
    with app.open_store() as store:
        return store.instance_of(reference)
