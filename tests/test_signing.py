from __future__ import annotations

import json
from contextlib import nullcontext
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.sdk_request import SdkRequest
from huaweicloudsdkddm.v1 import model
from huaweicloudsdkddm.v1.ddm_client import DdmClient
from hypothesis import given
from hypothesis import strategies as st
from loopback import LOOPBACK, Quiet, serving

from drift.cloud.auth import temporary_key
from drift.cloud.auth.access_key import Key, KeyAuth, sign
from drift.cloud.client import Client
from drift.cloud.credentials import FederatedCredentials, KeyCredentials, Project, TrustedCredentials
from drift.cloud.http import HttpClient
from drift.core.errors import SignInError, UsageError
from drift.core.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable

    from drift.cloud.auth.token import CloudAuth

AK, SK = "QTWAOYTTINDUT2QVKYUC", "MFyfvK41ba2giqM7Uio6PznpdUKGpownRZlmVmHc"
MOMENT = datetime(2019, 11, 15, 3, 36, 55, tzinfo=UTC).timestamp()
SECURITY_TOKEN = "ggpjbi1ub3J0aC00TATemporaryKeysToken"
ID_TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJjaSJ9.c2lnbmF0dXJl"
UNSCOPED = "MIIDunscopedTokenOfAnIdentityProvider"
IAM, STS = "https://iam.example.com", "https://sts.example.com"

words = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc"), exclude_characters="/?#%\\"), max_size=8)


def test_the_official_example_is_signed_as_documented() -> None:
    """The signing guide's request, key and time give the signing guide's signature."""
    url = (
        "https://service.region.example.com/v1/77b6a44cba5143ab91d13ab9a8ff44fd/vpcs/"
        "?limit=2&marker=13551d6b-755d-4757-b956-536f674975c0"
    )
    request = httpx.Request("GET", url, headers={"Content-Type": "application/json"})
    sign(request, Key(AK, SK, None), MOMENT)
    assert request.headers["X-Sdk-Date"] == "20191115T033655Z"
    assert request.headers["Authorization"] == (
        f"SDK-HMAC-SHA256 Access={AK}, SignedHeaders=content-type;host;x-sdk-date, "
        "Signature=7be6668032f70418fcc22abc52071e57aff61b84a1d2381bb430d6870f4f6ebe"
    )


@given(
    st.sampled_from(["GET", "POST"]),
    st.lists(words.filter(lambda word: word not in {"", ".", ".."}), min_size=1, max_size=4),
    st.lists(st.tuples(words, words), max_size=4),
    st.sampled_from([None, SECURITY_TOKEN]),
    st.sampled_from([None, "619d3e78f61b4be68bc5aa0b59edcf7b"]),
    st.binary(max_size=20),
)
def test_a_request_is_signed_as_the_sdk_signs_its_own(  # noqa: PLR0917 - all that a request has
    method: str,
    segments: list[str],
    query: list[tuple[str, str]],
    security_token: str | None,
    project_id: str | None,
    body: bytes,
) -> None:
    """Target, headers and signature are the same bytes as those of a request that the SDK builds and signs."""
    from urllib.parse import quote  # noqa: PLC0415 - the SDK's client quotes a path's parts so

    path = "/" + "/".join(quote(segment, safe="~") for segment in segments)
    date = "20191115T033655Z"
    official = SdkRequest(
        method=method,
        schema="https",
        host="ddm.example.com",
        resource_path=path,
        query_params=list(query),
        header_params={"X-Sdk-Date": date},
        body=body,
    )
    BasicCredentials(AK, SK, project_id).with_security_token(security_token).sign_request(official)

    headers = {"X-Project-Id": project_id} if project_id else {}
    ours = httpx.Request(method, f"https://ddm.example.com{path}", params=query, headers=headers, content=body)
    sign(ours, Key(AK, SK, security_token), MOMENT)
    assert ours.url.raw_path.decode() == official.uri
    assert {name: ours.headers[name] for name in official.header_params} == official.header_params
    assert (
        not {"Authorization", "X-Security-Token", "X-Project-Id"} & ours.headers.keys() - official.header_params.keys()
    )


class Recorder(Quiet, BaseHTTPRequestHandler):
    """A service on loopback that keeps what it is sent, and has an empty object for everybody."""

    def do_GET(self) -> None:
        """Keep the request."""
        self.server.received.append((self.requestline, dict(self.headers.items())))  # type: ignore[attr-defined]
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")


@pytest.mark.filterwarnings("ignore:datetime.datetime.utc:DeprecationWarning")  # the SDK's own use of the clock
@pytest.mark.parametrize("security_token", [None, SECURITY_TOKEN])
def test_the_sdks_client_and_drifts_agree_on_the_wire(security_token: str | None) -> None:
    """`DdmClient` and drift send the same target and headers; signed at the same time, the same signature.

    The SDK's client signs its name and the type of a body that isn't there, too; so its own signer takes its place.
    """
    project, instance = "619d3e78f61b4be68bc5aa0b59edcf7b", "1f5c9fd6cd984056ba89c8c87cc03278in09"
    server = ThreadingHTTPServer(LOOPBACK, Recorder)
    received: list[tuple[str, dict[str, str]]] = []
    server.received = received  # type: ignore[attr-defined]
    with serving(server) as url:
        credentials = BasicCredentials(AK, SK, project).with_security_token(security_token)
        theirs = DdmClient.new_builder().with_credentials(credentials).with_endpoint(url).build()
        theirs.download_schema_metadata(model.DownloadSchemaMetadataRequest(instance_id=instance))
        date = received[0][1]["X-Sdk-Date"]
        moment = datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()
        hidden = Secret(security_token) if security_token else None
        own = KeyAuth(KeyCredentials(access_key=AK, secret_key=Secret(SK), security_token=hidden), lambda: moment)
        with HttpClient(response_limit=99) as wire:
            Client(wire, url, project, own, timeout=30).schema_metadata(instance)
    (their_line, their_headers), (our_line, our_headers) = received
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
    return temporary_key.by_provider(credentials, now, allow_plain_http=False)


def trusted(sts: str = STS, **fields: Any) -> CloudAuth:  # noqa: ANN401 - of several types
    given = {"provider_urn": "iam::a:oidc-provider:ci", "agency_urn": "iam::a:agency:reader", **fields}
    credentials = TrustedCredentials(sts_endpoint=sts, id_token=Secret(ID_TOKEN), **given)
    return temporary_key.by_agency(credentials, now, allow_plain_http=False)


def by_metadata() -> CloudAuth:
    return temporary_key.by_metadata(temporary_key.METADATA, now)


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


def test_what_the_id_token_is_exchanged_with() -> None:
    """The exchanges send what the SDK documents: provider, agency, session and policies, or the provider's id."""
    cloud = Cloud()
    capture(cloud, trusted(session_name="ci-42", seconds=900, policy="{}", policy_ids=("a", "b")))
    assert json.loads(cloud.requests[0].content) == {
        "provider_urn": "iam::a:oidc-provider:ci",
        "agency_urn": "iam::a:agency:reader",
        "agency_session_name": "ci-42",
        "id_token": ID_TOKEN,
        "duration_seconds": 900,
        "policy": "{}",
        "policy_ids": ["a", "b"],
    }
    cloud = Cloud()
    capture(cloud, federated())
    assert cloud.requests[0].headers["X-Idp-Id"] == "ci"
    assert json.loads(cloud.requests[0].content) == {"auth": {"id_token": {"id": ID_TOKEN}}}
    assert UNSCOPED in cloud.requests[1].content.decode()
    assert cloud.requests[0].headers["User-Agent"].startswith("ddm-drift/")


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


KEYS, TOKENS = "/v3.0/OS-CREDENTIAL/securitytokens", "/v3.0/OS-AUTH/id-token/tokens"
AGENCY, METADATA = "/v5/agencies/assume-with-oidc", "/openstack/latest/securitykey"
WRONG: list[tuple[Callable[[], CloudAuth], str, httpx.Response, str]] = [
    (federated, TOKENS, httpx.Response(401, json={"error": {"message": f"bad {ID_TOKEN}"}}), "401: bad ***"),
    (federated, TOKENS, httpx.Response(201, json={}), "iam.example.com answered something else"),
    (federated, TOKENS, httpx.Response(404, html="<p>"), "404 with text/html, not JSON"),
    (federated, KEYS, httpx.Response(403, json={"error": {"message": f"no {UNSCOPED}"}}), "403: no ***"),
    (federated, KEYS, httpx.Response(201, json={"credential": None}), "iam.example.com answered something else"),
    (trusted, AGENCY, httpx.Response(400, json={"error_code": "STS5.1", "error_msg": "no"}), "400: STS5.1 no"),
    (trusted, AGENCY, httpx.Response(200, text="nonsense"), "sts.example.com answered something else"),
    (trusted, AGENCY, httpx.Response(200, json=[1]), "sts.example.com answered something else"),
    (trusted, AGENCY, httpx.Response(200, json={"credentials": {}}), "sts.example.com answered something else"),
    (
        trusted,
        AGENCY,
        httpx.Response(200, json={"credentials": {"access": "a\r\nb", "secret": "s", "security_token": "t",
                                                  "expires_at": "2026-05-01T02:00:00.0Z"}}),
        "sts.example.com answered something else",
    ),
    (by_metadata, METADATA, httpx.Response(401, json={"message": "Please configure Cloud Service Agency first"}),
     "401: Please configure Cloud Service Agency first"),
    (by_metadata, METADATA, httpx.Response(404, text="none"), "169.254.169.254 answered 404"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "path", "answer", "words"), WRONG)
def test_a_failed_exchange_says_so(
    make: Callable[[], CloudAuth], path: str, answer: httpx.Response, words: str
) -> None:
    """Whatever comes instead of keys is a sign-in error, from the service's host, without any secret."""
    cloud = Cloud()
    cloud.spoilt[path] = answer
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


def test_what_was_received_is_concealed() -> None:
    """The secrets that came on the way are known as well as those that were given."""
    auth = federated()
    capture(Cloud(), auth)
    told = f"{ID_TOKEN} {UNSCOPED} {SECURITY_TOKEN} secretOfTheTemporaryKey1"
    assert auth.conceal(told) == "*** *** *** ***"
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
