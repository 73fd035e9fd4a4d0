from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from drift.simulator import Cloud, default_cloud
from drift.simulator.app import answer
from drift.simulator.signing import ALGORITHM, canonical_request, signature
from drift.simulator.topology import identifier
from drift.simulator.web import Request, Response
from support.simulated import document

if TYPE_CHECKING:
    from drift.simulator.identity import AccessKey


def sign_in(cloud: Cloud, **changed: object) -> Response:
    connection = {**cloud.connection(""), "scope": {"project": {"id": cloud.project_id}}, **changed}
    user = {
        "name": connection["user_name"],
        "password": connection["password"],
        "domain": {"name": connection["domain_name"]},
    }
    identity = {"methods": ["password"], "password": {"user": user}}
    body = json.dumps({"auth": {"identity": identity, "scope": connection["scope"]}}).encode()
    return answer(cloud, Request("POST", "/v3/auth/tokens", body=body))


@pytest.mark.parametrize("headers", [{}, {"x-auth-token": "MII"}])
def test_nothing_is_told_without_a_token(headers: dict[str, str], cloud: Cloud) -> None:
    """Every call but the sign-in needs a valid token; gateway and identity service say so in their own way."""
    for path, code in (("/v3/projects", 401), (f"/v3/{cloud.project_id}/instances/x/schema-metadata", "APIGW.0301")):
        response = answer(cloud, Request("GET", path, headers=headers))
        shown = document(response)
        assert (response.status, shown.get("error_code") or shown["error"]["code"]) == (401, code)


@pytest.mark.parametrize("scope", [{}, {"project": {"name": "eu-de"}}, {"domain": {"name": "drift-demo"}}])
def test_a_sign_in_gives_a_token(scope: dict[str, Any], cloud: Cloud) -> None:
    """The right user gets a token, in the header alone, that the gateway accepts."""
    response = sign_in(cloud, scope=scope)
    token = response.headers["X-Subject-Token"]
    assert response.status == 201
    assert token.encode() not in response.body
    assert document(response)["token"]["expires_at"].endswith("Z")
    assert answer(cloud, Request("GET", "/v3/projects", headers={"x-auth-token": token})).status == 200


@pytest.mark.parametrize(
    "changed",
    [
        {"user_name": "nobody"},
        {"password": "wrong"},
        {"domain_name": "wrong"},
        {"scope": {"project": {"name": "elsewhere"}}},
        {"scope": {"project": {}}},
    ],
)
def test_a_wrong_sign_in_is_refused(changed: dict[str, Any], cloud: Cloud) -> None:
    """What doesn't fit gets Keystone's refusal and no token."""
    response = sign_in(cloud, **changed)
    assert (response.status, document(response)["error"]["code"]) == (401, 401)
    assert "X-Subject-Token" not in response.headers


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b'{"auth": {"identity": {"password": {"user": {}}}}}'])
def test_a_malformed_sign_in_is_refused(body: bytes, cloud: Cloud) -> None:
    """A body that is no sign-in is a bad request."""
    assert answer(cloud, Request("POST", "/v3/auth/tokens", body=body)).status == 400


def post(cloud: Cloud, path: str, body: object, **headers: str) -> Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return answer(cloud, Request("POST", path, (), named, json.dumps(body).encode()))


@pytest.mark.parametrize("key", ["name", "id"])
def test_a_user_and_a_project_are_told_by_name_or_id(key: str, cloud: Cloud) -> None:
    """User, domain and project may be named or given by id, and the token is for the project."""
    user = {"name": {"name": "dba", "domain": {"name": "drift-demo"}}, "id": {"id": identifier("", "user", "dba")}}[key]
    project = {"name": cloud.project_name, "id": cloud.project_id}[key]
    identity = {"methods": ["password"], "password": {"user": {**user, "password": cloud.passwords["dba"]}}}
    body = {"auth": {"identity": identity, "scope": {"project": {key: project}}}}
    response = post(cloud, "/v3/auth/tokens", body)
    assert response.status == 201
    assert document(response)["token"]["project"]["id"] == cloud.project_id


def test_a_token_has_its_time(cloud: Cloud) -> None:
    """A token ends with its life, without anybody's doing."""
    cloud.token_life = 0.0
    token = sign_in(cloud).headers["X-Subject-Token"]
    assert answer(cloud, Request("GET", "/v3/projects", headers={"x-auth-token": token})).status == 401


@pytest.mark.parametrize("scope", [{}, {"domain": {"name": "drift-demo"}}])
def test_a_token_for_no_project_opens_no_instance(scope: dict[str, Any], cloud: Cloud) -> None:
    """DDM's calls are about a project: a token for a domain, or for nothing, is not enough."""
    token = sign_in(cloud, scope=scope).headers["X-Subject-Token"]
    response = answer(cloud, Request("GET", f"/v3/{cloud.project_id}/instances", headers={"x-auth-token": token}))
    assert (response.status, document(response)["error_code"]) == (403, "DBS.200010")


@pytest.mark.parametrize(("name", "count"), [("", 1), ("eu-de", 1), ("elsewhere", 0)])
def test_projects_are_found_by_name(name: str, count: int, cloud: Cloud) -> None:
    """The list of projects has the one of that name, or none."""
    request = Request("GET", "/v3/projects", (("name", name),), {"x-auth-token": cloud.issue_token(is_scoped=False)})
    assert len(document(answer(cloud, request))["projects"]) == count


# The example of the "API request signing guide".
_GUIDE = Request(
    "GET",
    "/v1/77b6a44cba5143ab91d13ab9a8ff44fd/vpcs/",
    (("limit", "2"), ("marker", "13551d6b-755d-4757-b956-536f674975c0")),
    {"content-type": "application/json", "host": "service.region.example.com", "x-sdk-date": "20191115T033655Z"},
)


def test_the_official_example_has_its_signature() -> None:
    """The signature of the signing guide's example is the one that it gives."""
    secret = "MFyfvK41ba2giqM7Uio6PznpdUKGpownRZlmVmHc"
    expected = "7be6668032f70418fcc22abc52071e57aff61b84a1d2381bb430d6870f4f6ebe"
    assert signature(secret, _GUIDE, sorted(_GUIDE.headers)) == expected


def test_the_official_example_has_its_canonical_form() -> None:
    """Path, query and headers of the example are written as the guide writes them."""
    assert canonical_request(_GUIDE, sorted(_GUIDE.headers)).split("\n") == [
        "GET",
        "/v1/77b6a44cba5143ab91d13ab9a8ff44fd/vpcs/",
        "limit=2&marker=13551d6b-755d-4757-b956-536f674975c0",
        "content-type:application/json",
        "host:service.region.example.com",
        "x-sdk-date:20191115T033655Z",
        "",
        "content-type;host;x-sdk-date",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    ]


def signed(cloud: Cloud, key: AccessKey, path: str = "", *, minutes_off: float = 0, **headers: str) -> Request:
    """A request with the key's signature; headers that are given are signed too."""
    at = datetime.fromtimestamp(cloud.tick() / 1000 + 60 * minutes_off, UTC)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    all_headers = {"host": "ddm", "x-sdk-date": at.strftime("%Y%m%dT%H%M%SZ"), **named}
    request = Request("GET", path or f"/v3/{cloud.project_id}/instances", (("limit", "5"),), all_headers)
    names = sorted(all_headers)
    text = f"{ALGORITHM} Access={key.access}, SignedHeaders={';'.join(names)}, "
    return replace(
        request,
        headers={**all_headers, "authorization": f"{text}Signature={signature(key.secret, request, names)}"},
    )


def test_a_signature_opens_everything(cloud: Cloud) -> None:
    """An access key needs no token, neither for DDM nor for the list of projects."""
    key = cloud.keys[cloud.access_key]
    assert answer(cloud, signed(cloud, key)).status == 200
    assert answer(cloud, signed(cloud, key, "/v3/projects")).status == 200


@given(st.data())
def test_whatever_is_changed_breaks_the_signature(data: st.DataObject) -> None:
    """Method, path, query, signed headers and body can't be changed behind the signer's back."""
    cloud = default_cloud()
    request = signed(cloud, cloud.keys[cloud.access_key])
    text = data.draw(st.text("abc%é", min_size=1))
    changed = data.draw(
        st.sampled_from(
            [
                replace(request, path=f"{request.path}/{text}"),
                replace(request, query=(*request.query, (text, ""))),
                replace(request, query=(("limit", f"5{text}"),)),
                replace(request, headers={**request.headers, "host": text}),
                replace(request, body=text.encode()),
            ]
        )
    )
    assert answer(cloud, changed).status == 401
    assert answer(cloud, request).status == 200


@pytest.mark.parametrize("minutes", [-16, 16])
def test_a_clock_that_is_off_is_refused(minutes: int, cloud: Cloud) -> None:
    """A signature is good for fifteen minutes before and after its time."""
    key = cloud.keys[cloud.access_key]
    assert answer(cloud, signed(cloud, key, minutes_off=minutes * 14 / 16)).status == 200
    assert_refused(answer(cloud, signed(cloud, key, minutes_off=minutes)), "verify aksk signature fail")


def assert_refused(response: Response, words: str) -> None:
    shown = document(response)
    assert (response.status, shown["error_code"]) == (401, "APIGW.0301")
    assert words in shown["error_msg"]


def test_wrong_keys_are_refused(cloud: Cloud) -> None:
    """A key that nobody knows, a secret that is another key's, and a signature that is none are told apart."""
    key = cloud.keys[cloud.access_key]
    assert_refused(answer(cloud, signed(cloud, replace(key, access="X" * 20))), "Get secretKey failed")
    assert_refused(answer(cloud, signed(cloud, replace(key, secret="x" * 40))), "verify aksk signature fail")
    good = signed(cloud, key)
    headers = {**good.headers, "authorization": f"{ALGORITHM} Access=x"}
    assert_refused(answer(cloud, replace(good, headers=headers)), "verify aksk signature fail")


def test_a_key_that_keeps_failing_is_locked(cloud: Cloud) -> None:
    """After five failures in a row nothing more is looked at, not even a right signature."""
    key = cloud.keys[cloud.access_key]
    wrong = replace(key, secret="x" * 40)
    for _ in range(5):
        answer(cloud, signed(cloud, wrong))
    assert answer(cloud, signed(cloud, key)).status == 200
    for _ in range(6):
        answer(cloud, signed(cloud, wrong))
    assert_refused(answer(cloud, signed(cloud, key)), "AK access failed to reach the limit")


def test_a_locked_key_is_looked_at_again_after_five_minutes() -> None:
    """The lock goes by itself, and a temporary key does when its time is over."""
    now = [1_700_000_000.0]
    cloud = Cloud(region="r", project_name="p", domain_name="d", users={"dba": None}, clock=lambda: now[0])
    key, temporary = cloud.keys[cloud.access_key], cloud.issue_key(900)
    for _ in range(6):
        answer(cloud, signed(cloud, replace(key, secret="x" * 40)))
    now[0] += 290
    assert_refused(answer(cloud, signed(cloud, key)), "AK access failed to reach the limit")
    now[0] += 20
    assert answer(cloud, signed(cloud, key)).status == 200
    token = str(temporary.security_token)
    assert answer(cloud, signed(cloud, temporary, x_security_token=token)).status == 200
    now[0] += 600
    assert_refused(answer(cloud, signed(cloud, temporary, x_security_token=token)), "decrypt token fail")


def test_a_temporary_key_needs_its_security_token(cloud: Cloud) -> None:
    """A temporary key signs in with its security token, in its time, and with no other."""
    key = cloud.issue_key(900)
    assert answer(cloud, signed(cloud, key, x_security_token=str(key.security_token))).status == 200
    assert_refused(answer(cloud, signed(cloud, key)), "decrypt token fail")
    assert_refused(answer(cloud, signed(cloud, key, x_security_token="x")), "decrypt token fail")
    late = cloud.issue_key(0)
    assert_refused(answer(cloud, signed(cloud, late, x_security_token=str(late.security_token))), "decrypt token fail")


def key_for(cloud: Cloud, token: str, seconds: int, **headers: str) -> Response:
    given = {"duration_seconds": seconds, **({"id": token} if token else {})}
    body = {"auth": {"identity": {"methods": ["token"], "token": given}}}
    return post(cloud, "/v3.0/OS-CREDENTIAL/securitytokens", body, **headers)


def test_a_token_becomes_a_temporary_key(cloud: Cloud) -> None:
    """A token in the body or in the header gives a temporary key that works."""
    token = cloud.issue_token()
    for response in (key_for(cloud, token, 900), key_for(cloud, "", 900, x_auth_token=token)):
        assert response.status == 201
        shown = document(response)["credential"]
        key = cloud.keys[shown["access"]]
        assert (key.secret, key.security_token) == (shown["secret"], shown["securitytoken"])
        assert answer(cloud, signed(cloud, key, x_security_token=shown["securitytoken"])).status == 200


@pytest.mark.parametrize(("token", "seconds", "status"), [("MII", 900, 401), ("", 900, 401), (None, 899, 400)])
def test_no_temporary_key_without_a_token_or_for_too_short(
    token: str | None, seconds: int, status: int, cloud: Cloud
) -> None:
    """The token has to be valid and the life within its bounds."""
    assert key_for(cloud, cloud.issue_token() if token is None else token, seconds).status == status


def test_a_wrong_id_token_is_refused(cloud: Cloud) -> None:
    """Neither another provider nor another id token gets a token or a key."""
    body = {"auth": {"id_token": {"id": cloud.id_token}}}
    wrong = {"auth": {"id_token": {"id": "x"}}}
    path = "/v3.0/OS-AUTH/id-token/tokens"
    provider = cloud.identity_provider
    statuses = [post(cloud, path, each, x_idp_id=name).status for each, name in ((body, "x"), (wrong, provider))]
    assert statuses == [401, 401]
    assert post(cloud, path, body, x_idp_id=provider).status == 201
    agency = {"provider_urn": "p", "agency_urn": "a", "id_token": "x"}
    assert post(cloud, "/v5/agencies/assume-with-oidc", agency).status == 401
    assert post(cloud, "/v5/agencies/assume-with-oidc", {}).status == 400


def test_a_metadata_token_has_to_be_valid(cloud: Cloud) -> None:
    """A server that asks for its key with a token that expired is refused, and one without a token isn't."""
    path = "/openstack/latest/securitykey"
    assert answer(cloud, Request("GET", path)).status == 200
    assert answer(cloud, Request("GET", path, headers={"x-metadata-token": "x"})).status == 401


def test_an_expired_sign_in_takes_temporary_keys_with_it(cloud: Cloud) -> None:
    """Tokens and temporary keys end together; the user's own key stays."""
    temporary = cloud.issue_key(900)
    cloud.expire_tokens()
    assert set(cloud.keys) == {cloud.access_key}
    assert_refused(
        answer(cloud, signed(cloud, temporary, x_security_token=str(temporary.security_token))), "Get secretKey failed"
    )
