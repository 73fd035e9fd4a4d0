#!/usr/bin/env bash
# Datasette counts rows by a view's computed column, and its own link to them finds none.
# Seen 2026-11-28.
set -euo pipefail
cat <<'ABOUT'
software   Datasette 0.65.5 (PyPI)
behaviour  A filter's value is bound as text. A view's column that is an expression has no type, so 3306 = '3306' is false:
           the facet says "3306: 2 rows", its link shows none, and "not 3306" shows all. "Greater than" works,
           as it alone turns digits into numbers. A view's column that is a table's own column works.
guess      A facet's link shows the rows it counted.
matters    Views over a history (shards per data node, skew) are computed columns. "None" looks like an answer.
known      simonw/datasette#2073 and #2713, open.
ABOUT
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -qq datasette==0.65.5
cd "$work"
venv/bin/python >seen <<'PY'
import asyncio
import sqlite3

from datasette.app import Datasette

with sqlite3.connect("nodes.db") as connection:
    connection.executescript("""
        CREATE TABLE node (name TEXT PRIMARY KEY, port INTEGER) STRICT;
        INSERT INTO node VALUES ('rds-1', 3306), ('rds-2', 3306), ('rds-3', NULL);
        CREATE VIEW nodes AS SELECT name, port, coalesce(port, 3307) AS port_or_default FROM node;
    """)


async def main() -> None:
    client = Datasette(["nodes.db"]).client
    facets = (await client.get("/nodes/nodes.json?_facet=port_or_default")).json()["facet_results"]
    for value in facets["port_or_default"]["results"]:
        rows = (await client.get(value["toggle_url"].removeprefix("http://localhost"))).json()["rows"]
        print(f"facet {value['value']}: {value['count']} counted, {len(rows)} behind its link")
    for query in ("port=3306", "port_or_default=3306", "port_or_default__not=3306", "port_or_default__gt=3306"):
        rows = (await client.get(f"/nodes/nodes.json?{query}&_shape=array")).json()
        print(f"{query}:", *(row["name"] for row in rows))


asyncio.run(main())
PY
diff -u - seen <<'EXPECTED' || { echo "changed since 2026-11-28"; exit 1; }
facet 3306: 2 counted, 0 behind its link
facet 3307: 1 counted, 0 behind its link
port=3306: rds-1 rds-2
port_or_default=3306:
port_or_default__not=3306: rds-1 rds-2 rds-3
port_or_default__gt=3306: rds-3
EXPECTED
echo ok
