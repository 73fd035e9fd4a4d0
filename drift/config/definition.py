"""The definition of a setting, and the environment variables of each provider for it. Pure."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any, Final

import msgspec

from drift.core import validators

# Huawei's SDK has two ways by OIDC, each with id tokens of its own: one made for a way is never sent to the other's.
PROVIDER_VARIABLE: Final = "HUAWEICLOUD_SDK_IDP_ID"
ID_TOKENS_OF_PROVIDER: Final = ("HUAWEICLOUD_SDK_ID_TOKEN_FILE",)
AGENCY_VARIABLES: Final = ("HUAWEICLOUD_OIDC_PROVIDER_URN", "HUAWEICLOUD_OIDC_AGENCY_URN")
ID_TOKENS_OF_AGENCY: Final = ("HUAWEICLOUD_OIDC_ID_TOKEN", "HUAWEICLOUD_OIDC_TOKEN_FILE")


class Provider(StrEnum):
    """The owner of a variable's name. All but drift's own are asked in this order, after drift.toml."""

    DRIFT = "drift"
    HUAWEI = "huawei"
    TERRAFORM = "terraform"
    OPENSTACK = "openstack"
    PROFILE = "profile"


class Topic(StrEnum):
    """The subject of a setting: the run, the place of an instance, the credentials for it, or its data nodes."""

    RUN = "run"
    PLACE = "place"
    SIGN_IN = "sign-in"
    VERIFY = "verify"


class Definition(msgspec.Struct, frozen=True):
    """A setting: its name in drift.toml, the check of its value, its help, and the variables of other tools for it.

    The first variable of a provider that is set holds. A secret has no flag, because other users of a machine see its
    command lines, and no key in drift.toml. `kind` is the type in drift.toml.
    """

    name: str
    topic: Topic
    check: Callable[[object], Any]
    help: str
    metavar: str | None = None
    kind: type = str
    choices: tuple[str, ...] = ()
    huawei: tuple[str, ...] = ()
    terraform: tuple[str, ...] = ()
    openstack: tuple[str, ...] = ()
    is_secret: bool = False
    has_flag: bool = True

    @property
    def variable(self) -> str:
        """Drift's own environment variable."""
        return f"DRIFT_{self.name.upper()}"

    @property
    def key(self) -> str:
        """The key in drift.toml; those of [verify] go without its name."""
        return self.name.removeprefix("verify_")

    @property
    def flag(self) -> str | None:
        """The option of the command line, if it has one."""
        return f"--{self.name.replace('_', '-')}" if self.has_flag and not self.is_secret else None

    @property
    def is_file(self) -> bool:
        """Whether the value is the path of a file."""
        return self.check is validators.path

    @property
    def is_of_instance(self) -> bool:
        """Whether the setting is a key of `[instances.NAME]` and `[defaults]`."""
        return self.topic in {Topic.PLACE, Topic.SIGN_IN} and not self.is_secret

    def variables(self, provider: Provider) -> tuple[str, ...]:
        """Return a provider's environment variables for it."""
        match provider:
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
