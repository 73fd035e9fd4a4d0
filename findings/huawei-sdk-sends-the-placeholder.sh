#!/usr/bin/env bash
# Without a project id, Huawei's SDK signs and sends a request for the project "{project_id}".
# Seen 2026-11-28.
set -euo pipefail
cat <<'ABOUT'
software   huaweicloudsdkddm and huaweicloudsdkcore 3.1.219 (PyPI)
behaviour  With an endpoint instead of a region, a missing project or instance id leaves its placeholder in the path:
           /v1/%7Bproject_id%7D/instances/…, signed. Variables that are set and empty count as missing for the project,
           but an empty HUAWEICLOUD_SDK_SECURITY_TOKEN is sent as an empty header, and signed.
guess      A required part of the path that isn't there is an error before anything is sent; set and empty is unset.
matters    A pipeline often sets a variable to the empty string. The service's answer (404, no permission, wrong token)
           doesn't point to it, and a stub that answers every path hides it.
known      Nothing found. The README asks for a project id, and says that with a region it is looked up.
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
from huaweicloudsdkcore.auth.provider import EnvCredentialProvider
from huaweicloudsdkddm.v1 import DdmClient, ListDatabasesRequest


class Cloud(BaseHTTPRequestHandler):
    def do_GET(self):
        signed = self.headers.get("Authorization", "").partition("SignedHeaders=")[2].partition(",")[0].split(";")
        token = self.headers.get("X-Security-Token")
        print("  got", self.path, f"X-Security-Token: {token!r}, signed: {'x-security-token' in signed}")
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


def ask(case, credentials, **request):
    print(case)
    builder = DdmClient.new_builder().with_credentials(credentials).with_endpoint(f"http://127.0.0.1:{server.server_port}")
    print("  answer", builder.build().list_databases(ListDatabasesRequest(**request)).total)


ask("no project id", BasicCredentials("example", "example"), instance_id="in09")
ask("no instance id", BasicCredentials("example", "example", "project"))
empty = ("PROJECT_ID", "SECURITY_TOKEN")
os.environ |= {"HUAWEICLOUD_SDK_AK": "example", "HUAWEICLOUD_SDK_SK": "example"} | {f"HUAWEICLOUD_SDK_{name}": "" for name in empty}
ask("empty variables", EnvCredentialProvider.get_basic_credential_env_provider().get_credentials(), instance_id="in09")
PY
diff -u - "$work/seen" <<'EXPECTED' || { echo "changed since 2026-11-28"; exit 1; }
no project id
  got /v1/%7Bproject_id%7D/instances/in09/databases X-Security-Token: None, signed: False
  answer 0
no instance id
  got /v1/project/instances/%7Binstance_id%7D/databases X-Security-Token: None, signed: False
  answer 0
empty variables
  got /v1/%7Bproject_id%7D/instances/in09/databases X-Security-Token: '', signed: True
  answer 0
EXPECTED
echo ok
