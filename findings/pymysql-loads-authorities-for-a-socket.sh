#!/usr/bin/env bash
# PyMySQL loads the system's certificate authorities for each connection, also for one by a socket, which has no TLS.
# Seen 2026-11-29.
set -euo pipefail
cat <<'ABOUT'
software   PyMySQL 1.2.4 (PyPI)
behaviour  Without an option about TLS, each Connection makes a context of its own with ssl.create_default_context, which reads
           all authorities, before it is known whether the server has TLS, and for a socket in the file system as well.
guess      A connection by a socket has nothing to do with TLS, and what many connections need is made once.
matters    256 connections with five statements each took 8.1 s of CPU, and 0.14 s with ssl_disabled=True (two runs). Pass one
           SSLContext for all connections, or ssl_disabled=True by a socket.
known      Not said in its documentation.
ABOUT
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -qq PyMySQL==1.2.4
cd "$work"
venv/bin/python >seen <<'PY'
import ssl

import pymysql

made = []
create = ssl.create_default_context


def counted(*arguments, **options):
    made.append(create(*arguments, **options))
    return made[-1]


ssl.create_default_context = counted
cases = {"nothing said": {}, "ssl_disabled": {"ssl_disabled": True}, "one context": {"ssl": create()}}
for case, options in cases.items():
    made.clear()
    for _ in range(3):
        pymysql.connect(unix_socket="/run/mysqld/mysqld.sock", user="drift", defer_connect=True, **options)
    print(f"{case}: {len(made)} contexts for 3 connections")
PY
diff -u - seen <<'EXPECTED' || { echo "changed since 2026-11-29"; exit 1; }
nothing said: 3 contexts for 3 connections
ssl_disabled: 0 contexts for 3 connections
one context: 0 contexts for 3 connections
EXPECTED
echo ok
