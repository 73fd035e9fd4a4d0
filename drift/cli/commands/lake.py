"""`drift lake`: the history as Parquet, and questions to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from drift.cli.completion import instances
from drift.cli.lake import answer, ask_options, beginning, export_all, moment, print_sql
from drift.cli.options import Command, common_options, settings_options

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from drift.cli.app import App

_QUESTIONS: Final = ("diff", "history", "moved")


@click.group("lake", short_help="The history as Parquet, and questions to it.")
@common_options
def lake_command() -> None:
    """Write the history as Parquet files, for DuckDB on one machine and Spark on many, and ask them.

    \b
    It needs the extra: pip install 'ddm-drift[lake]'. The lake is a folder, or a folder in a bucket of S3-compatible
    storage such as OBS:
      s3://BUCKET/FOLDER?endpoint_override=obs.eu-de.otc.t-systems.com&region=eu-de
    AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY hold the access key. DRIFT_LAKE, or `lake` in drift.toml, is the lake
    of those commands that are not given one.

    \b
    Examples:
      drift lake export /srv/drift-lake
      drift lake moved --lake /srv/drift-lake --since 30d
    """  # noqa: D301 - click's mark


@lake_command.command("export", cls=Command, short_help="Write what is new in the store into the lake.")
@click.argument("place", metavar="[DIR|URL]", required=False)
@click.option("--instance", "names", multiple=True, shell_complete=instances, help="Only that one; may be repeated.")
@click.option("--replace", is_flag=True, help="Write all anew, also over another history of the same name.")
@settings_options("jobs")
@common_options
@click.pass_obj
def export_command(app: App, place: str | None, *, names: Sequence[str], replace: bool) -> None:
    """Write the history of every instance in the store into the lake at DIR or URL.

    There is one file for each table and instance. An instance without anything new is left alone; what is written is
    put in place whole, and the snapshots come last. Several runs may write at once.

    \b
    Examples:
      drift lake export /srv/drift-lake
      drift lake export 's3://my-bucket/drift?endpoint_override=obs.eu-de.otc.t-systems.com&region=eu-de'
    """  # noqa: D301 - click's mark
    export_all(app, place, names, replace=replace)


@lake_command.command("diff", cls=Command, short_help="What changed from one time to another, on every instance.")
@click.argument("before", metavar="T1", callback=moment)
@click.argument("after", metavar="T2", callback=moment)
@ask_options
@click.pass_obj
def diff_command(app: App, /, before: datetime, after: datetime, **asked: Any) -> None:  # noqa: ANN401 - see `ask_options`
    """Show what changed from T1 to T2, on every instance in the lake.

    Times are 2026-05-01T02:00Z, 2026-05-01 for the end of that day, or an age such as 30d. The newest snapshot of each
    instance at or before either time counts, as in `drift diff NAME:@T1 NAME:@T2`.

    A row of the rule `not-checked` names a gap; `no-snapshot` is an instance without a snapshot that early, `suspect`
    one with a suspect snapshot at either time, and `not-compared` one that was read otherwise at T2: by another source,
    layout or setting, or with other members. The last two have to be compared with `drift diff` on the store.

    \b
    Examples:
      drift lake diff 2026-04-01 2026-05-01
      drift lake diff 7d 0h --instance orders-prod --format json
    """  # noqa: D301 - click's mark
    if before > after:
        app.console.warn("T1 is later than T2: the changes are told backwards")
    answer(app, "diff", {"t1": before, "t2": after}, **asked)


@lake_command.command("history", cls=Command, short_help="Where a shard was, from when to when.")
@click.argument("entity")
@ask_options
@click.pass_obj
def history_command(app: App, /, entity: str, **asked: Any) -> None:  # noqa: ANN401 - see `ask_options`
    """Show where a shard was, from when to when; of a database or a data node, what its record said.

    ENTITY is a shard (orders_0007, or orders/orders_0007), a database, or a data node by name, id or the first eight
    characters of it. NAME:ENTITY picks the instance.

    \b
    Examples:
      drift lake history orders-prod:orders_0007
      drift lake history orders_0007 --sql
    """  # noqa: D301 - click's mark
    name, colon, rest = entity.partition(":")
    if colon:
        asked["names"] = (*asked["names"], name)
    thing = rest if colon else entity
    database, _, shard = thing.partition("/")
    answer(app, "history", {"entity": thing, "database": database, "shard": shard}, **asked)


@lake_command.command("moved", cls=Command, short_help="Every move of a shard since a time.")
@click.option("--since", required=True, metavar="AGE|TIME", callback=beginning, help="30d, 12w, 36h, or a time.")
@ask_options
@click.pass_obj
def moved_command(app: App, /, since: datetime, **asked: Any) -> None:  # noqa: ANN401 - see `ask_options`
    """Show every move of a shard since a time, also of one that came back.

    Times are 2026-05-01T02:00Z, 2026-05-01 with all of that day, or an age such as 30d.

    \b
    Examples:
      drift lake moved --since 30d
      drift lake moved --since 2026-05-01T02:00Z --instance orders-prod
    """  # noqa: D301 - click's mark
    answer(app, "moved", {"since": since}, **asked)


@lake_command.command("sql", cls=Command, short_help="The SQL of a question, for DuckDB or Spark.")
@click.argument("engine", type=click.Choice(("duckdb", "spark")))
@click.argument("name", metavar="QUESTION", type=click.Choice(_QUESTIONS))
@common_options
@click.pass_obj
def sql_command(app: App, engine: str, name: str) -> None:
    """Print the SQL of a question. Its parameters are `$name` for DuckDB and `:name` for Spark.

    sample_configs/spark/ask_lake.py runs it with spark-submit.

    \b
    Examples:
      drift lake sql spark moved > moved.sql
      spark-submit sample_configs/spark/ask_lake.py /srv/drift-lake moved.sql since=2026-05-01T00:00Z
    """  # noqa: D301 - click's mark
    print_sql(app, engine, name)
