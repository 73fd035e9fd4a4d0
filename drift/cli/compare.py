"""`drift diff` tells, `drift gate` judges: the same comparison, with different ends."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from drift.cli.app import App, open_pair, report_on
from drift.cli.options import common_options, connection_options
from drift.errors import UsageError
from drift.refs import File, Latest, parse
from drift.reports import FORMATS, render
from drift.rules import SEVERITY_WORDS

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    from drift.refs import Reference
    from drift.reports.report import Report

    _F = TypeVar("_F", bound=Callable[..., Any])

_THRESHOLDS = tuple(word for word in SEVERITY_WORDS if word != "ignore")


def _report_options(function: _F) -> _F:
    function = click.option(
        "--output",
        "outputs",
        metavar="FORMAT=PATH",
        multiple=True,
        callback=lambda _context, _parameter, values: tuple(map(_output, values)),
        help="Write a report to a file as well. May be repeated.",
    )(function)
    return click.option(
        "--format", "fmt", type=click.Choice(FORMATS), default="text", show_default=True, help="The report on stdout."
    )(function)


def _output(text: str) -> tuple[str, Path]:
    fmt, equals, path = text.partition("=")
    if fmt not in FORMATS or not equals or not path:
        raise click.BadParameter(f"{text!r} is not FORMAT=PATH with a FORMAT of {', '.join(FORMATS)}")
    return fmt, Path(path)


@click.command("diff", short_help="Tell what changed between two snapshots.")
@click.argument("before")
@click.argument("after")
@click.option("--exit-code", is_flag=True, help="End as `drift gate` would, instead of with 0.")
@_report_options
@connection_options
@common_options
@click.pass_obj
def diff_command(
    app: App, before: str, after: str, *, exit_code: bool, fmt: str, outputs: tuple[tuple[str, Path], ...]
) -> int:
    """Tell what changed from BEFORE to AFTER.

    BEFORE and AFTER are references: a number, a label, latest, latest~2, @2026-05-01T02:00Z, live, or a path to an API
    response or a `drift export` file. NAME:REF picks the instance.

    \b
    Examples:
      drift diff latest~1 latest
      drift diff before.json after.json --format markdown
      drift diff pre-change live --output json=report.json
    """  # noqa: D301 - click's mark
    report = report_on(app, open_pair(app, (before, after), (parse(before), parse(after))), "diff")
    _tell(app, report, fmt, outputs)
    return report.verdict.exit_code if exit_code else 0


@click.command("gate", short_help="Judge what changed: 1 if it is not acceptable.")
@click.argument("before", required=False)
@click.argument("after", required=False)
@click.option(
    "--fail-on",
    type=click.Choice(_THRESHOLDS),
    help="The least severity that fails. [default: as in drift.toml, or warning]",
    callback=lambda context, _parameter, value: context.obj.flags.__setitem__("fail_on", value),
    expose_value=False,
)
@click.option("--report-only", is_flag=True, help="Judge and report, but end with 0 where drift would be 1.")
@_report_options
@connection_options
@common_options
@click.pass_obj
def gate_command(
    app: App,
    before: str | None,
    after: str | None,
    *,
    report_only: bool,
    fmt: str,
    outputs: tuple[tuple[str, Path], ...],
) -> int:
    """Judge what changed from BEFORE to AFTER; end with 1 if it is not acceptable.

    Without AFTER, the newest stored snapshot is judged; without BEFORE, it is judged against the one before it. A
    partial snapshot on either side can't be judged: 4.

    \b
    Examples:
      drift gate
      drift gate baseline.json live
      drift gate pre-change latest --fail-on error --output markdown=report.md
    """  # noqa: D301 - click's mark
    first = parse(before or "latest~1")
    second = parse(after) if after else Latest(instance=_instance(first))
    pair = open_pair(app, (before or "latest~1", after or "latest"), (first, second))
    numbers = [side.number for side in pair.sides]
    if after is None and numbers[0] is not None and numbers[0] == numbers[1]:
        raise UsageError(
            f"{before} is the newest snapshot itself, so there is nothing to judge it against",
            hint="Name both: `drift gate latest~1 latest`, or `drift gate latest live` for the instance as it is now.",
        )
    report = report_on(app, pair, "gate")
    _tell(app, report, fmt, outputs)
    code = report.verdict.exit_code
    return 0 if report_only and code == 1 else code


def _instance(reference: Reference) -> str | None:
    return None if isinstance(reference, File) else reference.instance


def _tell(app: App, report: Report, fmt: str, outputs: tuple[tuple[str, Path], ...]) -> None:
    for kind, path in outputs:
        _write(path, render(report, kind))
        app.console.note(f"wrote {path}")
    app.console.report(render(report, fmt, colour=app.console.uses_colour, width=app.console.width))


def _write(path: Path, text: str) -> None:
    from drift.files import write  # noqa: PLC0415 - most reports go to stdout alone

    write(path, text.encode("utf-8", "backslashreplace"))
