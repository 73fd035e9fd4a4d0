"""The witness of a capture: a layout that is new to an instance is compared with the documented calls. Opens no socket.

The topology may change between two calls, so a difference is no disagreement yet. Both are asked again, and only two
answers that stand still and still differ are an error. While the instance itself says that an operation is in progress,
they may rightly differ for long: then the capture is kept, and its layout stays unconfirmed.

An export that is read on weak evidence is kept only if they agree. It is compared each time, also in a layout that is
confirmed: the doubt is about this response.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from msgspec.structs import replace

from drift.core.errors import CaptureError, PayloadError
from drift.core.sources import DETAILS, EXPORT
from drift.decode import sources
from drift.decode.evidence import undecided
from drift.decode.jobs import operations
from drift.decode.sources.witness import UNTOLD, compare, decided, disagreement

if TYPE_CHECKING:
    from collections.abc import Callable

    from drift.decode.captures import Received
    from drift.decode.content import Content, Options
    from drift.decode.sources.witness import Testimony

_ROUNDS: Final = 4


class Known(NamedTuple):
    """What is known of an instance: confirmed layouts, the `digest` of its last response, and if one of these read it.

    `is_confirmed` is whether that response has shards, and its layout is confirmed.
    """

    layouts: frozenset[str] = frozenset()
    digest: str | None = None
    is_confirmed: bool = False


NOTHING_KNOWN: Final = Known()


class Calls(NamedTuple):
    """The calls for a witness: `ask` takes the name of a source; `pause` returns whether any time is left after it."""

    ask: Callable[[str], bytes]
    pause: Callable[[], bool]


def confirm(received: Received, calls: Calls, options: Options, known: Known, note: Callable[[str], None]) -> Received:
    """Return a capture with its content and its confirmation. Ask the documented calls where its layout is new.

    `note` gets a sentence about a layout that stays unconfirmed. Raises PayloadError for a response that can't be read,
    for a reading that the documented calls contradict, and for a doubt that they do not decide.
    """
    if received.source != EXPORT.name or options.layout:
        return received  # documented answers, and a layout that a person has declared
    is_last = known.digest is not None and received.digest(options) == known.digest
    if is_last and known.is_confirmed:
        return replace(received, confirmation="known")
    options = replace(options, defers_doubt=True)
    # The last response again, in a layout that nobody has confirmed, is not read before the documented calls answer.
    if not is_last:
        content = _content(received, options)
        received = replace(received, content=content)
        # An empty payload has no layout that could be known: the documented calls say each time whether it is true.
        if content.layouts and content.layout in known.layouts and content.doubt is None:
            return replace(received, confirmation="known")
    try:
        return _asked(received, calls, options, note)
    except CaptureError as error:
        return _unconfirmed(received, error.message, note)


def _asked(received: Received, calls: Calls, options: Options, note: Callable[[str], None]) -> Received:
    last: Testimony | None = None
    for _ in range(_ROUNDS):
        try:
            documented = sources.read(calls.ask(DETAILS.name), DETAILS.name, options)
        except PayloadError as error:
            return _unconfirmed(received, error.message, note)
        content = _content(received, options)
        received = replace(received, content=content)
        testimony = compare(content, documented)
        if testimony.agrees:
            return replace(received, content=decided(content), confirmation="details")
        if not testimony.contradicts:
            return _unconfirmed(received, UNTOLD, note)
        if operations(received.circumstances, content.databases):
            return _unconfirmed(received, "they differ from the export while an operation is in progress", note)
        if testimony == last:
            raise disagreement(testimony, content)
        last = testimony
        if not calls.pause():
            break
        received = replace(received, data=calls.ask(EXPORT.name), content=None)
        received = replace(received, content=_content(received, options))
    return _unconfirmed(received, "the topology changed while they were asked", note)


def _content(received: Received, options: Options) -> Content:
    return received.content or sources.read(received.data, received.source, options)


def _unconfirmed(received: Received, reason: str, note: Callable[[str], None]) -> Received:
    if received.content is not None and received.content.doubt is not None:
        raise undecided(received.content.doubt, reason)
    note(
        f"{received.instance.name}: the layout of the export stays unconfirmed, as the documented calls did not help: "
        f"{reason}"
    )
    return received
