#!/usr/bin/env bash
# sarif-tools counts suppressed and absent results, fails a pipeline for them, and doesn't fill in messages.
# Seen 2026-11-28.
set -euo pipefail
cat <<'ABOUT'
software   sarif-tools 3.0.5 (PyPI)
behaviour  "sarif --check error" exits with 1 for a result with an accepted suppression, and for one whose baselineState is
           "absent", which means that it is gone. A message given by id and arguments is listed as its id.
guess      SARIF has suppressions and baselineState so that tools can leave such results out.
matters    Waived changes stay red where this tool is the gate, and a change that was undone is red once more.
known      Nothing found in its documentation; SARIF 2.1.0, 3.27.23, 3.27.24 and 3.11.
ABOUT
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -qq sarif-tools==3.0.5
cd "$work"
report() {
  cat <<JSON
{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "drift", "rules": [
  {"id": "shard-removed", "messageStrings": {"default": {"text": "{0} is gone"}}}]}}, "results": [
  {"ruleId": "shard-removed", "level": "error", "message": $1,
   "locations": [{"physicalLocation": {"artifactLocation": {"uri": "drift.toml"}}}] $2}]}]}
JSON
}
text='{"text": "orders_0001 is gone"}'
report "$text" ', "suppressions": [{"kind": "external", "status": "accepted"}]' >suppressed.sarif
report "$text" ', "baselineState": "absent"' >absent.sarif
report '{"id": "default", "arguments": ["orders_0001"]}' '' >arguments.sarif
{
  for case in suppressed absent; do
    venv/bin/sarif --check error summary "$case.sarif" >summary.txt && code=0 || code=$?
    echo "$case: exit code $code, $(grep -m 1 error: summary.txt)"
  done
  venv/bin/sarif csv --output out.csv arguments.sarif >csv.log
  echo "arguments: $(tail -n 1 out.csv)"
} >seen
diff -u - seen <<'EXPECTED' || { echo "changed since 2026-11-28"; exit 1; }
suppressed: exit code 1, error: 1
absent: exit code 1, error: 1
arguments: drift,error,shard-removed,default,drift.toml,1
EXPECTED
echo ok
