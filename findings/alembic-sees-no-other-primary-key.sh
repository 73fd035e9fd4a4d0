#!/usr/bin/env bash
# Alembic's autogenerate finds two MariaDB tables equal that differ in primary key, index or generated column.
# Seen 2026-11-28.
set -euo pipefail
cat <<'ABOUT'
software   alembic 1.20.1, SQLAlchemy 2.1.9, PyMySQL 1.2.4 (PyPI) on MariaDB 10.11.19, types and defaults compared
behaviour  With one table reflected and the other connected, compare_metadata returns no difference for another primary
           key, a prefix or descending or full-text index instead of a plain one, a generated column that became a
           plain one or has another expression, AUTO_INCREMENT, another collation, engine or partitioning.
guess      What SQLAlchemy reflects is compared. It does see a column's length and a missing index.
matters    "The shards have one structure, autogenerate is empty" is worth little: a shard without the generated column
           or with a shorter key index behaves differently.
known      Alembic documents that it doesn't detect PRIMARY KEY and CHECK; of the other cases nothing was found.
ABOUT
PATH=$PATH:/usr/sbin
for tool in mariadbd mariadb-install-db mariadb; do
  command -v "$tool" >/dev/null || { echo "needs $tool: apt-get install mariadb-server-core mariadb-client-core"; exit 2; }
done
work=$(mktemp -d)
server=
trap 'if [ -n "$server" ]; then kill "$server"; wait "$server" || true; fi; rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -qq alembic==1.20.1 sqlalchemy==2.1.9 PyMySQL==1.2.4
mariadb-install-db --no-defaults --user="$(id -un)" --datadir="$work/data" --skip-test-db \
  --auth-root-authentication-method=normal >"$work/install.log" 2>&1
mariadbd --no-defaults --user="$(id -un)" --datadir="$work/data" --socket="$work/sock" --pid-file="$work/pid" \
  --skip-networking --innodb-buffer-pool-size=16M >"$work/server.log" 2>&1 &
server=$!
for _ in $(seq 120); do mariadb --no-defaults -uroot -S "$work/sock" -e 'DO 1' 2>/dev/null && break; sleep 0.5; done
echo "found      $(mariadbd --version)"

"$work/venv/bin/python" - "$work/sock" >"$work/seen" <<'PY'
import sys
import warnings

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import MetaData, create_engine, text

warnings.simplefilter("ignore")
COLUMNS = (
    "id INT NOT NULL, name VARCHAR(40) NOT NULL, n INT DEFAULT 3, g INT AS (n * 2) PERSISTENT, PRIMARY KEY (id), KEY k (name)"
)
OTHERS = {
    "column longer": ("VARCHAR(40)", "VARCHAR(41)"),
    "index missing": (", KEY k (name)", ""),
    "primary key": ("PRIMARY KEY (id)", "PRIMARY KEY (id, name)"),
    "prefix index": ("KEY k (name)", "KEY k (name(5))"),
    "descending index": ("KEY k (name)", "KEY k (name DESC)"),
    "full-text index": ("KEY k (name)", "FULLTEXT KEY k (name)"),
    "other expression": ("n * 2", "n * 3"),
    "not generated": ("g INT AS (n * 2) PERSISTENT", "g INT"),
    "AUTO_INCREMENT": ("id INT NOT NULL", "id INT NOT NULL AUTO_INCREMENT"),
    "collation": ("VARCHAR(40)", "VARCHAR(40) COLLATE utf8mb4_bin"),
}
OPTIONS = {"engine": "ENGINE=Aria", "partitions": "PARTITION BY HASH (id) PARTITIONS 4"}


def database(name: str, columns: str, options: str = ""):
    with server("").begin() as connection:
        connection.execute(text(f"CREATE OR REPLACE DATABASE {name} CHARACTER SET utf8mb4"))
        connection.execute(text(f"CREATE TABLE {name}.t ({columns}) {options}"))
    return server(name)


def server(name: str):
    return create_engine(f"mysql+pymysql://root@/{name}?unix_socket={sys.argv[1]}&charset=utf8mb4")


def found(change) -> str:
    return change[0] if isinstance(change, tuple) else change[0][0]


known = MetaData()
known.reflect(database("s_0000", COLUMNS))
variants = {name: (COLUMNS.replace(*change), "") for name, change in OTHERS.items()}
variants |= {name: (COLUMNS, options) for name, options in OPTIONS.items()}
for name, (columns, options) in variants.items():
    with database("s_0001", columns, options).connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        print(f"{name}: {', '.join(map(found, compare_metadata(context, known))) or 'no difference'}")
PY
diff -u - "$work/seen" <<'EXPECTED' || { echo "changed since 2026-11-28"; exit 1; }
column longer: modify_type
index missing: add_index
primary key: no difference
prefix index: no difference
descending index: no difference
full-text index: no difference
other expression: no difference
not generated: no difference
AUTO_INCREMENT: no difference
collation: no difference
engine: no difference
partitions: no difference
EXPECTED
echo ok
