"""`drift watch`: capture, judge, and tell whom it concerns what is new since they were told last."""

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
from drift.cli.options import common_options, connection_options, fleet_options
from drift.cli.reporting import threshold_option
from drift.core.errors import DeliveryError, DriftError, UsageError
from drift.core.references import File, Live, Number, parse
from drift.notify.message import Notification, text
from drift.notify.open_items import standing
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
    """What the service says, or why it doesn't: that is to be told, too."""

    received: Received | None
    error: DriftError | None

    def taken(self) -> Received:
        if self.received is None:
            raise self.error or AssertionError("there is an answer or an error")
        return self.received


class _Judgement(NamedTuple):
    """How an instance stands, what it was judged against, what was captured, and what the trouble ends with."""

    found: OpenItems
    baseline: str | None = None
    snapshot: int | None = None
    exit_code: int = 0


class _Subscriber(NamedTuple):
    """Somebody to tell: by which name, from which severity on, so many transitions at a time. `post` None is stdout."""

    name: str
    least: Severity
    page: int
    post: Sender | None


class _Watch(NamedTuple):
    """What all instances of a run share: `written` is --baseline, of which `references` has each one's own meaning.

    `ears` are whom each of them is told to.
    """

    store: Store
    written: str | None
    references: dict[str, Reference]
    accept: bool
    ears: dict[str, list[_Subscriber]]


@click.command("watch", short_help="For a scheduler: tell what is new since last time.")
@click.argument("instances", nargs=-1, metavar="[INSTANCE]...")
@fleet_options
@click.option("--once", is_flag=True, help="Watch once and end. The scheduler does the rest; it has to be given.")
@click.option("--baseline", metavar="REF", help="Judge against this. [default: as it was when it was first watched]")
@click.option("--accept", is_flag=True, help="From now on, judge against what is captured now.")
@threshold_option
@connection_options
@common_options
@click.pass_obj
def watch_command(
    app: App, instances: tuple[str, ...], *, every: bool, once: bool, baseline: str | None, accept: bool
) -> int:
    """Capture each INSTANCE, judge it as `drift gate` does, and tell only what is new since it was told last.

    What opened, changed or is resolved, when captures begin to fail and when they work again: each goes once to stdout
    and to every [notify.NAME] of drift.toml that it concerns, a webhook or a chat. What could not be delivered is told
    by the next run; so a receiver may get something twice, with the same id. Nothing new, nothing told.

    Without --baseline, an instance is judged against the first whole snapshot that was made here, until --accept. With
    it, against that reference; {instance} in a file's path is its name, and every instance has its own labels.

    It ends with 0 when all was captured and told, whatever was told; with 3 when a capture failed or somebody could not
    be told, with 4 when an instance could not be judged, with 2 when the settings of an instance or of somebody to tell
    are wrong. One that is in trouble doesn't hold up the others.

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
    posts, code = _posts(app)
    ears = {name: list(_ears(app, name, posts)) for name in names}
    with app.open_store(create=True) as store:
        return worst([code, *_watched(app, names, _Watch(store, baseline, references, accept, ears))])


def _watched(app: App, names: list[str], watch: _Watch) -> list[int]:
    """Capture the instances, many at once, and judge and tell one after the other; return what each would end with."""
    codes: list[int] = []
    go_through(
        app,
        names,
        _received,
        lambda its, name, answer: _told(its, watch, name, answer),
        lambda rows: codes.extend(row.exit_code for row in rows),
    )
    return codes


def _posts(app: App) -> tuple[dict[str, Sender], int]:
    """The channels that can be told. One that can't be is an error, and the others are told all the same."""
    posts, code = {}, 0
    for channel in app.config.notify:
        from drift.notify.delivery import Sender  # noqa: PLC0415 - whoever reads stdout needs none

        try:
            posts[channel.name] = Sender(channel, app.run.environ, app.settings.timeout.value)
        except DriftError as error:
            app.console.about(channel.name).error(error)
            code = worst([code, error.exit_code])
    return posts, code


def _ears(app: App, name: str, posts: dict[str, Sender]) -> Iterator[_Subscriber]:
    threshold = app.settings.fail_on.value
    yield _Subscriber(_STDOUT, threshold, _WITHOUT_END, None)
    for channel in app.config.notify:
        if channel.name in posts and channel.covers(name):
            post = posts[channel.name]
            yield _Subscriber(channel.name, channel.min_severity or threshold, post.page, post)


def _received(app: App, name: str) -> _Answer:
    try:
        return _Answer(receive(app, name), None)
    except DriftError as error:
        return _Answer(None, error)


def _told(app: App, watch: _Watch, name: str, answer: _Answer) -> Row:
    judged = _judged(app, watch, name, answer)
    codes = [judged.exit_code, *(_tell(app, watch, ear, name, judged) for ear in watch.ears[name])]
    trouble = judged.found.trouble
    if trouble is not None:
        status = Status.NOT_CHECKED if judged.snapshot else Status.ERROR
        return Row(name, status, trouble.text, worst(codes))
    return Row(name, Status.DRIFT if judged.found.items else Status.IN_SYNC, "", worst(codes))


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
    found = standing(report_on(app, pair, GATE, None))
    return _Judgement(found, written, entry.number, 0 if found.trouble is None else 4)


def _baseline(app: App, watch: _Watch, name: str, entry: Entry) -> int:
    """What an instance without a --baseline is judged against; a partial snapshot never becomes it."""
    number = watch.store.baseline(name)
    if entry.complete and (number is None or watch.accept):
        watch.store.save_baseline(entry.number)
        app.console.note(f"judged from now on against snapshot {entry.number}")
        return entry.number
    if watch.accept:
        app.console.warn("not accepted: the capture is not whole")
    return entry.number if number is None else number


def _reference(written: str, name: str, *, alone: bool) -> Reference:
    """What --baseline means for an instance. One that is `alone` may have a number or a file of its own."""
    from drift.cli.compare_all import own_reference  # noqa: PLC0415 - most are watched against what they were

    reference = parse(written) if alone and "{instance}" not in written else own_reference(written, name)
    match reference:
        case Live():
            raise UsageError("live is what is judged; expected a snapshot that it is judged against")
        case File():
            return reference
        case stored:
            return msgspec.structs.replace(stored, instance=stored.instance or name)


def _kind(error: DriftError) -> str:
    """What stays the same while trouble lasts: `network`, `sign-in`, `api-503`; times and request ids don't."""
    word = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", type(error).__name__.removesuffix("Error")).lower()
    status = getattr(error, "status", None)
    return word if status is None else f"{word}-{status}"


def _tell(app: App, watch: _Watch, ear: _Subscriber, name: str, judged: _Judgement) -> int:
    """Tell one channel what it doesn't know yet, and remember that once it has arrived. Returns an exit code."""
    told = watch.store.notified(ear.name, name)
    news = transitions(told, judged.found.at_least(ear.least))
    for start in range(0, len(news), ear.page):
        page = news[start : start + ear.page]
        known = after(told, page)
        try:
            _deliver(app, ear, _notification(ear, name, judged, page, count=told.count, still_open=len(known.items)))
        except DeliveryError as error:
            app.console.error(error)
            return error.exit_code
        watch.store.save_notified(ear.name, name, known)
        told = known
    return 0


def _notification(
    ear: _Subscriber, name: str, judged: _Judgement, page: Sequence[Transition], *, count: int, still_open: int
) -> Notification:
    return Notification(
        channel=ear.name,
        instance=name,
        count=count,
        at=now(),
        baseline=judged.baseline,
        snapshot=judged.snapshot,
        still_open=still_open,
        transitions=tuple(page),
    )


def _deliver(app: App, ear: _Subscriber, notification: Notification) -> None:
    if ear.post is None:
        app.console.report(text(notification))
    else:
        ear.post.deliver(notification)
