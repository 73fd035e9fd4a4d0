"""Delivery of notifications to webhooks over HTTP, and to chats through Apprise. Reads a secret's file.

Apprise is optional, opens connections of its own, and is known to this module alone.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final, Protocol, TypeAlias

from drift.cloud.endpoints import authority
from drift.cloud.error_responses import error_body
from drift.cloud.http import SYSTEM_CLOCK, HttpClient
from drift.cloud.retry import Deadline
from drift.core.errors import ConfigError, DeliveryError, DriftError
from drift.core.secret import Secret, path_shown
from drift.core.secret_file import read_secret
from drift.core.validators import path_for
from drift.decode.limits import MIB
from drift.notify.message import document, markdown, title
from drift.notify.transitions import TransitionKind
from drift.notify.webhook_auth import WebhookAuth

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from drift.notify.channels import Channel
    from drift.notify.message import Notification

    _Send: TypeAlias = Callable[[Notification, float], None]

PAGE: Final = 500
"""Transitions in one notification to a webhook; a chat gets one notification, which shows the first of them."""

_ALLOWANCE: Final = 60.0  # seconds of a run that one channel may lose
_LEAST: Final = 1 / 64  # of them
_AGAIN: Final = "The next run sends what this one could not."
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

    def deliver(self, notification: Notification) -> None:
        """Send a notification and wait until it has arrived. Raises DeliveryError where that is not certain."""
        if self._left < self._least:
            raise DeliveryError(f"could not notify {self.name}: it failed too often in this run", hint=_AGAIN)
        began = SYSTEM_CLOCK.monotonic()
        try:
            self._send(notification, self._left / 2)
        except DriftError as error:
            self._left -= SYSTEM_CLOCK.monotonic() - began
            raise DeliveryError(f"could not notify {self.name}: {error.message}", hint=_AGAIN) from error


def _sender(channel: Channel, environ: Mapping[str, str]) -> _Send:
    path = path_for(environ)
    if channel.webhook:
        secret, source = _secret(channel.secret_file, channel.secret_env, environ, path)
        WebhookAuth("", secret, source, SYSTEM_CLOCK.now)  # an invalid secret is an error before anything is sent
        ca_file = None if channel.ca_file is None else path(channel.ca_file)
        signing = partial(WebhookAuth, secret=secret, source=source, now=SYSTEM_CLOCK.now)
        return _to_webhook(channel.webhook, signing, proxy=channel.proxy, ca_file=ca_file)
    return _to_apprise(*_secret(channel.apprise_file, channel.apprise_env, environ, path))


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


def _to_webhook(url: str, signing: Callable[[str], WebhookAuth], *, proxy: str | None, ca_file: Path | None) -> _Send:
    def send(notification: Notification, seconds: float) -> None:
        body = document(notification).encode()
        auth = signing(notification.id)
        with HttpClient(response_limit=MIB, proxy=proxy, ca_file=ca_file) as http:
            answer = http.post(url, body, auth, Deadline.of(SYSTEM_CLOCK.monotonic, seconds))
        if not answer.is_success:
            words = error_body(answer).shown(auth.conceal).message
            text = f": {words}" if words else ""
            raise DeliveryError(f"{authority(url)} answered {answer.status_code}{text}")

    return send


class _Apprise(Protocol):
    """The part of Apprise's class that drift uses."""

    def add(self, services: str) -> bool:
        """Accept a URL; return whether it is one."""

    def notify(self, body: str, title: str, notify_type: str, body_format: str) -> object:
        """Send; return whether that succeeded."""


def _to_apprise(secret: Secret, source: str) -> _Send:
    chat = _apprise(source)
    urls = secret.reveal().split()
    if len(urls) != 1 or not chat.add(urls[0]):
        raise ConfigError(
            f"{source}: expected one URL that Apprise knows, such as slack://…, dingtalk://…, feishu://… or mailto://…",
            hint="Give each URL a [notify.NAME] of its own, so that drift can repeat what one of them missed.",
        )

    def send(notification: Notification, _seconds: float) -> None:
        try:
            done = chat.notify(
                body=markdown(notification),
                title=f"drift: {title(notification)}",
                notify_type=_kind(notification),
                body_format="markdown",
            )
        except Exception as error:  # noqa: BLE001 - plugins of many authors, whose messages may repeat the URL
            raise DeliveryError(f"Apprise failed with {type(error).__name__}") from None
        if not done:
            raise DeliveryError(
                "Apprise could not deliver the notification: check the URL and whether the service can be reached"
            )

    return send


def _apprise(source: str) -> _Apprise:
    try:
        import apprise
    except ImportError as exc:
        raise ConfigError(
            f"{source}: notifications to it need Apprise, which is not installed",
            hint="Install it with `pip install 'ddm-drift[notify]'`; a webhook needs nothing.",
        ) from exc
    import logging

    logging.getLogger("apprise").addHandler(logging.NullHandler())
    made: _Apprise = apprise.Apprise(asset=apprise.AppriseAsset(secure_logging=True))
    return made


def _kind(notification: Notification) -> str:
    """Return the urgency in Apprise's words."""
    if TransitionKind.CAPTURE_FAILING in notification.kinds:
        return "failure"
    return "warning" if notification.kinds & {TransitionKind.OPENED, TransitionKind.CHANGED} else "success"
