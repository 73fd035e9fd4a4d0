"""`drift prune`: old snapshots out of the store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from drift.cli.app import now
from drift.cli.completion import instances, labels
from drift.cli.options import command, common_options
from drift.core import validators
from drift.core.errors import UsageError
from drift.core.references import Latest

if TYPE_CHECKING:
    from datetime import timedelta

    from drift.cli.app import App
    from drift.store import Entry

_MIB: Final = 1024 * 1024


def _age(_context: click.Context, _parameter: click.Parameter, text: str | None) -> timedelta | None:
    if text is None:
        return None
    try:
        return validators.age(text)
    except ValueError as error:
        raise click.BadParameter(f"{text!r} is not an age: {error}") from None


@command("prune", short_help="Take old snapshots out of the store.")
@click.argument("instance", required=False, shell_complete=instances)
@click.option("--older-than", metavar="AGE", callback=_age, help="Only what is older: 90d, 12w or 36h.")
@click.option("--keep", type=click.IntRange(min=1), metavar="N", help="Keep the newest N of each instance.")
@click.option(
    "--label", metavar="PATTERN", shell_complete=labels, help="Only what has that label; ci-* for all that begin so."
)
@click.option("--labelled", is_flag=True, help="Snapshots with a label as well.")
@click.option("--dry-run", is_flag=True, help="List what would go, and change nothing.")
@common_options
@click.pass_obj
def prune_command(
    app: App,
    instance: str | None,
    *,
    older_than: timedelta | None,
    keep: int | None,
    label: str | None,
    labelled: bool,
    dry_run: bool,
) -> None:
    """Take old snapshots out of the store; those of INSTANCE only, if given.

    Give at least one condition. A snapshot is removed only if it meets all of them. A snapshot with a label is removed
    only with --label or --labelled. A response kept with --keep-raw is removed with its snapshot.

    These are never removed: each instance's newest snapshot; the first of each layout whose response is kept; the
    snapshot that an open change began with; the baseline of `drift watch`. Diffs between the remaining snapshots do not
    change, and numbers are never reused.

    \b
    Examples:
      drift prune --older-than 90d --dry-run
      drift prune orders-prod --older-than 4w --keep 100
      drift prune --label 'ci-*' --older-than 7d
    """  # noqa: D301 - click's mark
    if older_than is None and keep is None and label is None:
        raise UsageError(
            "prune needs to know what may go: --older-than, --keep or --label",
            hint="`drift prune --older-than 90d --dry-run` lists what is older than 90 days.",
        )
    from drift.store import Outdated

    before = None if older_than is None else now() - older_than
    with app.open_store() as store:
        if not store.log(instance):
            store.resolve(Latest(instance=instance))  # raises, and says what is in the store instead
        entries = store.prunable(Outdated(before=before, keep=keep, label=label, labelled=labelled), instance)
        staying = len(store.log(instance)) - len(entries)
        with app.console.working(f"taking out {len(entries):,} snapshots"):
            freed = 0 if dry_run or not entries else store.prune([entry.number for entry in entries])
    app.console.report("".join(f"{_summary(entry)}\n" for entry in entries))
    size = "" if dry_run or freed is None else f", {freed / _MIB:.1f} MiB given back"
    app.console.note(f"{'would take out' if dry_run else 'took out'} {len(entries):,}, {staying:,} stay{size}")
    if freed is None:
        app.console.warn(
            "the disk has no room to give the space back, or others use the store all the time; later snapshots use "
            "it, and the next prune gives it back"
        )


def _summary(entry: Entry) -> str:
    label = f" ({entry.label})" if entry.label else ""
    return f"snapshot {entry.number}{label} of {entry.instance}, taken {entry.taken_at:%Y-%m-%d %H:%M:%S} UTC"
