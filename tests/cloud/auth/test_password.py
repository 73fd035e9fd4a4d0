from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier
from typing import TYPE_CHECKING, Any, Literal

import httpx
import pytest

from drift.cloud.auth.password import PasswordAuth
from drift.cloud.auth.token import TokenAuth
from drift.cloud.client import Client
from drift.cloud.credentials import PasswordCredentials, Project, Scope
from drift.cloud.http import HttpClient
from drift.core.errors import CaptureError, SignInError, UsageError
from drift.core.secret import Secret
from drift.simulator import Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from drift.cloud.auth.base import CloudAuth
    from drift.simulator import Cloud, Server
    from drift.simulator.fault import Kind

IAM = "https://iam.eu-de.otc.t-systems.com"
PASSWORD = "PassWord_234"
TOKENS = ("MIIEpQYJKoZIhvcNAQcCoIIEljCC-first", "MIIEpQYJKoZIhvcNAQcCoIIEljCC-second")


def a_password(iam: str = IAM, **fields: object) -> PasswordAuth:
    given: dict[str, Any] = {
        "user_name": "dba",
        "domain_name": "OTC00000000001000000000",
        "scope": Scope("project", "name", "eu-de"),
        **fields,
    }
    return PasswordAuth(PasswordCredentials(iam_endpoint=iam, password=Secret(PASSWORD), **given))


class Services:
    """IAM and DDM in one app: IAM hands out tokens in turn, DDM takes those that have not expired."""

    def __init__(self) -> None:
        self.issued: list[str] = []
        self.expired: set[str] = set()
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer as IAM or as DDM."""
        self.requests.append(request)
        if request.url.path == "/v3/auth/tokens":
            self.issued.append(TOKENS[len(self.issued)])
            return httpx.Response(201, headers={"X-Subject-Token": self.issued[-1]}, json={"token": {}})
        if request.headers["X-Auth-Token"] in self.expired:
            return httpx.Response(401, json={"error_code": "APIGW.0301", "error_msg": "token expires"})
        return httpx.Response(200, json={})

    @property
    def paths(self) -> list[str]:
        """The last part of every path that was asked for."""
        return [request.url.path.rpartition("/")[2] for request in self.requests]


@contextmanager
def a_client(
    app: Callable[[httpx.Request], httpx.Response], auth: CloudAuth, project: str | Project = "p"
) -> Iterator[Client]:
    with HttpClient(response_limit=99_999, transport=httpx.MockTransport(app)) as http:
        yield Client(http, "https://ddm.example.com", project, auth, timeout=30)


@contextmanager
def connected(cloud: Cloud, server: Server, auth: CloudAuth) -> Iterator[Client]:
    with HttpClient(response_limit=1 << 20) as http:
        yield Client(http, server.url, cloud.project_id, auth, timeout=5)


@pytest.mark.parametrize("iam", [IAM, f"{IAM}/", f"{IAM}/v3", f"{IAM}/v3/"])
def test_the_sign_in_is_the_documented_one(iam: str) -> None:
    """The request is the documented one, also for an endpoint that ends in the API's version."""
    services = Services()
    with a_client(services, a_password(iam)) as client:
        client.schema_metadata("i")
    request = services.requests[0]
    assert (request.method, str(request.url)) == ("POST", f"{IAM}/v3/auth/tokens")
    assert request.headers["Content-Type"] == "application/json;charset=utf8"
    assert request.headers["User-Agent"].startswith("ddm-drift/")
    user = {"name": "dba", "password": PASSWORD, "domain": {"name": "OTC00000000001000000000"}}
    assert json.loads(request.content) == {
        "auth": {
            "identity": {"methods": ["password"], "password": {"user": user}},
            "scope": {"project": {"name": "eu-de"}},
        }
    }


@pytest.mark.parametrize("kind", ["project", "domain"])
@pytest.mark.parametrize("key", ["id", "name"])
def test_every_scope_can_be_asked_for(kind: Literal["project", "domain"], key: Literal["id", "name"]) -> None:
    """A token can be for a project or a domain, each by its id or its name."""
    services = Services()
    with a_client(services, a_password(scope=Scope(kind, key, "x"))) as client:
        client.schema_metadata("i")
    assert json.loads(services.requests[0].content)["auth"]["scope"] == {kind: {key: "x"}}


def test_one_token_serves_the_run() -> None:
    """A token is got once and sent with every call."""
    services = Services()
    with a_client(services, a_password()) as client:
        for _ in range(3):
            client.schema_metadata("i")
    assert services.paths == ["tokens", *["schema-metadata"] * 3]


def test_credentials_carry_their_token_to_the_next_client() -> None:
    """The token belongs to the credentials, so that a run over several instances signs in once."""
    services, auth = Services(), a_password()
    for _ in range(2):
        with a_client(services, auth) as client:
            client.schema_metadata("i")
    assert services.paths.count("tokens") == 1


def test_threads_share_one_sign_in() -> None:
    """Of many threads that need a token at once, one gets it and the others wait; so when it expired."""
    services, auth, start = Services(), a_password(), Barrier(8)

    def capture() -> None:
        with a_client(services, auth) as client:
            start.wait(30)
            client.schema_metadata("i")

    for issued in (1, 2):
        with ThreadPoolExecutor(8) as pool:
            assert [future.result() for future in [pool.submit(capture) for _ in range(8)]] == [None] * 8
        assert len(services.issued) == issued
        services.expired.add(TOKENS[0])


def test_a_refused_password_is_sent_once() -> None:
    """The first refusal is that of every call with the same credentials: IAM locks a user after a few."""
    asked: list[httpx.Request] = []

    def refuse(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(401, json={"error": {"message": "The username or password is wrong."}})

    auth = a_password()
    for _ in range(3):
        with a_client(refuse, auth) as client, pytest.raises(SignInError, match="password is wrong"):
            client.schema_metadata("i")
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("token", "asked"),
    [
        ({"project": {"id": "p1", "name": "eu-de"}}, ["tokens", "schema-metadata"]),
        ({"project": {"id": "p2", "name": "another"}}, ["tokens", "projects", "schema-metadata"]),
        ({"project": {"id": "p 1", "name": "eu-de"}}, ["tokens", "projects", "schema-metadata"]),
        ({"domain": {}}, ["tokens", "projects", "schema-metadata"]),
        ({"project": None}, ["tokens", "projects", "schema-metadata"]),
        ([], ["tokens", "projects", "schema-metadata"]),
    ],
)
def test_a_token_tells_its_project(token: object, asked: list[str]) -> None:
    """IAM is asked for a project's id only where the token isn't that project's, and only once."""
    services = Services()

    def app(request: httpx.Request) -> httpx.Response:
        answer = services(request)
        if request.url.path == "/v3/projects":
            assert dict(request.url.params) == {"name": "eu-de"}
            return httpx.Response(200, json={"projects": [{"id": "p1", "name": "eu-de"}]})
        if request.url.path == "/v3/auth/tokens":
            return httpx.Response(201, headers=answer.headers, json={"token": token})
        return answer

    auth = a_password()
    for _ in range(2):
        with a_client(app, auth, Project("eu-de", IAM)) as client:
            client.schema_metadata("i")
            assert client.project_id == "p1"
    assert services.paths == [*asked, "schema-metadata"]
    assert services.requests[-1].url.path == "/v3/p1/instances/i/schema-metadata"


def test_a_deep_answer_to_a_sign_in_names_no_project() -> None:
    """An answer that is nested too deeply to be read is taken as one without a project."""
    services = Services()

    def app(request: httpx.Request) -> httpx.Response:
        answer = services(request)
        if request.url.path == "/v3/auth/tokens":
            return httpx.Response(201, headers=answer.headers, content=b'{"token":' + b"[" * 60_000)
        return answer

    with a_client(app, a_password()) as client:
        assert client.schema_metadata("i") == b"{}"


LISTS = {
    "none": ({"projects": []}, "iam.eu-de.otc.t-systems.com knows no projects named eu-de"),
    "two": ({"projects": [{"id": "a"}, {"id": "b"}]}, "knows 2 projects named eu-de: a, b"),
    "no list": ({"error": 1}, "did not answer with a list of projects"),
    "no id": ({"projects": [{"id": "../x"}]}, "did not answer with a list of projects"),
}


@pytest.mark.parametrize(("answer", "words"), LISTS.values(), ids=LISTS.keys())
def test_a_project_that_is_not_the_only_one_is_told(answer: dict[str, Any], words: str) -> None:
    """Neither none nor one of several is guessed; the error says how to give the id."""
    auth, project = TokenAuth("MIIab"), Project("eu-de", IAM)
    listed = httpx.Response(200, json=answer)
    with a_client(lambda _: listed, auth, project) as client, pytest.raises(SignInError) as caught:
        client.schema_metadata("i")
    assert words in caught.value.message
    assert "--project-id" in str(caught.value.hint)


def test_a_deep_list_of_projects_is_none() -> None:
    """A list of projects that is nested too deeply is refused as one that can't be read."""
    deep = httpx.Response(200, content=b'{"projects":' + b"[" * 9_000)
    with a_client(lambda _: deep, TokenAuth("MIIab"), Project("eu-de", IAM)) as client, pytest.raises(SignInError):
        client.schema_metadata("i")


def test_an_expired_token_is_renewed_once() -> None:
    """A token that is refused in the middle of a run is replaced, and the call repeated."""
    services = Services()
    with a_client(services, a_password()) as client:
        client.schema_metadata("i")
        services.expired.add(TOKENS[0])
        client.schema_metadata("i")
    assert services.paths[2:] == ["schema-metadata", "tokens", "schema-metadata"]
    assert services.requests[-1].headers["X-Auth-Token"] == TOKENS[1]


def test_a_new_token_that_is_refused_ends_it() -> None:
    """Signing in again is tried once per call: tokens that are never accepted are an error, not a loop."""
    services = Services()
    services.expired.update(TOKENS)
    with a_client(services, a_password()) as client, pytest.raises(SignInError, match="token expires"):
        client.schema_metadata("i")
    assert services.paths == ["tokens", "schema-metadata", "tokens", "schema-metadata"]


def test_a_ready_token_is_not_renewed() -> None:
    """A token that the user brought is used as it is; its refusal is told."""
    services = Services()
    services.expired.add(TOKENS[0])
    with a_client(services, TokenAuth(f" {TOKENS[0]}\n")) as client, pytest.raises(SignInError):
        client.schema_metadata("i")
    assert services.paths == ["schema-metadata"]


@pytest.mark.parametrize("iam", ["http://iam.example.com", "https://u:p@iam.example.com", "iam", ""])
def test_a_password_is_sent_to_no_unsafe_place(iam: str) -> None:
    """The IAM endpoint is https, or loopback."""
    with pytest.raises(UsageError, match="IAM endpoint"):
        a_password(iam)


_REFUSALS = {
    "wrong password": (
        httpx.Response(401, json={"error": {"code": 401, "message": "The username or password is wrong."}}),
        "401: The username or password is wrong.",
        "password",
    ),
    "locked": (
        httpx.Response(403, json={"error_msg": "locked", "error_code": "IAM.0011"}),
        "IAM.0011 locked",
        "sign in",
    ),
    "no project": (httpx.Response(400, json={"error": {"message": "no"}}), "400: no", "project"),
    "not IAM": (httpx.Response(404, html="<p>nothing</p>"), "404 with text/html, not JSON", "IAM endpoint"),
    "no token": (httpx.Response(201, json={}), "without a token", "identity service"),
    "a bad token": (httpx.Response(201, headers={"X-Subject-Token": "a b"}), "without a token", "identity service"),
    "an echo": (
        httpx.Response(401, json={"error": {"message": f"wrong: {PASSWORD}"}}),
        "wrong: ***",
        "password",
    ),
}


@pytest.mark.parametrize(("response", "words", "hint"), _REFUSALS.values(), ids=_REFUSALS.keys())
def test_a_refused_sign_in_says_so(response: httpx.Response, words: str, hint: str) -> None:
    """What IAM answers other than a token is a sign-in error, from IAM's host, with what to check."""
    with a_client(lambda _: response, a_password()) as client, pytest.raises(SignInError) as caught:
        client.schema_metadata("i")
    assert words in caught.value.message
    assert "iam.eu-de" in caught.value.message
    assert hint in str(caught.value.hint)
    assert PASSWORD not in caught.value.message


def test_a_service_that_echoes_the_tokens_does_not_spread_them() -> None:
    """Neither the token in use nor the one before it nor the password is in an error."""
    services = Services()
    services.expired.update(TOKENS)

    def app(request: httpx.Request) -> httpx.Response:
        answer = services(request)
        words = f"{PASSWORD} {services.issued}"
        return httpx.Response(400, json={"error_msg": words}) if services.paths.count("tokens") > 1 else answer

    auth = a_password()
    with a_client(app, auth) as client, pytest.raises(CaptureError) as caught:
        client.schema_metadata("i")
    told = f"{caught.value!r} {auth!r} {client!r}"
    assert not any(secret in told for secret in (PASSWORD, *TOKENS))


def a_user(cloud: Cloud, server: Server, **changed: str) -> PasswordAuth:
    connection = {**cloud.connection(server.url), **changed}
    return PasswordAuth(
        PasswordCredentials(
            iam_endpoint=f"{server.url}/v3",
            user_name=connection["user_name"],
            password=Secret(connection["password"]),
            domain_name=connection["domain_name"],
            scope=Scope("project", "id", connection["project_id"]),
        )
    )


def test_a_user_signs_in_over_a_socket(running: tuple[Cloud, Server], monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole sign-in works over real HTTP, and loopback is not reached through the environment's proxy."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    cloud, server = running
    auth = a_user(cloud, server)
    with connected(cloud, server, auth) as client:
        first = client.schema_metadata(cloud.instance("orders-prod").id)
        cloud.fail(Fault(kind="expired-token"))
        second = client.schema_metadata(cloud.instance("orders-prod").id)
    assert b"compressed_databases_info" in first
    assert b"compressed_databases_info" in second


@pytest.mark.parametrize("changed", ["user_name", "password", "domain_name", "project_id"])
def test_wrong_credentials_are_refused_over_a_socket(changed: str, running: tuple[Cloud, Server]) -> None:
    """Each of the four parts of a sign-in has to be right."""
    cloud, server = running
    auth = a_user(cloud, server, **{changed: "wrong"})
    with (
        connected(cloud, server, auth) as client,
        pytest.raises(SignInError, match="sign-in failed"),
    ):
        client.schema_metadata(cloud.instance("orders-prod").id)


@pytest.mark.parametrize("kind", ["throttled", "error", "html", "reset", "cut"])
def test_iams_passing_faults_are_survived(kind: Kind, running: tuple[Cloud, Server]) -> None:
    """Signing in is tried again as any call is."""
    cloud, server = running
    cloud.fail(Fault(kind=kind, path="/v3/auth/tokens", retry_after="0"))
    auth = a_user(cloud, server)
    with connected(cloud, server, auth) as client:
        assert client.schema_metadata(cloud.instance("orders-prod").id)
    assert cloud.faults == []
