#!/usr/bin/env bash
# A prepared cursor of MySQL Connector/Python reads -00:30:00 as half an hour, and writes minus half an hour as -47:30:00.
# Seen 2026-11-30.
set -euo pipefail
cat <<'ABOUT'
software   mysql-connector-python 26.10.0 (PyPI), its pure Python, on MariaDB 10.11.19
behaviour  With cursor(prepared=True), the sign of a TIME is taken for the sign of its days alone: -00:30:00 is read as +00:30:00,
           -30:00:00 as -18:00:00, and timedelta(minutes=-30) is stored as -47:30:00. No warning. A plain cursor does both right.
guess      prepared=True changes how a statement is sent, not what its values are.
matters    Shards whose rows differ in that sign are equal to a comparison that prepares its statements; rows that a program
           copies to another data node in this way are other rows there.
known      Nothing found in its documentation. PyMySQL/PyMySQL#1262 is a like fault in another driver, which is mended.
ABOUT
PATH=$PATH:/usr/sbin
for tool in mariadbd mariadb-install-db mariadb; do
  command -v "$tool" >/dev/null || { echo "needs $tool: apt-get install mariadb-server-core mariadb-client-core"; exit 2; }
done
work=$(mktemp -d)
server=
trap 'if [ -n "$server" ]; then kill "$server"; wait "$server" || true; fi; rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -qq mysql-connector-python==26.10.0
mariadb-install-db --no-defaults --user="$(id -un)" --datadir="$work/data" --skip-test-db \
  --auth-root-authentication-method=normal >"$work/install.log" 2>&1
mariadbd --no-defaults --user="$(id -un)" --datadir="$work/data" --tmpdir="$work" --socket="$work/sock" --pid-file="$work/pid" \
  --skip-networking --innodb-buffer-pool-size=16M >"$work/server.log" 2>&1 &
server=$!
for _ in $(seq 120); do mariadb --no-defaults -uroot -S "$work/sock" -e "DO 1" 2>/dev/null && break; sleep 0.5; done
echo "found      $(mariadbd --version)"

"$work/venv/bin/python" - "$work/sock" >"$work/seen" <<'PY'
import sys
from datetime import timedelta

import mysql.connector

options = {"unix_socket": sys.argv[1], "user": "root", "use_pure": True, "collation": "utf8mb4_general_ci"}
connection = mysql.connector.connect(**options)


def asked(prepared: bool, statement: str, *values):
    cursor = connection.cursor(prepared=prepared)
    cursor.execute(statement, values)
    ((value,),) = cursor.fetchall()
    cursor.close()
    return value


def as_time(value: timedelta) -> str:
    minutes = abs(value) // timedelta(minutes=1)
    return f"{'-' if value < timedelta() else ''}{minutes // 60:02}:{minutes % 60:02}:00"


for time in ("00:30:00", "-00:30:00", "-01:00:00", "30:00:00", "-30:00:00"):
    plain, prepared = (as_time(asked(way, f"SELECT CAST('{time}' AS TIME)")) for way in (False, True))
    print(f"read  {time}: plain {plain}, prepared {prepared}")
for minutes in (30, -30, -60, 1800, -1800):
    statement = "SELECT CAST(CAST(%s AS TIME) AS CHAR)"
    plain, prepared = (asked(way, statement, timedelta(minutes=minutes)) for way in (False, True))
    print(f"write {as_time(timedelta(minutes=minutes))}: plain {plain}, prepared {prepared}")
PY
diff -u - "$work/seen" <<'EXPECTED' || { echo "changed since 2026-11-30"; exit 1; }
read  00:30:00: plain 00:30:00, prepared 00:30:00
read  -00:30:00: plain -00:30:00, prepared 00:30:00
read  -01:00:00: plain -01:00:00, prepared 01:00:00
read  30:00:00: plain 30:00:00, prepared 30:00:00
read  -30:00:00: plain -30:00:00, prepared -18:00:00
write 00:30:00: plain 00:30:00, prepared 00:30:00
write -00:30:00: plain -00:30:00, prepared -47:30:00
write -01:00:00: plain -01:00:00, prepared -47:00:00
write 30:00:00: plain 30:00:00, prepared 30:00:00
write -30:00:00: plain -30:00:00, prepared -66:00:00
EXPECTED
echo ok
