"""The joints of sentences, and the names of severities and dispositions. Pure."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Final

from drift.policy.rules import Severity
from drift.policy.verdict import Disposition
from drift.reports.wording.i18n import mark_sentence, translate

if TYPE_CHECKING:
    from collections.abc import Iterable


_SEVERITIES: Final = {
    Severity.IGNORE: mark_sentence("ignore"),
    Severity.INFO: mark_sentence("info"),
    Severity.WARNING: mark_sentence("warning"),
    Severity.ERROR: mark_sentence("error"),
}
_DISPOSITIONS: Final = {
    Disposition.UNEXPECTED: mark_sentence("unexpected"),
    Disposition.EXPECTED: mark_sentence("expected"),
    Disposition.WAIVED: mark_sentence("waived"),
    Disposition.IGNORED: mark_sentence("ignored"),
}


def listing(parts: Iterable[str], hidden: int = 0) -> str:
    """Join names or figures with commas, and count those that are left out."""
    more = [translate("and {hidden:,} more", hidden=hidden)] if hidden > 0 else []
    return translate(", ").join([*parts, *more])


def clauses(parts: Iterable[str]) -> str:
    """Join parts of a sentence with commas. Other languages separate them differently from names."""
    found = list(parts)
    return reduce(lambda text, more: translate("{told}, {more}", told=text, more=more), found) if found else ""


def remarks(parts: Iterable[str]) -> str:
    """Join independent remarks on one line with semicolons."""
    return translate("; ").join(parts)


def followed(text: str, within: str) -> str:
    """Add details in brackets, if there are any."""
    return translate("{told} ({within})", told=text, within=within) if within else text


def titled(mark: str, title: str) -> str:
    """Put an event's mark before its title."""
    return translate("{mark} {title}", mark=mark, title=title)


def severity(found: Severity) -> str:
    """Name a severity."""
    return translate(_SEVERITIES[found])


def disposition(found: Disposition) -> str:
    """Name a disposition."""
    return translate(_DISPOSITIONS[found])


def number(count: int, word: str) -> str:
    """Put a count before a word that has no plural: `3 unexpected`."""
    return translate("{count:,} {word}", count=count, word=word)


def numbers(counts: Iterable[tuple[Disposition, int]]) -> str:
    """List counts by disposition, `3 unexpected, 4 waived`, without those that are zero."""
    return listing(number(count, disposition(each)) for each, count in counts if count)
