"""How to sign in, of all that is set. Reads the credentials file of Huawei's SDK, if it comes to that.

It is decided once: by the first place, in the order of `settings`, that gives a part of any way to sign in; of one
place, a token comes before OIDC, an access key and a password. Everything that goes with it (user, domain, project,
region, IAM) is from drift's own names or from the family of that place. Two families are never mixed, and drift's own
user or key never with either, so that no password goes to the IAM of a cloud whose variables happen to be set. The
SDK's credentials file is asked last. `auth` names one way instead; the ECS's agency signs in only if it is named.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from drift.config import credentials_file
from drift.config.resolve import Place, Search, Setting
from drift.config.setting_names import CHECKS, FILES, WAYS, Provider
from drift.core import validators
from drift.core.secret import Secret, path_shown

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

# What identifies someone, and the secret that goes with it.
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
    """What there is to sign in with. `family` says whose names gave it. What will not be used is None."""

    way: str
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
    """The way to sign in, whose names give it, and the search among all that may go with it."""

    way: str
    family: Provider
    parts: Search
    related: Search


def choose(search: Search, path: Callable[[object], Path]) -> Choice | None:
    """The way to sign in. None where nothing gives one. Raises ConfigError for a credentials file that it needs."""
    asked = search.find("auth", CHECKS["auth"])
    if asked and asked.value == "ecs-agency":
        return _choice("ecs-agency", Provider.DRIFT, search)
    ways = [str(asked.value)] if asked else list(WAYS)
    for place in search.places:
        for way in ways:
            if any(setting in place.found for setting in WAYS[way]) and not _is_only_where(way, place, ways):
                return (
                    _from_profile(search, path, is_asked_for=True)
                    if way == "profile"
                    else _choice(way, place.family, search)
                )
    return _from_profile(search, path, is_asked_for=bool(asked)) if "profile" in ways else None


def _is_only_where(way: str, place: Place, ways: Sequence[str]) -> bool:
    """Whether the SDK's variable says only where its credentials file is: that doesn't put it before other tools."""
    return way == "profile" and place.family is not Provider.DRIFT and len(ways) > 1


def _choice(way: str, family: Provider, search: Search) -> Choice:
    parts = [place for place in search.places if place.family is family]
    related = [place for place in search.places if place.family in {Provider.DRIFT, family}]
    return Choice(way, family, search.among(parts), search.among(related))


def _from_profile(search: Search, path: Callable[[object], Path], *, is_asked_for: bool) -> Choice | None:
    file = search.find("credentials_file", path)
    wanted = search.find("profile", validators.text)
    where = file.value if file else path(credentials_file.DEFAULT)
    if not (is_asked_for or file or credentials_file.is_there(where)):
        return None
    section, values = credentials_file.read(where, wanted.value if wanted else None)
    found = {setting: Setting[object](value, f"{path_shown(where)} [{section}]") for setting, value in values.items()}
    place = Place(Provider.PROFILE, found)
    way = next((way for way in ("oidc", "access-key") if any(part in found for part in WAYS[way])), "access-key")
    return _choice(way, Provider.PROFILE, search.among((*search.places, place)))


def auth_settings(
    choice: Choice, path: Callable[[object], Path], beside: Callable[[str], Setting[str] | None]
) -> AuthSettings:
    """All that is set for the way that was chosen. `beside` finds the `iam` or `sts` that goes with the endpoint."""
    way, family, parts, related = choice
    place = next((place for place in parts.places if any(part in place.found for part in WAYS.get(way, ()))), None)
    given = _Given(path)
    given.take(related, "auth", "project_name", "iam_endpoint")
    match way:
        case "token":
            given.secret(parts.among([place] if place else []), "token")
        case "oidc":
            given.take(parts, *_OIDC)
            given.secret(_where(parts, "id_token", "id_token_file"), "id_token")
            given.take(related, "sts_endpoint")
        case "access-key" | "password":
            _take_halves(given, way, parts)
    if way == "password":
        given.take(related, "scope")
        given.take(_where(related, "domain_name", "domain_id"), "domain_name", "domain_id")
    for service in ("iam", "sts") if way == "oidc" else ("iam",):
        if f"{service}_endpoint" not in given.found and (found := beside(service)):
            given.found[f"{service}_endpoint"] = found
    return AuthSettings(way=way, family=family, **given.found)


def _take_halves(given: _Given, way: str, parts: Search) -> None:
    identity, secret = _HALVES[way]
    given.take(_where(parts, *identity), *identity)
    place = parts.first(*secret)
    holder = parts.among([place] if place else [])
    given.secret(holder, secret[0])
    if way == "access-key":
        given.secret(holder, "security_token")
    other = next((place.found[name] for name in identity if place and name in place.found), None)
    known = next((given.found[name] for name in identity if name in given.found), None)
    if place and other and known and str(other.value) != str(known.value):
        held = next(place.found[name] for name in secret if name in place.found)
        parts.problem(
            known.source, f"expected a secret with it; that of {held.source} goes with the one of {other.source}"
        )


def _where(search: Search, *settings: str) -> Search:
    """The search in the first place that gives any of these settings."""
    place = search.first(*settings)
    return search.among([place] if place else [])


class _Given:
    """The settings of a sign-in, as they are found."""

    def __init__(self, path: Callable[[object], Path]) -> None:
        self.found: dict[str, Any] = {}
        self._path = path

    def take(self, search: Search, *settings: str) -> None:
        """Take what there is of these."""
        for setting in settings:
            check = self._path if setting in FILES else CHECKS[setting]
            if (found := search.find(setting, check)) is not None:
                self.found[setting] = found

    def secret(self, search: Search, name: str) -> None:
        """Take a secret, or else the file that holds it."""
        found = search.find(name, _SECRETS[name])
        if found is not None:
            self.found[name] = found
        else:
            self.take(search, f"{name}_file")


def _hidden(check: Callable[[object], str]) -> Callable[[object], Secret]:
    return lambda value: Secret(check(value))


_SECRETS: Final = {
    "token": _hidden(validators.token),
    "id_token": _hidden(validators.token),
    "secret_key": _hidden(validators.secret_key),
    "security_token": _hidden(validators.token),
    "password": _hidden(validators.password),
}
