#!/usr/bin/env bash
# A client of Huawei's SDK that gets no credentials skips the profile's section [basic], and another identity signs.
# Seen 2026-11-30.
set -euo pipefail
cat <<'ABOUT'
software   huaweicloudsdkddm and huaweicloudsdkcore 3.1.219 (PyPI)
behaviour  DdmClient.new_builder() without with_credentials goes through environment, profile and the server's agency, but looks
           in the profile for a section [basiccredentials]; CredentialProviderChain.get_basic() looks for [basic]. A file with
           [basic] alone counts as none to the client, and the agency of the server signs, without a word.
guess      The chain that the client uses is the one that can be asked for, and one file serves both.
matters    A job on a server signs as the server's agency though the operator wrote a profile for it: another user in the audit, other
           rights, and another project, in which an instance is missing.
known      Nothing found. The README has [basic] and [global] alone, and says that such a client reads the profile.
ABOUT
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -qq huaweicloudsdkddm==3.1.219 huaweicloudsdkcore==3.1.219
cd "$work"
cat >ask.py <<'PY'
import os
from pathlib import Path

from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.auth.provider import CredentialProviderChain, MetadataBasicCredentialProvider
from huaweicloudsdkddm.v1 import DdmClient

for name in [name for name in os.environ if name.startswith("HUAWEICLOUD")]:
    del os.environ[name]
os.environ["HUAWEICLOUD_SDK_CREDENTIALS_FILE"] = "credentials"
# Stands for a server with an agency. Nothing is asked on the network.
MetadataBasicCredentialProvider.get_credentials = lambda self: BasicCredentials("the agency", "sk", "project-of-the-agency")


def section(name: str) -> str:
    return f"[{name}]\nak = {name} of the profile\nsk = sk\nproject_id = project-of-{name}\n"


FILES = {
    "[basic]": section("basic"),
    "[basiccredentials]": section("basiccredentials"),
    "both": section("basic") + section("basiccredentials"),
}
for case, text in FILES.items():
    Path("credentials").write_text(text)
    client = DdmClient.new_builder().with_endpoint("http://127.0.0.1:9").build()
    chain = CredentialProviderChain.get_basic().get_credentials()
    print(f"{case}: the client signs as {client._credentials.ak}, get_basic() as {chain.ak}")
PY
HOME=$work venv/bin/python ask.py >seen
diff -u - seen <<'EXPECTED' || { echo "changed since 2026-11-30"; exit 1; }
[basic]: the client signs as the agency, get_basic() as basic of the profile
[basiccredentials]: the client signs as basiccredentials of the profile, get_basic() as the agency
both: the client signs as basiccredentials of the profile, get_basic() as basic of the profile
EXPECTED
echo ok
