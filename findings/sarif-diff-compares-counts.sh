#!/usr/bin/env bash
# "sarif diff" reports no changes between two reports that have no result in common.
# Seen 2026-11-28.
set -euo pipefail
cat <<'ABOUT'
software   sarif-tools 3.0.5 (PyPI)
behaviour  Results are put together by rule and by what their messages begin with, and counted. Two shards of a database
           moved yesterday, two others of it today: "no changes", and "--check warning diff" exits with 0. Fingerprints
           and places aren't looked at.
guess      A diff of reports lists the new results and those that are gone.
matters    As a gate ("nothing new since the baseline") it lets a new change through when an old one has gone.
known      The README says that issues are told apart by code and shortened message, not what that means for diff.
ABOUT
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -qq sarif-tools==3.0.5
cd "$work"
venv/bin/python - <<'PY'
import json


def result(shard: str) -> dict:
    return {
        "ruleId": "shard-moved",
        "level": "warning",
        "message": {"text": f"{shard} moved"},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": f"topology/{shard}"}}}],
        "partialFingerprints": {"drift/v1": shard},
    }


for name, shards in (("before", ("orders_0001", "orders_0002")), ("after", ("orders_0003", "orders_0004"))):
    run = {"tool": {"driver": {"name": "drift"}}, "results": [result(shard) for shard in shards]}
    with open(f"{name}.sarif", "w") as file:
        json.dump({"version": "2.1.0", "runs": [run]}, file)
PY
venv/bin/sarif --check warning diff before.sarif after.sarif >seen && echo "exit code $?" >>seen
diff -u -B - seen <<'EXPECTED' || { echo "changed since 2026-11-28"; exit 1; }
error level: +0 -0 no changes
warning level: +0 -0 no changes
note level: +0 -0 no changes
all levels: +0 +0
exit code 0
EXPECTED
echo ok
