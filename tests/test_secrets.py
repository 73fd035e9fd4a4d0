from __future__ import annotations

import base64
import json
import sys
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

import pytest

from drift.simulator import default_cloud, serve
from drift.simulator.identity import AccessKey
from support.loopback import LOOPBACK, Quiet, serving
from support.receiver import receiving
from support.shell import Ended, drift, run_command

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

TOKEN = "MIIFvTokenThatNobodyElseMayEverSee+/9aZ8bY7cX6dW5eV4fU3gT2hS1"
ISSUED = "MIIGxIssuedByTheIamForThisRunOnly-_1qA2wS3eD4rF5tG6yH7uJ8iK9o"
PASSWORD = 'Pa55"word\\That&Nobody<Else>May=See%€42'
SECRET_KEY = "kQ7vZ2mX9pL4wB8nR3tYcJ6hG1fD5sA0uE7iO2yT"
SECURITY_TOKEN = "gYtjbi1ub3J0aC00SecurityTokenOfATemporaryKeyMUSTnotBeSeen"
ID_TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJwaXBlbGluZS1vZi1vcmRlcnMifQ.c2lnbmF0dXJlLW9mLXRoZS1jaQ"
GIVEN_KEY, GIVEN_TOKEN = (
    "zW1xE2cR3vT4bY5nU6mI7kO8lP9qA0sD1fG2hJ3k",
    "hZ4uSecurityTokenThatAnExchangeBroughtForThisRun0nly",
)
SECRETS = (TOKEN, ISSUED, PASSWORD, SECRET_KEY, SECURITY_TOKEN, ID_TOKEN, GIVEN_KEY, GIVEN_TOKEN)
RUN = 12
"""So many characters of a secret in a row are a leak, too."""

PROJECT, INSTANCE = "619d3e78f61b4be68bc5aa0b59edcf7b", "1f5c9fd6cd984056ba89c8c87cc03278in09"


def forms(secret: str) -> set[str]:
    """The texts that a secret may turn up as."""
    raw = secret.encode()
    written = {secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1], quote(secret)}
    return written | {repr(secret)[1:-1], base64.b64encode(raw).decode(), raw.hex()}


FORMS = {form for secret in SECRETS for form in forms(secret)}
RUNS = {form[start : start + RUN].encode() for form in FORMS for start in range(len(form) - RUN + 1)}
MARKS = {
    form[start : start + RUN // 2].encode()
    for form in FORMS
    for start in range(0, len(form) - RUN // 2 + 1, RUN // 2 + 1)
}
"""Each run has one of them in it: what has none of them, which is found out soon, has no run either."""


def leaks(content: bytes) -> set[bytes]:
    return {run for run in RUNS if run in content} if any(mark in content for mark in MARKS) else set()


def assert_kept(folder: Path, ended: Ended, *hiding: str) -> None:
    """No secret is in what was written, nor in any file but those that are there to hold one."""
    assert not leaks(ended.out.encode())
    assert not leaks(ended.err.encode())
    files = [path for path in folder.rglob("*") if path.is_file() and path.name not in hiding]
    assert not {path.name: found for path in files if (found := leaks(path.read_bytes()))}


class Answer(NamedTuple):
    """What a server says: status, headers, body."""

    status: int
    headers: dict[str, str]
    body: str
    reason: str = "Whatever"


@contextmanager
def answering(answer: Callable[[str], Answer]) -> Iterator[str]:
    """A server on loopback that answers every call of DDM with what `answer` makes of the credentials in it.

    Its IAM and its STS give a token, or a temporary key, to whoever asks.
    """

    class Handler(Quiet, BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._send(answer(self.headers.get("X-Auth-Token") or self.headers.get("X-Security-Token", "")))

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", "0")))
            key = {"access": "TEMPORARY", "secret": GIVEN_KEY, "securitytoken": GIVEN_TOKEN}
            body = {"token": {}, "credential": {**key, "expires_at": "2026-05-01T02:00:00.000000Z"}}
            self._send(Answer(201, {"X-Subject-Token": ISSUED, **JSON}, json.dumps(body)))

        def _send(self, said: Answer) -> None:
            body = said.body.encode()
            self.send_response(said.status, said.reason)
            for name, value in said.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with serving(ThreadingHTTPServer(LOOPBACK, Handler)) as url:
        yield url


JSON = {"Content-Type": "application/json"}
ECHOES: dict[str, Callable[[str], Answer]] = {
    "message": lambda secret: Answer(400, JSON, json.dumps({"error_code": "DBS.1", "error_msg": f"bad {secret}!"})),
    "code": lambda secret: Answer(400, JSON, json.dumps({"errCode": secret, "externalMessage": "no"})),
    "request id": lambda secret: Answer(403, JSON, json.dumps({"error_msg": "no", "request_id": secret})),
    "nested": lambda secret: Answer(401, JSON, json.dumps({"error": {"message": secret, "code": 401}})),
    "upper case and more": lambda secret: Answer(404, JSON, json.dumps({"error_msg": f"X-Auth-Token:{secret}" * 9})),
    "a part": lambda secret: Answer(400, JSON, json.dumps({"error_msg": f"token {secret[7:-9]} expired"})),
    "escaped": lambda secret: Answer(400, JSON, json.dumps({"error_msg": quote(secret)})),
    "no JSON": lambda secret: Answer(400, {"Content-Type": "text/html"}, f"<p>{secret}</p>"),
    "header": lambda secret: Answer(400, {**JSON, "X-Request-Id": secret}, "{}"),
    "media type": lambda secret: Answer(400, {"Content-Type": f"text/{secret}"}, "no"),
    "success of another type": lambda secret: Answer(200, {"Content-Type": f"text/{secret}"}, "no"),
    "reason": lambda secret: Answer(400, JSON, "{}", reason=f"Bad {secret}"),
    "redirect": lambda secret: Answer(302, {"Location": f"https://example.com/{secret}?token={secret}"}, ""),
    "redirect to a host": lambda secret: Answer(302, {"Location": f"https://{secret}.example.com/"}, ""),
    "encoding": lambda secret: Answer(200, {**JSON, "Content-Encoding": secret}, "{}"),
    "retry": lambda secret: Answer(429, {**JSON, "Retry-After": secret}, json.dumps({"error_msg": secret})),
    "trouble": lambda secret: Answer(503, JSON, json.dumps({"error_msg": secret})),
    "an export that is none": lambda secret: Answer(200, JSON, json.dumps({"token": secret, "errCode": secret})),
    "a payload that is none": lambda secret: Answer(
        200, JSON, json.dumps({"compressed_databases_info": secret, "data_nodes": [{"token": secret}]})
    ),
    "damaged JSON": lambda secret: Answer(200, JSON, f'{{"token": "{secret}", '),
}

SIGN_INS: dict[str, dict[str, str]] = {
    "token": {"DRIFT_TOKEN": TOKEN},
    "token file": {"DRIFT_TOKEN_FILE": "hidden"},
    "password": {"DRIFT_USER_NAME": "dba", "DRIFT_DOMAIN_NAME": "shop", "DRIFT_PASSWORD": PASSWORD},
    "password file": {"DRIFT_USER_NAME": "dba", "DRIFT_DOMAIN_NAME": "shop", "DRIFT_PASSWORD_FILE": "hidden"},
    "terraform": {"HW_AUTH_TOKEN": TOKEN},
    "openstack": {"OS_USERNAME": "dba", "OS_USER_DOMAIN_NAME": "shop", "OS_PASSWORD": PASSWORD},
    "key": {"HUAWEICLOUD_SDK_AK": "AK", "HUAWEICLOUD_SDK_SK": SECRET_KEY},
    "key file": {"DRIFT_ACCESS_KEY": "AK", "DRIFT_SECRET_KEY_FILE": "hidden"},
    "temporary key": {"HW_ACCESS_KEY": "AK", "HW_SECRET_KEY": SECRET_KEY, "HW_SECURITY_TOKEN": SECURITY_TOKEN},
    "profile file": {"DRIFT_CREDENTIALS_FILE": "hidden"},
    "provider": {"DRIFT_IDP_ID": "ci", "DRIFT_ID_TOKEN": ID_TOKEN},
    "id token file": {"HUAWEICLOUD_SDK_IDP_ID": "ci", "HUAWEICLOUD_SDK_ID_TOKEN_FILE": "hidden"},
    "agency": {
        "HUAWEICLOUD_OIDC_PROVIDER_URN": "p",
        "HUAWEICLOUD_OIDC_AGENCY_URN": "a",
        "HUAWEICLOUD_OIDC_ID_TOKEN": ID_TOKEN,
    },
}
FILES = {
    "token file": TOKEN,
    "password file": PASSWORD,
    "key file": SECRET_KEY,
    "profile file": f"[basic]\nak = AK\nsk = {SECRET_KEY}\nsecurity_token = {SECURITY_TOKEN}\n",
    "id token file": ID_TOKEN,
}


def at(url: str, sign_in: str) -> dict[str, str]:
    """The variables for a server and a way to sign in."""
    given = SIGN_INS[sign_in]
    iam = {"OS_AUTH_URL": f"{url}/v3"} if sign_in == "openstack" else {}
    where = {"DRIFT_ENDPOINT": url, "DRIFT_PROJECT_ID": PROJECT, "DRIFT_INSTANCE_ID": INSTANCE, "DRIFT_TIMEOUT": "1"}
    return {**where, **iam, **given}


def hide(folder: Path, sign_in: str) -> None:
    if sign_in in FILES:
        (folder / "hidden").write_text(FILES[sign_in], encoding="utf-8")


@pytest.mark.parametrize("echo", ECHOES)
@pytest.mark.parametrize("sign_in", ["token", "temporary key"])
def test_a_server_that_echoes_credentials_does_not_show_them(tmp_path: Path, echo: str, sign_in: str) -> None:
    """Whatever an answer repeats of the token, no error, note or file has it, also with -v."""
    hide(tmp_path, sign_in)
    with answering(ECHOES[echo]) as url:
        ended = drift(tmp_path, "-v", "snapshot", "--store", "x.db", **at(url, sign_in))
    assert ended.code in {3, 4}, ended
    assert_kept(tmp_path, ended, "hidden")


@pytest.mark.parametrize("sign_in", SIGN_INS)
def test_every_way_to_sign_in_keeps_its_secret(tmp_path: Path, sign_in: str) -> None:
    """Wherever a secret is from, a refusal that repeats it doesn't show it."""
    hide(tmp_path, sign_in)
    with answering(ECHOES["nested"]) as url:
        ended = drift(tmp_path, "-v", "snapshot", **at(url, sign_in))
    assert ended.code == 3
    assert "401" in ended.err
    assert_kept(tmp_path, ended, "hidden")


@pytest.mark.parametrize("sign_in", ["password", "password file", "provider", "id token file", "agency"])
def test_an_iam_that_echoes_the_password_does_not_show_it(tmp_path: Path, sign_in: str) -> None:
    """A refused sign-in names the reason without the password or the id token that was sent."""
    hide(tmp_path, sign_in)

    class Iam(Quiet, BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers["Content-Length"])).decode()
            body = json.dumps(
                {"error": {"code": 401, "message": f"refused: {SIGN_INS[sign_in]} in {sent}", "title": sent}}
            )
            self.send_response(401)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(body.encode())

    with serving(ThreadingHTTPServer(LOOPBACK, Iam)) as url:
        ended = drift(tmp_path, "-v", "snapshot", **at(url, sign_in))
    assert ended.code == 3
    assert "refused" in ended.err
    assert_kept(tmp_path, ended, "hidden")


def test_no_command_shows_or_keeps_a_secret(tmp_path: Path) -> None:
    """After real captures, signed in with a token, a password and a key, no command and no file has any of them."""
    cloud = default_cloud()
    cloud.passwords["dba"] = PASSWORD
    cloud.issue_token(TOKEN)
    instance = cloud.instance("orders-prod")
    with serve(cloud) as server:
        where = {
            "DRIFT_ENDPOINT": server.url,
            "DRIFT_PROJECT_ID": cloud.project_id,
            "DRIFT_INSTANCE_ID": instance.id,
            "DRIFT_DOMAIN_NAME": cloud.domain_name,
        }
        token = {**where, **SIGN_INS["token"]}
        password = {**where, "DRIFT_USER_NAME": "dba", "DRIFT_PASSWORD": PASSWORD}
        cloud.keys["AK"] = AccessKey("AK", SECRET_KEY, SECURITY_TOKEN, expires=1 << 60)
        key = {**where, **SIGN_INS["temporary key"]}
        first = drift(tmp_path, "snapshot", "-v", "--label", "one", **token)
        instance.scale_out("rds-orders-3")
        second = drift(tmp_path, "snapshot", "-v", "--label", "two", **password)
        assert (first.code, second.code) == (0, 0)
        for command in COMMANDS:
            for variables in (token, password, key) if "live" in command else (token,):
                assert_kept(tmp_path, drift(tmp_path, *command.split(), "-v", **variables))
        issued = set(cloud.tokens) - {TOKEN}
        assert issued
        assert not any(token.encode() in path.read_bytes() for token in issued for path in tmp_path.rglob("*.*"))


COMMANDS = (
    "diff one two --format json --output markdown=report.md --output text=report.txt --output json=report.json",
    "diff one live --format markdown",
    "gate one live",
    "log --format json",
    "show live",
    "show two --shards --format json",
    "export two --output two.json",
    "export live --output live.json",
    "inspect two.json",
    "import two.json",
    "verify-store",
    "watch --once",
    "reread",
    "rules",
    "config",
    "config --format json",
    "init other.toml",
    "show nothing",
    "snapshot --timeout x",
    "snapshot --label latest",
    "show live --endpoint https://u:p@host",
    "snapshot --help",
    "",
)


@pytest.mark.parametrize(
    "variables",
    [
        {"DRIFT_ENDPOINT": f"https://dba:{TOKEN}@ddm.example.com"},
        {"DRIFT_ENDPOINT": TOKEN},
        {"DRIFT_PROJECT_ID": f"{TOKEN} "},
        {"DRIFT_INSTANCE_ID": f"{TOKEN}\n"},
        {"DRIFT_TOKEN": f"{TOKEN}\n{TOKEN}"},
        {"DRIFT_TOKEN": f"{TOKEN} €"},
        {"DRIFT_TOKEN": "", "DRIFT_TOKEN_FILE": TOKEN},
        {"DRIFT_TOKEN": "", "DRIFT_PASSWORD": PASSWORD, "DRIFT_USER_NAME": "dba"},
        {"DRIFT_TOKEN": "", "DRIFT_ACCESS_KEY": f"{SECRET_KEY}/", "DRIFT_SECRET_KEY": SECRET_KEY},
        {"DRIFT_TOKEN": "", "DRIFT_ACCESS_KEY": "AK", "DRIFT_SECRET_KEY": f"{SECRET_KEY} x"},
        {"DRIFT_TOKEN": "", "DRIFT_ACCESS_KEY": "AK", "DRIFT_SECRET_KEY_FILE": SECRET_KEY * 9},
        {"DRIFT_TOKEN": "", "DRIFT_IDP_ID": "ci", "DRIFT_ID_TOKEN": f"{ID_TOKEN}\n{ID_TOKEN}"},
        {"DRIFT_TOKEN": "", "DRIFT_CREDENTIALS_FILE": TOKEN},
        {"DRIFT_TOKEN": "", "HW_REGION_NAME": f"{TOKEN}", "DRIFT_REGION": f"{TOKEN} "},
        {"DRIFT_AUTH": TOKEN},
        {"DRIFT_SCOPE": TOKEN, "DRIFT_TOKEN": "", "DRIFT_USER_NAME": "dba", "DRIFT_PASSWORD": PASSWORD},
        {"DRIFT_TIMEOUT": TOKEN},
        {"DRIFT_FAIL_ON": TOKEN},
        {"DRIFT_KEEP_RAW": TOKEN},
        {"DRIFT_ALLOW_PLAIN_HTTP": TOKEN},
        {"DRIFT_IAM_ENDPOINT": f"https://{TOKEN}@iam.example.com", "DRIFT_TOKEN": "", "DRIFT_PASSWORD": PASSWORD},
        {"HTTPS_PROXY": f"http://dba:{TOKEN}@127.0.0.1:1"},
        {"HTTPS_PROXY": f"nonsense://dba:{TOKEN}@127.0.0.1:1"},
        {"ALL_PROXY": f"http://dba:{TOKEN}@127.0.0.1:99999"},
    ],
    ids=" ".join,
)
def test_a_secret_in_the_wrong_place_is_not_repeated(tmp_path: Path, variables: dict[str, str]) -> None:
    """A value that can't be right is refused without being shown: it may be a secret that was pasted there."""
    url = "https://ddm.example.com" if any("PROXY" in name for name in variables) else "http://127.0.0.1:1"
    given = {**at(url, "token"), **variables}
    ended = drift(tmp_path, "-v", "snapshot", **given)
    assert ended.code in {2, 3}, ended
    assert_kept(tmp_path, ended)


@pytest.mark.parametrize(
    "text",
    [
        f"token = '{TOKEN}'",
        f"[defaults]\npassword = '{TOKEN}'",
        f"[instances.a]\nendpoint = 'https://dba:{TOKEN}@example.com'",
        f"[instances.a]\nproject_id = '{TOKEN} '\naccess_key = '{TOKEN}'",
        f"[defaults]\nsecret_key = '{SECRET_KEY}'\nsk = '{SECRET_KEY}'\nsecurity_token = '{SECURITY_TOKEN}'",
        f"[defaults]\nid_token = '{ID_TOKEN}'\nauth = '{TOKEN}'\nscope = '{TOKEN}'\nregion = '{TOKEN} '",
        f"fail_on = '{TOKEN}'",
        f"timeout = '{TOKEN}'",
        f"[severities]\nshard-moved = '{TOKEN}'",
        f"[limits]\nrecords = '{TOKEN}'",
        f"layout = '{TOKEN}'",
        f"[notify.ops]\nwebhook = 'https://a:{TOKEN}@example.com/'\nsecret = '{TOKEN}'\nsecret_env = '{TOKEN}'",
        f"[notify.ops]\napprise = 'slack://{TOKEN}'\napprise_env = 'slack://{TOKEN}'\nmin_severity = '{TOKEN}'",
        f"token = '{TOKEN}",
        f"= {TOKEN}",
    ],
)
def test_a_secret_in_the_configuration_is_not_repeated(tmp_path: Path, text: str) -> None:
    """drift.toml is no place for secrets: the error says so, or what is wrong, without showing one."""
    (tmp_path / "drift.toml").write_text(text)
    ended = drift(tmp_path, "-v", "log")
    assert ended.code == 2
    assert_kept(tmp_path, ended, "drift.toml")


@pytest.mark.parametrize("flag", ["--token", "--password", "--secret-key", "--security-token", "--id-token"])
def test_there_is_no_flag_for_a_secret(tmp_path: Path, flag: str) -> None:
    """Other users of a machine see command lines: a secret's flag doesn't exist, and its value isn't repeated."""
    for arguments in ((f"{flag}={TOKEN}",), (flag, TOKEN)):
        ended = drift(tmp_path, "snapshot", *arguments)
        assert (ended.code, ended.out) == (2, "")
        assert_kept(tmp_path, ended)


HOOK_SECRET = f"whsec_{base64.b64encode(TOKEN.encode()[:48]).decode()}"


@pytest.mark.parametrize("source", ["secret_env = 'DRIFT_OPS_SECRET'", "secret_file = 'hidden'"])
@pytest.mark.parametrize("status", [200, 400, 401, 503])
def test_the_secret_of_a_webhook_stays_one(tmp_path: Path, source: str, status: int) -> None:
    """Whatever the receiver repeats of it, no output, no error and no store has it."""
    cloud = default_cloud()
    (tmp_path / "hidden").write_text(HOOK_SECRET)
    with serve(cloud) as server, receiving() as ops:
        ops.status, ops.said = status, json.dumps({"error": {"message": f"{HOOK_SECRET} {TOKEN[:48]}"}})
        (tmp_path / "drift.toml").write_text(f"[notify.ops]\nwebhook = '{ops.url}'\nallow_private = true\n{source}\n")
        where = {
            **at(server.url, "token"),
            "DRIFT_TOKEN": "nobody's",
            "DRIFT_TIMEOUT": "2",
            "DRIFT_OPS_SECRET": HOOK_SECRET,
        }
        ended = drift(tmp_path, "-v", "watch", "--once", **where)
        assert ended.code == 3
        assert ops.got
        assert b"whsec_" not in ops.got[0].body
    assert HOOK_SECRET[6:30] not in f"{ended.out}{ended.err}"
    assert_kept(tmp_path, ended, "hidden")


BUG = """
import sys
import drift.cloud.capture
from drift.cli.main import run

def fail(target, *_, **__):
    raise RuntimeError(f"{target} {target.credentials!r}")

drift.cloud.capture.receive = fail
sys.exit(run(["-v", "snapshot"]))
"""


@pytest.mark.parametrize("sign_in", ["token", "password", "temporary key", "provider", "agency"])
def test_a_traceback_shows_no_secret(tmp_path: Path, sign_in: str) -> None:
    """Even a bug that prints what it has at hand prints no secret."""
    ended = run_command(tmp_path, sys.executable, "-c", BUG, **at("https://ddm.example.com", sign_in))
    assert ended.code == 70
    assert "RuntimeError: Target(" in ended.err
    assert_kept(tmp_path, ended)


def test_the_test_would_notice() -> None:
    """A secret, a part of one and an encoded one are seen."""
    assert all(leaks(run) for run in RUNS)
    assert leaks(f"... {TOKEN[20:40]} ...".encode())
    assert leaks(json.dumps(PASSWORD).encode())
    assert leaks(base64.b64encode(PASSWORD.encode()))
    assert not leaks(b"nothing of the kind")
