"""The settings that a response was read with, and how those of two snapshots differ. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

Setting: TypeAlias = Literal["reader", "volatile", "layout"]


class ReadSettings(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What decides, besides the bytes of a response, which records are read from it.

    `reader` is the version of the reader. `volatile` are the plain names of the members that were left out besides
    those that drift knows, sorted; `layout` is the `[layout]` of the settings as canonical JSON. Either is None where
    it is unknown, or where the source doesn't ask for it.
    """

    reader: int
    volatile: tuple[str, ...] | None = None
    layout: str | None = None


class OtherSetting(msgspec.Struct, frozen=True):
    """A setting that two snapshots were read with differently: the values that only the one side has."""

    setting: Setting
    before: tuple[str, ...]
    after: tuple[str, ...]


def other_settings(before: ReadSettings | None, after: ReadSettings | None) -> tuple[OtherSetting, ...]:
    """Return the settings that are known to differ."""
    return () if before is None or after is None else tuple(_differing(before, after))


def _differing(before: ReadSettings, after: ReadSettings) -> Iterator[OtherSetting]:
    if before.reader != after.reader:
        yield OtherSetting("reader", (str(before.reader),), (str(after.reader),))
    if before.volatile is not None and after.volatile is not None and before.volatile != after.volatile:
        one, two = set(before.volatile), set(after.volatile)
        yield OtherSetting("volatile", tuple(sorted(one - two)), tuple(sorted(two - one)))
    if before.layout is not None and after.layout is not None and before.layout != after.layout:
        yield OtherSetting("layout", (before.layout,), (after.layout,))
