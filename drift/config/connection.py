"""The effective settings for one instance: its identity, its endpoint, and the authentication there.

Reads no file but the one that `auth_settings` may read. The endpoint is `endpoint` or, where an earlier place gives
`region`, that of the region.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from drift.cloud import endpoints
from drift.config import clouds_file, region_endpoint
from drift.config.auth_method import AuthSettings, auth_settings, choose, gives_none
from drift.config.definition import Provider
from drift.config.resolve import Search, Setting, empty_variables, places
from drift.config.settings_table import SETTINGS
from drift.core import validators
from drift.core.errors import UsageError
from drift.core.validators import path_for

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drift.config.file import Config


class Connection(msgspec.Struct, frozen=True, kw_only=True):
    """The effective settings for one instance; None where nothing gives one. `name` is its name in the store.

    `empty` are the variables that are set and empty, which count as not set.
    """

    name: str | None
    region: Setting[str] | None
    cloud: Setting[str] | None
    endpoint: Setting[str] | None
    cts_endpoint: Setting[str] | None
    project_id: Setting[str] | None
    instance_id: Setting[str] | None
    auth: AuthSettings | None
    source: Setting[str]
    allow_plain_http: Setting[bool]
    proxy: Setting[str] | None
    ca_file: Setting[Path] | None
    notes: tuple[str, ...]
    empty: tuple[str, ...] = ()


def connection(flags: Mapping[str, object], environ: Mapping[str, str], config: Config, name: str | None) -> Connection:
    """Resolve the settings for the instance of a name or, without one, for the only instance in drift.toml.

    Without a name, an instance id given by flag or variable chooses; where drift.toml has no name for it, the id is
    the name. Raises UsageError for an ambiguous instance, and with every wrong value.
    """
    return _connection(
        flags, environ, config, _chosen(Search(places(flags, environ, config, None), path_for(environ)), config, name)
    )


def project_connection(
    flags: Mapping[str, object], environ: Mapping[str, str], config: Config, like: str | None
) -> Connection:
    """Resolve the settings for a project: those for all instances, or those of the instance `like`.

    Raises as `connection` does.
    """
    if like is not None and like not in config.instances:
        raise _unknown(like, config)
    return _connection(flags, environ, config, like)


def _connection(
    flags: Mapping[str, object], environ: Mapping[str, str], config: Config, chosen: str | None
) -> Connection:
    found = places(flags, environ, config, chosen)
    if clouds_file.named(environ) and gives_none(found):
        found = (*(place for place in found if place.family is not Provider.OPENSTACK), clouds_file.read(environ))
    search = Search(found, path_for(environ))
    choice = choose(search)
    # Only the provider of a secret, or drift's own names, decide where the secret is sent.
    own = choice.related if choice else search
    region = own.find("region")
    endpoint = _endpoint(own, region, environ)
    instance_id = search.find("instance_id")
    projects = search if choice is None or choice.family is Provider.DRIFT else own
    settled = Connection(
        name=chosen,
        region=region,
        cloud=own.find("cloud"),
        endpoint=endpoint,
        cts_endpoint=own.find("cts_endpoint") or _beside(endpoint, "cts"),
        project_id=projects.find("project_id"),
        instance_id=instance_id,
        auth=auth_settings(choice, lambda service: _beside(endpoint, service)) if choice else None,
        source=search.find("source") or Setting("export", "default"),
        allow_plain_http=search.find("allow_plain_http") or Setting(value=False, source="default"),
        proxy=search.find("proxy"),
        ca_file=search.find("ca_file"),
        notes=_overridden(config, chosen, instance_id),
        empty=empty_variables(environ),
    )
    search.finish()
    return settled


def _endpoint(search: Search, region: Setting[str] | None, environ: Mapping[str, str]) -> Setting[str] | None:
    place = search.first("endpoint", "region")
    if region is None or place is None or "endpoint" in place.found:
        return search.find("endpoint")
    return region_endpoint.endpoint(search, region, environ)


def _chosen(search: Search, config: Config, name: str | None) -> str | None:
    instance_id = search.find("instance_id")
    search.finish()
    if name is None:
        return _name_of(instance_id, config)
    is_new = instance_id is not None and instance_id.source == SETTINGS["instance_id"].flag
    if not is_new:
        refuse_unknown(name, config)
    return _checked(name)


def refuse_unknown(name: str, config: Config) -> None:
    """Raise UsageError for an instance that is not in drift.toml, where others are."""
    if config.instances and name not in config.instances:
        raise _unknown(name, config)


def _unknown(name: str, config: Config) -> UsageError:
    known = list(config.instances)
    advice = validators.suggestion(name, known) or (f"; it has {validators.listed(known)}" if known else "")
    return UsageError(f"{config.file_name} has no instance {name!r}{advice}")


def _name_of(instance_id: Setting[str] | None, config: Config) -> str | None:
    names = [
        name
        for name, instance in config.instances.items()
        if instance_id is None or instance.get("instance_id") == instance_id.value
    ]
    if len(names) > 1:
        raise UsageError(
            f"which instance? Expected {validators.listed(names)}",
            hint=f"Name it: {names[0]}, or {names[0]}:live for a reference; --all takes all, where a command has it.",
        )
    if names:
        return names[0]
    return None if instance_id is None else _checked(instance_id.value)


def _checked(name: str) -> str:
    try:
        return validators.instance_name(name)
    except ValueError as exc:
        raise UsageError(f"{name}: can't be an instance's name: {exc}") from None


def _overridden(config: Config, name: str | None, instance_id: Setting[str] | None) -> tuple[str, ...]:
    own = config.instances.get(name or "", {}).get("instance_id")
    if own is None or instance_id is None or instance_id.value == own:
        return ()
    return (f"{instance_id.source} holds for {name}, instead of the instance_id that {config.file_name} has for it",)


def _beside(endpoint: Setting[str] | None, service: str) -> Setting[str] | None:
    """Derive IAM or STS from a DDM endpoint; on loopback, where simulators are, it is the same URL."""
    if endpoint is None:
        return None
    if validators.is_loopback(endpoint.value):
        return Setting(endpoint.value, f"{endpoint.source}, on loopback")
    found = endpoints.beside(endpoint.value, service)
    return None if found is None else Setting(found, f"{endpoint.source}, with {service} for ddm")
