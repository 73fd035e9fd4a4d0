#!/usr/bin/env bash
# picomatch and micromatch read {10..12} as the character class [10-12]: it matches 2 and not 11.
# Seen 2026-11-28.
set -euo pipefail
cat <<'ABOUT'
software   picomatch 4.0.7, micromatch 4.0.8, minimatch 11.0.9 (npm)
behaviour  orders_{10..12} matches orders_0 and orders_2 in picomatch and micromatch, and none of 10, 11 and 12.
           orders_{08..15} matches nothing at all. minimatch and the shell expand both.
guess      Brace ranges mean what they mean in the shell, as {1..3} does in all three.
matters    Ranges of shards are written like this in plans and in filters of pipelines. A wrong match selects shards
           that nobody named; a filter that matches nothing never triggers.
known      picomatch documents ranges as the caller's task (expandRange); micromatch/micromatch#212 is about another case.
ABOUT
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(cd "$work" && npm install --silent --no-audit --no-fund picomatch@4.0.7 micromatch@4.0.8 minimatch@11.0.9)
cat >"$work/match.mjs" <<'JS'
import micromatch from 'micromatch';
import { minimatch } from 'minimatch';
import picomatch from 'picomatch';

const shards = ['0', '2', '8', '08', '10', '11', '12', '15'].map((number) => `orders_${number}`);
const matchers = { picomatch: picomatch.isMatch, micromatch: micromatch.isMatch, minimatch };
for (const pattern of ['orders_{1..3}', 'orders_{10..12}', 'orders_{08..15}']) {
  for (const [name, matches] of Object.entries(matchers)) {
    console.log(pattern, name, shards.filter((shard) => matches(shard, pattern)).join(' ') || '-');
  }
}
JS
node "$work/match.mjs" >"$work/seen"
diff -u - "$work/seen" <<'EXPECTED' || { echo "changed since 2026-11-28"; exit 1; }
orders_{1..3} picomatch orders_2
orders_{1..3} micromatch orders_2
orders_{1..3} minimatch orders_2
orders_{10..12} picomatch orders_0 orders_2
orders_{10..12} micromatch orders_0 orders_2
orders_{10..12} minimatch orders_10 orders_11 orders_12
orders_{08..15} picomatch -
orders_{08..15} micromatch -
orders_{08..15} minimatch orders_08 orders_10 orders_11 orders_12 orders_15
EXPECTED
echo ok
