"""The way of a call to its host: direct, or through a proxy. Opens nothing itself.

A proxy that is named is for every host but loopback and a cloud's metadata service. Without one, those of the
environment hold, and `NO_PROXY` is matched as Huawei's SDK matches it (requests 2.34): names and their endings, IPv4
addresses and their ranges (`10.0.0.0/8`), IPv6 addresses, and `*` alone. Whatever else stands there matches nothing;
to the SDK, the start of an IPv6 address matches too (`fd00:` for `fd00::1`), where urllib takes the rest for a port.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network
from typing import TYPE_CHECKING, Final

import httpx

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping

_DIRECT: Final = frozenset({"127.0.0.1", "localhost", "::1", "169.254.169.254"})


class Routes(httpx.BaseTransport):
    """A transport that sends each request on its way. `environment` has proxies by scheme, and `no` for `NO_PROXY`.

    Raises ValueError or ImportError for a proxy that cannot be used.
    """

    def __init__(self, proxy: str | None, environment: Mapping[str, str], verify: ssl.SSLContext) -> None:
        self._no_proxy = "" if proxy else environment.get("no", "")
        named = {"all": proxy} if proxy else {scheme: environment.get(scheme) for scheme in ("http", "https", "all")}
        self._ways = {
            scheme: httpx.HTTPTransport(verify=verify, trust_env=False, proxy=_with_scheme(url))
            for scheme, url in named.items()
            if url
        }
        self._ways["direct"] = httpx.HTTPTransport(verify=verify, trust_env=False)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request."""
        return self._ways[self.way(request.url)].handle_request(request)

    def close(self) -> None:
        """Close the connections of every way."""
        for transport in self._ways.values():
            transport.close()

    def way(self, url: httpx.URL) -> str:
        """Return `direct`, or the scheme whose proxy a URL goes through: its own or `all`."""
        proxied = next((scheme for scheme in (url.scheme, "all") if scheme in self._ways), None)
        if proxied is None or url.host in _DIRECT or is_direct(url.host, url.port, self._no_proxy):
            return "direct"
        return proxied


def is_direct(host: str, port: int | None, no_proxy: str) -> bool:
    """Return whether `NO_PROXY` exempts a host; `port` is given where the URL has one of its own. Never fails."""
    if no_proxy == "*":
        return True
    entries = [entry.strip().lstrip(".").lower() for entry in no_proxy.replace(" ", "").split(",")]
    names = (host, f"{host}:{port}") if port and not _is_ipv4(host) else (host,)
    return any(entry and (name == entry or name.endswith(f".{entry}")) for name in names for entry in entries) or any(
        _is_within(host, entry) for entry in entries
    )


def _is_within(host: str, entry: str) -> bool:
    """Return whether an entry is a range of IPv4 addresses that holds this one."""
    address, slash, bits = entry.partition("/")
    if not (slash and bits.isdigit() and 1 <= int(bits[:3]) <= 32 and _is_ipv4(host) and _is_ipv4(address)):  # noqa: PLR2004 - bits of an address
        return False
    return IPv4Address(host) in IPv4Network(entry, strict=False)


def _is_ipv4(text: str) -> bool:
    try:
        IPv4Address(text)
    except ValueError:
        return False
    return True


def _with_scheme(url: str) -> str:
    return url if "://" in url else f"http://{url}"
