"""One capture: asks the service, one source or both, and reads nothing of it yet. Opens no socket itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from drift import sources
from drift.details import Answer, name_of
from drift.errors import ApiError, DriftError, NetworkError, PayloadError
from drift.files import Received
from drift.limits import MIB
from drift.model import Instance

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from drift.client import Client
    from drift.decode import Options
    from drift.sign_ins import SignIns
    from drift.target import Target


_SHARE: Final = 1 / 3  # of the time left: one database that never answers leaves some for the others


def receive(
    target: Target, options: Options, now: datetime, sign_ins: SignIns, tell: Callable[[str], None]
) -> Received:
    """What the service says that an instance is. Raises CaptureError.

    `now` is when the capture began: what the answer says was so at some time after it. `tell` is told in words of what
    holds the capture up; captures of one run share its sign-ins.
    """
    # Imported here: httpx takes a quarter of a second to load, and only captures need it.
    from drift.client import Client  # noqa: PLC0415
    from drift.wire import Wire  # noqa: PLC0415

    limit = options.limits.response_mib * MIB
    with Wire(response_limit=limit, proxy=target.proxy, ca_file=target.ca_file, tell=tell) as wire:
        client = Client(
            wire,
            target.endpoint,
            target.project,
            sign_ins.of(target, wire.pace.now),
            timeout=target.timeout,
            allow_plain_http=target.allow_plain_http,
        )
        body = ask(client, target.source, target.instance_id)
    instance = Instance(
        name=target.name, project_id=client.project_id, instance_id=target.instance_id, endpoint=target.endpoint
    )
    return Received(data=body, instance=instance, taken_at=now, source=target.source)


def ask(client: Client, source: str, instance_id: str) -> bytes:
    """What the service says of an instance's topology, by the calls of a source, as received. Raises CaptureError."""
    if source == "details":
        return _details(client, instance_id)
    export = client.schema_metadata(instance_id)
    return export if source == "export" else sources.bundle_both(export, _details(client, instance_id))


def _details(client: Client, instance_id: str) -> bytes:
    """The documented answers as one document. A database whose detail is refused or unreadable is a problem in it."""
    answers: list[Answer] = []
    errors: list[DriftError] = []
    for index, listed in enumerate(client.databases(instance_id)):
        try:
            shown = client.database(instance_id, name_of(listed, f"databases[{index}]"), _SHARE)
            answers.append(Answer(listed=listed, shown=shown))
        except (ApiError, NetworkError, PayloadError) as error:
            client.check_time()
            errors.append(error)
            answers.append(Answer(listed=listed, problem=error.message))
    if errors and len(errors) == len(answers):
        raise errors[0]  # nothing could be read, and a snapshot of nothing is none
    return sources.bundle(answers)
