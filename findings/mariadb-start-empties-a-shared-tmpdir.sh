#!/usr/bin/env bash
# A MariaDB that starts deletes the temporary tables of another one that runs beside it; queries of that one then fail.
# Seen 2026-11-30.
set -euo pipefail
cat <<'ABOUT'
software   MariaDB 10.11.19 (Debian packages mariadb-server-core, mariadb-client-core)
behaviour  Two servers have data directories, sockets and pid files of their own, and one tmpdir, which is /tmp for both unless
           somebody sets it. A session of the first has a temporary table. The second starts, and the files of that table are
           gone: it can still be read, but is unknown where it is dropped. A query that makes one on disk meanwhile ends with
           error 6, "Error on delete".
guess      What a running server has open is its own: the names of these files have its process id.
matters    Several data nodes on one machine is how a migration is rehearsed and its tools are tested. What asks all of
           information_schema makes such tables on disk, and fails where another server starts in that moment: once in
           thousands of runs, with an error that names a file.
known      MySQL's manual on several servers on one machine recommends a tmpdir for each, to tell whose files are whose.
ABOUT
PATH=$PATH:/usr/sbin
for tool in mariadbd mariadb-install-db mariadb; do
  command -v "$tool" >/dev/null || { echo "needs $tool: apt-get install mariadb-server-core mariadb-client-core"; exit 2; }
done
work=$(mktemp -d)
servers=()
stop() { # each server that runs
  local each
  for each in "${servers[@]}"; do kill "$each" && wait "$each" || true; done
  rm -rf "$work"
}
trap stop EXIT
mkdir "$work/own" "$work/shared"
start() { # server $1, with its temporary tables in the folder $2
  mariadb-install-db --no-defaults --user="$(id -un)" --datadir="$work/$1" --skip-test-db --tmpdir="$work/own" \
    --auth-root-authentication-method=normal >"$work/$1.install" 2>&1
  mariadbd --no-defaults --user="$(id -un)" --datadir="$work/$1" --socket="$work/$1.sock" --pid-file="$work/$1.pid" \
    --tmpdir="$work/$2" --skip-networking --innodb-buffer-pool-size=16M >"$work/$1.log" 2>&1 7>&- &
  servers+=($!)
  for _ in $(seq 120); do mariadb --no-defaults -uroot -S "$work/$1.sock" -e 'DO 1' 2>/dev/null && return; sleep 0.5; done
}
files() { if compgen -G "$work/shared/#sql*" >/dev/null; then echo there; else echo gone; fi; }
start one shared
echo "found      $(mariadbd --version)"
mkfifo "$work/asked"
mariadb --no-defaults -uroot -S "$work/one.sock" --force --unbuffered -N <"$work/asked" >"$work/told" 2>&1 &
session=$!
exec 7>"$work/asked"
{
  echo "CREATE TEMPORARY TABLE mysql.t (a INT) ENGINE=Aria; INSERT INTO mysql.t VALUES (7); SELECT 'made';" >&7
  for _ in $(seq 300); do grep -q made "$work/told" && break; sleep 0.1; done
  echo "the table's files: $(files)"
  start two own
  echo "once another server with a tmpdir of its own has started: $(files)"
  start three shared
  echo "once another server with the same tmpdir has started: $(files)"
  echo "SELECT a, 'in the table' FROM mysql.t; DROP TEMPORARY TABLE mysql.t; SELECT a, 'still there' FROM mysql.t;" >&7
  exec 7>&-
  wait "$session" || true
  grep -E '^(7|ERROR)' "$work/told"
} >"$work/seen"
diff -u - "$work/seen" <<'EXPECTED' || { echo "changed since 2026-11-30"; exit 1; }
the table's files: there
once another server with a tmpdir of its own has started: there
once another server with the same tmpdir has started: gone
7	in the table
ERROR 1051 (42S02) at line 2: Unknown table 'mysql.t'
ERROR 1146 (42S02) at line 2: Table 'mysql.t' doesn't exist
EXPECTED
echo ok
