#!/usr/bin/env bash
# Two MariaDB servers on one machine report the same server_uid; one server reports another after its port changes.
# Seen 2026-11-28.
set -euo pipefail
cat <<'ABOUT'
software   MariaDB 10.11.19 (Debian packages mariadb-server-core, mariadb-client-core)
behaviour  @@server_uid is made from the network card and the port. Two servers with their own data, at 127.0.0.1 and
           127.0.0.2 with one port, report one id. A server that restarts on another port reports a new id.
guess      It is kept with the data and unique, like @@server_uuid of MySQL, which stands in a file of the data folder.
matters    A tool that counts data nodes, or recognises one under a new address, by this id merges two or loses one.
known      Nothing found in MariaDB's documentation; the id came with the feedback plugin, for which it was enough.
ABOUT
PATH=$PATH:/usr/sbin
for tool in mariadbd mariadb-install-db mariadb; do
  command -v "$tool" >/dev/null || { echo "needs $tool: apt-get install mariadb-server-core mariadb-client-core"; exit 2; }
done
work=$(mktemp -d)
server=
stop() { if [ -n "$server" ]; then kill "$server"; wait "$server" || true; fi; server=; }
trap 'stop; rm -rf "$work"' EXIT

# Start the server of one data folder at one address, print its id, and stop it.
uid() {
  local folder=$work/$1 socket=$work/$1.sock
  [ -d "$folder" ] || mariadb-install-db --no-defaults --user="$(id -un)" --datadir="$folder" --skip-test-db \
    --auth-root-authentication-method=normal >"$work/install.log" 2>&1
  mariadbd --no-defaults --user="$(id -un)" --datadir="$folder" --socket="$socket" --pid-file="$work/pid" \
    --bind-address="$2" --port="$3" --innodb-buffer-pool-size=16M >"$work/server.log" 2>&1 &
  server=$!
  for _ in $(seq 120); do mariadb --no-defaults -uroot -S "$socket" -e 'DO 1' 2>/dev/null && break; sleep 0.5; done
  mariadb --no-defaults -uroot -S "$socket" -Ne 'SELECT @@server_uid' >"$work/$4"
  stop
}

free_ports() {
  python3 -c 'import socket
held = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
print(*(each.getsockname()[1] for each in held))'
}
echo "found      $(mariadbd --version)"
read -r port other <<<"$(free_ports)"
uid one 127.0.0.1 "$port" first
uid two 127.0.0.2 "$port" second
uid one 127.0.0.1 "$other" moved
{
  cmp -s "$work/first" "$work/second" && echo "two servers, two data folders, two addresses: one id" || echo "two servers: two ids"
  cmp -s "$work/first" "$work/moved" && echo "one server, new port: same id" || echo "one server, new port: another id"
} >"$work/seen"
diff -u - "$work/seen" <<'EXPECTED' || { echo "changed since 2026-11-28"; exit 1; }
two servers, two data folders, two addresses: one id
one server, new port: another id
EXPECTED
echo ok
