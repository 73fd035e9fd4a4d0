"""Parse references to snapshots. Pure: it looks nothing up.

A reference is a number, a label, `latest` or `latest~N`, `@TIME`, `live`, or a path. `NAME:` before any but a path
picks the instance. Text with a `/`, or that ends in `.json` or `.json.gz`, is always a path, and so is `-`, standard
input.
"""

from __future__ import annotations

import re
import shlex
from datetime import UTC, date, datetime, time
from typing import Final, TypeAlias, assert_never

import msgspec

from drift.core.errors import UsageError

FORMS: Final = (
    "a number, a label, latest, latest~N, @TIME, live, a path (with a / or ending in .json or .json.gz), or - (which "
    "is standard input)"
)

_PATH_SUFFIXES: Final = (".json", ".json.gz")
_LATEST: Final = re.compile(r"latest(?:~(\d{1,9}))?", re.ASCII)
_NUMBER: Final = re.compile(r"\d{1,18}", re.ASCII)
# Compiled when it is needed first. Beside signs of references: what steers a terminal, or the direction of a text.
_NOT_IN_A_NAME: Final = r"[:/\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]|^@|^\s|\s$"


class Number(msgspec.Struct, frozen=True):
    """The snapshot of that number in the store."""

    number: int
    instance: str | None = None


class Label(msgspec.Struct, frozen=True):
    """The newest snapshot with that label."""

    label: str
    instance: str | None = None


class Latest(msgspec.Struct, frozen=True):
    """The newest snapshot, or the one `back` snapshots before it."""

    back: int = 0
    instance: str | None = None


class AsOf(msgspec.Struct, frozen=True):
    """The newest snapshot taken at or before `time`, which is aware UTC."""

    time: datetime
    instance: str | None = None


class Live(msgspec.Struct, frozen=True):
    """The instance as it is now: captured, and not stored."""

    instance: str | None = None


class File(msgspec.Struct, frozen=True):
    """The content of a file; `-` is standard input."""

    path: str


Stored: TypeAlias = Number | Label | Latest | AsOf
Reference: TypeAlias = Stored | Live | File


def parse(text: str) -> Reference:
    """Parse a reference. Raises UsageError for any other text.

    A time without a zone is UTC; a date alone means the end of that day, so `@2026-05-01` is the newest of that day.
    """
    if _is_path(text):
        return File(text)
    instance, rest = _split(text)
    if rest.startswith("@"):
        return AsOf(_instant(rest, text), instance)
    if rest == "live":
        return Live(instance)
    if latest := _LATEST.fullmatch(rest):
        return Latest(int(latest[1] or 0), instance)
    if _NUMBER.fullmatch(rest):
        return Number(int(rest), instance)
    if name_problem(rest) or rest.startswith("latest~") or (rest.isascii() and rest.isdecimal()):
        raise _unreadable(text)
    return Label(rest, instance)


def name_problem(name: str) -> str | None:
    """Explain why an instance can't have that name, or return None: `NAME:REF` must have one meaning."""
    if not name:
        return "it is empty"
    if re.search(_NOT_IN_A_NAME, name):
        return "it has a :, a /, a leading @, white space at an end, or unprintable text"
    return None


def way_to_one_name(old: str, new: str, *, is_taken: bool) -> str:
    """Say how the store is rid of an instance's old name, where the new one may be taken by another history in it."""
    if is_taken:
        return f"`drift forget {shlex.quote(old)}` takes its history out of the store"
    names = shlex.join([old, new])
    return f"`drift rename-instance {names}` gives its history in the store the new name"


def label_problem(label: str) -> str | None:
    """Explain why a snapshot can't have that label, or return None: a label must not read as another reference."""
    try:
        meaning = parse(label)
    except UsageError as error:
        return error.message
    if meaning == Label(label):
        return None
    return f"as a reference it would mean {_describe(meaning)}"


def _is_path(text: str) -> bool:
    return "/" in text or text == "-" or text.endswith(_PATH_SUFFIXES)


def _split(text: str) -> tuple[str | None, str]:
    """Split off the instance's name; a time has colons of its own, but begins with @."""
    name, colon, rest = text.partition(":")
    if not colon or text.startswith("@"):
        return None, text
    if name_problem(name):
        raise _unreadable(text)
    return name, rest


def _instant(word: str, text: str) -> datetime:
    try:
        return datetime.combine(date.fromisoformat(word[1:]), time.max, UTC)
    except ValueError:
        pass  # not a date alone
    try:
        moment = datetime.fromisoformat(word[1:])
        moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as exc:
        raise UsageError(
            f"{text!r}: expected a time after the @", hint="Write it as @2026-05-01, @2026-05-01T02:00Z or the like."
        ) from exc
    # Times are shown to the second, so a copied time has to include the snapshot that it stands beside.
    return moment if "." in word or "," in word else moment.replace(microsecond=999_999)


def _unreadable(text: str) -> UsageError:
    return UsageError(
        f"{text!r} is not a snapshot reference",
        hint=f"Write {FORMS}. To choose an instance, put its name in front: orders-prod:latest.",
    )


def _describe(reference: Reference) -> str:
    match reference:
        case Number(number=number):
            return f"snapshot {number}"
        case Label(label=label, instance=instance):
            return f"the label {label!r} of the instance {instance!r}"
        case Latest():
            return "the latest snapshot"
        case AsOf():
            return "a time"
        case Live():
            return "a capture made now"
        case File():
            return "a file"
        case _ as never:
            assert_never(never)
