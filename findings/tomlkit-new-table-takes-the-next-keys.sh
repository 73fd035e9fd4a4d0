#!/usr/bin/env bash
# tomlkit writes a table that was added to a dotted key in the middle of the file, where it takes the keys that follow.
# Seen 2026-11-29.
set -euo pipefail
cat <<'ABOUT'
software   tomlkit 0.15.2 (PyPI)
behaviour  With watch.every = 5 followed by fail_on = "error", adding a table (or an array of tables) to watch prints its
           header between the two lines. fail_on is then a key of the new table. No error; the document in memory still has
           it at the top. With [watch] as a header, or the dotted key as the last line, it is right.
guess      What is written reads as what was in memory; a table is put where it takes nothing with it.
matters    A tool that adds a section to a configuration file moves the settings below it. Where unknown keys are passed over,
           a stricter setting just isn't there any more.
known      Near cases, python-poetry/tomlkit#542 and #543 (a key that is added later), are closed; nothing found on this one.
ABOUT
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -qq tomlkit==0.15.2
cd "$work"
venv/bin/python >seen <<'PY'
import tomllib

import tomlkit

FILES = {
    "dotted key": 'watch.every = 5\nfail_on = "error"\n',
    "dotted key at the end": 'fail_on = "error"\nwatch.every = 5\n',
    "header": 'fail_on = "error"\n[watch]\nevery = 5\n',
}


def add_table(watch) -> None:
    watch["mail"] = {"to": "dba"}


def add_array(watch) -> None:
    watch["mails"] = tomlkit.aot()
    watch["mails"].append(tomlkit.item({"to": "dba"}))


for case, text in FILES.items():
    for add in (add_table, add_array):
        document = tomlkit.parse(text)
        add(document["watch"])
        read = tomllib.loads(tomlkit.dumps(document))
        print(f"{case}, {add.__name__}: {'as in memory' if read == document.unwrap() else read}")
PY
diff -u - seen <<'EXPECTED' || { echo "changed since 2026-11-29"; exit 1; }
dotted key, add_table: {'watch': {'every': 5, 'mail': {'to': 'dba', 'fail_on': 'error'}}}
dotted key, add_array: {'watch': {'every': 5, 'mails': [{'to': 'dba', 'fail_on': 'error'}]}}
dotted key at the end, add_table: as in memory
dotted key at the end, add_array: as in memory
header, add_table: as in memory
header, add_array: as in memory
EXPECTED
echo ok
