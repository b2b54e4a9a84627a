"""Records as columns: one folder, one Parquet or CSV file or folder for each kind of record.

A column is a field of ``ccm_core.records``; a field that is not there has its default.
Months are ``YYYY-MM``; sets and lists are words joined by ``;``, or a JSON list of texts.
Nothing in such a file is ever run.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import MISSING, dataclass, fields
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import orjson

from ccm_core import records
from ccm_core.amounts import amount_of, amount_to_whole
from ccm_core.cases import Signal
from ccm_core.errors import UsageError
from ccm_core.months import Month

JOINED = ";"
ROW_GROUP = 20_000
"""Rows of one group on disk: a worker that wants some patients decodes few others."""


@dataclass(frozen=True, slots=True)
class SeenSignal:
    """A signal of a patient, as it stands between the pass by person and that by patient."""

    patient_id: str
    staff_id: str
    place: int
    kind: str
    summary: str
    ids: str
    """Identifiers of entries as a JSON list: they may hold any character."""

    @property
    def signal(self) -> Signal:
        return Signal(self.kind, self.summary, tuple(orjson.loads(self.ids)))


SHARED: tuple[type[Any], ...] = (records.Practice, records.Practitioner, records.Staff)
"""Kinds that belong to no patient."""
OF_PATIENTS: tuple[type[Any], ...] = (
    records.Patient, records.StatusChange, records.Condition, records.Consent, records.CarePlan,
    records.TimeEntry, records.Stay, records.Visit, records.Payer, records.Complexity,
    records.ClaimLine,
)  # fmt: skip
KINDS = (*SHARED, *OF_PATIENTS)


def kind_of(one: Any) -> str:
    """The type of a field as its record states it, without ``| None``."""
    return str(one.type).removesuffix(" | None")


def default_of(one: Any) -> Any:
    """The value of a field that a file does not hold; MISSING where it must hold it."""
    if one.default is not MISSING:
        return one.default
    return one.default_factory() if one.default_factory is not MISSING else MISSING


def arrow_type(said: str) -> Any:
    """The column type of a field."""
    import pyarrow as pa

    made: dict[str, Any] = {
        "int": pa.int64(), "bool": pa.bool_(), "date": pa.date32(),
        "datetime": pa.timestamp("us", tz="UTC"),
    }  # fmt: skip
    return made.get(said, pa.string())


def refuse_missing(rows: Any, kind: type[Any], names: Iterable[str]) -> None:
    """Refuse rows that lack what each record of the kind must have. Raises: UsageError.

    A text may be empty, a number or a day may not.
    """
    needed = [one for one in fields(kind) if one.name in names and default_of(one) is MISSING]
    for one in needed:
        if one.name not in rows.schema.names:
            raise UsageError(f"A file of {kind.__name__} has no column {one.name}; add it.")
        missing = rows.column(one.name).null_count
        if missing and kind_of(one) != "str":
            raise UsageError(
                f"{missing} rows of {kind.__name__} have no {one.name}; it is needed in each. "
                "Fill it in, or leave these rows out."
            )


def schema_of(kind: type[Any]) -> Any:
    """The columns of a kind of record."""
    import pyarrow as pa

    return pa.schema([(one.name, arrow_type(kind_of(one))) for one in fields(kind)])


class Writer:
    """Writes records as columns into a folder, in the order in which they come."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.held: dict[type[Any], list[Any]] = {}
        self.files: dict[type[Any], Any] = {}
        folder.mkdir(parents=True, exist_ok=True)

    def write(self, found: Iterable[Any]) -> None:
        for record in found:
            held = self.held.setdefault(type(record), [])
            held.append(record)
            if len(held) == ROW_GROUP:
                self._flush(type(record))

    def close(self) -> None:
        for kind in list(self.held):
            self._flush(kind)
        for file in self.files.values():
            file.close()

    def _flush(self, kind: type[Any]) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        held, schema = self.held[kind], schema_of(kind)
        if kind not in self.files:
            path = self.folder / f"{kind.__name__}.parquet"
            self.files[kind] = pq.ParquetWriter(path, schema, compression="zstd")
        if held:
            arrays = [
                pa.array([_plain(getattr(record, one.name)) for record in held], type=one.type)
                for one in schema
            ]
            self.files[kind].write_table(pa.Table.from_arrays(arrays, schema=schema))
            held.clear()


def write_records(found: Iterable[Any], folder: Path) -> None:
    """Write records into a folder. Raises: UsageError."""
    writer = Writer(folder)
    try:
        writer.write(found)
    finally:
        writer.close()


def _plain(value: Any) -> Any:
    if isinstance(value, frozenset | tuple):
        words = sorted(value) if isinstance(value, frozenset) else value
        if any(JOINED in word or not word for word in words) or (words[:1] and words[0][0] == "["):
            return orjson.dumps(words).decode()
        return JOINED.join(words)
    if isinstance(value, Decimal | Month):
        return str(value)
    return value


def words_of(text: str) -> list[str]:
    """The words of a column of sets or lists. Raises: UsageError."""
    if not text.startswith("["):
        return text.split(JOINED) if text else []
    try:
        words = orjson.loads(text)
    except orjson.JSONDecodeError:
        words = None
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise UsageError(
            "A list in a column begins with '[' and is no JSON list of texts; "
            f"write its words with {JOINED!r} between them."
        )
    return words


def _amount(text: str) -> Decimal:
    """An amount as the store gives it back. Raises: UsageError."""
    try:
        return amount_of(amount_to_whole(Decimal(text)))
    except InvalidOperation:
        raise UsageError("An amount in a column is no number; write it like 12.50.") from None


READ: dict[str, Any] = {
    "Decimal": _amount,
    "Month": Month.parse,
    "frozenset[str]": lambda text: frozenset(words_of(text)),
    "tuple[str, ...]": lambda text: tuple(words_of(text)),
    "str": str,
    "date": date.fromisoformat,
    "datetime": datetime.fromisoformat,
}
"""How the text of a column becomes the value of a field."""
