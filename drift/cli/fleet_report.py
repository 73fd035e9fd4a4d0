"""The reports of a run over many instances: one of each, and one of all."""

from __future__ import annotations

import shlex
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

import msgspec

from drift.cli.app import now
from drift.cli.own_reference import MARK
from drift.core.errors import DriftError, UsageError
from drift.core.references import Latest
from drift.reports.content.failure import Failure
from drift.reports.content.fleet import Capture, Fleet, worst
from drift.reports.formats import OVERVIEW_FORMATS, SINGLE_FORMATS
from drift.reports.json.fleet import render_failure
from drift.reports.renderer import render

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from drift.cli.app import App
    from drift.reports.content.fleet import Row
    from drift.reports.rendering import Content

_SCREEN: Final = "screen"  # text as stdout shows it, which may be in colour; a file has it plain


@contextmanager
def opened_report(name: str, fmt: str, outputs: Sequence[tuple[str, Path]]) -> Iterator[FleetReport]:
    """Open the report of a command with that name on all instances."""
    with tempfile.TemporaryFile() as file:
        yield FleetReport(name, fmt, outputs, _Spool(file))


def refuse_together(fmt: str, outputs: Sequence[tuple[str, Path]]) -> None:
    """Refuse one file for all instances in a format whose files hold one report."""
    together = [fmt, *(kind for kind, path in outputs if MARK not in str(path))]
    for kind in SINGLE_FORMATS:
        if kind in together:
            raise UsageError(
                f"{kind}: with --all, this format is written for each instance apart",
                hint=f"Write {{instance}} where the name stands: `--output '{kind}=reports/{{instance}}.{kind}'`.",
            )


class FleetReport:
    """The reports of one instance after the other, and the one of all. `exit_code` is the worst of the instances'."""

    def __init__(self, name: str, fmt: str, outputs: Sequence[tuple[str, Path]], spool: _Spool) -> None:
        self._name = name
        self._shown = _SCREEN if fmt == "text" else fmt
        self._apart = [(kind, path) for kind, path in outputs if MARK in str(path)]
        self._together = [(kind, path) for kind, path in outputs if MARK not in str(path)]
        self._spool = spool
        self._reported: set[str] = set()
        self.kinds_apart = {kind for kind, _ in self._apart}
        self.exit_code = 0

    def put(self, app: App, name: str, content: Content, *, is_quiet: bool) -> None:
        """Write the files of one instance, and keep its part of the common report: of a quiet one, only JSON."""
        for kind, path in self._apart:
            _write(Path(str(path).replace(MARK, name)), [render(content, kind, lang=app.language)])
        for kind in {self._shown, *(kind for kind, _ in self._together)} - OVERVIEW_FORMATS:
            if kind == "json" or not is_quiet:
                self._spool.put(kind, name, _rendered(app, content, kind))
        self._reported.add(name)

    def conclude(self, app: App, rows: Sequence[Row], events: Iterable[tuple[str, ...]], words: Sequence[str]) -> None:
        """Write the report of all instances, with those that have none of their own.

        The `words` are the references and options of the command that the flags of the run don't have.
        """
        self.exit_code = worst(row.exit_code for row in rows)
        self._write_failures(app, [row for row in rows if row.instance not in self._reported])
        fleet = Fleet(
            name=self._name,
            rows=tuple(self._with_captures(app, rows)),
            events=tuple(events),
            command=shlex.join(["drift", self._name, *app.all_flags, *words, *app.judging(self._name), *app.places]),
            at=now(),
        )
        for kind, path in self._together:
            _write(path, _combined(app, kind, fleet, self._spool))
            app.console.note(f"wrote {path}")
        for piece in _combined(app, self._shown, fleet, self._spool):
            app.console.report(piece)

    def _with_captures(self, app: App, rows: Sequence[Row]) -> Iterator[Row]:
        """Add the newest stored capture to rows that judged none, where the report shows it."""
        is_shown = not OVERVIEW_FORMATS.isdisjoint({self._shown, *(kind for kind, _ in self._together)})
        for row in rows:
            capture = _newest(app, row.instance) if is_shown and row.capture is None else row.capture
            yield msgspec.structs.replace(row, capture=capture)

    def _write_failures(self, app: App, rows: Iterable[Row]) -> None:
        """Write why an instance has no report in the place of that, so that nobody finds an older one."""
        for row in rows:
            failed = Failure(
                name=self._name,
                instance=row.instance,
                message=row.message,
                hint=None,
                exit_code=row.exit_code,
                command=shlex.join(["drift", self._name, *app.all_flags]),
                at=now(),
            )
            for kind, path in self._apart:
                _write(Path(str(path).replace(MARK, row.instance)), [render(failed, kind, lang=app.language)])


def _newest(app: App, name: str) -> Capture | None:
    """Return the time of an instance's newest snapshot, where there is one that can be read."""
    if not app.has_store:
        return None
    try:
        with app.open_store() as store:
            return Capture(store.entry(store.resolve(Latest(0, name))).taken_at)
    except DriftError:
        return None  # its row says what is wrong


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
    reports = (report for _, report in rendered if report is not None)
    match fmt:
        case "json":
            yield "["
            for number, (row, report) in enumerate(rendered):
                yield f"{',' if number else ''}\n{(report or render_failure(row)).rstrip()}"
            yield "\n]\n"
        case "markdown":
            yield render(msgspec.structs.replace(fleet, reports=reports), fmt, lang=app.language)
        case "html":
            yield render(fleet, fmt, lang=app.language)
        case _:
            yield from (f"{report}\n" for report in reports)
            colour, width = (app.console.uses_colour, app.console.room) if fmt == _SCREEN else (False, None)
            yield render(fleet, "text", lang=app.language, colour=colour, width=width)


def _rendered(app: App, content: Content, fmt: str) -> str:
    if fmt == _SCREEN:
        colour, width = app.console.uses_colour, app.console.width
        return render(content, "text", lang=app.language, colour=colour, width=width)
    return render(content, fmt, lang=app.language)


def _write(path: Path, pieces: Iterable[str]) -> None:
    from drift.cli.output import write_pieces

    write_pieces(path, (piece.encode("utf-8", "backslashreplace") for piece in pieces))
