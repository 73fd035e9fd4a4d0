"""Whole lists from their pages. Pure: the call for one page comes in as a function.

DDM's documents call `offset` an item in one place and a page in another, and contradict each other about totals. So the
answers decide: the page at offset 1 repeats the first one but for an item where offsets count items, and repeats
nothing where they count pages. A total never ends a list early; it only shows that something is missing.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import msgspec

from drift.core.errors import PayloadError

if TYPE_CHECKING:
    from collections.abc import Callable

_ATTEMPTS: Final = 2  # a list that changes while it is read is read once more
# `total`, `total_record`, `totalCount`, `instance_num`; but not `total_page`.
_TOTAL: Final = re.compile(
    r"(?i)total|(total_?)?(count|num|number|size|(instance|database|schema|job|task|record|item)s?(_?(count|num|number))?)"
)
_HINT: Final = (
    "The list may have changed: try again. If it lasts, the service does not page as documented; "
    "`--source export` needs no list."
)


class Listing(msgspec.Struct, frozen=True):
    """The items of a list, each once. `missing` is how many more the service announced."""

    items: tuple[dict[str, Any], ...]
    missing: int

    def whole(self, name: str) -> list[dict[str, Any]]:
        """Return the items. Raises PayloadError where some are missing."""
        if self.missing:
            raise PayloadError(self.shortage, place=f"the list of {name}", hint="Try again: it may have changed.")
        return list(self.items)

    @property
    def shortage(self) -> str:
        """The number of items that came, of those announced."""
        return f"only {len(self.items):,} of {len(self.items) + self.missing:,} came"


def read(ask: Callable[[int], Any], name: str) -> Listing:
    """Read a list, whatever its offsets count. `ask` returns the document at an offset; `name` is its list's member.

    Raises PayloadError for a document without that list, and for pages that repeat each other.
    """
    for _ in range(_ATTEMPTS):
        pages = _Pages(ask, name)
        _read_all(pages)
        if pages.is_whole:
            break
    if pages.is_shifted and not pages.is_announced:
        raise PayloadError("its pages repeat earlier ones", place=f"the list of {name}", hint=_HINT)
    return Listing(tuple(pages.items.values()), pages.missing)


def _read_all(pages: _Pages) -> None:
    """Read the first two pages, conclude what offsets count, and read the rest."""
    first, _ = pages.take(0)
    if not first:
        return
    fresh, known = pages.take(1)
    if fresh and not known and first > 1:
        _follow_pages(pages, 2)
    elif fresh:
        _follow_items(pages)
    elif known >= first:
        _follow_repeated(pages)


def _follow_pages(pages: _Pages, number: int) -> None:
    while pages.goes_on(number):
        number += 1


def _follow_items(pages: _Pages) -> None:
    while pages.goes_on(len(pages.items)):
        pass


def _follow_repeated(pages: _Pages) -> None:
    """Go on where offset 1 repeats all of the first page: pages count from 1, or an offset means its whole page."""
    fresh, known = pages.take(2)
    if fresh and not known:
        _follow_pages(pages, 3)
    elif known:
        _follow_items(pages)


class _Pages:
    """The pages taken so far: their items by id, and the largest total that they announce."""

    def __init__(self, ask: Callable[[int], Any], name: str) -> None:
        self.items: dict[str, dict[str, Any]] = {}
        self.is_shifted = False
        self._ask = ask
        self._name = name
        self._announced: int | None = None

    @property
    def missing(self) -> int:
        """How many items were announced and did not come."""
        return max(0, (self._announced or 0) - len(self.items))

    @property
    def is_whole(self) -> bool:
        """Whether nothing came twice, and nothing that was announced is missing."""
        return not (self.is_shifted or self.missing)

    @property
    def is_announced(self) -> bool:
        """Whether a total was announced, and as much came."""
        return self._announced is not None and not self.missing

    def take(self, offset: int) -> tuple[int, int]:
        """Ask for a page, and keep its new items. Return how many are new, and how many are known."""
        document = self._ask(offset)
        page = _items(document, self._name, is_first=not self.items)
        for total in _totals(document):
            self._announced = max(total, self._announced or 0)
        before = len(self.items)
        for item in page:
            self.items.setdefault(_identity(item), item)
        fresh = len(self.items) - before
        return fresh, len(page) - fresh

    def goes_on(self, offset: int) -> bool:
        """Take a page that should be all new, note whether it is not, and return whether to ask for another."""
        fresh, known = self.take(offset)
        self.is_shifted = self.is_shifted or bool(known)
        return fresh > 0


def _identity(item: dict[str, Any]) -> str:
    """Return the id or the name of an item; one with neither is itself."""
    return str(item.get("id") or item.get("name") or msgspec.json.encode(item, order="sorted"))


def _totals(document: dict[str, Any]) -> list[int]:
    """List the numbers of items that a document announces, as numbers or as text."""
    values = [value for member, value in document.items() if _TOTAL.fullmatch(member)]
    texts = [str(value) for value in values if isinstance(value, (int, str)) and not isinstance(value, bool)]
    return [int(text) for text in texts if re.fullmatch(r"[0-9]{1,9}", text)]


def _items(document: Any, name: str, *, is_first: bool) -> list[dict[str, Any]]:  # noqa: ANN401 - any JSON value
    page = document.get(name) if isinstance(document, dict) else None
    if page is None and isinstance(document, dict) and not is_first:
        return []  # documented as the form of an empty page
    if not isinstance(page, list) or not all(isinstance(item, dict) for item in page):
        raise PayloadError(
            f"expected an object with a list, {name}",
            place=f"the list of {name}",
            hint="Something that is not the service may have answered: check the endpoint.",
        )
    return page
