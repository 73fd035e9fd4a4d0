#!/usr/bin/env bash
# When a data node is down, MariaDB's Spider engine shows the error where the shard's place stood, and CHECK TABLE says OK.
# Seen 2026-11-28.
set -euo pipefail
cat <<'ABOUT'
software   MariaDB 10.11.19 with the Spider engine, sharding within MariaDB (Debian packages mariadb-server-core,
           mariadb-client-core, mariadb-plugin-spider)
behaviour  A Spider table names its data node and remote table in its comment. As soon as a query of
           information_schema.tables asks for TABLE_ROWS, too (as SHOW TABLE STATUS does), the comment is the error
           message instead, if the data node is down or the table isn't there. CHECK TABLE says "status OK" all the time.
guess      A column's value doesn't depend on which other columns are selected, nor metadata of the front on data nodes.
matters    A reader of these comments loses the topology in the very outage in which it is needed, and a diff shows every
           shard of the node as changed. A health check by CHECK TABLE stays green.
known      Nothing found in MariaDB's documentation of Spider.
ABOUT
PATH=$PATH:/usr/sbin
for tool in mariadbd mariadb-install-db mariadb apt-get dpkg-deb; do
  command -v "$tool" >/dev/null || { echo "needs $tool: apt-get install mariadb-server-core mariadb-client-core"; exit 2; }
done
work=$(mktemp -d)
declare -A servers=()
stop() { kill "${servers[$1]}"; wait "${servers[$1]}" || true; unset "servers[$1]"; }
clean_up() { local name; for name in "${!servers[@]}"; do stop "$name"; done; rm -rf "$work"; }
trap clean_up EXIT
# The plugin's package wants the whole server to be set up; only its library is needed, in the temporary folder.
version=$(dpkg-query -Wf '${Version}' mariadb-server-core 2>/dev/null) || { echo "needs Debian's mariadb-server-core"; exit 2; }
(cd "$work" && apt-get download -qq "mariadb-plugin-spider=$version" 2>apt.log && dpkg-deb -x ./*.deb spider) \
  || { echo "needs mariadb-plugin-spider $version: try apt-get update"; exit 2; }

sql() { mariadb --no-defaults -uroot -S "$work/$1.sock" -Ne "$2"; }
start() {
  mariadb-install-db --no-defaults --user="$(id -un)" --datadir="$work/$1" --skip-test-db \
    --auth-root-authentication-method=normal >"$work/install.log" 2>&1
  mariadbd --no-defaults --user="$(id -un)" --datadir="$work/$1" --socket="$work/$1.sock" --pid-file="$work/$1.pid" \
    --bind-address=127.0.0.1 --port="$2" --plugin-dir="$work/spider/usr/lib/mysql/plugin" \
    --innodb-buffer-pool-size=16M >"$work/$1.log" 2>&1 &
  servers[$1]=$!
  for _ in $(seq 120); do sql "$1" 'DO 1' 2>/dev/null && break; sleep 0.5; done
}
read -r node front <<<"$(python3 -c 'import socket
held = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
print(*(each.getsockname()[1] for each in held))')"
start node "$node"
start front "$front"
echo "found      $(mariadbd --version)"

sql node "CREATE USER spider@'127.0.0.1' IDENTIFIED BY 'example'; GRANT ALL ON *.* TO spider@'127.0.0.1';
          CREATE DATABASE orders; CREATE TABLE orders.orders_0000 (id INT PRIMARY KEY); INSERT INTO orders.orders_0000 VALUES (7)"
sql front "INSTALL SONAME 'ha_spider'"
sql front "CREATE SERVER rds_1 FOREIGN DATA WRAPPER mysql
             OPTIONS (HOST '127.0.0.1', PORT $node, USER 'spider', PASSWORD 'example', DATABASE 'orders');
           CREATE DATABASE front;
           CREATE TABLE front.a (id INT PRIMARY KEY) ENGINE=Spider COMMENT='srv \"rds_1\", table \"orders_0000\"';
           CREATE TABLE front.b (id INT PRIMARY KEY) ENGINE=Spider COMMENT='srv \"rds_1\", table \"orders_0009\"'"
topology() { sql front "SELECT $1 FROM information_schema.tables WHERE table_schema = 'front' ORDER BY table_name"; }
{
  echo "the data node is up, and has no orders_0009"
  sql front 'SELECT * FROM front.a'
  topology 'table_name, table_comment'
  topology 'table_name, table_comment, table_rows IS NULL'
  stop node
  echo "the data node is down"
  { sql front 'FLUSH TABLES; SELECT * FROM front.a' 2>&1 || true; } | grep ERROR
  topology 'table_name, table_comment'
  topology 'table_name, table_comment, table_rows IS NULL'
  sql front 'SHOW CREATE TABLE front.a' | grep -o 'srv.*"'
  sql front 'CHECK TABLE front.a'
} >"$work/seen"
diff -u - "$work/seen" <<'EXPECTED' || { echo "changed since 2026-11-28"; exit 1; }
the data node is up, and has no orders_0009
7
a	srv "rds_1", table "orders_0000"
b	srv "rds_1", table "orders_0009"
a	srv "rds_1", table "orders_0000"	0
b	Remote table 'orders.orders_0009' is not found	1
the data node is down
ERROR 1429 (HY000) at line 1: Unable to connect to foreign data source: rds_1
a	srv "rds_1", table "orders_0000"
b	srv "rds_1", table "orders_0009"
a	Unable to connect to foreign data source: rds_1	1
b	Remote table 'orders.orders_0009' is not found	1
srv "rds_1", table "orders_0000"
front.a	check	status	OK
EXPECTED
echo ok
