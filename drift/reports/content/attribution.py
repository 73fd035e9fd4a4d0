"""Who did what between two snapshots: the part of a report that `drift who` shows alone. Pure."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from drift.reports.content.report import Report


class WhoReport(msgspec.Struct, frozen=True, kw_only=True):
    """A report of which only the attribution is shown. Without one, the audit was never read."""

    kind: ClassVar = "attribution"

    report: Report
