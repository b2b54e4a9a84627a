"""Records into the store, in bulk and idempotently."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from ccm_core import records, working
from ccm_core.errors import Conflict, UsageError
from ccm_core.months import utc_now
from ccm_core.record_ids import SAME_BY
from ccm_core.store import derived
from ccm_core.store.bulk import insert_many
from ccm_core.store.db import begin_write
from ccm_core.store.schema import ROW_OF, record_table
from ccm_core.store.statements import among, chunks

_CHUNK = 10_000
Key = tuple[Any, ...]
Values = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Written:
    """What became of the records: new, already there and equal, or changed."""

    new: int = 0
    same: int = 0
    changed: int = 0

    def __add__(self, other: Written) -> Written:
        return Written(self.new + other.new, self.same + other.same, self.changed + other.changed)


@dataclass(slots=True)
class _Known:
    """The stored versions of one record; the last one is what stands."""

    id: int = 0
    version: int = 0
    seen: list[Values] = field(default_factory=list)


def save(
    session: Session,
    practice_id: str,
    what: Iterable[Any],
    keep: Mapping[type[Any], Collection[str]] | None = None,
) -> Written:
    """Write records of any kinds; a second call with the same records changes nothing.

    ``keep`` names, for a kind, the fields that a row already there keeps (for example
    the status that people set here, when the export knows nothing of it). A changed
    time entry becomes a new version. Raises: UsageError, Conflict.
    """
    begin_write(session)
    by_kind: dict[type[Any], list[Any]] = {}
    for record in what:
        by_kind.setdefault(type(record), []).append(record)
    if unknown := [kind.__name__ for kind in by_kind if kind not in ROW_OF]:
        raise UsageError(f"{', '.join(unknown)} cannot be stored; use the kinds of records.py.")
    total, done, every = Written(), 0, sum(map(len, by_kind.values()))
    touched = derived.Touched()
    for kind in ROW_OF:
        for some in chunks(by_kind.get(kind, []), _CHUNK):
            if every > _CHUNK // 10:
                working.tell("Rows stored", done, every)
            kept = (keep or {}).get(kind, ())
            total += _save_kind(session, practice_id, kind, some, kept, touched)
            done += len(some)
    # Once, when all is there: a patient's row is rewritten for conditions and time together.
    derived.refresh(session, practice_id, touched)
    return total


def _save_kind(
    session: Session, practice_id: str, kind: type[Any], some: Iterable[Any],
    keep: Collection[str], touched: derived.Touched,
) -> Written:  # fmt: skip
    names = fields_of(kind)
    wanted, repeated = _by_key(practice_id, kind, names, some)
    known = _known(session, practice_id, kind, names, wanted)
    new, changed, same = [], [], repeated
    for key, values in wanted.items():
        old = known.get(key)
        if old is None:
            new.append(values)
            continue
        kept = _keeping(names, values, old.seen[-1], keep)
        if _is_old_news(kind, kept, old):
            same += 1
        else:
            changed.append((old, kept))
    _refuse_moved(kind, names, changed)
    try:
        insert_rows(session, practice_id, kind, names, new)
        _change(session, practice_id, kind, names, changed)
    except IntegrityError as broken:
        raise UsageError(
            f"{kind.__name__} records name a patient or practice that is not stored; "
            "store patients first."
        ) from broken
    touched.note(kind, names, [*new, *(values for _, values in changed)])
    return Written(len(new), same, len(changed))


def fields_of(kind: type[Any]) -> tuple[str, ...]:
    """The field names of a record kind, in order."""
    return tuple(part.name for part in dataclasses.fields(kind))


def _by_key(
    practice_id: str, kind: type[Any], names: tuple[str, ...], some: Iterable[Any]
) -> tuple[dict[Key, Values], int]:
    """The last record of each natural id, and how many were repeated."""
    rows = list(map(attrgetter(*names), some))
    columns = [_stored_column(column) for column in zip(*rows, strict=True)]
    if kind is records.Practice and set(columns[names.index("practice_id")]) != {practice_id}:
        raise UsageError("A practice was to be stored under another practice's identifier.")
    keys = zip(*(columns[names.index(name)] for name in SAME_BY[kind]), strict=True)
    found = dict(zip(keys, zip(*columns, strict=True), strict=True))
    return found, len(rows) - len(found)


def _stored_column(column: Values) -> Sequence[Any]:
    """One column of many records as it will be read back."""
    kinds = set(map(type, column))
    if not any(issubclass(kind, datetime | str) for kind in kinds):
        return column
    if kinds == {str} and "\0" not in "".join(column):
        return column
    return list(map(stored_form, column))


def stored_form(value: Any) -> Any:
    """The value as it will be read back. Raises: UsageError for a moment without zone."""
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise UsageError("A moment without a time zone was to be stored; give it its zone.")
        return value.astimezone(UTC).replace(microsecond=0)
    if isinstance(value, str) and "\0" in value:
        raise UsageError("A text with a NUL character was to be stored; remove the character.")
    return value


def _known(
    session: Session, practice_id: str, kind: type[Any], names: tuple[str, ...],
    wanted: Mapping[Key, Values],
) -> dict[Key, _Known]:  # fmt: skip
    table = record_table(kind)
    first = SAME_BY[kind][0]
    places = [names.index(name) for name in SAME_BY[kind]]
    rows = session.connection().execute(
        select(table.c.id, table.c.version, *(table.c[name] for name in names))
        .where(
            table.c.practice_id == practice_id,
            among(session, table.c[first], sorted({key[0] for key in wanted})),
        )
        .order_by(table.c.version)
    )
    found: dict[Key, _Known] = {}
    for row_id, version, *values in rows:
        key = tuple(values[place] for place in places)
        known = found.setdefault(key, _Known())
        known.id, known.version = row_id, version
        known.seen.append(tuple(values))
    return found


def _keeping(names: tuple[str, ...], values: Values, old: Values, keep: Collection[str]) -> Values:
    if not keep:
        return values
    return tuple(
        before if name in keep else now
        for name, now, before in zip(names, values, old, strict=True)
    )


def _is_old_news(kind: type[Any], values: Values, known: _Known) -> bool:
    """Whether this content stands, or (time entries) stood before it was corrected here."""
    return values in known.seen if kind is records.TimeEntry else values == known.seen[-1]


def _refuse_moved(
    kind: type[Any], names: tuple[str, ...], changed: list[tuple[_Known, Values]]
) -> None:
    """Refuse a record whose identifier already belongs to somebody else."""
    if "patient_id" not in names:
        return
    place = names.index("patient_id")
    moved = sum(old.seen[-1][place] != values[place] for old, values in changed)
    if moved:
        raise UsageError(
            f"{moved} {kind.__name__} identifiers already belong to other patients; "
            "give each record an identifier of its own."
        )


def insert_rows(
    session: Session, practice_id: str, kind: type[Any], names: tuple[str, ...],
    values: list[Values], **more: Any,
) -> None:  # fmt: skip
    """Insert records of one kind given as values in the order of ``names``."""
    if values:
        common = {**_defaults(kind), "practice_id": practice_id, **more}
        rows = [{**common, **dict(zip(names, one, strict=True))} for one in values]
        insert_many(session, insert(record_table(kind)), rows)


def _defaults(kind: type[Any]) -> dict[str, Any]:
    """The values of columns that the record does not have."""
    return {
        name: part.get_default(call_default_factory=True)
        for name, part in ROW_OF[kind].model_fields.items()
        if name != "id" and not part.is_required()
    }


def _change(
    session: Session, practice_id: str, kind: type[Any], names: tuple[str, ...],
    changed: list[tuple[_Known, Values]],
) -> None:  # fmt: skip
    if not changed:
        return
    if kind is records.TimeEntry:
        _add_versions(session, practice_id, names, changed)
        return
    table = record_table(kind)
    statement = (
        update(table)
        .where(table.c.id == bindparam("b_id"), table.c.version == bindparam("b_version"))
        .values(
            {name: bindparam(f"v_{name}") for name in names}
            | {"version": bindparam("b_version") + 1, "updated_at": utc_now()}
        )
    )
    rows = [
        {"b_id": old.id, "b_version": old.version}
        | {f"v_{name}": value for name, value in zip(names, values, strict=True)}
        for old, values in changed
    ]
    done = session.connection().execute(statement, rows).rowcount
    if done not in (len(rows), -1):
        raise Conflict("A record was changed by somebody else meanwhile; try again.")


def _add_versions(
    session: Session, practice_id: str, names: tuple[str, ...],
    changed: list[tuple[_Known, Values]],
) -> None:  # fmt: skip
    """Put a new version of each time entry in the place of the one before."""
    table = record_table(records.TimeEntry)
    for old, values in changed:
        session.connection().execute(
            update(table).where(table.c.id == old.id).values(is_current=False)
        )
        insert_rows(
            session, practice_id, records.TimeEntry, names, [values],
            version=old.version + 1, replaces_id=old.id,
        )  # fmt: skip
