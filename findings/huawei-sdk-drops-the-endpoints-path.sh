#!/usr/bin/env bash
# Huawei's SDK drops the path and the query of the endpoint that it is given, and sends the request to the root.
# Seen 2026-11-28.
set -euo pipefail
cat <<'ABOUT'
software   huaweicloudsdkddm and huaweicloudsdkcore 3.1.219 (PyPI)
behaviour  with_endpoint("http://gateway/ddm?tenant=7") asks for /v1/…, not for /ddm/v1/…, without a warning; the same for
           HUAWEICLOUD_SDK_REGION_DDM_CN_NORTH_4.
guess      The path is put in front, as most clients of HTTP APIs do, or refused.
matters    A private cloud's services often share a gateway and differ by this path. The request, with its signature, goes to
           whatever answers at the root.
known      Nothing found.
ABOUT
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -qq huaweicloudsdkcore==3.1.219 huaweicloudsdkddm==3.1.219
"$work/venv/bin/python" -W ignore >"$work/seen" <<'PY'
import os
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkddm.v1 import DdmClient, ListDatabasesRequest


class Cloud(BaseHTTPRequestHandler):
    def do_GET(self):
        print("  got", self.path)
        body = b'{"databases": [], "total": 0}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Cloud)
Thread(target=server.serve_forever, daemon=True).start()
gateway = f"http://127.0.0.1:{server.server_port}/ddm?tenant=7"
os.environ["HUAWEICLOUD_SDK_REGION_DDM_CN_NORTH_4"] = gateway
from huaweicloudsdkddm.v1.region.ddm_region import DdmRegion  # noqa: E402 - reads the variable


def client():
    return DdmClient.new_builder().with_credentials(BasicCredentials("example", "example", "project"))


for case, built in (
    ("with_endpoint", client().with_endpoint(gateway).build()),
    ("variable", client().with_region(DdmRegion.value_of("cn-north-4")).build()),
):
    print(case)
    built.list_databases(ListDatabasesRequest(instance_id="in09"))
PY
diff -u - "$work/seen" <<'EXPECTED' || { echo "changed since 2026-11-28"; exit 1; }
with_endpoint
  got /v1/project/instances/in09/databases
variable
  got /v1/project/instances/in09/databases
EXPECTED
echo ok
