"""Calls to the service, with progress and notes on stderr."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drift.cli.app import now
from drift.core.errors import JudgementError

if TYPE_CHECKING:
    from datetime import datetime

    from drift.cli.app import App
    from drift.cloud.access import Target
    from drift.cloud.instance_list import ListedInstance
    from drift.cloud.witness import Known
    from drift.config.connection import Connection
    from drift.core.model import Job
    from drift.decode.captures import Received
    from drift.decode.migration_job import Migration


def connection(app: App, name: str | None) -> Connection:
    """Return the settings for an instance, after notes about those that may surprise."""
    settings = app.run.connection(name)
    for note in settings.notes:
        app.console.note(f"note: {note}")
    return settings


def target(app: App, name: str | None) -> Target:
    """Return the instance to capture, after the same notes."""
    return app.run.target(connection(app, name))


def receive(app: App, name: str | None, *, stable: bool = False) -> Received:
    """Capture an instance; return the answer. `stable` asks until two answers in a row agree."""
    from drift.cloud.capture import receive as capture

    instance = target(app, name)
    app.console.detail(f"capturing {instance.name}: instance {instance.instance_id} at {instance.endpoint}")
    known = _known(app, instance.name)
    until = _audited_until(app, instance.name) if instance.audit_endpoint else None
    with app.console.working(f"capturing {instance.name}"):
        received = capture(
            instance, app.captures, now(), app.console.note, stable=stable, known=known, audited_until=until
        )
    if received.confirmation == "details":
        app.console.detail(f"{instance.name}: the documented calls confirm the layout of the export")
    for note in received.circumstances.notes:
        app.console.note(f"note: {note}")
    if received.audit is not None:
        app.audits[instance.name] = received.audit
    for window in received.audit.windows if received.audit else ():
        if window.problem:
            app.console.note(f"note: could not read all of the audit: {window.problem}")
    return received


def _audited_until(app: App, name: str) -> datetime | None:
    """Return until when the audit of an instance is known; None where there is no store, or none that can be read."""
    if not app.has_store:
        return None
    try:
        with app.open_store() as store:
            return store.audit_log.read_until(name)
    except JudgementError:
        return None


def _known(app: App, name: str) -> Known:
    """Return what the store knows to be confirmed; nothing where there is no store, or none that can be read."""
    from drift.cloud.witness import Known

    if not app.has_store:
        return Known()
    try:
        with app.open_store() as store:
            return Known(store.confirmed_layouts(name), *store.last_digest(name))
    except JudgementError:
        return Known()  # whoever stores the capture says what is wrong with the store


def list_instances(app: App, project: Connection) -> tuple[ListedInstance, ...]:
    """List the instances of a project."""
    from drift.cloud import capture

    with app.console.working("listing the instances of the project"):
        return capture.list_instances(app.run.project(project), app.captures, app.console.note)


def list_jobs(app: App, name: str | None) -> tuple[Job, ...]:
    """List the migration jobs of an instance."""
    from drift.cloud import capture

    with app.console.working("listing migration jobs"):
        return capture.list_jobs(target(app, name), app.captures, app.console.note)


def show_migration(app: App, job_id: str, name: str | None) -> Migration:
    """Ask for the detail of a migration job of an instance."""
    from drift.cloud import capture

    with app.console.working("asking for the migration job"):
        return capture.show_migration(target(app, name), job_id, app.captures, app.console.note)
