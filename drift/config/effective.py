"""The effective settings, as rows to show. Pure. Secrets are masked, whole."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from drift.cloud.endpoints import authority
from drift.config.resolve import Setting
from drift.config.settings_table import METHODS, SETTINGS
from drift.core.secret import Secret, path_shown
from drift.decode.limits import Limits
from drift.policy.rules import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    import msgspec

    from drift.config.connection import Connection
    from drift.config.file import Config
    from drift.config.resolve import Settings
    from drift.config.verify_settings import VerifySettings
    from drift.notify.channels import Channel

_DEFAULT: Final = "default"


class Row(NamedTuple):
    """A setting, its value in words, and its source."""

    setting: str
    value: str
    source: str


def general(config: Config, file: Setting[Path] | None, settings: Settings) -> list[Row]:
    """List the settings of the run. `file` is drift.toml, and the setting that led to it."""
    found = [] if file is None else [Row("config", _shown(file.value), file.source)]
    return [*found, *_rows(settings), *_of_file(config)]


def of_data_nodes(settings: VerifySettings) -> list[Row]:
    """List the settings for data nodes."""
    return list(_rows(settings))


def of_instance(connection: Connection) -> list[Row]:
    """List the settings of one instance: its endpoint and the authentication there."""
    sign_in = connection.auth
    rows = list(_rows(connection))
    if sign_in is not None:
        rows += _rows(sign_in)
        given = next((name for name in METHODS.get(sign_in.method, ()) if getattr(sign_in, name)), None)
        if sign_in.auth is None and given is not None:
            rows.append(Row("auth", sign_in.method, f"as there is {given}"))
    order = list(SETTINGS)
    return sorted(rows, key=lambda row: order.index(row.setting))


def _rows(record: msgspec.Struct) -> Iterator[Row]:
    for name in record.__struct_fields__:
        setting = getattr(record, name)
        if isinstance(setting, Setting) and setting.value is not None:
            yield Row(name, _shown(setting.value), setting.source)


def _of_file(config: Config) -> Iterator[Row]:
    """List the settings that only the file can give."""
    name, standard = config.file_name, Limits()
    for rule, severity in config.severities.items():
        yield Row(f"severities.{rule}", severity.word, f"{name} [severities]")
    for limit in Limits.__struct_fields__:
        value = getattr(config.limits, limit)
        yield Row(f"limits.{limit}", str(value), _DEFAULT if value == getattr(standard, limit) else f"{name} [limits]")
    if config.volatile:
        yield Row("volatile", ", ".join(config.volatile), name)
    for channel in config.notify:
        yield Row(f"notify.{channel.name}", _leads_to(channel), f"{name} [notify.{channel.name}]")
    if config.layout:
        yield Row("layout", f"{len(config.layout)} given", name)


def _leads_to(channel: Channel) -> str:
    if channel.webhook:
        return f"a webhook of {authority(channel.webhook)}"
    return f"a chat of {channel.service}" if channel.service else "the address of a chat, or a URL of Apprise"


def _shown(value: object) -> str:
    match value:
        case Secret():
            return str(value)
        case Path():
            return path_shown(value)
        case Severity():
            return value.word
        case bool():
            return str(value).lower()
        case float():
            return f"{value:g}"
        case _:
            return str(value)
