#!/usr/bin/env bash
# pt-table-checksum gives one checksum to two tables in which two rows have swapped their values.
# Seen 2026-11-28.
set -euo pipefail
cat <<'ABOUT'
software   pt-table-checksum 3.2.1 (Debian package percona-toolkit) on MariaDB 10.11.19, its default function CRC32
behaviour  A chunk's checksum is the XOR of its rows' CRC32. CRC32 is linear: where rows are equally long, values that
           trade places cancel out. Two rows that swap owners: same checksum, same count, no difference.
guess      Other contents have the same CRC32 once in four thousand million times.
matters    Two copies of a shard compared like this can differ in every row by swaps. --function MD5 sees it.
known      The same was found in TiDB's sync-diff-inspector (pingcap/tidb-tools#634), which went to MD5 for it.
ABOUT
PATH=$PATH:/usr/sbin
for tool in mariadbd mariadb-install-db mariadb pt-table-checksum; do
  command -v "$tool" >/dev/null || {
    echo "needs $tool: apt-get install mariadb-server-core mariadb-client-core percona-toolkit"
    exit 2
  }
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
echo "found      $(mariadbd --version), $(pt-table-checksum --version)"

sql "CREATE DATABASE copy_a; CREATE TABLE copy_a.orders (id INT PRIMARY KEY, owner VARCHAR(9));
     CREATE DATABASE copy_b; CREATE TABLE copy_b.orders LIKE copy_a.orders;
     INSERT INTO copy_a.orders VALUES (1, 'alpha'), (2, 'bravo'); INSERT INTO copy_b.orders VALUES (1, 'bravo'), (2, 'alpha')"
for function in CRC32 MD5; do
  for copy in copy_a copy_b; do
    HOME=$work pt-table-checksum --quiet --no-version-check --function "$function" --databases "$copy" \
      --replicate "percona.$function" --recursion-method none --no-check-replication-filters --no-check-binlog-format \
      "S=$work/sock,u=root" >"$work/tool.log" 2>&1
  done
  sql "SELECT '$function', IF(COUNT(DISTINCT this_crc) = 1, 'equal', 'different'), SUM(this_cnt) FROM percona.$function"
done >"$work/seen"
diff -u - "$work/seen" <<'EXPECTED' || { echo "changed since 2026-11-28"; cat "$work/tool.log"; exit 1; }
CRC32	equal	4
MD5	different	4
EXPECTED
echo ok
