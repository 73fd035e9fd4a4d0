"""`drift metrics`: the state of every instance, for Prometheus."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from drift.cli.comparison import GATE, open_pair, report_on
from drift.cli.completion import instances
from drift.cli.options import command, common_options, file_or_stdout, settings_options
from drift.core.errors import DriftError, StoreError
from drift.core.references import Latest, Number
from drift.policy.verdict import Disposition, Outcome
from drift.reports.metrics import InstanceMetrics, MetricsFormat, render

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drift.cli.app import App
    from drift.policy.rules import Severity
    from drift.store import Entry, Store


@command("metrics", short_help="Write the state of every instance for Prometheus.")
@click.argument("instances", nargs=-1, metavar="[INSTANCE]...", shell_complete=instances)
@click.option(
    "--format",
    "fmt",
    type=click.Choice(("prometheus", "openmetrics")),
    default="prometheus",
    show_default=True,
    help="The text format of Prometheus, or OpenMetrics.",
)
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path),
    callback=file_or_stdout,
    help="The file to write, such as node_exporter's drift.prom, whole or not at all. [default: stdout]",
)
@settings_options("fail_on", "require_confirmed")
@common_options
@click.pass_obj
def metrics_command(app: App, instances: tuple[str, ...], fmt: MetricsFormat, output: Path | None) -> None:
    """Write when each instance in the store was captured, how it was judged, and where its shards are, as metrics.

    Nothing is captured: run it after `drift snapshot` or `drift watch`. An instance is judged as `drift gate` does,
    against the baseline of `drift watch`, or else against the snapshot before. Where no judgement is possible, the
    verdict is inconclusive.

    \b
    Examples:
      drift metrics
      drift metrics --output /var/lib/node_exporter/drift.prom
      drift metrics orders-prod --format openmetrics
    """  # noqa: D301 - click's mark
    with app.open_store() as store:
        known = [str(each.name) for each in store.instances()]
        for name in instances:
            store.resolve(Latest(instance=name))  # raises, and says what is in the store instead
        names = [name for name in known if not instances or name in instances]
        found = [_measured(app, store, name) for name in names]
    text = render(found, fmt)
    if output is None:
        app.console.report(text)
        return
    from drift.cli.output import refuse_lost, write

    refuse_lost(app, output)
    write(output, text.encode())
    app.console.note(f"wrote {output}")


def _measured(app: App, store: Store, name: str) -> InstanceMetrics:
    entries = store.log(name)
    newest = entries[0]
    whole = next((entry for entry in entries if entry.complete and not entry.suspect), None)
    outcome, unexpected = _judged(app, store, name, entries)
    (instance,) = (each for each in store.instances() if each.name == name)
    return InstanceMetrics(
        id=instance.instance_id or name,
        name=name,
        captured_at=newest.taken_at.timestamp(),
        whole_at=whole.taken_at.timestamp() if whole else None,
        complete=newest.complete,
        suspect=newest.suspect,
        databases=whole.databases if whole else None,
        nodes={node.id: node.name for node in store.nodes(whole.number).values()} if whole else {},
        balance=store.balance(whole.number) if whole else {},
        in_flight=len(newest.in_flight),
        outcome=outcome,
        unexpected=unexpected,
    )


def _judged(app: App, store: Store, name: str, entries: list[Entry]) -> tuple[Outcome, Mapping[Severity, int]]:
    """Judge the newest snapshot. What can't be judged is inconclusive; only a store that can't be read is an error."""
    before = store.baseline(name) or next((entry.number for entry in entries[1:] if not entry.suspect), None)
    if before is None:
        return Outcome.INCONCLUSIVE, {}
    numbers = before, entries[0].number
    about = app.about(name)
    try:
        pair = open_pair(about, (str(numbers[0]), str(numbers[1])), (Number(numbers[0]), Number(numbers[1])))
        verdict = report_on(about, pair, GATE, None).verdict
    except StoreError:
        raise
    except DriftError as error:
        about.console.warn(error.message)
        return Outcome.INCONCLUSIVE, {}
    changes = (each for each in verdict.changes if each.disposition is Disposition.UNEXPECTED)
    return verdict.outcome, Counter(each.severity for each in changes)
