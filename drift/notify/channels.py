"""Notification channels: a `[notify.NAME]` table to a `Channel`. Pure. Holds no secret, only the place of one."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from drift.core import validators
from drift.notify.chats import SERVICES
from drift.policy.rules import Severity, threshold

if TYPE_CHECKING:
    from collections.abc import Callable

    from drift.core.strict_toml import Table

_SECRET: Final = "a secret has no place in this file; expected secret_file or secret_env, which say where it is"  # noqa: S105
_URL: Final = (
    "the address of a chat is a secret, so it has no place in this file; expected url_file or url_env, which say where "
    "it is"
)
_ADDRESSES: Final = frozenset({"webhook", "url_file", "url_env", "apprise_file", "apprise_env"})


class Channel(msgspec.Struct, frozen=True, kw_only=True):
    """A notification channel: a webhook with the place of its secret, or the place of a chat's address.

    That place is `url_…` or `apprise_…`, which mean the same: the robot's own address, or a URL of Apprise. `service`
    says whose address it is where its host doesn't. `instances` are patterns for names, none for all; `min_severity`
    None is the gate's own threshold.
    """

    name: str
    webhook: str | None = None
    secret_file: Path | None = None
    secret_env: str | None = None
    url_file: Path | None = None
    url_env: str | None = None
    apprise_file: Path | None = None
    apprise_env: str | None = None
    service: str | None = None
    instances: tuple[str, ...] = ()
    min_severity: Severity | None = None
    allow_plain_http: bool = False
    allow_private: bool = False
    proxy: str | None = None
    ca_file: Path | None = None

    def covers(self, instance: str) -> bool:
        """Return whether the channel is notified about that instance."""
        return not self.instances or any(fnmatchcase(instance, pattern) for pattern in self.instances)


def read_channels(table: Table, located: Callable[[object], Path]) -> tuple[Channel, ...]:
    """Read the channels in `[notify]`; mistakes go to the table's problems. `located` resolves paths."""
    return tuple(_read(name, each, located) for name, each in table.tables())


def _read(name: str, table: Table, located: Callable[[object], Path]) -> Channel:
    channel = Channel(
        name=name,
        webhook=table.read("webhook", _webhook, None),
        secret_file=table.read("secret_file", located, None),
        secret_env=table.read("secret_env", _variable, None),
        url_file=table.read("url_file", located, None),
        url_env=table.read("url_env", _variable, None),
        apprise_file=table.read("apprise_file", located, None),
        apprise_env=table.read("apprise_env", _variable, None),
        service=table.read("service", validators.one_of(*SERVICES), None),
        instances=table.read("instances", _patterns, ()),
        min_severity=table.read("min_severity", threshold, None),
        allow_plain_http=table.read("allow_plain_http", validators.switch, default=False),
        allow_private=table.read("allow_private", validators.switch, default=False),
        proxy=table.read("proxy", validators.proxy, None),
        ca_file=table.read("ca_file", located, None),
    )
    table.refuse_unknown({"secret": _SECRET, "apprise": _URL, "url": _URL}.get)
    _check(name, channel, table)
    return channel


def _check(name: str, channel: Channel, table: Table) -> None:
    """Report settings that contradict each other."""
    if not re.fullmatch(r"\w[\w.-]*", name):
        table.problem("webhook", "its table needs a name of letters, digits, ., - and _: [notify.NAME]")
    given = set(table.values)
    if len(given & _ADDRESSES) != 1:
        table.problem(
            "webhook", f"expected one of {validators.listed(sorted(_ADDRESSES), 'and')} in each [notify.NAME]"
        )
    if "webhook" in given and len(given & {"secret_file", "secret_env"}) != 1:
        table.problem("secret_file", "expected secret_file or secret_env: what is sent to a webhook is signed")
    if "webhook" not in given and {"secret_file", "secret_env"} <= given:
        table.problem("secret_file", "expected one of secret_file and secret_env")
    if "webhook" in given and channel.service:
        table.problem("service", "goes with url_file or url_env; a webhook gets drift's own JSON")
    if channel.webhook and not channel.allow_plain_http and validators.is_exposed(validators.host_of(channel.webhook)):
        table.problem("webhook", "plain http can be read on the way: expected https, or allow_plain_http = true")


def _webhook(value: object) -> str:
    return validators.page(value)


def _variable(value: object) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,63}", value):
        raise ValueError("expected the name of an environment variable, such as DRIFT_OPS_SECRET")
    return value


def _patterns(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not value:
        raise ValueError('expected a list of names or patterns, such as ["orders-*"]')
    return tuple(dict.fromkeys(map(validators.text, value)))
