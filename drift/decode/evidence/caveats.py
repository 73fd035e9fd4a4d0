"""What an answer says of itself, or of one of its records, that forbids to take it at face value. Pure.

None of these words is documented for the export. They are what services use to say that an answer is one page of many,
or an error, and that a record is a copy, or gone.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from drift.core.member_names import plain
from drift.decode.evidence.kinds import doubt

if TYPE_CHECKING:
    from collections.abc import Collection

    from drift.core.strict_json import Place

_CUT_OFF: Final = frozenset((
    "truncated", "istruncated", "incomplete", "partial", "ispartial", "more", "hasmore", "hasnext",
))  # fmt: skip
_WHOLE: Final = frozenset({"complete", "iscomplete", "completed", "success", "succeeded"})
_NEXT_PAGE: Final = frozenset((
    "next", "nextpage", "nextmarker", "nexttoken", "nextlink", "nextcursor", "marker", "pagemarker", "cursor",
    "continuationtoken",
))  # fmt: skip
# How many pages there are, if more than one, or how many records were passed over before this page.
_PAGES: Final = {"totalpage": 1, "totalpages": 1, "pagetotal": 1, "pagecount": 1, "pages": 1, "offset": 0}
_TOTALS: Final = frozenset({"total", "totalcount", "totalrecord", "totalrecords", "totalnum", "shardstotal"})
_ERRORS: Final = frozenset((
    "code", "errorcode", "errcode", "statuscode", "error", "errors", "errormsg", "errormessage", "failure",
    "failedreason", "exception", "message", "msg", "errmsg",
))  # fmt: skip
_NO_ERRORS: Final = frozenset({"", "0", "200", "NONE", "OK", "SUCCESS", "FALSE", "[]", "{}"})
_GONE: Final = frozenset((
    "deleted", "isdeleted", "delflag", "deletetime", "deletedtime", "deletedat", "deleteflag", "dropped", "isdropped",
    "droptime", "droppedat", "removed",
))  # fmt: skip
_THERE: Final = frozenset({"valid", "isvalid", "enabled", "active", "isactive", "visible"})
_ROLES: Final = frozenset({"role", "type", "kind", "category", "objecttype", "shardrole", "shardtype", "replicarole"})
_STAND_INS: Final = frozenset({"standby", "slave", "replica", "readreplica", "readonly", "secondary", "backup", "copy"})
_VACANT: Final = frozenset({"", "0", "false", "none", "no", "n"})

# Parts of the names of flags for records that are gone, and of containers for what is not, or no longer, in use.
_AWAY: Final = frozenset({"archived", "bin", "deleted", "dropped", "recycle", "removed", "trash"})
_ASIDE: Final = _AWAY | frozenset((
    "archive", "archives", "backup", "backups", "cleaned", "created", "default", "defaults", "diff", "dr", "draft",
    "example", "former", "history", "job", "jobs", "last", "migrating", "migration", "migrations", "mirror", "old",
    "orphan", "orphans", "peer", "plan", "planned",
    "previous", "remote", "replica", "replicas", "restore", "slave", "slaves", "snapshot", "snapshots", "source",
    "standby", "standbys", "target", "task", "tasks", "template", "test",
))  # fmt: skip
_PART: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


def says_cut_off(member: str, value: object) -> bool:
    """Whether a member says that the answer it is in is not whole."""
    word = plain(member)
    return (
        bool(value and word in _NEXT_PAGE)
        or (value is True and word in _CUT_OFF)
        or (value is False and word in _WHOLE)
        or (type(value) is int and value > _PAGES.get(word, value))
    )


def says_another_total(member: str, value: object, counts: Collection[int]) -> bool:
    """Whether a member says how many records there are in all, and it is none of these counts."""
    return type(value) is int and value not in counts and plain(member) in _TOTALS


def says_error(member: str, value: object) -> bool:
    """Whether a member says that the answer it is in is an error."""
    return plain(member) in _ERRORS and str(value).upper() not in _NO_ERRORS


def may_say_stand_in(member: str) -> bool:
    """Whether a member may say that its record is not one in use."""
    return plain(member) in _GONE | _THERE | _ROLES or _has_part(member, _AWAY)


def says_stand_in(member: str, value: object) -> bool:
    """Whether a member says that its record is a copy of another one, or that it is no longer there."""
    word, is_vacant = plain(member), str(value).lower() in _VACANT
    if word in _GONE or (value is True and _has_part(member, _AWAY)):
        return not is_vacant
    if word in _THERE:
        return is_vacant and value is not None
    return word in _ROLES and type(value) is str and plain(value) in _STAND_INS


def is_role(member: str) -> bool:
    """Whether a member says which of several kinds its record is of."""
    return plain(member) in _ROLES


def is_set_aside(member: str) -> bool:
    """Whether a container's name says that its content is not, or no longer, in use: `deletedDatabases`."""
    return _has_part(member, _ASIDE)


def _has_part(member: str, parts: frozenset[str]) -> bool:
    return not parts.isdisjoint(part.lower() for part in _PART.findall(member))


def doubt_cut_off(place: Place, counts: Collection[int]) -> None:
    """Raise a doubt for a member that says that the answer is not whole, or has another number of records."""
    member = str(place.key)
    if says_cut_off(member, place.value) or says_another_total(member, place.value, counts):
        raise doubt("left-over", place, "the service left something out", "it is about something else")


def doubt_record(place: Place) -> None:
    """Raise a doubt for a member of a record that says that the record is not in use, or could not be read."""
    record = place.parent.value if place.parent else None
    is_empty = type(record) is dict and any(type(value) in {dict, list} and not value for value in record.values())
    if says_stand_in(str(place.key), place.value):
        raise doubt("other-things", place, "its record is one in use", "its record is not in use")
    if is_empty and says_error(str(place.key), place.value):
        raise doubt("left-over", place, "the service failed to list what is empty here", "it is empty")
