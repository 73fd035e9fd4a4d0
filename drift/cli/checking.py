"""Judge one snapshot by its invariants: the part that `check` and `begin` share."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from drift.cli.confirmation import refuse_unconfirmed
from drift.reports.judging import check

if TYPE_CHECKING:
    from collections.abc import Sequence

    from drift.cli.app import App
    from drift.core.finding import Finding
    from drift.core.model import Snapshot
    from drift.core.shard_sizes import KnownSizes
    from drift.reports.content.check import CheckReport
    from drift.reports.content.node_check import NodeCheck


def check_up(
    app: App, snapshot: Snapshot, reference: str, *, verifies: bool = False, findings: Sequence[Finding] = ()
) -> CheckReport:
    """Judge a snapshot, with its data nodes if it `verifies`, and with `findings` from elsewhere.

    `reference` is the user's word for it.

    Raises UnconfirmedError as a gate does.
    """
    name = reference if snapshot.number is None else str(snapshot.number)
    verifying = ["--verify"] if verifies else []
    command = shlex.join(["drift", "check", name, *verifying, *app.judging("check"), *app.places])
    nodes = _nodes(app, snapshot) if verifies else None
    with app.console.working("checking"):
        checkup = check(
            snapshot,
            policy=app.run.policy,
            demands=app.config.check,
            name=reference,
            command=command,
            node_check=nodes,
            findings=findings,
            sizes=_known_sizes(app, snapshot),
        )
    refuse_unconfirmed(app, [checkup.side])
    return checkup


def _known_sizes(app: App, snapshot: Snapshot) -> list[KnownSizes]:
    """Load the last two sizes that `drift verify --size` estimated."""
    if snapshot.instance.name is None or not app.has_store:
        return []
    with app.open_store() as store:
        return store.verifications.sizes(snapshot.instance.name, most=2)


def _nodes(app: App, snapshot: Snapshot) -> NodeCheck:
    from drift.cli.verifying import checked_nodes

    return checked_nodes(app, snapshot)
