"""Waivers written into the text of drift.toml, which keeps its comments and its order. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import tomlkit
from tomlkit.items import AoT, Array

from drift.core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tomlkit.items import InlineTable, Table
    from tomlkit.toml_document import TOMLDocument


def with_waivers(text: str, waivers: Iterable[Mapping[str, Any]]) -> str:
    """The text with these waivers; one whose fingerprint has a waiver already is renewed where it stands."""
    document = tomlkit.parse(text if text.endswith("\n") or not text else f"{text}\n")
    for waiver in waivers:
        if not _renewed(document, waiver):
            _added(document, waiver)
    return tomlkit.dumps(document)


def _renewed(document: TOMLDocument, waiver: Mapping[str, Any]) -> bool:
    for known in document.get("waivers", []):
        if known.get("fingerprint") == waiver["fingerprint"]:
            known["reason"], known["expires"] = waiver["reason"], waiver["expires"]
            return True
    return False


def _added(document: TOMLDocument, waiver: Mapping[str, Any]) -> None:
    if "waivers" not in document:
        document.add(tomlkit.nl())
    waivers = document.setdefault("waivers", tomlkit.aot())
    match waivers:
        case AoT():
            waivers.append(_filled(tomlkit.table(), waiver))
        case Array():
            waivers.append(_filled(tomlkit.inline_table(), waiver))
        case _:
            raise ConfigError("waivers: expected an array of tables, [[waivers]]")


def _filled(table: Table | InlineTable, waiver: Mapping[str, Any]) -> Table | InlineTable:
    for key, value in waiver.items():
        if value is not None:
            table.append(key, value)
    return table
