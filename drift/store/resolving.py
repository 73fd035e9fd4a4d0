"""Resolving references to snapshot numbers. Guesses nothing: an ambiguous reference is an error with its meanings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias, assert_never

from drift.core import validators
from drift.core.errors import BaselineError, UsageError
from drift.core.references import AsOf, Label, Latest, Number
from drift.store.rows import BELIEVED, stamp

if TYPE_CHECKING:
    import sqlite3

    from drift.core.references import Stored

_MAKE_ONE: Final = "`drift snapshot` captures an instance; `drift log` lists the stored snapshots."
_A_FILE: Final = (
    "If you mean a file whose name doesn't end in .json or .json.gz, write it with its folder, such as ./response.txt."
)
_SUSPECT: Final = "`drift log` names the suspect snapshots, which don't count until `drift confirm` settles them."
_OF_SUSPECTS: Final = f"""SELECT EXISTS (
    SELECT 1 FROM snapshot JOIN instance ON instance.id = instance_id WHERE coalesce(name = ?, TRUE) AND NOT {BELIEVED}
)"""  # noqa: S608 - a condition of our own
_LARGEST: Final = 2**63 - 1

_Instances: TypeAlias = dict[int, str]


def resolve(connection: sqlite3.Connection, reference: Stored, usual: str | None = None) -> int:
    """Return the number of the one snapshot that a reference means; without a name, that of the `usual` instance."""
    named = reference.instance if isinstance(reference, Number) else reference.instance or usual
    instances = _instances(connection, named)
    if isinstance(reference, Number):
        return _numbered(connection, reference.number, instances)
    numbers = {
        name: row[0] for owner, name in instances.items() if (row := _newest(connection, owner, reference)) is not None
    }
    if not numbers:
        raise _no_match(connection, reference, named)
    # An instance with too few snapshots today has enough tomorrow, and then `latest~2` would mean another snapshot.
    candidates = list(instances.values()) if isinstance(reference, Latest) else list(numbers)
    if len(candidates) > 1:
        meanings = [
            f"{name}:{_word(reference)} ({f'snapshot {numbers[name]}' if name in numbers else 'none yet'})"
            for name in candidates
        ]
        raise UsageError(
            f"{_word(reference)!r} could mean {validators.listed(meanings)}", hint="Put the instance's name before it."
        )
    return numbers[candidates[0]]


def instance_of(connection: sqlite3.Connection, number: int) -> str:
    """Return the name of the instance of a stored snapshot."""
    name: str = connection.execute(
        "SELECT name FROM snapshot JOIN instance ON instance.id = instance_id WHERE snapshot.id = ?", (number,)
    ).fetchone()[0]
    return name


def _no_match(connection: sqlite3.Connection, reference: Label | Latest | AsOf, named: str | None) -> BaselineError:
    advice, hint = "", _MAKE_ONE
    if isinstance(reference, Label):
        advice = validators.suggestion(reference.label, _words(connection, named))
        hint = _A_FILE if "." in reference.label else _MAKE_ONE
    elif isinstance(reference, Latest) and reference.back and connection.execute(_OF_SUSPECTS, (named,)).fetchone()[0]:
        hint = _SUSPECT
    return BaselineError(f"{_nothing(reference)}{_of(named)}{advice}", hint=hint)


def _words(connection: sqlite3.Connection, instance: str | None) -> list[str]:
    """List the words that a misspelled label may stand for: labels of the instance, or of any."""
    labels = connection.execute(
        "SELECT DISTINCT label FROM snapshot JOIN instance ON instance.id = instance_id"
        " WHERE label IS NOT NULL AND coalesce(name = ?, TRUE) ORDER BY label",
        (instance,),
    )
    return ["latest", "live", *(label for (label,) in labels)]


def _instances(connection: sqlite3.Connection, name: str | None) -> _Instances:
    """Return the instances that a reference may mean: the named one, else all."""
    known: _Instances = dict(connection.execute("SELECT id, name FROM instance ORDER BY name").fetchall())
    if not known:
        raise BaselineError("the store holds no snapshot yet", hint=_MAKE_ONE)
    if name is None:
        return known
    named = {owner: each for owner, each in known.items() if each == name}
    if not named:
        names = list(known.values())
        advice = validators.suggestion(name, names) or f"; it has snapshots of {validators.listed(names, 'and')}"
        raise BaselineError(f"the store has no snapshot of an instance {name!r}{advice}", hint=_MAKE_ONE)
    return named


def _numbered(connection: sqlite3.Connection, number: int, instances: _Instances) -> int:
    row = connection.execute(
        "SELECT instance_id, name FROM snapshot JOIN instance ON instance.id = instance_id WHERE snapshot.id = ?",
        (min(number, _LARGEST),),
    ).fetchone()
    if row is None:
        raise BaselineError(f"there is no snapshot {number} in the store", hint=_MAKE_ONE)
    owner, name = row
    if owner not in instances:
        raise BaselineError(
            f"snapshot {number} is a snapshot of {name}, not of {', '.join(instances.values())}", hint=_MAKE_ONE
        )
    return number


def _newest(connection: sqlite3.Connection, owner: int, reference: Label | Latest | AsOf) -> tuple[int] | None:
    if isinstance(reference, Latest) and reference.back:
        return _believed(connection, owner, reference.back)
    condition, value = _condition(reference)
    row: tuple[int] | None = connection.execute(
        f"SELECT id FROM snapshot WHERE instance_id = ? AND {condition}"  # noqa: S608 - a condition of our own
        " ORDER BY taken_at DESC, id DESC LIMIT 1",
        (owner, value),
    ).fetchone()
    return row


def _believed(connection: sqlite3.Connection, owner: int, back: int) -> tuple[int] | None:
    """Return the snapshot so many before the newest, passing over suspect ones: nothing is measured by those."""
    row: tuple[int] | None = connection.execute(
        f"SELECT id FROM snapshot WHERE instance_id = :owner AND {BELIEVED}"  # noqa: S608 - a condition of our own
        " AND id <> (SELECT id FROM snapshot WHERE instance_id = :owner ORDER BY taken_at DESC, id DESC LIMIT 1)"
        " ORDER BY taken_at DESC, id DESC LIMIT 1 OFFSET :back",
        {"owner": owner, "back": back - 1},
    ).fetchone()
    return row


def _condition(reference: Label | Latest | AsOf) -> tuple[str, str | None]:
    """Return the SQL condition for a reference, and its value."""
    match reference:
        case Label(label=label):
            return "label = ?", label
        case AsOf(time=time):
            return "taken_at <= ?", stamp(time)
        case Latest():
            return "? IS NULL", None
        case _ as never:
            assert_never(never)


def _word(reference: Label | Latest | AsOf) -> str:
    match reference:
        case Label(label=label):
            return label
        case AsOf(time=time):
            return f"@{stamp(time)}"
        case Latest(back=back):
            return f"latest~{back}" if back else "latest"
        case _ as never:
            assert_never(never)


def _nothing(reference: Label | Latest | AsOf) -> str:
    match reference:
        case Label(label=label):
            return f"there is no snapshot with the label {label!r}"
        case AsOf(time=time):
            return f"there is no snapshot taken at or before {time:%Y-%m-%d %H:%M:%S} UTC"
        case Latest(back=back):
            return f"there is no {_word(reference)}: fewer than {back + 1} snapshots are stored"
        case _ as never:
            assert_never(never)


def _of(instance: str | None) -> str:
    return "" if instance is None else f" of {instance!r}"


def owner(connection: sqlite3.Connection, instance: str | None) -> dict[str, int | None]:
    """Return the condition for the rows of an instance: none without one, one that nothing meets if it is unknown."""
    if instance is None:
        return {}
    row = connection.execute("SELECT id FROM instance WHERE name = ?", (instance,)).fetchone()
    return {"instance_id": row and row[0]}
