"""What every command shares: the options, the settings that they lead to, the store, and the two sides of a diff."""

from __future__ import annotations

import os
import shlex
from contextlib import ExitStack
from copy import copy
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from drift.compare.align import tells_less
from drift.config import file as config_file
from drift.config import resolve
from drift.core.model import Mask
from drift.core.references import AsOf, File, Label, Latest, Live, Number, Reference, Stored
from drift.decode.jobs import between
from drift.decode.limits import MIB
from drift.policy.rules import Severity
from drift.policy.verdict import Policy
from drift.reports.content.report import Report, Side, happened
from drift.reports.formats import SHARD_FORMATS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drift.cli.console import Console
    from drift.cloud.access import Target
    from drift.cloud.auth.cache import SignIns
    from drift.cloud.capture import Means
    from drift.cloud.connection_pool import Wires
    from drift.cloud.instance_list import Holding
    from drift.compare.diff import Diff
    from drift.compare.node_mapping import NodePair
    from drift.config.connection import Connection
    from drift.config.file import Config
    from drift.config.resolve import Setting, Settings
    from drift.core.model import Earlier, Instance, Job, Snapshot
    from drift.core.validators import Language
    from drift.decode.files import Loaded, Received
    from drift.decode.migration_job import Migration
    from drift.decode.sources.export import Options
    from drift.policy.invariants import Finding
    from drift.policy.known_names import World
    from drift.policy.plan.file import Plan
    from drift.policy.plan.matching import Match
    from drift.policy.verdict import Verdict
    from drift.policy.waivers import Waived
    from drift.reports.content.acceptance import Acceptance
    from drift.store import Store


class App:
    """One run of the command line. What needs a file or a socket is made when it is first asked for."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.flags: dict[str, Any] = {}
        self.environ: Mapping[str, str] = os.environ
        self.closing = ExitStack()
        self._held: Store | None = None
        # Goes with the process: to take apart a large snapshot by itself is a twentieth of the time of its capture.
        self._loaded: tuple[Loaded, ...] = ()

    def about(self, name: str) -> App:
        """The same run, as far as it is about one of several instances: its words say so."""
        found = copy(self)
        found.console = self.console.about(name)
        return found

    @property
    def places(self) -> list[str]:
        """The flags of this run that a command needs to find the same store and the same drift.toml again."""
        return [word for name in ("config", "store") if name in self.flags for word in (f"--{name}", self.flags[name])]

    @cached_property
    def config_file(self) -> Setting[Path] | None:
        """Which drift.toml holds, if one does, and what led to it."""
        found = resolve.explicit_config(self.flags, self.environ) or _found_config()
        return resolve.Setting(found, "found from the working folder upwards") if isinstance(found, Path) else found

    @cached_property
    def config(self) -> Config:
        """drift.toml, or what holds without one."""
        return config_file.Config() if self.config_file is None else config_file.load(self.config_file.value)

    @cached_property
    def settings(self) -> Settings:
        """The settings that are not about one instance."""
        resolved = resolve.resolve(self.flags, self.environ, self.config)
        for note in resolved.notes:
            self.console.note(f"note: {note}")
        return resolved

    @property
    def language(self) -> Language:
        """What reports are written in."""
        return self.settings.lang.value

    @cached_property
    def sign_ins(self) -> SignIns:
        """What has been signed in with in this run."""
        from drift.cloud.auth.cache import SignIns  # noqa: PLC0415 - only captures sign in

        return SignIns()

    @cached_property
    def wires(self) -> Wires:
        """The connections of this run. They are closed when it ends."""
        from drift.cloud.connection_pool import Wires  # noqa: PLC0415 - only captures connect

        wires = Wires(
            response_limit=self.config.limits.response_mib * MIB,
            rate=self.settings.rate.value,
            seen=self.console.progress.count_bytes,
        )
        self.closing.callback(wires.close)
        return wires

    @property
    def means(self) -> Means:
        """What the captures of this run share."""
        from drift.cloud.capture import Means  # noqa: PLC0415 - only captures connect

        return Means(self.options, self.sign_ins, self.wires)

    @property
    def options(self) -> Options:
        """How payloads are read."""
        from drift.decode.sources.export import Options  # noqa: PLC0415 - a diff of two stored snapshots reads none

        return Options(limits=self.config.limits, volatile=self.config.volatile, layout=self.config.layout)

    @property
    def policy(self) -> Policy:
        """What matters."""
        implied = {"data-node-empty": Severity.ERROR} if self.config.check.no_empty_node else {}
        return Policy(severities={**implied, **self.config.severities}, fail_on=self.settings.fail_on.value)

    def open_store(self, *, create: bool = False) -> Store:
        """The store, open. A context manager."""
        from drift.store import Store  # noqa: PLC0415 - a diff of two files needs none

        return Store.open(self.settings.store.value, create=create)

    def hold_store(self) -> None:
        """Keep the store open until the run ends: whoever closes it last writes all that is new into the file itself.

        Measured: once for each of many captures, that is a seventh of their time.
        """
        if self._held is None:
            self._held = self.closing.enter_context(self.open_store())

    def connection(self, name: str | None) -> Connection:
        """The settings for one instance, with a word about those that may surprise."""
        from drift.config.connection import connection  # noqa: PLC0415 - only captures connect

        found = connection(self.flags, self.environ, self.config, name)
        for note in found.notes:
            self.console.note(f"note: {note}")
        return found

    def project_connection(self, like: str | None) -> Connection:
        """The settings for a project, which are those of an instance or those for all."""
        from drift.config.connection import project_connection  # noqa: PLC0415 - only captures connect

        return project_connection(self.flags, self.environ, self.config, like)

    def holdings(self, connection: Connection) -> tuple[Holding, ...]:
        """The instances that the service lists of a project."""
        from drift.cloud.capture import list_instances  # noqa: PLC0415 - only captures connect
        from drift.config.target import reach  # noqa: PLC0415 - as above

        with self.console.working("listing the instances of the project"):
            return list_instances(reach(connection, self.settings.timeout.value), self.means, self.console.note)

    def target(self, name: str | None) -> Target:
        """The instance to capture."""
        from drift.config.target import aim  # noqa: PLC0415 - only captures connect

        return aim(self.connection(name), self.settings.timeout.value)

    def receive(self, name: str | None, *, stable: bool) -> Received:
        """What the service says of an instance, not read yet; `stable` asks until two answers in a row agree."""
        from drift.cloud.capture import receive  # noqa: PLC0415 - only captures connect

        target = self.target(name)
        self.console.detail(f"capturing {target.name}: instance {target.instance_id} at {target.endpoint}")
        with self.console.working(f"capturing {target.name}"):
            received = receive(target, self.means, now(), self.console.note, stable=stable)
        for note in received.circumstances.notes:
            self.console.note(f"note: {note}")
        return received

    def jobs(self, name: str | None) -> tuple[Job, ...]:
        """The migration jobs that the service lists of an instance."""
        from drift.cloud.capture import list_jobs  # noqa: PLC0415 - only captures connect

        with self.console.working("listing migration jobs"):
            return list_jobs(self.target(name), self.means, self.console.note)

    def migration(self, job_id: str, name: str | None) -> Migration:
        """What a migration job of an instance says that it does."""
        from drift.cloud.capture import show_migration  # noqa: PLC0415 - only captures connect

        with self.console.working("asking for the migration job"):
            return show_migration(self.target(name), job_id, self.means, self.console.note)

    def receive_file(self, path: str) -> Received:
        """What a file holds, not read yet."""
        from drift.decode.files import receive  # noqa: PLC0415 - a diff of two stored snapshots needs none

        return receive(Path(path), self.options)

    def read(self, received: Received) -> Loaded:
        """What was received, read, with a word about all that is odd or missing."""
        from drift.decode.files import read  # noqa: PLC0415 - as above

        with self.console.working(f"reading {received.path or received.instance.name}"):
            loaded = read(received, self.options)
        self._loaded = (*self._loaded, loaded)
        self.warn(loaded)
        return loaded

    def read_file(self, path: str) -> Loaded:
        """What a file holds."""
        return self.read(self.receive_file(path))

    def read_plan(self, path: str) -> Plan:
        """What a plan expects."""
        from drift.policy.plan.file import parse  # noqa: PLC0415 - only with a plan

        return parse(
            config_file.read_text(Path(path), hint="`drift plan from-diff BEFORE AFTER` writes a plan."), Path(path)
        )

    def warn(self, loaded: Loaded) -> None:
        """Tell what is odd about a snapshot, and what it leaves out."""
        for warning in loaded.warnings:
            self.console.warn(warning)
        for gap in loaded.snapshot.gaps:
            self.console.warn(gap.reason if gap.is_disagreement else f"not read: {gap.scope}: {gap.reason}")

    def load(self, reference: Reference | Received) -> Snapshot:
        """The whole snapshot that a reference means, or that was received already."""
        match reference:
            case File(path=path):
                return self.read_file(path).snapshot
            case Live(instance=instance):
                return self.read(self.receive(instance, stable=False)).snapshot
            case Number() | Label() | Latest() | AsOf():
                with self.open_store() as store, self.console.working("loading from the store"):
                    return store.load(store.resolve(reference))
            case received:
                return self.read(received).snapshot


def _found_config() -> Path | None:
    try:
        return config_file.find(Path.cwd())
    except FileNotFoundError:  # the working directory has been deleted
        return None


def now() -> datetime:
    """The time, aware UTC."""
    return datetime.now(UTC)


class Pair(NamedTuple):
    """Two snapshots to compare, and the sides that they are in a report.

    `returned` has the earlier snapshots that the whole, or a database, of `after` equals. With a `node_map`, which is
    what --map-nodes says, `before` is as it would be on the data nodes of `after`.
    """

    before: Snapshot
    after: Snapshot
    sides: tuple[Side, Side]
    returned: Mapping[str | None, Earlier]
    node_map: str | None = None
    node_pairs: tuple[NodePair, ...] = ()

    @property
    def instance(self) -> str | None:
        """The instance that a change is about."""
        return self.after.instance.name or self.before.instance.name

    @property
    def world(self) -> World:
        """What there is on either side."""
        from drift.policy.known_names import World  # noqa: PLC0415 - only plans and waivers speak of it

        return World.of(
            [node for side in self.sides for node in side.nodes.values()],
            [node_id for side in self.sides for node_id in side.balance],
            [name for side in self.sides for name in side.databases],
            [*self.before.gaps, *self.after.gaps],
        )


def open_pair(app: App, texts: tuple[str, str], references: tuple[Reference | Received, Reference | Received]) -> Pair:
    """Both snapshots. Of two stored ones only what differs is read."""
    before, after = references
    if isinstance(before, Stored) and isinstance(after, Stored):
        with app.open_store() as store:
            numbers = store.resolve(before), store.resolve(after)
            pair = store.load_pair(*numbers)
            returned = store.returned(*pair)
            sides = [
                Side.of(
                    snapshot,
                    text,
                    nodes=store.nodes(number),
                    databases=store.databases(number),
                    balance=store.balance(number),
                )
                for snapshot, text, number in zip(pair, texts, numbers, strict=True)
            ]
    else:
        pair = app.load(before), app.load(after)
        returned = _returned(app, *pair) if isinstance(before, Stored) or isinstance(after, Stored) else {}
        sides = [Side.of_whole(snapshot, text) for snapshot, text in zip(pair, texts, strict=True)]
    if _are_of_two(pair[0].instance, pair[1].instance):
        app.console.warn(f"two instances are compared: {pair[0].instance.name} and {pair[1].instance.name}")
    if tells_less(pair[0].source) != tells_less(pair[1].source):
        app.console.note(
            "not compared, as the details don't tell them: addresses of data nodes, data nodes without shards"
        )
    return Pair(*pair, (sides[0], sides[1]), returned)


def _are_of_two(one: Instance, other: Instance) -> bool:
    """Whether two instances are meant: neither is unknown, nor do two names stand for one id."""
    if one.instance_id and one.instance_id == other.instance_id:
        return False
    return bool(one.name and other.name) and one.name != other.name


def _returned(app: App, before: Snapshot, after: Snapshot) -> dict[str | None, Earlier]:
    with app.open_store() as store:
        return store.returned(before, after)


def report_on(app: App, pair: Pair, command: str, plan: Plan | None, findings: tuple[Finding, ...] = ()) -> Report:
    """The judged diff of a pair, held against a plan if there is one, with `findings` that are judged beside it."""
    from drift.compare.diff import diff  # noqa: PLC0415 - not every command compares
    from drift.policy.verdict import judge  # noqa: PLC0415 - as above

    with app.console.working("comparing"):
        differing = diff(pair.before, pair.after)
    found = _believed(differing, pair)
    match = None if plan is None else _match(app, plan, found, pair)
    waived = _waived(app, pair, found, match) if app.config.waivers else None
    worse = _worsened(app, pair) if command == "gate" and app.config.check.must_not_worsen else ()
    beside = dict.fromkeys((*findings, *worse))
    verdict = judge(found, app.policy, instance=pair.instance, match=match, waived=waived, findings=beside)
    references = [pinned(side) for side in pair.sides]
    words = ["drift", command, *references, *(["--plan", str(plan.origin)] if plan else [])]
    words += ["--map-nodes", pair.node_map] if pair.node_map else []
    places = app.places
    return Report(
        before=pair.sides[0],
        after=pair.sides[1],
        verdict=verdict,
        told=happened(*pair.sides, verdict, pair.returned if found is differing else {}),
        command=shlex.join([*words, *places]),
        node_pairs=pair.node_pairs,
        jobs=between(pair.before, pair.after),
        accepting=_accepting(verdict, [*references, *places]) if command == "gate" and pair.node_map is None else (),
    )


def _believed(found: Diff, pair: Pair) -> Diff:
    before, after = pair.sides
    if any(after.balance.values()) or not after.complete:
        return found
    from drift.compare.plausibility import believed  # noqa: PLC0415 - few captures are empty

    return believed(found, before=sum(before.balance.values()), after=0, data_nodes=len(after.nodes))


def _waived(app: App, pair: Pair, found: Diff, match: Match | None) -> Waived | None:
    from drift.policy.waivers import apply, concerning  # noqa: PLC0415 - only with waivers

    waivers = concerning(app.config.waivers, pair.instance)
    if not waivers:
        return None
    expected = match.expecting if match else None
    waived = apply(
        waivers,
        found.changes,
        expected=expected,
        world=pair.world,
        instance=pair.instance,
        today=now().date(),
    )
    for use in waived.lapsed:
        place, expires = use.waiver.place, use.waiver.expires
        app.console.warn(f"{app.config.file_name}: {place} expired on {expires}, and is no longer applied")
    return waived


def _accepting(verdict: Verdict, references: list[str]) -> tuple[Acceptance, ...]:
    from drift.reports.content.acceptance import acceptances  # noqa: PLC0415 - only for a gate

    return acceptances(verdict, references) if verdict.exit_code == 1 else ()


def _match(app: App, plan: Plan, found: Diff, pair: Pair) -> Match:
    from drift.policy.plan.matching import check_shards, match  # noqa: PLC0415 - only with a plan

    matched = match(plan, found.changes, pair.world)
    if not matched.is_met and not found.not_checked:  # what was not read may exist
        check_shards(plan, matched.outcomes, whole(app, pair))
    return matched


def _worsened(app: App, pair: Pair) -> tuple[Finding, ...]:
    """The broken invariants that are new or worse. They are about the whole."""
    from drift.policy.invariants import worsened  # noqa: PLC0415 - most gates judge changes alone

    return worsened(*whole(app, pair), app.config.check)


def whole(app: App, pair: Pair) -> tuple[Snapshot, Snapshot]:
    """Both snapshots with all their records; of two stored ones, a pair holds only what differs."""
    before, after = (
        snapshot if side.number is None or pair.node_map else app.load(Number(side.number))
        for snapshot, side in zip((pair.before, pair.after), pair.sides, strict=True)
    )
    return before, after


def with_shards(app: App, pair: Pair, report: Report, formats: set[str]) -> Report:
    """The report of a pair, with the placements of all shards if one of the formats shows each of them."""
    if not SHARD_FORMATS & formats:
        return report
    from drift.reports.content.placements import placements  # noqa: PLC0415 - most formats show what differs

    return msgspec.structs.replace(
        report, placements=placements(*whole(app, pair), Mask.of(report.verdict.not_checked))
    )


def pinned(side: Side) -> str:
    """A reference that will mean the same tomorrow, where there is one."""
    return side.reference if side.number is None else str(side.number)
