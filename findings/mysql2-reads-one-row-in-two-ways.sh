#!/usr/bin/env bash
# mysql2 gives one row two values: query() reads a FLOAT as 16777200 where execute() reads 16777216, and dates differ by years.
# Seen 2026-11-30.
set -euo pipefail
cat <<'ABOUT'
software   mysql2 3.24.6 (npm) on MariaDB 10.11.19, with its defaults and in time zone UTC
behaviour  query() reads rows as text, execute() in binary, and each has rules of its own. A DATE 0000-00-00 is 30 November 1899
           with query() and an invalid date with execute(); a DATETIME 2026-02-00 is invalid with query() and 31 January with
           execute(). A FLOAT has six digits with query() and all with execute(), and a TIME(6) loses its zeros there.
guess      One connection reads one row alike, whichever of its two methods is used; the README offers execute() for its speed.
matters    Where two shards are read by two programs, or a program changes its method between two runs, equal rows differ. Other
           FLOATs that differ are equal to query(), and a day is reported that is in no row.
known      sidorares/node-mysql2#4491 is about zero dates with dateStrings; of these nothing was found.
ABOUT
command -v node >/dev/null || { echo "needs Node.js 20 or newer"; exit 2; }
PATH=$PATH:/usr/sbin
for tool in mariadbd mariadb-install-db mariadb; do
  command -v "$tool" >/dev/null || { echo "needs $tool: apt-get install mariadb-server-core mariadb-client-core"; exit 2; }
done
work=$(mktemp -d)
server=
trap 'if [ -n "$server" ]; then kill "$server"; wait "$server" || true; fi; rm -rf "$work"' EXIT
(cd "$work" && npm install --silent --no-audit --no-fund mysql2@3.24.6)
mariadb-install-db --no-defaults --user="$(id -un)" --datadir="$work/data" --skip-test-db \
  --auth-root-authentication-method=normal >"$work/install.log" 2>&1
mariadbd --no-defaults --user="$(id -un)" --datadir="$work/data" --tmpdir="$work" --socket="$work/sock" --pid-file="$work/pid" \
  --skip-networking --innodb-buffer-pool-size=16M >"$work/server.log" 2>&1 &
server=$!
for _ in $(seq 120); do mariadb --no-defaults -uroot -S "$work/sock" -e "DO 1" 2>/dev/null && break; sleep 0.5; done
echo "found      $(mariadbd --version)"
cat >"$work/ask.mjs" <<'JS'
import mysql from 'mysql2/promise';

const connection = await mysql.createConnection({ socketPath: process.argv[2], user: 'root' });
await connection.query("SET sql_mode = ''");
await connection.query('CREATE DATABASE s');
const columns = {
  'DATE': ['2026-11-30', '0000-00-00', '2026-02-00'],
  'DATETIME': ['2026-11-30 10:00:00', '0000-00-00', '2026-02-00'],
  'TIME(6)': ['-00:30:00', '00:00:00'],
  'FLOAT': ['0.5', '0.1', '16777216', '16777215'],
  'DOUBLE': ['0.1'],
};
const written = (value) => (Number.isNaN(value.valueOf()) ? 'invalid' : JSON.stringify(value));
for (const [type, values] of Object.entries(columns)) {
  await connection.query(`CREATE OR REPLACE TABLE s.t (v ${type})`);
  for (const value of values) {
    await connection.query('DELETE FROM s.t');
    await connection.query(`INSERT INTO s.t VALUES ('${value}')`);
    const [[one]] = await connection.query('SELECT v FROM s.t');
    const [[two]] = await connection.execute('SELECT v FROM s.t');
    const [text, binary] = [written(one.v), written(two.v)];
    console.log(`${type} ${value}: ${text === binary ? `both ${text}` : `query ${text}, execute ${binary}`}`);
  }
}
await connection.end();
JS
(cd "$work" && TZ=UTC node ask.mjs "$work/sock" >seen)
diff -u - "$work/seen" <<'EXPECTED' || { echo "changed since 2026-11-30"; exit 1; }
DATE 2026-11-30: both "2026-11-30T00:00:00.000Z"
DATE 0000-00-00: query "1899-11-30T00:00:00.000Z", execute invalid
DATE 2026-02-00: both "2026-01-31T00:00:00.000Z"
DATETIME 2026-11-30 10:00:00: both "2026-11-30T10:00:00.000Z"
DATETIME 0000-00-00: both invalid
DATETIME 2026-02-00: query invalid, execute "2026-01-31T00:00:00.000Z"
TIME(6) -00:30:00: query "-00:30:00.000000", execute "-00:30:00"
TIME(6) 00:00:00: query "00:00:00.000000", execute "00:00:00"
FLOAT 0.5: both 0.5
FLOAT 0.1: query 0.1, execute 0.10000000149011612
FLOAT 16777216: query 16777200, execute 16777216
FLOAT 16777215: query 16777200, execute 16777215
DOUBLE 0.1: both 0.1
EXPECTED
echo ok
