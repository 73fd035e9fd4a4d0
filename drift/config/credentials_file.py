"""The credentials file of Huawei's SDK, `~/.huaweicloud/credentials`. Reads that file, no other.

It holds secrets: no message repeats anything of it but the names of its sections.
"""

from __future__ import annotations

import re
from configparser import ConfigParser
from configparser import Error as InvalidFileError
from pathlib import Path
from typing import TYPE_CHECKING, Final

from drift.core import validators
from drift.core.errors import ConfigError
from drift.core.secret import path_shown

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT: Final = Path("~/.huaweicloud/credentials")

_SECTIONS: Final = ("basic", "global")
_LARGEST: Final = 1 << 20  # bytes
# The setting that each key of the file gives.
KEYS: Final = {
    "ak": "access_key",
    "sk": "secret_key",
    "security_token": "security_token",
    "project_id": "project_id",
    "iam_endpoint": "iam_endpoint",
    "idp_id": "idp_id",
    "id_token_file": "id_token_file",
}


def is_there(path: Path) -> bool:
    """Return whether the file exists and can be seen."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def read(path: Path, section: str | None) -> tuple[str, Mapping[str, str]]:
    """Read a section of the file: the given one, or else `[basic]`, or else `[global]`. Return its name, too.

    Raises ConfigError for a file of another form, and for a missing section.
    """
    parser = _parsed(path)
    wanted = (section,) if section else _SECTIONS
    found = next((name for name in wanted if parser.has_section(name)), None)
    if found is None:
        there = (
            f"it has {validators.listed([f'[{name}]' for name in parser.sections()])}" if parser.sections() else "none"
        )
        raise ConfigError(
            f"{path_shown(path)}: expected a section {validators.listed([f'[{name}]' for name in wanted])}; {there}",
            hint="`ak` and `sk` stand in it, a line each; --profile names another section.",
        )
    values = {KEYS[key]: _plain(value, path) for key, value in parser.items(found) if key in KEYS and value}
    return found, values


def _plain(value: str, path: Path) -> str:
    """Return a value as the SDK's parser reads it: `%%` is `%`. Raises ConfigError for one that stands for another."""
    plain = value.replace("%%", "%")
    if re.search(r"%\([^)]*\)s", value.replace("%%", "")):
        raise ConfigError(
            f"{path_shown(path)}: expected values themselves, found a %(name)s that stands for another",
            hint="Write the value itself, with %% for each %. It is not shown, because it may be a secret.",
        )
    return plain


def _parsed(path: Path) -> ConfigParser:
    # Without interpolation, a secret may have % in it, and no error shows one.
    parser = ConfigParser(interpolation=None)
    try:
        with path.open(encoding="utf-8-sig") as file:
            parser.read_string(file.read(_LARGEST))
    except OSError as exc:
        raise ConfigError(f"{path_shown(path)}: could not read the credentials: {exc.strerror}") from None
    except (InvalidFileError, UnicodeDecodeError):
        raise ConfigError(
            f"{path_shown(path)}: expected an INI file in UTF-8, with [basic] or [global]",
            hint="Its lines are not shown, because it holds secrets.",
        ) from None
    return parser
