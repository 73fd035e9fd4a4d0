"""Delivery through Apprise: mail, and the many services that drift has no sender for.

Apprise is optional, opens connections of its own, and is known to this module alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol

from drift.core.errors import ConfigError, DeliveryError
from drift.notify.mail import is_mail, send_mail
from drift.notify.texts import chat_text
from drift.notify.transitions import TransitionKind

if TYPE_CHECKING:
    from drift.core.secret import Secret
    from drift.notify.message import Notification, Send
    from drift.notify.texts import ChatText

_FAILING: Final = frozenset({TransitionKind.CAPTURE_FAILING})
_OPENING: Final = frozenset({TransitionKind.OPENED, TransitionKind.CHANGED})


class _Plugin(Protocol):
    """The part of a service of Apprise's that drift uses."""

    body_maxlen: int
    asset: object


class _Apprise(Protocol):
    """The part of Apprise's class that drift uses."""

    def add(self, services: object) -> bool:
        """Take up a service."""

    def notify(self, body: str, title: str, notify_type: str, body_format: str) -> object:
        """Send; return whether that succeeded."""


def to_apprise(address: Secret, source: str) -> Send:
    """Make a sender for a URL of Apprise. Raises ConfigError where it is none, or Apprise is not installed."""
    apprise = _apprise(source)
    plugin = _plugin(apprise, address, source)
    if is_mail(plugin):
        if not plugin.targets:
            raise ConfigError(f"{source}: expected somebody to send mail to, as in mailtos://…?to=dba@example.com")
        mail = plugin

        def send_by_mail(notification: Notification, seconds: float, *, again: bool) -> None:  # noqa: ARG001 - its id says so
            send_mail(mail, notification, seconds)

        return send_by_mail

    chat: _Apprise = apprise.Apprise(asset=plugin.asset)
    chat.add(plugin)

    def send(notification: Notification, seconds: float, *, again: bool) -> None:  # noqa: ARG001 - Apprise has its own
        _notify(chat, plugin.body_maxlen, notification, again=again)

    return send


def _plugin(apprise: Any, address: Secret, source: str) -> _Plugin:  # noqa: ANN401 - an optional module
    urls = address.reveal().split()
    asset = apprise.AppriseAsset(secure_logging=True, http_redirects=False)
    plugin: _Plugin | None = apprise.Apprise.instantiate(urls[0], asset=asset) if len(urls) == 1 else None
    if plugin is None:
        raise ConfigError(
            f"{source}: expected the address of a chat, or one URL that Apprise knows, such as mailto://…",
            hint="Give each URL a [notify.NAME] of its own, so that drift can repeat what one of them missed.",
        )
    return plugin


def _apprise(source: str) -> Any:  # noqa: ANN401 - an optional module
    try:
        import apprise
    except ImportError as exc:
        raise ConfigError(
            f"{source}: notifications to it need Apprise, which is not installed",
            hint="Install it with `pip install 'ddm-drift[notify]'`; a webhook and most chats need nothing.",
        ) from exc
    import logging

    logging.getLogger("apprise").addHandler(logging.NullHandler())
    return apprise


def _notify(chat: _Apprise, limit: int, notification: Notification, *, again: bool) -> None:
    def fits(told: ChatText) -> bool:
        return len(told.text.encode()) <= limit

    said = chat_text(notification, fits, again=again)
    try:
        done = chat.notify(
            body="\n".join(said.lines), title=said.title, notify_type=_kind(notification), body_format="markdown"
        )
    except Exception as error:  # noqa: BLE001 - plugins of many authors, whose messages may repeat the URL
        raise DeliveryError(f"Apprise failed with {type(error).__name__}", may_have_arrived=True) from None
    if not done:
        raise DeliveryError(
            "Apprise could not deliver the notification: check the URL and whether the service can be reached",
            may_have_arrived=True,
        )


def _kind(notification: Notification) -> str:
    """Return the urgency in Apprise's words."""
    if notification.kinds & _FAILING:
        return "failure"
    return "warning" if notification.kinds & _OPENING else "success"
