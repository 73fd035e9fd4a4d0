"""`drift snapshot`: capture and keep."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import msgspec

from drift.cli.auditing import keep_audit
from drift.cli.captures import receive
from drift.cli.completion import instances
from drift.cli.loading import read, warn_of_doubt
from drift.cli.options import command, common_options, connection_options, fleet_options
from drift.cli.saved_files import (
    file_options,
    note_place,
    note_time,
    note_told_time,
    received_from,
    refuse_older,
    warn_of_new_name,
)
from drift.core.errors import PartialCaptureError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from drift.cli.app import App
    from drift.core.model import Snapshot
    from drift.decode.captures import Loaded, Received
    from drift.reports.content.fleet import Row
    from drift.store import Entry, Store


@command("snapshot", short_help="Capture where every shard lives, and keep it.")
@click.argument("instances", nargs=-1, metavar="[INSTANCE]...", shell_complete=instances)
@fleet_options
@click.option("--label", help="A name for the snapshot, to refer to it by.")
@file_options
@click.option("--keep-raw", is_flag=True, help="Keep the response for good, even if not the newest.")
@click.option("--strict", is_flag=True, help="Keep nothing and end with 3 if something could not be read.")
@click.option("--stable", is_flag=True, help="Read until two captures in a row agree, within the time that there is.")
@connection_options
@common_options
@click.pass_obj
def snapshot_command(
    app: App,
    instances: tuple[str, ...],
    *,
    every: bool,
    label: str | None,
    path: str | None,
    taken_at: datetime | None,
    keep_raw: bool,
    strict: bool,
    stable: bool,
) -> int:
    """Capture where every shard lives, and keep it in the store.

    INSTANCE is a name from drift.toml; it may be left out where there is only one. Several, or --all, are captured at
    once; trouble with one doesn't hold up the others, and a table shows how each ended. The exit code is the worst of
    them: 70, 4, 3, 2, 0. With --from-file, INSTANCE is the name under which the file's content is kept, and
    no configuration is needed. Such a snapshot has the time that the file itself says, or else --taken-at, or else the
    file's modification time; one that is older than the newest snapshot gets into its place in the history.

    \b
    Examples:
      drift snapshot orders-prod --label pre-change
      drift snapshot orders-prod --source both --stable
      drift snapshot --all --jobs 16 --label nightly
      drift snapshot --all --part 3/16 --share-rate
      drift snapshot orders-prod --from-file response.json --taken-at 2026-05-01T02:00Z
      DRIFT_TOKEN=… drift snapshot --endpoint URL --project-id ID --instance-id ID
      DRIFT_SECRET_KEY=… drift snapshot --region eu-de --access-key AK --instance-id ID
    """  # noqa: D301 - click's mark
    app.flags["keep_raw"] = keep_raw or None
    check_label(label)
    names = chosen(app, instances, every=every)
    if path is not None:
        if len(names) > 1:
            raise UsageError("--from-file takes one INSTANCE: a file is of one")
        received = received_from(app, next(iter(names), None), path, taken_at)
        keep(app, received, label, strict=strict, taken_at=taken_at)
        return 0
    if taken_at is not None:
        raise UsageError("--taken-at goes with --from-file: a capture is made now")
    if not every and len(names) <= 1:
        keep(app, receive(app, next(iter(names), None), stable=stable), label, strict=strict)
        return 0
    return _capture_all(app, names, label, strict=strict, stable=stable)


def _capture_all(app: App, names: list[str], label: str | None, *, strict: bool, stable: bool) -> int:
    """Capture several; the store is written by one thread, and in the meantime the others ask for more."""
    from drift.cli.fleet import go_through
    from drift.reports.content.fleet import Fleet, Row, Status, worst
    from drift.reports.renderer import render

    codes: list[int] = []

    def finish(its: App, name: str, received: Received) -> Row:
        kept = put(its, received, label, strict=strict)
        app.hold_store()
        status = Status.SUSPECT if kept.suspect else Status.CAPTURED if kept.complete else Status.PARTIAL
        return Row(name, status, _summary(kept))

    def conclude(rows: Sequence[Row]) -> None:
        codes.extend(row.exit_code for row in rows)
        fleet = Fleet(name="snapshot", rows=tuple(rows), command=" ".join(["drift snapshot", *app.all_flags]))
        app.console.report(render(fleet, "text", colour=app.console.uses_colour, width=app.console.room))

    go_through(app, names, lambda app, name: receive(app, name, stable=stable), finish, conclude)
    return worst(codes)


def chosen(app: App, instances: tuple[str, ...], *, every: bool) -> list[str]:
    """Return the names of the instances to capture, if any are given. Raises UsageError for --all with a name."""
    if every and instances:
        raise UsageError("--all and INSTANCE exclude each other")
    if not every:
        return list(dict.fromkeys(instances))
    from drift.cli.fleet import every_instance

    return every_instance(app)


def check_label(label: str | None) -> None:
    """Raise UsageError for a text that can't be a label."""
    from drift.core.references import label_problem

    if label is not None and (problem := label_problem(label)):
        raise UsageError(f"{label!r} can't be a label: {problem}")


def keep(app: App, received: Received, label: str | None, *, strict: bool, taken_at: datetime | None = None) -> None:
    """Store an answer and say so. With `strict`, raises PartialCaptureError for a partial snapshot."""
    kept = put(app, received, label, strict=strict, taken_at=taken_at)
    app.console.report(f"{_summary(kept)}\n")
    app.console.detail(f"kept in {app.settings.store.value}")


def put(
    app: App,
    received: Received,
    label: str | None,
    *,
    strict: bool,
    taken_at: datetime | None = None,
    begun: Entry | None = None,
) -> Entry:
    """Store an answer, and warn of what is odd about it. Raises as `keep` does, and for a file older than `begun`.

    `taken_at` is what the user says of the time of a file, which may say another one itself.
    """
    digest = received.digest(app.run.decoding)
    may_be_older = received.path is not None and begun is not None and received.taken_at < begun.taken_at
    kept = None if may_be_older else _stored_again(app, received, label, digest, taken_at)
    if kept is None:
        loaded = _whole(app, received, label, strict=strict)
        if received.path is not None and begun is not None:
            refuse_older(str(received.path), loaded.snapshot.taken_at, begun)
        note_told_time(app, loaded, received, taken_at)
        with app.open_store(create=True) as store:
            warn_of_new_name(app, store, loaded.snapshot.instance.name)
            kept = _save(app, store, loaded, digest)
            if received.path is not None:
                note_place(app, store, kept)
    if received.audit is not None:
        with app.open_store() as store:
            keep_audit(store, kept, received)
    for motion in kept.in_flight:
        app.console.warn(f"in flight: {motion.words}")
    warn_of_doubt(app, kept.suspicion, kept.number)
    return kept


def _stored_again(
    app: App, received: Received, label: str | None, digest: str, taken_at: datetime | None
) -> Entry | None:
    """Store the last snapshot again where the answer or the file is the same, if there is one."""
    if not app.has_store:
        return None
    with app.open_store(create=True) as store:
        kept = _again(app, store, received, label, digest)
        if kept is not None and received.path is not None:
            note_time(app, received, taken_at)
            note_place(app, store, kept)
    return kept


def _again(app: App, store: Store, received: Received, label: str | None, digest: str) -> Entry | None:
    """Store the last snapshot again where the response is the same, without reading it.

    Of a file, only where the response that was kept is the whole of it: one that is wrapped in something else has to be
    read, to say so and to take the time that may stand there. Where anything in it was odd, the store has no digest.
    """
    from drift.store import Repeat

    if received.instance.name is None:
        return None
    if received.confirmation == "details" and received.content is not None and received.content.layouts:
        store.confirm_layout(received.instance.name, received.content.layout, "details", received.taken_at)
    repeat = Repeat(
        instance=received.instance,
        taken_at=received.taken_at,
        source=received.source,
        digest=digest,
        label=label,
        kept=None if received.path is None else received.data,
    )
    return store.save_again(repeat, keep_raw=app.settings.keep_raw.value)


def _whole(app: App, received: Received, label: str | None, *, strict: bool) -> Loaded:
    """Read and label an answer. With `strict`, raises PartialCaptureError where a part could not be read."""
    loaded = read(app, received)
    snapshot = _labelled(_instanced(loaded, received), label)
    if strict and not snapshot.complete:
        gaps = "\n".join(f"  {gap.scope}: {gap.reason}" for gap in snapshot.gaps)
        raise PartialCaptureError(
            f"not everything could be read{'' if snapshot.consistent else ' alike'}, so nothing was kept:\n{gaps}",
            hint="Without --strict, what could be read is kept, and marked as what it is.",
        )
    return msgspec.structs.replace(loaded, snapshot=snapshot)


def _save(app: App, store: Store, loaded: Loaded, digest: str) -> Entry:
    # What was odd is to be said each time, so that response has to be read each time.
    known_by = None if loaded.warnings or loaded.response is None else digest
    snapshot = loaded.snapshot
    with app.console.working("storing"):
        if loaded.witnessed_layout is not None:
            store.confirm_layout(snapshot.instance.name or "", loaded.witnessed_layout, "details", snapshot.taken_at)
        kept = store.save(snapshot, raw=loaded.response, keep_raw=app.settings.keep_raw.value, digest=known_by)
    return store.entry(kept.number or 0)


def _instanced(loaded: Loaded, received: Received) -> Snapshot:
    """Put the snapshot under the given name, or else under its own."""
    snapshot = loaded.snapshot
    name = received.instance.name or snapshot.instance.name
    if name is None:
        raise UsageError(
            f"{received.path} doesn't say which instance it is of",
            hint="Give its name as the argument INSTANCE.",
        )
    return msgspec.structs.replace(snapshot, instance=msgspec.structs.replace(snapshot.instance, name=name))


def _labelled(snapshot: Snapshot, label: str | None) -> Snapshot:
    return snapshot if label is None else msgspec.structs.replace(snapshot, label=label)


def _summary(entry: Entry) -> str:
    label = f" ({entry.label})" if entry.label else ""
    partial = "" if entry.complete else ", inconsistent" if entry.disagreements else ", partial"
    partial += ", layout unconfirmed" if entry.unconfirmed else ""
    counts = (
        _counted(entry.data_nodes, "data node"),
        _counted(entry.databases, "database"),
        _counted(entry.shards, "shard"),
    )
    partial += ", suspect" if entry.suspect else ""
    unchanged = (", in flight" if entry.in_flight else "") + (", unchanged" if entry.unchanged else "")
    return f"snapshot {entry.number}{label} of {entry.instance}: {', '.join(counts)}{partial}{unchanged}"


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
