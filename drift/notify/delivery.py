"""Delivery of notifications to webhooks and chats over HTTP, and to mail and the rest. Reads a secret's file.

Delivered is what the service itself has confirmed.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Final

from drift.cloud.auth.base import CloudAuth
from drift.cloud.endpoints import authority
from drift.cloud.error_responses import error_body, shown
from drift.cloud.http import SYSTEM_CLOCK, HttpClient
from drift.cloud.retry import Deadline
from drift.cloud.transport_errors import is_unsent
from drift.core import validators
from drift.core.errors import ApiError, ConfigError, DeliveryError, DriftError, NetworkError, PrivateAddressError
from drift.core.secret import Secret, path_shown
from drift.core.secret_file import read_secret
from drift.core.validators import path_for
from drift.decode.limits import MIB
from drift.notify.chats import fits, recognized, request
from drift.notify.message import document
from drift.notify.texts import chat_text
from drift.notify.webhook_auth import WebhookAuth

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping
    from pathlib import Path

    import httpx

    from drift.notify.channels import Channel
    from drift.notify.chats import Chat
    from drift.notify.message import Notification, Send

PAGE: Final = 500
"""Transitions in one notification to a webhook; a chat gets one notification, which shows the worst of them."""

_ALLOWANCE: Final = 60.0  # seconds of a run that one channel may lose
_LEAST: Final = 1 / 64  # of them
_AGAIN: Final = "The next run sends what this one could not."
_PRIVATE_HINT: Final = "allow_private = true in [notify.{name}] lets it be there, as a chat server of your own may be."
_EVERYTHING: Final = 1 << 62


class Sender:
    """A channel ready to send to. Failures cost a run at most a minute, so other channels are still served.

    A `timeout` of fewer seconds shortens that.

    Raises ConfigError for a missing or invalid secret, and for Apprise where it is needed but not installed.
    """

    def __init__(self, channel: Channel, environ: Mapping[str, str], timeout: float) -> None:
        self.name = channel.name
        self.page = PAGE if channel.webhook else _EVERYTHING
        self._left = min(timeout, _ALLOWANCE)
        self._least = self._left * _LEAST
        self._send = _sender(channel, environ)

    def deliver(self, notification: Notification, *, again: bool = False) -> None:
        """Send a notification and wait until its arrival is confirmed. Raises DeliveryError where it is not.

        `again` says that an earlier attempt may have arrived.
        """
        if self._left < self._least:
            raise DeliveryError(f"could not notify {self.name}: it failed too often in this run", hint=_AGAIN)
        began = SYSTEM_CLOCK.monotonic()
        try:
            self._send(notification, self._left / 2, again=again)
        except DriftError as error:
            self._left -= SYSTEM_CLOCK.monotonic() - began
            raise self._explained(error) from error

    def _explained(self, error: DriftError) -> DeliveryError:
        hint = error.hint if isinstance(error, DeliveryError) and error.hint else _AGAIN
        if isinstance(error, PrivateAddressError):
            hint = _PRIVATE_HINT.format(name=self.name)
        return DeliveryError(
            f"could not notify {self.name}: {error.message}", hint=hint, may_have_arrived=_may_have_arrived(error)
        )


def _may_have_arrived(error: DriftError) -> bool:
    """Report whether a notification may have arrived although its arrival was not confirmed."""
    match error:
        case DeliveryError():
            return error.may_have_arrived
        case ApiError(status=int(status)):
            return status >= 500  # noqa: PLR2004 - an HTTP status
        case _:
            return isinstance(error, NetworkError) and not is_unsent(error.__cause__)


def _sender(channel: Channel, environ: Mapping[str, str]) -> Send:
    path = path_for(environ)
    ca_file = None if channel.ca_file is None else path(channel.ca_file)
    client = partial(
        HttpClient, response_limit=MIB, proxy=channel.proxy, ca_file=ca_file, only_public=not channel.allow_private
    )
    signing = channel.secret_file or channel.secret_env
    secret, source = _secret(channel.secret_file, channel.secret_env, environ, path) if signing else (Secret(""), "")
    if channel.webhook:
        WebhookAuth("", secret, source, SYSTEM_CLOCK.now)  # an invalid secret is an error before anything is sent
        return _to_webhook(
            channel.webhook, partial(WebhookAuth, secret=secret, source=source, now=SYSTEM_CLOCK.now), client
        )
    return _to_chat(channel, *_address(channel, environ, path), secret, client)


def _address(channel: Channel, environ: Mapping[str, str], path: Callable[[object], Path]) -> tuple[Secret, str]:
    """Return the address of a chat, and the name of its place for messages."""
    return _secret(channel.url_file or channel.apprise_file, channel.url_env or channel.apprise_env, environ, path)


def _secret(
    file: Path | None, variable: str | None, environ: Mapping[str, str], path: Callable[[object], Path]
) -> tuple[Secret, str]:
    """Return the secret, and the name of its place for messages."""
    if file is not None:
        return read_secret(path(file)), path_shown(file)
    text = environ.get(variable or "", "").strip()
    if not text:
        raise ConfigError(f"{variable}: the variable is not set", hint="drift.toml names it in a [notify.NAME] table.")
    return Secret(text), str(variable)


def _to_webhook(url: str, signing: Callable[[str], WebhookAuth], client: Callable[[], HttpClient]) -> Send:
    def send(notification: Notification, seconds: float, *, again: bool) -> None:  # noqa: ARG001 - the id says so
        body = document(notification).encode()
        auth = signing(notification.id)
        with client() as http:
            answer = http.post(url, body, auth, Deadline.of(SYSTEM_CLOCK.monotonic, seconds))
        if not answer.is_success:
            words = error_body(answer).shown(auth.conceal).message
            text = f": {words}" if words else ""
            raise DeliveryError(f"{authority(url)} answered {answer.status_code}{text}")

    return send


def _to_chat(channel: Channel, address: Secret, source: str, secret: Secret, client: Callable[[], HttpClient]) -> Send:
    urls = address.reveal().split()
    try:
        chat = recognized(urls[0], channel.service) if len(urls) == 1 else None
    except ValueError:  # of a host in brackets that is none
        raise ConfigError(f"{source}: expected a URL") from None
    if chat is None and channel.service:
        raise ConfigError(f"{source}: expected one address of {channel.service}: https:// and the rest")
    if chat is None:
        if given := _not_for_apprise(channel):
            raise ConfigError(f"{source}: a URL of Apprise has all it needs in it; expected no {given}")
        from drift.notify.apprise_delivery import to_apprise

        return to_apprise(address, source)
    try:
        host = validators.host_of(validators.page(chat.url))
    except ValueError as error:
        raise ConfigError(f"{source}: {error}") from None
    if not channel.allow_plain_http and validators.is_exposed(host):
        raise ConfigError(f"{source}: plain http can be read on the way: expected https, or allow_plain_http = true")
    if (signs := secret.reveal() or chat.secret) and chat.service.sign is None:
        raise ConfigError(f"{source}: {chat.service.title} checks no signature; expected no secret_file or secret_env")
    return _to_service(chat, signs, client)


def _not_for_apprise(channel: Channel) -> str:
    """Return the setting of a channel that Apprise would not heed, if there is one."""
    names = ("secret_file", "secret_env", "proxy", "ca_file", "allow_plain_http", "allow_private")
    return next((name for name in names if getattr(channel, name)), "")


class _ChatAuth(CloudAuth):
    """Knows the secrets of a chat. Its address and its body hold all that the service needs."""

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Send the request as it is."""
        yield request


def _to_service(chat: Chat, secret: str, client: Callable[[], HttpClient]) -> Send:
    """Send to a service that confirms in its own words. It knows no ids, so nothing is sent twice in a run."""

    def send(notification: Notification, seconds: float, *, again: bool) -> None:
        said = chat_text(notification, partial(fits, chat), chat.service.quote, again=again)
        url, body = request(chat, said, secret, SYSTEM_CLOCK.now())
        auth = _ChatAuth(*_secrets_of(chat.url), secret)
        with client() as http:
            deadline = Deadline.of(SYSTEM_CLOCK.monotonic, seconds)
            answer = http.post(url, body, auth, deadline, may_arrive_twice=False)
        if refused := chat.service.refused(answer.status_code, answer.text):
            hint = chat.service.hints.get(refused.partition(" ")[0])
            unsure = answer.status_code >= 500  # noqa: PLR2004 - an HTTP status
            words = shown(refused, auth.conceal)
            raise DeliveryError(f"{chat.service.title} answered {words}", hint=hint, may_have_arrived=unsure)

    return send


def _secrets_of(url: str) -> list[str]:
    """Return the parts of an address that may be secrets."""
    return [part for part in re.split(r"[/?&=]", url.partition("://")[2].partition("/")[2]) if len(part) > 7]  # noqa: PLR2004
