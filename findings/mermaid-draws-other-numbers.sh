#!/usr/bin/env bash
# Mermaid draws bars of 100, 110 and 120 shards as 8, 234 and 459, and a negative flow as none; a swap it refuses.
# Seen 2026-11-28.
set -euo pipefail
cat <<'ABOUT'
software   Mermaid 11.16.0 (in mermaidx 0.10.1, PyPI, which runs it without a browser)
behaviour  A bar chart's axis starts at the smallest value, so that bar is nearly nothing; bars of -5 and 5 both point up.
           A sankey diagram draws a flow of -3 as 0 without an error; two flows between two nodes in both directions are
           an error ("circular link"), and two flows of one pair are added up.
guess      Bars start at zero, an impossible value is an error, and shards that trade places are a flow like any other.
matters    A balanced instance looks skewed by fifty to one. A rebalance that swaps shards can't be drawn at all.
known      mermaid-js/mermaid#5618, open, on the axis; nothing found on sankey's negative values.
ABOUT
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -qq mermaidx==0.10.1
echo "found      Mermaid $("$work/venv/bin/mermaidx" --info)"
"$work/venv/bin/python" >"$work/seen" <<'PY'
import re

from mermaidx import render


def bars(numbers: str, axis: str = "") -> list[int]:
    chart = render(f'xychart-beta\n x-axis ["rds-1", "rds-2", "rds-3"]\n {axis}\n bar [{numbers}]\n').svg()
    _, *heights = re.findall(r'<rect[^>]*height="([^"]*)"', chart)  # the first is the background
    return [round(float(height)) for height in heights]


def flows(*rows: str) -> str:
    try:
        chart = render("sankey-beta\n\n" + "\n".join(rows) + "\n").svg()
    except RuntimeError as error:
        return str(error).rpartition("Error: ")[2]
    return ", ".join(text.replace("\n", " ") for text in re.findall(r"<text[^>]*>([^<]*)", chart))


print("bars 100, 110, 120:", bars("100, 110, 120"))
print("the same from zero:", bars("100, 110, 120", 'y-axis "shards" 0 --> 120'))
print("bars 5, -5, 2:", bars("5, -5, 2"))
print("flow of -3:", flows("rds-1,rds-2,5", "rds-2,rds-3,-3"))
print("there and back:", flows("rds-1,rds-2,5", "rds-2,rds-1,5"))
print("one pair twice:", flows("rds-1,rds-2,5", "rds-1,rds-2,2"))
PY
diff -u - "$work/seen" <<'EXPECTED' || { echo "changed since 2026-11-28"; exit 1; }
bars 100, 110, 120: [8, 234, 459]
the same from zero: [384, 421, 459]
bars 5, -5, 2: [459, 8, 324]
flow of -3: rds-1 5, rds-2 5, rds-3 0
there and back: circular link
one pair twice: rds-1 7, rds-2 7
EXPECTED
echo ok
