"""The jobs of an instance: their states, the order of the states, and the operations offered in each. Pure.

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
    """The number of a database's shards, and the ids and names of their data nodes."""

    shards: int
    nodes: tuple[tuple[str, str], ...]


class Job(msgspec.Struct, frozen=True):
    """A task as DDM lists it. Times are in milliseconds since the epoch; a running job has no `ended`."""

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
        """Whether the job isn't over; a failed job waits for its rollback, unless another job retries it."""
        return self.status in _NEXT and not self.is_retried

    @property
    def is_migrating(self) -> bool:
        """Whether the database is still between its old and its new state."""
        return self.status in _DATABASE_STATUS and not self.is_retried

    @property
    def offered(self) -> tuple[str, ...]:
        """The operations that DDM offers now, in its words."""
        return () if self.is_retried else _OFFERED.get(self.status, ())

    @property
    def progress(self) -> str:
        """The progress; empty unless the job runs."""
        return _PROGRESS.get(self.status, "")

    @property
    def outcome(self) -> Literal["Running", "Completed", "Failed"]:
        """The status in the call about one job, which has three words only."""
        if self.status == "Failed":
            return "Failed"
        return "Running" if self.is_open else "Completed"


def database_status(status: Status) -> str:
    """Return the status of a database whose job has this status."""
    return _DATABASE_STATUS.get(status, "RUNNING")


def shortest_path(start: Status, goal: Status) -> tuple[Status, ...]:
    """Find the shortest path of states to a goal, without the start. Raises ValueError where no job takes one."""
    paths: deque[tuple[Status, ...]] = deque([(start,)])
    while paths:
        taken = paths.popleft()
        if taken[-1] == goal:
            return taken[1:]
        paths.extend((*taken, following) for following in _NEXT.get(taken[-1], ()) if following not in taken)
    raise ValueError(f"a job that is {start} is never {goal} after that")
