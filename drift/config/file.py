"""drift.toml to a `Config`. Reads the configuration file.

An error lists every problem of a file. No message repeats a value of the file, because a secret in the wrong place is
still a secret.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from drift.config.definition import Topic
from drift.config.settings_table import SETTINGS, TABLE
from drift.core import lake_address, strict_toml, validators
from drift.core.bounded_files import read_text
from drift.core.errors import ConfigError
from drift.core.strict_toml import Problem, Table
from drift.decode.limits import Limits
from drift.policy.invariants import DEFAULT_MAX_SKEW, Demands
from drift.policy.rules import RULES, Severity, severity

if TYPE_CHECKING:
    from drift.config.data_nodes import NodeSettings  # noqa: TC004 - a Config is never decoded
    from drift.core.validators import Language  # noqa: TC004 - as below
    from drift.decode.layouts import Layout  # noqa: TC004 - a Config is never decoded, so its types needn't be known
    from drift.notify.channels import Channel  # noqa: TC004 - a Config is never decoded, so its types needn't be known
    from drift.policy.waivers import Waiver  # noqa: TC004 - as below

FILE_NAME: Final = "drift.toml"
DEFAULT_STORE: Final = Path("snapshots/drift.db")
DEFAULT_LANGUAGE: Final[Language] = "en"
DEFAULT_TIMEOUT: Final = 120.0
DEFAULT_JOBS: Final = 8
DEFAULT_RATE: Final = 20.0

# Compiled when it is needed first: for an unknown key.
_SENSITIVE: Final = r"(?i)token|passw(or)?d|secret|credential|access_?key|api_?key|^(ak|sk|pwd)$"


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """The content of drift.toml, with defaults for missing keys. `Config()` applies without a file.

    `volatile` are names of members besides drift's own list; `timeout` is in seconds and covers one capture.
    `jobs` is the number of captures in parallel, `rate` the calls per second to one endpoint. `defaults` and each of
    `instances` hold the settings of an instance that the file gives, by name, and `verify` those for data nodes; paths
    are those to open. With `audit`, each capture reads the traces of its instance, too.
    `given` are the top-level keys that the file has, `origin` is the file.
    """

    store: Path = DEFAULT_STORE
    lake: str | None = None
    fail_on: Severity = Severity.WARNING
    lang: Language = DEFAULT_LANGUAGE
    timeout: float = DEFAULT_TIMEOUT
    jobs: int = DEFAULT_JOBS
    rate: float = DEFAULT_RATE
    keep_raw: bool = False
    require_confirmed: bool = False
    require_trace: bool = False
    audit: bool = False
    volatile: tuple[str, ...] = ()
    severities: Mapping[str, Severity] = msgspec.field(default_factory=dict)
    check: Demands = msgspec.field(default_factory=Demands)
    limits: Limits = msgspec.field(default_factory=Limits)
    layout: tuple[Layout, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    notify: tuple[Channel, ...] = ()
    verify: Mapping[str, Any] = msgspec.field(default_factory=dict)
    data_nodes: Mapping[str, NodeSettings] = msgspec.field(default_factory=dict)
    defaults: Mapping[str, Any] = msgspec.field(default_factory=dict)
    instances: Mapping[str, Mapping[str, Any]] = msgspec.field(default_factory=dict)
    given: frozenset[str] = frozenset()
    origin: Path | None = None

    @property
    def file_name(self) -> str:
        """The name of the file in messages."""
        return self.origin.name if self.origin else FILE_NAME


def find(start: Path) -> Path | None:
    """Find the drift.toml of a folder or of the nearest folder above it."""
    folder = start.absolute()
    candidates = (parent / FILE_NAME for parent in (folder, *folder.parents))
    return next((candidate for candidate in candidates if _is_file(candidate)), None)


def require_trusted(path: Path, folder: Path) -> None:
    """Raise ConfigError for a file above a folder that a third person put there: it could name where a token goes.

    Trusted are files of the user, of root, and of the owner of the folder.
    """
    if path.parent == folder.absolute() or not hasattr(os, "geteuid"):
        return
    try:
        owners = {os.geteuid(), 0, folder.stat().st_uid}
        is_trusted = path.stat().st_uid in owners
    except OSError:
        return  # whoever reads the file says so
    if not is_trusted:
        raise ConfigError(
            f"{path}: the file belongs to another user, and was found above the working folder",
            hint=f"If it is meant: --config {path}.",
        )


def load(path: Path) -> Config:
    """Read a configuration. Raises ConfigError, with every problem that the file has."""
    return parse(read_text(path, hint="`drift init` writes a drift.toml to start from."), path)


def parse(text: str, origin: Path) -> Config:
    """Read the configuration in a text. Paths in it are relative to the folder of its file, `origin`.

    Raises ConfigError, with every problem found.
    """
    problems: list[Problem] = []
    config = _read(Table(strict_toml.parse(text, origin), problems), origin)
    if problems:
        raise ConfigError(
            strict_toml.problem_text(problems, origin), hint="`drift init` writes a drift.toml that explains every key."
        )
    return config


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a folder above may be unreadable
        return False


def _read(root: Table, origin: Path) -> Config:
    located = _located(origin.parent)
    run = _read_run(root, located, Config(store=origin.parent / DEFAULT_STORE))
    limits = _read_limits(root.table("limits"))
    config = Config(
        **run,
        volatile=root.read("volatile", _names, ()),
        severities=_read_severities(root.table("severities")),
        audit=_read_audit(root.table("capture")),
        check=_read_demands(root.table("check")),
        limits=limits,
        layout=root.read("layout", _layouts_within(limits.nesting), ()),
        waivers=_read_waivers(root),
        notify=_read_channels(root.table("notify"), located),
        **_read_verification(root, located),
        defaults=_read_defaults(root.table("defaults"), located),
        instances=_read_instances(root.table("instances"), located),
        given=frozenset(root.values),
        origin=origin,
    )
    root.refuse_unknown(_about_root_key)
    return config


def _read_run(root: Table, located: Callable[[object], Path], standard: Config) -> dict[str, Any]:
    rows = [row for row in TABLE if row.topic is Topic.RUN and row.name != "config"]
    checks = {row.name: located if row.is_file else row.check for row in rows} | {"lake": _lake_below(located)}
    return {name: root.read(name, check, getattr(standard, name)) for name, check in checks.items()}


def _read_waivers(root: Table) -> tuple[Waiver, ...]:
    tables = list(root.array("waivers"))
    if not tables:
        return ()
    from drift.policy.selectors import refuse_too_many
    from drift.policy.waivers import read_waiver

    waivers = tuple(map(read_waiver, tables))
    refuse_too_many((waiver.selector for waiver in waivers), root, "waivers")
    return waivers


def _read_channels(table: Table, located: Callable[[object], Path]) -> tuple[Channel, ...]:
    if not table.values:
        return ()
    from drift.notify.channels import read_channels

    return read_channels(table, located)


def _read_verification(root: Table, located: Callable[[object], Path]) -> dict[str, Any]:
    verify, nodes = root.table("verify"), root.table("data_nodes")
    if not verify.values and not nodes.values:
        return {}
    from drift.config.data_nodes import read_data_nodes, read_verify

    return {"verify": read_verify(verify, located), "data_nodes": read_data_nodes(nodes, located)}


def _about_root_key(key: str) -> str | None:
    if key in SETTINGS and SETTINGS[key].is_of_instance:
        return "belongs to instances; expected in [instances.NAME], or in [defaults] for all of them"
    return _about_secret(key)


def _located(folder: Path) -> Callable[[object], Path]:
    """Build a check for paths that are relative to a folder. A leading ~ is replaced later, from the environment."""

    def located(value: object) -> Path:
        path = validators.path(value)
        return path if path.parts[:1] == ("~",) else folder / path

    return located


def _lake_below(located: Callable[[object], Path]) -> Callable[[object], str]:
    """Build a check for the address of a lake; a folder is located as a file is."""
    return lambda value: lake_address.lake(value) if lake_address.parse(value).is_remote else str(located(value))


def _read_severities(table: Table) -> dict[str, Severity]:
    severities = {rule: table.read(rule, severity, RULES[rule].severity) for rule in RULES}
    table.refuse_unknown(_about_rule)
    return {rule: severity for rule, severity in severities.items() if rule in table.values}


def _about_rule(key: str) -> str:
    return f"unknown rule{validators.suggestion(key, RULES) or '; `drift rules` lists them'}"


def _read_demands(table: Table) -> Demands:
    demands = Demands(
        max_skew=table.read("max_skew", validators.ratio, DEFAULT_MAX_SKEW),
        no_empty_node=table.read("no_empty_node", validators.switch, default=False),
        must_not_worsen=table.read("must_not_worsen", validators.switch, default=False),
    )
    table.refuse_unknown(_about_secret)
    return demands


def _read_audit(table: Table) -> bool:
    audit = table.read("audit", validators.switch, default=False)
    table.refuse_unknown(_about_secret)
    return audit


def _read_limits(table: Table) -> Limits:
    standard = msgspec.structs.asdict(Limits())
    limits = {key: table.read(key, validators.positive, default) for key, default in standard.items()}
    table.refuse_unknown(_about_secret)
    return Limits(**limits)


def _layouts_within(nesting: int) -> Callable[[object], tuple[Layout, ...]]:
    """Build a check for layouts whose paths lead no deeper than a document may be nested."""

    def layouts(value: object) -> tuple[Layout, ...]:
        checked = tuple(map(_layout, value if isinstance(value, list) else [value]))
        paths = (path for layout in checked for path in msgspec.structs.astuple(layout) if path)
        if any(len(path) > nesting for path in paths):
            raise ValueError(f"expected paths of at most {nesting} steps: `nesting` under [limits] allows no more")
        return checked

    return layouts


def _layout(value: object) -> Layout:
    if not isinstance(value, dict):
        raise ValueError("expected [layout], or [[layout]] for each of several")  # noqa: TRY004 - as all checks do
    from drift.decode.layouts import Layout

    return Layout.parse(value)


def _names(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise ValueError('expected a list of names, such as ["lastHeartbeat"]')  # noqa: TRY004 - as all checks do
    return tuple(dict.fromkeys(map(validators.text, value)))


def _read_defaults(table: Table, located: Callable[[object], Path]) -> dict[str, Any]:
    defaults = _read_instance(table, located)
    if "instance_id" in table.values:
        table.problem("instance_id", "belongs to one instance; expected in [instances.NAME]")
    return defaults


def _read_instances(table: Table, located: Callable[[object], Path]) -> dict[str, dict[str, Any]]:
    instances = {}
    for name, instance in table.tables():
        try:
            validators.instance_name(name)
        except ValueError as exc:
            table.problem(name, str(exc))
        instances[name] = _read_instance(instance, located)
    owners: dict[str, str] = {}
    for name, values in instances.items():
        first = owners.setdefault(values.get("instance_id", name), name)
        if first != name and "instance_id" in values:
            table.problem(f"{name}.instance_id", f"is that of {first}, too; one instance has one name")
    return instances


def _read_instance(table: Table, located: Callable[[object], Path]) -> dict[str, Any]:
    checks = {row.name: located if row.is_file else row.check for row in TABLE if row.is_of_instance}
    values = {key: table.read(key, check, None) for key, check in checks.items()}
    table.refuse_unknown(_about_secret)
    return {key: value for key, value in values.items() if value is not None}


def _about_secret(key: str) -> str | None:
    if not re.search(_SENSITIVE, key):
        return None
    return (
        "a secret has no place in this file; expected in the environment (DRIFT_TOKEN, DRIFT_PASSWORD, "
        "DRIFT_SECRET_KEY) or in a file of its own, which token_file, password_file or secret_key_file names"
    )
