"""The audit of an instance: kept beside its snapshots, and joined with what this run has read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from drift.core.errors import JudgementError

if TYPE_CHECKING:
    from drift.cli.app import App
    from drift.core.traces import Audit
    from drift.decode.captures import Received
    from drift.store import Entry, Store

_NEIGHBOURS = 2  # the snapshot just stored and the one before, whose data nodes may be gone


def keep_audit(store: Store, kept: Entry, received: Received) -> None:
    """Keep what was read of the audit with a snapshot. Of RDS, only what is about a data node of the instance."""
    if received.audit is None:
        return
    numbers = [entry.number for entry in store.log(kept.instance)[:_NEIGHBOURS]]
    nodes = {node for number in {*numbers, kept.number} for node in store.nodes(number)}
    traces = tuple(trace for trace in received.audit.traces if trace.service == "DDM" or trace.resource_id in nodes)
    store.audit_log.save(kept.instance, msgspec.structs.replace(received.audit, traces=traces))


def known_audit(app: App, name: str | None, stored: Audit | None) -> Audit | None:
    """Return what is known of the audit of an instance: what the store has, and what this run has read.

    `stored` is what the store has, where it has been read already.
    """
    if name is None:
        return None
    fresh = app.audits.get(name)
    stored = stored or _stored(app, name)
    if fresh is None or stored is None:
        return fresh or stored
    return stored.joined(fresh)


def stored_audit(store: Store, name: str | None) -> Audit | None:
    """Return what a store has of the audit of an instance; None where that is damaged, as no comparison needs it."""
    try:
        return None if name is None else store.audit_log.load(name)
    except JudgementError:
        return None


def _stored(app: App, name: str) -> Audit | None:
    if not app.has_store:
        return None
    try:
        with app.open_store() as store:
            return stored_audit(store, name)
    except JudgementError:
        return None  # a comparison of files needs no store
