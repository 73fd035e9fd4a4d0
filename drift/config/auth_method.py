"""The authentication method that the settings give. Reads the credentials file of Huawei's SDK where needed.

The first place that gives a part of any method decides; of one place, a token comes before OIDC, an access key and a
password. Everything that goes with it (user, domain, project, region, IAM) is from drift's own names or from the
provider of that place. Two providers are never mixed, and drift's own user or key never with either, so that no
password goes to the IAM of a cloud whose variables happen to be set. The SDK's credentials file comes last. `auth`
names a method instead; the ECS's agency signs in only if it is named.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from drift.config import credentials_file
from drift.config.definition import Provider
from drift.config.resolve import Place, Search, Setting
from drift.config.settings_table import METHODS
from drift.core.secret import Secret, path_shown

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

# The identity, and the secret that goes with it.
_HALVES: Final = {
    "access-key": (("access_key",), ("secret_key", "secret_key_file")),
    "password": (("user_name", "user_id"), ("password", "password_file")),
}
_OIDC: Final = (
    "idp_id",
    "provider_urn",
    "agency_urn",
    "session_name",
    "session_seconds",
    "session_policy",
    "session_policy_ids",
)


class AuthSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of one method. `family` is the provider whose names gave them. Unused settings are None."""

    method: str
    family: Provider
    auth: Setting[str] | None = None
    token: Setting[Secret] | None = None
    token_file: Setting[Path] | None = None
    idp_id: Setting[str] | None = None
    provider_urn: Setting[str] | None = None
    agency_urn: Setting[str] | None = None
    id_token: Setting[Secret] | None = None
    id_token_file: Setting[Path] | None = None
    session_name: Setting[str] | None = None
    session_seconds: Setting[int] | None = None
    session_policy: Setting[str] | None = None
    session_policy_ids: Setting[str] | None = None
    access_key: Setting[str] | None = None
    secret_key: Setting[Secret] | None = None
    secret_key_file: Setting[Path] | None = None
    security_token: Setting[Secret] | None = None
    security_token_file: Setting[Path] | None = None
    user_name: Setting[str] | None = None
    user_id: Setting[str] | None = None
    password: Setting[Secret] | None = None
    password_file: Setting[Path] | None = None
    domain_name: Setting[str] | None = None
    domain_id: Setting[str] | None = None
    scope: Setting[str] | None = None
    project_name: Setting[str] | None = None
    iam_endpoint: Setting[str] | None = None
    sts_endpoint: Setting[str] | None = None


class Choice(NamedTuple):
    """The method, the provider whose names give it, and the searches for its parts and for related settings."""

    method: str
    family: Provider
    parts: Search
    related: Search


def choose(search: Search) -> Choice | None:
    """Choose the method. None where nothing gives one. Raises ConfigError for a credentials file that it needs."""
    asked = search.find("auth")
    if asked and asked.value == "ecs-agency":
        return _choice("ecs-agency", Provider.DRIFT, search)
    methods = [str(asked.value)] if asked else list(METHODS)
    for place in search.places:
        for method in methods:
            if any(setting in place.found for setting in METHODS[method]) and not _only_locates_file(
                method, place, methods
            ):
                return (
                    _from_profile(search, is_asked_for=True)
                    if method == "profile"
                    else _choice(method, place.family, search)
                )
    return _from_profile(search, is_asked_for=bool(asked)) if "profile" in methods else None


def gives_none(places: Sequence[Place]) -> bool:
    """Return whether nothing before OpenStack's variables gives a method, nor names one that needs no more."""
    before = [place for place in places if place.family is not Provider.OPENSTACK]
    return not any(
        any(setting in place.found for setting in settings) and not _only_locates_file(method, place, list(METHODS))
        for place in before
        for method, settings in {**METHODS, "ecs-agency": ("auth",)}.items()
    )


def _only_locates_file(method: str, place: Place, methods: Sequence[str]) -> bool:
    """Return whether only the SDK's variable names a credentials file, which gives the file no precedence."""
    return method == "profile" and place.family is not Provider.DRIFT and len(methods) > 1


def _choice(method: str, family: Provider, search: Search) -> Choice:
    parts = [place for place in search.places if place.family is family]
    related = [place for place in search.places if place.family in {Provider.DRIFT, family}]
    return Choice(method, family, search.among(parts), search.among(related))


def _from_profile(search: Search, *, is_asked_for: bool) -> Choice | None:
    file = search.find("credentials_file")
    wanted = search.find("profile")
    where = file.value if file else search.path(credentials_file.DEFAULT)
    if not (is_asked_for or file or credentials_file.is_there(where)):
        return None
    section, values = credentials_file.read(where, wanted.value if wanted else None)
    found = {setting: Setting[object](value, f"{path_shown(where)} [{section}]") for setting, value in values.items()}
    place = Place(Provider.PROFILE, found)
    method = next(
        (method for method in ("oidc", "access-key") if any(part in found for part in METHODS[method])), "access-key"
    )
    return _choice(method, Provider.PROFILE, search.among((*search.places, place)))


def auth_settings(choice: Choice, beside: Callable[[str], Setting[str] | None]) -> AuthSettings:
    """Collect the settings of the chosen method. `beside` finds the `iam` or `sts` that goes with the endpoint."""
    method, family, parts, related = choice
    place = next(
        (place for place in parts.places if any(part in place.found for part in METHODS.get(method, ()))), None
    )
    given = _Given()
    given.take(related, "auth", "project_name", "iam_endpoint")
    match method:
        case "token":
            given.secret(parts.among([place] if place else []), "token")
        case "oidc":
            given.take(parts, *_OIDC)
            given.secret(_where(parts, "id_token", "id_token_file"), "id_token")
            given.take(related, "sts_endpoint")
        case "access-key" | "password":
            _take_halves(given, method, parts)
    if method == "password":
        given.take(related, "scope")
        given.take(_where(related, "domain_name", "domain_id"), "domain_name", "domain_id")
    for service in ("iam", "sts") if method == "oidc" else ("iam",):
        if f"{service}_endpoint" not in given.found and (found := beside(service)):
            given.found[f"{service}_endpoint"] = found
    return AuthSettings(method=method, family=family, **given.found)


def _take_halves(given: _Given, method: str, parts: Search) -> None:
    identity, secret = _HALVES[method]
    given.take(_where(parts, *identity), *identity)
    place = parts.first(*secret)
    holder = parts.among([place] if place else [])
    given.secret(holder, secret[0])
    if method == "access-key":
        given.secret(holder, "security_token")
    other = next((place.found[name] for name in identity if place and name in place.found), None)
    known = next((given.found[name] for name in identity if name in given.found), None)
    if place and other and known and str(other.value) != str(known.value):
        held = next(place.found[name] for name in secret if name in place.found)
        parts.problem(
            known.source, f"expected a secret with it; that of {held.source} goes with the one of {other.source}"
        )


def _where(search: Search, *settings: str) -> Search:
    """Narrow a search to the first place that gives any of these settings."""
    place = search.first(*settings)
    return search.among([place] if place else [])


class _Given:
    """The settings of a method while they are collected."""

    def __init__(self) -> None:
        self.found: dict[str, Any] = {}

    def take(self, search: Search, *settings: str) -> None:
        """Take those of the settings that are given."""
        found = {setting: search.find(setting) for setting in settings}
        self.found |= {setting: value for setting, value in found.items() if value is not None}

    def secret(self, search: Search, name: str) -> None:
        """Take a secret, or else the file that holds it."""
        self.take(search, name)
        if name not in self.found:
            self.take(search, f"{name}_file")
