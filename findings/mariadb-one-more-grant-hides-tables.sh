#!/usr/bin/env bash
# One more GRANT takes rights away: of the database patterns that fit a shard, MariaDB uses one and drops the others.
# Seen 2026-11-29.
set -euo pipefail
cat <<'ABOUT'
software   MariaDB 10.11.19 (Debian packages mariadb-server-core, mariadb-client-core)
behaviour  A user with SELECT and REFERENCES on `orders\_%`.* is also granted EXECUTE on orders_0001.*. From then on every
           shard has its tables and columns but orders_0001: SELECT is denied there, SHOW TABLES and information_schema are
           empty without an error. SHOW GRANTS lists both grants. A grant on a table or by a role is added up.
guess      Grants add up, so that one more never takes anything away, and SHOW GRANTS says what may be done.
matters    Monitoring users of sharded databases live on patterns. Someone grants a little more on one shard, and that shard
           looks empty: "the table is missing", or a sum over all shards that is too small.
known      MySQL's manual describes in "Request Verification" that patterns are sorted and the first that fits is used.
           MariaDB's page of GRANT doesn't; MDEV-14732 was about which one is the first.
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
sql() { mariadb --no-defaults -u"$1" -S "$work/sock" -Ne "$2"; }
for _ in $(seq 120); do sql root 'DO 1' 2>/dev/null && break; sleep 0.5; done
echo "found      $(mariadbd --version)"

for shard in orders_0000 orders_0001 orders_0002; do
  sql root "CREATE DATABASE $shard; CREATE TABLE $shard.t (id INT PRIMARY KEY, v INT); INSERT INTO $shard.t VALUES (1, 1)"
done
sql root "CREATE USER watcher@localhost; GRANT SELECT, REFERENCES ON \`orders\\_%\`.* TO watcher@localhost;
          CREATE ROLE runner; GRANT EXECUTE ON orders_0002.* TO runner; GRANT runner TO watcher@localhost;
          SET DEFAULT ROLE runner FOR watcher@localhost"
look() {
  echo "$1"
  echo "  shards: $(sql watcher "SHOW DATABASES LIKE 'orders%'" | paste -sd' ')"
  echo "  with columns: $(sql watcher "SELECT DISTINCT table_schema FROM information_schema.columns
    WHERE table_schema LIKE 'orders%' ORDER BY 1" | paste -sd' ')"
  echo "  tables shown from orders_0001: $(sql watcher 'SHOW TABLES FROM orders_0001' | wc -l)"
  echo "  its rows: $(sql watcher 'SELECT count(*) FROM orders_0001.t' 2>"$work/error" || grep -o 'ERROR [0-9]*' "$work/error")"
}
{
  look "the pattern alone"
  sql root 'GRANT SELECT ON orders_0000.t TO watcher@localhost'
  look "and one more on a table"
  sql root 'GRANT EXECUTE ON orders_0001.* TO watcher@localhost'
  look "and one more on a shard"
  sql watcher 'SHOW GRANTS' | grep -o 'GRANT .* ON `orders[^ ]*'
} >"$work/seen"
diff -u - "$work/seen" <<'EXPECTED' || { echo "changed since 2026-11-29"; exit 1; }
the pattern alone
  shards: orders_0000 orders_0001 orders_0002
  with columns: orders_0000 orders_0001 orders_0002
  tables shown from orders_0001: 1
  its rows: 1
and one more on a table
  shards: orders_0000 orders_0001 orders_0002
  with columns: orders_0000 orders_0001 orders_0002
  tables shown from orders_0001: 1
  its rows: 1
and one more on a shard
  shards: orders_0000 orders_0001 orders_0002
  with columns: orders_0000 orders_0002
  tables shown from orders_0001: 0
  its rows: ERROR 1142
GRANT EXECUTE ON `orders_0001`.*
GRANT SELECT, REFERENCES ON `orders\\_%`.*
GRANT SELECT ON `orders_0000`.`t`
GRANT EXECUTE ON `orders_0002`.*
EXPECTED
echo ok
