"""Two snapshots to compare, opened, compared and reported on: what `diff`, `gate` and `end` share."""

from __future__ import annotations

import shlex
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import click
import msgspec

from drift.cli.app import now
from drift.cli.reporting import write_reports
from drift.compare.align import tells_less
from drift.core.errors import UsageError
from drift.core.model import Mask
from drift.core.references import File, Latest, Number, Reference, Stored, parse
from drift.decode.jobs import between
from drift.reports.content.report import Report, Side, happened
from drift.reports.formats import SHARD_FORMATS
from drift.reports.renderer import render

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path
    from typing import Any, TypeVar

    from drift.cli.app import App
    from drift.cli.node_map import NodeMap
    from drift.compare.diff import Diff
    from drift.compare.node_mapping import NodePair
    from drift.core.model import Instance, Snapshot, SnapshotRef
    from drift.decode.files import Received
    from drift.policy.invariants import Finding
    from drift.policy.known_names import KnownNames
    from drift.policy.plan.file import Plan
    from drift.policy.plan.matching import PlanResult
    from drift.policy.verdict import Verdict
    from drift.policy.waivers import Waived
    from drift.reports.content.acceptance import Acceptance

    _F = TypeVar("_F", bound=Callable[..., Any])


class Pair(NamedTuple):
    """Two snapshots to compare, and the sides that they are in a report.

    `returned` has the earlier snapshots that the whole, or a database, of `after` equals. With a `node_map`, which is
    what --map-nodes says, `before` is as it would be on the data nodes of `after`.
    """

    before: Snapshot
    after: Snapshot
    sides: tuple[Side, Side]
    returned: Mapping[str | None, SnapshotRef]
    node_map: str | None = None
    node_pairs: tuple[NodePair, ...] = ()

    @property
    def instance(self) -> str | None:
        """The instance that a change is about."""
        return self.after.instance.name or self.before.instance.name

    @property
    def world(self) -> KnownNames:
        """What there is on either side."""
        from drift.policy.known_names import KnownNames  # noqa: PLC0415 - only plans and waivers speak of it

        return KnownNames.of(
            [node for side in self.sides for node in side.nodes.values()],
            [node_id for side in self.sides for node_id in side.balance],
            [name for side in self.sides for name in side.databases],
            [*self.before.gaps, *self.after.gaps],
        )


def open_pair(app: App, texts: tuple[str, str], references: tuple[Reference | Received, Reference | Received]) -> Pair:
    """Both snapshots. Of two stored ones only what differs is read."""
    before, after = references
    if isinstance(before, Stored) and isinstance(after, Stored):
        with app.open_store() as store:
            numbers = store.resolve(before), store.resolve(after)
            pair = store.load_pair(*numbers)
            returned = store.returned(*pair)
            sides = [
                Side.of(
                    snapshot,
                    text,
                    nodes=store.nodes(number),
                    databases=store.databases(number),
                    balance=store.balance(number),
                )
                for snapshot, text, number in zip(pair, texts, numbers, strict=True)
            ]
    else:
        pair = app.load(before), app.load(after)
        returned = _returned(app, *pair) if isinstance(before, Stored) or isinstance(after, Stored) else {}
        sides = [Side.of_whole(snapshot, text) for snapshot, text in zip(pair, texts, strict=True)]
    if _are_of_two(pair[0].instance, pair[1].instance):
        app.console.warn(f"two instances are compared: {pair[0].instance.name} and {pair[1].instance.name}")
    if tells_less(pair[0].source) != tells_less(pair[1].source):
        app.console.note(
            "not compared, as the details don't tell them: addresses of data nodes, data nodes without shards"
        )
    return Pair(*pair, (sides[0], sides[1]), returned)


def _are_of_two(one: Instance, other: Instance) -> bool:
    """Whether two instances are meant: neither is unknown, nor do two names stand for one id."""
    if one.instance_id and one.instance_id == other.instance_id:
        return False
    return bool(one.name and other.name) and one.name != other.name


def _returned(app: App, before: Snapshot, after: Snapshot) -> dict[str | None, SnapshotRef]:
    with app.open_store() as store:
        return store.returned(before, after)


def report_on(app: App, pair: Pair, command: str, plan: Plan | None, findings: tuple[Finding, ...] = ()) -> Report:
    """The judged diff of a pair, held against a plan if there is one, with `findings` that are judged beside it."""
    from drift.compare.diff import diff  # noqa: PLC0415 - not every command compares
    from drift.policy.verdict import judge  # noqa: PLC0415 - as above

    with app.console.working("comparing"):
        differing = diff(pair.before, pair.after)
    found = _believed(differing, pair)
    match = None if plan is None else _match(app, plan, found, pair)
    waived = _waived(app, pair, found, match) if app.config.waivers else None
    worse = _worsened(app, pair) if command == "gate" and app.config.check.must_not_worsen else ()
    beside = dict.fromkeys((*findings, *worse))
    verdict = judge(found, app.policy, instance=pair.instance, match=match, waived=waived, findings=beside)
    references = [pinned(side) for side in pair.sides]
    words = ["drift", command, *references, *(["--plan", str(plan.origin)] if plan else [])]
    words += ["--map-nodes", pair.node_map] if pair.node_map else []
    places = app.places
    return Report(
        before=pair.sides[0],
        after=pair.sides[1],
        verdict=verdict,
        told=happened(*pair.sides, verdict, pair.returned if found is differing else {}),
        command=shlex.join([*words, *places]),
        node_pairs=pair.node_pairs,
        jobs=between(pair.before, pair.after),
        accepting=_accepting(verdict, [*references, *places]) if command == "gate" and pair.node_map is None else (),
    )


def _believed(found: Diff, pair: Pair) -> Diff:
    before, after = pair.sides
    if any(after.balance.values()) or not after.complete:
        return found
    from drift.compare.plausibility import believed  # noqa: PLC0415 - few captures are empty

    return believed(found, before=sum(before.balance.values()), after=0, data_nodes=len(after.nodes))


def _waived(app: App, pair: Pair, found: Diff, match: PlanResult | None) -> Waived | None:
    from drift.policy.waivers import apply, concerning  # noqa: PLC0415 - only with waivers

    waivers = concerning(app.config.waivers, pair.instance)
    if not waivers:
        return None
    expected = match.expecting if match else None
    waived = apply(
        waivers,
        found.changes,
        expected=expected,
        world=pair.world,
        instance=pair.instance,
        today=now().date(),
    )
    for use in waived.lapsed:
        place, expires = use.waiver.place, use.waiver.expires
        app.console.warn(f"{app.config.file_name}: {place} expired on {expires}, and is no longer applied")
    return waived


def _accepting(verdict: Verdict, references: list[str]) -> tuple[Acceptance, ...]:
    from drift.reports.content.acceptance import acceptances  # noqa: PLC0415 - only for a gate

    return acceptances(verdict, references) if verdict.exit_code == 1 else ()


def _match(app: App, plan: Plan, found: Diff, pair: Pair) -> PlanResult:
    from drift.policy.plan.matching import check_shards, match  # noqa: PLC0415 - only with a plan

    matched = match(plan, found.changes, pair.world)
    if not matched.is_met and not found.not_checked:  # what was not read may exist
        check_shards(plan, matched.outcomes, whole(app, pair))
    return matched


def _worsened(app: App, pair: Pair) -> tuple[Finding, ...]:
    """The broken invariants that are new or worse. They are about the whole."""
    from drift.policy.invariants import worsened  # noqa: PLC0415 - most gates judge changes alone

    return worsened(*whole(app, pair), app.config.check)


def whole(app: App, pair: Pair) -> tuple[Snapshot, Snapshot]:
    """Both snapshots with all their records; of two stored ones, a pair holds only what differs."""
    before, after = (
        snapshot if side.number is None or pair.node_map else app.load(Number(side.number))
        for snapshot, side in zip((pair.before, pair.after), pair.sides, strict=True)
    )
    return before, after


def with_shards(app: App, pair: Pair, report: Report, formats: set[str]) -> Report:
    """The report of a pair, with the placements of all shards if one of the formats shows each of them."""
    if not SHARD_FORMATS & formats:
        return report
    from drift.reports.content.placements import placements  # noqa: PLC0415 - most formats show what differs

    return msgspec.structs.replace(
        report, placements=placements(*whole(app, pair), Mask.of(report.verdict.not_checked))
    )


def pinned(side: Side) -> str:
    """A reference that will mean the same tomorrow, where there is one."""
    return side.reference if side.number is None else str(side.number)


def plan_option(function: _F) -> _F:
    """--plan, read."""
    return click.option(
        "--plan",
        metavar="FILE",
        callback=lambda context, _parameter, value: None if value is None else context.obj.read_plan(value),
        help="What is expected to change: a plan.toml.",
    )(function)


def judged_code(verdict: Verdict) -> int:
    """Return the exit code of a verdict."""
    return verdict.exit_code


def tell_all(app: App, pair: Pair, report: Report, fmt: str, outputs: tuple[tuple[str, Path], ...]) -> None:
    """Write a report to stdout and into files, with all shards for the formats that show each of them."""
    report = with_shards(app, pair, report, {fmt, *(kind for kind, _ in outputs)})
    write_reports(app, partial(render, report, lang=app.language), fmt, outputs)


def open_references(
    app: App, texts: tuple[str, str], references: tuple[Reference, Reference], node_map: NodeMap | None
) -> Pair:
    """Open both references, of two instances where there is a node map."""
    if node_map is None:
        return open_pair(app, texts, references)
    before, after = (app.load(reference) for reference in references)
    return _twins(before, after, texts, node_map)


def _twins(before: Snapshot, after: Snapshot, texts: tuple[str, str], node_map: NodeMap) -> Pair:
    """Two instances' snapshots, the first as it would be on the data nodes of the second."""
    from drift.compare.node_mapping import match, translate  # noqa: PLC0415 - only for two instances
    from drift.reports.content.report import Side  # noqa: PLC0415 - as above

    pairs = match(before, after, node_map.given)
    moved = translate(before, after, pairs)
    # The hash stays that of what was captured, not of what it is told as.
    told = msgspec.structs.replace(Side.of_whole(moved, texts[0]), content_hash=before.content_hash)
    return Pair(moved, after, (told, Side.of_whole(after, texts[1])), {}, node_map.source, pairs)


def given_or(given: str | None, default: str) -> str:
    """The default is for what was left out. An empty word, as of a variable that isn't set, is no reference."""
    return default if given is None else given


def judged_pair(app: App, before: str | None, after: str | None, node_map: NodeMap | None) -> Pair:
    """The two snapshots that a gate judges: without AFTER up to the newest, without BEFORE from the one before it."""
    texts = given_or(before, "latest~1"), given_or(after, "latest")
    first = parse(texts[0])
    second = Latest(instance=_instance(first)) if after is None else parse(texts[1])
    pair = open_references(app, texts, (first, second), node_map)
    numbers = [side.number for side in pair.sides]
    if after is None and numbers[0] is not None and numbers[0] == numbers[1]:
        raise UsageError(
            f"{before} is the newest snapshot itself, so there is nothing to judge it against",
            hint="Name both: `drift gate latest~1 latest`, or `drift gate latest live` for the instance as it is now.",
        )
    return pair


def _instance(reference: Reference) -> str | None:
    return None if isinstance(reference, File) else reference.instance
