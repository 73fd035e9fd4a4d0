"""The way to a host: which proxy, or none. Huawei's SDK, by way of requests, is the witness."""

from __future__ import annotations

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from requests.utils import should_bypass_proxies

from drift.cloud.http import HttpClient
from drift.cloud.routes import Routes, is_direct

# NO_PROXY, the host and the port of a URL, and whether the call is direct.
CASES = [
    ("", "ddm.example.com", None, False),
    ("ddm.example.com", "ddm.example.com", None, True),
    ("example.com", "ddm.example.com", None, True),
    (".example.com", "ddm.example.com", None, True),
    (".example.com", "example.com", None, True),
    ("EXAMPLE.COM", "ddm.example.com", None, True),
    ("ample.com", "ddm.example.com", None, False),
    ("other.com, example.com", "ddm.example.com", None, True),
    (" , ,example.com,", "ddm.example.com", None, True),
    ("example.com:8443", "ddm.example.com", 8443, True),
    ("example.com:8443", "ddm.example.com", 443, False),
    ("*", "ddm.example.com", None, True),
    ("*,other.com", "ddm.example.com", None, False),
    ("*.example.com", "ddm.example.com", None, False),
    ("10.0.0.0/8", "10.1.2.3", None, True),
    ("10.0.0.0/8", "11.1.2.3", None, False),
    ("10.9.9.9/8", "10.1.2.3", None, True),
    ("10.0.0.0/0", "10.1.2.3", None, False),
    ("10.0.0.0/33", "10.1.2.3", None, False),
    ("10.0.0.0/255.0.0.0", "10.1.2.3", None, False),
    ("10.1.2.3/32", "10.1.2.3", None, True),
    ("10.1.2.3", "10.1.2.3", None, True),
    ("10.1.2.3:8443", "10.1.2.3", 8443, False),
    ("10.0.0.0/8", "ddm.example.com", None, False),
    ("fd00::/8", "ddm.example.com", None, False),
    ("fd00::/8", "fd00::1", None, False),
    ("::1", "::1", None, True),
    ("[::1]", "::1", None, False),
    ("fd00::1", "fd00::1", None, True),
    ("[fd00::1]", "fd00::1", None, False),
    ("localhost,127.0.0.1,fd00::/8,[::1]", "ddm.example.com", None, False),
    ("localhost,127.0.0.1,fd00::/8,[::1],10.0.0.0/8", "10.1.2.3", None, True),
    ("http://example.com", "ddm.example.com", None, False),
    ("[", "ddm.example.com", None, False),
    ("exa mple.com", "ddm.example.com", None, True),
]


@pytest.mark.parametrize(("no_proxy", "host", "port", "expected"), CASES)
def test_no_proxy_is_matched_as_the_sdk_matches_it(
    no_proxy: str, host: str, port: int | None, *, expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each form that people have in NO_PROXY exempts the hosts that it exempts for the SDK."""
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setenv("NO_PROXY", no_proxy)
    written = f"[{host}]" if ":" in host else host
    url = f"https://{written}:{port}" if port else f"https://{written}"
    assert (is_direct(host, port, no_proxy), should_bypass_proxies(url, None)) == (expected, expected)


def test_odd_entries_stop_no_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """What NO_PROXY has for other tools is no error here, with a proxy and without."""
    no_proxy = "localhost,127.0.0.1,fd00::/8,[::1],[,http://x,10.0.0.0/8,*.a.b,%"
    assert is_direct("10.1.2.3", 443, no_proxy)
    for proxy in ("", "http://127.0.0.1:1"):
        monkeypatch.setenv("HTTPS_PROXY", proxy)
        monkeypatch.setenv("NO_PROXY", no_proxy)
        with HttpClient(response_limit=1):
            pass


@pytest.mark.parametrize(
    ("url", "way"),
    [
        ("https://ddm.example.com", "https"),
        ("http://ddm.example.com", "all"),
        ("https://10.1.2.3", "direct"),
        ("https://127.0.0.1", "direct"),
        ("https://[::1]", "direct"),
        ("http://169.254.169.254", "direct"),
    ],
)
def test_each_host_has_its_way(url: str, way: str) -> None:
    """A scheme's own proxy comes before that of all; exempt hosts, loopback and the metadata service need none."""
    environment = {"https": "http://127.0.0.1:1", "all": "127.0.0.1:2", "no": "10.0.0.0/8"}
    with Routes(None, environment, httpx.create_ssl_context()) as routes:
        assert routes.way(httpx.URL(url)) == way


@given(no_proxy=st.text(st.sampled_from("a.:/[]*1,0 -%d"), max_size=24))
def test_any_value_of_no_proxy_means_what_it_means_to_the_sdk(no_proxy: str) -> None:
    """Whatever stands in NO_PROXY, it exempts a host where it does so for the SDK."""
    for host in ("ddm.example.com", "10.1.2.3"):
        assert is_direct(host, None, no_proxy) == should_bypass_proxies(f"https://{host}", no_proxy)
    if ":" not in entries(no_proxy):
        assert is_direct("::1", 443, no_proxy) == should_bypass_proxies("https://[::1]:443", no_proxy)


@pytest.mark.parametrize(("entry", "host"), [(":", "::1"), ("fd00:", "fd00::1")])
def test_the_start_of_an_ipv6_address_exempts_nothing(entry: str, host: str) -> None:
    """The one difference: what urllib takes for a host, and the rest for its port, is no host here."""
    assert should_bypass_proxies(f"https://[{host}]", entry)
    assert not is_direct(host, None, entry)


def entries(no_proxy: str) -> list[str]:
    return [entry.lstrip(".") for entry in no_proxy.replace(" ", "").split(",")]
