"""Where a service answers. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from drift.core import validators
from drift.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable


def base_url(text: str, check: Callable[[object], str], what: str, *, allow_plain_http: bool) -> str:
    """The endpoint in the form that `check` gives. `what` names it in errors.

    Raises UsageError for what is no endpoint, and for plain http to anything but loopback unless that is allowed.
    """
    try:
        url = check(text)
    except ValueError as exc:
        raise UsageError(f"{what}: {exc}") from exc
    if validators.is_exposed(url) and not allow_plain_http:
        raise UsageError(
            f"{what} {url} is plain http: the credentials would travel unencrypted",
            hint="Use https://; plain http is for loopback, or where it is allowed explicitly.",
        )
    return url


def authority(url: str) -> str:
    """The `host[:port]` of a URL, which is all that messages show of it. Empty where it has none."""
    try:
        return urlsplit(url).netloc.rpartition("@")[2]
    except ValueError:
        return ""
