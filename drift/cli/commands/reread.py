"""`drift verify-store` and `drift reread`: whether the history is true, and whether a newer reader sees more in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import msgspec

from drift.cli.completion import references
from drift.cli.options import command, common_options
from drift.cli.rereading import read_again
from drift.compare.diff import diff
from drift.core.errors import BaselineError
from drift.core.model import READER_VERSION
from drift.core.references import Stored, parse

if TYPE_CHECKING:
    from drift.cli.app import App
    from drift.core.model import Snapshot
    from drift.store import Store


@command("reread", short_help="Read kept responses again.")
@click.argument("reference", required=False, metavar="[REF]", shell_complete=references)
@click.option("--save", is_flag=True, help="Keep what is read differently as a new snapshot with the same time.")
@common_options
@click.pass_obj
def reread_command(app: App, reference: str | None, *, save: bool) -> None:
    """Read kept responses again with this version and drift.toml, without the cloud.

    Without REF, every response that was kept. Reports for each whether its records would differ from those stored then.

    \b
    Examples:
      drift reread
      drift reread latest --save
    """  # noqa: D301 - click's mark
    with app.open_store() as store:
        numbers = _numbers(store, reference)
        with app.console.working("responses read again", len(numbers)) as work:
            for number in numbers:
                _reread(app, store, number, save=save)
                work.advance()


def _reread(app: App, store: Store, number: int, *, save: bool) -> None:
    """Report whether the response of a snapshot reads as it did; with `save`, keep a different reading."""
    stored = store.load(number)
    again = _read_again(app, store, stored)
    found = diff(stored, msgspec.structs.replace(again, read_with=stored.read_with))
    counts = ((len(found.changes), "change"), (len(found.not_told), "untold fact"))
    told = [f"{count:,} {noun}{'s' * (count != 1)}" for count, noun in counts if count]
    verdict = f"{' and '.join(told)} against what was stored" if told else "read the same"
    if again.gaps != stored.gaps:
        verdict += ", other gaps"
    if save and again.content_hash != stored.content_hash:
        verdict += f", kept as snapshot {store.save(again, raw=store.raw(number)).number}"
    app.console.report(f"snapshot {number} of {stored.instance.name}: {verdict} (reader {READER_VERSION})\n")


def _numbers(store: Store, reference: str | None) -> list[int]:
    if reference is None:
        return store.numbers_with_raw()
    parsed = parse(reference)
    if not isinstance(parsed, Stored):
        raise BaselineError(f"{reference} is not in the store", hint="`drift log` lists the snapshots there are.")
    return [store.resolve(parsed)]


def _read_again(app: App, store: Store, stored: Snapshot) -> Snapshot:
    again = read_again(app, store, stored)
    if again is None:
        raise BaselineError(
            f"the response of snapshot {stored.number} was not kept",
            hint="Kept are each instance's newest, the last before other settings, the first of each layout, and what "
            "an open change or a watch is judged against; keep_raw in drift.toml keeps all.",
        )
    return again
