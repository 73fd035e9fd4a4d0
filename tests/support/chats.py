"""Chat services on loopback, which answer as the real ones do: sizes, signatures, codes in the body, throttling.

Sources of the answers: developer.work.weixin.qq.com 91770, open.dingtalk.com custom-robot-access, open.feishu.cn
custom-bot, api.slack.com/messaging/webhooks, learn.microsoft.com add-incoming-webhook; and reports of users that quote
them (dromara/domain-admin#82, feiyu563/PrometheusAlert#318, #422, XUJiahua/alertmanager-webhook-feishu#3).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Event, Thread
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from support.loopback import LOOPBACK, Quiet, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

SECRET = "SECabc+/=def"
"""The secret of a robot that checks signatures; of its own characters some need encoding in a URL."""


class ChatServer:
    """A robot of `service`. What it took is in `taken`; `moods` are for the next requests, then it is itself.

    A mood is `throttled`, `busy` (429 first), `failing` (500), `slow` (takes it, and never says so), or `redirect`.
    """

    def __init__(self, service: str, *, signed: bool = False) -> None:
        self.service, self.signed = service, signed
        self.taken: list[dict[str, Any]] = []
        self.methods: list[str] = []
        self.moods: list[str] = []
        self.url = ""

    def answer(self, path: str, raw: bytes) -> tuple[int, str]:
        """Judge a request as the service does."""
        body = json.loads(raw)
        refusal = _REFUSALS[self.service](body, raw)
        if self.signed and self.service == "dingtalk" and not _is_signed_for_dingtalk(path):
            refusal = 200, '{"errcode":310000,"errmsg":"sign not match"}'
        if self.signed and self.service in {"feishu", "lark"} and not _is_signed_for_feishu(body):
            refusal = 200, '{"code":19021,"msg":"sign match fail or timestamp is not within one hour"}'
        if refusal is None:
            self.taken.append(body)
        return refusal or _OK[self.service]

    @property
    def texts(self) -> list[str]:
        """What readers see of each message."""
        return [_READ[self.service](body) for body in self.taken]


def _wecom(body: dict[str, Any], _raw: bytes) -> tuple[int, str] | None:
    content = body.get("markdown", {}).get("content", "")
    if not content:
        return 200, '{"errcode":44004,"errmsg":"empty content"}'
    too_long = 200, '{"errcode":40058,"errmsg":"markdown.content exceed max length 4096"}'
    return too_long if len(content.encode()) > 4096 else None


def _dingtalk(_body: dict[str, Any], raw: bytes) -> tuple[int, str] | None:
    too_long = 200, '{"errcode":460101,"errmsg":"message too long, exceed 20000 bytes"}'
    return too_long if len(raw) > 20_000 else None


def _feishu(body: dict[str, Any], raw: bytes) -> tuple[int, str] | None:
    bad = 200, '{"code":9499,"msg":"Bad Request","data":{}}'
    return bad if len(raw) > 20 * 1024 or "content" not in body else None


def _slack(body: dict[str, Any], _raw: bytes) -> tuple[int, str] | None:
    return None if 0 < len(body.get("text", "")) <= 40_000 else (400, "no_text")


def _teams(body: dict[str, Any], raw: bytes) -> tuple[int, str] | None:
    return None if len(raw) <= 28 * 1024 and "attachments" in body else (413, "Request Entity Too Large")


_REFUSALS = {
    "wecom": _wecom,
    "dingtalk": _dingtalk,
    "feishu": _feishu,
    "lark": _feishu,
    "slack": _slack,
    "teams": _teams,
}


def _card(body: dict[str, Any]) -> str:
    (attachment,) = body["attachments"]
    blocks = attachment["content"]["body"]
    return "\n".join("".join(run["text"] for run in block["inlines"]) for block in blocks)


_READ = {
    "wecom": lambda body: body["markdown"]["content"],
    "dingtalk": lambda body: body["text"]["content"],
    "feishu": lambda body: body["content"]["text"],
    "lark": lambda body: body["content"]["text"],
    "slack": lambda body: body["text"],
    "teams": _card,
}
_OK = {
    "wecom": (200, '{"errcode":0,"errmsg":"ok"}'),
    "dingtalk": (200, '{"errcode":0,"errmsg":"ok"}'),
    "feishu": (200, '{"StatusCode":0,"StatusMessage":"success","code":0,"data":{},"msg":"success"}'),
    "lark": (200, '{"code":0,"data":{},"msg":"success"}'),
    "slack": (200, "ok"),
    "teams": (202, ""),
}
_THROTTLED = {
    "wecom": (200, '{"errcode":45009,"errmsg":"api freq out of limit"}'),
    "dingtalk": (200, '{"errcode":130101,"errmsg":"send too fast, exceed 20 times per minute"}'),
    "feishu": (200, '{"code":11232,"msg":"frequency limited"}'),
    "lark": (200, '{"code":11232,"msg":"frequency limited"}'),
    "slack": (429, "rate_limited"),
    "teams": (429, ""),
}


def _is_signed_for_dingtalk(path: str) -> bool:
    given = {name: values[0] for name, values in parse_qs(urlsplit(path).query).items()}
    text = f"{given.get('timestamp')}\n{SECRET}"
    expected = base64.b64encode(hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).digest()).decode()
    fresh = abs(int(given.get("timestamp", "0")) / 1000 - time.time()) < 3600
    return given.get("sign") == expected and fresh


def _is_signed_for_feishu(body: dict[str, Any]) -> bool:
    text = f"{body.get('timestamp')}\n{SECRET}"
    expected = base64.b64encode(hmac.new(text.encode(), b"", hashlib.sha256).digest()).decode()
    return body.get("sign") == expected and abs(int(body.get("timestamp", "0")) - time.time()) < 3600


@contextmanager
def chatting(service: str, *, signed: bool = False) -> Iterator[ChatServer]:
    """Serve a robot."""
    robot, closing = ChatServer(service, signed=signed), Event()

    class Handler(Quiet, BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            robot.methods.append("POST")
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            mood = robot.moods.pop(0) if robot.moods else ""
            if mood == "redirect":
                self.send_response(302)
                self.send_header("Location", f"{robot.url}/elsewhere")
                self.end_headers()
                return
            if mood == "slow":
                robot.answer(self.path, raw)
                closing.wait(30)
                return
            plain = {"throttled": _THROTTLED[robot.service], "busy": (429, ""), "failing": (500, "oops")}
            self.say(*(plain.get(mood) or robot.answer(self.path, raw)))

        def do_GET(self) -> None:
            robot.methods.append("GET")
            self.say(200, _OK[robot.service][1])

        def say(self, status: int, text: str) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

    with serving(ThreadingHTTPServer(LOOPBACK, Handler)) as robot.url:
        try:
            yield robot
        finally:
            closing.set()


class MailServer:
    """A mail server: the messages that it took, each with its recipients.

    `refuses` are its answers to who gets none, `bye` is the one to QUIT.
    """

    def __init__(self) -> None:
        self.taken: list[tuple[bytes, list[str]]] = []
        self.refuses: dict[str, str] = {}
        self.bye = "221 bye"
        self.stalls = 0
        self.port = 0


@contextmanager
def mailing() -> Iterator[MailServer]:
    """Serve SMTP on loopback, as far as a client without TLS needs it."""
    server, closing = MailServer(), Event()

    class Handler(StreamRequestHandler):
        def say(self, text: str) -> None:
            self.wfile.write(f"{text}\r\n".encode())

        def handle(self) -> None:
            self.say("220 loopback ESMTP")
            recipients: list[str] = []
            while line := self.rfile.readline().decode().strip():
                word = line[:4].upper()
                if word == "DATA":
                    self.say("354 go on")
                    raw = b"".join(iter(self.rfile.readline, b".\r\n"))
                    server.taken.append((raw, recipients))
                    if server.stalls:
                        server.stalls -= 1
                        closing.wait(30)
                        return
                    self.say("250 2.0.0 queued")
                elif word == "RCPT":
                    address = line.partition("<")[2].partition(">")[0]
                    if address not in server.refuses:
                        recipients.append(address)
                    self.say(server.refuses.get(address, "250 ok"))
                elif word == "QUIT":
                    self.say(server.bye)
                    return
                else:
                    self.say("250-SMTPUTF8\r\n250 AUTH PLAIN" if word == "EHLO" else "250 ok")

    with ThreadingTCPServer(LOOPBACK, Handler) as listening:
        listening.daemon_threads = True
        server.port = listening.server_address[1]
        Thread(target=listening.serve_forever, daemon=True).start()
        try:
            yield server
        finally:
            closing.set()
            listening.shutdown()
