"""The formats of reports, one row each. Pure.

The choices of `--format` and `--output`, the dispatch of `render` and the pages about formats all come from `FORMATS`.
A new format is a row here, a module that renders it, and a golden file.
"""

from __future__ import annotations

from typing import Final

import msgspec

_REPORT, _CHECK, _VERIFY, _HISTORY, _WHO = "report", "check", "verification", "history", "attribution"


class Format(msgspec.Struct, frozen=True):
    """A format. Its `module` is a folder with a renderer for each kind of content, or of a CI format the renderer.

    `shows` are the kinds of content that users may ask for in it; each shows a failure as well, so that no file keeps
    the report of an earlier run. Reports in one file `can_follow` each other where the format has room for several; one
    that `has_overview` shows many instances on a page instead. A format `translates` unless programs read it. One that
    `groups_changes` has a notice for each group of unexpected changes, others for each change.
    """

    id: str
    module: str
    shows: tuple[str, ...]
    is_for_ci: bool = False
    groups_changes: bool = False
    can_follow: bool = True
    translates: bool = True
    shows_every_shard: bool = False
    has_overview: bool = False


def _ci(name: str, module: str, *shows: str, grouped: bool = False) -> Format:
    module = f"drift.reports.ci.{module}"
    return Format(name, module, shows, is_for_ci=True, groups_changes=grouped, can_follow=False)


FORMATS: Final = {
    each.id: each
    for each in (
        Format("text", "drift.reports.text", (_REPORT, _CHECK, _VERIFY, _HISTORY, _WHO)),
        Format("markdown", "drift.reports.markdown", (_REPORT, _CHECK, _VERIFY, _HISTORY, _WHO)),
        Format("json", "drift.reports.json", (_REPORT, _CHECK, _VERIFY, _HISTORY, _WHO), translates=False),
        Format("csv", "drift.reports.csv", (_REPORT, _HISTORY), can_follow=False, translates=False),
        Format(
            "html",
            "drift.reports.html",
            (_REPORT, _CHECK, _VERIFY, _HISTORY),
            can_follow=False,
            shows_every_shard=True,
            has_overview=True,
        ),
        _ci("junit", "junit", _REPORT, _CHECK, _VERIFY),
        _ci("sarif", "sarif", _REPORT, _CHECK, _VERIFY),
        _ci("github", "github", _REPORT, _CHECK, _VERIFY, grouped=True),
        _ci("gitlab", "gitlab", _REPORT, _CHECK, _VERIFY),
        _ci("github-output", "github_output"),  # the outputs of a step, never asked for by name
    )
}


def formats_for(kind: str) -> tuple[str, ...]:
    """List the formats that show that kind of content and that users may ask for."""
    return tuple(each.id for each in FORMATS.values() if kind in each.shows)


REPORT_FORMATS: Final = formats_for(_REPORT)
CHECK_FORMATS: Final = formats_for(_CHECK)
VERIFY_FORMATS: Final = formats_for(_VERIFY)
HISTORY_FORMATS: Final = formats_for(_HISTORY)
WHO_FORMATS: Final = formats_for(_WHO)
CI_FORMATS: Final = tuple(each.id for each in FORMATS.values() if each.is_for_ci and each.shows)
"""The formats that CI services read. On stdout, they show a failure, too."""
SINGLE_FORMATS: Final = tuple(
    each.id for each in FORMATS.values() if each.shows and not (each.can_follow or each.has_overview)
)
"""The formats in which one file holds one report, and no overview of many."""
OVERVIEW_FORMATS: Final = frozenset(each.id for each in FORMATS.values() if each.has_overview)
"""The formats that show many instances by an overview alone."""
SHARD_FORMATS: Final = frozenset(each.id for each in FORMATS.values() if each.shows_every_shard)
"""The formats that show the placement of every shard."""
STEP_OUTPUTS: Final = "github-output"
"""The outputs of a step of GitHub Actions."""
