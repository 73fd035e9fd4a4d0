#!/usr/bin/env bash
# PyArrow's ParquetWriter, used with "with", turns an interrupted export into a valid file with fewer rows.
# Seen 2026-11-29.
set -euo pipefail
cat <<'ABOUT'
software   PyArrow 26.0.1, DuckDB 2.0.1 (PyPI)
behaviour  An exception inside of "with ParquetWriter(…)" closes the writer, which writes the footer: the rows so far become a
           sound Parquet file in place of the older one. The same with ipc.new_file. Without "with" there is no footer, and
           readers refuse the file. DuckDB's COPY leaves the older file as it was.
guess      Leaving "with" by an exception gives the file up, or leaves one that can't be read.
matters    An export that loses its connection at 60 of 100 shards leaves a file that says that 40 are gone, and the careful
           form is the one that does it. Write under another name, and rename after the block.
known      apache/arrow#1559 added "with" so that a failed run closes its file. That the result is valid isn't said.
ABOUT
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -qq pyarrow==26.0.1 duckdb==2.0.1
cd "$work"
venv/bin/python >seen <<'PY'
import duckdb
import pyarrow
from pyarrow import ipc, parquet

SCHEMA = pyarrow.schema([("name", pyarrow.string())])


def batches(most: int):
    for start in range(0, 100, 20):
        if start >= most:
            raise ConnectionError
        yield pyarrow.record_batch([[f"orders_{start + i:04}" for i in range(20)]], schema=SCHEMA)


def with_writer(path: str, most: int) -> None:
    with parquet.ParquetWriter(path, SCHEMA) as writer:
        for batch in batches(most):
            writer.write_batch(batch)


def bare_writer(path: str, most: int) -> None:
    writer = parquet.ParquetWriter(path, SCHEMA)
    for batch in batches(most):
        writer.write_batch(batch)
    writer.close()


def with_ipc(path: str, most: int) -> None:
    with ipc.new_file(path, SCHEMA) as writer:
        for batch in batches(most):
            writer.write_batch(batch)


def copy(path: str, most: int) -> None:
    lost = f"CASE WHEN i >= {most} THEN error('lost') END"
    duckdb.execute(f"COPY (SELECT format('orders_{{:04}}', i) AS name, {lost} AS lost FROM range(100) AS r (i)) TO '{path}'")


def read(path: str) -> str:
    try:
        count = ipc.open_file(path).read_all().num_rows if path.endswith(".arrow") else parquet.read_table(path).num_rows
    except FileNotFoundError:
        return "no file"
    except pyarrow.ArrowInvalid:
        return "refused"
    return f"{count} rows"


for case, way, path in (
    ("with ParquetWriter", with_writer, "with.parquet"),
    ("ParquetWriter without with", bare_writer, "bare.parquet"),
    ("with ipc.new_file", with_ipc, "with.arrow"),
    ("DuckDB's COPY", copy, "copy.parquet"),
):
    way(path, 100)
    whole = read(path)
    try:
        way(path, 60)
    except (ConnectionError, duckdb.Error):
        print(f"{case}: {whole}, then an export that fails at 60: {read(path)}")
PY
diff -u - seen <<'EXPECTED' || { echo "changed since 2026-11-29"; exit 1; }
with ParquetWriter: 100 rows, then an export that fails at 60: 60 rows
ParquetWriter without with: 100 rows, then an export that fails at 60: refused
with ipc.new_file: 100 rows, then an export that fails at 60: 60 rows
DuckDB's COPY: 100 rows, then an export that fails at 60: 100 rows
EXPECTED
echo ok
