#!/usr/bin/env bash
# DuckDB drops the offset of the literal TIMESTAMP '… +02:00' and compares what is left as the session's local time.
# Seen 2026-11-28.
set -euo pipefail
cat <<'ABOUT'
software   DuckDB 2.0.1 (PyPI)
behaviour  TIMESTAMP '2023-12-01 02:00:00+02:00' is 02:00 without a zone. Compared with a TIMESTAMPTZ it means 02:00 in the
           session's zone, so the same condition picks other rows elsewhere. No error. TIMESTAMPTZ '…' and bound values
           are right everywhere.
guess      An offset that is written out is used, or refused.
matters    "What moved before midnight UTC?" gives other shards in Shanghai than in Dublin.
known      PostgreSQL ignores the offset in this literal as well, and says so in its manual; nothing found for DuckDB.
ABOUT
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -qq duckdb==2.0.1 pytz==2026.2
"$work/venv/bin/python" >"$work/seen" <<'PY'
import datetime

import duckdb

connection = duckdb.connect()
connection.execute("CREATE TABLE moved (shard TEXT, since TIMESTAMPTZ)")
connection.executemany(
    "INSERT INTO moved VALUES (?, ?)",
    [(f"orders_{hour:04}", datetime.datetime(2023, 12, 1, hour, tzinfo=datetime.timezone.utc)) for hour in range(24)],
)
noon = datetime.datetime(2023, 12, 1, 12, tzinfo=datetime.timezone.utc)
for zone in ("UTC", "Asia/Shanghai", "America/New_York"):
    connection.execute(f"SET TimeZone = '{zone}'")
    counts = [
        connection.execute(f"SELECT count(*) FROM moved WHERE since < {moment}", values).fetchone()[0]
        for moment, values in (
            ("TIMESTAMP '2023-12-01 14:00:00+02:00'", []),
            ("TIMESTAMPTZ '2023-12-01 14:00:00+02:00'", []),
            ("$1", [noon]),
        )
    ]
    print(f"{zone}: moved before noon UTC: TIMESTAMP {counts[0]}, TIMESTAMPTZ {counts[1]}, bound {counts[2]}")
PY
diff -u - "$work/seen" <<'EXPECTED' || { echo "changed since 2026-11-28"; exit 1; }
UTC: moved before noon UTC: TIMESTAMP 14, TIMESTAMPTZ 12, bound 12
Asia/Shanghai: moved before noon UTC: TIMESTAMP 6, TIMESTAMPTZ 12, bound 12
America/New_York: moved before noon UTC: TIMESTAMP 19, TIMESTAMPTZ 12, bound 12
EXPECTED
echo ok
