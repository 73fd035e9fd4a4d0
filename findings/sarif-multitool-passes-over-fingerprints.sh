#!/usr/bin/env bash
# SARIF Multitool calls a new result "unchanged" if it stands where another stood, whatever the fingerprints say.
# Seen 2026-11-28.
set -euo pipefail
cat <<'ABOUT'
software   @microsoft/sarif-multitool 5.7.0 (npm), match-results-forward
behaviour  One rule, one place, other message, other fingerprints and partialFingerprints: baselineState "unchanged", for
           one result and for two. With a logical location each, the same results are "absent" and "new".
guess      Fingerprints are there to identify results; two that differ are two results.
matters    Tools that don't report on source code put all their results at one place. Their new findings are then taken for
           old ones, which code scanning hides. A logicalLocation for each result avoids it.
known      microsoft/sarif-sdk#1807 weighs fingerprints by how they differ; of this case nothing was found.
ABOUT
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(cd "$work" && npm install --silent --no-audit --no-fund @microsoft/sarif-multitool@5.7.0)
cd "$work"
# The tool wants ICU only for languages, which don't matter here.
export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1
cat >report.mjs <<'JS'
import { writeFileSync } from 'node:fs';

const [, , file, logical, ...shards] = process.argv;
const results = shards.map((shard) => ({
  ruleId: 'shard-moved',
  message: { text: `${shard} moved` },
  locations: [{
    physicalLocation: { artifactLocation: { uri: 'drift.toml' }, region: { startLine: 1 } },
    ...(logical === 'logical' && { logicalLocations: [{ fullyQualifiedName: shard }] }),
  }],
  fingerprints: { 'drift/v1': shard },
  partialFingerprints: { 'drift/v1': shard },
}));
writeFileSync(file, JSON.stringify({ version: '2.1.0', runs: [{ tool: { driver: { name: 'drift' } }, results }] }));
JS
cat >states.mjs <<'JS'
import { readFileSync } from 'node:fs';

const [run] = JSON.parse(readFileSync('out.sarif', 'utf8').replace(/^\uFEFF/, '')).runs;
console.log(run.results.map((result) => `  ${result.message.text}: ${result.baselineState}`).sort().join('\n'));
JS
for logical in physical logical; do
  echo "$logical locations, one result"
  node report.mjs before.sarif "$logical" orders_0001
  node report.mjs after.sarif "$logical" users_0002
  npx --no-install sarif-multitool match-results-forward after.sarif --previous before.sarif --output-file-path out.sarif \
    --log ForceOverwrite >log
  node states.mjs
  echo "$logical locations, two results"
  node report.mjs before.sarif "$logical" orders_0001 orders_0002
  node report.mjs after.sarif "$logical" users_0003 users_0004
  npx --no-install sarif-multitool match-results-forward after.sarif --previous before.sarif --output-file-path out.sarif \
    --log ForceOverwrite >log
  node states.mjs
done >seen
diff -u - seen <<'EXPECTED' || { echo "changed since 2026-11-28"; exit 1; }
physical locations, one result
  users_0002 moved: unchanged
physical locations, two results
  users_0003 moved: unchanged
  users_0004 moved: unchanged
logical locations, one result
  orders_0001 moved: absent
  users_0002 moved: new
logical locations, two results
  orders_0001 moved: absent
  orders_0002 moved: absent
  users_0003 moved: new
  users_0004 moved: new
EXPECTED
echo ok
