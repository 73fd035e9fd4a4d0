"""Notifications on their way to a channel: each is kept until it has arrived, and keeps its content once it was sent.

Pure. What has not been sent yet takes up later transitions, so a channel that was down gets few, in order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from drift.notify.transitions import after

if TYPE_CHECKING:
    from collections.abc import Sequence

    from drift.notify.message import Notification
    from drift.notify.transitions import NotifiedState, Transition


class Waiting(NamedTuple):
    """A notification that has not arrived for sure. With `sent`, it may have, so it keeps its content and its id."""

    notification: Notification
    sent: bool


class Enlarged(NamedTuple):
    """The notifications to put into an outbox, each in the place of its `count`, and the state that they lead to."""

    notifications: tuple[Notification, ...]
    state: NotifiedState


def enlarge(
    last: Waiting | None, state: NotifiedState, news: Sequence[Transition], draft: Notification, page: int
) -> Enlarged:
    """Put news into notifications of at most `page` transitions, which look like `draft`.

    `last` is the newest notification in the outbox; its transitions come first, unless it was sent.
    """
    if not news:
        return Enlarged((), state)
    unsent = last.notification if last is not None and not last.sent else None
    first = state.count if unsent is None else unsent.count
    told = (*(unsent.transitions if unsent else ()), *news)
    updated = after(state, news)
    pages = [told[start : start + page] for start in range(0, len(told), page)]
    notifications = tuple(
        msgspec.structs.replace(draft, count=first + number, transitions=each, still_open=len(updated.items))
        for number, each in enumerate(pages)
    )
    return Enlarged(notifications, msgspec.structs.replace(updated, count=first + len(pages)))
