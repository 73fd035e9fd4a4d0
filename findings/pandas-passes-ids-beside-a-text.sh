#!/usr/bin/env bash
# pandas' assert_frame_equal passes two tables whose integers differ, if the column has a text, a list or a gap as well.
# Seen 2026-11-30.
set -euo pipefail
cat <<'ABOUT'
software   pandas 3.1.1 (PyPI), assert_frame_equal with its defaults
behaviour  A column of integers is compared exactly. If one other value in it is a text or is missing, or if the integers stand in
           lists or objects, as read from JSON, they are compared with a relative tolerance of 0.00001: from 100001 on, numbers
           that differ by one are equal. True equals 1 there. DataFrame.equals and compare see the integers.
guess      Integers are integers, whatever stands beside them. Its documentation says that they are compared exactly by default.
matters    A test of an export or of a migration ("the same rows as before") passes with other ids, counts and sizes.
known      pandas-dev/pandas#55882, for columns of integers alone, is mended since 2.2. Of the other columns nothing was found.
ABOUT
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -qq pandas==3.1.1
"$work/venv/bin/python" >"$work/seen" <<'PY'
import json

import pandas
from pandas.testing import assert_frame_equal

CASES = {
    "integers": '[{"id": 100001}, {"id": 7}]',
    "a text": '[{"id": 100001}, {"id": "7"}]',
    "a gap": '[{"id": 100001}, {"id": null}]',
    "lists": '[{"id": [100001]}, {"id": [7]}]',
    "objects": '[{"id": {"shard": 100001}}, {"id": {"shard": 7}}]',
    "smaller": '[{"id": 99998}, {"id": "7"}]',
    "texts": '[{"id": "100001"}, {"id": "7"}]',
}


def answer(before, after) -> str:
    try:
        assert_frame_equal(before, after)
    except AssertionError:
        return "differ"
    return "pass"


for case, rows in CASES.items():
    later = rows.replace("100001", "100002").replace("99998", "99999")
    before, after = (pandas.DataFrame(json.loads(text)) for text in (rows, later))
    compared = "equal" if before.equals(after) else "not equal"
    print(f"{case}: assert_frame_equal {answer(before, after)}, equals {compared}, compare {len(before.compare(after))} row")
print("true and 1 beside a text:", answer(*(pandas.DataFrame({"on": [value, "x"]}) for value in (True, 1))))
PY
diff -u - "$work/seen" <<'EXPECTED' || { echo "changed since 2026-11-30"; exit 1; }
integers: assert_frame_equal differ, equals not equal, compare 1 row
a text: assert_frame_equal pass, equals not equal, compare 1 row
a gap: assert_frame_equal pass, equals not equal, compare 1 row
lists: assert_frame_equal pass, equals not equal, compare 1 row
objects: assert_frame_equal pass, equals not equal, compare 1 row
smaller: assert_frame_equal differ, equals not equal, compare 1 row
texts: assert_frame_equal differ, equals not equal, compare 1 row
true and 1 beside a text: pass
EXPECTED
echo ok
