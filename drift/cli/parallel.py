"""Work on many things in a bounded number of threads. Knows nothing of the work."""

from __future__ import annotations

from itertools import islice
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_T = TypeVar("_T")


def at_once(names: Sequence[str], work: Callable[[str], _T], most: int) -> Iterator[tuple[str, _T | Exception]]:
    """Yield the result of the work for each name, or the exception that it raised, in the order of their ends.

    The next piece of work begins when a result is taken, so results don't pile up. Whoever stops taking them isn't held
    up by work that is under way: it is in daemon threads.
    """
    todo: SimpleQueue[str | None] = SimpleQueue()
    done: SimpleQueue[tuple[str, _T | Exception]] = SimpleQueue()
    waiting = iter(names)
    for name in islice(waiting, most):
        todo.put(name)
        Thread(target=_worker, args=(todo, done, work), daemon=True).start()
    try:
        for _ in names:
            result = done.get()
            todo.put(next(waiting, None))
            yield result
            del result  # or the next one would have to fit into memory beside it
    finally:
        for _ in islice(names, most):
            todo.put(None)


def _worker(
    todo: SimpleQueue[str | None], done: SimpleQueue[tuple[str, _T | Exception]], work: Callable[[str], _T]
) -> None:
    while (name := todo.get()) is not None:
        result: _T | Exception
        try:
            result = work(name)
        except Exception as error:  # noqa: BLE001 - whoever takes the results decides what becomes of it
            result = error
        done.put((name, result))
        del result  # its memory belongs to the reader of the queue
