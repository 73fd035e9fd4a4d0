"""The lists of jobs that the captures of a run share: one for each project, however many instances it has. No I/O."""

from __future__ import annotations

from collections import defaultdict
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from drift.core.errors import ApiError, NetworkError

if TYPE_CHECKING:
    from collections.abc import Callable

    from drift.cloud.access import Access

_Jobs: TypeAlias = "list[dict[str, Any]]"
_FRESH: Final = 120.0  # seconds; a job that begins later shows in the next list, and in an instance's status at once


class JobLists:
    """The job lists of projects, as received. Threads may share it; they wait while one of them asks."""

    def __init__(self) -> None:
        self._lists: dict[tuple[object, ...], _JobList] = defaultdict(_JobList)
        self._lock = Lock()

    def get(self, access: Access, now: float, ask: Callable[[], _Jobs]) -> _Jobs:
        """Return the jobs of a project, asked for where nobody has lately. `now` is monotonic, in seconds.

        Raises what `ask` raises; a refusal is raised for all that share the list, a loss for all that waited for it.
        """
        with self._lock:
            of_project = self._lists[access.endpoint, access.project, access.credentials]
        return of_project.get(now, ask)


class _JobList:
    def __init__(self) -> None:
        self._lock = Lock()
        self._asked = float("-inf")
        self._known: _Jobs | ApiError = []
        self._attempts = 0
        self._lost: NetworkError | None = None  # what ended the last attempt

    def get(self, now: float, ask: Callable[[], _Jobs]) -> _Jobs:
        seen = self._attempts
        with self._lock:
            if self._attempts != seen and self._lost is not None:
                raise self._lost
            if now - self._asked > _FRESH:
                self._ask(now, ask)
            if isinstance(self._known, ApiError):
                raise self._known
            return self._known

    def _ask(self, now: float, ask: Callable[[], _Jobs]) -> None:
        self._lost = None
        try:
            self._known = ask()
        except ApiError as refused:
            self._known = refused
        except NetworkError as lost:
            self._lost = lost
            raise
        finally:
            self._attempts += 1
        self._asked = now
