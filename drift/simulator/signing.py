"""Huawei's request signature, SDK-HMAC-SHA256, as the API gateway checks it. Pure.

Source: the "API request signing guide"; the access key signs the whole request, and the secret key never travels.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from drift.simulator.web import Request

ALGORITHM: Final = "SDK-HMAC-SHA256"

_DATE: Final = "x-sdk-date"
_UNSIGNED: Final = "UNSIGNED-PAYLOAD"
_AUTHORIZATION: Final = re.compile(
    rf"{ALGORITHM} Access=(?P<access_key>[^,\s]+), ?SignedHeaders=(?P<headers>[^,\s]+), ?"
    r"Signature=(?P<signature>[0-9a-f]+)"
)


class Signed(msgspec.Struct, frozen=True):
    """The content of an Authorization header. The names of the headers are as given."""

    access_key: str
    headers: tuple[str, ...]
    signature: str


def parse(authorization: str) -> Signed | None:
    """Parse an Authorization header. Return None where it has another kind of signature."""
    match = _AUTHORIZATION.fullmatch(authorization)
    return match and Signed(match["access_key"], tuple(match["headers"].split(";")), match["signature"])


def signed_at(request: Request) -> int | None:
    """Return the time of the signature, in milliseconds since the epoch, or None where the request has none."""
    try:
        moment = datetime.strptime(request.headers.get(_DATE, ""), "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None
    return int(moment.timestamp() * 1000)


def is_signed_by(secret_key: str, request: Request, signed: Signed) -> bool:
    """Return whether the signature is that of this request, and covers its time."""
    if _DATE not in signed.headers or not set(signed.headers) <= set(request.headers):
        return False
    return hmac.compare_digest(signature(secret_key, request, signed.headers), signed.signature)


def signature(secret_key: str, request: Request, headers: Sequence[str]) -> str:
    """Sign a request with the headers of these names."""
    digest = hashlib.sha256(canonical_request(request, headers).encode()).hexdigest()
    text = f"{ALGORITHM}\n{request.headers[_DATE]}\n{digest}"
    return hmac.digest(secret_key.encode(), text.encode(), "sha256").hex()


def canonical_request(request: Request, headers: Sequence[str]) -> str:
    """Write a request in its one canonical form."""
    path = "/".join(map(_encoded, request.path.split("/")))
    return "\n".join((
        request.method.upper(),
        path if path.endswith("/") else f"{path}/",
        "&".join(f"{_encoded(name)}={_encoded(value)}" for name, value in sorted(request.query)),
        *(f"{name}:{request.headers[name].strip()}" for name in headers),
        "",
        ";".join(headers),
        _payload(request),
    ))  # fmt: skip


def _payload(request: Request) -> str:
    unsigned = request.headers.get("x-sdk-content-sha256") == _UNSIGNED
    return _UNSIGNED if request.body and unsigned else hashlib.sha256(request.body).hexdigest()


def _encoded(text: str) -> str:
    return quote(text, safe="~")
