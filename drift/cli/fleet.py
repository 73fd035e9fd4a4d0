"""Work on every instance of a fleet: several at once, each with its own messages and a row in the end."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, TypeVar

from drift.cli.parallel import at_once
from drift.core.errors import BaselineError, DriftError, OutOfMemoryError, UsageError
from drift.reports.content.fleet import Row, Status
from drift.reports.wording.fleet import summary
from drift.reports.wording.i18n import plural

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from drift.cli.app import App
    from drift.cli.progress import Work

_BUG = 70
_BETWEEN_COLLECTIONS = 50  # instances; the collector is off in a run, and calls leave cycles behind
_T = TypeVar("_T")


def every_instance(app: App) -> list[str]:
    """Return the names of all instances in drift.toml, or of those of this run's part.

    Raises UsageError where drift.toml has none, or there is one id for all.
    """
    if not app.config.instances:
        raise UsageError(
            f"--all needs [instances.NAME] tables in drift.toml{app.run.nowhere}",
            hint="`drift instances --write` adds those of a project; `drift init` writes a drift.toml to start from.",
        )
    if app.flags.get("instance_id") or app.run.environ.get("DRIFT_INSTANCE_ID", "").strip():
        raise UsageError("--all and an instance id, by flag or by DRIFT_INSTANCE_ID, exclude each other")
    names = list(app.config.instances)
    if app.part is None:
        return names
    own = [name for name in names if app.part.holds(name)]
    app.console.note(f"part {app.part}: {len(own):,} of {plural(len(names), 'instance')}")
    return own


def go_through(
    app: App,
    names: Sequence[str],
    work: Callable[[App, str], _T],
    finish: Callable[[App, str, _T], Row],
    conclude: Callable[[Sequence[Row]], None],
) -> None:
    """Work on instances, several at once, and finish one after the other; conclude with a row for each, in order.

    `work` is called in threads, `finish` in this one, each with an app whose words are about that instance. What goes
    wrong with one is its row, and no more. Where the user interrupts, what is finished is concluded.
    """
    _prepare(app)
    rows: dict[str, Row] = {}
    try:
        with app.console.working("instances", len(names)) as progress:
            for name, result in at_once(names, lambda name: work(app.about(name), name), app.settings.jobs.value):
                rows[name] = _row(app.about(name), name, result, finish)
                del result  # before the next one comes
                if len(rows) % _BETWEEN_COLLECTIONS == 0:
                    gc.collect()
                progress.advance(f"instances; {name}: {rows[name].status}")
                _note_end(app, rows[name], progress)
    finally:
        conclude([rows.get(name) or Row(name, Status.NOT_CHECKED, "interrupted") for name in names])


def _prepare(app: App) -> None:
    """Make the settings and connections that all share before the threads start."""
    app.settings, app.captures  # noqa: B018 - each is made when it is first asked for


def _row(app: App, name: str, result: _T | Exception, finish: Callable[[App, str, _T], Row]) -> Row:
    try:
        return finish(app, name, _value(result))
    except BaselineError as error:
        app.console.error(error)
        return Row(name, Status.NOT_CHECKED, _first_line(error), error.exit_code)
    except DriftError as error:
        app.console.error(error)
        return Row(name, Status.ERROR, _first_line(error), error.exit_code)
    except MemoryError:
        app.console.error(OutOfMemoryError())
        return Row(name, Status.ERROR, OutOfMemoryError().message, OutOfMemoryError.exit_code)
    except Exception as error:  # noqa: BLE001 - a bug that one instance brings out doesn't hide the others
        app.console.bug()
        return Row(name, Status.ERROR, f"a bug in drift: {type(error).__name__}", _BUG)


def _value(result: _T | Exception) -> _T:
    if isinstance(result, Exception):
        raise result
    return result


def _first_line(error: DriftError) -> str:
    return error.message.partition("\n")[0]


def _note_end(app: App, row: Row, progress: Work) -> None:
    """Report the end of one instance, where no bar shows it."""
    if not app.console.has_status:
        said = summary(row)
        end = f": {row.status}, {said}" if said else f": {row.status}"
        app.console.note(f"[{progress.done}/{progress.total}] {row.instance}{end}")
