#!/usr/bin/env bash
# MariaDB calls one table BASE TABLE and SYSTEM VERSIONED, and its key has a column that the table doesn't have.
# Seen 2026-11-30.
set -euo pipefail
cat <<'ABOUT'
software   MariaDB 10.11.19 (Debian packages mariadb-server-core, mariadb-client-core)
behaviour  Of a table WITH SYSTEM VERSIONING, SHOW FULL TABLES says BASE TABLE and information_schema SYSTEM VERSIONED. Its primary
           key is (id, row_end) in KEY_COLUMN_USAGE, and (id) in STATISTICS, SHOW INDEX and SHOW CREATE TABLE; COLUMNS has no
           row_end, which can be selected all the same.
guess      SHOW and information_schema tell the same of a table, and each column of a key is one of the table's.
matters    A check that lists a shard's tables by "table_type = 'BASE TABLE'" passes over this one without a word, and one that
           asks SHOW doesn't; a join of keys and columns loses a part of the key.
known      Tools have learned of the kind in their issues, such as skeema/skeema#187; MariaDB documents it for the one view alone.
ABOUT
PATH=$PATH:/usr/sbin
for tool in mariadbd mariadb-install-db mariadb; do
  command -v "$tool" >/dev/null || { echo "needs $tool: apt-get install mariadb-server-core mariadb-client-core"; exit 2; }
done
work=$(mktemp -d)
server=
trap 'if [ -n "$server" ]; then kill "$server"; wait "$server" || true; fi; rm -rf "$work"' EXIT
mariadb-install-db --no-defaults --user="$(id -un)" --datadir="$work/data" --skip-test-db \
  --auth-root-authentication-method=normal >"$work/install.log" 2>&1
mariadbd --no-defaults --user="$(id -un)" --datadir="$work/data" --tmpdir="$work" --socket="$work/sock" --pid-file="$work/pid" \
  --skip-networking --innodb-buffer-pool-size=16M >"$work/server.log" 2>&1 &
server=$!
sql() { mariadb --no-defaults -uroot -S "$work/sock" -D "${2:-}" -Ne "$1"; }
for _ in $(seq 120); do sql 'DO 1' 2>/dev/null && break; sleep 0.5; done
echo "found      $(mariadbd --version)"

sql 'CREATE DATABASE orders_0001; CREATE TABLE orders_0001.plain (id INT PRIMARY KEY);
  CREATE TABLE orders_0001.versioned (id INT PRIMARY KEY) WITH SYSTEM VERSIONING; INSERT INTO orders_0001.versioned VALUES (1)'
asked() { echo "$1: $(sql "$2" orders_0001 | sort | tr '\t' ' ' | paste -sd,)"; }
where="table_schema = 'orders_0001' AND table_name = 'versioned'"
{
  asked "kind, SHOW FULL TABLES" "SHOW FULL TABLES"
  asked "kind, TABLES" "SELECT table_name, table_type FROM information_schema.tables WHERE table_schema = 'orders_0001'"
  asked "BASE TABLEs, SHOW" "SHOW FULL TABLES WHERE table_type = 'BASE TABLE'"
  asked "BASE TABLEs, TABLES" \
    "SELECT table_name FROM information_schema.tables WHERE table_schema = 'orders_0001' AND table_type = 'BASE TABLE'"
  asked "columns, COLUMNS" "SELECT column_name FROM information_schema.columns WHERE $where"
  asked "key, KEY_COLUMN_USAGE" "SELECT column_name FROM information_schema.key_column_usage WHERE $where"
  asked "key, STATISTICS" "SELECT column_name FROM information_schema.statistics WHERE $where"
  asked "row_end is in the future" "SELECT row_end > NOW() FROM versioned"
} >"$work/seen"
diff -u - "$work/seen" <<'EXPECTED' || { echo "changed since 2026-11-30"; exit 1; }
kind, SHOW FULL TABLES: plain BASE TABLE,versioned BASE TABLE
kind, TABLES: plain BASE TABLE,versioned SYSTEM VERSIONED
BASE TABLEs, SHOW: plain BASE TABLE,versioned BASE TABLE
BASE TABLEs, TABLES: plain
columns, COLUMNS: id
key, KEY_COLUMN_USAGE: id,row_end
key, STATISTICS: id
row_end is in the future: 1
EXPECTED
echo ok
