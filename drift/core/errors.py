"""The error tree. Pure. Each class carries the exit code of a process that it ends.

DriftError
 ├─ UsageError              2   the command line, a reference, an environment variable
 │   ├─ ConfigError         2   drift.toml
 │   └─ PrivateAddressError     a host that is not on the internet, where it has to be
 ├─ CaptureError            3   the topology could not be captured
 │   ├─ NetworkError            no answer, or an incomplete one
 │   ├─ SignInError             the credentials were refused
 │   ├─ ApiError                the service answered with an error
 │   └─ PartialCaptureError     part of the topology could not be read, and all of it was asked for
 ├─ DeliveryError           3   a notification could not be delivered
 └─ JudgementError          4   a sound judgement is not possible
     ├─ UnconfirmedError        a snapshot read by a layout that nobody confirmed, where confirmed ones are required
     ├─ OutOfMemoryError        input that the memory can't hold
     ├─ PayloadError            unreadable bytes; names the place
     │   └─ LayoutError         readable JSON without one clear reading
     ├─ FileError               a file that can't be read
     ├─ StoreError              a store that can't be used
     ├─ LakeError               a lake that can't be used
     └─ BaselineError           a snapshot that doesn't exist
"""

from __future__ import annotations

from typing import ClassVar


class DriftError(Exception):
    """An error that drift reports in words, without a traceback.

    `message` names the fault, the place and the expected value; `hint` names the next step.
    Neither may hold a secret.
    """

    exit_code: ClassVar[int] = 70

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(DriftError):
    """The command line, a snapshot reference or an environment variable is wrong."""

    exit_code = 2


class ConfigError(UsageError):
    """`drift.toml` is wrong; the message lists every problem found in it."""


class PrivateAddressError(UsageError):
    """A host is at an address that is not on the internet, and nobody said that it may be."""


class CaptureError(DriftError):
    """The topology could not be captured."""

    exit_code = 3


class NetworkError(CaptureError):
    """The service could not be reached, did not answer in time, or sent an incomplete answer."""


class SignInError(CaptureError):
    """The credentials were refused, or there are none."""


class ApiError(CaptureError):
    """The service answered with an error.

    `status` is the HTTP status, `code` the service's own (`DBS.280001`), `request_id` the id that its support asks for.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int,
        code: str | None = None,
        request_id: str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.code = code
        self.request_id = request_id


class PartialCaptureError(CaptureError):
    """Part of the topology could not be read although all of it was asked for."""


class DeliveryError(DriftError):
    """A notification could not be delivered. `may_have_arrived` is False where it was refused, or not even sent."""

    exit_code = 3

    def __init__(self, message: str, *, hint: str | None = None, may_have_arrived: bool = False) -> None:
        super().__init__(message, hint=hint)
        self.may_have_arrived = may_have_arrived


class JudgementError(DriftError):
    """A sound judgement is not possible."""

    exit_code = 4


class UnconfirmedError(JudgementError):
    """A snapshot whose layout neither the documented calls nor a person has confirmed, where that is required."""


class PayloadError(JudgementError):
    """Unreadable bytes. `place` is a path into the document or an offset."""

    def __init__(self, message: str, *, place: str, hint: str | None = None) -> None:
        super().__init__(f"{place}: {message}", hint=hint)
        self.place = place


class LayoutError(PayloadError):
    """Readable JSON in which no shards are recognised, or in which they can be read in more than one way."""


class FileError(JudgementError):
    """A file that can't be read."""


class StoreError(JudgementError):
    """A store that can't be opened, is damaged, or belongs to a newer version."""


class LakeError(JudgementError):
    """A lake that isn't one, is damaged, belongs to a newer version, or can't be written."""


class BaselineError(JudgementError):
    """A requested snapshot that doesn't exist."""


class OutOfMemoryError(JudgementError):
    """The input needs more memory than the process may have."""

    def __init__(self) -> None:
        super().__init__("out of memory", hint="Give the process more memory, or lower [limits] in drift.toml.")
