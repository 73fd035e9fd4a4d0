#!/usr/bin/env bash
# prometheus_client's OpenMetrics parser drops a series that occurs twice; its text parser keeps both values.
# Seen 2026-11-28.
set -euo pipefail
cat <<'ABOUT'
software   prometheus_client 0.26.0 (PyPI)
behaviour  Two samples of one name and the same labels, next to each other, without timestamps: the OpenMetrics parser
           returns the first and no error, also where the labels are in another order. Apart from each other they are a
           ValueError. The text parser returns both.
guess      The parser of the stricter format reports the error.
matters    Where two data nodes have one name and no other label, one figure vanishes, and a test of the exporter that
           uses this parser is green.
known      Nothing found. OpenMetrics says that a metric's labels must be unique within its family.
ABOUT
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -qq prometheus_client==0.26.0
"$work/venv/bin/python" >"$work/seen" <<'PY'
from prometheus_client import parser
from prometheus_client.openmetrics import parser as strict_parser

CASES = {
    "next to each other": '{node="rds",port="1"} 3\n{node="rds",port="1"} 5\n',
    "labels reordered": '{node="rds",port="1"} 3\n{port="1",node="rds"} 5\n',
    "apart": '{node="rds",port="1"} 3\n{node="rds-2",port="1"} 4\n{node="rds",port="1"} 5\n',
}
for case, samples in CASES.items():
    text = "# TYPE drift_shards gauge\n" + "".join(f"drift_shards{line}\n" for line in samples.splitlines())
    for name, parse, source in (
        ("text", parser.text_string_to_metric_families, text),
        ("OpenMetrics", strict_parser.text_string_to_metric_families, text + "# EOF\n"),
    ):
        try:
            print(f"{case}, {name}:", *(f"{sample.value:g}" for family in parse(source) for sample in family.samples))
        except ValueError as error:
            print(f"{case}, {name}:", type(error).__name__)
PY
diff -u - "$work/seen" <<'EXPECTED' || { echo "changed since 2026-11-28"; exit 1; }
next to each other, text: 3 5
next to each other, OpenMetrics: 3
labels reordered, text: 3 5
labels reordered, OpenMetrics: 3
apart, text: 3 4 5
apart, OpenMetrics: ValueError
EXPECTED
echo ok
