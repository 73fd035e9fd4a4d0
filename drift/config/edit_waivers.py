"""Waivers added to the text of drift.toml, which keeps its comments and its order. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import tomlkit
from tomlkit.items import AoT, Array, Comment, Whitespace

from drift.core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tomlkit.items import InlineTable, Table
    from tomlkit.toml_document import TOMLDocument


def with_waivers(text: str, waivers: Iterable[Mapping[str, Any]]) -> str:
    """Add waivers to a text. A waiver with a known fingerprint replaces the reason and expiry of the old one."""
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
            following = _after_keys(waivers[-1]) if waivers else []
            table = tomlkit.table()
            _fill(table, waiver)
            for item in following:
                table.add(item)
            waivers.append(table)
        case Array():
            inline = tomlkit.inline_table()
            _fill(inline, waiver)
            waivers.append(inline)
        case _:
            raise ConfigError("waivers: expected an array of tables, [[waivers]]")


def _after_keys(table: Table) -> list[Whitespace | Comment]:
    """Take what follows a table's keys after a blank line, which tomlkit counts as the table's; the blank line stays.

    It is about the next table in the file, so it has to stay above that one.
    """
    body = table.value.body
    last = max((place for place, (key, _) in enumerate(body) if key is not None), default=-1)
    blank = next((place for place in range(last + 1, len(body)) if isinstance(body[place][1], Whitespace)), len(body))
    following = [item for _, item in body[blank:] if isinstance(item, Whitespace | Comment)]
    del body[blank + 1 :]
    return following


def _fill(table: Table | InlineTable, waiver: Mapping[str, Any]) -> None:
    for key, value in waiver.items():
        if value is not None:
            table.append(key, value)
