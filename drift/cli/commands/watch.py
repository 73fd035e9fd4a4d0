"""`drift watch`: capture, judge, and notify of what is new."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, NamedTuple

import click
import msgspec

from drift.cli import notifying
from drift.cli.app import now
from drift.cli.captures import connection, receive, target
from drift.cli.commands.snapshot import chosen, put
from drift.cli.comparison import GATE, open_pair, report_on
from drift.cli.completion import instances
from drift.cli.consent import can_ask
from drift.cli.fleet import go_through
from drift.cli.loading import load
from drift.cli.options import command, common_options, connection_options, fleet_options, settings_options
from drift.config.connection import refuse_unknown
from drift.core.errors import BaselineError, DriftError, UsageError
from drift.core.references import File, Live, Number, parse
from drift.notify.message import Notification
from drift.notify.open_items import open_items
from drift.notify.origins import endings
from drift.notify.texts import text
from drift.notify.transitions import NotifiedState, OpenItems, TransitionKind, Trouble, transitions
from drift.policy.verdict import Outcome
from drift.reports.content.fleet import STATUS_OF, Row, Status, worst
from drift.reports.wording.escape import sentence

if TYPE_CHECKING:
    from collections.abc import Callable

    from drift.cli.app import App
    from drift.cli.notifying import Subscriber
    from drift.core.references import Reference
    from drift.decode.captures import Received
    from drift.store import Entry, Store


class _Answer(NamedTuple):
    """The answer of the service, or the error instead of it."""

    received: Received | None
    error: DriftError | None

    def taken(self) -> Received:
        if self.received is None:
            raise self.error or AssertionError("there is an answer or an error")
        return self.received


class _Judgement(NamedTuple):
    """The state of an instance, its baseline, its new snapshot, and the exit code of the trouble, if any.

    `outcome` is the verdict of a gate, and `command` shows its report. With `accepted`, the snapshot is to become the
    baseline.
    """

    state: OpenItems
    baseline: str | None = None
    snapshot: int | None = None
    exit_code: int = 0
    outcome: Outcome = Outcome.INCONCLUSIVE
    command: str = ""
    accepted: bool = False


class _Watch(NamedTuple):
    """The parts that all instances of a run share: `written` is --baseline, and `references` has it for each instance.

    `subscribers` are the receivers of each instance's news. `accepts` is asked for each instance with --accept.
    """

    store: Store
    written: str | None
    references: dict[str, Reference]
    accept: bool
    subscribers: dict[str, list[Subscriber]]
    accepts: Callable[[App, Notification], bool]


@command("watch", short_help="For a scheduler: notify of what is new.")
@click.argument("instances", nargs=-1, metavar="[INSTANCE]...", shell_complete=instances)
@fleet_options
@click.option("--once", is_flag=True, help="Watch once and end; required, as a scheduler runs it again.")
@click.option("--baseline", metavar="REF", help="Judge against this. [default: the first snapshot of a watch]")
@click.option("--accept", is_flag=True, help="List what changed, and make this capture the baseline from now on.")
@click.option("--yes", is_flag=True, help="Accept without a question, which only a terminal asks.")
@settings_options("fail_on", "require_confirmed", "require_trace")
@connection_options
@common_options
@click.pass_obj
def watch_command(
    app: App, instances: tuple[str, ...], *, every: bool, once: bool, baseline: str | None, accept: bool, yes: bool
) -> int:
    """Capture each INSTANCE, judge it as `drift gate` does, and notify only of what is new since the last run.

    A change that opened, changed, was resolved, or ended otherwise (accepted, waived, ignored), captures that begin to
    fail and captures that work again: each goes once to stdout and to every [notify.NAME] of drift.toml that covers
    the instance, a webhook, a chat or a mail. A message that did not arrive is sent by the next run, in order, so a
    receiver may get one twice, with the same id. Without news, nothing is sent.

    Without --baseline, an instance is judged against the first whole snapshot of a watch, until --accept, which lists
    what it accepts; on a terminal it asks first. With --baseline, it is judged against that reference; {instance} in a
    file's path is its name, and every instance has its own labels.

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
    if yes and not accept:
        raise UsageError("--yes goes with --accept")
    names = chosen(app, instances, every=every)
    if "instance_id" not in app.flags:
        for name in instances:  # a slip is nobody's news but the user's
            refuse_unknown(name, app.config)
    if not names and not every:
        names = [connection(app, None).name or target(app, None).name]
    references = {} if baseline is None else {name: _reference(baseline, name, alone=not names[1:]) for name in names}
    senders, code = notifying.open_senders(app)
    subscribers = {name: list(notifying.subscribers(app, name, senders)) for name in names}
    accepts = _asked if accept and not yes and can_ask() else _agreed
    with app.open_store(create=True) as store:
        watch = _Watch(store, baseline, references, accept, subscribers, accepts)
        return worst([code, *_watched(app, names, watch)])


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


def _received(app: App, name: str) -> _Answer:
    try:
        return _Answer(receive(app, name), None)
    except DriftError as error:
        return _Answer(None, error)


def _finish(app: App, watch: _Watch, name: str, answer: _Answer) -> Row:
    judged = _judged(app, watch, name, answer)
    draft = _notification(app, name, judged)
    accepted = judged.snapshot if judged.accepted else None
    with watch.store.writing():  # who is told that it was accepted is told so once, and it was
        for subscriber in watch.subscribers[name]:
            notifying.put(watch.store, subscriber, name, judged.state, draft)
        if accepted is not None:
            watch.store.save_baseline(accepted)
    if accepted is not None:
        _tell_baseline(app, accepted)
    delivered = [notifying.deliver(app, watch.store, subscriber, name) for subscriber in watch.subscribers[name]]
    status = STATUS_OF[judged.outcome] if judged.snapshot else Status.ERROR
    trouble = judged.state.trouble
    return Row(name, status, trouble.text if trouble else "", worst([judged.exit_code, *delivered]))


def _notification(app: App, name: str, judged: _Judgement) -> Notification:
    """Draft what receivers are sent, without its transitions."""
    return Notification(
        channel="",
        instance=name,
        count=0,
        at=now(),
        baseline=judged.baseline,
        snapshot=judged.snapshot,
        still_open=0,
        transitions=(),
        command=judged.command,
        language=app.language,
    )


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
    report = report_on(app, pair, GATE, None)
    state = _with_endings(app, watch, name, entry, open_items(report, app.language))
    code, outcome = 0 if state.trouble is None else 4, report.verdict.outcome
    command = "" if written == str(entry.number) else report.command  # a snapshot has no change from itself
    judged = _Judgement(state, written, entry.number, code, outcome, command)
    return _accepted(app, watch, name, judged) if watch.accept and entry.complete and not entry.suspect else judged


def _with_endings(app: App, watch: _Watch, name: str, entry: Entry, found: OpenItems) -> OpenItems:
    """Add how the items ended that were notified of and are no longer there. Only they need the whole snapshot."""
    told = {item.key for item in (*found.items, *(each.item for each in found.ended))}
    known = notifying.known_items(watch.store, watch.subscribers[name], name)
    gone = [item for item in known if item.key not in told]
    if not gone or found.trouble is not None:
        return found
    now_there = load(app, Number(entry.number))
    return msgspec.structs.replace(found, gone=endings(gone, found, now_there, app.config.check))


def _accepted(app: App, watch: _Watch, name: str, judged: _Judgement) -> _Judgement:
    """Take all that differs from the baseline, or did from one that is lost, as accepted, unless the user declines."""
    state = judged.state.accepted()
    known = notifying.known_items(watch.store, watch.subscribers[name], name)
    left = tuple(item for item in known if state.gone.get(item.key) is TransitionKind.ACCEPTED)
    if not (state.ended or left or judged.state.trouble):
        return judged._replace(accepted=True)
    preview = _notification(app, name, judged)
    news = transitions(NotifiedState(items=left), state)
    if not watch.accepts(app, msgspec.structs.replace(preview, transitions=news)):
        app.console.note("not accepted")
        if watch.store.baseline(name) is None:
            _refuse_lost_baseline(watch, name)
        return judged
    return judged._replace(state=state, exit_code=0, outcome=Outcome.IN_SYNC, accepted=True)


def _agreed(_app: App, _preview: Notification) -> bool:
    return True


def _asked(app: App, preview: Notification) -> bool:
    """Show what would be accepted, and ask."""
    app.console.note(text(preview).rstrip("\n"))
    return click.confirm(f"Accept this as the baseline of {preview.instance}?", err=True)


def _baseline(app: App, watch: _Watch, name: str, entry: Entry) -> int:
    """Return the baseline of an instance without --baseline. A partial or suspect snapshot never becomes one."""
    number = watch.store.baseline(name)
    is_sound = entry.complete and not entry.suspect
    if watch.accept and not is_sound:
        app.console.warn(f"not accepted: the capture is {'suspect' if entry.suspect else 'not whole'}")
    if number is None and not (watch.accept and is_sound):
        _refuse_lost_baseline(watch, name)
    if number is None and is_sound and not watch.accept:  # else it is saved when it has been accepted
        watch.store.save_baseline(entry.number)
        _tell_baseline(app, entry.number)
    return entry.number if number is None else number


def _refuse_lost_baseline(watch: _Watch, name: str) -> None:
    """Raise BaselineError where changes are open of an instance without a baseline: none of them may end unseen.

    `drift repair` may have lost it, or they were judged against a reference that is no longer given.
    """
    count = len(notifying.known_items(watch.store, watch.subscribers[name], name))
    if count:
        raise BaselineError(
            f"{name} has no baseline any more, and of what was notified {count:,} {'is' if count == 1 else 'are'} open",
            hint=f"`drift watch --once {shlex.quote(name)} --accept` lists them and makes the capture the baseline; "
            "--baseline REF judges against another snapshot, or a file.",
        )


def _tell_baseline(app: App, number: int) -> None:
    app.console.note(f"judged from now on against snapshot {number}")


def _reference(written: str, name: str, *, alone: bool) -> Reference:
    """Resolve --baseline for an instance. One that is `alone` may have a number or a file of its own."""
    from drift.cli.own_reference import own_reference

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
