"""Where a service answers: the base URL that a user wrote, checked. Pure."""

from __future__ import annotations

import ipaddress
import re
from typing import Final
from urllib.parse import SplitResult, urlsplit

from drift.errors import UsageError

_VERSION_SUFFIX: Final = re.compile(r"/v[0-9][0-9.]*/?$")


def base_url(text: str, what: str, *, allow_plain_http: bool) -> str:
    """The endpoint as `scheme://host[:port][/prefix]`, without the API version that some documents append.

    A missing scheme means https. `what` names the setting in errors. Raises UsageError for what is no endpoint, for one
    that holds a password, and for plain http to anything but loopback unless that is allowed.
    """
    parts = _split(text if "://" in text else f"https://{text}", what)
    host = parts.hostname or ""
    if parts.scheme == "http" and not (allow_plain_http or is_loopback(host)):
        raise UsageError(
            f"{what} {host!r} is plain http: the credentials would travel unencrypted",
            hint="Use https://; plain http is for loopback, or where it is allowed explicitly.",
        )
    return f"{parts.scheme}://{parts.netloc}{_VERSION_SUFFIX.sub('', parts.path).rstrip('/')}"


def is_loopback(host: str) -> bool:
    """Whether that host is this machine: 127.0.0.0/8, ::1 or `localhost`."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost"
    return address.is_loopback


def authority(url: str) -> str:
    """The `host[:port]` of a URL, which is all that messages show of it. Empty where it has none."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return parts.netloc.rpartition("@")[2]


def _split(url: str, what: str) -> SplitResult:
    """The parts of a URL that can be an endpoint. The URL isn't repeated in errors: it may hold a password."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as exc:
        raise UsageError(f"{what} is no URL: expected https://HOST") from exc
    if parts.username is not None or parts.password is not None:
        raise UsageError(f"{what} holds a user name or password: expected https://HOST")
    if parts.scheme not in {"http", "https"} or not _is_host(parts.hostname) or parts.query or parts.fragment:
        raise UsageError(f"{what} is no endpoint: expected https://HOST, such as https://ddm.eu-de.otc.t-systems.com")
    return parts


def _is_host(host: str | None) -> bool:
    return bool(host) and re.fullmatch(r"[A-Za-z0-9._:-]+", host or "") is not None
