"""The settings in force for reaching one instance, and how to sign in there. Pure.

How to sign in is decided once: by the first place, in the order of `settings`, that has a token, a user name or a
password; a token comes before a password there. Everything that goes with it (user, password, domain, project name,
IAM) is from drift's own names or from the family of that place, Huawei's or OpenStack's. Those two are never mixed, and
drift's own user never with either, so that no password goes to the IAM of a cloud whose variables happen to be set.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from drift import checks
from drift.errors import UsageError
from drift.secret import Secret
from drift.settings import NAMES, Family, Place, Search, Setting, path_for, places, switch

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from drift.config import Config

_TOKEN: Final = ("token", "token_file")
_PASSWORD: Final = ("password", "password_file")
_DECIDING: Final = (*_TOKEN, "user_name", *_PASSWORD)


class SignIn(msgspec.Struct, frozen=True, kw_only=True):
    """What there is to sign in with: a token, or a user's name and password with what goes with them.

    `family` says whose names gave it. What will not be used is None.
    """

    family: Family
    token: Setting[Secret] | None = None
    token_file: Setting[Path] | None = None
    user_name: Setting[str] | None = None
    password: Setting[Secret] | None = None
    password_file: Setting[Path] | None = None
    domain_name: Setting[str] | None = None
    project_name: Setting[str] | None = None
    iam_endpoint: Setting[str] | None = None

    @property
    def has_token(self) -> bool:
        """Whether a ready token signs in, instead of a password."""
        return self.token is not None or self.token_file is not None


class Connection(msgspec.Struct, frozen=True, kw_only=True):
    """The settings in force for one instance; None is what nothing gives. `name` is the instance's in the store."""

    name: str | None
    endpoint: Setting[str] | None
    project_id: Setting[str] | None
    instance_id: Setting[str] | None
    sign_in: SignIn | None
    source: Setting[str]
    allow_plain_http: Setting[bool]
    proxy: Setting[str] | None
    ca_file: Setting[Path] | None
    notes: tuple[str, ...]


def connection(flags: Mapping[str, object], environ: Mapping[str, str], config: Config, name: str | None) -> Connection:
    """The settings in force for the instance of that name or, without one, for the only instance in drift.toml.

    Without a name, an instance id given by flag or variable chooses; where drift.toml has no name for it, it is one.
    Raises UsageError where no one instance is meant, and with every value that is not what it should be.
    """
    chosen = _chosen(places(flags, environ, config, None), config, name)
    search = Search(places(flags, environ, config, chosen))
    endpoint = search.find("endpoint", checks.endpoint)
    instance_id = search.find("instance_id", checks.identifier)
    found = Connection(
        name=chosen,
        endpoint=endpoint,
        project_id=search.find("project_id", checks.identifier),
        instance_id=instance_id,
        sign_in=_sign_in(search, path_for(environ), endpoint),
        source=search.find("source", checks.source) or Setting("export", "default"),
        allow_plain_http=search.find("allow_plain_http", switch) or Setting(value=False, source="default"),
        proxy=search.find("proxy", checks.proxy),
        ca_file=search.find("ca_file", path_for(environ)),
        notes=_overridden(config, chosen, instance_id),
    )
    search.finish()
    return found


def _chosen(general: tuple[Place, ...], config: Config, name: str | None) -> str | None:
    search = Search(general)
    instance_id = search.find("instance_id", checks.identifier)
    search.finish()
    if name is None:
        return _name_of(instance_id, config)
    is_new = instance_id is not None and instance_id.source == NAMES["instance_id"].flag
    if config.instances and name not in config.instances and not is_new:
        advice = checks.suggestion(name, config.instances) or f"; it has {checks.listed(list(config.instances))}"
        raise UsageError(f"{name}: {config.file_name} has no such instance{advice}")
    return _checked(name)


def _name_of(instance_id: Setting[str] | None, config: Config) -> str | None:
    names = [
        name
        for name, instance in config.instances.items()
        if instance_id is None or instance.instance_id == instance_id.value
    ]
    if len(names) > 1:
        raise UsageError(f"which instance? Expected {checks.listed(names)}")
    if names:
        return names[0]
    return None if instance_id is None else _checked(instance_id.value)


def _checked(name: str) -> str:
    try:
        return checks.instance_name(name)
    except ValueError as exc:
        raise UsageError(f"{name}: can't be an instance's name: {exc}") from None


def _overridden(config: Config, name: str | None, instance_id: Setting[str] | None) -> tuple[str, ...]:
    own = next((instance.instance_id for other, instance in config.instances.items() if other == name), None)
    if own is None or instance_id is None or instance_id.value == own:
        return ()
    return (f"{instance_id.source} holds for {name}, instead of the instance_id that {config.file_name} has for it",)


def _sign_in(search: Search, path: Callable[[object], Path], endpoint: Setting[str] | None) -> SignIn | None:
    place = _first_with(_DECIDING, search.places)
    if place is None:
        return None
    if _first_with(_TOKEN, [place]):
        return _with_token(search.among([place]), place, path)
    related = [other for other in search.places if other.family in {Family.DRIFT, place.family}]
    return _with_password(search.among(related), place.family, path, endpoint)


def _first_with(settings: tuple[str, ...], places: Sequence[Place]) -> Place | None:
    return next((place for place in places if any(setting in place.found for setting in settings)), None)


def _with_token(search: Search, place: Place, path: Callable[[object], Path]) -> SignIn:
    if "token" in place.found:
        return SignIn(family=place.family, token=search.find("token", _token))
    return SignIn(family=place.family, token_file=search.find("token_file", path))


def _with_password(
    search: Search, family: Family, path: Callable[[object], Path], endpoint: Setting[str] | None
) -> SignIn:
    place = _first_with(_PASSWORD, search.places)
    secret = search.among([place] if place else [])
    password = secret.find("password", _password)
    return SignIn(
        family=family,
        user_name=search.find("user_name", checks.text),
        password=password,
        password_file=None if password else secret.find("password_file", path),
        domain_name=search.find("domain_name", checks.text),
        project_name=search.find("project_name", checks.text),
        iam_endpoint=search.find("iam_endpoint", checks.iam_endpoint) or _iam_beside(endpoint),
    )


def _iam_beside(endpoint: Setting[str] | None) -> Setting[str] | None:
    """The IAM of a DDM endpoint: `iam.` where that has `ddm.`; on loopback, where simulators are, the same URL."""
    if endpoint is None:
        return None
    scheme, _, host = endpoint.value.partition("://")
    if checks.is_loopback(endpoint.value):
        return Setting(endpoint.value, f"{endpoint.source}, on loopback")
    if host.startswith("ddm."):
        return Setting(f"{scheme}://iam.{host.removeprefix('ddm.')}", f"{endpoint.source}, with iam for ddm")
    return None


def _token(value: object) -> Secret:
    return Secret(checks.token(value))


def _password(value: object) -> Secret:
    return Secret(checks.password(value))
