#!/usr/bin/env bash
# Node's own JUnit reporter writes test cases outside of any suite, and readers find no test in the file: all is well.
# Seen 2026-11-28.
set -euo pipefail
cat <<'ABOUT'
software   Node.js 20.20.2 (node --test --test-reporter=junit); junitparser 5.0.3 (PyPI), test-results-parser 0.4.6 and
           junit-to-ctrf 0.0.14 (npm)
behaviour  A test that isn't in a describe() is a <testcase> right in <testsuites>. junitparser verify exits with 0 for a
           failed run, test-results-parser counts 0 tests and 0 failures, junit-to-ctrf finds no suite and exits with 0.
guess      Readers of the format understand one of its best known producers, and a file without tests is an error to a
           gate.
matters    A passed verify can mean that nothing was read. A gate has to ask for the number of tests it expects.
known      GaelGirodon/ci-badges-action#10 names other oddities of that reporter. Ant's and Jenkins' schemas have
           no test case outside of a suite.
ABOUT
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
command -v node >/dev/null || { echo "needs Node.js 20 or newer"; exit 2; }
echo "found      Node.js $(node --version)"
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -qq junitparser==5.0.3
(cd "$work" && npm install --silent --no-audit --no-fund test-results-parser@0.4.6 junit-to-ctrf@0.0.14)
cd "$work"
cat >topology.test.mjs <<'JS'
import assert from 'node:assert';
import test from 'node:test';

test('no shard moved', () => assert.strictEqual(1, 0));
JS
cat >count.mjs <<'JS'
import parser from 'test-results-parser';

const { total, failed } = parser.parse({ type: 'junit', files: ['report.xml'] });
console.log(`test-results-parser: ${total} tests, ${failed} failed`);
JS
{
  node --test --test-reporter=junit topology.test.mjs >report.xml && code=0 || code=$?
  echo "node --test: exit code $code, $(grep -c '<testcase' report.xml) case, $(grep -c '<testsuite ' report.xml || true) suites"
  venv/bin/junitparser verify report.xml && echo "junitparser verify: exit code 0"
  node count.mjs
  npx --no-install junit-to-ctrf report.xml -o ctrf.json >log 2>&1 && code=0 || code=$?
  echo "junit-to-ctrf: exit code $code, $(grep -o 'No test suites found' log)"
} >seen
diff -u - seen <<'EXPECTED' || { echo "changed since 2026-11-28"; exit 1; }
node --test: exit code 1, 1 case, 0 suites
junitparser verify: exit code 0
test-results-parser: 0 tests, 0 failed
junit-to-ctrf: exit code 0, No test suites found
EXPECTED
echo ok
