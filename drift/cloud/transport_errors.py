"""The errors for an answer that did not come, or not whole. Pure."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Final

import httpx

from drift.cloud.error_responses import shown
from drift.core.errors import NetworkError, PayloadError, PrivateAddressError

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

_CONNECT_HINT: Final = "Check the endpoint, the name's resolution, and whether a VPN or proxy is needed."
_TLS_HINT: Final = "Check the endpoint's scheme and port, and whether a proxy answers in its place."
_PROXY_HINT: Final = (
    "Ask whoever runs the proxy whether it lets calls to this host through; NO_PROXY names hosts that need none."
)
_PROXY_USER_HINT: Final = (
    "The proxy wants a user and a password: HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT gives them."
)
_BROKEN_HINT: Final = "Try again; if it lasts, a proxy or firewall in between may be cutting the connection."


def broken(host: str, exc: httpx.HTTPError, conceal: Callable[[str], str]) -> NetworkError:
    """Build the error for a failed exchange with `host`."""
    reason = shown(str(exc), conceal) or type(exc).__name__
    if _is_untrusted(exc):
        message = f"could not trust the certificate of {host}: {reason}"
        return NetworkError(
            message, hint="For a private certificate authority, name its certificate with --ca-file or ca_file."
        )
    match exc:
        case httpx.ProxyError():
            hint = _PROXY_USER_HINT if str(exc).startswith("407") else _PROXY_HINT
            return NetworkError(f"could not connect to {host} through the proxy: {reason}", hint=hint)
        case httpx.ConnectError() | httpx.ConnectTimeout():
            hint = _TLS_HINT if _is_caused_by(exc, ssl.SSLError) else _CONNECT_HINT
            return NetworkError(f"could not connect to {host}: {reason}", hint=hint)
        case httpx.TimeoutException():
            return NetworkError(f"{host} stopped answering: {reason}", hint=_BROKEN_HINT)
        case _:
            return NetworkError(f"the answer of {host} broke off: {reason}", hint=_BROKEN_HINT)


def is_final(exc: httpx.HTTPError) -> bool:
    """Return whether a retry would not help: a certificate was refused, or a proxy refused the call."""
    return _is_untrusted(exc) or (isinstance(exc, httpx.ProxyError) and str(exc).startswith("4"))


def is_unsent(exc: BaseException | None) -> bool:
    """Return whether the request surely was not sent: there was no connection."""
    return isinstance(exc, httpx.ConnectError | httpx.ConnectTimeout | httpx.ProxyError)


def refuse_private(opened: socket.socket, host: str) -> None:
    """Close a connection to an address that is not on the internet.

    Raises PrivateAddressError, and ConnectError where the other side has closed the connection already.
    """
    from ipaddress import ip_address

    try:
        peer = str(opened.getpeername()[0]).partition("%")[0]
    except OSError as exc:
        opened.close()
        raise httpx.ConnectError(str(exc)) from exc
    address = ip_address(peer)
    address = getattr(address, "ipv4_mapped", None) or address
    if not address.is_global:
        opened.close()
        where = "" if host == peer else f" at {peer},"
        raise PrivateAddressError(f"{host} is{where} not an address on the internet")


def _is_untrusted(exc: httpx.HTTPError) -> bool:
    return _is_caused_by(exc, ssl.SSLCertVerificationError)


def _is_caused_by(exc: BaseException | None, kind: type[BaseException]) -> bool:
    while exc is not None and not isinstance(exc, kind):
        exc = exc.__cause__ or exc.__context__
    return exc is not None


def cut_short(host: str) -> NetworkError:
    """Build the error for an answer that ends before its JSON does."""
    return NetworkError(f"the answer of {host} broke off before its end", hint=_BROKEN_HINT)


def too_late(host: str, timeout: float) -> NetworkError:
    """Build the error for a deadline that has passed."""
    return NetworkError(
        f"no complete answer from {host} within {round(timeout, 2):g} s",
        hint="Try again, or give more time with --timeout.",
    )


def too_large(limit: int, place: str = "response") -> PayloadError:
    """Build the error for a body beyond the limit."""
    hint = "Raise the limit on responses if the instance really is that large."
    return PayloadError(f"larger than the limit of {limit:,} bytes", place=place, hint=hint)
