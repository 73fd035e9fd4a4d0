#!/usr/bin/env bash
# A Parquet folder instance=12e34567 is infinity to one reader and text to others; 007 and 7 may be one instance.
# Seen 2026-11-28.
set -euo pipefail
cat <<'ABOUT'
software   Polars 2.1.0, PyArrow 26.0.1, DuckDB 2.0.1 (PyPI)
behaviour  Each reader guesses the type of a partition's value anew. Eight hex digits like 12e34567 are a number in Polars,
           infinity, and an id beside it a float. Folders 007 and 7 are one instance in Polars and PyArrow. DuckDB makes
           31 of 0x1F (so does PyArrow), and dates of inf and epoch.
guess      Something that isn't a plain number stays text, and readers of one standard layout agree.
matters    Ids of cloud resources are hex. Two instances under one id, or several under infinity, join without an error.
known      All three document that they guess, and an option of the reader against it; the files can't set one.
ABOUT
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -qq polars==2.1.0 pyarrow==26.0.1 duckdb==2.0.1
cd "$work"
venv/bin/python >seen <<'PY'
from pathlib import Path

import duckdb
import polars
import pyarrow
import pyarrow.parquet

for case, names in enumerate((("12e34567", "09003309"), ("007", "7"), ("0x1F",), ("inf",), ("epoch",), ("i-12e34567", "i-007"))):
    lake = Path(str(case))
    for number, name in enumerate(names):
        folder = lake / f"instance={name}"
        folder.mkdir(parents=True)
        pyarrow.parquet.write_table(pyarrow.table({"n": [number]}), folder / "shards.parquet")
    print(*names)
    print("  polars ", polars.scan_parquet(lake).sort("n").collect()["instance"].to_list())
    print("  pyarrow", [value.as_py() for value in pyarrow.parquet.read_table(lake).sort_by("n")["instance"]])
    rows = duckdb.execute(f"SELECT instance::TEXT, typeof(instance) FROM read_parquet('{lake}/*/*.parquet') ORDER BY n").fetchall()
    print("  duckdb ", *(f"{value} {kind}" for value, kind in rows))
PY
diff -u - seen <<'EXPECTED' || { echo "changed since 2026-11-28"; exit 1; }
12e34567 09003309
  polars  [inf, 9003309.0]
  pyarrow ['12e34567', '09003309']
  duckdb  12e34567 VARCHAR 09003309 VARCHAR
007 7
  polars  [7, 7]
  pyarrow [7, 7]
  duckdb  007 VARCHAR 7 VARCHAR
0x1F
  polars  ['0x1F']
  pyarrow [31]
  duckdb  31 BIGINT
inf
  polars  [inf]
  pyarrow ['inf']
  duckdb  infinity DATE
epoch
  polars  ['epoch']
  pyarrow ['epoch']
  duckdb  1970-01-01 DATE
i-12e34567 i-007
  polars  ['i-12e34567', 'i-007']
  pyarrow ['i-12e34567', 'i-007']
  duckdb  i-12e34567 VARCHAR i-007 VARCHAR
EXPECTED
echo ok
