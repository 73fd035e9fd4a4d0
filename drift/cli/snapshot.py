"""`drift snapshot`: capture and keep."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import msgspec

from drift.cli.app import App, now
from drift.cli.options import common_options, connection_options
from drift.errors import PartialCaptureError, UsageError

if TYPE_CHECKING:
    from drift.files import Loaded
    from drift.model import Snapshot


@click.command("snapshot", short_help="Capture where every shard lives, and keep it.")
@click.argument("instances", nargs=-1, metavar="[INSTANCE]...")
@click.option("--all", "every", is_flag=True, help="Every instance in drift.toml.")
@click.option("--label", help="A name for the snapshot, to refer to it by.")
@click.option("--from-file", "path", metavar="PATH", help="Read a saved response, payload or export file instead.")
@click.option("--keep-raw", is_flag=True, help="Keep the response for good, not only while it is the newest.")
@click.option("--strict", is_flag=True, help="Keep nothing and end with 3 if something could not be read.")
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
    keep_raw: bool,
    strict: bool,
) -> None:
    """Capture where every shard lives, and keep it in the store.

    INSTANCE is a name from drift.toml; it may be left out where there is only one. With --from-file, INSTANCE is the
    name under which the file's content is kept, and no configuration is needed.

    \b
    Examples:
      drift snapshot orders-prod --label pre-change
      drift snapshot orders-prod --from-file response.json
      DRIFT_TOKEN=… drift snapshot --endpoint URL --project-id ID --instance-id ID
    """  # noqa: D301 - click's mark
    app.flags["keep_raw"] = keep_raw or None
    _check_label(label)
    names = _names(app, instances, every=every)
    if path is not None:
        if len(names) > 1:
            raise UsageError("--from-file takes one INSTANCE: a file is of one")
        keep(app, _named(app.read_file(path), names[0], path), label, strict=strict)
        return
    for name in names:
        keep(app, app.capture(name), label, strict=strict)


def _names(app: App, instances: tuple[str, ...], *, every: bool) -> list[str | None]:
    if every and instances:
        raise UsageError("--all and INSTANCE exclude each other")
    if every and not app.config.instances:
        raise UsageError(
            "--all needs [instances.NAME] tables in drift.toml", hint="`drift init` writes one to start from."
        )
    return list(app.config.instances) if every else list(instances) or [None]


def _check_label(label: str | None) -> None:
    from drift.refs import label_problem  # noqa: PLC0415 - only where there is a label

    if label is not None and (problem := label_problem(label)):
        raise UsageError(f"{label!r} can't be a label: {problem}")


def _named(loaded: Loaded, name: str | None, path: str) -> Loaded:
    """The file's content as a capture of that instance, made now unless the file says when it was made."""
    from drift.refs import name_problem  # noqa: PLC0415 - only for files

    snapshot = loaded.snapshot
    name = name or snapshot.instance.name
    if name is None:
        raise UsageError(
            f"{path} doesn't say which instance it is of", hint=f"Name it: `drift snapshot NAME --from-file {path}`."
        )
    if problem := name_problem(name):
        raise UsageError(f"{name!r} can't be an instance's name: {problem}")
    instance = msgspec.structs.replace(snapshot.instance, name=name)
    taken_at = snapshot.taken_at if loaded.response is None else now()
    return msgspec.structs.replace(
        loaded, snapshot=msgspec.structs.replace(snapshot, instance=instance, taken_at=taken_at)
    )


def keep(app: App, loaded: Loaded, label: str | None, *, strict: bool) -> None:
    """Put what was captured into the store and say so. With `strict`, PartialCaptureError for a partial snapshot."""
    snapshot = loaded.snapshot
    if strict and not snapshot.complete:
        gaps = "\n".join(f"  {gap.scope}: {gap.reason}" for gap in snapshot.gaps)
        raise PartialCaptureError(
            f"{snapshot.instance.name} could not be read whole, so nothing was kept:\n{gaps}",
            hint="Without --strict, what could be read is kept as a partial snapshot.",
        )
    if label is not None:
        snapshot = msgspec.structs.replace(snapshot, label=label)
    with app.open_store(create=True) as store:
        kept = store.save(snapshot, raw=loaded.response, keep_raw=app.settings.keep_raw.value)
    app.console.report(f"{_told(kept)}\n")
    app.console.detail(f"kept in {app.settings.store.value}")


def _told(snapshot: Snapshot) -> str:
    label = f" ({snapshot.label})" if snapshot.label else ""
    partial = "" if snapshot.complete else ", partial"
    counts = (
        _counted(len(snapshot.data_nodes), "data node"),
        _counted(len(snapshot.databases), "database"),
        _counted(snapshot.shard_count, "shard"),
    )
    return f"snapshot {snapshot.number}{label} of {snapshot.instance.name}: {', '.join(counts)}{partial}"


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
