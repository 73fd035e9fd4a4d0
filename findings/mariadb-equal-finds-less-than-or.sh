#!/usr/bin/env bash
# In MariaDB's information_schema, "name = X" finds nothing and "name = X OR name = Y" finds X.
# Seen 2026-11-28.
set -euo pipefail
cat <<'ABOUT'
software   MariaDB 10.11.19 (Debian packages mariadb-server-core, mariadb-client-core), lower_case_table_names=0
behaviour  One comparison with = is looked up as a folder's name, where letter case counts. As soon as the condition is an
           OR, an IN of two, a LIKE or a HAVING, rows are compared by collation, where case doesn't count.
guess      OR adds the rows of the other condition, and no others.
matters    "Is shard ORDERS_0001 on this data node?" is answered no for one shard and yes for two in the same query.
           Names must be fetched and compared by the client.
known      MySQL's manual describes the lookup as an optimisation; nothing found on its different result.
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

sql 'CREATE DATABASE orders_0001; CREATE TABLE orders_0001.t (id INT); CREATE DATABASE orders_0002; CREATE TABLE orders_0002.t (id INT)'
while read -r condition; do
  found=$(sql "SELECT table_schema FROM information_schema.tables $condition ORDER BY 1" | paste -sd' ')
  echo "$condition: ${found:-nothing}"
done >"$work/seen" <<'CONDITIONS'
WHERE table_schema = 'ORDERS_0001'
WHERE table_schema = 'ORDERS_0001' OR table_schema = 'ORDERS_0002'
WHERE table_schema IN ('ORDERS_0001')
WHERE table_schema IN ('ORDERS_0001', 'ORDERS_0002')
WHERE table_schema LIKE 'ORDERS_0001'
WHERE table_schema LIKE 'ORDERS_000%'
HAVING table_schema = 'ORDERS_0001'
CONDITIONS
diff -u - "$work/seen" <<'EXPECTED' || { echo "changed since 2026-11-28"; exit 1; }
WHERE table_schema = 'ORDERS_0001': nothing
WHERE table_schema = 'ORDERS_0001' OR table_schema = 'ORDERS_0002': orders_0001 orders_0002
WHERE table_schema IN ('ORDERS_0001'): nothing
WHERE table_schema IN ('ORDERS_0001', 'ORDERS_0002'): orders_0001 orders_0002
WHERE table_schema LIKE 'ORDERS_0001': orders_0001
WHERE table_schema LIKE 'ORDERS_000%': orders_0001 orders_0002
HAVING table_schema = 'ORDERS_0001': orders_0001
EXPECTED
echo ok
