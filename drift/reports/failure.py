"""What is reported where there is nothing to report on: a topology that could not be captured or judged. Pure."""

from __future__ import annotations

from datetime import datetime

import msgspec

from drift.language import say
from drift.reports.safe import code_sentence


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """Why there is no report. `name` is that of the report that was asked for, `at` when it was.

    `instance` is the one that it is about, where that is known.
    """

    name: str
    instance: str | None
    message: str
    hint: str | None
    command: str
    at: datetime


def as_markdown(failure: Failure) -> str:
    """The failure as Markdown, ending in a newline."""
    hint = f"\n\n{code_sentence(failure.hint)}" if failure.hint else ""
    told = say("**Not judged**: {why}", why=code_sentence(failure.message))
    return f"{told}{hint}\n"
