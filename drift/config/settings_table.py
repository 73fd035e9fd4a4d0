"""The table of settings: one row for each, from which all else about it is made. Pure.

A row gives the key of drift.toml and its check, the variables, the flag with its help, the JSON Schema, the docs and
the source in `drift config`. A run's setting also has a field in `Config` and `Settings`, an instance's in `Connection`
or `AuthSettings`, and each an example in the template of drift.toml; tests fail where one is missing.

Sources: `huaweicloudsdkcore`, and docs of Terraform's providers huaweicloud (`HW_*`) and opentelekomcloud (`OS_*`).
"""

from __future__ import annotations

from typing import Final

from drift.config.audit_table import AUDIT_TABLE
from drift.config.definition import Definition, Topic
from drift.config.verify_table import VERIFY_TABLE
from drift.core import lake_address, validators
from drift.core.sources import SELECTABLE
from drift.policy.rules import threshold

# The methods of authentication, and the settings that show each. Of those in one place, the first method holds.
METHODS: Final = {
    "token": ("token", "token_file"),
    "oidc": ("idp_id", "provider_urn", "agency_urn", "id_token", "id_token_file"),
    "access-key": ("access_key", "secret_key", "secret_key_file"),
    "password": ("user_name", "user_id", "password", "password_file"),
    "profile": ("credentials_file", "profile"),
}
SIGN_INS: Final = (*METHODS, "ecs-agency")

TABLE: Final = (
    Definition("config", Topic.RUN, validators.path, "The drift.toml to use.", metavar="PATH"),
    Definition("store", Topic.RUN, validators.path, "The store: one SQLite file.", metavar="PATH"),
    Definition("lake", Topic.RUN, lake_address.lake, "The lake: a folder, or s3://BUCKET/FOLDER.", metavar="DIR|URL"),
    Definition(
        "fail_on",
        Topic.RUN,
        threshold,
        "The least severity that fails. [default: as in drift.toml, or warning]",
        choices=("info", "warning", "error"),
    ),
    Definition("lang", Topic.RUN, validators.language, "The language of reports. [default: en]", metavar="en|zh"),
    Definition(
        "timeout",
        Topic.RUN,
        validators.seconds,
        "The time for one capture, with all its attempts. [default: 120]",
        metavar="SECONDS",
        kind=float,
    ),
    Definition("jobs", Topic.RUN, validators.parallelism, "Instances at once. [default: 8]", metavar="N", kind=int),
    Definition(
        "rate",
        Topic.RUN,
        validators.rate,
        "Calls per second to one endpoint, on average. [default: 20]",
        metavar="CALLS",
        kind=float,
    ),
    Definition(
        "keep_raw", Topic.RUN, validators.switch, "Keep the response for good, even if not the newest.", kind=bool
    ),
    Definition(
        "require_confirmed", Topic.RUN, validators.switch, "Judge no snapshot of an unconfirmed layout.", kind=bool
    ),
    Definition(
        "region",
        Topic.PLACE,
        validators.region,
        "The region, such as cn-north-4 or eu-de, instead of the endpoint.",
        metavar="REGION",
        terraform=("HW_REGION_NAME",),
        openstack=("OS_REGION_NAME",),
    ),
    Definition(
        "cloud",
        Topic.PLACE,
        validators.domain,
        "The domain of the region's cloud, for ddm.REGION.DOMAIN. [default: that of the region]",
        metavar="DOMAIN",
        terraform=("HW_CLOUD",),
    ),
    Definition(
        "endpoint",
        Topic.PLACE,
        validators.endpoint,
        "The DDM endpoint, https://ddm.REGION.myhuaweicloud.com.",
        metavar="URL",
    ),
    Definition(
        "iam_endpoint",
        Topic.PLACE,
        validators.iam_endpoint,
        "The endpoint of IAM. [default: iam. for the endpoint's ddm.]",
        metavar="URL",
        huawei=("HUAWEICLOUD_SDK_IAM_ENDPOINT",),
        terraform=("HW_AUTH_URL",),
        openstack=("OS_AUTH_URL",),
    ),
    Definition(
        "sts_endpoint",
        Topic.PLACE,
        validators.endpoint,
        "The endpoint of STS, for OIDC with an agency.",
        huawei=("HUAWEICLOUD_SDK_STS_ENDPOINT",),
        has_flag=False,
    ),
    Definition(
        "source",
        Topic.PLACE,
        validators.source,
        "The calls to read: the export, the documented details, or both, compared. [default: export]",
        choices=SELECTABLE,
    ),
    Definition("allow_plain_http", Topic.PLACE, validators.switch, "Allow http:// to other hosts.", kind=bool),
    Definition(
        "proxy", Topic.PLACE, validators.proxy, "Go through this proxy. [default: HTTPS_PROXY's]", metavar="URL"
    ),
    Definition(
        "ca_file",
        Topic.PLACE,
        validators.path,
        "Trust the certificate authorities in this file (PEM) too.",
        metavar="PATH",
        openstack=("OS_CACERT",),
    ),
    Definition(
        "instance_id", Topic.PLACE, validators.identifier, "The DDM instance, 32 hex digits and in09.", metavar="ID"
    ),
    Definition(
        "project_id",
        Topic.PLACE,
        validators.identifier,
        "The project of the instance. [default: looked up by its name or the region]",
        metavar="ID",
        huawei=("HUAWEICLOUD_SDK_PROJECT_ID",),
        terraform=("HW_PROJECT_ID",),
        openstack=("OS_PROJECT_ID", "OS_TENANT_ID"),
    ),
    Definition(
        "project_name",
        Topic.PLACE,
        validators.text,
        "The project, where it is not known by id.",
        metavar="NAME",
        terraform=("HW_PROJECT_NAME",),
        openstack=("OS_PROJECT_NAME", "OS_TENANT_NAME"),
    ),
    Definition(
        "auth",
        Topic.SIGN_IN,
        validators.one_of(*SIGN_INS),
        "How to sign in: token, oidc, access-key, password, profile or ecs-agency. [default: the first that is set]",
        metavar="METHOD",
    ),
    Definition(
        "token",
        Topic.SIGN_IN,
        validators.token,
        "A ready IAM token.",
        terraform=("HW_AUTH_TOKEN",),
        openstack=("OS_AUTH_TOKEN", "OS_TOKEN"),
        is_secret=True,
    ),
    Definition(
        "token_file", Topic.SIGN_IN, validators.path, "A file with a ready IAM token; or DRIFT_TOKEN.", metavar="PATH"
    ),
    Definition(
        "idp_id",
        Topic.SIGN_IN,
        validators.text,
        "OIDC: the identity provider's id at IAM.",
        huawei=("HUAWEICLOUD_SDK_IDP_ID",),
        has_flag=False,
    ),
    Definition(
        "provider_urn",
        Topic.SIGN_IN,
        validators.text,
        "OIDC: the URN of the identity provider, with `agency_urn`.",
        huawei=("HUAWEICLOUD_OIDC_PROVIDER_URN",),
        has_flag=False,
    ),
    Definition(
        "agency_urn",
        Topic.SIGN_IN,
        validators.text,
        "OIDC: the URN of the agency that trusts the provider.",
        huawei=("HUAWEICLOUD_OIDC_AGENCY_URN",),
        has_flag=False,
    ),
    Definition(
        "id_token",
        Topic.SIGN_IN,
        validators.token,
        "OIDC: the id token.",
        huawei=("HUAWEICLOUD_OIDC_ID_TOKEN",),
        is_secret=True,
    ),
    Definition(
        "id_token_file",
        Topic.SIGN_IN,
        validators.path,
        "OIDC: a file with the id token.",
        huawei=("HUAWEICLOUD_OIDC_TOKEN_FILE", "HUAWEICLOUD_SDK_ID_TOKEN_FILE"),
        has_flag=False,
    ),
    Definition(
        "session_name",
        Topic.SIGN_IN,
        validators.text,
        "OIDC: a name for the session, for the audit log.",
        huawei=("HUAWEICLOUD_OIDC_SESSION_NAME",),
        has_flag=False,
    ),
    Definition(
        "session_seconds",
        Topic.SIGN_IN,
        validators.count,
        "OIDC: how long the temporary key is valid.",
        kind=int,
        huawei=("HUAWEICLOUD_OIDC_DURATION_SECONDS",),
        has_flag=False,
    ),
    Definition(
        "session_policy",
        Topic.SIGN_IN,
        validators.text,
        "OIDC: a policy that limits the session further.",
        huawei=("HUAWEICLOUD_OIDC_POLICY",),
        has_flag=False,
    ),
    Definition(
        "session_policy_ids",
        Topic.SIGN_IN,
        validators.text,
        "OIDC: ids of such policies, with commas between them.",
        huawei=("HUAWEICLOUD_OIDC_POLICY_IDS",),
        has_flag=False,
    ),
    Definition(
        "access_key",
        Topic.SIGN_IN,
        validators.identifier,
        "The access key to sign with, with DRIFT_SECRET_KEY.",
        metavar="AK",
        huawei=("HUAWEICLOUD_SDK_AK",),
        terraform=("HW_ACCESS_KEY",),
        openstack=("OS_ACCESS_KEY",),
    ),
    Definition(
        "secret_key",
        Topic.SIGN_IN,
        validators.secret_key,
        "The secret key of `access_key`.",
        huawei=("HUAWEICLOUD_SDK_SK",),
        terraform=("HW_SECRET_KEY",),
        openstack=("OS_SECRET_KEY",),
        is_secret=True,
    ),
    Definition("secret_key_file", Topic.SIGN_IN, validators.path, "A file with its secret key.", metavar="PATH"),
    Definition(
        "security_token",
        Topic.SIGN_IN,
        validators.token,
        "The security token of a temporary access key.",
        huawei=("HUAWEICLOUD_SDK_SECURITY_TOKEN",),
        terraform=("HW_SECURITY_TOKEN",),
        openstack=("OS_SECURITY_TOKEN",),
        is_secret=True,
    ),
    Definition(
        "security_token_file",
        Topic.SIGN_IN,
        validators.path,
        "A file with the security token of a temporary access key.",
        metavar="PATH",
    ),
    Definition(
        "user_name",
        Topic.SIGN_IN,
        validators.text,
        "The IAM user to sign in as, with DRIFT_PASSWORD.",
        metavar="NAME",
        terraform=("HW_USER_NAME",),
        openstack=("OS_USERNAME",),
    ),
    Definition(
        "user_id",
        Topic.SIGN_IN,
        validators.identifier,
        "The IAM user, by id.",
        metavar="ID",
        terraform=("HW_USER_ID",),
        openstack=("OS_USER_ID",),
    ),
    Definition(
        "password",
        Topic.SIGN_IN,
        validators.password,
        "The password of the IAM user.",
        terraform=("HW_USER_PASSWORD",),
        openstack=("OS_PASSWORD",),
        is_secret=True,
    ),
    Definition("password_file", Topic.SIGN_IN, validators.path, "A file with the user's password.", metavar="PATH"),
    Definition(
        "domain_name",
        Topic.SIGN_IN,
        validators.text,
        "The account that the user belongs to.",
        metavar="NAME",
        terraform=("HW_DOMAIN_NAME",),
        openstack=("OS_USER_DOMAIN_NAME", "OS_DOMAIN_NAME", "OS_PROJECT_DOMAIN_NAME"),
    ),
    Definition(
        "domain_id",
        Topic.SIGN_IN,
        validators.identifier,
        "The account, by id.",
        metavar="ID",
        terraform=("HW_DOMAIN_ID",),
        openstack=("OS_USER_DOMAIN_ID", "OS_DOMAIN_ID", "OS_PROJECT_DOMAIN_ID"),
    ),
    Definition(
        "scope",
        Topic.SIGN_IN,
        validators.one_of("project", "domain"),
        "The scope of a user's token: project or domain. [default: project]",
        metavar="SCOPE",
    ),
    Definition(
        "credentials_file",
        Topic.SIGN_IN,
        validators.path,
        "Huawei's file of access keys. [default: ~/.huaweicloud/credentials]",
        metavar="PATH",
        huawei=("HUAWEICLOUD_SDK_CREDENTIALS_FILE",),
    ),
    Definition(
        "profile",
        Topic.SIGN_IN,
        validators.text,
        "The section of that file. [default: basic, or else global]",
        metavar="NAME",
    ),
    *AUDIT_TABLE,
    *VERIFY_TABLE,
)
SETTINGS: Final = {row.name: row for row in TABLE}
