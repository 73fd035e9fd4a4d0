#!/usr/bin/env bash
# Adding a foreign key with sqlite-utils drops the table's triggers, collations and generated columns without a word.
# Seen 2026-11-28.
set -euo pipefail
cat <<'ABOUT'
software   sqlite-utils 4.2.1 (PyPI)
behaviour  add_foreign_key rebuilds the table. Kept are STRICT, CHECK, UNIQUE and all indexes, partial ones too; lost are
           triggers, COLLATE of columns and generated columns, without error or warning.
guess      Everything is kept, or the call is refused, as it is where a partial index is in the way of a rename.
matters    After a migration by this library, "Orders" and "orders" are two names again, a column that views read is gone,
           and rows are no longer guarded by a trigger.
known      Its documentation says that triggers aren't upgraded (simonw/sqlite-utils#611); nothing found on collations and columns.
ABOUT
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -qq sqlite-utils==4.2.1
"$work/venv/bin/python" >"$work/seen" <<'PY'
from sqlite_utils import Database

database = Database(memory=True)
database.conn.executescript("""
    CREATE TABLE node (id TEXT PRIMARY KEY) STRICT;
    CREATE TABLE shard (
        name TEXT NOT NULL COLLATE NOCASE, node TEXT CHECK (node <> ''), number INT,
        label TEXT GENERATED ALWAYS AS (name || '/' || number) VIRTUAL, until INT, UNIQUE (name, number)
    ) STRICT;
    CREATE UNIQUE INDEX live ON shard (name) WHERE until IS NULL;
    CREATE TRIGGER guard BEFORE DELETE ON shard BEGIN SELECT raise(ABORT, 'history stays'); END;
""")


def look(moment: str) -> None:
    sql = {row["type"] + " " + row["name"]: row["sql"] or "" for row in database.query("SELECT * FROM sqlite_master")}
    table = sql["table shard"].upper()
    kept = {word: word in table for word in ("STRICT", "CHECK", "UNIQUE", "COLLATE", "GENERATED")}
    kept |= {"partial index": "index live" in sql, "trigger": "trigger guard" in sql}
    print(f"{moment}:", *(f"{word} {'kept' if is_kept else 'lost'}," for word, is_kept in kept.items()))


look("before")
database["shard"].add_foreign_key("node", "node", "id")
look("after ")
PY
diff -u - "$work/seen" <<'EXPECTED' || { echo "changed since 2026-11-28"; exit 1; }
before: STRICT kept, CHECK kept, UNIQUE kept, COLLATE kept, GENERATED kept, partial index kept, trigger kept,
after : STRICT kept, CHECK kept, UNIQUE kept, COLLATE lost, GENERATED lost, partial index kept, trigger lost,
EXPECTED
echo ok
