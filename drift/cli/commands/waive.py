"""`drift waive`: let changes pass for a reason and for a time."""

from __future__ import annotations

import json
import shlex
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import click

from drift.cli.app import App, now
from drift.cli.comparison import judged_pair, pinned
from drift.cli.edit_config import editable, rewrite
from drift.cli.options import command, common_options, connection_options
from drift.core import validators
from drift.core.errors import JudgementError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from drift.compare.diff import Change
    from drift.reports.judging import Pair
    from drift.store import Verified


def _reason(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    try:
        return validators.text(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


def _day(_context: click.Context, _parameter: click.Parameter, value: str) -> date:
    from drift.policy.waivers import day

    for read in (day, lambda text: (now() + validators.age(text)).date()):
        with suppress(ValueError):
            return read(value)
    raise click.BadParameter("expected a day, such as 2026-12-31, or how long from now, such as 30d")


@command("waive", short_help="Let changes pass, for a reason and until a day.")
@click.argument("words", metavar="FINGERPRINT... [BEFORE] [AFTER]", nargs=-1, required=True)
@click.option("--reason", required=True, callback=_reason, help="Why they are let pass.")
@click.option(
    "--expires", required=True, metavar="DAY|AGE", callback=_day, help="The last day (UTC): 2026-12-31, or 30d."
)
@connection_options
@common_options
@click.pass_obj
def waive_command(app: App, words: Sequence[str], reason: str, expires: date) -> None:
    """Add waivers for changes to drift.toml, whose comments and order stay as they are.

    FINGERPRINT is the change's, as `drift gate` prints it. BEFORE and AFTER are the snapshots between which it
    happened, by default those of `drift gate`. The waiver holds for just that change: when the same thing changes
    again, or to something else, it is unexpected again. A waiver that is there already gets the new reason and day.

    FINGERPRINT can also be that of a finding on data nodes, in the last verification of an instance that the store
    keeps (`drift verify`, or --verify of other commands).

    \b
    Examples:
      drift waive v1:3c1e09a77b20 --reason "moved by hand, CHG-77" --expires 2026-12-31
      drift waive v1:3c1e09a77b20 12 13 --reason "until the disks are back" --expires 30d
    """  # noqa: D301 - click's mark
    if expires < now().date():
        raise UsageError(f"{expires} is over", hint="--expires is the last day on which the change is let pass.")
    path = editable(app, "waivers")
    fingerprints, references = _split(words)
    end = {"reason": reason, "expires": expires}
    waivers = [
        {**about, **end} for about in (*_of_findings(app, fingerprints), *_of_changes(app, fingerprints, references))
    ]
    from drift.config.edit_waivers import with_waivers

    rewrite(path, lambda text: with_waivers(text, waivers))
    app.console.report(f"wrote {len(waivers)} waiver{'s' if len(waivers) > 1 else ''} to {path}\n")


def _split(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Split the words into fingerprints and the references after them."""
    from drift.policy.waivers import FINGERPRINT

    fingerprints = [word for word in words if FINGERPRINT.fullmatch(word)]
    references = [word for word in words if not FINGERPRINT.fullmatch(word)]
    if not fingerprints:
        raise UsageError(
            f"{words[0]!r} is not a fingerprint: expected v1: and 12 hex digits",
            hint="`drift gate` prints the command that accepts each unexpected change.",
        )
    if len(references) > 2:  # noqa: PLR2004 - BEFORE and AFTER
        raise UsageError(f"{references[2]!r} is one reference too many: expected BEFORE and AFTER")
    return list(dict.fromkeys(fingerprints)), references


def _of_findings(app: App, fingerprints: list[str]) -> list[dict[str, Any]]:
    """Take out the fingerprints of findings on data nodes, by the verifications in the store; say what each waives."""
    found: list[tuple[str, Verified | None]] = []
    if app.has_store:
        with suppress(JudgementError), app.open_store() as store:  # changes between files need none
            found = [(mark, store.verifications.of_finding(mark)) for mark in fingerprints]
    known = {mark: verified for mark, verified in found if verified is not None}
    fingerprints[:] = [mark for mark in fingerprints if mark not in known]
    return [
        {"fingerprint": mark, "instance": _instance(verified.instance), "rule": _rule_of(verified, mark)}
        for mark, verified in known.items()
    ]


def _rule_of(verified: Verified, mark: str) -> str | None:
    """Return the rule of a finding, which tells a reader what the waiver is for."""
    findings = json.loads(verified.report)["findings"]
    return next((each["rule"] for each in findings if each.get("fingerprint") == mark), None)


def _of_changes(app: App, fingerprints: Sequence[str], references: Sequence[str]) -> list[dict[str, Any]]:
    """Say what each fingerprint of a change waives."""
    if not fingerprints:
        return []
    before, after = [*references, None, None][:2]
    pair = judged_pair(app, before, after, None)
    changes = _found(pair, fingerprints, app.places)
    return [_waiver(change, mark, pair.instance) for mark, change in changes.items()]


def _found(pair: Pair, fingerprints: Sequence[str], places: Sequence[str]) -> dict[str, Change]:
    """Find the change of each fingerprint."""
    from drift.compare.diff import diff, fingerprint

    marks = {fingerprint(change, pair.instance): change for change in diff(pair.before, pair.after).changes}
    for mark in fingerprints:
        if mark not in marks:
            raise UsageError(
                f"no change has the fingerprint {mark}",
                hint=_where_to_look([pinned(side) for side in pair.sides], places),
            )
    return {mark: marks[mark] for mark in fingerprints}


def _where_to_look(references: Sequence[str], places: Sequence[str]) -> str:
    command = shlex.join(["drift", "gate", *references, *places])
    return (
        f"drift looked between {' and '.join(references)}. `{command}` lists the fingerprints."
        " That of a finding on data nodes is known where the store keeps the instance's last `drift verify` with it."
    )


def _waiver(change: Change, mark: str, instance: str | None) -> dict[str, Any]:
    """Make the keys of a waiver that tell a reader which change it is for."""
    from drift.core.patterns import literal

    return {
        "fingerprint": mark,
        "instance": _instance(instance),
        "rule": change.rule,
        "database": None if change.database is None else literal(change.database),
        "name": literal(change.name),
    }


def _instance(name: str | None) -> str | None:
    """Return the name of an instance as drift.toml takes it, if it does."""
    try:
        return validators.instance_name(name)
    except ValueError:
        return None
