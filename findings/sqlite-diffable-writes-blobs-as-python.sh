#!/usr/bin/env bash
# sqlite-diffable writes a BLOB as Python source text and loads it back as that text; views, indexes and triggers are left out.
# Seen 2026-11-28.
set -euo pipefail
cat <<'ABOUT'
software   sqlite-diffable 0.6 (PyPI), with sqlite-utils 4.2.1 (PyPI)
behaviour  A dump holds "b'\\x1f\\x8b'" for the two bytes 1f 8b. Loading gives a database with that text of 11 letters; exit
           code 0 both times. The loaded database has no view, index or trigger.
guess      A value that JSON doesn't have is refused, or encoded so that load decodes it.
matters    A history with compressed responses in it, kept in git in this form, can't be restored.
known      Its README shows tables of text and numbers only.
ABOUT
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -qq sqlite-diffable==0.6 sqlite-utils==4.2.1
cd "$work"
venv/bin/python - <<'PY'
import sqlite3

connection = sqlite3.connect("history.db")
connection.executescript("""
    CREATE TABLE raw (id INTEGER PRIMARY KEY, bytes BLOB); INSERT INTO raw VALUES (1, x'1f8b');
    CREATE INDEX by_bytes ON raw (bytes); CREATE VIEW newest AS SELECT max(id) FROM raw;
    CREATE TRIGGER guard BEFORE DELETE ON raw BEGIN SELECT raise(ABORT, 'history stays'); END;
""")
PY
{
  venv/bin/sqlite-diffable dump history.db dump --all && echo "dump: exit code $?"
  cat dump/raw.ndjson
  venv/bin/sqlite-diffable load restored.db dump && echo "load: exit code $?"
  for file in history.db restored.db; do
    venv/bin/python - "$file" <<'PY'
import sqlite3
import sys

connection = sqlite3.connect(sys.argv[1])
kinds = [kind for (kind,) in connection.execute("SELECT type FROM sqlite_master ORDER BY 1")]
print(sys.argv[1], *connection.execute("SELECT typeof(bytes), length(bytes) FROM raw").fetchone(), kinds)
PY
  done
} >seen
diff -u - seen <<'EXPECTED' || { echo "changed since 2026-11-28"; exit 1; }
dump: exit code 0
[1, "b'\\x1f\\x8b'"]
load: exit code 0
history.db blob 2 ['index', 'table', 'trigger', 'view']
restored.db text 11 ['table']
EXPECTED
echo ok
