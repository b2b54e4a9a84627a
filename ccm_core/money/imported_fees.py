"""Fees from imported CMS files, by the same formula as the shipped tables.

A release is in force from its first day until a later one of its kind. A day
before the first release of its year uses that release, marked as an estimate.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import TypeVar

from ccm_core import fees, tables
from ccm_core.errors import CcmError, NotInForce, NotPayable, UnknownLocality, UsageError
from ccm_core.fees import Fee
from ccm_core.fees.geography import gpci, is_carried
from ccm_core.money.fee_file import FeeFile, GpciRow, RvuRow, ZipRow

_CENT = Decimal("0.01")
_ONE = Decimal("1.000")
_PARTS = ("work", "pe", "mp")
_ADVICE = "Import the CMS file of that year, or ask for a day of the years on record"


@dataclass(frozen=True, slots=True)
class _Values:
    """One code's relative values and conversion factor, from whichever table has them."""

    rvu: Mapping[str, Decimal]
    conversion_factor: Decimal
    cites: tuple[str, ...]
    is_estimate: bool
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Indices:
    """One locality's indices, from whichever table has them."""

    gpci: Mapping[str, Decimal]
    cites: tuple[str, ...]
    is_estimate: bool


F = TypeVar("F", _Values, _Indices)


class ImportedFees:
    """Imported files of all kinds. Later files of one kind and day replace earlier ones."""

    def __init__(self, files: Iterable[FeeFile] = ()) -> None:
        self._files = sorted(files, key=lambda file: file.valid_from)
        self._rvu = {
            id(file): {
                row.code: row for row in file.rows if isinstance(row, RvuRow) and not row.modifier
            }
            for file in self._files
            if file.kind == "rvu"
        }
        self._gpci = {
            id(file): {row.locality: row for row in file.rows if isinstance(row, GpciRow)}
            for file in self._files
            if file.kind == "gpci"
        }
        self._zip = {
            id(file): {row.zip5: row for row in file.rows if isinstance(row, ZipRow)}
            for file in self._files
            if file.kind == "zip"
        }

    def allowed(
        self,
        code: str,
        on: date,
        locality: str = fees.NATIONAL,
        setting: str = "nonfacility",
        qp: bool = False,
    ) -> Fee:
        """What Medicare allows for one unit on that day.

        Raises: NotInForce, NotPayable, UnknownLocality, UsageError.
        """
        values = self._values(code, on, setting, qp)
        return _fee(code, on, locality, setting, values, self._indices(locality, on))

    def find(
        self, code: str, on: date, locality: str = fees.NATIONAL, setting: str = "nonfacility"
    ) -> Fee | None:
        """The fee, or None where there is none."""
        try:
            return self.allowed(code, on, locality, setting)
        except CcmError:
            return None

    def over_shipped(
        self,
        code: str,
        on: date,
        locality: str = fees.NATIONAL,
        setting: str = "nonfacility",
        qp: bool = False,
    ) -> Fee:
        """The same, with the shipped tables for what no imported file has.

        Relative values and indices are looked for apart: an imported GPCI file
        counts with the shipped relative values, and the other way round. A file
        that starts only later in the year gives way to a shipped table of that day.
        Raises: NotInForce, NotPayable, UnknownLocality, UsageError.
        """
        values = _better(
            lambda: self._values(code, on, setting, qp),
            lambda: _shipped_values(code, on, setting, qp),
        )
        indices = _better(
            lambda: self._indices(locality, on), lambda: _shipped_indices(locality, on)
        )
        return _fee(code, on, locality, setting, values, indices)

    def _values(self, code: str, on: date, setting: str, qp: bool) -> _Values:
        if setting not in fees.SETTINGS:
            known = ", ".join(fees.SETTINGS)
            raise UsageError(f"setting {setting!r} was asked; it is one of {known}.")
        file, is_late = self._in_force("rvu", on, qp)
        row = self._rvu[id(file)].get(code)
        if row is None:
            raise NotInForce(
                f"{code} on {on} was asked; {file.title} does not list it. Check the code and day."
            )
        _refuse_unpriced(row, on, setting)
        notes = (f"Estimate: {file.title} starts on {file.valid_from}.",) if is_late else ()
        return _Values(_parts(row, setting), row.conversion_factor, (_cite(file),), is_late, notes)

    def locality_of_zip(self, zip5: str, on: date) -> str:
        """The locality of a ZIP code. Raises: NotInForce, UnknownLocality."""
        file, _ = self._in_force("zip", on)
        row = self._zip[id(file)].get(zip5)
        if row is None:
            raise UnknownLocality(
                f"ZIP code {zip5} was asked; {file.title} does not list it. Name the locality."
            )
        return row.locality

    def localities(self, on: date) -> list[GpciRow]:
        """Every locality of that day. Raises: NotInForce."""
        file, _ = self._in_force("gpci", on)
        return sorted(self._gpci[id(file)].values(), key=lambda row: row.locality)

    def _indices(self, locality: str, on: date) -> _Indices:
        if locality == fees.NATIONAL:
            return _Indices(dict.fromkeys(_PARTS, _ONE), (), False)
        file, is_late = self._in_force("gpci", on)
        row = self._gpci[id(file)].get(locality)
        if row is None:
            raise UnknownLocality(
                f"Locality {locality} on {on} was asked; {file.title} has "
                f"{len(self._gpci[id(file)])} others. Write it as MAC-NN, for example 10112-00."
            )
        index = {"work": row.work_gpci, "pe": row.pe_gpci, "mp": row.mp_gpci}
        return _Indices(index, (_cite(file),), is_late)

    def _in_force(self, kind: str, on: date, qp: bool | None = None) -> tuple[FeeFile, bool]:
        """The file of that day, and whether it starts only later in the year."""
        files = [f for f in self._files if f.kind == kind and f.year == on.year]
        if qp is not None:
            files = [f for f in files if f.is_qp is None or f.is_qp == qp]
        earlier = [f for f in files if f.valid_from <= on <= f.valid_to]
        if earlier:
            return earlier[-1], False
        if files:
            return files[0], True
        raise NotInForce(
            f"A {kind} file of {on.year} was asked; {_told(self._files, kind)}. {_ADVICE}."
        )


def _fee(
    code: str, on: date, locality: str, setting: str, values: _Values, indices: _Indices
) -> Fee:
    total = sum((values.rvu[part] * indices.gpci[part] for part in _PARTS), Decimal())
    return Fee(
        code=code,
        on=on,
        locality=locality,
        setting=setting,
        allowed_usd=(total * values.conversion_factor).quantize(_CENT, ROUND_HALF_UP),
        conversion_factor=values.conversion_factor,
        rvu=values.rvu,
        gpci=indices.gpci,
        estimate=values.is_estimate or indices.is_estimate,
        cites=(*values.cites, *indices.cites),
        notes=values.notes,
    )


def _better(imported: Callable[[], F], shipped: Callable[[], F]) -> F:
    """The imported figure, unless there is none, or only an estimate and a shipped one."""
    try:
        found = imported()
    except NotInForce:
        return shipped()
    if not found.is_estimate:
        return found
    try:
        return shipped()
    except CcmError:
        return found


def _shipped_values(code: str, on: date, setting: str, qp: bool) -> _Values:
    fee = fees.allowed(code, on, fees.NATIONAL, setting, qp)
    return _Values(fee.rvu, fee.conversion_factor, fee.cites, fee.estimate, fee.notes)


def _shipped_indices(locality: str, on: date) -> _Indices:
    row = gpci(locality, on)
    index = {part: row.number(f"{part}_gpci") for part in _PARTS}
    return _Indices(index, (row.cite,), is_carried(row))


def _parts(row: RvuRow, setting: str) -> dict[str, Decimal]:
    pe = row.facility_pe_rvu if setting == "facility" else row.nonfacility_pe_rvu
    return {"work": row.work_rvu, "pe": pe, "mp": row.mp_rvu}


def _refuse_unpriced(row: RvuRow, on: date, setting: str) -> None:
    asked = f"{row.code} on {on} ({setting}) was asked"
    status = tables.load("payment_status", "status").find(row.status, on=on)
    if status is None or status["is_payable"] != "1":
        meaning = status["meaning"] if status else "not a status on record"
        raise NotPayable(f"{asked}; the fee schedule lists it as {row.status}: {meaning}.")
    if row.facility_na if setting == "facility" else row.nonfacility_na:
        raise NotPayable(f"{asked}; the fee schedule marks that setting NA: not paid there.")
    if not any(_parts(row, setting).values()):
        raise NotPayable(
            f"{asked}; its relative values are zero. Ask the contractor for its price."
        )


def _cite(file: FeeFile) -> str:
    return f"import-{file.sha256[:12]}#{file.title}"


def _told(files: Sequence[FeeFile], kind: str) -> str:
    years = sorted({file.year for file in files if file.kind == kind})
    return f"imported are {', '.join(map(str, years))}" if years else "none is imported"
