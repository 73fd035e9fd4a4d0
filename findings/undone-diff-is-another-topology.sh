#!/usr/bin/env bash
# Three diff libraries that can undo a diff give back another list than the one they started from.
# Seen 2026-11-28.
set -euo pipefail
cat <<'ABOUT'
software   dictdiffer 0.10.0 (PyPI); jsondiffpatch 0.7.7, json-diff-ts 4.10.4 (npm)
behaviour  dictdiffer.revert reorders a list, jsondiffpatch.unpatch gives one shard's change to another shard although
           both are matched by id, json-diff-ts.revertChangeset leaves elements behind. None raises an error.
guess      Undoing a diff restores the old document. All three apply the diff forward correctly.
matters    A history that keeps only diffs and walks back from the newest snapshot invents topologies.
known      benjamine/jsondiffpatch#275 and #295, open. Nothing found for the other two.
ABOUT
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -qq dictdiffer==0.10.0
(cd "$work" && npm install --silent --no-audit --no-fund jsondiffpatch@0.7.7 json-diff-ts@4.10.4)
"$work/venv/bin/python" >"$work/seen" <<'PY'
from dictdiffer import diff, patch, revert

before, after = ["rds-1", "rds-2", "rds-3"], []
delta = list(diff(before, after))
print("dictdiffer    forward", patch(delta, before) == after, "back", revert(delta, after))
PY
cat >"$work/undo.mjs" <<'JS'
import assert from 'node:assert';
import * as jsondiffpatch from 'jsondiffpatch';
import { applyChangeset, diff, revertChangeset } from 'json-diff-ts';

const copy = (value) => structuredClone(value);
const forward = (got, wanted) => { try { assert.deepStrictEqual(got, wanted); return true; } catch { return false; } };
{
  const shards = (...pairs) => pairs.map(([id, on]) => ({ id, on }));
  const before = shards(['s1', 'rds-1'], ['s2', 'rds-1'], ['s3', 'rds-1']);
  const after = shards(['s3', 'rds-1'], ['s2', 'rds-1'], ['s1', 'rds-2']);
  const patcher = jsondiffpatch.create({ objectHash: (shard) => shard.id });
  const delta = patcher.diff(before, after);
  const back = patcher.unpatch(copy(after), copy(delta));
  console.log('jsondiffpatch forward', forward(patcher.patch(copy(before), copy(delta)), after),
    'back', back.map((shard) => `${shard.id} on ${shard.on}`).join(', '));
}
{
  const before = { nodes: [] }, after = { nodes: ['rds-1', 'rds-2'] };
  const changes = diff(before, after);
  console.log('json-diff-ts  forward', forward(applyChangeset(copy(before), copy(changes)), after),
    'back', JSON.stringify(revertChangeset(copy(after), copy(changes)).nodes));
}
JS
node "$work/undo.mjs" >>"$work/seen"
diff -u - "$work/seen" <<'EXPECTED' || { echo "changed since 2026-11-28"; exit 1; }
dictdiffer    forward True back ['rds-1', 'rds-3', 'rds-2']
jsondiffpatch forward true back s1 on rds-2, s2 on rds-1, s3 on rds-1
json-diff-ts  forward true back ["rds-2"]
EXPECTED
echo ok
