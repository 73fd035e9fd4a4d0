"""The complete endpoint and credentials for a project or an instance. Reads only the files that hold secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

from drift.cloud import endpoints
from drift.cloud.access import Access, Target
from drift.cloud.credentials import (
    Credentials,
    EcsAgencyCredentials,
    FederatedCredentials,
    KeyCredentials,
    PasswordCredentials,
    Project,
    Scope,
    TokenCredentials,
    TrustedCredentials,
)
from drift.config import credentials_file
from drift.config.definition import ID_TOKENS_OF_AGENCY, ID_TOKENS_OF_PROVIDER, Provider
from drift.config.region_endpoint import BY_TABLE
from drift.config.resolve import value_of
from drift.config.settings_table import METHODS, SETTINGS
from drift.core import validators
from drift.core.errors import ConfigError, UsageError
from drift.core.secret import Secret
from drift.core.secret_file import read_secret

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from drift.config.auth_method import AuthSettings
    from drift.config.connection import Connection
    from drift.config.resolve import Setting

_METHODS_HINT: Final = (
    "DRIFT_TOKEN or --token-file for a ready token; "
    "--user-name and --domain-name with DRIFT_PASSWORD or --password-file for an IAM user; "
    "--access-key with DRIFT_SECRET_KEY or --secret-key-file for an access key; "
    "DRIFT_ID_TOKEN or DRIFT_ID_TOKEN_FILE, with an idp_id or with a provider_urn and an agency_urn, for OIDC; "
    "--auth ecs-agency on an ECS with an agency"
)
_LEADING: Final = frozenset(
    {*SETTINGS["iam_endpoint"].terraform, *SETTINGS["iam_endpoint"].openstack, "clouds.yaml auth_url"}
)
_T = TypeVar("_T")


def resolve_project(connection: Connection, timeout: float, nowhere: str = "") -> Access:
    """Resolve the project to call, without an instance. Raises as `resolve_target` does."""
    problems = [*_nowhere(connection), *_nobody(connection), *_exposed(connection), *_elsewhere(connection)]
    _refuse(problems, "could not reach the project", nowhere)
    return Access(**_access(connection, timeout))


def resolve_target(connection: Connection, timeout: float, nowhere: str = "", *, audit: bool = False) -> Target:
    """Resolve the instance to capture. `timeout` is in seconds; `nowhere` says that there is no drift.toml.

    With `audit`, its traces are to be read as well.

    Raises UsageError with every missing setting and its sources, ConfigError for a secret's file.
    """
    missing = [*missing_settings(connection), *(_unaudited(connection) if audit else ())]
    _refuse(missing, f"could not capture {connection.name or 'the instance'}", nowhere)
    return Target(
        name=_given(connection.name),
        instance_id=_value(connection.instance_id),
        source=connection.source.value,
        audit_endpoint=_value(connection.cts_endpoint) if audit else None,
        **_access(connection, timeout),
    )


def missing_settings(connection: Connection) -> list[str]:
    """List the reasons why these settings do not lead to an instance, as far as they show before a call."""
    missing = [] if connection.instance_id else [_missing(connection, Provider.DRIFT, "instance_id")]
    reached = (*_nobody(connection), *_exposed(connection), *_elsewhere(connection))
    return [*_nowhere(connection), *missing, *reached]


def _unaudited(connection: Connection) -> Iterator[str]:
    """List the reasons why these settings do not lead to the audit service."""
    setting = connection.cts_endpoint
    if setting is None:
        yield f"{_missing(connection, Provider.DRIFT, 'cts_endpoint')}, or leave out `audit` in [capture]"
    elif validators.is_exposed(setting.value) and not connection.allow_plain_http.value:
        yield _exposed_by(setting)


def _missing(connection: Connection, family: Provider, *settings: str, but: tuple[str, ...] = ()) -> str:
    """Name the sources for a missing setting, and those of them that are there and empty."""
    words = f"no {settings[0]}: set {_sources(family, *settings, but=but)}"
    return f"{words}{_empty(connection, (family,), *settings)}"


def _empty(connection: Connection, families: Iterable[Provider], *settings: str) -> str:
    """Name the variables for these settings that are set and empty, such as a secret that a pipeline lacks."""
    names = [name for setting in settings for family in families for name in SETTINGS[setting].variables(family)]
    empty = [name for name in names if name in connection.empty]
    return f" ({validators.listed(empty, 'and')} {'is' if len(empty) == 1 else 'are'} set, but empty)" if empty else ""


def _refuse(problems: list[str], failure: str, nowhere: str) -> None:
    if problems:
        raise UsageError(
            "\n".join([f"{failure} with these settings{nowhere}:", *(f"  {it}" for it in problems)]),
            hint="`drift config` shows the effective settings and their sources.",
        )


def _access(connection: Connection, timeout: float) -> dict[str, Any]:
    sign_in = _given(connection.auth)
    project = _project(connection, sign_in)
    return {
        "endpoint": _value(connection.endpoint),
        "project": project,
        "credentials": _credentials(sign_in, project),
        "timeout": timeout,
        "allow_plain_http": connection.allow_plain_http.value,
        "proxy": value_of(connection.proxy),
        "ca_file": value_of(connection.ca_file),
    }


def _nowhere(connection: Connection) -> Iterator[str]:
    if connection.endpoint is None:
        yield f"{_missing(connection, Provider.DRIFT, 'endpoint')}, or name a region that drift knows"
    if connection.project_id is None and _project_name(connection) is None:
        yield (
            f"{_missing(connection, Provider.DRIFT, 'project_id')}, or name a project_name or region to look it up by"
        )


def _nobody(connection: Connection) -> Iterator[str]:
    sign_in = connection.auth
    if sign_in is None:
        of_methods = [setting for settings in METHODS.values() for setting in settings]
        yield f"no way to sign in: {_METHODS_HINT}{_empty(connection, Provider, *of_methods)}"
        return
    for settings in _needed(connection, sign_in):
        if all(getattr(sign_in, setting) is None for setting in settings):
            yield f"{_missing(connection, sign_in.family, *settings, but=_unfit(sign_in))}{_because(sign_in)}"


def _unfit(sign_in: AuthSettings) -> tuple[str, ...]:
    """Return the variables whose id tokens are for the other way by OIDC."""
    return ID_TOKENS_OF_PROVIDER if _is_trusted(sign_in) else ID_TOKENS_OF_AGENCY


def _because(sign_in: AuthSettings) -> str:
    """Name the setting that asks for OIDC, which whoever left it behind does not expect."""
    given = (getattr(sign_in, name) for name in METHODS["oidc"])
    first = next((setting for setting in given if setting is not None), None)
    return f", because {first.source} asks for OIDC" if sign_in.method == "oidc" and first else ""


def _needed(connection: Connection, sign_in: AuthSettings) -> Iterator[tuple[str, ...]]:
    """List the needs of a method. One setting of each group is enough."""
    match sign_in.method:
        case "access-key":
            yield from (("access_key",), ("secret_key", "secret_key_file"))
        case "password":
            yield from (("password", "password_file"), ("user_name", "user_id"))
            if sign_in.user_id is None or _scope(sign_in) == "domain":
                yield ("domain_name", "domain_id")
        case "oidc":
            yield ("id_token", "id_token_file")
            yield from [("provider_urn",), ("agency_urn",)] if _is_trusted(sign_in) else [("idp_id",)]
    yield from ((service,) for service in _services(connection, sign_in))


def _services(connection: Connection, sign_in: AuthSettings) -> Iterator[str]:
    """List the endpoints besides DDM's that this method calls."""
    is_trusted = sign_in.method == "oidc" and _is_trusted(sign_in)
    if is_trusted:
        yield "sts_endpoint"
    if connection.project_id is None or sign_in.method == "password" or (sign_in.method == "oidc" and not is_trusted):
        yield "iam_endpoint"


def _is_trusted(sign_in: AuthSettings) -> bool:
    return sign_in.provider_urn is not None or sign_in.agency_urn is not None


def _scope(sign_in: AuthSettings) -> str:
    return sign_in.scope.value if sign_in.scope else "project"


def _sources(family: Provider, *settings: str, but: tuple[str, ...] = ()) -> str:
    """List the flags, variables and keys for a setting, or only the variables of another tool's provider."""
    names = [SETTINGS[setting] for setting in settings]
    variables = [variable for name in names for variable in name.variables(family) if variable not in but]
    if family is Provider.PROFILE:
        keys = [key for key, name in credentials_file.KEYS.items() if name in settings]
        return f"{validators.listed(keys)} in the credentials file"
    if variables and family is not Provider.DRIFT:
        return validators.listed(variables)
    flags = [name.flag for name in names if name.flag]
    keys = [f"`{name.name}` in drift.toml" for name in names if not name.is_secret]
    return validators.listed([*flags, *variables, *keys])


def _exposed(connection: Connection) -> Iterator[str]:
    sign_in = connection.auth
    others = [getattr(sign_in, service) for service in _services(connection, sign_in)] if sign_in else []
    for setting in (connection.endpoint, *others):
        if setting and validators.is_exposed(setting.value) and not connection.allow_plain_http.value:
            yield _exposed_by(setting)


def _exposed_by(setting: Setting[str]) -> str:
    return (
        f"{setting.source}: plain HTTP would show the credentials on the way; expected https, "
        f"or {_sources(Provider.DRIFT, 'allow_plain_http')}"
    )


def _elsewhere(connection: Connection) -> Iterator[str]:
    """Refuse an IAM of another tool that is not of the region's cloud: what IAM issues would go to a stranger."""
    place, sign_in = connection.endpoint, connection.auth
    if place is None or sign_in is None or not place.source.endswith(BY_TABLE):
        return
    iam = sign_in.iam_endpoint
    if iam and iam.source in _LEADING and not endpoints.is_of_cloud(place.value, iam.value):
        yield (
            f"{iam.source}: of another cloud than {place.value}, which the region stands for; "
            f"set {_sources(Provider.DRIFT, 'endpoint')}"
        )


def _project_name(connection: Connection) -> Setting[str] | None:
    return (connection.auth and connection.auth.project_name) or connection.region


def _project(connection: Connection, sign_in: AuthSettings) -> str | Project:
    if connection.project_id is not None:
        return connection.project_id.value
    return Project(_value(_project_name(connection)), _value(sign_in.iam_endpoint))


def _credentials(sign_in: AuthSettings, project: str | Project) -> Credentials:
    match sign_in.method:
        case "token":
            return TokenCredentials(token=_secret(sign_in, "token", validators.token))
        case "password":
            return _password(sign_in, project)
        case "oidc":
            return _oidc(sign_in)
        case "access-key":
            is_temporary = sign_in.security_token or sign_in.security_token_file
            return KeyCredentials(
                access_key=_value(sign_in.access_key),
                secret_key=_secret(sign_in, "secret_key", validators.secret_key),
                security_token=_secret(sign_in, "security_token", validators.token) if is_temporary else None,
            )
        case _:
            return EcsAgencyCredentials()


def _password(sign_in: AuthSettings, project: str | Project) -> PasswordCredentials:
    return PasswordCredentials(
        iam_endpoint=_value(sign_in.iam_endpoint),
        user_name=value_of(sign_in.user_name),
        user_id=None if sign_in.user_name else value_of(sign_in.user_id),
        password=_secret(sign_in, "password", validators.password),
        domain_name=value_of(sign_in.domain_name),
        domain_id=None if sign_in.domain_name else value_of(sign_in.domain_id),
        scope=_token_scope(sign_in, project),
    )


def _token_scope(sign_in: AuthSettings, project: str | Project) -> Scope:
    if _scope(sign_in) == "domain":
        by_name = sign_in.domain_name is not None
        return Scope("domain", "name" if by_name else "id", _value(sign_in.domain_name or sign_in.domain_id))
    if sign_in.project_name is not None:
        return Scope("project", "name", sign_in.project_name.value)
    return Scope("project", "name", project.name) if isinstance(project, Project) else Scope("project", "id", project)


def _oidc(sign_in: AuthSettings) -> FederatedCredentials | TrustedCredentials:
    id_token = _secret(sign_in, "id_token", validators.token)
    if not _is_trusted(sign_in):
        return FederatedCredentials(
            iam_endpoint=_value(sign_in.iam_endpoint), idp_id=_value(sign_in.idp_id), id_token=id_token
        )
    policies = (value_of(sign_in.session_policy_ids) or "").split(",")
    return TrustedCredentials(
        sts_endpoint=_value(sign_in.sts_endpoint),
        provider_urn=_value(sign_in.provider_urn),
        agency_urn=_value(sign_in.agency_urn),
        id_token=id_token,
        session_name=value_of(sign_in.session_name),
        seconds=value_of(sign_in.session_seconds),
        policy=value_of(sign_in.session_policy),
        policy_ids=tuple(policy.strip() for policy in policies if policy.strip()),
    )


def _secret(sign_in: AuthSettings, name: str, check: Callable[[object], str]) -> Secret:
    given: Setting[Secret] | None = getattr(sign_in, name)
    if given is not None:
        return given.value
    path: Path = _value(getattr(sign_in, f"{name}_file"))
    found = read_secret(path)
    try:
        return Secret(check(found.reveal()))
    except ValueError as exc:
        raise ConfigError(f"{path}: {exc}") from None


def _value(setting: Setting[_T] | None) -> _T:
    return _given(setting).value


def _given(value: _T | None) -> _T:
    if value is None:
        raise TypeError("missing settings are refused before")
    return value
