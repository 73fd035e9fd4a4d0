#!/usr/bin/env bash
# Spark writes JSON and CSV with times cut to milliseconds, though its type has microseconds.
# Seen 2026-11-29.
set -euo pipefail
cat <<'ABOUT'
software   pyspark 4.3.0 (PyPI), Java 17
behaviour  to_json, write.json, to_csv and write.csv print a timestamp of 06:00:00.546879 as 06:00:00.546. It is cut, not
           rounded, and nothing is said. A cast to text has all six digits, and so has Parquet.
guess      A format that is written and read by the same engine keeps the values of its types.
matters    Rows that are compared between two engines differ in each time; two captures within a millisecond become one;
           and "up to this time" no longer includes the row that the time came from.
known      The option timestampFormat has the default yyyy-MM-dd'T'HH:mm:ss[.SSS][XXX]; that this loses digits isn't said.
ABOUT
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -qq pyspark==4.3.0
cd "$work"
cat >seen.py <<'PY'
from pyspark.sql import SparkSession

session = (
    SparkSession.builder.master("local[1]")
    .config("spark.ui.enabled", "false")
    .config("spark.driver.host", "127.0.0.1")
    .config("spark.driver.bindAddress", "127.0.0.1")
    .config("spark.sql.session.timeZone", "UTC")
    .getOrCreate()
)
rows = session.sql("SELECT TIMESTAMP '2026-05-01 06:00:00.546879+00:00' AS at")
rows.write.json("json")
rows.write.csv("csv")
print("text", *rows.selectExpr("CAST(at AS STRING)").first())
print("to_csv", *rows.selectExpr("to_csv(struct(*))").first())
print("to_json", *rows.selectExpr("to_json(struct(*))").first())
print("write.json", *session.read.text("json").first())
print("write.csv", *session.read.text("csv").first())
back = session.read.schema("at timestamp").json("json")
print("the same after writing and reading:", rows.exceptAll(back).isEmpty())
PY
export PYSPARK_PYTHON="$work/venv/bin/python" SPARK_LOCAL_IP=127.0.0.1
venv/bin/python seen.py >seen 2>log || { cat log; exit 1; }
diff -u - seen <<'EXPECTED' || { echo "changed since 2026-11-29"; exit 1; }
text 2026-05-01 06:00:00.546879
to_csv 2026-05-01T06:00:00.546Z
to_json {"at":"2026-05-01T06:00:00.546Z"}
write.json {"at":"2026-05-01T06:00:00.546Z"}
write.csv 2026-05-01T06:00:00.546Z
the same after writing and reading: False
EXPECTED
echo ok
