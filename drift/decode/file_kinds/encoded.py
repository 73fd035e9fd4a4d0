"""Text in another encoding than UTF-8: UTF-16, as PowerShell writes it, and UTF-32. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from drift.core.errors import PayloadError
from drift.decode.file_kinds.kind import Inside

if TYPE_CHECKING:
    from drift.decode.limits import Limits

NAME: Final = "a text in UTF-16 or UTF-32"

# Longest mark first: that of UTF-32 begins with that of UTF-16. Without a mark, the NULs beside the first sign tell.
_ENCODINGS: Final = (
    ("utf-32", rb"\xff\xfe\x00\x00|\x00\x00\xfe\xff"),
    ("utf-16", rb"\xff\xfe|\xfe\xff"),
    ("utf-16-le", rb'(?:[\s]\x00)*[{\["H]\x00[^\x00]\x00'),
    ("utf-16-be", rb'(?:\x00[\s])*\x00[{\["H]\x00[^\x00]'),
)
_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")


def encoded(data: bytes, _limits: Limits) -> Inside | None:
    """Write a text in UTF-8 that is in UTF-16 or UTF-32."""
    if not data.startswith(_MARKS) and b"\x00" not in data[:2]:
        return None  # nearly every file: the expressions need not be compiled
    encoding = next((name for name, beginning in _ENCODINGS if re.match(beginning, data)), None)
    if encoding is None:
        return None
    shown = encoding[:6].upper()
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise PayloadError(
            f"a text in {shown} that is damaged at byte {error.start:,}",
            place="the file",
            hint="Save it again; in PowerShell, `curl.exe --output FILE` writes the answer as it came",
        ) from error
    return Inside(text.removeprefix("\ufeff").encode(), f"a text in {shown}")
