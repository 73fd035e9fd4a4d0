"""The chats that drift notifies by itself: one row for each service, from its address to what its answer means. Pure.

Sources: WeCom, developer.work.weixin.qq.com, 91770; DingTalk, open.dingtalk.com, custom-robot-access; Feishu and Lark,
open.feishu.cn, custom-bot; Slack, api.slack.com/messaging/webhooks; Teams, learn.microsoft.com, add-incoming-webhook.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import parse_qs, quote, unquote, urlsplit

import msgspec

from drift.reports.wording.escape import in_chat, in_plain_chat

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from drift.notify.texts import ChatText

_KIB: Final = 1024
_TEAMS_HOSTS: Final = r"[^/]+\.(logic\.azure\.[a-z]+|powerplatform\.com|webhook\.office\.com)/"


class Chat(NamedTuple):
    """A chat to notify: the service, the address to post to, and what is in an Apprise URL beside it.

    `secret` signs; `mentioned` are the phone numbers of people to mention.
    """

    service: Service
    url: str
    secret: str = ""
    mentioned: tuple[str, ...] = ()


class Service(NamedTuple):
    """A service: how its addresses look, what it takes, and how it says that it took it.

    `hosts` is a pattern for hosts with a path, `scheme` that of Apprise's URLs, of which `address` makes the service's
    own. `body` makes the content of a request; `size` measures it against `limit`, in the unit that the service counts.
    `refused` gets the status and the text of an answer; its words are empty where the service has confirmed. `sign`
    gets the address, the content, the secret and the seconds since the epoch.
    """

    name: str
    title: str
    hosts: str
    scheme: str
    address: Callable[[str], tuple[str, str, tuple[str, ...]] | None]
    body: Callable[[ChatText, tuple[str, ...]], dict[str, Any]]
    limit: int
    size: Callable[[dict[str, Any]], int]
    refused: Callable[[int, str], str]
    sign: Callable[[str, dict[str, Any], str, float], tuple[str, dict[str, Any]]] | None = None
    quote: Callable[[str], str] = in_plain_chat
    hints: Mapping[str, str] = {}


def recognized(url: str, service: str | None) -> Chat | None:
    """Find the service of an address, or of a URL of Apprise; None where Apprise has to know it."""
    parts = urlsplit(url)
    if service is not None:
        return Chat(SERVICES[service], url) if parts.scheme in {"http", "https"} else None
    for each in SERVICES.values():
        if parts.scheme == "https" and re.match(each.hosts, f"{parts.hostname}{parts.path}"):
            return Chat(each, url)
        found = each.address(url) if parts.scheme == each.scheme else None
        if found is not None:
            return Chat(each, *found)
    return None


def fits(chat: Chat, text: ChatText) -> bool:
    """Report whether the service takes a text of this size."""
    return chat.service.size(chat.service.body(text, chat.mentioned)) <= chat.service.limit


def request(chat: Chat, text: ChatText, secret: str, now: float) -> tuple[str, bytes]:
    """Build the address and the body of a request, signed where there is a secret."""
    url, body = chat.url, chat.service.body(text, chat.mentioned)
    if secret and chat.service.sign is not None:
        url, body = chat.service.sign(url, body, secret, now)
    return url, msgspec.json.encode(body)


def _bytes_of_body(body: dict[str, Any]) -> int:
    return len(msgspec.json.encode(body))


def _one(template: str, url: str) -> tuple[str, str, tuple[str, ...]] | None:
    """Put the one word of an Apprise URL into the service's address; None where the URL has more."""
    parts = urlsplit(url)
    token = url.partition("://")[2].partition("?")[0].strip("/")
    if parts.username or not re.fullmatch(r"[\w-]+", token):
        return None
    return template.format(token), "", ()


# --- WeCom -----------------------------------------------------------------------------------------------------------


def _wecom(text: ChatText, _: tuple[str, ...]) -> dict[str, Any]:
    return {"msgtype": "markdown", "markdown": {"content": text.text}}


def _code_in_body(codes: tuple[str, ...], words: tuple[str, ...]) -> Callable[[int, str], str]:
    """Build a reader of answers with a code, 0 for success, and words beside it."""

    def refused(status: int, text: str) -> str:
        answer = _json(text)
        code = next((answer[name] for name in codes if name in answer), None)
        if status == 200 and code == 0 and not isinstance(code, bool):  # noqa: PLR2004 - an HTTP status
            return ""
        said = next((str(answer[name]) for name in words if answer.get(name)), "")
        return f"{status} without a code" if code is None else f"{code} {said}".strip()

    return refused


def _json(text: str) -> dict[str, Any]:
    try:
        answer = msgspec.json.decode(text)
    except (msgspec.DecodeError, ValueError):
        return {}
    return answer if isinstance(answer, dict) else {}


# --- DingTalk --------------------------------------------------------------------------------------------------------


def _dingtalk_address(url: str) -> tuple[str, str, tuple[str, ...]] | None:
    parts = urlsplit(url)
    given = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    place = url.partition("://")[2].partition("?")[0]
    secret, _, rest = place.rpartition("@")
    token, *phones = [unquote(part) for part in rest.split("/") if part] or [""]
    token = given.get("token", token)
    if not token:
        return None
    numbers = (re.sub(r"\D", "", phone) for phone in [*phones, *given.get("to", "").split(",")])
    address = f"https://oapi.dingtalk.com/robot/send?access_token={quote(token, safe='')}"
    return address, given.get("secret", unquote(secret)), tuple(number for number in numbers if number)


def _dingtalk(text: ChatText, mentioned: tuple[str, ...]) -> dict[str, Any]:
    body: dict[str, Any] = {"msgtype": "text", "text": {"content": text.text}}
    return {**body, "at": {"atMobiles": list(mentioned)}} if mentioned else body


def _dingtalk_signed(url: str, body: dict[str, Any], secret: str, now: float) -> tuple[str, dict[str, Any]]:
    timestamp = str(round(now * 1000))
    digest = hmac.digest(secret.encode(), f"{timestamp}\n{secret}".encode(), hashlib.sha256)
    sign = quote(base64.b64encode(digest).decode(), safe="")
    return f"{url}{'&' if '?' in url else '?'}timestamp={timestamp}&sign={sign}", body


# --- Feishu ----------------------------------------------------------------------------------------------------------


def _feishu(text: ChatText, _: tuple[str, ...]) -> dict[str, Any]:
    return {"msg_type": "text", "content": {"text": text.text}}


def _feishu_signed(url: str, body: dict[str, Any], secret: str, now: float) -> tuple[str, dict[str, Any]]:
    timestamp = str(int(now))
    digest = hmac.digest(f"{timestamp}\n{secret}".encode(), b"", hashlib.sha256)
    return url, {"timestamp": timestamp, "sign": base64.b64encode(digest).decode(), **body}


# --- Slack -----------------------------------------------------------------------------------------------------------


def _slack_address(url: str) -> tuple[str, str, tuple[str, ...]] | None:
    match = re.fullmatch(r"slack://([A-Za-z0-9]+)/([A-Za-z0-9]+)/([A-Za-z0-9]+)/?", url)
    return ("https://hooks.slack.com/services/" + "/".join(match.groups()), "", ()) if match else None


def _slack(text: ChatText, _: tuple[str, ...]) -> dict[str, Any]:
    return {"text": text.text, "mrkdwn": False}


def _slack_refused(status: int, text: str) -> str:
    return "" if status == 200 and text.strip() == "ok" else f"{status} {text.strip()}".strip()  # noqa: PLR2004


# --- Teams -----------------------------------------------------------------------------------------------------------


def _teams(text: ChatText, _: tuple[str, ...]) -> dict[str, Any]:
    """Make an Adaptive Card. Its text runs, unlike its text blocks, take no Markdown."""
    lines = [[{"type": "TextRun", "text": text.title, "weight": "Bolder"}]]
    lines += [[{"type": "TextRun", "text": line}] for line in text.lines]
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "msteams": {"width": "Full"},
        "body": [{"type": "RichTextBlock", "inlines": runs} for runs in lines],
    }
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    return {"type": "message", "attachments": [attachment]}


def _teams_refused(status: int, text: str) -> str:
    """Read an answer: a workflow accepts with 202, a connector with `1`; 200 with other words is a failure."""
    if status == 202 or (status == 200 and text.strip() == "1"):  # noqa: PLR2004 - HTTP statuses
        return ""
    return f"{status} {text.strip()}".strip()


def _no_address(_url: str) -> None:
    return None


_SIGN_HINT: Final = "The robot wants a signature: name its secret with secret_env or secret_file, and check the clock."
_WORD_HINT: Final = "Give the robot the keyword drift, or let it check a signature instead."
_SLOWER_HINT: Final = "The service limits how often a robot speaks; what waits is sent by later runs, in order."

SERVICES: Final[Mapping[str, Service]] = {
    row.name: row
    for row in (
        Service(
            "wecom", "WeCom", r"qyapi\.weixin\.qq\.com/", "wecombot",
            lambda url: _one("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={}", url),
            _wecom, 4096, lambda body: len(body["markdown"]["content"].encode()),
            _code_in_body(("errcode",), ("errmsg",)), quote=in_chat,
            hints={"93000": "The address has no such key: copy it from the robot again.", "45009": _SLOWER_HINT},
        ),
        Service(
            "dingtalk", "DingTalk", r"o?api\.dingtalk\.(com|io)/", "dingtalk", _dingtalk_address,
            _dingtalk, 20_000, _bytes_of_body, _code_in_body(("errcode",), ("errmsg",)), _dingtalk_signed,
            hints={"310000": f"{_WORD_HINT} A signature needs secret_env or secret_file.", "130101": _SLOWER_HINT},
        ),
        Service(
            "feishu", "Feishu", r"open\.feishu\.cn/", "feishu",
            lambda url: _one("https://open.feishu.cn/open-apis/bot/v2/hook/{}", url),
            _feishu, 20_000, _bytes_of_body, _code_in_body(("code", "StatusCode"), ("msg", "StatusMessage")),
            _feishu_signed,
            hints={"19021": _SIGN_HINT, "19024": _WORD_HINT, "11232": _SLOWER_HINT, "9499": _SLOWER_HINT},
        ),
        Service(
            "lark", "Lark", r"open\.larksuite\.com/", "lark",
            lambda url: _one("https://open.larksuite.com/open-apis/bot/v2/hook/{}", url),
            _feishu, 20_000, _bytes_of_body, _code_in_body(("code", "StatusCode"), ("msg", "StatusMessage")),
            _feishu_signed,
            hints={"19021": _SIGN_HINT, "19024": _WORD_HINT, "11232": _SLOWER_HINT, "9499": _SLOWER_HINT},
        ),
        Service(
            "slack", "Slack", r"hooks\.slack(-gov)?\.com/services/", "slack", _slack_address,
            _slack, 40_000, lambda body: len(body["text"]), _slack_refused,
        ),
        Service(
            "teams", "Teams", _TEAMS_HOSTS, "", _no_address,
            _teams, 28 * _KIB, _bytes_of_body, _teams_refused,
        ),
    )
}  # fmt: skip
"""The services by the words that `service` takes in drift.toml."""
