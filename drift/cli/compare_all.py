"""`drift diff --all` and `drift gate --all`: one comparison for each instance, and one report of all."""

from __future__ import annotations

import shlex
import tempfile
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final, NamedTuple

import msgspec

from drift.cli.app import now
from drift.cli.captures import receive
from drift.cli.comparison import open_pair, report_on, with_shards
from drift.cli.fleet import every_instance, go_through
from drift.core.errors import UsageError
from drift.core.references import File, Live, Number, parse
from drift.policy.invariants import shared_nodes
from drift.reports.content.failure import Failure
from drift.reports.content.fleet import Fleet, Row, Status, worst
from drift.reports.formats import CI_FORMATS, SINGLE_FORMATS
from drift.reports.json.fleet import render_failure
from drift.reports.renderer import render
from drift.reports.wording.escape import TEXT
from drift.reports.wording.fleet import SUSPECT
from drift.reports.wording.i18n import language_scope
from drift.reports.wording.shared_events import SharedEvents

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from drift.cli.app import App
    from drift.cli.comparison import Mode
    from drift.core.finding import Finding
    from drift.core.references import Reference
    from drift.decode.captures import Received
    from drift.policy.plan.file import Plan
    from drift.policy.verdict import Verdict
    from drift.reports.content.report import Report
    from drift.reports.judging import Pair

_SCREEN: Final = "screen"  # text as stdout shows it, which may be in colour; a file has it plain
_MARK: Final = "{instance}"
_STATUSES: Final = {
    "in-sync": Status.IN_SYNC,
    "expected": Status.EXPECTED,
    "drift": Status.DRIFT,
    "inconclusive": Status.NOT_CHECKED,
}


class Comparison(NamedTuple):
    """A comparison to make for every instance: its mode, both references, the plan, and the exit code of a verdict."""

    mode: Mode
    references: tuple[str, str]
    plan: Plan | None
    exit_code: Callable[[Verdict], int]


def compare_all(app: App, comparison: Comparison, fmt: str, outputs: Sequence[tuple[str, Path]]) -> int:
    """Compare every instance in drift.toml with itself; return the worst exit code."""
    names = every_instance(app)
    for name in names:
        _references(comparison, name)  # a wrong reference is refused before anything is captured
    _refuse_together(fmt, outputs)
    with tempfile.TemporaryFile() as file:
        fleet_report = _FleetReport(comparison, fmt, outputs, _Spool(file))
        go_through(
            app,
            names,
            lambda app, name: _receive(app, comparison, name),
            fleet_report.add,
            lambda rows: fleet_report.conclude(app, rows),
        )
    return worst(fleet_report.codes)


class _FleetReport:
    """The reports of one instance after the other, and the one of all. `codes` are the exit codes of the instances."""

    def __init__(self, comparison: Comparison, fmt: str, outputs: Sequence[tuple[str, Path]], spool: _Spool) -> None:
        self._comparison = comparison
        self._shown = _SCREEN if fmt == "text" else fmt
        self._apart = [(kind, path) for kind, path in outputs if _MARK in str(path)]
        self._together = [(kind, path) for kind, path in outputs if _MARK not in str(path)]
        self._spool = spool
        self._gathering = SharedEvents(TEXT)
        self._reported: set[str] = set()
        self._holders: dict[str, tuple[str, str | None]] = {}
        self.codes: list[int] = []

    def add(self, app: App, name: str, received: tuple[Received | None, ...]) -> Row:
        """Compare one instance, write the files of its own, and keep its part of the common report."""
        pair = _opened(app, self._comparison, name, received)
        report = report_on(app, pair, self._comparison.mode, self._comparison.plan, self._shared(pair, name))
        report = with_shards(app, pair, report, {kind for kind, _ in self._apart})
        with language_scope(app.language):
            self._gathering.add(name, report)
        for kind, path in self._apart:
            _write(Path(str(path).replace(_MARK, name)), [render(report, kind, lang=app.language)])
        for kind in {self._shown, *(kind for kind, _ in self._together)}:
            if kind == "json" or report.verdict.outcome != "in-sync":
                self._spool.put(kind, name, _rendered(app, report, kind))
        self._reported.add(name)
        return _row(name, report, self._comparison)

    def _shared(self, pair: Pair, name: str) -> tuple[Finding, ...]:
        """Find the data nodes that an instance before has, too. Two names for one instance are no two instances."""
        if not self._comparison.mode.judges_findings:
            return ()
        instance_id = pair.after.instance.instance_id
        nodes = pair.sides[1].nodes
        others = {
            node: holder
            for node, (holder, its_id) in self._holders.items()
            if node in nodes and (its_id is None or its_id != instance_id)
        }
        self._holders.update({node: (name, instance_id) for node in nodes if node not in self._holders})
        return shared_nodes(nodes, others, name)

    def conclude(self, app: App, rows: Sequence[Row]) -> None:
        """Write the report of all instances, with those that have none of their own."""
        self.codes.extend(row.exit_code for row in rows)
        failed = [row for row in rows if row.instance not in self._reported]
        _write_failures(app, self._comparison, failed, self._apart)
        with language_scope(app.language):
            fleet = self._fleet(app, rows)
        for kind, path in self._together:
            _write(path, _combined(app, kind, fleet, self._spool))
            app.console.note(f"wrote {path}")
        for piece in _combined(app, self._shown, fleet, self._spool):
            app.console.report(piece)

    def _fleet(self, app: App, rows: Sequence[Row]) -> Fleet:
        command = self._comparison.mode.command
        return Fleet(
            name=command,
            rows=tuple(rows),
            events=tuple(self._gathering.rows()),
            command=shlex.join(["drift", command, *app.all_flags, *self._comparison.references]),
        )


def _refuse_together(fmt: str, outputs: Sequence[tuple[str, Path]]) -> None:
    """Refuse one file for all instances in a format whose files hold one report."""
    together = [fmt, *(kind for kind, path in outputs if _MARK not in str(path))]
    for kind in SINGLE_FORMATS:
        if kind in together:
            raise UsageError(
                f"{kind}: with --all, this format is written for each instance apart",
                hint=f"Write {{instance}} where the name stands: `--output '{kind}=reports/{{instance}}.{kind}'`.",
            )


def _write_failures(app: App, comparison: Comparison, rows: Iterable[Row], outputs: Sequence[tuple[str, Path]]) -> None:
    """Report an instance without a report to CI tools, so that none finds an older file."""
    for row in rows:
        failed = Failure(
            name=comparison.mode.command,
            instance=row.instance,
            message=row.message,
            hint=None,
            command=shlex.join(["drift", comparison.mode.command, *app.all_flags]),
            at=now(),
        )
        for kind, path in outputs:
            if kind in CI_FORMATS:
                _write(Path(str(path).replace(_MARK, row.instance)), [render(failed, kind, lang=app.language)])


def _references(comparison: Comparison, name: str) -> tuple[Reference, Reference]:
    before, after = (own_reference(written, name) for written in comparison.references)
    return before, after


def own_reference(written: str, name: str) -> Reference:
    """Resolve a reference for one of the instances."""
    match parse(written.replace(_MARK, name)):
        case File(path=path) as file:
            if _MARK not in written:
                raise UsageError(
                    f"{path}: with --all, a file would be every instance's",
                    hint="Write {instance} where its name stands in the path: `baselines/{instance}.json`.",
                )
            return file
        case Number():
            raise UsageError(
                f"{written}: with --all, a number would be every instance's",
                hint="Use a label, latest~N, @TIME or live, which each instance has its own of.",
            )
        case reference if reference.instance is not None:
            raise UsageError(f"{written}: with --all, every instance is compared with itself")
        case reference:
            return msgspec.structs.replace(reference, instance=name)


def _receive(app: App, comparison: Comparison, name: str) -> tuple[Received | None, ...]:
    """Capture the instance for each side that is `live`."""
    sides = _references(comparison, name)
    return tuple(receive(app, name) if isinstance(side, Live) else None for side in sides)


def _opened(app: App, comparison: Comparison, name: str, received: tuple[Received | None, ...]) -> Pair:
    """Open the two snapshots of an instance."""
    texts = [_reference_text(written, name) for written in comparison.references]
    before, after = (got or side for got, side in zip(received, _references(comparison, name), strict=True))
    return open_pair(app, (texts[0], texts[1]), (before, after))


def _reference_text(written: str, name: str) -> str:
    return written.replace(_MARK, name) if _MARK in written else f"{name}:{written}"


def _row(name: str, report: Report, comparison: Comparison) -> Row:
    verdict = report.verdict
    return Row(
        name,
        _STATUSES[verdict.outcome],
        SUSPECT if report.before.suspect or report.after.suspect else "",
        exit_code=comparison.exit_code(verdict),
        changes=len(verdict.changes),
        unexpected=sum(count for kind, count in verdict.by_disposition.items() if kind == "unexpected"),
        gaps=len(verdict.not_checked),
    )


class _Spool:
    """Rendered reports, in a file until all are there: however many there are, they take no memory."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._places: dict[tuple[str, str], tuple[int, int]] = {}

    def put(self, fmt: str, name: str, report: str) -> None:
        content = report.encode("utf-8", "backslashreplace")
        self._places[fmt, name] = (self._file.seek(0, 2), len(content))
        self._file.write(content)

    def take(self, fmt: str, name: str) -> str | None:
        place = self._places.get((fmt, name))
        if place is None:
            return None
        self._file.seek(place[0])
        return self._file.read(place[1]).decode()


def _combined(app: App, fmt: str, fleet: Fleet, spool: _Spool) -> Iterator[str]:
    """Join the reports of all instances, in the order of drift.toml, piece by piece."""
    rendered = ((row, spool.take(fmt, row.instance)) for row in fleet.rows)
    reports = (report for row, report in rendered if report is not None and row.status is not Status.IN_SYNC)
    match fmt:
        case "json":
            yield "["
            for number, (row, report) in enumerate(rendered):
                yield f"{',' if number else ''}\n{(report or render_failure(row)).rstrip()}"
            yield "\n]\n"
        case "markdown":
            yield render(msgspec.structs.replace(fleet, reports=reports), fmt, lang=app.language)
        case _:
            yield from (f"{report}\n" for report in reports)
            colour, width = (app.console.uses_colour, app.console.room) if fmt == _SCREEN else (False, None)
            yield render(fleet, "text", lang=app.language, colour=colour, width=width)


def _rendered(app: App, report: Report, fmt: str) -> str:
    if fmt == _SCREEN:
        colour, width = app.console.uses_colour, app.console.width
        return render(report, "text", lang=app.language, colour=colour, width=width)
    return render(report, fmt, lang=app.language)


def _write(path: Path, pieces: Iterable[str]) -> None:
    from drift.cli.output import write_pieces

    write_pieces(path, (piece.encode("utf-8", "backslashreplace") for piece in pieces))
