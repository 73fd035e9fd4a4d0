"""The state of a simulated cloud, in memory. Opens nothing; every method may be called from any thread."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from drift.simulator.identity import Identity
from drift.simulator.instance import Instance

if TYPE_CHECKING:
    from drift.simulator.fault import Fault


class Step(msgspec.Struct, frozen=True):
    """An operation to run right before an instance's Nth export."""

    instance: str
    before_export: int
    operation: Callable[[Instance], object]


class Cloud(Identity):
    """A region with one project, its users and its DDM instances. Every answer takes `latency` seconds.

    The `offset` of a list counts items or pages: the documents have both. With a `call_limit`, no more calls than that
    are accepted within any `call_window` seconds.
    """

    def __init__(
        self,
        *,
        region: str,
        project_name: str,
        domain_name: str,
        users: dict[str, str | None],
        clock: Callable[[], float],
    ) -> None:
        super().__init__(project_name=project_name, domain_name=domain_name, users=users, clock=clock)
        self.region = region
        self.instances: dict[str, Instance] = {}
        self.faults: list[Fault] = []
        self.steps: list[Step] = []
        self.latency = 0.0
        self.offset: Literal["item", "page"] = "item"
        self.call_limit = 0
        self.call_window = 300
        self._calls: deque[int] = deque()

    def __repr__(self) -> str:
        return f"<Cloud {self.region}: {', '.join(self.instances)}>"

    def add_instance(self, name: str, **properties: Any) -> Instance:  # noqa: ANN401 - those of Instance
        """Add an empty instance."""
        with self.lock:
            self.instances[name] = Instance(name, self, before_export=self._run_steps, **properties)
            return self.instances[name]

    def instance(self, name: str) -> Instance:
        """Return the instance of that name. Raises KeyError for an unknown name."""
        return self.instances[name]

    def instance_of_id(self, instance_id: str) -> Instance | None:
        """Find the instance of that id, if there is one."""
        return next((each for each in self.instances.values() if each.id == instance_id), None)

    def fail(self, *faults: Fault) -> None:
        """Queue faults. They apply in this order, each to the paths that it is for."""
        with self.lock:
            self.faults.extend(faults)

    def is_over_limit(self) -> bool:
        """Count a call, and return whether it is one too many."""
        if not self.call_limit:
            return False
        now = self.tick()
        while self._calls and self._calls[0] <= now - self.call_window * 1000:
            self._calls.popleft()
        if len(self._calls) >= self.call_limit:
            return True
        self._calls.append(now)
        return False

    def _run_steps(self, instance: Instance) -> None:
        """Run the steps that are due before the instance's next export."""
        for step in self.steps:
            if step.instance == instance.name and step.before_export == instance.exports:
                step.operation(instance)

    def connection(self, url: str) -> dict[str, Any]:
        """Return all that a program needs to use this cloud, as `drift simulate --json` prints it. Has secrets."""
        user_name, password = next(iter(self.passwords.items()))
        return {
            "url": url,
            "project_id": self.project_id,
            "region": self.region,
            "instances": [{"name": each.name, "instance_id": each.id} for each in self.instances.values()],
            "user_name": user_name,
            "password": password,
            "domain_name": self.domain_name,
            "access_key": self.access_key,
            "secret_key": self.secret_key,
        }

    def variables(self, url: str, instance: Instance) -> dict[str, str]:
        """Return the variables with which drift captures that instance of this cloud. Has a secret."""
        connection = self.connection(url)
        return {
            "DRIFT_ENDPOINT": url,
            "DRIFT_IAM_ENDPOINT": url,
            "DRIFT_PROJECT_ID": self.project_id,
            "DRIFT_INSTANCE_ID": instance.id,
            "DRIFT_USER_NAME": connection["user_name"],
            "DRIFT_PASSWORD": connection["password"],
            "DRIFT_DOMAIN_NAME": self.domain_name,
        }
