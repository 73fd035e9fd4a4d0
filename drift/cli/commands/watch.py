"""`drift watch`: capture, judge, and notify of what is new."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import click
import msgspec

from drift.cli.app import now
from drift.cli.captures import connection, receive, target
from drift.cli.commands.snapshot import chosen, put
from drift.cli.comparison import GATE, open_pair, report_on
from drift.cli.fleet import go_through
from drift.cli.options import command, common_options, connection_options, fleet_options, settings_options
from drift.core.errors import DeliveryError, DriftError, UsageError
from drift.core.references import File, Live, Number, parse
from drift.notify.message import Notification, text
from drift.notify.open_items import open_items
from drift.notify.transitions import OpenItems, Trouble, after, transitions
from drift.reports.content.fleet import Row, Status, worst
from drift.reports.wording.escape import sentence

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from drift.cli.app import App
    from drift.core.references import Reference
    from drift.decode.captures import Received
    from drift.notify.delivery import Sender
    from drift.notify.transitions import Transition
    from drift.policy.rules import Severity
    from drift.store import Entry, Store

_STDOUT = "-"
_WITHOUT_END = 1 << 62


class _Answer(NamedTuple):
    """The answer of the service, or the error instead of it."""

    received: Received | None
    error: DriftError | None

    def taken(self) -> Received:
        if self.received is None:
            raise self.error or AssertionError("there is an answer or an error")
        return self.received


class _Judgement(NamedTuple):
    """The state of an instance, its baseline, its new snapshot, and the exit code of the trouble, if any."""

    state: OpenItems
    baseline: str | None = None
    snapshot: int | None = None
    exit_code: int = 0


class _Subscriber(NamedTuple):
    """A subscriber: its name, its least severity, and how many transitions a message has. No `post` is stdout."""

    name: str
    least: Severity
    page: int
    post: Sender | None


class _Watch(NamedTuple):
    """The parts that all instances of a run share: `written` is --baseline, and `references` has it for each instance.

    `subscribers` are the receivers of each instance's news.
    """

    store: Store
    written: str | None
    references: dict[str, Reference]
    accept: bool
    subscribers: dict[str, list[_Subscriber]]


@command("watch", short_help="For a scheduler: notify of what is new.")
@click.argument("instances", nargs=-1, metavar="[INSTANCE]...")
@fleet_options
@click.option("--once", is_flag=True, help="Watch once and end; required, as a scheduler runs it again.")
@click.option("--baseline", metavar="REF", help="Judge against this. [default: the first snapshot of a watch]")
@click.option("--accept", is_flag=True, help="Make this capture the baseline from now on.")
@settings_options("fail_on")
@connection_options
@common_options
@click.pass_obj
def watch_command(
    app: App, instances: tuple[str, ...], *, every: bool, once: bool, baseline: str | None, accept: bool
) -> int:
    """Capture each INSTANCE, judge it as `drift gate` does, and notify only of what is new since the last run.

    A change that opened, changed or was resolved, captures that begin to fail and captures that work again: each goes
    once to stdout and to every [notify.NAME] of drift.toml that covers the instance, a webhook or a chat. A message
    that could not be delivered is sent by the next run, so a receiver may get one twice, with the same id. Without
    news, nothing is sent.

    Without --baseline, an instance is judged against the first whole snapshot of a watch, until --accept. With it, it
    is judged against that reference; {instance} in a file's path is its name, and every instance has its own labels.

    The exit code is 0 when everything was captured and delivered, whatever the news; 3 when a capture or a delivery
    failed; 4 when an instance could not be judged; 2 when the settings of an instance or of a channel are wrong.
    Trouble with one instance doesn't hold up the others.

    \b
    Examples:
      drift watch --once --all --quiet
      drift watch --once orders-prod --baseline approved
      drift watch --once --all --baseline 'baselines/{instance}.json'
      drift watch --once orders-prod --accept
    """  # noqa: D301 - click's mark
    if not once:
        raise UsageError(
            "expected --once: a scheduler runs it again and again",
            hint="In a crontab: */5 * * * * drift --config /etc/drift/drift.toml watch --once --all --quiet",
        )
    if accept and baseline is not None:
        raise UsageError("--accept and --baseline exclude each other")
    names = chosen(app, instances, every=every) or [connection(app, None).name or target(app, None).name]
    references = {} if baseline is None else {name: _reference(baseline, name, alone=not names[1:]) for name in names}
    senders, code = _senders(app)
    subscribers = {name: list(_subscribers(app, name, senders)) for name in names}
    with app.open_store(create=True) as store:
        return worst([code, *_watched(app, names, _Watch(store, baseline, references, accept, subscribers))])


def _watched(app: App, names: list[str], watch: _Watch) -> list[int]:
    """Capture many instances at once, then judge and notify for one after the other; return their exit codes."""
    codes: list[int] = []
    go_through(
        app,
        names,
        _received,
        lambda its, name, answer: _finish(its, watch, name, answer),
        lambda rows: codes.extend(row.exit_code for row in rows),
    )
    return codes


def _senders(app: App) -> tuple[dict[str, Sender], int]:
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


def _subscribers(app: App, name: str, senders: dict[str, Sender]) -> Iterator[_Subscriber]:
    threshold = app.settings.fail_on.value
    yield _Subscriber(_STDOUT, threshold, _WITHOUT_END, None)
    for channel in app.config.notify:
        if channel.name in senders and channel.covers(name):
            post = senders[channel.name]
            yield _Subscriber(channel.name, channel.min_severity or threshold, post.page, post)


def _received(app: App, name: str) -> _Answer:
    try:
        return _Answer(receive(app, name), None)
    except DriftError as error:
        return _Answer(None, error)


def _finish(app: App, watch: _Watch, name: str, answer: _Answer) -> Row:
    judged = _judged(app, watch, name, answer)
    codes = [
        judged.exit_code,
        *(_notify(app, watch, subscriber, name, judged) for subscriber in watch.subscribers[name]),
    ]
    trouble = judged.state.trouble
    if trouble is not None:
        status = Status.NOT_CHECKED if judged.snapshot else Status.ERROR
        return Row(name, status, trouble.text, worst(codes))
    return Row(name, Status.DRIFT if judged.state.items else Status.IN_SYNC, "", worst(codes))


def _judged(app: App, watch: _Watch, name: str, answer: _Answer) -> _Judgement:
    entry = None
    try:
        entry = put(app, answer.taken(), None, strict=False)
        return _held_against(app, watch, name, entry)
    except DriftError as error:
        app.console.error(error)
        trouble = Trouble(_kind(error), sentence(error.message.partition("\n")[0]))
        return _Judgement(OpenItems(trouble=trouble), watch.written, entry.number if entry else None, error.exit_code)


def _held_against(app: App, watch: _Watch, name: str, entry: Entry) -> _Judgement:
    written = str(_baseline(app, watch, name, entry)) if watch.written is None else watch.written
    reference = watch.references.get(name) or parse(written)
    pair = open_pair(app, (written, str(entry.number)), (reference, Number(entry.number)))
    state = open_items(report_on(app, pair, GATE, None))
    return _Judgement(state, written, entry.number, 0 if state.trouble is None else 4)


def _baseline(app: App, watch: _Watch, name: str, entry: Entry) -> int:
    """Return the baseline of an instance without --baseline. A partial or suspect snapshot never becomes one."""
    number = watch.store.baseline(name)
    if entry.complete and not entry.suspect and (number is None or watch.accept):
        watch.store.save_baseline(entry.number)
        app.console.note(f"judged from now on against snapshot {entry.number}")
        return entry.number
    if watch.accept:
        app.console.warn(f"not accepted: the capture is {'suspect' if entry.suspect else 'not whole'}")
    return entry.number if number is None else number


def _reference(written: str, name: str, *, alone: bool) -> Reference:
    """Resolve --baseline for an instance. One that is `alone` may have a number or a file of its own."""
    from drift.cli.compare_all import own_reference

    reference = parse(written) if alone and "{instance}" not in written else own_reference(written, name)
    match reference:
        case Live():
            raise UsageError("live is what is judged; expected a snapshot that it is judged against")
        case File():
            return reference
        case stored:
            return msgspec.structs.replace(stored, instance=stored.instance or name)


def _kind(error: DriftError) -> str:
    """Classify an error by a word that stays the same while the trouble lasts, such as `network` or `api-503`."""
    word = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", type(error).__name__.removesuffix("Error")).lower()
    status = getattr(error, "status", None)
    return word if status is None else f"{word}-{status}"


def _notify(app: App, watch: _Watch, subscriber: _Subscriber, name: str, judged: _Judgement) -> int:
    """Notify one channel of transitions that are new to it, and remember each page once it has arrived."""
    known = watch.store.notified(subscriber.name, name)
    news = transitions(known, judged.state.at_least(subscriber.least))
    for start in range(0, len(news), subscriber.page):
        page = news[start : start + subscriber.page]
        updated = after(known, page)
        counts = {"count": known.count, "still_open": len(updated.items)}
        try:
            _deliver(app, subscriber, _notification(subscriber, name, judged, page, **counts))
        except DeliveryError as error:
            app.console.error(error)
            return error.exit_code
        watch.store.save_notified(subscriber.name, name, updated)
        known = updated
    return 0


def _notification(
    subscriber: _Subscriber, name: str, judged: _Judgement, page: Sequence[Transition], *, count: int, still_open: int
) -> Notification:
    return Notification(
        channel=subscriber.name,
        instance=name,
        count=count,
        at=now(),
        baseline=judged.baseline,
        snapshot=judged.snapshot,
        still_open=still_open,
        transitions=tuple(page),
    )


def _deliver(app: App, subscriber: _Subscriber, notification: Notification) -> None:
    if subscriber.post is None:
        app.console.report(text(notification))
    else:
        subscriber.post.deliver(notification)
