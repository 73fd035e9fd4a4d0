#!/usr/bin/env bash
# Selecting one more column of MariaDB's information_schema makes the server open every table it describes.
# Seen 2026-11-28.
set -euo pipefail
cat <<'ABOUT'
software   MariaDB 10.11.19 (Debian packages mariadb-server-core, mariadb-client-core)
behaviour  STATISTICS without COLLATION, INDEX_TYPE and COMMENT, and TABLES without TABLE_ROWS, CREATE_OPTIONS and
           ROW_FORMAT, are read from definition files and open no table. With one of them, every table is opened.
guess      A column more costs a few bytes more. COLLATION there is just the letter A.
matters    A check of 1,000 shards of 20 tables pushes 20,000 tables through the data node's table cache of 2,000, and
           the production queries' tables out of it. The client sees only a slower query.
known      MariaDB doesn't list the columns; MySQL's 5.7 manual does, in "Optimizing INFORMATION_SCHEMA Queries". EXPLAIN
           says Open_full_table.
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
mariadbd --no-defaults --user="$(id -un)" --datadir="$work/data" --socket="$work/sock" --pid-file="$work/pid" \
  --skip-networking --innodb-buffer-pool-size=16M >"$work/server.log" 2>&1 &
server=$!
sql() { mariadb --no-defaults -uroot -S "$work/sock" -Ne "$1"; }
for _ in $(seq 120); do sql 'DO 1' 2>/dev/null && break; sleep 0.5; done
echo "found      $(mariadbd --version)"

tables=200
{ echo 'CREATE DATABASE orders_0000;'; seq -f 'CREATE TABLE orders_0000.t%g (id INT PRIMARY KEY, v INT, KEY (v));' "$tables"; } \
  | mariadb --no-defaults -uroot -S "$work/sock"
opened() { sql "SHOW GLOBAL STATUS LIKE 'Opened_tables'" | cut -f2; }
while read -r source columns; do
  sql 'FLUSH TABLES'
  before=$(opened)
  sql "SELECT $columns FROM information_schema.$source WHERE table_schema = 'orders_0000'" >/dev/null
  after=$(opened)
  if [ $((after - before)) -ge "$tables" ]; then cost="opens every table"; elif [ $((after - before)) -lt 10 ]; then cost="opens none"; else cost="opens some"; fi
  echo "$source $columns: $cost"
done >"$work/seen" <<'QUERIES'
statistics table_name, index_name, seq_in_index, column_name, non_unique, sub_part, nullable
statistics table_name, collation
statistics table_name, index_type
statistics table_name, comment
tables table_name, engine, table_collation, table_comment
tables table_name, table_rows
tables table_name, create_options
tables table_name, row_format
columns table_name, column_name, column_type, column_default, generation_expression
QUERIES
diff -u - "$work/seen" <<'EXPECTED' || { echo "changed since 2026-11-28"; exit 1; }
statistics table_name, index_name, seq_in_index, column_name, non_unique, sub_part, nullable: opens none
statistics table_name, collation: opens every table
statistics table_name, index_type: opens every table
statistics table_name, comment: opens every table
tables table_name, engine, table_collation, table_comment: opens none
tables table_name, table_rows: opens every table
tables table_name, create_options: opens every table
tables table_name, row_format: opens every table
columns table_name, column_name, column_type, column_default, generation_expression: opens none
EXPECTED
echo ok
