"""The address of a lake: a folder, or a folder in a bucket with settings that hold no secret. Pure; opens nothing."""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qsl, urlsplit

import msgspec

from drift.core import validators

SETTINGS: Final = ("endpoint_override", "region", "scheme", "force_virtual_addressing")
"""What an address may say of its storage, in PyArrow's words."""

KEYS: Final = "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY hold the access key, also that of OBS"
_EXPECTED: Final = "expected a folder, or s3://BUCKET/FOLDER"


class LakeAddress(msgspec.Struct, frozen=True):
    """A folder, of a bucket if `is_remote`, and the settings of the storage by name."""

    folder: str
    is_remote: bool
    settings: dict[str, str]


def lake(value: object) -> str:
    """Check the address of a lake, and keep it as written. An error repeats no part that may be a secret."""
    parse(value)
    return str(value)


def parse(value: object) -> LakeAddress:
    """Parse the address of a lake. Raises ValueError."""
    text = validators.text(value)
    if "://" not in text:
        return LakeAddress(text, is_remote=False, settings={})
    parts = urlsplit(text)
    if "@" in parts.netloc:
        raise ValueError(f"an address is shown and logged, and may hold no access key: {KEYS}")
    if parts.scheme != "s3" or not parts.netloc or parts.fragment:
        raise ValueError(_EXPECTED)
    settings = dict(parse_qsl(parts.query, keep_blank_values=True))
    for name in settings.keys() - set(SETTINGS):
        slip = validators.suggestion(name, SETTINGS)
        raise ValueError(f"unknown setting {name!r}{slip}; an address may have {', '.join(SETTINGS)}. {KEYS}")
    return LakeAddress("/".join(filter(None, (parts.netloc, parts.path.strip("/")))), is_remote=True, settings=settings)
