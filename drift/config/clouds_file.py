"""The cloud that `OS_CLOUD` names in `clouds.yaml`. OpenStack's own library finds the file and reads it.

As in OpenStack's tools, a cloud that is named takes the place of all other `OS_*` variables. Nothing of it is a
credential of another cloud: its settings are one place of their own.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from drift.config.definition import Provider
from drift.config.resolve import Place, Setting
from drift.core.errors import ConfigError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

CHOSEN_BY: Final = "OS_CLOUD"
_FILE: Final = "OS_CLIENT_CONFIG_FILE"
# The setting that each key gives: those of `auth`, then those beside it. The first that is there holds.
_AUTH: Final = {
    "iam_endpoint": ("auth_url",),
    "token": ("token",),
    "access_key": ("ak", "access_key"),
    "secret_key": ("sk", "secret_key"),
    "security_token": ("security_token",),
    "user_name": ("username",),
    "user_id": ("user_id",),
    "password": ("password",),
    "domain_name": ("user_domain_name", "domain_name", "project_domain_name"),
    "domain_id": ("user_domain_id", "domain_id", "project_domain_id"),
    "project_id": ("project_id", "tenant_id"),
    "project_name": ("project_name", "tenant_name"),
}
_BESIDE: Final = {
    "region": ("region_name",),
    "ca_file": ("cacert",),
    "endpoint": ("ddmv3_endpoint_override", "ddmv1_endpoint_override", "ddm_endpoint_override"),
}


def named(environ: Mapping[str, str]) -> str:
    """Return the name of the cloud; empty where none is named."""
    return environ.get(CHOSEN_BY, "").strip()


def read(environ: Mapping[str, str]) -> Place:
    """Read the settings of the cloud that is named. Raises UsageError where the library is missing.

    Raises ConfigError for a cloud that is not there, and for a file that is wrong.
    """
    cloud = named(environ)
    found = _region(cloud, environ.get(_FILE, "").strip())
    auth = found.get("auth") or {}
    keys = {**_picked(_AUTH, auth), **_picked(_BESIDE, found)}
    return Place(
        Provider.OPENSTACK, {name: Setting(auth_or, f"clouds.yaml {key}") for name, (key, auth_or) in keys.items()}
    )


def _region(cloud: str, file: str) -> Mapping[str, Any]:
    """Return what OpenStack's library says of a cloud."""
    try:
        library = import_module("openstack.config")
    except ImportError as exc:
        raise UsageError(
            f"{CHOSEN_BY} names a cloud of clouds.yaml, which takes OpenStack's library to read",
            hint="`pip install 'ddm-drift[openstack]'` adds it; without OS_CLOUD, the other OS_* variables hold.",
        ) from exc
    try:
        # What else the library reads from the environment would be of another cloud.
        clouds = library.OpenStackConfig(config_files=[file] if file else None, load_envvars=False)
        region: Mapping[str, Any] = clouds.get_one(cloud=cloud, validate=False).config
    except Exception as exc:  # noqa: BLE001 - of many kinds; their texts may repeat the file, which holds secrets
        raise ConfigError(
            f"clouds.yaml: could not read the cloud that {CHOSEN_BY} names: {type(exc).__name__}",
            hint=f"Check its name and the file's form; {_FILE} says which file is read.",
        ) from None
    return region


def _picked(names: Mapping[str, tuple[str, ...]], values: Mapping[str, Any]) -> dict[str, tuple[str, Any]]:
    """Pick the settings that are given, with the key that gives each."""
    found = ((name, next((key for key in keys if values.get(key)), None)) for name, keys in names.items())
    return {name: (key, _text(values[key])) for name, key in found if key is not None}


def _text(value: Any) -> Any:  # noqa: ANN401 - any YAML value
    """Give a number in the file the form of a variable."""
    return str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value
