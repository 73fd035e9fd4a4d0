"""A saved file as a capture of an instance: its name, and the time at which it was captured."""

from __future__ import annotations

import shlex
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import click
import msgspec

from drift.cli.app import now
from drift.cli.captures import receive
from drift.cli.loading import receive_file
from drift.cli.streams import STREAM
from drift.core.errors import FileError, UsageError
from drift.core.references import AsOf, name_problem, parse
from drift.reports.wording import times

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from drift.cli.app import App
    from drift.decode.captures import Loaded, Received
    from drift.store import Entry, Store

    _F = TypeVar("_F", bound=Callable[..., Any])

_TOLERANCE: Final = timedelta(minutes=2)  # between the clocks of two machines


def file_options(function: _F) -> _F:
    """Add --from-file and --taken-at."""
    function = click.option(
        "--taken-at",
        metavar="TIME",
        callback=_time,
        help="When the file was captured, where it doesn't say so: 2026-05-01T02:00Z. [default: its modification time]",
    )(function)
    return click.option(
        "--from-file", "path", metavar="PATH", help="Read a saved response, payload or export file instead."
    )(function)


def _time(_context: click.Context, _parameter: click.Parameter, value: str | None) -> datetime | None:
    if value is None:
        return None
    try:
        parsed = parse(f"@{value}")
    except UsageError as error:
        raise click.BadParameter(error.message) from None
    if not isinstance(parsed, AsOf):
        raise click.BadParameter(f"{value!r} is no time")
    if parsed.time > now() + _TOLERANCE:
        raise click.BadParameter(f"{times.moment(parsed.time)} has not come yet")
    has_fraction = "." in value or "," in value  # without one, a reference means the whole of that second
    return parsed.time if has_fraction else parsed.time.replace(microsecond=0)


def received_from(app: App, name: str | None, path: str | None, taken_at: datetime | None) -> Received:
    """Take a file as a capture of an instance, or without a path ask the service."""
    if path is None:
        if taken_at is not None:
            raise UsageError("--taken-at goes with --from-file: a capture is made now")
        return receive(app, name)
    if name is not None and (problem := name_problem(name)):
        raise UsageError(f"{name!r} can't be an instance's name: {problem}")
    received = receive_file(app, path)
    if taken_at is None and received.taken_at > now() + _TOLERANCE:
        raise FileError(
            f"{path}: its modification time, {times.moment(received.taken_at)}, has not come yet",
            hint="--taken-at TIME says when it was captured.",
        )
    instance = msgspec.structs.replace(received.instance, name=name)
    return msgspec.structs.replace(received, instance=instance, taken_at=taken_at or received.taken_at)


def refuse_future(path: str, taken_at: datetime) -> None:
    """Raise FileError for a time that a file says and that has not come yet: it would be the newest for ever."""
    if taken_at > now() + _TOLERANCE:
        raise FileError(
            f"{path}: the time that the file says, {times.moment(taken_at)}, has not come yet",
            hint="Compare the clock of this machine with that of the one that wrote the file.",
        )


def refuse_older(path: str, taken_at: datetime, begun: Entry) -> None:
    """Raise FileError for a file that is older than the snapshot with which a change began."""
    if taken_at < begun.taken_at:
        raise FileError(
            f"{path}: captured {times.moment(taken_at)}, before the change began with snapshot {begun.number}, "
            f"{times.moment(begun.taken_at)}",
            hint="Name a capture from after the change; --taken-at TIME says when one was made.",
        )


def note_told_time(app: App, loaded: Loaded, received: Received, taken_at: datetime | None) -> None:
    """Say which time a file's snapshot has, and where it is from. Raises FileError for one that has not come yet."""
    if not loaded.tells_time:
        note_time(app, received, taken_at)
        return
    refuse_future(str(received.path), loaded.snapshot.taken_at)
    moment = times.moment(loaded.snapshot.taken_at)
    app.console.note(f"taken {moment}: the file says so{'; --taken-at is not used' if taken_at else ''}")


def note_time(app: App, received: Received, taken_at: datetime | None) -> None:
    """Say which time the snapshot of a file has that doesn't say one itself, and where it is from."""
    if received.path is None:
        return
    moment = times.moment(received.taken_at)
    if taken_at is not None:
        app.console.note(f"taken {moment}, by --taken-at")
    elif str(received.path) == STREAM:
        app.console.note(f"taken {moment}, the time of standard input; --taken-at TIME sets another")
    else:
        app.console.note(f"taken {moment}: the file's modification time; --taken-at TIME sets another")


def note_place(app: App, store: Store, entry: Entry) -> None:
    """Say that a snapshot is older than the newest one, and so is in its place before it in the history."""
    newest = store.log(entry.instance)[0]
    if newest.number != entry.number and newest.taken_at > entry.taken_at:
        app.console.note(
            f"older than snapshot {newest.number} of {times.moment(newest.taken_at)}: it has its place before that in "
            f"the history, and latest is still snapshot {newest.number}"
        )


def warn_of_new_name(app: App, store: Store, name: str | None) -> None:
    """Warn of an instance that neither the store nor drift.toml knows, where the store has others: it may be a slip."""
    from drift.core import validators

    known = [str(each.name) for each in store.instances()]
    if name is None or not known or name in {*known, *app.config.instances}:
        return
    advice = validators.suggestion(name, [*known, *app.config.instances])
    app.console.warn(f"{name} is new to this store{advice}; if it is a slip: `drift forget {shlex.quote(name)}`")
