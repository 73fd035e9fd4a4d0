"""A fault: an answer to spoil, and the way to spoil it. Pure."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias, get_args

import msgspec

from drift.core import validators

Kind: TypeAlias = Literal[
    "throttled",  # 429; `retry_after` is the header, or `retry_in` the seconds until the HTTP date in it
    "busy",  # 409: another operation is in progress
    "error",  # `status`, 500 unless given, with DDM's words
    "html",  # `status`, 502 unless given, with a page instead of JSON
    "redirect",  # `status`, 302 unless given, to `location`
    "expired-token",  # all tokens and temporary keys become invalid, this call's included
    "wrong-json",  # JSON of another form than the call's answer
    "wrong-type",  # the whole answer, called text/plain
    "truncated",  # the payload cut off, with dots, as in the documents' example
    "short-gzip",  # the payload's gzip stream cut off
    "layout",  # the payload in another `layout`
    "short-list",  # a list without its last item; its total is what it was
    "no-total",  # a list that doesn't say how many items it has
    "same-page",  # the first page of a list, whatever the offset
    "misplaced",  # a database's detail with its first shard on another data node than the export has it on
    "slow",  # the whole answer, `seconds` later
    "drip",  # the whole answer, `seconds` between two bytes
    "stalled",  # half of the body, then silence for `seconds`
    "cut",  # half of the body, then the end of the connection: shorter than its Content-Length
    "overlong",  # the whole body, with a Content-Length of half
    "reset",  # no answer: the connection is reset
    "reset-body",  # half of the body, then the connection is reset
    "refused",  # the connection is reset, and no other is accepted for `seconds`
]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
ALWAYS: Final = 0


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """A fault for the next `times` answers to a path that fits the pattern (`*` is anything).

    With an `instance`, by its name, it applies only to calls about that instance. The first `skip` such answers are
    spared. With `times` 0 the fault never ends. Raises ValueError for an unknown kind.
    """

    kind: Kind
    path: str = "*/schema-metadata"
    instance: str | None = None
    skip: int = 0
    times: int = 1
    status: int | None = None
    retry_after: str | None = None
    retry_in: float | None = None
    seconds: float = 0.0
    layout: str | None = None
    location: str = "https://elsewhere.example/"

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"{self.kind!r} is no kind of fault: expected {validators.listed(KINDS)}")
