"""What a shell may offer for an argument: names of instances, labels and changes, from drift.toml and the store.

Each function takes what click gives it: the context, the parameter and the word as far as it is written. A word that
can't be completed, or a store that can't be read, offers nothing: a shell has no place for an error.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from drift.cli.options import app_of
from drift.core.errors import DriftError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import click

    from drift.cli.app import App
    from drift.store import Store

_T = TypeVar("_T")


def instances(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """Offer the instances of drift.toml and of the store."""
    return _beginning(incomplete, _instances(app_of(context)))


def labels(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """Offer the labels in the store, the newest first."""
    return _beginning(incomplete, _labels(app_of(context), None))


def changes(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """Offer the changes that have begun, the newest first."""
    app = app_of(context)
    return _beginning(incomplete, (each.name for each in reversed(_asked(app, lambda store: store.change_windows()))))


def references(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """Offer `latest`, `live` and the labels, after a colon those of the instance before it."""
    app, (name, colon, _) = app_of(context), incomplete.partition(":")
    words = ["latest", "live", *_labels(app, name if colon else None)]
    return _beginning(incomplete, (f"{name}:{word}" if colon else word for word in words))


def _instances(app: App) -> Iterator[str]:
    with suppress(DriftError):
        yield from app.run.config.instances
    yield from (each.name for each in _asked(app, lambda store: store.instances()) if each.name)


def _labels(app: App, instance: str | None) -> Iterator[str]:
    return (entry.label for entry in _asked(app, lambda store: store.log(instance)) if entry.label)


def _asked(app: App, ask: Callable[[Store], list[_T]]) -> list[_T]:
    """Ask the store, if there is one that can be read."""
    from drift.store import Store

    with suppress(DriftError, OSError), Store.open(app.run.settings.store.value) as store:
        return ask(store)
    return []


def _beginning(incomplete: str, words: Iterable[str]) -> list[str]:
    """Keep the words that begin so, each once. A shell reads them by lines, so that none may have several."""
    found = (word for word in words if word.startswith(incomplete) and word.isprintable())
    return list(dict.fromkeys(found))
