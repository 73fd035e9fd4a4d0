from __future__ import annotations

import time
from contextlib import contextmanager
from threading import Event
from typing import TYPE_CHECKING, Any

import httpx
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drift.cloud import retry
from drift.cloud.auth.token import TokenAuth
from drift.cloud.client import Client
from drift.cloud.error_responses import conceal, shown
from drift.cloud.http import HttpClient
from drift.cloud.retry import CallLimit, Clock
from drift.core.errors import ApiError, CaptureError, DriftError, NetworkError, PayloadError, SignInError, UsageError
from drift.core.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ENDPOINT = "https://ddm.eu-de.otc.t-systems.com"
PROJECT_ID = "619d3e78f61b4be68bc5aa0b59edcf7b"
INSTANCE_ID = "1f5c9fd6cd984056ba89c8c87cc03278in09"
TOKEN = "MIIEpQYJKoZIhvcNAQcCoIIEljCCBJICAQExDTALBglghkgBZQMEAgEwggKPBgkq"
EXPORT = b'{"compressed_databases_info": "H4sI", "data_nodes": []}'


class Timeline:
    """A time that passes only while someone sleeps, and remembers for how long they did."""

    def __init__(self) -> None:
        self.seconds = 1_000.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        """Let that time pass at once."""
        self.slept.append(seconds)
        self.seconds += seconds

    @property
    def clock(self) -> Clock:
        """This time as a client takes it, at the start of May 2026, with pauses as long as they can be."""
        return Clock(monotonic=lambda: self.seconds, now=lambda: 1_777_600_800.0, sleep=self.sleep, random=lambda: 1.0)


@contextmanager
def a_client(app: Callable[[httpx.Request], httpx.Response], clock: Clock | None = None) -> Iterator[Client]:
    with HttpClient(
        response_limit=1 << 20, transport=httpx.MockTransport(app), clock=clock or Timeline().clock
    ) as http:
        yield Client(http, ENDPOINT, PROJECT_ID, TokenAuth(TOKEN), timeout=100.0)


def connect(endpoint: str = ENDPOINT, project_id: str = PROJECT_ID, **options: bool) -> Client:
    """Make a client with an HTTP client of its own."""
    with HttpClient(response_limit=1) as http:
        return Client(http, endpoint, project_id, TokenAuth(TOKEN), timeout=1, **options)


def answers(*responses: httpx.Response) -> Callable[[httpx.Request], httpx.Response]:
    """An app that gives these answers in turn, then the last one for ever."""
    left = list(responses)
    return lambda _: left.pop(0) if len(left) > 1 else left[0]


def error_of(response: httpx.Response) -> CaptureError:
    with a_client(lambda _: response) as client, pytest.raises(CaptureError) as caught:
        client.schema_metadata(INSTANCE_ID)
    return caught.value


def test_the_request_is_the_documented_one() -> None:
    """The export is asked for as documented, with the token, by a client that says who it is."""
    seen: list[httpx.Request] = []

    def app(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, content=EXPORT, headers={"Content-Type": "application/json"})

    with a_client(app) as client:
        client.schema_metadata(INSTANCE_ID)
    (request,) = seen
    assert str(request.url) == f"{ENDPOINT}/v3/{PROJECT_ID}/instances/{INSTANCE_ID}/schema-metadata"
    assert request.method == "GET"
    assert request.headers["X-Auth-Token"] == TOKEN
    assert request.headers["User-Agent"] == f"ddm-drift/{__version__}"
    assert request.headers["Accept-Encoding"] == "identity"


@pytest.mark.parametrize("status", [200, 202])
@pytest.mark.parametrize(
    "content_type",
    ["application/json", "application/json;charset=utf8", "Application/JSON", "application/hal+json", None],
)
def test_both_successes_give_the_body_as_received(status: int, content_type: str | None) -> None:
    """200 and 202 are success, with any JSON type or none, and not a byte of the body is changed."""
    headers = {"Content-Type": content_type} if content_type else {}
    with a_client(lambda _: httpx.Response(status, content=EXPORT, headers=headers)) as client:
        assert client.schema_metadata(INSTANCE_ID) == EXPORT


@pytest.mark.parametrize("token", ["json", "application", "/", "n"])
def test_a_secret_of_a_common_word_spoils_no_sound_answer(token: str) -> None:
    """A media type is compared as it came, also where a part of it is a secret that is concealed when shown."""
    page = httpx.Response(200, content=b"{}", headers={"Content-Type": f"page/{token}"})
    sound = httpx.Response(200, content=EXPORT, headers={"Content-Type": "application/json"})
    with HttpClient(response_limit=1 << 20, transport=httpx.MockTransport(answers(sound, page))) as http:
        client = Client(http, ENDPOINT, PROJECT_ID, TokenAuth(token), timeout=100.0)
        assert client.schema_metadata(INSTANCE_ID) == EXPORT
        with pytest.raises(ApiError, match=r"\*\*\* instead of JSON"):
            client.schema_metadata(INSTANCE_ID)


@pytest.mark.parametrize("token", ["200019", "DBS"])
def test_a_secret_within_a_service_s_code_hides_no_passing_trouble(token: str) -> None:
    """A code is compared as it came: a busy service is asked again, whatever of its code is concealed when shown."""
    busy = httpx.Response(409, json={"error_code": "DBS.200019"})
    time = Timeline()
    app = httpx.MockTransport(answers(busy, httpx.Response(200, content=EXPORT)))
    with HttpClient(response_limit=1 << 20, transport=app, clock=time.clock) as http:
        client = Client(http, ENDPOINT, PROJECT_ID, TokenAuth(token), timeout=100.0)
        assert client.schema_metadata(INSTANCE_ID) == EXPORT
    assert len(time.slept) == 1


_SHAPES = {
    "v3": ({"error_code": "DBS.280001", "error_msg": "Parameter error."}, None),
    "v1": ({"errCode": "DBS.280001", "externalMessage": "Parameter error."}, None),
    "mixed": ({"errCode": "DBS.280001", "error_msg": "Parameter error."}, None),
    "gateway": ({"error_msg": "Parameter error.", "error_code": "DBS.280001", "request_id": "r-1"}, "r-1"),
    "sdk": ({"errorCode": "DBS.280001", "errorMsg": "Parameter error."}, None),
    "nested": ({"error": {"code": "DBS.280001", "message": "Parameter error."}, "request_id": "r-1"}, "r-1"),
    "nested v1": ({"fault": {"errCode": "DBS.280001", "externalMessage": "Parameter error."}}, None),
}


@pytest.mark.parametrize(("body", "request_id"), _SHAPES.values(), ids=_SHAPES.keys())
def test_every_error_shape_becomes_one_error(body: dict[str, Any], request_id: str | None) -> None:
    """Code, message and request id are found in every documented shape, also one level down."""
    error = error_of(httpx.Response(400, json=body))
    assert isinstance(error, ApiError)
    assert (error.status, error.code, error.request_id) == (400, "DBS.280001", request_id)
    assert "answered 400: DBS.280001 Parameter error." in error.message


def test_the_request_id_of_the_header_wins() -> None:
    """`X-Request-Id` is what support asks for; it is in the message."""
    error = error_of(httpx.Response(400, json={"request_id": "inner"}, headers={"X-Request-Id": "outer"}))
    assert "(request id outer)" in error.message


def test_keystones_code_is_not_told_twice() -> None:
    """IAM repeats the HTTP status as its code; the error says it once."""
    error = error_of(httpx.Response(403, json={"error": {"code": 403, "message": "Forbidden by policy"}}))
    assert error.message == "ddm.eu-de.otc.t-systems.com answered 403: Forbidden by policy"


_HINTS = {
    "gateway": (401, "APIGW.0301", SignInError, "token"),
    "plain 401": (401, None, SignInError, "token"),
    "forbidden": (403, None, ApiError, "permission"),
    "no instance": (404, "DBS.200002", ApiError, "instance id"),
    "not found": (404, None, ApiError, "region"),
    "no API": (404, "APIGW.0101", ApiError, "endpoint"),
    "throttled": (429, "APIGW.0308", ApiError, "--timeout"),
    "busy": (409, "DBS.200019", ApiError, "Another operation"),
    "uncleared": (400, "DBS.300358", ApiError, "clear it"),
    "trouble": (500, "DBS.200412", ApiError, "later"),
    "unknown": (418, None, ApiError, "Check"),
}


@pytest.mark.parametrize(("status", "code", "kind", "words"), _HINTS.values(), ids=_HINTS.keys())
def test_well_known_errors_say_what_to_do(status: int, code: str | None, kind: type, words: str) -> None:
    """An error that operators meet comes with what to do about it, and sign-in trouble is told apart."""
    error = error_of(httpx.Response(status, json={"error_code": code} if code else {}))
    assert isinstance(error, kind)
    assert words in str(error.hint)


_BODIES = st.binary(max_size=200) | st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["error", "code", "error_msg", "x"]), inner),
    max_leaves=8,
).map(lambda value: httpx.Response(200, json=value).content)


@given(
    status=st.sampled_from([*range(300, 600)]), body=_BODIES, header=st.text(st.characters(codec="ascii"), max_size=9)
)
def test_any_error_answer_becomes_a_readable_error(status: int, body: bytes, header: str) -> None:
    """Whatever an error answer holds, it becomes one error on one printable line of bounded length."""
    headers = {"Content-Type": header.replace("\r", "").replace("\n", ""), "X-Request-Id": "\x1b[31m"}
    error = error_of(httpx.Response(status, content=body, headers=headers))
    assert error.message.isprintable()
    assert len(error.message) < 1500


@given(st.text())
def test_shown_text_is_one_safe_line(text: str) -> None:
    """A stranger's text is shown on one printable line of at most 300 characters and an ellipsis."""
    line = shown(text, str)
    assert line.isprintable()
    assert len(line) <= 301


_SECRET_TEXTS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=12, max_size=60)


@given(secret=_SECRET_TEXTS, before=st.text(max_size=9), after=st.text(max_size=9), data=st.data())
def test_an_echoed_secret_is_concealed(secret: str, before: str, after: str, data: st.DataObject) -> None:
    """No run of 12 characters of a secret survives, however the text around it reads and wherever it was cut."""
    part = secret[: data.draw(st.integers(12, len(secret)))]
    text = conceal(f"{before}{part}{after}", [secret])
    assert not any(secret[start : start + 12] in text for start in range(len(secret) - 11))


@pytest.mark.parametrize("secret", ["pa", 'q"uo\\te', "sp ace&more=1"])
def test_short_and_quoted_secrets_are_concealed(secret: str) -> None:
    """A short password is concealed as a whole, also in the forms that JSON and URLs give it."""
    forms = [
        secret,
        httpx.Response(200, json=secret).text[1:-1],
        str(httpx.QueryParams({"p": secret}))[2:].replace("+", "%20"),
    ]
    for form in forms:
        assert form not in conceal(f"<{form}>", [secret])


@pytest.mark.parametrize(
    "response",
    [
        httpx.Response(400, json={"error_code": TOKEN, "error_msg": f"bad token {TOKEN}", "request_id": TOKEN}),
        httpx.Response(400, json={"error_msg": f"bad token {TOKEN[:30]}..."}, headers={"X-Request-Id": TOKEN}),
        httpx.Response(200, content=b"x", headers={"Content-Type": f"text/{TOKEN}"}),
        httpx.Response(200, content=b"", headers={"Content-Encoding": TOKEN}),
        httpx.Response(302, headers={"Location": f"https://{TOKEN}.example/?t={TOKEN}"}),
        httpx.Response(302, headers={"Location": f"https://user:{TOKEN}@host.example/"}),
    ],
    ids=["body", "header", "content type", "encoding", "host", "userinfo"],
)
def test_a_service_that_echoes_the_token_does_not_spread_it(response: httpx.Response) -> None:
    """The token is in no error, wherever in an answer it comes back."""
    error = error_of(response)
    told = f"{error!r} {error.hint} {getattr(error, 'code', '')} {getattr(error, 'request_id', '')}"
    assert TOKEN[:12] not in told
    assert TOKEN[:12].lower() not in told


def test_pauses_double_until_the_budget_is_used_up() -> None:
    """A service in trouble is asked again as long as there is time, with pauses that double up to eight seconds."""
    time = Timeline()
    with a_client(answers(httpx.Response(503)), time.clock) as client, pytest.raises(ApiError, match="16 times"):
        client.schema_metadata(INSTANCE_ID)
    assert time.slept == [0.5, 1.0, 2.0, 4.0, *[8.0] * 11]
    assert sum(time.slept) <= 100


@given(attempt=st.integers(1, 9999), chance=st.floats(0, 1, exclude_max=True), budget=st.floats(0.01, 86_400))
def test_a_pause_is_bounded(attempt: int, chance: float, budget: float) -> None:
    """Chance spreads a pause over the whole of its length, which is never more than an eighth of the budget."""
    assert 0 <= retry.backoff(attempt, chance, budget) <= min(8, budget / 8)
    assert retry.backoff(attempt, 0.0, budget) == 0
    assert retry.backoff(attempt, chance, budget) <= retry.backoff(attempt + 1, chance, budget)


def test_each_attempt_that_failed_is_told() -> None:
    """Whoever waits learns what for and for how long."""
    told: list[str] = []
    app = httpx.MockTransport(answers(httpx.Response(503, json={}), httpx.Response(200, content=EXPORT)))
    with HttpClient(response_limit=99, transport=app, clock=Timeline().clock, on_retry=told.append) as http:
        Client(http, ENDPOINT, PROJECT_ID, TokenAuth(TOKEN), timeout=100.0).schema_metadata(INSTANCE_ID)
    assert told == ["ddm.eu-de.otc.t-systems.com answered 503; trying again in 0.5 s"]


def test_one_budget_covers_every_call_of_a_capture() -> None:
    """What one call has used up, the next one hasn't got."""
    time = Timeline()
    slow = httpx.Response(429, headers={"Retry-After": "60"})
    with a_client(answers(slow, httpx.Response(200, content=EXPORT), slow), time.clock) as client:
        client.schema_metadata(INSTANCE_ID)
        with pytest.raises(ApiError, match="asks to wait 60 s"):
            client.schema_metadata(INSTANCE_ID)
    assert time.slept == [60.0]


def test_what_is_no_instance_has_no_status() -> None:
    """An answer about an instance that is no object is told, lest its status seem not to be given."""
    with a_client(answers(httpx.Response(200, json=[]))) as client, pytest.raises(PayloadError, match="the instance"):
        client.instance(INSTANCE_ID, 1.0)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        (" 0 ", 0.0),
        ("Fri, 01 May 2026 02:00:09 GMT", 9.0),
        ("Fri, 01 May 2026 01:00:00 GMT", 0.0),
        ("Friday, 01-May-26 02:00:09 GMT", 9.0),
        ("Fri May  1 02:00:09 2026", 9.0),
        ("soon", None),
        ("-3", None),
        ("²", None),
        (None, None),
        ("Fri, 99 May 2026 01:00:00 GMT", None),
    ],
)
def test_both_forms_of_retry_after_are_read(
    header: str | None, seconds: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`Retry-After` is seconds or a date, wherever the machine is; anything else counts as absent."""
    monkeypatch.setenv("TZ", "Asia/Bangkok")
    time.tzset()
    try:
        assert retry.retry_after(header, 1_777_600_800.0) == seconds
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize(("asked", "slept"), [("7", [7.0]), ("Fri, 01 May 2026 02:00:09 GMT", [9.0]), ("soon", [0.5])])
def test_the_wait_that_a_service_asks_for_is_kept(asked: str, slept: list[float]) -> None:
    """A throttled call waits as long as the service says, and as long as usual where that says nothing."""
    time = Timeline()
    throttled = httpx.Response(429, headers={"Retry-After": asked})
    with a_client(answers(throttled, httpx.Response(200, content=EXPORT)), time.clock) as client:
        assert client.schema_metadata(INSTANCE_ID) == EXPORT
    assert time.slept == slept


def test_a_wait_beyond_the_budget_is_not_begun() -> None:
    """A service that asks for more time than there is gets none: the error says so at once."""
    time = Timeline()
    response = httpx.Response(429, headers={"Retry-After": "101"})
    with a_client(lambda _: response, time.clock) as client, pytest.raises(ApiError, match="asks to wait 101 s"):
        client.schema_metadata(INSTANCE_ID)
    assert time.slept == []


@pytest.mark.parametrize("wrong", ["", "a/b", "..", ".", "a b", "a?b", "a#b", "ä", "a%2fb", "a\n"])
def test_an_id_that_could_lead_elsewhere_is_refused(wrong: str) -> None:
    """Neither id can change the path of the call; nothing is sent."""
    with a_client(lambda _: pytest.fail("sent")) as client, pytest.raises(UsageError, match="instance id"):
        client.schema_metadata(wrong)
    with pytest.raises(UsageError, match="project id"):
        connect(project_id=wrong)


@pytest.mark.parametrize(
    "endpoint",
    ["http://ddm.example", "http://127.0.0.1.example", "http://10.0.0.1", "http://localhost.example", "http://[::2]"],
)
def test_plain_http_is_for_loopback(endpoint: str) -> None:
    """Plain http to another machine needs to be allowed explicitly."""
    with pytest.raises(UsageError, match=r"plain http|expected") as caught:
        connect(endpoint)
    if "plain http" in caught.value.message:
        connect(endpoint, allow_plain_http=True)


@pytest.mark.parametrize("endpoint", ["http://127.0.0.1:80", "http://127.9.9.9", "http://[::1]:80", "http://localhost"])
def test_plain_http_to_loopback_needs_no_leave(endpoint: str) -> None:
    """The simulator is reached without an exception."""
    assert isinstance(connect(endpoint), Client)


@pytest.mark.parametrize("endpoint", ["", "ftp://x.example", "https://u:geheim@x.example", "https://", "https://x/?a"])
def test_what_is_no_endpoint_is_refused(endpoint: str) -> None:
    """An endpoint is the URL of a host; one with a password in it is not repeated."""
    with pytest.raises(UsageError, match="endpoint") as caught:
        connect(endpoint)
    assert "geheim" not in caught.value.message


@pytest.mark.parametrize("proxy", ["socks5://u:geheim@p.example", "ftp://u:geheim@p.example", "http://u:geheim@p:x"])
def test_an_unusable_proxy_is_the_users_to_mend(proxy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy from the environment that can't be used is told without its password."""
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    with pytest.raises(UsageError, match="proxy") as caught:
        connect()
    error: DriftError = caught.value
    assert "geheim" not in f"{error!r} {error.hint}"


def test_missing_certificates_are_the_users_to_mend(monkeypatch: pytest.MonkeyPatch) -> None:
    """`SSL_CERT_FILE` that leads nowhere is told, before anything is sent."""
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere/at/all.pem")
    with pytest.raises(UsageError, match="certificates"):
        connect()


def test_a_client_shows_no_secret() -> None:
    """What a client and its credentials look like in a debugger holds no token."""
    with a_client(lambda _: httpx.Response(200)) as client:
        assert repr(client) == f"<Client {ENDPOINT}>"
    assert TOKEN not in repr(TokenAuth(TOKEN))


def test_all_pages_of_a_list_together_are_bounded() -> None:
    """A list that always has another page ends at the limit of one answer."""

    def app(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"instances": [{"id": request.url.params["offset"], "name": "x" * 300_000}]})

    with a_client(app) as client, pytest.raises(PayloadError, match="the list of instances: larger than the limit"):
        client.instances()


def throttled(limit: str) -> httpx.Response:
    words = f"The throttling threshold has been reached: policy user over ratelimit,{limit}"
    return httpx.Response(429, json={"error_code": "APIGW.0308", "error_msg": words})


def test_a_throttled_call_tells_how_fast_to_go() -> None:
    """The limit in a 429's words is learned, and the hint names the rate that keeps to it."""
    learned: list[CallLimit] = []
    with (
        HttpClient(
            response_limit=99,
            transport=httpx.MockTransport(answers(throttled("limit:200,time:5 minute"))),
            clock=Timeline().clock,
            on_limit=learned.append,
        ) as http,
        pytest.raises(ApiError) as caught,
    ):
        Client(http, ENDPOINT, PROJECT_ID, TokenAuth("limit"), timeout=5.0).schema_metadata(INSTANCE_ID)
    assert learned[0] == CallLimit(200, 300.0)
    assert "to 200 in 300 s: `--rate 0.63` keeps to that" in str(caught.value.hint)


def test_waiting_for_a_turn_is_not_the_service_s_silence() -> None:
    """However long the turn of a call takes, the call has all of its time, and the wait is told as what it is."""
    time, told = Timeline(), []
    with HttpClient(
        response_limit=99,
        transport=httpx.MockTransport(answers(httpx.Response(200, content=EXPORT))),
        clock=time.clock,
        on_retry=told.append,
        wait_turn=lambda: 300.0,
    ) as http:
        client = Client(http, ENDPOINT, PROJECT_ID, TokenAuth(TOKEN), timeout=1.0)
        assert client.schema_metadata(INSTANCE_ID) == client.schema_metadata(INSTANCE_ID) == EXPORT
    assert told == ["waiting 300 s for the turn of a call to ddm.eu-de.otc.t-systems.com"] * 2


def test_no_pause_is_told_as_nothing() -> None:
    """A pause too short to be shown is none."""
    told: list[str] = []
    clock = msgspec.structs.replace(Timeline().clock, random=lambda: 0.0)
    app = httpx.MockTransport(answers(httpx.Response(503, json={}), httpx.Response(200, content=EXPORT)))
    with HttpClient(response_limit=99, transport=app, clock=clock, on_retry=told.append) as http:
        Client(http, ENDPOINT, PROJECT_ID, TokenAuth(TOKEN), timeout=100.0).schema_metadata(INSTANCE_ID)
    assert told == ["ddm.eu-de.otc.t-systems.com answered 503; trying again at once"]


def test_a_name_server_that_is_silent_takes_no_longer_than_the_time_given() -> None:
    """A lookup that nothing answers is not waited for beyond the timeout, and is told as what it is."""
    never, answered = Event(), Event()

    def look_up(*_: object) -> None:
        never.wait(30)
        answered.set()

    with HttpClient(response_limit=1, look_up=look_up) as http:
        client = Client(http, "https://ddm.invalid", PROJECT_ID, TokenAuth(TOKEN), timeout=0.4)
        with pytest.raises(NetworkError, match=r"could not connect to ddm\.invalid: no answer to the lookup of ddm\."):
            client.schema_metadata(INSTANCE_ID)
        assert not answered.is_set()
    never.set()


def test_a_403_does_not_blame_the_user_alone() -> None:
    """A project id that is another one is refused as a user without rights is; the hint names both."""
    hint = error_of(httpx.Response(403, json={"error_code": "DBS.200010"})).hint
    assert "DRIFT_PROJECT_ID" in str(hint)
    assert "permission" in str(hint)
