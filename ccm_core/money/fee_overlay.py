"""Stored fee files and contracts to one overlay: the rows that the core reads in place of its own.

A release is in force from its first day until a later one of its kind; of two
with the same first day the later import counts. A day of the year before its
first release uses that release, as an estimate, where nothing else is on record.
"""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from ccm_core import overlay
from ccm_core.errors import TableError
from ccm_core.money.cms_rvu import has_one_factor
from ccm_core.money.fee_file import FeeFile, GpciRow, RvuRow, ZipRow
from ccm_core.overlay import Cells, Overlay

PRICING = {"rvu": "rvu", "gpci": "gpci", "zip": "zip_localities"}
"""Kinds of files that change amounts, and the table that each lies over."""
_NO_FACTOR = Decimal(0)


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One stored version of a fee file."""

    kind: str
    number: int
    file_name: str
    title: str
    sha256: str
    year: int
    valid_from: date
    valid_to: date
    is_qp: bool | None
    is_active: bool
    imported_by: str
    imported_at: datetime
    content: str = dataclasses.field(repr=False)

    @property
    def source_id(self) -> str:
        """What cites of its rows begin with."""
        return source_id(self.sha256)


@dataclass(frozen=True, slots=True)
class StoredContract:
    """One stored version of a payer's contract; an empty code stands for all other codes."""

    practice_id: str
    payer: str
    number: int
    file_name: str
    sha256: str
    multiple: str
    amounts: tuple[dict[str, str], ...]
    valid_from: date
    valid_to: date
    is_active: bool
    imported_by: str
    imported_at: datetime


def source_id(sha256: str) -> str:
    """The source of an imported file's rows."""
    return f"import-{sha256[:12]}"


def pack(file: FeeFile) -> str:
    """The rows that price, as compact text. Descriptors were never read."""
    columns, rows = _columns_and_rows(file)
    plain = json.dumps({"columns": columns, "rows": rows, "factor": str(_factor(file))})
    return base64.b64encode(zlib.compress(plain.encode(), 6)).decode()


def _columns_and_rows(file: FeeFile) -> tuple[list[str], list[list[str]]]:
    if file.kind == "rvu":
        columns = [
            "code", "status", "work_rvu", "nonfacility_pe_rvu", "facility_pe_rvu", "mp_rvu",
            "nonfacility_na", "facility_na",
        ]  # fmt: skip
        wanted: list[Any] = [r for r in file.rows if isinstance(r, RvuRow) and not r.modifier]
    elif file.kind == "gpci":
        columns = ["locality", "state", "name", "work_gpci", "pe_gpci", "mp_gpci"]
        wanted = [r for r in file.rows if isinstance(r, GpciRow)]
    elif file.kind == "zip":
        columns = ["zip5", "locality", "state", "is_split"]
        wanted = [r for r in file.rows if isinstance(r, ZipRow)]
    else:
        columns = [f.name for f in dataclasses.fields(file.rows[0])] if file.rows else []
        wanted = list(file.rows)
    return columns, [[_text(getattr(row, name)) for name in columns] for row in wanted]


def _text(value: Any) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)


def _factor(file: FeeFile) -> Decimal:
    """The conversion factor of a file; one that names several has an error and is not stored."""
    found = {r.conversion_factor for r in file.rows if isinstance(r, RvuRow)} - {_NO_FACTOR}
    return max(found, default=_NO_FACTOR)


def as_stored(file: FeeFile, number: int, by: str, at: datetime) -> StoredFile:
    """A file as it would be stored."""
    return StoredFile(
        file.kind, number, file.name, file.title, file.sha256, file.year, file.valid_from,
        file.valid_to, file.is_qp, True, by, at, pack(file),
    )  # fmt: skip


def overlay_of(files: Sequence[StoredFile], contracts: Sequence[StoredContract] = ()) -> Overlay:
    """Everything that is stored as one overlay; what was taken back can still be cited."""
    active = sorted(
        (f for f in files if f.is_active and f.kind in PRICING),
        key=lambda f: (f.valid_from, f.number),
    )
    in_force = [c for c in contracts if c.is_active]
    if not files and not contracts:
        return overlay.EMPTY
    rows: dict[str, dict[str, list[Cells]]] = {}
    begun: set[tuple[int, str]] = set()
    for file in active:
        for table, cells in _cells(file, begun):
            rows.setdefault(table, {}).setdefault(cells[overlay.KEY_OF[table]], []).append(cells)
    for contract in in_force:
        rows.setdefault("payer_amounts", {}).setdefault(
            f"{contract.practice_id}|{contract.payer}", []
        ).extend(_contract_cells(contract))
    rows["sources"] = {key: [cells] for key, cells in _sources(files, contracts)}
    return Overlay(
        _version(active, in_force),
        {t: {key: tuple(some) for key, some in by.items()} for t, by in rows.items()},
    )


def _version(files: Iterable[StoredFile], contracts: Iterable[StoredContract]) -> str:
    parts = [
        (f.kind, f.sha256, str(f.valid_from), str(f.valid_to), f.is_qp) for f in files
    ] + [
        (c.practice_id, c.payer, c.multiple, c.sha256, str(c.valid_from), str(c.valid_to))
        for c in sorted(contracts, key=lambda c: (c.practice_id, c.payer, c.number))
    ]  # fmt: skip
    return hashlib.sha256(repr(parts).encode()).hexdigest() if parts else ""


def _cells(file: StoredFile, begun: set[tuple[int, str]]) -> Iterator[tuple[str, Cells]]:
    """Rows for the shipped tables' columns, with the rows that fill the year before the release."""
    try:
        read = json.loads(zlib.decompress(base64.b64decode(file.content)))
    except (ValueError, zlib.error) as bad:
        raise TableError(
            f"The stored rows of {file.file_name} cannot be read; take that version back."
        ) from bad
    more = {"basis": f"cy{file.year}_value", "merged_into": ""} if file.kind == "gpci" else {}
    dated = _dated(file, file.valid_from, file.valid_to)
    late = _late(file, begun)
    for row in read["rows"]:
        cells = dict(zip(read["columns"], row, strict=True)) | more
        yield PRICING[file.kind], cells | dated
        if late:
            yield PRICING[file.kind], cells | late
    if file.kind == "rvu":
        factor = {"basis": _basis(file), "conversion_factor": read["factor"]}
        yield "conversion_factors", factor | dated
        if late:
            yield "conversion_factors", factor | late


def _dated(file: StoredFile, first: date, last: date) -> dict[str, str]:
    return {
        "valid_from": first.isoformat(), "valid_to": last.isoformat(),
        "checked_on": file.imported_at.date().isoformat(), "source_id": file.source_id,
        "pinpoint": file.title,
    }  # fmt: skip


def _late(file: StoredFile, begun: set[tuple[int, str]]) -> dict[str, str]:
    """Dates before the first release of a year, marked; empty when there are none."""
    key, start = (file.year, _basis(file)), date(file.year, 1, 1)
    is_first = file.kind == "rvu" and key not in begun
    begun.add(key)
    if not is_first or file.valid_from <= start:
        return {}
    return _dated(file, start, file.valid_from - timedelta(days=1)) | {overlay.ESTIMATE: "1"}


def _basis(file: StoredFile) -> str:
    """Whose conversion factor a file has; a file that does not say is for everybody's.

    Where participants are told apart, that is the one of those who do not qualify.
    """
    if file.is_qp is not None:
        return "qualifying" if file.is_qp else "nonqualifying"
    return "all" if has_one_factor(file.valid_from) else "nonqualifying"


def _contract_cells(contract: StoredContract) -> Iterator[Cells]:
    common = {
        "payer": f"{contract.practice_id}|{contract.payer}",
        "number": str(contract.number), "begins_on": contract.valid_from.isoformat(),
        "source_id": source_id(contract.sha256), "pinpoint": f"version {contract.number}",
    }  # fmt: skip
    for amount in contract.amounts:
        yield common | {"multiple": ""} | amount
    if contract.multiple:
        yield common | {
            "code": "", "amount_usd": "", "multiple": contract.multiple,
            "valid_from": contract.valid_from.isoformat(),
            "valid_to": contract.valid_to.isoformat(),
        }  # fmt: skip


def _sources(
    files: Iterable[StoredFile], contracts: Iterable[StoredContract]
) -> Iterator[tuple[str, Cells]]:
    """A source for every import that was ever stored, so that an old cite still resolves."""
    for file in files:
        yield file.source_id, _source(
            file.source_id, "CMS", f"{file.file_name}: {file.title}", file.imported_by,
            file.imported_at, file.valid_from,
        )  # fmt: skip
    for c in contracts:
        key = source_id(c.sha256)
        yield key, _source(
            key, "Contract", f"{c.file_name or 'share of Medicare'} for {c.payer}", c.imported_by,
            c.imported_at, c.valid_from,
        )  # fmt: skip


def _source(key: str, by: str, title: str, who: str, at: datetime, first: date) -> Cells:
    return {
        "source_id": key, "authority": by,
        "title": f"{title}, imported by {who} at {at:%Y-%m-%d %H:%M} UTC", "url": "",
        "published_on": first.isoformat(), "read_on": at.date().isoformat(), "confidence": "VM",
    }  # fmt: skip
