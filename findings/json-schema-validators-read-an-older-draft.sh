#!/usr/bin/env bash
# Four JSON Schema validators take a schema of draft 2020-12 for one of an older draft, and pass what it forbids.
# Seen 2026-11-30.
set -euo pipefail
cat <<'ABOUT'
software   fastjsonschema 2.22.3 (PyPI); jsonschema 1.5.0, is-my-json-valid 2.20.6, tv4 1.3.0, ajv 8.20.0 and
           @cfworker/json-schema 4.1.6 (npm)
behaviour  A schema names its draft in $schema. The first four don't know 2020-12 and read on: they pass over prefixItems,
           dependentRequired, unevaluatedProperties and minContains, and three of them over what stands beside a $ref. ajv
           throws for the draft, and @cfworker/json-schema knows it.
guess      A validator that doesn't know the draft that a schema names refuses the schema, as ajv does.
matters    A pipeline that checks a report by its published schema is green with a report that lacks what the schema asks for;
           the same files are red with another validator.
known      fastjsonschema and jsonschema list the drafts that they know; what they do with another was not found.
ABOUT
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
command -v node >/dev/null || { echo "needs Node.js 20 or newer"; exit 2; }
echo "found      Node.js $(node --version)"
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -qq fastjsonschema==2.22.3
(cd "$work" && npm install --silent --no-audit --no-fund jsonschema@1.5.0 is-my-json-valid@2.20.6 tv4@1.3.0 ajv@8.20.0 \
  @cfworker/json-schema@4.1.6)
cd "$work"
cat >cases.json <<'JSON'
{
  "type": [{"type": "string"}, 7],
  "beside $ref": [{"$ref": "#/$defs/name", "maxLength": 3, "$defs": {"name": {"type": "string"}}}, "orders"],
  "prefixItems": [{"prefixItems": [{"type": "string"}]}, [7]],
  "dependentRequired": [{"dependentRequired": {"before": ["after"]}}, {"before": "rds-1"}],
  "unevaluatedProperties": [{"properties": {"name": {}}, "unevaluatedProperties": false}, {"node": "rds-1"}],
  "minContains": [{"contains": {"const": "rds-1"}, "minContains": 2}, ["rds-1"]]
}
JSON
cat >check.py <<'PY'
import json
from pathlib import Path

import fastjsonschema

answers = []
for case, (schema, value) in json.loads(Path("cases.json").read_text()).items():
    try:
        fastjsonschema.validate({"$schema": "https://json-schema.org/draft/2020-12/schema"} | schema, value)
        answers.append(f"{case} passes")
    except fastjsonschema.JsonSchemaValueException:
        answers.append(f"{case} no")
print("fastjsonschema:", ", ".join(answers))
PY
cat >check.mjs <<'JS'
import { readFileSync } from 'node:fs';
import { Validator as Cfworker } from '@cfworker/json-schema';
import Ajv from 'ajv';
import compile from 'is-my-json-valid';
import jsonschema from 'jsonschema';
import tv4 from 'tv4';

const validators = {
  jsonschema: (schema, value) => jsonschema.validate(value, schema).valid,
  'is-my-json-valid': (schema, value) => compile(schema)(value),
  tv4: (schema, value) => tv4.validate(value, schema),
  ajv: (schema, value) => new Ajv.default().compile(schema)(value),
  '@cfworker/json-schema': (schema, value) => new Cfworker(schema, '2020-12').validate(value).valid,
};
for (const [name, validate] of Object.entries(validators)) {
  const answers = Object.entries(JSON.parse(readFileSync('cases.json'))).map(([label, [schema, value]]) => {
    try {
      return `${label} ${validate({ $schema: 'https://json-schema.org/draft/2020-12/schema', ...schema }, value) ? 'passes' : 'no'}`;
    } catch { return `${label} error`; }
  });
  console.log(`${name}: ${answers.join(', ')}`);
}
JS
{ venv/bin/python check.py; node check.mjs; } >seen
diff -u - seen <<'EXPECTED' || { echo "changed since 2026-11-30"; exit 1; }
fastjsonschema: type no, beside $ref passes, prefixItems passes, dependentRequired passes, unevaluatedProperties passes, minContains passes
jsonschema: type no, beside $ref passes, prefixItems passes, dependentRequired passes, unevaluatedProperties passes, minContains passes
is-my-json-valid: type no, beside $ref no, prefixItems passes, dependentRequired passes, unevaluatedProperties passes, minContains passes
tv4: type no, beside $ref passes, prefixItems passes, dependentRequired passes, unevaluatedProperties passes, minContains passes
ajv: type error, beside $ref error, prefixItems error, dependentRequired error, unevaluatedProperties error, minContains error
@cfworker/json-schema: type no, beside $ref no, prefixItems no, dependentRequired no, unevaluatedProperties no, minContains no
EXPECTED
echo ok
