"""Read a file up to a bound."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from drift.core.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

MOST_TEXT: Final = 8 * 1024 * 1024
"""The most bytes of a file that a user writes."""

_MARKS_OF_UTF_16: Final = frozenset({b"\xff\xfe", b"\xfe\xff"})
_CHUNK: Final = 1024 * 1024


def read_up_to(file: BinaryIO, most: int) -> bytes:
    """Read a file up to `most` bytes. Reserves no more memory than the file needs; one large `read` reserves it all."""
    chunks: list[bytes] = []
    while most > 0 and (chunk := file.read(min(_CHUNK, most))):
        chunks.append(chunk)
        most -= len(chunk)
    return b"".join(chunks)


def read_text(path: Path, *, hint: str) -> str:
    """Read the text of a file that a user writes. Raises ConfigError; the hint is for a missing file."""
    return text_of(_read_bytes(path, hint), path)


def text_of(content: bytes, path: Path) -> str:
    """Decode the text of a file that a user writes, in UTF-8 or UTF-16. Raises ConfigError."""
    if len(content) > MOST_TEXT:
        raise ConfigError(f"{path}: larger than {MOST_TEXT:,} bytes", hint="Check that it is the file that you mean.")
    encoding = "utf-16" if content[:2] in _MARKS_OF_UTF_16 else "utf-8-sig"  # PowerShell's `>` writes UTF-16
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as exc:
        line = content.count(b"\n", 0, exc.start) + 1
        raise ConfigError(f"{path}: line {line} is not UTF-8; save the file as UTF-8") from None


def _read_bytes(path: Path, hint: str) -> bytes:
    try:
        with path.open("rb") as file:
            return read_up_to(file, MOST_TEXT + 1)
    except OSError as exc:
        raise ConfigError(f"{path}: can't be read: {exc.strerror}", hint=hint) from exc
    except ValueError:
        raise ConfigError("a path with a NUL byte can't be read", hint=hint) from None
