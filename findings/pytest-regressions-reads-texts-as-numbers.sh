#!/usr/bin/env bash
# pytest-regressions compares two tables of texts as CSV that pandas guesses at: 0001 passes for 1, and null for NA.
# Seen 2026-11-30.
set -euo pipefail
cat <<'ABOUT'
software   pytest-regressions 2.11.0, pandas 3.1.1, pytest 9.2.0 (PyPI), dataframe_regression
behaviour  Both tables are written as CSV and read back, and a column of texts is read as numbers, truth values or gaps where
           all of it can be. 0001 is 1 then, 12e34567 and 34e56789 are both infinity, True is true, and null, NA, None and
           an empty text are one. The test passes. With a text among them that is no number, 0001 isn't 1.
guess      A column of texts is compared as texts, as the types of the tables say.
matters    A shard 0001 that became 1, ids of hex digits and the word for a gap change without a failing test.
known      ESSS/pytest-regressions#84 is about reading gaps back, and #123 says that texts are compared exactly.
ABOUT
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -qq pytest-regressions==2.11.0 pandas==3.1.1 pytest==9.2.0
cd "$work"
cat >test_shards.py <<'PY'
import os

import pandas
import pytest

CASES = {
    "a-for-b": (["a", "x"], ["b", "x"]),
    "0001-for-1": (["0001", "0002"], ["1", "2"]),
    "0001-for-1-beside-x": (["0001", "x"], ["1", "x"]),
    "12e34567-for-34e56789": (["12e34567", "09003309"], ["34e56789", "9003309"]),
    "12e3-for-12000": (["12e3", "7"], ["12000", "7"]),
    "true-for-True": (["true", "false"], ["True", "False"]),
    "null-for-NA": (["null", "x"], ["NA", "x"]),
    "empty-for-None": (["", "x"], ["None", "x"]),
}


@pytest.mark.parametrize("case", CASES)
def test_names(dataframe_regression, case):
    dataframe_regression.check(pandas.DataFrame({"name": CASES[case][int(os.environ["RUN"])]}))
PY
RUN=0 venv/bin/pytest -q --force-regen test_shards.py >first.log 2>&1 || true
RUN=1 venv/bin/pytest -q -rA test_shards.py >second.log 2>&1 || true
sed -n 's/^\(PASSED\|FAILED\) .*\[\(.*\)\].*/\2: \1/p' second.log | sort >seen
diff -u - seen <<'EXPECTED' || { echo "changed since 2026-11-30"; exit 1; }
0001-for-1-beside-x: FAILED
0001-for-1: PASSED
12e3-for-12000: PASSED
12e34567-for-34e56789: PASSED
a-for-b: FAILED
empty-for-None: PASSED
null-for-NA: PASSED
true-for-True: PASSED
EXPECTED
echo ok
