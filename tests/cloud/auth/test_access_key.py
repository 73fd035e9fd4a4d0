from __future__ import annotations

from contextlib import nullcontext
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

import httpx
import pytest
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.sdk_request import SdkRequest
from huaweicloudsdkddm.v1 import model
from huaweicloudsdkddm.v1.ddm_client import DdmClient
from hypothesis import given
from hypothesis import strategies as st

from drift.cloud.auth.access_key import Key, KeyAuth, sign
from drift.cloud.client import Client
from drift.cloud.credentials import KeyCredentials
from drift.cloud.http import HttpClient
from drift.core.errors import SignInError
from drift.core.secret import Secret
from support.key_exchange import AK, EXPORT, MOMENT, PROJECT, SECURITY_TOKEN, SK, Cloud, capture, now, recording

if TYPE_CHECKING:
    from drift.cloud.auth.base import CloudAuth

KEY = Key(AK, SK, None)


def test_the_official_example_is_signed_as_documented() -> None:
    """The signing guide's request, key and time give the signing guide's signature."""
    url = (
        "https://service.region.example.com/v1/77b6a44cba5143ab91d13ab9a8ff44fd/vpcs/"
        "?limit=2&marker=13551d6b-755d-4757-b956-536f674975c0"
    )
    request = httpx.Request("GET", url, headers={"Content-Type": "application/json"})
    sign(request, KEY, MOMENT)
    assert request.headers["X-Sdk-Date"] == "20191115T033655Z"
    assert request.headers["Authorization"] == (
        f"SDK-HMAC-SHA256 Access={AK}, SignedHeaders=content-type;host;x-sdk-date, "
        "Signature=7be6668032f70418fcc22abc52071e57aff61b84a1d2381bb430d6870f4f6ebe"
    )


TYPES = ("application/json", "application/json;charset=utf8", "application/bson", "text/plain", " application/json", "")
texts = st.text(st.characters(codec="utf-8"), max_size=8)
visible = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20)
keys = st.builds(
    Key,
    st.from_regex(r"[0-9A-Za-z_-]+", fullmatch=True),
    st.text(st.characters(codec="utf-8"), min_size=1),
    st.none() | visible,
)


def assert_signed_alike(
    request: httpx.Request, key: Key, moment: float, path: str, query: list[tuple[str, str]]
) -> None:
    """Sign a request, and let the SDK sign what is the same in its terms."""
    given = {name: request.headers[name] for name in ("Content-Type", "X-Project-Id") if name in request.headers}
    official = SdkRequest(
        method=request.method,
        schema=request.url.scheme,
        host=request.url.netloc.decode(),
        resource_path=path,
        query_params=query,
        header_params={**given, "X-Sdk-Date": f"{datetime.fromtimestamp(moment, UTC):%Y%m%dT%H%M%SZ}"},
        body=request.content,
    )
    BasicCredentials(key.access_key, key.secret_key).with_security_token(key.security_token).sign_request(official)
    before = {name.lower() for name in request.headers}
    sign(request, key, moment)
    assert request.url.raw_path.decode() == official.uri
    sent = {name.decode(): value.decode() for name, value in request.headers.raw}
    assert official.header_params.items() <= sent.items()
    assert {name.lower() for name in sent} - before <= {name.lower() for name in official.header_params}


@given(
    st.sampled_from(["GET", "POST", "PUT"]),
    st.sampled_from(["ddm.example.com", "127.0.0.1:8443", "[::1]:8443"]),
    st.lists(texts.filter(lambda word: word not in {".", ".."}), max_size=4),
    st.sampled_from(["~", "!$&'()*+,;=:@~", ""]),
    st.lists(st.tuples(texts, texts), max_size=4),
    st.fixed_dictionaries(
        {"Accept-Encoding": visible}, optional={"Content-Type": st.sampled_from(TYPES), "X-Project-Id": visible}
    ),
    st.binary(max_size=20),
    keys,
    st.integers(0, 4_000_000_000),
)
def test_a_request_is_signed_as_the_sdk_signs_its_own(  # noqa: PLR0917 - all that a request has
    method: str,
    host: str,
    segments: list[str],
    unquoted: str,
    query: list[tuple[str, str]],
    headers: dict[str, str],
    body: bytes,
    key: Key,
    moment: int,
) -> None:
    """Target and headers are the same bytes as those of a request that the SDK signs; no other header is added."""
    path = "/" + "/".join(quote(segment, safe=unquoted) for segment in segments)
    url = httpx.URL(f"https://{host}").copy_with(raw_path=path.encode()).copy_merge_params(query)
    assert_signed_alike(httpx.Request(method, url, headers=headers, content=body), key, moment, path, query)


@pytest.mark.parametrize(
    ("target", "path", "query"),
    [
        ("", "/", []),
        ("/v3/", "/v3/", []),
        ("//v3//i", "//v3//i", []),
        ("/a%20b", "/a%20b", []),
        ("/a%2Fb", "/a%2Fb", []),
        ("/a%252Fb", "/a%252Fb", []),
        ("/a%7Eb~", "/a%7Eb~", []),
        ("/a;b,c=d", "/a;b,c=d", []),
        ("/%E4%B8%AD", "/%E4%B8%AD", []),
        ("/%FF", "/%FF", []),
        ("/i?", "/i", []),
        ("/i?name", "/i", [("name", "")]),
        ("/i?=value", "/i", [("", "value")]),
        ("/i?b=2&a=2&b=1&a=", "/i", [("b", "2"), ("a", "2"), ("b", "1"), ("a", "")]),
        ("/i?a=1&A=1&a.=1&a-=1", "/i", [("a", "1"), ("A", "1"), ("a.", "1"), ("a-", "1")]),
        ("/i?a=1+2%2B3*4~5/6", "/i", [("a", "1 2+3*4~5/6")]),
        ("/i?%E4%B8%AD=%e6%96%87&%F0%9F%98%80=", "/i", [("中", "文"), ("😀", "")]),
        ("/i?a%26b=c%3Dd%25", "/i", [("a&b", "c=d%")]),
    ],
)
def test_a_target_is_sent_and_signed_as_the_sdk_does(target: str, path: str, query: list[tuple[str, str]]) -> None:
    """However a path and a query are written, they become what the SDK makes of them."""
    assert_signed_alike(httpx.Request("GET", f"https://ddm.example.com{target}"), KEY, MOMENT, path, query)


@pytest.mark.parametrize("body", [b"", b"{}", "中".encode()])
@pytest.mark.parametrize("content_type", [None, *TYPES])
def test_a_body_is_signed_as_the_sdk_does(content_type: str | None, body: bytes) -> None:
    """JSON and BSON are hashed; another type has a header that says that its body is not signed."""
    headers = {} if content_type is None else {"Content-Type": content_type}
    request = httpx.Request("POST", "https://ddm.example.com/v3/i", headers=headers, content=body)
    assert_signed_alike(request, KEY, MOMENT, "/v3/i", [])
    assert ("X-Sdk-Content-Sha256" in request.headers) is (content_type in {"text/plain", " application/json"})


def test_a_request_that_is_signed_again_has_one_signature() -> None:
    """A second signature, such as one of a renewed key, replaces the first as if there had been none."""
    again, once = (httpx.Request("GET", "https://ddm.example.com/v3/i?b=1&a=%7E") for _ in range(2))
    sign(again, Key("OLD", "old", "old-token"), MOMENT - 60)
    for request in (again, once):
        sign(request, KEY._replace(security_token=SECURITY_TOKEN), MOMENT)
    assert (again.url, dict(again.headers)) == (once.url, dict(once.headers))


@pytest.mark.filterwarnings("ignore:datetime.datetime.utc:DeprecationWarning")  # the SDK's own use of the clock
@pytest.mark.parametrize("security_token", [None, SECURITY_TOKEN])
def test_the_sdks_client_and_drifts_agree_on_the_wire(security_token: str | None) -> None:
    """`DdmClient` and drift send the same target and headers; signed at the same time, the same signature.

    The SDK's client signs its name and the type of a body that isn't there, too; so its own signer takes its place.
    """
    instance = "1f5c9fd6cd984056ba89c8c87cc03278in09"
    with recording() as (url, received):
        credentials = BasicCredentials(AK, SK, PROJECT).with_security_token(security_token)
        theirs = DdmClient.new_builder().with_credentials(credentials).with_endpoint(url).build()
        theirs.download_schema_metadata(model.DownloadSchemaMetadataRequest(instance_id=instance))
        date = received[0].headers["X-Sdk-Date"]
        moment = datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()
        hidden = Secret(security_token) if security_token else None
        own = KeyAuth(KeyCredentials(access_key=AK, secret_key=Secret(SK), security_token=hidden), lambda: moment)
        with HttpClient(response_limit=999) as http:
            Client(http, url, PROJECT, own, timeout=30).schema_metadata(instance)
    (their_line, their_headers, _), (our_line, our_headers, _) = received
    assert our_line == their_line
    signed = our_headers["Authorization"].partition("SignedHeaders=")[2].partition(",")[0].split(";")
    alike = {name for name in their_headers if name.lower() in signed}
    assert {name: our_headers[name] for name in alike} == {name: their_headers[name] for name in alike}

    again = SdkRequest(
        "GET", "http", our_headers["Host"], our_line.split()[1], query_params=[], header_params={"X-Sdk-Date": date}
    )
    assert credentials.sign_request(again).header_params == {name: our_headers[name] for name in again.header_params}
    assert again.header_params["Authorization"] == our_headers["Authorization"]


def own_key(security_token: str | None = None) -> CloudAuth:
    hidden = Secret(security_token) if security_token else None
    return KeyAuth(KeyCredentials(access_key=AK, secret_key=Secret(SK), security_token=hidden), now)


def test_a_key_of_ones_own_is_refused_once() -> None:
    """A few refusals lock a key, so one isn't repeated."""
    cloud = Cloud()
    cloud.expired.add(AK)
    with pytest.raises(SignInError, match="verify aksk signature fail") as caught:
        capture(cloud, own_key())
    assert cloud.asked.count(EXPORT) == 1
    assert "clock" in str(caught.value.hint)


def test_a_key_that_is_refused_again_and_again_is_sent_no_more() -> None:
    """Three refusals in a row are final for whoever shares the key; a call that is let in begins the count anew."""
    cloud, auth = Cloud(), own_key()
    for expected in (["aksk"] * 2, [""], ["aksk"] * 3, ["not tried again"] * 2):
        cloud.expired = set() if expected == [""] else {AK}
        for words in expected:
            with pytest.raises(SignInError, match=words) if words else nullcontext():
                capture(cloud, auth)
    assert cloud.asked.count(EXPORT) == 6


def test_a_call_that_hangs_holds_up_no_other() -> None:
    """Calls wait for what the first one says of the key, but not for ever."""
    auth = own_key()
    hanging = auth.sync_auth_flow(httpx.Request("GET", "https://ddm.example.com/v3/p1/instances/a/schema-metadata"))
    next(hanging)
    with HttpClient(response_limit=9999, transport=httpx.MockTransport(Cloud())) as http:
        client = Client(http, "https://ddm.example.com", "p1", auth, timeout=60)
        assert client.schema_metadata("i")
    hanging.close()


def test_a_key_of_ones_own_is_concealed() -> None:
    """The secret key and the security token are secrets; the access key is none."""
    assert own_key(SECURITY_TOKEN).conceal(f"{SK} {SECURITY_TOKEN} {AK}") == f"*** *** {AK}"


def test_an_answer_that_repeats_the_security_token_is_not_kept() -> None:
    """An export that holds what it was asked with is none."""

    def echo(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"projects": [{"id": request.headers["X-Security-Token"]}]})

    with pytest.raises(Exception, match="neither read nor kept"):
        capture(echo, own_key(SECURITY_TOKEN))
