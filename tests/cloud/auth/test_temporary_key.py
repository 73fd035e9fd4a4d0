from __future__ import annotations

import json
from contextlib import nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.auth.internal import StsAccessor
from huaweicloudsdkcore.auth.provider import OidcStsCredentialProvider
from huaweicloudsdkddm.v1 import model
from huaweicloudsdkddm.v1.ddm_client import DdmClient
from hypothesis import given
from hypothesis import strategies as st

from drift.cloud.auth.access_key import Key, sign
from drift.cloud.auth.temporary_key import EcsAgencyAuth, FederatedAuth, TrustedAuth
from drift.cloud.client import Client
from drift.cloud.credentials import FederatedCredentials, TrustedCredentials
from drift.cloud.http import HttpClient
from drift.core.errors import SignInError, UsageError
from drift.core.secret import Secret
from support.key_exchange import (
    EXPORT,
    IAM,
    MOMENT,
    PROJECT,
    SECURITY_TOKEN,
    SK,
    UNSCOPED,
    Cloud,
    Received,
    capture,
    now,
    recording,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from drift.cloud.auth.base import CloudAuth

ID_TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJjaSJ9.c2lnbmF0dXJl"
URNS = ("iam::a:oidc-provider:ci", "iam::a:agency:reader")
STS = "https://sts.example.com"


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


EXCHANGES = {
    "federated": (
        federated,
        ["POST iam.example.com/v3.0/OS-AUTH/id-token/tokens", "POST iam.example.com/v3.0/OS-CREDENTIAL/securitytokens"],
    ),
    "trusted": (trusted, ["POST sts.example.com/v5/agencies/assume-with-oidc"]),
    "metadata": (by_metadata, ["GET 169.254.169.254/openstack/latest/securitykey"]),
}
PROJECTS = "GET iam.example.com/v3/projects"
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
        with HttpClient(response_limit=999) as http:
            Client(http, url, PROJECT, own(url), timeout=30).schema_metadata("i")
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
    with nullcontext() if all(expected) else pytest.raises(SignInError, match="did not answer with"):
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
    (federated, TOKENS, httpx.Response(201, json={}), "iam.example.com did not answer with"),
    (federated, TOKENS, httpx.Response(201, headers={"X-Subject-Token": ""}, json={}), "did not answer with"),
    (federated, TOKENS, httpx.Response(404, html="<p>"), "404 with text/html, not JSON"),
    (federated, KEYS, httpx.Response(403, json={"error": {"message": f"no {UNSCOPED}"}}), "403: no ***"),
    (federated, KEYS, httpx.Response(201, json={"credential": None}), "iam.example.com did not answer with"),
    (trusted, AGENCY, httpx.Response(400, json={"error_code": "STS5.1", "error_msg": "no"}), "400: STS5.1 no"),
    (trusted, AGENCY, httpx.Response(200, text="nonsense"), "sts.example.com did not answer with"),
    (trusted, AGENCY, httpx.Response(200, json=[1]), "sts.example.com did not answer with"),
    (trusted, AGENCY, httpx.Response(200, json={"credentials": {}}), "sts.example.com did not answer with"),
    (trusted, AGENCY, httpx.Response(200, text='{"a":' * 1999), "sts.example.com did not answer with"),
    (trusted, AGENCY, httpx.Response(200, content=b'{"a":"\xff"}'), "sts.example.com did not answer with"),
    (
        trusted,
        AGENCY,
        httpx.Response(200, json={"credentials": {"access": "a\r\nb", "secret": "s", "security_token": "t",
                                                  "expires_at": "2026-05-01T02:00:00.0Z"}}),
        "sts.example.com did not answer with",
    ),
    (by_metadata, SESSION, httpx.Response(404, text="none"), "169.254.169.254 answered 404"),
    (by_metadata, SESSION, httpx.Response(200, text="two words"), "169.254.169.254 did not answer with"),
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


@pytest.mark.parametrize("url", ["http://iam.example.com", "https://u:p@iam.example.com", "iam", ""])
@pytest.mark.parametrize("make", [federated, trusted])
def test_an_id_token_is_sent_to_no_unsafe_place(make: Callable[[str], CloudAuth], url: str) -> None:
    """The services that exchange it are https, or loopback."""
    with pytest.raises(UsageError, match=r"the (IAM|STS) endpoint"):
        make(url)
