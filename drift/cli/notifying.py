"""Notify the channels of an instance: what is new goes into their outboxes, and from there to them, in order."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from drift.core.errors import DeliveryError, DriftError
from drift.notify.outbox import enlarge
from drift.notify.texts import text
from drift.notify.transitions import OpenItems, transitions
from drift.policy.rules import Severity
from drift.reports.content.fleet import worst

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from drift.cli.app import App
    from drift.notify.delivery import Sender
    from drift.notify.message import Notification
    from drift.notify.outbox import Waiting
    from drift.notify.transitions import Item
    from drift.store import Store

_STDOUT = "-"
_WITHOUT_END = 1 << 62


class Subscriber(NamedTuple):
    """A receiver of news: its name, the least severity for it, and how many transitions a notification has.

    Without a `post`, it is a channel that can't be notified in this run; stdout has none and needs none.
    """

    name: str
    least: Severity
    page: int
    post: Sender | None

    def hears(self, found: OpenItems) -> OpenItems:
        """Leave what concerns this receiver. On stdout, whoever accepts sees all that is accepted."""
        return found.at_least(self.least, Severity.IGNORE if self.name == _STDOUT else None)


def open_senders(app: App) -> tuple[dict[str, Sender], int]:
    """Open the channels to notify. A channel with an error is reported, and the others are notified all the same."""
    senders, code = {}, 0
    for channel in app.config.notify:
        from drift.notify.delivery import Sender

        try:
            senders[channel.name] = Sender(channel, app.run.environ, app.settings.timeout.value)
        except DriftError as error:
            app.console.about(channel.name).error(error)
            code = worst([code, error.exit_code])
    return senders, code


def subscribers(app: App, name: str, senders: dict[str, Sender]) -> Iterator[Subscriber]:
    """List who is notified of an instance: stdout, and every channel that covers it."""
    threshold = app.settings.fail_on.value
    yield Subscriber(_STDOUT, threshold, _WITHOUT_END, None)
    for channel in app.config.notify:
        if channel.covers(name):
            post = senders.get(channel.name)
            page = post.page if post else _WITHOUT_END
            yield Subscriber(channel.name, channel.min_severity or threshold, page, post)


def known_items(store: Store, found: Iterable[Subscriber], name: str) -> list[Item]:
    """List the items that anybody was notified of, each once."""
    items = (item for each in found for item in store.outbox.notified(each.name, name).items)
    return list({item.key: item for item in items}.values())


def put(store: Store, subscriber: Subscriber, name: str, found: OpenItems, draft: Notification) -> None:
    """Put what is new to a receiver into its outbox."""
    known = store.outbox.notified(subscriber.name, name)
    news = transitions(known, subscriber.hears(found))
    if news:
        last = next(reversed(store.outbox.waiting(subscriber.name, name)), None)
        draft = msgspec.structs.replace(draft, channel=subscriber.name)
        store.outbox.put(subscriber.name, name, enlarge(last, known, news, draft, subscriber.page))


def deliver(app: App, store: Store, subscriber: Subscriber, name: str) -> int:
    """Send what waits for a receiver, oldest first, until something doesn't arrive; return the exit code."""
    if subscriber.post is None and subscriber.name != _STDOUT:
        return 0
    for waiting in store.outbox.waiting(subscriber.name, name):
        try:
            _send(app, store, subscriber, name, waiting)
        except DeliveryError as error:
            app.console.error(error)
            return error.exit_code
        store.outbox.take_out(subscriber.name, name, waiting.notification.count)
    return 0


def _send(app: App, store: Store, subscriber: Subscriber, name: str, waiting: Waiting) -> None:
    notification = waiting.notification
    if subscriber.post is None:
        app.console.report(text(notification))
        return
    store.outbox.mark(subscriber.name, name, notification.count, sent=True)
    try:
        subscriber.post.deliver(notification, again=waiting.sent)
    except DeliveryError as error:
        if not (error.may_have_arrived or waiting.sent):
            store.outbox.mark(subscriber.name, name, notification.count, sent=False)
        raise
