"""What each setting is called: by drift, and by the variables that people have set for other tools. Pure.

Sources: Huawei's SDK (`huaweicloudsdkcore`, auth/provider.py), the documentation of the Terraform providers huaweicloud
(`HW_*`) and opentelekomcloud (`OS_*`).
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

from drift.core import validators

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Provider(StrEnum):
    """Whose names a setting goes by. All but drift's own are asked in this order, after drift.toml."""

    DRIFT = "drift"
    HUAWEI = "huawei"
    TERRAFORM = "terraform"
    OPENSTACK = "openstack"
    PROFILE = "profile"


class SettingName(NamedTuple):
    """A setting, and the variables of other tools that give it; of one family's the first that is set holds.

    A secret has no flag, because other users of a machine see its command lines; some settings have none because they
    are seldom needed.
    """

    setting: str
    huawei: tuple[str, ...] = ()
    terraform: tuple[str, ...] = ()
    openstack: tuple[str, ...] = ()
    is_secret: bool = False
    is_rare: bool = False

    @property
    def variable(self) -> str:
        """Drift's own environment variable for it."""
        return f"DRIFT_{self.setting.upper()}"

    @property
    def flag(self) -> str | None:
        """The command line's option for it, where it has one."""
        return None if self.is_secret or self.is_rare else f"--{self.setting.replace('_', '-')}"

    def variables(self, family: Provider) -> tuple[str, ...]:
        """A family's environment variables for it."""
        match family:
            case Provider.DRIFT:
                return (self.variable,)
            case Provider.HUAWEI:
                return self.huawei
            case Provider.TERRAFORM:
                return self.terraform
            case Provider.OPENSTACK:
                return self.openstack
            case Provider.PROFILE:
                return ()


TABLE: Final = (
    SettingName("config"),
    SettingName("store"),
    SettingName("fail_on"),
    SettingName("lang"),
    SettingName("timeout"),
    SettingName("jobs"),
    SettingName("rate"),
    SettingName("keep_raw"),
    SettingName("region", (), ("HW_REGION_NAME",), ("OS_REGION_NAME",)),
    SettingName("endpoint"),
    SettingName("iam_endpoint", ("HUAWEICLOUD_SDK_IAM_ENDPOINT",), ("HW_AUTH_URL",), ("OS_AUTH_URL",)),
    SettingName("sts_endpoint", ("HUAWEICLOUD_SDK_STS_ENDPOINT",), is_rare=True),
    SettingName("source"),
    SettingName("allow_plain_http"),
    SettingName("proxy"),
    SettingName("ca_file", openstack=("OS_CACERT",)),
    SettingName("instance_id"),
    SettingName("project_id", ("HUAWEICLOUD_SDK_PROJECT_ID",), ("HW_PROJECT_ID",), ("OS_PROJECT_ID", "OS_TENANT_ID")),
    SettingName("project_name", (), ("HW_PROJECT_NAME",), ("OS_PROJECT_NAME", "OS_TENANT_NAME")),
    SettingName("auth"),
    SettingName("token", (), ("HW_AUTH_TOKEN",), ("OS_AUTH_TOKEN", "OS_TOKEN"), is_secret=True),
    SettingName("token_file"),
    SettingName("idp_id", ("HUAWEICLOUD_SDK_IDP_ID",), is_rare=True),
    SettingName("provider_urn", ("HUAWEICLOUD_OIDC_PROVIDER_URN",), is_rare=True),
    SettingName("agency_urn", ("HUAWEICLOUD_OIDC_AGENCY_URN",), is_rare=True),
    SettingName("id_token", ("HUAWEICLOUD_OIDC_ID_TOKEN",), is_secret=True),
    SettingName("id_token_file", ("HUAWEICLOUD_OIDC_TOKEN_FILE", "HUAWEICLOUD_SDK_ID_TOKEN_FILE"), is_rare=True),
    SettingName("session_name", ("HUAWEICLOUD_OIDC_SESSION_NAME",), is_rare=True),
    SettingName("session_seconds", ("HUAWEICLOUD_OIDC_DURATION_SECONDS",), is_rare=True),
    SettingName("session_policy", ("HUAWEICLOUD_OIDC_POLICY",), is_rare=True),
    SettingName("session_policy_ids", ("HUAWEICLOUD_OIDC_POLICY_IDS",), is_rare=True),
    SettingName("access_key", ("HUAWEICLOUD_SDK_AK",), ("HW_ACCESS_KEY",), ("OS_ACCESS_KEY",)),
    SettingName("secret_key", ("HUAWEICLOUD_SDK_SK",), ("HW_SECRET_KEY",), ("OS_SECRET_KEY",), is_secret=True),
    SettingName("secret_key_file"),
    SettingName(
        "security_token",
        ("HUAWEICLOUD_SDK_SECURITY_TOKEN",),
        ("HW_SECURITY_TOKEN",),
        ("OS_SECURITY_TOKEN",),
        is_secret=True,
    ),
    SettingName("security_token_file"),
    SettingName("user_name", (), ("HW_USER_NAME",), ("OS_USERNAME",)),
    SettingName("user_id", (), ("HW_USER_ID",), ("OS_USER_ID",)),
    SettingName("password", (), ("HW_USER_PASSWORD",), ("OS_PASSWORD",), is_secret=True),
    SettingName("password_file"),
    SettingName(
        "domain_name", (), ("HW_DOMAIN_NAME",), ("OS_USER_DOMAIN_NAME", "OS_DOMAIN_NAME", "OS_PROJECT_DOMAIN_NAME")
    ),
    SettingName(
        "domain_id",
        (),
        ("HW_DOMAIN_ID",),
        ("OS_USER_DOMAIN_ID", "OS_DOMAIN_ID", "OS_PROJECT_DOMAIN_ID"),
    ),
    SettingName("scope"),
    SettingName("credentials_file", ("HUAWEICLOUD_SDK_CREDENTIALS_FILE",)),
    SettingName("profile"),
)
NAMES: Final = {name.setting: name for name in TABLE}

# The ways to sign in, and the settings that each is known by. Of what one place gives, the first way holds.
WAYS: Final = {
    "token": ("token", "token_file"),
    "oidc": ("idp_id", "provider_urn", "agency_urn", "id_token", "id_token_file"),
    "access-key": ("access_key", "secret_key", "secret_key_file"),
    "password": ("user_name", "user_id", "password", "password_file"),
    "profile": ("credentials_file", "profile"),
}

# What each setting about an instance may be, apart from files and secrets, wherever its value is from.
CHECKS: Final[Mapping[str, Callable[[object], object]]] = {
    "region": validators.region,
    "endpoint": validators.endpoint,
    "iam_endpoint": validators.iam_endpoint,
    "sts_endpoint": validators.endpoint,
    "source": validators.source,
    "proxy": validators.proxy,
    "instance_id": validators.identifier,
    "project_id": validators.identifier,
    "project_name": validators.text,
    "auth": validators.one_of(*WAYS, "ecs-agency"),
    "idp_id": validators.text,
    "provider_urn": validators.text,
    "agency_urn": validators.text,
    "session_name": validators.text,
    "session_seconds": validators.count,
    "session_policy": validators.text,
    "session_policy_ids": validators.text,
    "access_key": validators.identifier,
    "user_name": validators.text,
    "user_id": validators.identifier,
    "domain_name": validators.text,
    "domain_id": validators.identifier,
    "scope": validators.one_of("project", "domain"),
    "profile": validators.text,
}
FILES: Final = (
    "ca_file",
    "token_file",
    "id_token_file",
    "secret_key_file",
    "security_token_file",
    "password_file",
    "credentials_file",
)
