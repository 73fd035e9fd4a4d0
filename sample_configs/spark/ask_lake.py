"""Asks a lake of drift a question with Spark, and prints the rows as JSON, one in a line.

    drift lake sql spark moved > moved.sql
    spark-submit ask_lake.py /srv/drift-lake moved.sql since=2026-05-01T00:00:00+00:00

The lake is a folder, or s3a://BUCKET/FOLDER with Hadoop's settings for the storage. What follows the SQL are the
values of its parameters: times with their zone for t1, t2 and since, and otherwise text. `--output FOLDER` writes
Parquet instead, for answers that are too large for one machine. `--part FOLDER` reads one instance alone: FOLDER is the
name of its folder in the lake, such as part=i-orders-prod.
"""

from __future__ import annotations

import argparse
import re
from datetime import datetime
from pathlib import Path

from pyspark.sql import SparkSession

TABLES = {
    "instances": "instance",
    "snapshots": "snapshot",
    "gaps": "gap",
    "data_nodes": "data_node_version",
    "databases": "database_version",
    "shards": "shard_version",
    "jobs": "job_version",
}
# By itself, Spark cuts a time to milliseconds when it writes JSON.
AS_JSON = "to_json(struct(*), map('timestampFormat', \"yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX\"))"
TIMES = {"t1", "t2", "since"}


def value(text: str) -> tuple[str, str | datetime]:
    """Read a parameter, NAME=VALUE."""
    name, _, given = text.partition("=")
    if name not in TIMES:
        return name, given
    moment = datetime.fromisoformat(given)
    if moment.tzinfo is None:
        raise argparse.ArgumentTypeError(f"{text}: expected a time with its zone, such as 2026-05-01T00:00:00+00:00")
    return name, moment


def main() -> None:
    """Run the job."""
    parser = argparse.ArgumentParser(description="Ask a lake of drift with Spark.")
    parser.add_argument("lake")
    parser.add_argument("sql", type=Path)
    parser.add_argument("values", nargs="*", type=value, metavar="NAME=VALUE")
    parser.add_argument("--output")
    parser.add_argument("--part", default="")
    given = parser.parse_args()
    session = SparkSession.builder.appName("drift-lake").config("spark.sql.session.timeZone", "UTC").getOrCreate()
    sql = given.sql.read_text("utf-8")
    for view, table in TABLES.items():
        if re.search(rf"(FROM|JOIN) {view}\b", sql):
            # Each file has the instance's name as a column; that of its folder is not needed.
            session.read.parquet(f"{given.lake}/{table}/{given.part}").createOrReplaceTempView(view)
    rows = session.sql(sql, args=dict(given.values))
    if given.output:
        rows.write.parquet(given.output)
    else:
        for (row,) in rows.selectExpr(AS_JSON).toLocalIterator():
            print(row)


if __name__ == "__main__":
    main()
