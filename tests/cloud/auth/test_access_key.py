from __future__ import annotations

import json
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

import httpx
import pytest
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.auth.internal import StsAccessor
from huaweicloudsdkcore.auth.provider import OidcStsCredentialProvider
from huaweicloudsdkcore.sdk_request import SdkRequest
from huaweicloudsdkddm.v1 import model
from huaweicloudsdkddm.v1.ddm_client import DdmClient
from hypothesis import given
from hypothesis import strategies as st

from drift.cloud.auth.access_key import Key, KeyAuth, sign
from drift.cloud.auth.temporary_key import EcsAgencyAuth, FederatedAuth, TrustedAuth
from drift.cloud.client import Client
from drift.cloud.credentials import FederatedCredentials, KeyCredentials, Project, TrustedCredentials
from drift.cloud.http import HttpClient
from drift.core.errors import SignInError, UsageError
from drift.core.secret import Secret
from support.loopback import LOOPBACK, Quiet, serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from drift.cloud.auth.token import CloudAuth

AK, SK = "QTWAOYTTINDUT2QVKYUC", "MFyfvK41ba2giqM7Uio6PznpdUKGpownRZlmVmHc"
MOMENT = datetime(2019, 11, 15, 3, 36, 55, tzinfo=UTC).timestamp()
SECURITY_TOKEN = "ggpjbi1ub3J0aC00TATemporaryKeysToken"
ID_TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJjaSJ9.c2lnbmF0dXJl"
UNSCOPED = "MIIDunscopedTokenOfAnIdentityProvider"
PROJECT = "619d3e78f61b4be68bc5aa0b59edcf7b"
URNS = ("iam::a:oidc-provider:ci", "iam::a:agency:reader")
ANY_KEY = json.dumps(
    {
        "credential": {
            "access": "TEMPORARYKEY",
            "secret": "temporary",
            "securitytoken": SECURITY_TOKEN,
            "expires_at": "2126-05-01T02:00:00.0Z",
        }
    }
).encode()
IAM, STS = "https://iam.example.com", "https://sts.example.com"

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


class Recorder(Quiet, BaseHTTPRequestHandler):
    """A service on loopback that keeps every request. A POST gets a temporary key, a GET an empty object."""

    def do_GET(self) -> None:
        """Answer a call."""
        self._answer(b"{}")

    def do_POST(self) -> None:
        """Answer an exchange."""
        self._answer(ANY_KEY)

    def _answer(self, document: bytes) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.received.append(Received(self.requestline, dict(self.headers.items()), body))  # type: ignore[attr-defined]
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(document)))
        self.send_header("X-Subject-Token", UNSCOPED)
        self.end_headers()
        self.wfile.write(document)


class Received(NamedTuple):
    """One request as it came over the wire."""

    line: str
    headers: dict[str, str]
    body: bytes


@contextmanager
def recording() -> Iterator[tuple[str, list[Received]]]:
    """Serve a Recorder: its URL, and the requests so far."""
    server = ThreadingHTTPServer(LOOPBACK, Recorder)
    received: list[Received] = []
    server.received = received  # type: ignore[attr-defined]
    with serving(server) as url:
        yield url, received


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
        with HttpClient(response_limit=999) as wire:
            Client(wire, url, PROJECT, own, timeout=30).schema_metadata(instance)
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


class Cloud:
    """Every service in one app. Its exchanges hand out keys in turn; its DDM takes the key that is not expired."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        self.expired: set[str] = set()
        self.keys = 0
        self.needs_session = False
        self.spoilt: dict[str, httpx.Response] = {}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer as whichever service is asked."""
        self.requests.append(request)
        path = request.url.path
        if path in self.spoilt:
            return self.spoilt[path]
        if path.endswith("/schema-metadata"):
            return self._export(request)
        return {
            "/v3.0/OS-AUTH/id-token/tokens": lambda: httpx.Response(
                201, headers={"X-Subject-Token": UNSCOPED}, json={"token": {}}
            ),
            "/v3.0/OS-CREDENTIAL/securitytokens": lambda: httpx.Response(201, json={"credential": self._key()}),
            "/v5/agencies/assume-with-oidc": lambda: httpx.Response(200, json={"credentials": self._sts_key()}),
            "/meta-data/latest/api/token": lambda: httpx.Response(200, text="session-token-of-the-metadata"),
            "/openstack/latest/securitykey": lambda: self._metadata(request),
            "/v3/projects": lambda: httpx.Response(200, json={"projects": [{"id": "p1", "name": "eu-de"}]}),
        }[path]()

    def _export(self, request: httpx.Request) -> httpx.Response:
        used = request.headers["Authorization"].partition("Access=")[2].partition(",")[0]
        if used in self.expired:
            return httpx.Response(401, json={"error_code": "APIGW.0301", "error_msg": "verify aksk signature fail"})
        return httpx.Response(200, json={})

    def _metadata(self, request: httpx.Request) -> httpx.Response:
        if self.needs_session and request.headers.get("X-Metadata-Token") != "session-token-of-the-metadata":
            return httpx.Response(401, json={"message": "token needed"})
        return httpx.Response(200, json={"credential": self._key()})

    def _key(self) -> dict[str, str]:
        self.keys += 1
        return {
            "access": f"TEMPORARYKEY{self.keys}",
            "secret": f"secretOfTheTemporaryKey{self.keys}",
            "securitytoken": SECURITY_TOKEN,
            "expires_at": "2026-05-01T02:00:00.000000Z",
        }

    def _sts_key(self) -> dict[str, str]:
        key = self._key()
        return {
            "access_key_id": key["access"],
            "secret_access_key": key["secret"],
            "security_token": key["securitytoken"],
            "expiration": key["expires_at"],
        }

    @property
    def asked(self) -> list[str]:
        """Where each request went to: `METHOD host/path`."""
        return [f"{each.method} {each.url.host}{each.url.path}" for each in self.requests]


def now() -> float:
    return MOMENT


def federated(iam: str = IAM) -> CloudAuth:
    credentials = FederatedCredentials(iam_endpoint=iam, idp_id="ci", id_token=Secret(ID_TOKEN))
    return FederatedAuth(credentials, now)


def trusted(sts: str = STS, **fields: Any) -> CloudAuth:  # noqa: ANN401 - of several types
    provider, agency = URNS
    credentials = TrustedCredentials(
        sts_endpoint=sts, provider_urn=provider, agency_urn=agency, id_token=Secret(ID_TOKEN), **fields
    )
    return TrustedAuth(credentials, now)


def by_metadata() -> CloudAuth:
    return EcsAgencyAuth(now)


def own_key(security_token: str | None = None) -> CloudAuth:
    hidden = Secret(security_token) if security_token else None
    return KeyAuth(KeyCredentials(access_key=AK, secret_key=Secret(SK), security_token=hidden), now)


def capture(app: Callable[[httpx.Request], httpx.Response], auth: CloudAuth, times: int = 1) -> str:
    """Ask for an export that often; returns the project's id."""
    with HttpClient(response_limit=9999, transport=httpx.MockTransport(app)) as wire:
        client = Client(wire, "https://ddm.example.com", Project("eu-de", IAM), auth, timeout=30)
        for _ in range(times):
            client.schema_metadata("i")
        return client.project_id


EXCHANGES = {
    "federated": (
        federated,
        ["POST iam.example.com/v3.0/OS-AUTH/id-token/tokens", "POST iam.example.com/v3.0/OS-CREDENTIAL/securitytokens"],
    ),
    "trusted": (trusted, ["POST sts.example.com/v5/agencies/assume-with-oidc"]),
    "metadata": (by_metadata, ["GET 169.254.169.254/openstack/latest/securitykey"]),
}
PROJECTS, EXPORT = "GET iam.example.com/v3/projects", "GET ddm.example.com/v3/p1/instances/i/schema-metadata"
exchanges = pytest.mark.parametrize(("make", "asked"), EXCHANGES.values(), ids=EXCHANGES.keys())


@exchanges
def test_one_temporary_key_serves_the_run(make: Callable[[], CloudAuth], asked: list[str]) -> None:
    """The exchange happens once, before the first call; the project is looked up with its key."""
    cloud = Cloud()
    assert capture(cloud, make(), times=3) == "p1"
    assert cloud.asked == [*asked, PROJECTS, EXPORT, EXPORT, EXPORT]
    signed = cloud.requests[-1].headers
    assert "Access=TEMPORARYKEY1," in signed["Authorization"]
    assert "SignedHeaders=host;x-project-id;x-sdk-date;x-security-token" in signed["Authorization"]
    assert (signed["X-Security-Token"], signed["X-Project-Id"]) == (SECURITY_TOKEN, "p1")


@exchanges
def test_an_expired_temporary_key_is_renewed_once(make: Callable[[], CloudAuth], asked: list[str]) -> None:
    """A key that is refused in the middle of a run is replaced; one that is refused again is an error."""
    cloud, auth = Cloud(), make()
    capture(cloud, auth)
    cloud.expired.add("TEMPORARYKEY1")
    cloud.requests.clear()
    capture(cloud, auth)
    assert cloud.asked == [EXPORT, *asked, EXPORT]
    cloud.expired.update({"TEMPORARYKEY2", "TEMPORARYKEY3"})
    with pytest.raises(SignInError, match="verify aksk signature fail") as caught:
        capture(cloud, auth)
    assert "clock" in str(caught.value.hint)


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
    with HttpClient(response_limit=9999, transport=httpx.MockTransport(Cloud())) as wire:
        client = Client(wire, "https://ddm.example.com", "p1", auth, timeout=60)
        assert client.schema_metadata("i")
    hanging.close()


def official_federated(url: str, folder: Path) -> BasicCredentials:
    (folder / "id-token").write_text(ID_TOKEN)
    credentials = BasicCredentials(project_id=PROJECT).with_iam_endpoint(url)
    return credentials.with_idp_id("ci").with_id_token_file(str(folder / "id-token"))


def official_trusted(url: str, _: Path, **limits: Any) -> BasicCredentials:  # noqa: ANN401 - of several types
    provider = OidcStsCredentialProvider("basic", *URNS, id_token=ID_TOKEN, sts_endpoint=url, **limits)
    return provider.get_credentials().with_project_id(PROJECT)


LIMITS: dict[str, Any] = {"policy": '{"Version": "5.0"}', "policy_ids": ("a", "b")}


@pytest.mark.filterwarnings("ignore:datetime.datetime.utc:DeprecationWarning")  # the SDK's own use of the clock
@pytest.mark.parametrize(
    ("official", "own"),
    [
        (official_federated, federated),
        (partial(official_trusted, agency_session_name="ddm-drift"), trusted),
        (
            partial(official_trusted, agency_session_name="ci-42", duration_seconds=900, **LIMITS),
            partial(trusted, session_name="ci-42", seconds=900, **LIMITS),
        ),
    ],
)
def test_an_id_token_is_exchanged_as_the_sdk_does(
    official: Callable[[str, Path], BasicCredentials], own: Callable[[str], CloudAuth], tmp_path: Path
) -> None:
    """`DdmClient` and drift send the same exchange, and sign the call after it with the key that it brings."""
    with recording() as (url, received):
        theirs = DdmClient.new_builder().with_credentials(official(url, tmp_path)).with_endpoint(url).build()
        theirs.download_schema_metadata(model.DownloadSchemaMetadataRequest(instance_id="i"))
        with HttpClient(response_limit=999) as wire:
            Client(wire, url, PROJECT, own(url), timeout=30).schema_metadata("i")
    half = len(received) // 2
    *their_exchange, their_call = received[:half]
    *our_exchange, our_call = received[half:]
    assert [as_documented(each) for each in our_exchange] == [as_documented(each) for each in their_exchange]
    assert our_exchange[0].headers["User-Agent"].startswith("ddm-drift/")
    for call in (our_call, their_call):
        assert call.headers["Authorization"].startswith("SDK-HMAC-SHA256 Access=TEMPORARYKEY,")
        assert call.headers["X-Security-Token"] == SECURITY_TOKEN


def as_documented(sent: Received) -> tuple[str, list[str | None], Any]:
    """What an API reference says of a request: its target, the headers that matter, its JSON."""
    return sent.line, [sent.headers.get(name) for name in ("Content-Type", "X-Idp-Id")], json.loads(sent.body)


def test_metadata_that_wants_a_session_gets_one() -> None:
    """A refusal that doesn't speak of the agency leads to a session's token."""
    cloud = Cloud()
    cloud.needs_session = True
    capture(cloud, by_metadata())
    assert cloud.asked[:3] == [
        "GET 169.254.169.254/openstack/latest/securitykey",
        "PUT 169.254.169.254/meta-data/latest/api/token",
        "GET 169.254.169.254/openstack/latest/securitykey",
    ]


part_names = st.sampled_from([
    "access", "accessKeyId", "access_key_id", "secret", "secretAccessKey", "secret_access_key", "securitytoken",
    "securityToken", "security_token", "other",
])  # fmt: skip


@given(
    st.dictionaries(part_names, st.sampled_from(["a", "b", "c", "", None]), min_size=3),
    st.sampled_from(["credential", "credentials", ""]),
)
def test_a_temporary_key_is_read_as_the_sdk_reads_it(parts: dict[str, str | None], member: str) -> None:
    """By whichever names a service has for its parts, the key is the SDK's; where a part is missing there is none."""
    issued = {**parts, "expires_at": "2026-05-01T02:00:00.0Z"}
    document = {member: issued} if member else issued
    found = StsAccessor._process_credential(document)  # noqa: SLF001 - the SDK's reader has no other door
    expected = Key(found.access, found.secret, found.security_token)
    ours, theirs = (httpx.Request("GET", "https://ddm.example.com/v3/i") for _ in range(2))
    flow = by_metadata().sync_auth_flow(ours)
    asked = next(flow)
    with nullcontext() if all(expected) else pytest.raises(SignInError, match="answered something else"):
        assert flow.send(httpx.Response(200, json=document, request=asked)) is ours
        sign(theirs, expected, MOMENT)
        assert ours.headers == theirs.headers


@pytest.mark.parametrize("expires", [{}, {"expires_at": None}, {"expires_at": "2026-05-01T02:00:00Z"}])
def test_a_temporary_key_is_taken_whenever_it_expires(expires: dict[str, str | None]) -> None:
    """A refusal says that a key has expired, so no form of a date keeps one from being used."""
    cloud = Cloud()
    key = {"access": "TEMPORARYKEY", "secret": SK, "securitytoken": SECURITY_TOKEN, **expires}
    cloud.spoilt[METADATA] = httpx.Response(200, json={"credential": key})
    assert capture(cloud, by_metadata()) == "p1"


def test_an_ecs_without_an_agency_is_asked_once() -> None:
    """A refusal that speaks of the agency is not for want of a session."""
    cloud = Cloud()
    cloud.spoilt[METADATA] = httpx.Response(401, json={"message": "Please configure Cloud Service Agency first"})
    with pytest.raises(SignInError, match="configure Cloud Service Agency"):
        capture(cloud, by_metadata())
    assert len(cloud.requests) == 1


KEYS, TOKENS = "/v3.0/OS-CREDENTIAL/securitytokens", "/v3.0/OS-AUTH/id-token/tokens"
AGENCY, METADATA = "/v5/agencies/assume-with-oidc", "/openstack/latest/securitykey"
SESSION = "/meta-data/latest/api/token"
WRONG: list[tuple[Callable[[], CloudAuth], str, httpx.Response, str]] = [
    (federated, TOKENS, httpx.Response(401, json={"error": {"message": f"bad {ID_TOKEN}"}}), "401: bad ***"),
    (federated, TOKENS, httpx.Response(201, json={}), "iam.example.com answered something else"),
    (federated, TOKENS, httpx.Response(201, headers={"X-Subject-Token": ""}, json={}), "answered something else"),
    (federated, TOKENS, httpx.Response(404, html="<p>"), "404 with text/html, not JSON"),
    (federated, KEYS, httpx.Response(403, json={"error": {"message": f"no {UNSCOPED}"}}), "403: no ***"),
    (federated, KEYS, httpx.Response(201, json={"credential": None}), "iam.example.com answered something else"),
    (trusted, AGENCY, httpx.Response(400, json={"error_code": "STS5.1", "error_msg": "no"}), "400: STS5.1 no"),
    (trusted, AGENCY, httpx.Response(200, text="nonsense"), "sts.example.com answered something else"),
    (trusted, AGENCY, httpx.Response(200, json=[1]), "sts.example.com answered something else"),
    (trusted, AGENCY, httpx.Response(200, json={"credentials": {}}), "sts.example.com answered something else"),
    (trusted, AGENCY, httpx.Response(200, text='{"a":' * 1999), "sts.example.com answered something else"),
    (trusted, AGENCY, httpx.Response(200, content=b'{"a":"\xff"}'), "sts.example.com answered something else"),
    (
        trusted,
        AGENCY,
        httpx.Response(200, json={"credentials": {"access": "a\r\nb", "secret": "s", "security_token": "t",
                                                  "expires_at": "2026-05-01T02:00:00.0Z"}}),
        "sts.example.com answered something else",
    ),
    (by_metadata, SESSION, httpx.Response(404, text="none"), "169.254.169.254 answered 404"),
    (by_metadata, SESSION, httpx.Response(200, text="two words"), "169.254.169.254 answered something else"),
    (by_metadata, METADATA, httpx.Response(404, text="none"), "169.254.169.254 answered 404"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "path", "answer", "words"), WRONG)
def test_a_failed_exchange_says_so(
    make: Callable[[], CloudAuth], path: str, answer: httpx.Response, words: str
) -> None:
    """Whatever comes instead of keys is a sign-in error, from the service's host, without any secret."""
    cloud = Cloud()
    cloud.spoilt[path] = answer
    cloud.needs_session = path == SESSION
    with pytest.raises(SignInError) as caught:
        capture(cloud, make())
    assert words in caught.value.message
    assert caught.value.hint
    assert not any(secret in caught.value.message for secret in (ID_TOKEN, UNSCOPED, SECURITY_TOKEN))


def test_a_refused_exchange_is_not_repeated_by_others() -> None:
    """Of many instances with the same credentials, the first refusal is that of all."""
    cloud, auth = Cloud(), trusted()
    cloud.spoilt[AGENCY] = httpx.Response(403, json={})
    for _ in range(3):
        with pytest.raises(SignInError):
            capture(cloud, auth)
    assert len(cloud.requests) == 1


CONCEALED = {
    federated: [ID_TOKEN, UNSCOPED],
    trusted: [ID_TOKEN],
    by_metadata: ["session-token-of-the-metadata"],
}


@pytest.mark.parametrize(("make", "secrets"), CONCEALED.items())
def test_what_was_received_is_concealed(make: Callable[[], CloudAuth], secrets: list[str]) -> None:
    """The secrets that came on the way are known as well as those that were given."""
    cloud, auth = Cloud(), make()
    cloud.needs_session = True
    capture(cloud, auth)
    told = " ".join([*secrets, SECURITY_TOKEN, "secretOfTheTemporaryKey1"])
    assert auth.conceal(told) == " ".join("***" for _ in told.split())


def test_a_key_of_ones_own_is_concealed() -> None:
    """The secret key and the security token are secrets; the access key is none."""
    assert own_key(SECURITY_TOKEN).conceal(f"{SK} {SECURITY_TOKEN} {AK}") == f"*** *** {AK}"


@pytest.mark.parametrize("url", ["http://iam.example.com", "https://u:p@iam.example.com", "iam", ""])
@pytest.mark.parametrize("make", [federated, trusted])
def test_an_id_token_is_sent_to_no_unsafe_place(make: Callable[[str], CloudAuth], url: str) -> None:
    """The services that exchange it are https, or loopback."""
    with pytest.raises(UsageError, match=r"the (IAM|STS) endpoint"):
        make(url)


def test_an_answer_that_repeats_the_security_token_is_not_kept() -> None:
    """An export that holds what it was asked with is none."""

    def echo(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"projects": [{"id": request.headers["X-Security-Token"]}]})

    with pytest.raises(Exception, match="neither read nor kept"):
        capture(echo, own_key(SECURITY_TOKEN))
