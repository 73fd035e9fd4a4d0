#!/usr/bin/env bash
# ADBC's SQLite driver gives a TEXT column the type INT64 if its first 1,024 rows are NULL, STRICT table or not.
# Seen 2026-11-28.
set -euo pipefail
cat <<'ABOUT'
software   adbc-driver-sqlite 1.13.0, pyarrow 26.0.1 (PyPI)
behaviour  The column's declared type isn't looked at. A type is taken from the first batch; NULL alone, and no row at all,
           mean INT64. Text in a later batch is then an error, and a table that is still empty has integer columns.
guess      A STRICT table promises its types, so the driver hands them on.
matters    A history is exported ordered by time. "Ended by", NULL in the open rows, breaks the export once there are
           1,024 of them, and part files of a young and an old store don't fit together.
known      The driver's recipes say to raise adbc.sqlite.query.batch_rows. That declared types aren't used isn't said.
ABOUT
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -qq adbc-driver-sqlite==1.13.0 adbc-driver-manager==1.13.0 pyarrow==26.0.1
cd "$work"
venv/bin/python >seen <<'PY'
import sqlite3

from adbc_driver_sqlite.dbapi import connect

for empty in (0, 1000, 1024):
    name = f"{empty}.db"
    with sqlite3.connect(name) as connection:
        connection.execute("CREATE TABLE shard (id INTEGER PRIMARY KEY, ended_by TEXT) STRICT")
        if empty:
            connection.executemany("INSERT INTO shard VALUES (?, ?)", [(i, None) for i in range(empty)] + [(empty, "CHG-1")])
    with connect(name) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT ended_by FROM shard ORDER BY id")
        case = f"{empty} rows of NULL before text:" if empty else "no rows at all:"
        try:
            column = cursor.fetch_arrow_table().column(0)
            print(case, column.type, column.to_pylist()[-1:])
        except OSError as error:
            print(case, error)
PY
diff -u - seen <<'EXPECTED' || { echo "changed since 2026-11-28"; exit 1; }
no rows at all: int64 []
1000 rows of NULL before text: string ['CHG-1']
1024 rows of NULL before text: [SQLite] Type mismatch in column 0: expected INT64 but got STRING/BINARY
EXPECTED
echo ok
