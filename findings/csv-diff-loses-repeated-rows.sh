#!/usr/bin/env bash
# csv-diff keeps one row for each key, and one of several equal rows, so a shard on two data nodes is invisible to it.
# Seen 2026-11-28.
set -euo pipefail
cat <<'ABOUT'
software   csv-diff 1.2 (PyPI), its command line
behaviour  With --key, the last row of a key replaces the ones before it; without, equal rows become one. Files that
           differ in such rows are "unchanged": no output, exit code 0.
guess      A key that occurs twice is an error or a warning; a removed row is a removed row.
matters    A shard listed on two data nodes is a fault that a diff of two topologies has to show.
known      Its README calls the column a unique key, and says nothing of one that repeats or of equal rows.
ABOUT
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -qq csv-diff==1.2
cd "$work"
printf 'shard,node\norders_0001,rds-1\norders_0001,rds-2\norders_0002,rds-1\n' >twice.csv
printf 'shard,node\norders_0001,rds-2\norders_0002,rds-1\n' >once.csv
printf 'shard,node\norders_0001,rds-2\norders_0001,rds-2\norders_0002,rds-1\n' >same.csv
{
  echo "keyed:   '$(venv/bin/csv-diff twice.csv once.csv --key shard --json | tr -d ' \n')'"
  echo "unkeyed: '$(venv/bin/csv-diff same.csv once.csv --json | tr -d ' \n')'"
  venv/bin/csv-diff twice.csv once.csv --key shard >/dev/null && echo "exit code 0"
} >seen
diff -u - seen <<'EXPECTED' || { echo "changed since 2026-11-28"; exit 1; }
keyed:   '{"added":[],"removed":[],"changed":[],"columns_added":[],"columns_removed":[]}'
unkeyed: '{"added":[],"removed":[],"changed":[],"columns_added":[],"columns_removed":[]}'
exit code 0
EXPECTED
echo ok
