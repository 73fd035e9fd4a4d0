#!/usr/bin/env bash
# Open Telekom Cloud's SDK has DDM three times, as ddmv1, ddmv2 and ddmv3, and not one call in any of them.
# Seen 2026-11-28.
set -euo pipefail
cat <<'ABOUT'
software   otcextensions 0.34.8 with openstacksdk 4.22.0 (PyPI)
behaviour  Its services are ddmv1, ddmv2 and ddmv3, each with an endpoint type of its name, and none is called ddm. None of
           the three has a single method; the APIs can only be asked by raw requests. DDS is one service with 28 methods.
guess      A service that an SDK lists can be used, and under its own name.
matters    In the service catalogue the type is one of these three names: looking for "ddm" there finds no endpoint. Code
           written against conn.ddmv3 gets a plain HTTP session and no paging, no models, no errors.
known      Nothing found.
ABOUT
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -qq otcextensions==0.34.8 openstacksdk==4.22.0
"$work/venv/bin/python" -W ignore >"$work/seen" <<'PY'
from importlib import import_module
from pathlib import Path

from otcextensions import sdk


def methods(service: str) -> int:
    folder = Path(sdk.__file__).parent / service
    (found,) = (path for path in folder.glob("v*/_proxy.py"))
    kind = import_module(f"otcextensions.sdk.{service}.{found.parent.name}._proxy").Proxy
    return len([name for name, value in vars(kind).items() if callable(value) and not name.startswith("_")])


for service in ("ddm", "ddmv1", "ddmv2", "ddmv3", "dds", "apig"):
    if known := sdk.OTC_SERVICES.get(service):
        print(f"{service}: looks for {known.get('endpoint_service_type', service)}, {methods(service)} methods")
    else:
        print(f"{service}: not a service")
PY
diff -u - "$work/seen" <<'EXPECTED' || { echo "changed since 2026-11-28"; exit 1; }
ddm: not a service
ddmv1: looks for ddmv1, 0 methods
ddmv2: looks for ddmv2, 0 methods
ddmv3: looks for ddmv3, 0 methods
dds: looks for ddsv3, 28 methods
apig: looks for apigv2, 166 methods
EXPECTED
echo ok
