"""The error tree. Pure. Each class carries the exit code that a process ends with when it meets it.

DriftError
 ├─ UsageError              2   the command line, a reference, an environment variable
 │   └─ ConfigError         2   drift.toml
 ├─ CaptureError            3   the topology could not be captured
 │   ├─ NetworkError            no answer, or one that broke off
 │   ├─ SignInError             the credentials were refused
 │   ├─ ApiError                the service answered with an error
 │   └─ PartialCaptureError     something could not be read, and all of it was asked for
 ├─ DeliveryError           3   somebody could not be told
 └─ JudgementError          4   there is nothing sound to judge
     ├─ PayloadError            bytes that are not what they should be; names the place
     │   └─ LayoutError         readable JSON in which no one reading can be found
     ├─ FileError               a file that can't be read
     ├─ StoreError              a store that can't be used
     └─ BaselineError           a snapshot that isn't there
"""

from __future__ import annotations

from typing import ClassVar


class DriftError(Exception):
    """Anything that drift says in words instead of with a traceback.

    `message` says what is wrong, where, and what was expected; `hint` what to do next.
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


class CaptureError(DriftError):
    """The topology could not be captured."""

    exit_code = 3


class NetworkError(CaptureError):
    """The service could not be reached, did not answer in time, or its answer broke off."""


class SignInError(CaptureError):
    """The credentials were refused, or there are none."""


class ApiError(CaptureError):
    """The service answered with an error.

    `status` is the HTTP status, `code` the service's own (`DBS.280001`), `request_id` what its support asks for.
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
    """A notification did not reach whom it is for."""

    exit_code = 3


class JudgementError(DriftError):
    """There is nothing sound to judge."""

    exit_code = 4


class PayloadError(JudgementError):
    """Bytes that are not what they should be. `place` says where, as a path into the document or an offset."""

    def __init__(self, message: str, *, place: str, hint: str | None = None) -> None:
        super().__init__(f"{place}: {message}", hint=hint)
        self.place = place


class LayoutError(PayloadError):
    """Readable JSON in which shards can't be told, or can be told in more than one way."""


class FileError(JudgementError):
    """A file that can't be read."""


class StoreError(JudgementError):
    """A store that can't be opened, is damaged, or belongs to a newer version."""


class BaselineError(JudgementError):
    """A snapshot that was asked for and isn't there."""
