"""An HTTP answer with its headers, as `curl -i` writes it: one block of headers, or one for each step. Pure."""

from __future__ import annotations

import re
from datetime import UTC
from typing import TYPE_CHECKING, Final

import msgspec

from drift.core.errors import PayloadError
from drift.decode.file_kinds.exports import service_error
from drift.decode.file_kinds.kind import Inside
from drift.decode.unpack import BOM

if TYPE_CHECKING:
    from datetime import datetime

    from drift.decode.limits import Limits

NAME: Final = "an HTTP answer with headers"

_BEGINNING: Final = b"HTTP/"
# Compiled when they are needed first, which they seldom are.
_STATUS_LINE: Final = rb"HTTP/\d(?:\.\d)? +(\d{3})[^\r\n]*\r?\n"
_END: Final = rb"\r?\n\r?\n"
_ENCODING: Final = rb"(?im)^content-encoding:[ \t]*([\w-]+)"
_DATE: Final = rb"(?im)^date:[ \t]*([^\r\n]+?)[ \t]*$"
_INFLATED: Final = frozenset({"identity", "gzip", "x-gzip", "deflate"})
_MOST_BLOCKS: Final = 100
_REFUSED: Final = 400
_NO_BODY: Final = "Save the answer with its body: `curl -i` shows both, `curl -I` the headers alone"


class _Answer(msgspec.Struct, frozen=True):
    status: int
    headers: bytes
    body: bytes


def http_answer(data: bytes, limits: Limits) -> Inside | None:
    """Take the body of the last answer. Raises PayloadError for the answer of an error."""
    text = data.removeprefix(BOM).lstrip()
    start = re.match(_STATUS_LINE, text) if text.startswith(_BEGINNING) else None
    if start is None:
        return None
    answer = _last(start)
    if answer.status >= _REFUSED:
        raise PayloadError(
            f"{NAME}, of status {answer.status}{service_error(answer.body, limits)}",
            place="the file",
            hint="It is no export: the service or a proxy refused the call. Capture again",
        )
    if not answer.body.strip():
        raise PayloadError(f"{NAME}, of status {answer.status}, without a body", place="the file", hint=_NO_BODY)
    encoding = re.search(_ENCODING, answer.headers)
    if encoding and (name := encoding[1].decode("ascii", "replace").lower()) not in _INFLATED:
        _refuse_encoding(name, answer.body)
    return Inside(answer.body, NAME, taken_at=_date(answer.headers))


def _date(headers: bytes) -> datetime | None:
    """Read the time at which the service answered, if there is one that is a date."""
    from email.utils import parsedate_to_datetime

    date = re.search(_DATE, headers)
    try:
        return parsedate_to_datetime(date[1].decode("ascii")).astimezone(UTC) if date else None
    except (ValueError, OverflowError):
        return None


def _last(start: re.Match[bytes]) -> _Answer:
    """Return the last of several answers: before it are `100 Continue`, redirects, and a proxy's consent."""
    for _ in range(_MOST_BLOCKS):
        text = start.string
        end = re.search(_END, text)
        stop, rest = (end.start(), end.end()) if end else (len(text), len(text))
        answer = _Answer(int(start[1]), text[start.end() : stop], text[rest:])
        following = re.match(_STATUS_LINE, answer.body)
        if following is None:
            return answer
        start = following
    raise PayloadError(f"{NAME}, more than {_MOST_BLOCKS} of them", place="the file", hint="Save the last one alone")


def _refuse_encoding(name: str, body: bytes) -> None:
    """Refuse a body in a compression that nothing here reads. `curl --compressed` leaves the header and not that."""
    if body.lstrip()[:1] not in (b"{", b"["):
        raise PayloadError(
            f"{NAME}, whose body is compressed with {name}",
            place="the file",
            hint="Save it again with `curl --compressed`, which decompresses it",
        )
