"""A place for a lake: a local folder, or a bucket of S3-compatible storage. Translates PyArrow's errors."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from drift.core.errors import DriftError, LakeError, NetworkError, SignInError
from drift.core.lake_address import KEYS, parse

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pyarrow.fs import FileSystem

_YES: Final = {"1", "true", "yes"}
_CONNECT_SECONDS: Final = 10
_REQUEST_SECONDS: Final = 60
_ATTEMPTS: Final = 3
_SIGN_IN: Final = ("ACCESS_DENIED", "INVALID_ACCESS_KEY_ID", "SIGNATURE_DOES_NOT_MATCH", "INVALID_CLIENT_TOKEN_ID")
_NETWORK: Final = ("NETWORK_CONNECTION", "REQUEST_TIMEOUT", "SERVICE_UNAVAILABLE", "SLOW_DOWN")


class Place(NamedTuple):
    """A folder of a file system; `shown` is its address for people, without settings."""

    filesystem: FileSystem
    root: str
    shown: str
    is_local: bool

    def path(self, name: str) -> str:
        """Return the path of a file below the folder."""
        return f"{self.root}/{name}"


def open_place(address: str, environ: Mapping[str, str]) -> Place:
    """Open the place at an address that has been checked. Touches nothing there."""
    found = parse(address)
    if found.is_remote:
        return Place(_s3(found.settings, environ), found.folder, f"s3://{found.folder}", is_local=False)
    from pathlib import Path

    from pyarrow.fs import LocalFileSystem

    return Place(LocalFileSystem(), Path(found.folder).absolute().as_posix(), found.folder, is_local=True)


def _s3(settings: Mapping[str, str], environ: Mapping[str, str]) -> FileSystem:
    from pyarrow.fs import AwsStandardS3RetryStrategy, S3FileSystem

    given: dict[str, Any] = {name: value for name, value in settings.items() if value}
    if "force_virtual_addressing" in given:
        given["force_virtual_addressing"] = given["force_virtual_addressing"].lower() in _YES
    # Without a region, PyArrow asks Amazon where the bucket is.
    given.setdefault("region", environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION") or "us-east-1")
    return S3FileSystem(
        **given,
        connect_timeout=_CONNECT_SECONDS,
        request_timeout=_REQUEST_SECONDS,
        retry_strategy=AwsStandardS3RetryStrategy(max_attempts=_ATTEMPTS),
        allow_delayed_open=True,
    )


@contextmanager
def explained(place: Place) -> Iterator[None]:
    """Raise PyArrow's errors as drift's."""
    import pyarrow as pa

    try:
        yield
    except DriftError:
        raise
    except (OSError, pa.ArrowException) as exc:
        raise error(place, " ".join(str(exc).split())) from exc


def error(place: Place, text: str) -> DriftError:
    """Build drift's error for the text of another one."""
    # Amazon's text repeats the request, which may name a key.
    problem = re.sub(r"\bAKIA\w+|\b[A-Za-z0-9/+]{40,}", "…", text)[:300]
    if any(word in text for word in _NETWORK):
        return NetworkError(
            f"{place.shown}: the storage could not be reached: {problem}",
            hint="Check the network, and endpoint_override and region in the address of the lake.",
        )
    if any(word in text for word in _SIGN_IN):
        return SignInError(f"{place.shown}: the storage refused the access key: {problem}", hint=f"{KEYS}.")
    return LakeError(
        f"{place.shown}: could not read or write the lake: {problem}",
        hint="Check that the folder, or the bucket, is there, is no file, has room, and may be written to.",
    )
