#!/usr/bin/env bash
# Two libraries for the same canonical JSON (RFC 8785) disagree: one refuses a large integer, the other rounds it.
# Seen 2026-11-28.
set -euo pipefail
cat <<'ABOUT'
software   jcs 0.2.1, rfc8785 0.1.4 (PyPI)
behaviour  jcs writes 9007199254740993 as 9007199254740992 without a word, so two documents get the same bytes and the
           same hash. rfc8785 raises an error for both numbers.
guess      Canonical bytes differ where documents differ; a library that can't keep a number refuses it.
matters    A content hash over attributes with such a number would call a changed topology unchanged.
known      RFC 8785 asks for numbers as IEEE 754 doubles and puts larger ones into strings (section 3.2.2.3, appendix D).
ABOUT
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -qq jcs==0.2.1 rfc8785==0.1.4
"$work/venv/bin/python" >"$work/seen" <<'PY'
import hashlib

import jcs
import rfc8785

documents = {"gtid": 9007199254740992}, {"gtid": 9007199254740993}
for document in documents:
    print("jcs    ", jcs.canonicalize(document))
    try:
        print("rfc8785", rfc8785.dumps(document))
    except rfc8785.CanonicalizationError as error:
        print("rfc8785", type(error).__name__)
print("jcs gives both one hash:", len({hashlib.sha256(jcs.canonicalize(each)).digest() for each in documents}) == 1)
PY
diff -u - "$work/seen" <<'EXPECTED' || { echo "changed since 2026-11-28"; exit 1; }
jcs     b'{"gtid":9007199254740992}'
rfc8785 IntegerDomainError
jcs     b'{"gtid":9007199254740992}'
rfc8785 IntegerDomainError
jcs gives both one hash: True
EXPECTED
echo ok
