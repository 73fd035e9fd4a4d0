"""The state of a simulated cloud, in memory. Opens nothing; every method may be called from any thread."""

from __future__ import annotations

import secrets
import string
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import msgspec

from drift.simulator.instance import Instance
from drift.simulator.topology import identifier

if TYPE_CHECKING:
    from drift.simulator.faults import Fault

_KEY_LETTERS: Final = string.ascii_uppercase + string.digits


class Step(msgspec.Struct, frozen=True):
    """An operation that is carried out right before an instance's Nth export."""

    instance: str
    before_export: int
    operation: Callable[[Instance], object]


class Cloud:
    """A region with one project, its users and its DDM instances. `clock` gives seconds since the epoch.

    Passwords that are not given, tokens and keys are made anew for every cloud. Every answer takes `latency` seconds.
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
        self.region = region
        self.project_name = project_name
        self.project_id = identifier("", "project", project_name)
        self.domain_name = domain_name
        self.passwords = {name: password or secrets.token_urlsafe(18) for name, password in users.items()}
        self.access_key = "".join(secrets.choice(_KEY_LETTERS) for _ in range(20))
        self.secret_key = "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(40))
        self.tokens: set[str] = set()
        self.instances: dict[str, Instance] = {}
        self.faults: list[Fault] = []
        self.steps: list[Step] = []
        self.lock = threading.RLock()
        self.latency = 0.0
        self._clock = clock
        self._last_tick = 0

    def __repr__(self) -> str:
        return f"<Cloud {self.region}: {', '.join(self.instances)}>"

    def tick(self) -> int:
        """Now, in milliseconds since the epoch; always later than the time before."""
        with self.lock:
            self._last_tick = max(int(self._clock() * 1000), self._last_tick + 1)
            return self._last_tick

    def add_instance(self, name: str, *, instance_id: str | None = None, layout: str = "nested") -> Instance:
        """A new, empty instance."""
        with self.lock:
            self.instances[name] = Instance(name, self, instance_id=instance_id, layout=layout)
            return self.instances[name]

    def instance(self, name: str) -> Instance:
        """The instance of that name. KeyError where there is none."""
        return self.instances[name]

    def instance_of_id(self, instance_id: str) -> Instance | None:
        """The instance of that id, if there is one."""
        return next((each for each in self.instances.values() if each.id == instance_id), None)

    def fail(self, *faults: Fault) -> None:
        """Queue faults: each spoils one answer, in this order, among those to the paths that it is for."""
        with self.lock:
            self.faults.extend(faults)

    def issue_token(self) -> str:
        """A new token, which is valid until `expire_tokens`."""
        token = f"MII{secrets.token_urlsafe(96)}"
        with self.lock:
            self.tokens.add(token)
        return token

    def expire_tokens(self) -> None:
        """Make every token invalid that was issued so far."""
        with self.lock:
            self.tokens.clear()

    def carry_out(self, instance: Instance) -> None:
        """The steps that are due before the export that the instance is about to make."""
        for step in self.steps:
            if step.instance == instance.name and step.before_export == instance.exports:
                step.operation(instance)

    def connection(self, url: str) -> dict[str, Any]:
        """All that a program needs to use this cloud, as `drift simulate --json` prints it. Holds secrets."""
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
