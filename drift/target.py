"""One instance to capture: where it is and how to sign in, complete. Reads the files that hold secrets, no others."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar

import msgspec

from drift import checks
from drift.config import read_secret
from drift.errors import ConfigError, UsageError
from drift.secret import Secret
from drift.settings import NAMES, Family, Setting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from drift.connection import Connection, SignIn

_SIGN_IN_WAYS: Final = (
    "DRIFT_TOKEN or --token-file for a ready token; "
    "--user-name and --domain-name with DRIFT_PASSWORD or --password-file for an IAM user"
)
_T = TypeVar("_T")


class TokenCredentials(msgspec.Struct, frozen=True, kw_only=True):
    """A ready token, as X-Auth-Token takes it."""

    token: Secret


class PasswordCredentials(msgspec.Struct, frozen=True, kw_only=True):
    """An IAM user's name and password. `iam_endpoint` is without a path; `project_name` is a scope beside the id."""

    iam_endpoint: str
    user_name: str
    password: Secret
    domain_name: str
    project_name: str | None


Credentials: TypeAlias = TokenCredentials | PasswordCredentials


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """One instance to capture. `name` is its name in the store, `timeout` is in seconds and covers the capture."""

    name: str
    endpoint: str
    project_id: str
    instance_id: str
    credentials: Credentials
    timeout: float
    source: str
    allow_plain_http: bool
    proxy: str | None
    ca_file: Path | None


def aim(connection: Connection, timeout: float) -> Target:
    """The instance that these settings lead to. `timeout` is in seconds.

    Raises UsageError with everything that is missing and what gives it, ConfigError for a secret's file.
    """
    problems = [*_missing(connection), *_exposed(connection)]
    if problems:
        name = connection.name or "the instance"
        raise UsageError("\n".join([f"{name} can't be captured with these settings:", *(f"  {it}" for it in problems)]))
    return Target(
        name=_given(connection.name),
        endpoint=_value(connection.endpoint),
        project_id=_value(connection.project_id),
        instance_id=_value(connection.instance_id),
        credentials=_credentials(_given(connection.sign_in)),
        timeout=timeout,
        source=connection.source.value,
        allow_plain_http=connection.allow_plain_http.value,
        proxy=_optional(connection.proxy),
        ca_file=_optional(connection.ca_file),
    )


def _missing(connection: Connection) -> Iterator[str]:
    for setting in ("endpoint", "project_id", "instance_id"):
        if getattr(connection, setting) is None:
            yield f"no {setting}: {_ways(Family.DRIFT, setting)}"
    if connection.sign_in is None:
        yield f"no way to sign in: {_SIGN_IN_WAYS}"
    elif not connection.sign_in.has_token:
        yield from _missing_beside_password(connection.sign_in)


def _missing_beside_password(sign_in: SignIn) -> Iterator[str]:
    if sign_in.password is None and sign_in.password_file is None:
        yield f"no password: {_ways(sign_in.family, 'password', 'password_file')}"
    for setting in ("user_name", "domain_name", "iam_endpoint"):
        if getattr(sign_in, setting) is None:
            yield f"no {setting}: {_ways(sign_in.family, setting)}"


def _ways(family: Family, *settings: str) -> str:
    """The flags, variables and keys that give a setting; of another tool's family, which stays whole, its variables."""
    names = [NAMES[setting] for setting in settings]
    variables = [variable for name in names for variable in name.variables(family)]
    if family is not Family.DRIFT:
        return checks.listed(variables)
    flags = [name.flag for name in names if name.flag]
    keys = [f"{name.setting} in drift.toml" for name in names if not name.is_secret]
    return checks.listed([*flags, *variables, *keys])


def _exposed(connection: Connection) -> Iterator[str]:
    sign_in = connection.sign_in
    for setting in (connection.endpoint, sign_in and sign_in.iam_endpoint):
        if setting and checks.is_exposed(setting.value) and not connection.allow_plain_http.value:
            yield (
                f"{setting.source}: plain HTTP would show the credentials on the way; expected https, "
                f"or {_ways(Family.DRIFT, 'allow_plain_http')}"
            )


def _credentials(sign_in: SignIn) -> Credentials:
    if sign_in.has_token:
        return TokenCredentials(token=_secret(sign_in.token, sign_in.token_file, checks.token))
    return PasswordCredentials(
        iam_endpoint=_value(sign_in.iam_endpoint),
        user_name=_value(sign_in.user_name),
        password=_secret(sign_in.password, sign_in.password_file, checks.password),
        domain_name=_value(sign_in.domain_name),
        project_name=_optional(sign_in.project_name),
    )


def _secret(secret: Setting[Secret] | None, file: Setting[Path] | None, check: Callable[[object], str]) -> Secret:
    if secret is not None:
        return secret.value
    path = _value(file)
    found = read_secret(path)
    try:
        return Secret(check(found.reveal()))
    except ValueError as exc:
        raise ConfigError(f"{path}: {exc}") from None


def _optional(setting: Setting[_T] | None) -> _T | None:
    return setting.value if setting else None


def _value(setting: Setting[_T] | None) -> _T:
    return _given(setting).value


def _given(value: _T | None) -> _T:
    if value is None:
        raise TypeError("what is missing is refused before")
    return value
