"""`drift plan`: write, reverse and explain plans."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click
import msgspec

from drift.cli.captures import show_migration
from drift.cli.comparison import open_pair
from drift.cli.completion import instances, references
from drift.cli.loading import load, receive_file, warn_of_doubt
from drift.cli.options import Command, common_options, connection_options, file_or_stdout
from drift.cli.streams import STREAM, open_plan
from drift.core import validators
from drift.core.errors import JudgementError, PayloadError, UsageError
from drift.core.references import File, parse
from drift.reports.wording.i18n import language_scope

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from drift.cli.app import App
    from drift.decode.migration_job import Migration
    from drift.policy.plan.file import Plan
    from drift.reports.judging import Pair

    _F = TypeVar("_F", bound=Callable[..., Any])


_NESTING = 16


def _change(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    try:
        return None if value is None else validators.text(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


def _plan_options(function: _F) -> _F:
    function = click.option(
        "--output",
        "-o",
        type=click.Path(path_type=Path),
        callback=file_or_stdout,
        metavar="PATH",
        help="Write the plan there, not to stdout (`-`).",
    )(function)
    return click.option("--change", metavar="NAME", callback=_change, help="What the change is called.")(function)


@click.group("plan", short_help="Write and explain plans: what is meant to change.")
@common_options
def plan_command() -> None:
    """Write and explain plans: what a change is meant to do, and nothing else.

    A plan is a TOML file of expected changes. `drift gate --plan FILE` passes when all of them have happened and
    nothing else has.

    \b
    Example:
      drift plan from-diff pre-rehearsal post-rehearsal --output plan.toml
      drift plan show plan.toml live
      drift gate pre-change post-change --plan plan.toml
    """  # noqa: D301 - click's mark


@plan_command.command("from-diff", cls=Command, short_help="The plan that expects what changed between two snapshots.")
@click.argument("before", shell_complete=references)
@click.argument("after", shell_complete=references)
@_plan_options
@connection_options
@common_options
@click.pass_obj
def from_diff_command(app: App, before: str, after: str, change: str | None, output: Path | None) -> None:
    """Write the plan that expects just what changed from BEFORE to AFTER.

    BEFORE and AFTER are references, as in `drift diff`.

    \b
    Examples:
      drift plan from-diff 12 13 --change CHG-123 --output plan.toml
      drift plan from-diff baseline.json live
    """  # noqa: D301 - click's mark
    pair = open_pair(app, (before, after), (parse(before), parse(after)))
    remark = f"What changed from {before} to {after}."
    _write(app, _drafted(app, pair, change, output), output, [remark], [before, after])


@plan_command.command("from-job", cls=Command, short_help="The plan of a migration job: counts and data nodes.")
@click.argument("job", metavar="JOB|FILE")
@click.argument("instance", required=False, shell_complete=instances)
@click.option("--database", metavar="NAME", help="The job's database, where FILE doesn't say it.")
@_plan_options
@connection_options
@common_options
@click.pass_obj
def from_job_command(
    app: App, job: str, instance: str | None, *, database: str | None, change: str | None, output: Path | None
) -> None:
    """Write the plan of a migration job: how many shards, and on which data nodes.

    JOB is the id of a job of INSTANCE, or FILE the saved answer of GET …/databases/NAME/migration/jobs/JOB. DDM doesn't
    tell which shard goes where, so the plan doesn't either: make it exact by hand, or with `drift plan from-diff` after
    a rehearsal.

    \b
    Examples:
      drift plan from-job 92370d30-3ddc-4e05-b8ab-51662d824318 orders-prod --output plan.toml
      drift plan from-job job.json --database orders
    """  # noqa: D301 - click's mark
    from drift.policy.plan.drafting import from_job

    is_file = isinstance(parse(job), File)
    migration = _saved(app, job, database) if is_file else show_migration(app, job, instance)
    remarks = [
        f"What the migration job {job} says of {migration.database}: {migration.shards_before} shards become",
        f"{migration.shards_after}. It doesn't say which shard goes where; name the shards to make this exact.",
        *(f"{node_id} is {name}" for node_id, name in migration.nodes_after if name),
    ]
    _write(app, from_job(migration, change, output or Path("plan.toml")), output, remarks, [job])


def _saved(app: App, path: str, database: str | None) -> Migration:
    """Read the detail of a job from a file."""
    from drift.core import strict_json
    from drift.decode.migration_job import read_migration

    return read_migration(strict_json.loads(receive_file(app, path).data, nesting=_NESTING, what=path), database)


@plan_command.command(
    "from-tfstate", cls=Command, short_help="The plan of what a Terraform state or plan means to change."
)
@click.argument("path", metavar="FILE")
@click.argument("reference", metavar="[REF]", required=False, shell_complete=references)
@_plan_options
@connection_options
@common_options
@click.pass_obj
def from_tfstate_command(
    app: App, path: str, reference: str | None, *, change: str | None, output: Path | None
) -> None:
    """Write the plan of what Terraform means to change: databases, their numbers of shards, and their data nodes.

    FILE is a state (`terraform state pull`) or a plan (`terraform show -json PLANFILE`) with `huaweicloud_ddm_schema`
    resources. A plan tells what was before. For a state, REF is the snapshot before; without REF, everything in the
    state is expected to be new. Terraform doesn't tell which shard goes where, so the plan doesn't either.

    \b
    Examples:
      drift plan from-tfstate terraform.tfstate pre-change --output plan.toml
      terraform show -json tfplan | drift plan from-tfstate - --output plan.toml
    """  # noqa: D301 - click's mark
    from drift.decode.captures import in_file
    from drift.decode.intents import of_database, read_intents
    from drift.decode.structure import document_in
    from drift.policy.plan.from_intents import from_intents

    received = receive_file(app, path)
    snapshot = load(app, parse(reference)) if reference is not None else None
    there = map(of_database, snapshot.databases) if snapshot else ()
    try:
        document, _ = document_in(received.data, app.run.decoding.limits)
        intents = read_intents(document, snapshot.instance.instance_id if snapshot else None, there)
    except PayloadError as error:
        raise in_file(error, Path(path)) from error
    nodes = {node: name for each in intents for node, name in (each.after.nodes if each.after else ()) if name}
    remarks = [
        f"What {path} means to change{f' from {reference}' if reference else ''}.",
        "Terraform doesn't say which shard goes where; name the shards to make this exact.",
        *(f"{node_id} is {name}" for node_id, name in nodes.items()),
    ]
    _write(app, from_intents(intents, change, output or Path("plan.toml")), output, remarks, [path, reference])


@plan_command.command("show", cls=Command, short_help="Explain a plan in words.")
@click.argument("path", metavar="PLAN")
@click.argument("reference", metavar="[REF]", required=False, shell_complete=references)
@connection_options
@common_options
@click.pass_obj
def show_command(app: App, path: str, reference: str | None) -> int:
    """Explain a plan in words; with REF, say how much of it can happen to that snapshot.

    Changes are counted as `drift gate --plan` counts them. Where nothing of the plan can happen any more, because it
    already has or because REF is another topology, the exit code is 1; 4 where REF is partial or suspect.

    \b
    Examples:
      drift plan show plan.toml
      drift plan show plan.toml live
    """  # noqa: D301 - click's mark
    from drift.reports.text.plan import render

    plan = open_plan(path)
    if reference is None:
        with language_scope(app.language):
            app.console.report(render(plan, (), None))
        return 0
    from drift.policy.known_names import KnownNames
    from drift.policy.plan.matching import check, with_removed
    from drift.policy.plan.preview import is_past, preview

    snapshot = load(app, parse(reference))
    known_names = KnownNames.of_whole(snapshot)
    check(plan, with_removed(plan, known_names))  # the snapshot may be one after the plan
    previews = preview(plan, snapshot, known_names)
    with language_scope(app.language):
        app.console.report(render(plan, previews, reference))
    if not is_past(previews):
        return 0
    return 1 if snapshot.complete and not snapshot.suspect else JudgementError.exit_code


@plan_command.command(
    "reverse", cls=Command, short_help="The plan that undoes a plan, or what changed between two snapshots."
)
@click.argument("before", metavar="PLAN|BEFORE", shell_complete=references)
@click.argument("after", metavar="[AFTER]", required=False, shell_complete=references)
@_plan_options
@connection_options
@common_options
@click.pass_obj
def reverse_command(app: App, before: str, after: str | None, change: str | None, output: Path | None) -> None:
    """Write the plan that undoes another one, or what changed from BEFORE to AFTER.

    \b
    Examples:
      drift plan reverse plan.toml --output rollback.toml
      drift plan reverse 12 13
    """  # noqa: D301 - click's mark
    from drift.policy.plan.drafting import reverse

    if after is None:
        if before != STREAM and not before.endswith(".toml"):
            raise UsageError(
                f"{before} is not a plan (a file that ends in .toml), and there is no second snapshot",
                hint="`drift plan reverse PLAN.toml` undoes a plan, `drift plan reverse BEFORE AFTER` what changed.",
            )
        plan = open_plan(before)
        undone = msgspec.structs.replace(plan, change=change or plan.change)
        remark = f"What undoes the plan {before}."
    else:
        pair = open_pair(app, (before, after), (parse(before), parse(after)))
        undone = _drafted(app, pair, change, output)
        remark = f"What undoes the change from {before} to {after}."
    _write(app, reverse(undone), output, [remark], [before, after])


def _drafted(app: App, pair: Pair, change: str | None, output: Path | None) -> Plan:
    from drift.compare.diff import diff
    from drift.policy.plan.drafting import from_changes, names_before, unpinned

    changes = diff(pair.before, pair.after)
    for gap in changes.not_checked:
        app.console.warn(f"not checked, so not in the plan: {gap.scope}: {gap.reason}")
    for value in unpinned(changes.changes):
        app.console.warn(f"not in the plan, so any value passes: {value}")
    for side in pair.sides:
        warn_of_doubt(app, side.suspicion, side.number)
    names = names_before(*(side.nodes.values() for side in pair.sides))
    return from_changes(changes.changes, pair.known_names, names, change, output or Path("plan.toml"))


def _write(app: App, plan: Plan, output: Path | None, remarks: Iterable[str], read: Iterable[str | None] = ()) -> None:
    """Write a plan that was made of the files that were `read`, or of none."""
    from drift.cli.output import refuse_lost, write
    from drift.reports.plan_file import render

    if output is not None:
        refuse_lost(app, output, [Path(each) for each in read if each])
    text = render(plan, remarks)
    if not plan.items:
        app.console.note("the plan expects no change: with it, a gate passes only if nothing that matters changes")
    if output is None:
        app.console.report(text)
        return
    write(output, text.encode())
    app.console.report(f"wrote {output}\n")
