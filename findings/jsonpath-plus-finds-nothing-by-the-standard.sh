#!/usr/bin/env bash
# jsonpath-plus answers a filter that is written as in the standard, RFC 9535, with nothing at all, and without an error.
# Seen 2026-11-29.
set -euo pipefail
cat <<'ABOUT'
software   jsonpath-plus 11.3.0, json-p3 2.3.1, jsonpath 1.3.0 (npm)
behaviour  $.changes[?@.after == null] finds what has gone with json-p3, which implements the standard. jsonpath-plus returns
           an empty list for it and for any filter without round brackets; jsonpath throws. With brackets jsonpath-plus finds
           a member that isn't there, too: missing is null to it, and not to the standard.
guess      A query that a library can't read is an error, and an empty list means that nothing fits.
matters    "Which shards are gone?", copied from an editor or a tool that follows the standard, has the answer: none.
known      JSONPath-Plus/JSONPath#200 took up parts of the draft of the standard; of this nothing was found.
ABOUT
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
command -v node >/dev/null || { echo "needs Node.js 20 or newer"; exit 2; }
echo "found      Node.js $(node --version)"
(cd "$work" && npm install --silent --no-audit --no-fund jsonpath-plus@11.3.0 json-p3@2.3.1 jsonpath@1.3.0)
cd "$work"
cat >ask.mjs <<'JS'
import jsonpath from 'jsonpath';
import { JSONPath } from 'jsonpath-plus';
import { query } from 'json-p3';

const report = {
  changes: [
    { name: 'added', before: null, after: { node: 'rds-1' } },
    { name: 'removed', before: { node: 'rds-1' }, after: null },
    { name: 'moved', before: { node: 'rds-1' }, after: { node: 'rds-2' } },
    { name: 'partial', before: { node: 'rds-1' } },
  ],
};
const libraries = {
  'json-p3': (path) => query(path, report).values(),
  'jsonpath-plus': (path) => JSONPath({ path, json: report }),
  jsonpath: (path) => jsonpath.query(report, path),
};
const filters = ['?@.after == null', '?(@.after == null)', "?@.name == 'moved'", "?(@.name == 'moved')", '?@.before.node'];
for (const filter of filters) {
  console.log(`$.changes[${filter}].name`);
  for (const [name, ask] of Object.entries(libraries)) {
    let answer;
    try { answer = JSON.stringify(ask(`$.changes[${filter}].name`)); } catch { answer = 'an error'; }
    console.log(`  ${name}: ${answer}`);
  }
}
JS
node ask.mjs >seen
diff -u - seen <<'EXPECTED' || { echo "changed since 2026-11-29"; exit 1; }
$.changes[?@.after == null].name
  json-p3: ["removed"]
  jsonpath-plus: []
  jsonpath: an error
$.changes[?(@.after == null)].name
  json-p3: ["removed"]
  jsonpath-plus: ["removed","partial"]
  jsonpath: ["removed","partial"]
$.changes[?@.name == 'moved'].name
  json-p3: ["moved"]
  jsonpath-plus: []
  jsonpath: an error
$.changes[?(@.name == 'moved')].name
  json-p3: ["moved"]
  jsonpath-plus: ["moved"]
  jsonpath: ["moved"]
$.changes[?@.before.node].name
  json-p3: ["removed","moved","partial"]
  jsonpath-plus: []
  jsonpath: an error
EXPECTED
echo ok
