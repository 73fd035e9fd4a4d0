"""Which value of a setting holds, and where it is from. Pure: flags, environment and configuration are handed in.

The order, first to last: flag, `DRIFT_*`, `[instances.NAME]`, the rest of drift.toml, the variables of other tools
(Huawei's SDK, then Terraform's, then OpenStack's), default. An empty flag or variable counts as not given. Only the
value that holds is checked: a variable that nothing uses can't be wrong.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, Generic, NamedTuple, TypeVar

import msgspec

from drift.config.setting_names import NAMES, TABLE, Provider
from drift.core import validators
from drift.core.errors import UsageError
from drift.core.validators import Language
from drift.policy.rules import Severity, threshold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from drift.config.file import Config, InstanceConfig

_T = TypeVar("_T")


_SWITCH_WORDS: Final = {
    **dict.fromkeys(("true", "yes", "on", "1"), True),
    **dict.fromkeys(("false", "no", "off", "0"), False),
}


class Setting(msgspec.Struct, Generic[_T], frozen=True):
    """A value and where it is from: `--store`, `DRIFT_STORE`, `drift.toml`, `drift.toml [defaults]`, `default`."""

    value: _T
    source: str


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """The settings in force that are not about one instance. `timeout` is in seconds and covers one capture.

    `jobs` is how many captures are made at once, `rate` how many calls per second an endpoint gets.
    `notes` are for the user's eyes: variables that look like a slip.
    """

    store: Setting[Path]
    fail_on: Setting[Severity]
    lang: Setting[Language]
    timeout: Setting[float]
    jobs: Setting[int]
    rate: Setting[float]
    keep_raw: Setting[bool]
    notes: tuple[str, ...]


def explicit_config(flags: Mapping[str, object], environ: Mapping[str, str]) -> Setting[Path] | None:
    """The configuration file that was asked for. Without one, `config.find` looks for it."""
    search = Search((_flags(flags), _variables(Provider.DRIFT, environ)))
    found = search.find("config", validators.path_for(environ))
    search.finish()
    return found


def resolve(flags: Mapping[str, object], environ: Mapping[str, str], config: Config) -> Settings:
    """The settings in force. `flags` are by setting, None where not given; what is no setting doesn't matter.

    Raises UsageError, with every value that is not what it should be.
    """
    search = Search(places(flags, environ, config, None))
    settings = Settings(
        store=search.find("store", validators.path_for(environ)) or Setting(config.store, "default"),
        fail_on=search.find("fail_on", threshold) or Setting(config.fail_on, "default"),
        lang=search.find("lang", validators.language) or Setting(config.lang, "default"),
        timeout=search.find("timeout", _number(validators.seconds)) or Setting(config.timeout, "default"),
        jobs=search.find("jobs", _number(validators.parallelism)) or Setting(config.jobs, "default"),
        rate=search.find("rate", _number(validators.rate)) or Setting(config.rate, "default"),
        keep_raw=search.find("keep_raw", switch) or Setting(config.keep_raw, "default"),
        notes=tuple(_slips(environ)),
    )
    search.finish()
    return settings


class Place(NamedTuple):
    """One place that gives settings: the flags, the variables of a family, a table of drift.toml."""

    family: Provider
    found: Mapping[str, Setting[object]]


def places(
    flags: Mapping[str, object], environ: Mapping[str, str], config: Config, instance: str | None
) -> tuple[Place, ...]:
    """Every place that gives settings, the first to be asked first."""
    return (
        _flags(flags),
        _variables(Provider.DRIFT, environ),
        *_tables(config, instance),
        *(_variables(family, environ) for family in (Provider.HUAWEI, Provider.TERRAFORM, Provider.OPENSTACK)),
    )


class Search:
    """Looks settings up in places, in their order, and gathers what is wrong with the values that hold."""

    def __init__(self, places: Sequence[Place]) -> None:
        self.places = places
        self._problems: list[str] = []

    def find(self, setting: str, check: Callable[[object], _T]) -> Setting[_T] | None:
        """The value that holds; None where there is none or it is wrong."""
        found = next((place.found[setting] for place in self.places if setting in place.found), None)
        if found is None:
            return None
        try:
            return Setting(check(found.value), found.source)
        except ValueError as exc:
            self.problem(found.source, str(exc))
            return None

    def first(self, *settings: str) -> Place | None:
        """The first place that gives any of these settings."""
        return next((place for place in self.places if any(setting in place.found for setting in settings)), None)

    def problem(self, source: str, words: str) -> None:
        """Note what is wrong with a value that was found."""
        self._problems.append(f"{source}: {words}")

    def among(self, places: Sequence[Place]) -> Search:
        """The same search in these places; what it finds wrong is told with the rest."""
        narrower = Search(places)
        narrower._problems = self._problems
        return narrower

    def finish(self) -> None:
        """Raise UsageError where a value was wrong."""
        if self._problems:
            raise UsageError("\n".join(self._problems))


def switch(value: object) -> bool:
    """A check for true, false and the words that mean them in a variable."""
    return validators.switch(_SWITCH_WORDS.get(value.lower()) if isinstance(value, str) else value)


def _number(check: Callable[[object], _T]) -> Callable[[object], _T]:
    """The check of a number for what may be a variable's text."""

    def checked(value: object) -> _T:
        if isinstance(value, str):
            with suppress(ValueError):
                return check(int(value) if value.strip().isascii() and value.strip().isdecimal() else float(value))
        return check(value)

    return checked


def _flags(flags: Mapping[str, object]) -> Place:
    names = (name for name in TABLE if name.flag and flags.get(name.setting) not in {None, ""})
    return Place(Provider.DRIFT, {name.setting: Setting(flags[name.setting], str(name.flag)) for name in names})


def _variables(family: Provider, environ: Mapping[str, str]) -> Place:
    found: dict[str, Setting[object]] = {}
    for name in TABLE:
        given = (variable for variable in name.variables(family) if environ.get(variable, "").strip())
        for variable in given:
            found.setdefault(name.setting, Setting(environ[variable], variable))
    return Place(family, found)


def _tables(config: Config, instance: str | None) -> Iterator[Place]:
    file = config.file_name
    if instance is not None and instance in config.instances:
        yield _table(config.instances[instance], f"{file} [instances.{instance}]")
    yield _table(config.defaults, f"{file} [defaults]")
    yield Place(Provider.DRIFT, {key: Setting(getattr(config, key), file) for key in config.given if key in NAMES})


def _table(table: InstanceConfig, source: str) -> Place:
    values = msgspec.structs.asdict(table).items()
    return Place(Provider.DRIFT, {key: Setting(value, source) for key, value in values if value is not None})


def _slips(environ: Mapping[str, str]) -> Iterator[str]:
    # A stranger's DRIFT_… variable is no error: the prefix is a common word. One that is nearly ours may be a slip.
    known = {name.setting: name.variable for name in TABLE}
    strange = {variable for variable in environ if variable.startswith("DRIFT_")} - set(known.values())
    if not strange:
        return
    from difflib import get_close_matches  # noqa: PLC0415 - few environments have such variables

    for variable in sorted(strange):
        close = get_close_matches(variable.removeprefix("DRIFT_").lower(), known, n=1, cutoff=0.75)
        if close:
            yield f"{variable} is not read; did you mean {known[close[0]]}?"
