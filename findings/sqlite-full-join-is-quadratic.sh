#!/usr/bin/env bash
# SQLite compares every row with every row in a FULL JOIN of two snapshots, where a LEFT JOIN uses the primary key.
# Seen 2026-11-28.
set -euo pipefail
cat <<'ABOUT'
software   SQLite 3.54.1 (in apsw 3.54.1.0, PyPI)
behaviour  A FULL JOIN of two subqueries or CTEs over one table scans the right side for each row of the left, although the
           primary key fits the join: twice the rows, four times the steps. No automatic index is made either. With two
           indexed tables instead of the subqueries, or as a LEFT JOIN, the steps only double.
guess      A FULL JOIN is a LEFT JOIN plus the rows that are left over, and costs twice as much.
matters    Added, removed and moved shards are one FULL JOIN. A diff of 100,000 shards never ends; one of 100 is fast.
known      EXPLAIN QUERY PLAN shows SCAN where the LEFT JOIN has SEARCH. Nothing found in SQLite's documentation.
ABOUT
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -qq apsw==3.54.1.0
"$work/venv/bin/python" >"$work/seen" <<'PY'
import apsw

SIDES = "(SELECT * FROM shard WHERE snapshot = 1) AS a {} JOIN (SELECT * FROM shard WHERE snapshot = 2) AS b ON a.name = b.name"
QUERIES = {
    "LEFT JOIN of subqueries": SIDES.format("LEFT"),
    "FULL JOIN of subqueries": SIDES.format("FULL"),
    "FULL JOIN of indexed tables": "before AS a FULL JOIN after AS b ON a.name = b.name",
}


def steps(query: str, shards: int) -> int:
    """Count the steps of SQLite's machine, in hundreds, which depend on no clock."""
    database = apsw.Connection(":memory:")
    database.execute("CREATE TABLE shard (snapshot INT, name TEXT, node TEXT, PRIMARY KEY (snapshot, name)) WITHOUT ROWID, STRICT")
    rows = ((snapshot, f"orders_{i:05}", f"rds-{(i + snapshot) % 5}") for snapshot in (1, 2) for i in range(shards))
    with database:
        database.executemany("INSERT INTO shard VALUES (?, ?, ?)", rows)
    for number, table in ((1, "before"), (2, "after")):
        database.execute(f"CREATE TABLE {table} (name TEXT PRIMARY KEY, node TEXT) WITHOUT ROWID, STRICT")
        database.execute(f"INSERT INTO {table} SELECT name, node FROM shard WHERE snapshot = {number}")
    hundreds = []
    database.set_progress_handler(lambda: bool(hundreds.append(1)), 100)
    database.execute(f"SELECT count(*) FROM {query} WHERE a.node IS NOT b.node").fetchall()
    return len(hundreds)


for name, query in QUERIES.items():
    print(f"{name}: {round(steps(query, 1600) / steps(query, 800))} times the steps for twice the shards")
PY
diff -u - "$work/seen" <<'EXPECTED' || { echo "changed since 2026-11-28"; exit 1; }
LEFT JOIN of subqueries: 2 times the steps for twice the shards
FULL JOIN of subqueries: 4 times the steps for twice the shards
FULL JOIN of indexed tables: 2 times the steps for twice the shards
EXPECTED
echo ok
