"""What to say when no answer came, or only a part of one. Pure."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Final

import httpx

from drift.cloud.error_responses import shown
from drift.core.errors import NetworkError, PayloadError

if TYPE_CHECKING:
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
    """The error that a failed exchange with `host` is."""
    reason = shown(str(exc), conceal) or type(exc).__name__
    if _is_untrusted(exc):
        message = f"the certificate of {host} can't be trusted: {reason}"
        return NetworkError(
            message, hint="For a private certificate authority, name its certificate with --ca-file or ca_file."
        )
    match exc:
        case httpx.ProxyError():
            hint = _PROXY_USER_HINT if reason.startswith("407") else _PROXY_HINT
            return NetworkError(f"the proxy makes no connection to {host}: {reason}", hint=hint)
        case httpx.ConnectError() | httpx.ConnectTimeout():
            hint = _TLS_HINT if _is_caused_by(exc, ssl.SSLError) else _CONNECT_HINT
            return NetworkError(f"can't connect to {host}: {reason}", hint=hint)
        case httpx.TimeoutException():
            return NetworkError(f"{host} stopped answering: {reason}", hint=_BROKEN_HINT)
        case _:
            return NetworkError(f"the answer of {host} broke off: {reason}", hint=_BROKEN_HINT)


def is_final(exc: httpx.HTTPError) -> bool:
    """Whether trying again won't change it: a certificate was refused, or a proxy refused the call."""
    return _is_untrusted(exc) or (isinstance(exc, httpx.ProxyError) and str(exc).startswith("4"))


def _is_untrusted(exc: httpx.HTTPError) -> bool:
    return _is_caused_by(exc, ssl.SSLCertVerificationError)


def _is_caused_by(exc: BaseException | None, kind: type[BaseException]) -> bool:
    while exc is not None and not isinstance(exc, kind):
        exc = exc.__cause__ or exc.__context__
    return exc is not None


def cut_short(host: str) -> NetworkError:
    """The error that an answer is which ends before its JSON does."""
    return NetworkError(f"the answer of {host} broke off before its end", hint=_BROKEN_HINT)


def too_late(host: str, timeout: float) -> NetworkError:
    """The error of a budget that is used up."""
    return NetworkError(
        f"no complete answer from {host} within {round(timeout, 2):g} s",
        hint="Try again, or give more time with --timeout.",
    )


def too_large(limit: int) -> PayloadError:
    """The error of a body that goes on after the limit."""
    hint = "Raise the limit on responses if the instance really is that large."
    return PayloadError(f"larger than the limit of {limit:,} bytes", place="response", hint=hint)
