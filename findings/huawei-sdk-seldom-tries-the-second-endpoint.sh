#!/usr/bin/env bash
# Huawei's SDK goes to a region's second endpoint if the first has no name or no TLS, and not if it refuses or is silent.
# Seen 2026-11-30.
set -euo pipefail
cat <<'ABOUT'
software   huaweicloudsdkddm and huaweicloudsdkcore 3.1.219 (PyPI)
behaviour  A Region takes several endpoints, also from a variable or regions.yaml. The next one is tried after a failed TLS handshake
           and after a name that glibc reports as "Name or service not known". After a refused connection, one that times out,
           and a resolver that fails for a moment ("Temporary failure in name resolution"), the request fails.
guess      What the README says: "if the main endpoint cannot be connected, it will automatically switch to the backup endpoint".
matters    The second endpoint is there for the day on which the first is down, and on that day it isn't used. A test with a
           wrong name, the simplest one, succeeds.
known      Nothing found.
ABOUT
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -qq huaweicloudsdkddm==3.1.219 huaweicloudsdkcore==3.1.219
cat >"$work/ask.py" <<'PY'
import os
import socket
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.exceptions.exceptions import SdkException
from huaweicloudsdkcore.http.http_config import HttpConfig
from huaweicloudsdkcore.region.region import Region
from huaweicloudsdkddm.v1 import DdmClient, ListDatabasesRequest

for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
    del os.environ[name]


class Cloud(BaseHTTPRequestHandler):
    def do_GET(self):
        body = b'{"databases": [], "total": 0}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def listening() -> tuple[socket.socket, int]:
    listener = socket.create_server(("127.0.0.1", 0))
    return listener, listener.getsockname()[1]


server = HTTPServer(("127.0.0.1", 0), Cloud)
Thread(target=server.serve_forever, daemon=True).start()
silent, silent_port = listening()
closed, closed_port = listening()
closed.close()
# The resolver's answers, so that no name is asked for on the network.
ANSWERS = {
    "unknown.test": socket.gaierror(socket.EAI_NONAME, "Name or service not known"),
    "later.test": socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution"),
}
resolve = socket.getaddrinfo


def resolved(host, *arguments, **options):
    if host in ANSWERS:
        raise ANSWERS[host]
    return resolve(host, *arguments, **options)


socket.getaddrinfo = resolved
second = f"http://127.0.0.1:{server.server_port}"
FIRST = {
    "works": second,
    "unknown name": "http://unknown.test",
    "no TLS": f"https://127.0.0.1:{server.server_port}",
    "no answer for the name yet": "http://later.test",
    "refuses": f"http://127.0.0.1:{closed_port}",
    "silent": f"http://127.0.0.1:{silent_port}",
}
config = HttpConfig(timeout=(2, 2), ignore_ssl_verification=True)
for case, first in FIRST.items():
    builder = DdmClient.new_builder().with_credentials(BasicCredentials("example", "example", "project"))
    client = builder.with_http_config(config).with_region(Region("example", first, second)).build()
    try:
        client.list_databases(ListDatabasesRequest(instance_id="in09"))
        print(f"first endpoint {case}: answered")
    except SdkException as error:
        print(f"first endpoint {case}: {type(error).__name__}")
    except Exception as error:
        print(f"first endpoint {case}: {type(error).__module__}.{type(error).__name__}")
PY
HOME=$work "$work/venv/bin/python" -W ignore "$work/ask.py" >"$work/seen" 2>"$work/log"
diff -u - "$work/seen" <<'EXPECTED' || { echo "changed since 2026-11-30"; exit 1; }
first endpoint works: answered
first endpoint unknown name: answered
first endpoint no TLS: answered
first endpoint no answer for the name yet: ConnectionException
first endpoint refuses: ConnectionException
first endpoint silent: ConnectionException
EXPECTED
echo ok
