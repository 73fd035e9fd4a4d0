"""Notices that also say who called for a change, where the cloud's audit was read. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from drift.reports.content.report import Report
from drift.reports.wording import attribution, sentences
from drift.reports.wording.escape import TEXT, sentence

if TYPE_CHECKING:
    from drift.reports.ci.notice import Notices
    from drift.reports.rendering import Content


def attributed(content: Content, notices: Notices) -> Notices:
    """Add to the notice of each change the calls that explain its event, or that none does."""
    if not isinstance(content, Report) or content.attribution is None:
        return notices
    pairs = zip(content.verdict.changes, content.events.places, strict=True)
    said: dict[int, str] = {}
    told = {}
    for judged, place in pairs:
        if place not in said:
            said[place] = attribution.causes(content.attribution, place, TEXT, sentence)
        told[judged.fingerprint] = said[place]
    items = tuple(
        msgspec.structs.replace(each, message=sentences.remarks([each.message, told[each.fingerprint]]))
        if each.part == "topology" and each.fingerprint in told
        else each
        for each in notices.items
    )
    return msgspec.structs.replace(notices, items=items)
