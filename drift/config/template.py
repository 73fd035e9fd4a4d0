"""The text that `drift init` writes: a valid drift.toml that explains every key. Pure.

Prose is behind `# `. An example is behind a bare `#`, and is valid without that one character.
"""

from __future__ import annotations

from typing import Final

from drift.policy.rules import RULES

_TOP: Final = """\
# drift.toml: what drift reads before it captures, compares and judges.
# It is found in the working directory or the nearest folder above it; --config or DRIFT_CONFIG names another file.
# Paths are relative to this file. A flag and a DRIFT_… variable (DRIFT_STORE, DRIFT_FAIL_ON, …) each win over it;
# other tools' variables (HUAWEICLOUD_SDK_…, HW_…, OS_…) are asked only where this file says nothing.
# `#key = …` is an example: take the # away.

# The history of every instance, one SQLite file.
store = "snapshots/drift.db"

# The history as Parquet files for other programs, which `drift lake export` writes: a folder, or a folder in a bucket.
#lake = "s3://my-bucket/drift?endpoint_override=obs.eu-de.otc.t-systems.com&region=eu-de"

# The least severity at which an unexpected change fails `drift gate`: info, warning or error.
fail_on = "warning"

# The language of the reports: en, or zh for Simplified Chinese. JSON and exit codes are the same in both.
#lang = "en"

# Seconds that one capture may take. What may pass, such as a lost connection or a throttled call, is tried again
# for as long.
#timeout = 120

# How many instances are captured at once with --all, and how many calls per second one endpoint gets, on average.
#jobs = 8
#rate = 20

# Keep the response of every capture, instead of the newest, the first of each layout, and those to compare with.
#keep_raw = false

# Whether a snapshot that neither the documented calls nor a person has confirmed can't be judged: `drift gate` then
# ends with 4.
#require_confirmed = false

# Whether a change that the cloud's audit doesn't explain is a finding of `drift gate`, change-untraced.
#require_trace = false

# Extra members of the export to ignore, such as time stamps. drift already ignores the usual ones. snake_case,
# camelCase and PascalCase are the same.
#volatile = ["last_heartbeat"]

# What all instances share; each of these keys can stand under [instances.NAME] too, and wins there.
[defaults]
# Where DDM answers: the region or, for a cloud that drift doesn't know, the URL. Of the two, the one of the instance
# wins over the one here.
#region = "eu-de"
#cloud = "myhuaweicloud.com"
#endpoint = "https://ddm.eu-de.otc.t-systems.com"

# The project, by its id; without one, it is looked up by its name or, without that, as the region's own.
#project_id = "619d3e78f61b4be68bc5aa0b59edcf7b"
#project_name = "eu-de_orders"

# Signing in: one of the ways below. A secret itself has no place here: it is in a variable (DRIFT_TOKEN,
# DRIFT_PASSWORD, DRIFT_SECRET_KEY, DRIFT_SECURITY_TOKEN, DRIFT_ID_TOKEN), or in a file that a key here names.
# A flag wins over a variable, and a variable over this file. If one place gives several ways, the first in this list
# is used: token, oidc, access-key, password, profile. `auth` names one instead. ecs-agency has to be named.
#auth = "access-key"

# A ready token.
#token_file = "~/.config/drift/token"

# An access key (AK/SK); a temporary one has a security token.
#access_key = "QTWAOYTTINDUT2QVKYUC"
#secret_key_file = "~/.config/drift/secret-key"
#security_token_file = "~/.config/drift/security-token"

# Access keys in the file of Huawei's tools, and the section that has them.
#credentials_file = "~/.huaweicloud/credentials"
#profile = "basic"

# OIDC, for pipelines that keep no secret: the id token, and either the identity provider's id at IAM, or the URNs of
# the provider and of the agency that trusts it. The rest limits what the session may do.
#id_token_file = "/var/run/secrets/tokens/oidc-token"
#idp_id = "ci-runners"
#provider_urn = "iam::0a1b2c3d4e5f60718293a4b5c6d7e8f9:oidc-provider:ci-runners"
#agency_urn = "iam::0a1b2c3d4e5f60718293a4b5c6d7e8f9:agency:topology-reader"
#session_name = "ddm-drift"
#session_seconds = 3600
#session_policy = '{"Version":"5.0","Statement":[{"Effect":"Allow","Action":["ddm:instance:get"]}]}'
#session_policy_ids = "DDMReadOnlyPolicy"

# An IAM user, by name and account or by id; the account (domain) by name or id. The token is for the project, unless
# `scope` says domain.
#user_name = "topology-reader"
#user_id = "7116d09f88fa41908676fdd4b039e95b"
#domain_name = "OTC-EU-DE-00000000001000000000"
#domain_id = "0a1b2c3d4e5f60718293a4b5c6d7e8f9"
#password_file = "~/.config/drift/password"
#scope = "project"

# Where IAM and, for OIDC with an agency, STS answer; by default where the endpoint does, with iam. or sts. for ddm.
#iam_endpoint = "https://iam.eu-de.otc.t-systems.com"
#sts_endpoint = "https://sts.ap-southeast-3.myhuaweicloud.com"
# Where the audit service (CTS) answers; by default with cts. for ddm.
#cts_endpoint = "https://cts.eu-de.otc.t-systems.com"

# What a capture reads: "export", the one call; "details", the documented list and detail calls; or "both", compared.
#source = "export"

# Allow http:// to other machines than this one. Everyone on the way can read the credentials then.
#allow_plain_http = false

# The proxy to use and extra certificate authorities to trust, where HTTPS_PROXY and SSL_CERT_FILE are not set. A proxy
# that needs a password has to be named in HTTPS_PROXY.
#proxy = "http://proxy.example.com:3128"
#ca_file = "corporate-ca.pem"

# The instances. NAME is what you call one: in `drift snapshot NAME`, and in references such as NAME:latest.
#[instances.orders-prod]
#instance_id = "1f5c9fd6cd984056ba89c8c87cc03278in09"

# How much each kind of change, and each broken invariant, matters: ignore, info, warning or error. The values here are
# the standard ones.
[severities]
"""

_BOTTOM: Final = """
# What each capture reads besides the topology: the traces of who called what. It takes the permission cts:trace:list.
[capture]
#audit = false

# What `drift check` demands of a snapshot beyond what is always wrong.
[check]
# The most that the fullest data node may hold, as a multiple of the mean.
#max_skew = 2.0
# An empty data node is an error, where it is otherwise only mentioned.
#no_empty_node = false
# `drift gate` judges AFTER's broken invariants as well: those that BEFORE didn't have or that got worse, and shards
# that are spread less evenly than before. What was broken before already doesn't fail the gate.
#must_not_worsen = false

# How much is read at the most. More ends in an error, before memory does.
[limits]
#response_mib = 64
#inflated_mib = 512
#records = 4_000_000
#nesting = 64

# How the inside of the export is read, for what drift can't find out itself; `drift inspect FILE` shows what it finds.
# Each value is a path: [] is each element of an array, {} each member of an object, @key that member's name.
# Only `shards` must be there. [[layout]], more than once, reads shards that stand in more than one place.
#[layout]
#shards = "databases[].shards[]"
#shard_name = "databases[].shards[].name"
#data_node = "databases[].shards[].data_node_id"
#database = "databases[].name"
#shard_index = "databases[].shards[].index"
#shard_status = "databases[].shards[].status"
#databases = "databases[]"
#database_name = "databases[].name"
#shard_mode = "databases[].shard_mode"
#shard_count = "databases[].shard_count"
#database_status = "databases[].status"

# Changes that are let pass, each for a reason and through a day. `drift waive` adds one, and `drift gate` prints the
# command. A waiver holds for the values that it says, or that its fingerprint covers, and for no others.
#[[waivers]]
#rule = "shard-moved"
#database = "orders"
#name = "orders_{0006..0007}"
#to = "rds-orders-3"
#reason = "moved by hand to relieve rds-orders-1"
#expires = 2026-12-31

# How `drift verify` signs in at data nodes: by an account that can read no data. Its password is in the variable
# DRIFT_VERIFY_PASSWORD, or in a file. Certificates are verified; "ca" leaves out the host name, "off" does without TLS.
#[verify]
#user = "drift"
#password_file = "~/.config/drift/verify-password"
#role = "topology_reader"
#tls = "verify"
#ca_file = "rds-ca.pem"
#jobs = 16
#deadline = 30
#connect_timeout = 5

# One data node, by its id or name: another address, such as a tunnel's, or another account.
#[data_nodes.rds-orders-1]
#host = "127.0.0.1"
#port = 13306
#user = "drift"
#password_file = "~/.config/drift/rds-orders-1-password"
#password_env = "DRIFT_RDS_ORDERS_1_PASSWORD"
#tls = "verify"
#ca_file = "rds-ca.pem"

# Whom `drift watch --once` tells what opens, changes and ends. NAME is what you call them. A webhook gets JSON,
# signed as Standard Webhooks are; the secret is `whsec_` and 24 to 64 bytes in base64, in a variable or in a file.
#[notify.ops]
#webhook = "https://hooks.example.com/drift"
#secret_env = "DRIFT_OPS_SECRET"
# Only of these instances, and only what matters that much; by default of all, and what fails the gate.
#instances = ["orders-*"]
#min_severity = "warning"
#allow_plain_http = false
# Whether its host may be at an address that is not on the internet.
#allow_private = false
#proxy = "http://proxy.example.com:3128"
#ca_file = "corporate-ca.pem"

# A robot of WeCom, DingTalk, Feishu, Lark, Slack or Teams by its own address, or mail and more by a URL of Apprise
# (`pip install 'ddm-drift[notify]'`). The address is a secret, so it is in a variable, or in the file that `url_file`
# names. `service` (wecom, dingtalk, feishu, lark, slack, teams) is for a robot behind a host of your own, `secret_env`
# for one that checks signatures.
#[notify.oncall]
#url_env = "DRIFT_ONCALL_URL"
#service = "feishu"
"""


def text() -> str:
    """Write the configuration to start from."""
    examples = {f'#{rule.id} = "{rule.severity.word}"': rule.summary for rule in RULES.values()}
    width = max(map(len, examples))
    lines = (f"{example:{width}}  # {summary}\n" for example, summary in examples.items())
    return "".join([_TOP, *lines, _BOTTOM])
