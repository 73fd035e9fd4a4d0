#!/usr/bin/env bash
# dictdiffer and DataComPy, with their defaults, find no difference between integers that differ by one.
# Seen 2026-11-28.
set -euo pipefail
cat <<'ABOUT'
software   dictdiffer 0.10.0 (diff), datacompy 1.1.0 with pandas 3.0.6 (PandasCompare), deepdiff 9.1.0 (DeepDiff)
behaviour  dictdiffer compares integers with a relative tolerance of 2.2e-16, DataComPy turns them into floats. Both take
           9007199254740992 and 9007199254740993 for equal. DeepDiff reports the change.
guess      Integers are compared exactly, and a tolerance of zero is zero.
matters    Ids, epoch times in nanoseconds and transaction ids of a data node are this large: a change goes unreported.
known      inveniosoftware/dictdiffer#181, open. Nothing found for DataComPy.
ABOUT
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -qq dictdiffer==0.10.0 datacompy==1.1.0 pandas==3.0.6 deepdiff==9.1.0
"$work/venv/bin/python" >"$work/seen" <<'PY'
from datacompy import PandasCompare
from deepdiff import DeepDiff
from dictdiffer import diff
from pandas import DataFrame

for before, after in ((2251799813685248, 2251799813685249), (9007199254740992, 9007199254740993)):
    rows = [DataFrame({"name": ["orders_0001"], "gtid": [number]}) for number in (before, after)]
    print(before, after)
    print("  dictdiffer reports", list(diff({"gtid": before}, {"gtid": after})))
    print("  datacompy matches ", bool(PandasCompare(*rows, join_columns="name", abs_tol=0, rel_tol=0).matches()))
    print("  deepdiff reports  ", len(DeepDiff({"gtid": before}, {"gtid": after})))
PY
diff -u - "$work/seen" <<'EXPECTED' || { echo "changed since 2026-11-28"; exit 1; }
2251799813685248 2251799813685249
  dictdiffer reports [('change', 'gtid', (2251799813685248, 2251799813685249))]
  datacompy matches  False
  deepdiff reports   1
9007199254740992 9007199254740993
  dictdiffer reports []
  datacompy matches  True
  deepdiff reports   1
EXPECTED
echo ok
