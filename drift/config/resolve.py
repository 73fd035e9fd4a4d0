"""The effective value of a setting, and its source. Pure: flags, environment and configuration are handed in.

The order, first to last: flag, `DRIFT_*`, `[instances.NAME]`, the rest of drift.toml, the variables of other tools
(Huawei's SDK, then Terraform's, then OpenStack's), default. An empty flag or variable counts as not given. Only the
effective value is checked.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

import msgspec

from drift.config.definition import (
    AGENCY_VARIABLES,
    ID_TOKENS_OF_AGENCY,
    ID_TOKENS_OF_PROVIDER,
    PROVIDER_VARIABLE,
    Provider,
    Topic,
)
from drift.config.settings_table import SETTINGS, TABLE
from drift.core import validators
from drift.core.errors import UsageError
from drift.core.secret import Secret
from drift.core.validators import Language
from drift.policy.rules import Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from drift.config.definition import Definition
    from drift.config.file import Config

_T = TypeVar("_T")


_SWITCH_WORDS: Final = {
    **dict.fromkeys(("true", "yes", "on", "1"), True),
    **dict.fromkeys(("false", "no", "off", "0"), False),
}


class Setting(msgspec.Struct, Generic[_T], frozen=True):
    """A value and its source: `--store`, `DRIFT_STORE`, `drift.toml`, `drift.toml [defaults]`, `default`."""

    value: _T
    source: str


def value_of(setting: Setting[_T] | None) -> _T | None:
    """Return the value of a setting; None where there is none."""
    return None if setting is None else setting.value


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """The effective settings of a run. `timeout` is in seconds and covers one capture.

    `jobs` is the number of captures in parallel, `rate` the calls per second to one endpoint.
    `notes` are for the user: variables that look like a typing error.
    """

    store: Setting[Path]
    lake: Setting[str | None]
    fail_on: Setting[Severity]
    lang: Setting[Language]
    timeout: Setting[float]
    jobs: Setting[int]
    rate: Setting[float]
    keep_raw: Setting[bool]
    require_confirmed: Setting[bool]
    require_trace: Setting[bool]
    notes: tuple[str, ...]


def explicit_config(flags: Mapping[str, object], environ: Mapping[str, str]) -> Setting[Path] | None:
    """Find the configuration file that a flag or variable names. Without one, `config.find` looks for it."""
    search = Search((_flags(flags), _variables(Provider.DRIFT, environ)), validators.path_for(environ))
    found = search.find("config")
    search.finish()
    return found


def resolve(flags: Mapping[str, object], environ: Mapping[str, str], config: Config) -> Settings:
    """Resolve the settings of a run. `flags` are by setting, None where not given; other flags are ignored.

    Raises UsageError, with every wrong value.
    """
    search = Search(places(flags, environ, config, None), validators.path_for(environ))
    names = [row.name for row in TABLE if row.topic is Topic.RUN and row.name != "config"]
    found: dict[str, Any] = {name: search.find(name) or Setting(getattr(config, name), "default") for name in names}
    search.finish()
    return Settings(**found, notes=tuple(_slips(environ)))


class Place(msgspec.Struct, frozen=True):
    """One source of settings: the flags, the variables of a provider, a table of drift.toml."""

    family: Provider
    found: Mapping[str, Setting[object]]


def places(
    flags: Mapping[str, object], environ: Mapping[str, str], config: Config, instance: str | None
) -> tuple[Place, ...]:
    """List every place that gives settings, in the order of precedence."""
    return (
        _flags(flags),
        _variables(Provider.DRIFT, environ),
        *_tables(config, instance),
        *(_variables(family, environ) for family in (Provider.HUAWEI, Provider.TERRAFORM, Provider.OPENSTACK)),
    )


class Search:
    """A search for settings in places, in their order. It gathers the problems of the effective values.

    `path` checks paths, and knows the user's home.
    """

    def __init__(self, places: Sequence[Place], path: Callable[[object], Path]) -> None:
        self.places = places
        self.path = path
        self._problems: list[str] = []

    def find(self, setting: str) -> Setting[Any] | None:
        """Find the effective value; None where there is none or it is wrong."""
        found = next((place.found[setting] for place in self.places if setting in place.found), None)
        if found is None:
            return None
        try:
            return Setting(self._check(SETTINGS[setting])(found.value), found.source)
        except ValueError as exc:
            self.problem(found.source, str(exc))
            return None

    def first(self, *settings: str) -> Place | None:
        """Return the first place that gives any of these settings."""
        return next((place for place in self.places if any(setting in place.found for setting in settings)), None)

    def problem(self, source: str, words: str) -> None:
        """Note what is wrong with a value that was found."""
        self._problems.append(f"{source}: {words}")

    def among(self, places: Sequence[Place]) -> Search:
        """Narrow the search to these places. The problems that it finds join the others."""
        narrower = Search(places, self.path)
        narrower._problems = self._problems
        return narrower

    def _check(self, row: Definition) -> Callable[[object], Any]:
        if row.is_file:
            return self.path
        if row.is_secret:
            return lambda value: Secret(row.check(value))
        if row.kind is bool:
            return _switch
        return row.check if row.kind is str else _number(row.check)

    def finish(self) -> None:
        """Raise UsageError where a value was wrong."""
        if self._problems:
            raise UsageError("\n".join(self._problems))


def _switch(value: object) -> bool:
    """Check true, false or the words for them in a variable."""
    return validators.switch(_SWITCH_WORDS.get(value.lower()) if isinstance(value, str) else value)


def _number(check: Callable[[object], _T]) -> Callable[[object], _T]:
    """Make the check of a number accept the text of a variable."""

    def checked(value: object) -> _T:
        if isinstance(value, str):
            with suppress(ValueError):
                return check(int(value) if value.strip().isascii() and value.strip().isdecimal() else float(value))
        return check(value)

    return checked


def _flags(flags: Mapping[str, object]) -> Place:
    rows = (row for row in TABLE if row.flag and flags.get(row.name) not in {None, ""})
    return Place(Provider.DRIFT, {row.name: Setting(flags[row.name], str(row.flag)) for row in rows})


def _variables(family: Provider, environ: Mapping[str, str]) -> Place:
    """Collect a provider's variables. A line end behind a value is no part of it: `echo` leaves one in a secret."""
    found: dict[str, Setting[object]] = {}
    others = _id_tokens_of_another_way(environ)
    for row in TABLE:
        for variable in row.variables(family):
            value = environ.get(variable, "").rstrip("\r\n")
            if value.strip() and variable not in others:
                found.setdefault(row.name, Setting(value, variable))
    return Place(family, found)


def _id_tokens_of_another_way(environ: Mapping[str, str]) -> Sequence[str]:
    """List the variables whose id tokens were made for another way to sign in by OIDC than the one that is set."""
    if any(environ.get(variable, "").strip() for variable in AGENCY_VARIABLES):
        return ID_TOKENS_OF_PROVIDER
    return ID_TOKENS_OF_AGENCY if environ.get(PROVIDER_VARIABLE, "").strip() else ()


def empty_variables(environ: Mapping[str, str]) -> tuple[str, ...]:
    """List the variables of all providers that are set and empty."""
    names = (name for row in TABLE for family in Provider for name in row.variables(family))
    return tuple(dict.fromkeys(name for name in names if name in environ and not environ[name].strip()))


def _tables(config: Config, instance: str | None) -> Iterator[Place]:
    file = config.file_name
    if instance is not None and instance in config.instances:
        yield _table(config.instances[instance], f"{file} [instances.{instance}]")
    yield _table(config.defaults, f"{file} [defaults]")
    yield _table(config.verify, f"{file} [verify]")
    yield Place(Provider.DRIFT, {key: Setting(getattr(config, key), file) for key in config.given if key in SETTINGS})


def _table(table: Mapping[str, object], source: str) -> Place:
    return Place(Provider.DRIFT, {key: Setting(value, source) for key, value in table.items()})


def _slips(environ: Mapping[str, str]) -> Iterator[str]:
    # An unknown DRIFT_… variable is no error: the prefix is a common word. One like a known one may be a typing error.
    known = {row.name: row.variable for row in TABLE}
    strange = {variable for variable in environ if variable.startswith("DRIFT_")} - set(known.values())
    if not strange:
        return
    from difflib import get_close_matches

    for variable in sorted(strange):
        close = get_close_matches(variable.removeprefix("DRIFT_").lower(), known, n=1, cutoff=0.75)
        if close:
            yield f"{variable} is not read; did you mean {known[close[0]]}?"
