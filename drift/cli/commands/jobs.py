"""`drift jobs`: the recent migrations of an instance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from drift.cli.captures import list_jobs
from drift.cli.completion import instances
from drift.cli.options import command, common_options, connection_options
from drift.reports.wording.i18n import language_scope, translate

if TYPE_CHECKING:
    from drift.cli.app import App
    from drift.core.model import Job


@command("jobs", short_help="List the migration jobs of an instance.")
@click.argument("instance", required=False, shell_complete=instances)
@click.option("--open", "only_open", is_flag=True, help="Only jobs that have not finished.")
@click.option("--format", "fmt", type=click.Choice(("text", "json")), default="text", show_default=True)
@connection_options
@common_options
@click.pass_obj
def jobs_command(app: App, instance: str | None, *, only_open: bool, fmt: str) -> None:
    """List the migration jobs of an instance in the last thirty days, newest first. Asks the service, keeps nothing.

    \b
    Examples:
      drift jobs orders-prod
      drift jobs orders-prod --open --format json
    """  # noqa: D301 - click's mark
    listed = [job for job in list_jobs(app, instance) if job.is_open or not only_open]
    if fmt == "json":
        from drift.reports.wording.escape import json_document

        app.console.report(json_document(listed))
        return
    if not listed:
        app.console.note("no migration job in the last thirty days" if not only_open else "no open migration job")
        return
    with language_scope(app.language):
        app.console.table(_head(), [_row(job) for job in listed])


def _head() -> tuple[str, ...]:
    when = translate("STARTED (UTC)"), translate("ENDED (UTC)")
    return *when, translate("JOB"), translate("DATABASE"), translate("STATUS"), translate("ID")


def _row(job: Job) -> tuple[str, ...]:
    from drift.reports.wording.escape import sentence, text_name

    times = (time.replace("T", " ").removesuffix("Z") if time else "" for time in (job.started, job.ended))
    database = text_name(job.database) if job.database else ""
    return *times, sentence(job.name), database, sentence(job.status), sentence(job.id)
