#!/usr/bin/env bash
# The Groovy grammar for tree-sitter finds errors in try/catch, ?., closures with two parameters and return in a closure.
# Seen 2026-11-28.
set -euo pipefail
cat <<'ABOUT'
software   tree-sitter-groovy 0.1.2, tree-sitter 0.26.1 (PyPI)
behaviour  Each of these, of which a Jenkinsfile has many, is a tree with has_error; the declarative parts beside them parse.
guess      has_error of a language's grammar tells whether a file is of that language.
matters    A test that holds a sample Jenkinsfile to this grammar fails for sound ones; a sample that was changed to pass
           has no error handling. No error means little, either: "pipelin { agnt any }" is a call of an unknown method.
known      Groovy's own documentation has all of them (Semantics, Operators, Closures).
ABOUT
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -qq tree-sitter==0.26.1 tree-sitter-groovy==0.1.2
"$work/venv/bin/python" >"$work/seen" <<'PY'
import tree_sitter_groovy
from tree_sitter import Language, Parser

parser = Parser(Language(tree_sitter_groovy.language()))
for source in (
    "pipeline { agent any\n stages { stage('drift') { steps { sh 'drift gate' } } } }",
    "def code = sh(script: 'drift gate', returnStatus: true)\nif (code == 1) { unstable('drift') }",
    "try { sh 'drift gate' } catch (error) { echo 'failed' }",
    "def name = build?.name",
    "nodes.each { name, shards -> echo name }",
    "when { expression { return params.GATE } }",
    "pipelin { agnt any }",
):
    print("error" if parser.parse(source.encode()).root_node.has_error else "fine ", source.splitlines()[0])
PY
diff -u - "$work/seen" <<'EXPECTED' || { echo "changed since 2026-11-28"; exit 1; }
fine  pipeline { agent any
fine  def code = sh(script: 'drift gate', returnStatus: true)
error try { sh 'drift gate' } catch (error) { echo 'failed' }
error def name = build?.name
error nodes.each { name, shards -> echo name }
error when { expression { return params.GATE } }
fine  pipelin { agnt any }
EXPECTED
echo ok
