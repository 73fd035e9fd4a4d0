"""The jobs of an instance: what they are called, the states that they pass through, what may be done in each. Pure.

Sources: "Querying the Task List", "Querying Shard Configuration Results" and the pages about each operation of a task.
"""

from __future__ import annotations

from collections import deque
from typing import Final, Literal, TypeAlias, get_args

import msgspec

Status: TypeAlias = Literal[
    "Running",
    "Expanding",
    "ToBeSwitched",
    "Switching",
    "ToBeCleaned",
    "Completed",
    "Failed",
    "Canceling",
    "CancelSuccess",
    "Rollbacking",
    "RollbackSuccess",
]
STATUSES: Final[tuple[Status, ...]] = get_args(Status)

_NEXT: Final[dict[Status, tuple[Status, ...]]] = {
    "Running": ("Expanding", "Failed", "Canceling"),
    "Expanding": ("ToBeSwitched", "Failed", "Canceling"),
    "ToBeSwitched": ("Switching", "Canceling"),
    "Switching": ("ToBeCleaned", "Failed"),
    "ToBeCleaned": ("Completed",),
    "Failed": ("Rollbacking", "Canceling"),
    "Canceling": ("CancelSuccess",),
    "Rollbacking": ("RollbackSuccess",),
}
_OFFERED: Final[dict[Status, tuple[str, ...]]] = {
    "Running": ("toBeCanceled",),
    "ToBeSwitched": ("modifySwitchingStrategy", "toBeCanceled", "toBeSwitched"),
    "Failed": ("toBeCanceled", "toBeRetried", "toBeRolled"),
    "ToBeCleaned": ("toBeCleaned",),
}
_PROGRESS: Final[dict[Status, str]] = {"Running": "10%", "Expanding": "60%", "ToBeSwitched": "90%", "Switching": "95%"}
_DATABASE_STATUS: Final[dict[Status, str]] = {
    "Running": "EXPANDING",
    "Expanding": "EXPANDING",
    "ToBeSwitched": "EXPANDING",
    "Switching": "EXPANDING",
    "Canceling": "EXPANDING",
    "Failed": "EXPANDING FAILED",
    "Rollbacking": "ROLLING BACK",
}


class Extent(msgspec.Struct, frozen=True):
    """How many shards a database has, and the ids and names of the data nodes that they are on."""

    shards: int
    nodes: tuple[tuple[str, str], ...]


class Job(msgspec.Struct, frozen=True):
    """A task as DDM lists it. Times are in milliseconds since the epoch; a job that goes on has not `ended`."""

    id: str
    name: str
    status: Status
    started: int
    ended: int | None = None
    database: str = ""
    fail_reason: str = ""
    before: Extent = Extent(0, ())
    after: Extent = Extent(0, ())
    is_retried: bool = False

    @property
    def is_open(self) -> bool:
        """Whether something is still to happen; a failed job waits for its rollback, unless another one retries it."""
        return self.status in _NEXT and not self.is_retried

    @property
    def is_migrating(self) -> bool:
        """Whether the database is still to become what it shall be, or was."""
        return self.status in _DATABASE_STATUS and not self.is_retried

    @property
    def offered(self) -> tuple[str, ...]:
        """The operations that may be asked for now, in DDM's words."""
        return () if self.is_retried else _OFFERED.get(self.status, ())

    @property
    def progress(self) -> str:
        """How far it is; empty unless it runs."""
        return _PROGRESS.get(self.status, "")

    @property
    def outcome(self) -> Literal["Running", "Completed", "Failed"]:
        """The status in the words of the call about one job, which knows three of them."""
        if self.status == "Failed":
            return "Failed"
        return "Running" if self.is_open else "Completed"


def database_status(status: Status) -> str:
    """The status of the database that a job in this one is about."""
    return _DATABASE_STATUS.get(status, "RUNNING")


def way(start: Status, goal: Status) -> tuple[Status, ...]:
    """The states from one, left out, to another, the shortest way. ValueError where no job goes there from it."""
    ways: deque[tuple[Status, ...]] = deque([(start,)])
    while ways:
        found = ways.popleft()
        if found[-1] == goal:
            return found[1:]
        ways.extend((*found, following) for following in _NEXT.get(found[-1], ()) if following not in found)
    raise ValueError(f"a job that is {start} is never {goal} after that")
