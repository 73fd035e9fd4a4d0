#!/usr/bin/env bash
# msgspec reads the last 100 nanoseconds of a year as the first moment of the next; Python's own parser doesn't.
# Seen 2026-11-28.
set -euo pipefail
cat <<'ABOUT'
software   msgspec 0.22.0 (PyPI), CPython 3.11 for comparison
behaviour  A time with more than six decimals is rounded to the nearest microsecond by msgspec and cut by fromisoformat.
           2026-12-31T23:59:59.9999999Z becomes 2027-01-01T00:00:00Z; at the last second of 9999 it is an error.
guess      Decimals that don't fit are cut, so a parsed time is never later than the written one. Programs in .NET write
           seven decimals, those in Go nine.
matters    "At or before T" misses a record that carries T itself, a day's figures fall into the next day, and one time read
           by two parsers isn't equal.
known      Nothing found in its documentation, which names RFC 3339.
ABOUT
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -qq msgspec==0.22.0
"$work/venv/bin/python" >"$work/seen" <<'PY'
from datetime import datetime

import msgspec

for written in (
    "2026-11-28T10:00:00.1234564Z",
    "2026-11-28T10:00:00.1234565Z",
    "2026-12-31T23:59:59.9999999Z",
    "9999-12-31T23:59:59.9999999Z",
):
    try:
        read = msgspec.json.decode(f'"{written}"', type=datetime).isoformat()
    except msgspec.ValidationError as error:
        read = str(error)
    print(f"{written}: msgspec {read}, fromisoformat {datetime.fromisoformat(written).isoformat()}")
PY
diff -u - "$work/seen" <<'EXPECTED' || { echo "changed since 2026-11-28"; exit 1; }
2026-11-28T10:00:00.1234564Z: msgspec 2026-11-28T10:00:00.123456+00:00, fromisoformat 2026-11-28T10:00:00.123456+00:00
2026-11-28T10:00:00.1234565Z: msgspec 2026-11-28T10:00:00.123457+00:00, fromisoformat 2026-11-28T10:00:00.123456+00:00
2026-12-31T23:59:59.9999999Z: msgspec 2027-01-01T00:00:00+00:00, fromisoformat 2026-12-31T23:59:59.999999+00:00
9999-12-31T23:59:59.9999999Z: msgspec Invalid RFC3339 encoded datetime, fromisoformat 9999-12-31T23:59:59.999999+00:00
EXPECTED
echo ok
