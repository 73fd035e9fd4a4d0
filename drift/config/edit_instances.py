"""Instances added at the end of the text of drift.toml, which is otherwise unchanged. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import tomlkit
from tomlkit.items import InlineTable

from drift.core import validators
from drift.core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from drift.cloud.instance_list import ListedInstance

_SHORT: int = 8


def with_instances(
    text: str, tables: Mapping[str, Mapping[str, Any]], *, like: str | None, but: Collection[str] = ()
) -> str:
    """Add [instances.NAME] tables to a text. They also get the keys of the instance `like`, except those in `but`.

    Raises ConfigError where the text has its instances in an inline table.
    """
    known = tomlkit.parse(text).get("instances", {})
    if isinstance(known, InlineTable):
        raise ConfigError("instances: expected [instances.NAME] tables, behind which others can be added")
    shared = {key: value for key, value in (known[like].unwrap() if like else {}).items() if key not in but}
    added = tomlkit.dumps({"instances": {name: {**keys, **shared} for name, keys in tables.items()}})
    return f"{text.rstrip()}\n\n{added}" if text.strip() else added


def named(holdings: Iterable[ListedInstance], taken: Collection[str]) -> dict[str, ListedInstance]:
    """Name the instances as drift can: by their own names or, where those do not fit, by similar ones."""
    found: dict[str, ListedInstance] = {}
    for holding in holdings:
        name = _usable(holding.name)
        if name in taken or name in found:
            name = f"{name}-{holding.instance_id[:_SHORT]}"
        found[holding.instance_id if name in taken or name in found else name] = holding
    return found


def _usable(name: str) -> str:
    try:
        return validators.instance_name(name)
    except ValueError:
        return "ddm-" + re.sub(r"[^0-9A-Za-z_-]+", "-", name).strip("-")
