"""`drift diff` tells, `drift gate` judges: the same comparison, with different ends."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click
import msgspec

from drift.cli.app import App, Pair, open_pair, report_on, with_shards
from drift.cli.options import common_options, connection_options, fleet_options
from drift.cli.reporting import report_options, tell, threshold_option
from drift.core.errors import UsageError
from drift.core.references import File, Latest, parse
from drift.reports.formats import REPORT_FORMATS
from drift.reports.renderer import render

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, TypeVar

    from drift.core.model import Snapshot
    from drift.core.references import Reference
    from drift.policy.plan.file import Plan
    from drift.policy.verdict import Verdict
    from drift.reports.content.report import Report

    _F = TypeVar("_F", bound=Callable[..., Any])


def plan_option(function: _F) -> _F:
    """--plan, read."""
    return click.option(
        "--plan",
        metavar="FILE",
        callback=lambda context, _parameter, value: None if value is None else context.obj.read_plan(value),
        help="What is expected to change: a plan.toml.",
    )(function)


class _NodeMap(NamedTuple):
    """What --map-nodes says: `auto` or a file, and the pairs of data nodes that the file gives."""

    source: str
    given: Mapping[str, str]


def _node_map(_context: click.Context, _parameter: click.Parameter, value: str | None) -> _NodeMap | None:
    if value is None:
        return None
    if value == "auto":
        return _NodeMap(value, {})
    from drift.compare.node_mapping import parse  # noqa: PLC0415 - as above
    from drift.config.file import read_text  # noqa: PLC0415 - only with a file of pairs

    return _NodeMap(value, parse(read_text(Path(value), hint="`auto` learns the pairs from the shards."), Path(value)))


def _node_map_option(function: _F) -> _F:
    return click.option(
        "--map-nodes",
        "node_map",
        metavar="auto|FILE",
        callback=_node_map,
        help="Compare two instances: learn which data node stands for which, or read it.",
    )(function)


@click.command("diff", short_help="Tell what changed between two snapshots.")
@click.argument("before")
@click.argument("after")
@fleet_options
@click.option("--exit-code", is_flag=True, help="End as `drift gate` would, instead of with 0.")
@plan_option
@_node_map_option
@report_options(REPORT_FORMATS)
@connection_options
@common_options
@click.pass_obj
def diff_command(
    app: App,
    before: str,
    after: str,
    *,
    every: bool,
    exit_code: bool,
    plan: Plan | None,
    node_map: _NodeMap | None,
    fmt: str,
    outputs: tuple[tuple[str, Path], ...],
) -> int:
    """Tell what changed from BEFORE to AFTER.

    BEFORE and AFTER are references: a number, a label, latest, latest~2, @2026-05-01T02:00Z, live, or a path to an API
    response or a `drift export` file. NAME:REF picks the instance. With --map-nodes, two instances with the same shards
    on other data nodes can be compared: only what differs beyond the data nodes is told.

    With --all, every instance in drift.toml is compared with itself: each has its own latest, live and labels, and
    {instance} in the path of a file or an --output is its name. Without {instance}, one report tells of them all. The
    exit code is the worst: 70, 4, 3, 2, 0; with --exit-code 1 comes first, so that drift is never hidden.

    \b
    Examples:
      drift diff latest~1 latest
      drift diff before.json after.json --format markdown
      drift diff pre-change live --output json=report.json
      drift diff 12 13 --output html=report.html
      drift diff prod:latest dr:latest --map-nodes auto
      drift diff latest live --all --output markdown=fleet.md
    """  # noqa: D301 - click's mark
    if every:
        from drift.cli.compare_all import Comparison, compare_all  # noqa: PLC0415 - few compare many instances

        ends = _judged if exit_code else _told
        return compare_all(app, Comparison("diff", _apart(before, after, node_map), plan, ends), fmt, outputs)
    pair = _open(app, (before, after), (parse(before), parse(after)), node_map)
    report = report_on(app, pair, "diff", plan)
    tell_all(app, pair, report, fmt, outputs)
    return report.verdict.exit_code if exit_code else 0


@click.command("gate", short_help="Judge what changed: 1 if it is not acceptable.")
@click.argument("before", required=False)
@click.argument("after", required=False)
@fleet_options
@threshold_option
@click.option("--report-only", is_flag=True, help="Judge and report, but end with 0 where drift would be 1.")
@plan_option
@_node_map_option
@report_options(REPORT_FORMATS)
@connection_options
@common_options
@click.pass_obj
def gate_command(
    app: App,
    before: str | None,
    after: str | None,
    *,
    every: bool,
    report_only: bool,
    plan: Plan | None,
    node_map: _NodeMap | None,
    fmt: str,
    outputs: tuple[tuple[str, Path], ...],
) -> int:
    """Judge what changed from BEFORE to AFTER; end with 1 if it is not acceptable.

    Without AFTER, the newest stored snapshot is judged; without BEFORE, it is judged against the one before it. A
    partial snapshot on either side can't be judged: 4. With --plan, what the plan expects passes, all of it must have
    happened, and everything else is unexpected. With must_not_worsen in drift.toml, invariants that AFTER breaks and
    BEFORE didn't are judged too (`drift check`).

    With --all, every instance in drift.toml is judged, as `drift diff --all` compares them. The exit code is the worst,
    in this order: 1, 70, 4, 3, 2, 0; drift on one instance is never hidden by trouble with another.

    \b
    Examples:
      drift gate
      drift gate baseline.json live
      drift gate pre-change latest --fail-on error --output markdown=report.md
      drift gate pre-change post-change --plan plan.toml
      drift gate --all latest live --output json=fleet.json
      drift gate --all 'baselines/{instance}.json' live --output 'markdown=reports/{instance}.md'
      drift gate baseline.json live --output junit=drift.junit.xml --output sarif=drift.sarif
      drift gate baseline.json live --format github
    """  # noqa: D301 - click's mark
    if every:
        from drift.cli.compare_all import Comparison, compare_all  # noqa: PLC0415 - as above

        references = _apart(_or(before, "latest~1"), _or(after, "latest"), node_map)
        ends = _reported if report_only else _judged
        return compare_all(app, Comparison("gate", references, plan, ends), fmt, outputs)
    pair = judged_pair(app, before, after, node_map)
    report = report_on(app, pair, "gate", plan)
    tell_all(app, pair, report, fmt, outputs)
    return _reported(report.verdict) if report_only else report.verdict.exit_code


def _apart(before: str, after: str, node_map: _NodeMap | None) -> tuple[str, str]:
    if node_map is not None:
        raise UsageError("--all and --map-nodes exclude each other: with --all, each is compared with itself")
    return before, after


def _or(given: str | None, default: str) -> str:
    """The default is for what was left out. An empty word, as of a variable that isn't set, is no reference."""
    return default if given is None else given


def _judged(verdict: Verdict) -> int:
    return verdict.exit_code


def _reported(verdict: Verdict) -> int:
    return 0 if verdict.exit_code == 1 else verdict.exit_code


def _told(_verdict: Verdict) -> int:
    return 0


def tell_all(app: App, pair: Pair, report: Report, fmt: str, outputs: tuple[tuple[str, Path], ...]) -> None:
    """Write a report to stdout and into files, with all shards for the formats that show each of them."""
    report = with_shards(app, pair, report, {fmt, *(kind for kind, _ in outputs)})
    tell(app, partial(render, report, lang=app.language), fmt, outputs)


def judged_pair(app: App, before: str | None, after: str | None, node_map: _NodeMap | None) -> Pair:
    """The two snapshots that a gate judges: without AFTER up to the newest, without BEFORE from the one before it."""
    texts = _or(before, "latest~1"), _or(after, "latest")
    first = parse(texts[0])
    second = Latest(instance=_instance(first)) if after is None else parse(texts[1])
    pair = _open(app, texts, (first, second), node_map)
    numbers = [side.number for side in pair.sides]
    if after is None and numbers[0] is not None and numbers[0] == numbers[1]:
        raise UsageError(
            f"{before} is the newest snapshot itself, so there is nothing to judge it against",
            hint="Name both: `drift gate latest~1 latest`, or `drift gate latest live` for the instance as it is now.",
        )
    return pair


def _open(app: App, texts: tuple[str, str], references: tuple[Reference, Reference], node_map: _NodeMap | None) -> Pair:
    if node_map is None:
        return open_pair(app, texts, references)
    before, after = (app.load(reference) for reference in references)
    return _twins(before, after, texts, node_map)


def _twins(before: Snapshot, after: Snapshot, texts: tuple[str, str], node_map: _NodeMap) -> Pair:
    """Two instances' snapshots, the first as it would be on the data nodes of the second."""
    from drift.compare.node_mapping import match, translate  # noqa: PLC0415 - only for two instances
    from drift.reports.content.report import Side  # noqa: PLC0415 - as above

    pairs = match(before, after, node_map.given)
    moved = translate(before, after, pairs)
    # The hash stays that of what was captured, not of what it is told as.
    told = msgspec.structs.replace(Side.of_whole(moved, texts[0]), content_hash=before.content_hash)
    return Pair(moved, after, (told, Side.of_whole(after, texts[1])), {}, node_map.source, pairs)


def _instance(reference: Reference) -> str | None:
    return None if isinstance(reference, File) else reference.instance
