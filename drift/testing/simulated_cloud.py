"""A simulated cloud on loopback for a test, and captures of it."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from drift.cloud.capture import capture
from drift.config.run import RunSettings

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

    from drift.core.model import Snapshot
    from drift.simulator import Cloud, Fault
    from drift.simulator import Instance as Simulated


class Simulator(NamedTuple):
    """A simulated cloud that answers at `url`, for IAM and DDM alike."""

    url: str
    cloud: Cloud

    @property
    def connection(self) -> dict[str, Any]:
        """The addresses and credentials for a program, as `drift simulate --json` prints them. Holds secrets."""
        return self.cloud.connection(self.url)

    def instance(self, name: str | None = None) -> Simulated:
        """Return the instance of that name, or the first: `scale_out`, `move_shard` and the like change it."""
        return next(iter(self.cloud.instances.values())) if name is None else self.cloud.instance(name)

    def fail(self, *faults: Fault) -> None:
        """Spoil the next answers: `Fault(kind="throttled")` and the like, from `drift.simulator`."""
        self.cloud.fail(*faults)

    def variables(self, name: str | None = None) -> dict[str, str]:
        """Return the environment in which drift captures that instance, or the first. Holds a secret."""
        return self.cloud.variables(self.url, self.instance(name))

    def capture(self, name: str | None = None) -> Snapshot:
        """Capture that instance, or the first, over HTTP. Raises DriftError, as `drift snapshot` does."""
        snapshot = capture(RunSettings(self.variables(name)).target())
        instance = msgspec.structs.replace(snapshot.instance, name=self.instance(name).name)
        return msgspec.structs.replace(snapshot, instance=instance)


@contextmanager
def simulator(scenario: str | os.PathLike[str] | None = None) -> Iterator[Simulator]:
    """Serve a simulated cloud on loopback while the block runs: that of a scenario's file, or the one of the demo."""
    from drift.simulator import default_cloud, load_scenario, serve

    cloud = default_cloud() if scenario is None else load_scenario(Path(scenario))
    with serve(cloud) as server:
        yield Simulator(server.url, cloud)
