"""What could not be judged, as notices: suspect snapshots, parts that were not read, facts that were not told. Pure."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from drift.compare.diff import digest
from drift.reports.ci.notice import Level, Notice
from drift.reports.ci.notice_rules import NOT_CHECKED, NOT_TOLD, SUSPECT
from drift.reports.wording import caveats, qualities, sides, untold
from drift.reports.wording.escape import TEXT, sentence, text_name
from drift.reports.wording.i18n import translate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from drift.compare.untold import Untold
    from drift.core.model import Gap
    from drift.reports.ci.notice import Part
    from drift.reports.content.report import Side


def untold_fact(fact: Untold, instance: str) -> Notice:
    """Make the notice of a fact that was not compared."""
    return Notice(
        part="topology",
        rule=NOT_TOLD.id,
        severity=NOT_TOLD.severity,
        level=Level.MINOR,
        kind="instance",
        subject=text_name(".".join((fact.entity, *fact.path))),
        message=untold.describe(fact, TEXT),
        fingerprint=digest([NOT_TOLD.id, instance, fact.entity, fact.path]),
    )


def doubts(found: Iterable[Side], instance: str, part: Part) -> Iterator[Notice]:
    """Make a notice of each suspect snapshot."""
    for place, side in enumerate(found):
        if side.suspicion is not None and side.suspect:
            name = sides.side_name(side, TEXT)
            yield Notice(
                part=part,
                rule=SUSPECT.id,
                severity=SUSPECT.severity,
                level=Level.UNJUDGED,
                kind="instance",
                subject=name,
                message=qualities.doubt(side.suspicion, name, side.number, TEXT),
                fingerprint=digest([SUSPECT.id, instance, place]),
            )


def gaps_in(gaps: Iterable[Gap], instance: str, part: Part) -> Iterator[Notice]:
    """Make a notice of each gap. The same part may be missing on both sides, for different reasons."""
    seen: Counter[str] = Counter()
    for gap in gaps:
        scope = caveats.gap_scope(gap, TEXT)
        seen[gap.scope] += 1
        yield Notice(
            part=part,
            rule=NOT_CHECKED.id,
            severity=NOT_CHECKED.severity,
            level=Level.UNJUDGED,
            kind="instance",
            subject=scope,
            message=translate("not checked: {scope}: {reason}", scope=scope, reason=caveats.gap_reason(gap, sentence)),
            fingerprint=digest([NOT_CHECKED.id, instance, gap.scope, seen[gap.scope]]),
        )
