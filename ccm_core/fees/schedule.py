"""The allowed amount of one unit: round((work x GPCI + PE x GPCI + MP x GPCI) x factor, cents).

Rounded once, half up, at the very end, in Decimal. A code that the schedule
does not price raises; it is never worth zero dollars.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from ccm_core import overlay, tables
from ccm_core.errors import NotInForce, NotPayable, UsageError
from ccm_core.fees.geography import NATIONAL, gpci, is_carried
from ccm_core.tables import Row

SETTINGS = ("nonfacility", "facility")
PARTS = ("work", "pe", "mp")

_CENT = Decimal("0.01")
_ONE = Decimal("1.000")


@dataclass(frozen=True, slots=True)
class Fee:
    """One allowed amount with everything it was made from.

    ``rvu`` and ``gpci`` hold ``work``, ``pe`` and ``mp``. ``estimate`` is set
    when a GPCI had to be carried over from an earlier year.
    """

    code: str
    on: date
    locality: str
    setting: str
    allowed_usd: Decimal
    conversion_factor: Decimal
    rvu: Mapping[str, Decimal]
    gpci: Mapping[str, Decimal]
    estimate: bool
    cites: tuple[str, ...]
    notes: tuple[str, ...] = ()


def allowed(
    code: str,
    on: date,
    locality: str = NATIONAL,
    setting: str = "nonfacility",
    qp: bool = False,
) -> Fee:
    """What Medicare allows for one unit on that day.

    ``locality`` is ``MAC-NN`` or ``national`` (all GPCIs 1.000); ``qp`` asks for the
    conversion factor of qualifying APM participants, which exists from 2026.

    Raises: NotInForce, NotPayable, UnknownLocality, UsageError.
    """
    return _allowed(code, on, locality, setting, qp)


@overlay.cached(65536)
def _allowed(code: str, on: date, locality: str, setting: str, qp: bool) -> Fee:
    if setting not in SETTINGS:
        raise UsageError(f"setting {setting!r} was asked; it is one of {', '.join(SETTINGS)}.")
    row = _relative_values(code, on)
    _refuse_unpriced(row, on, setting)
    factor = _conversion_factor(on, qp)
    place = None if locality == NATIONAL else gpci(locality, on)
    rvu = _rvu(row, setting)
    index = {part: place.number(f"{part}_gpci") if place else _ONE for part in PARTS}
    total = sum((rvu[part] * index[part] for part in PARTS), Decimal())
    cites = [row.cite, factor.cite] if place is None else [row.cite, place.cite, factor.cite]
    return Fee(
        code=code,
        on=on,
        locality=locality,
        setting=setting,
        allowed_usd=(total * factor.number("conversion_factor")).quantize(_CENT, ROUND_HALF_UP),
        conversion_factor=factor.number("conversion_factor"),
        rvu=rvu,
        gpci=index,
        estimate=_is_estimate(row, factor, place),
        cites=tuple(dict.fromkeys(cites)),
        notes=tuple(_notes(row, factor, place, qp)),
    )


def _is_estimate(row: Row, factor: Row, place: Row | None) -> bool:
    is_late = any(found.get(overlay.ESTIMATE) for found in (row, factor))
    return is_late or (place is not None and is_carried(place))


def _rvu(row: Row, setting: str) -> dict[str, Decimal]:
    return {
        "work": row.number("work_rvu"),
        "pe": row.number(f"{setting}_pe_rvu"),
        "mp": row.number("mp_rvu"),
    }


def _relative_values(code: str, on: date) -> Row:
    table = tables.load("rvu", "code")
    row = table.find(code, on=on)
    if row is not None:
        return row
    known = table.history(code)
    asked = f"{code} on {on.isoformat()} was asked; the relative value files on record"
    if not known:
        raise NotInForce(
            f"{asked} hold no such code ({len(table.by_key)} codes are). Check the code, "
            "or add the CMS file that lists it."
        )
    spans = ", ".join(f"{first.isoformat()} to {last.isoformat()}" for first, last in _spans(known))
    raise NotInForce(
        f"{asked} hold it {spans}. Use the code in force on that day, or add the file of that year."
    )


def _spans(rows: tuple[Row, ...]) -> list[tuple[date, date]]:
    """Intervals of neighbouring rows, joined."""
    spans: list[tuple[date, date]] = []
    for row in rows:
        if spans and spans[-1][1].toordinal() + 1 == row.valid_from.toordinal():
            spans[-1] = (spans[-1][0], row.valid_to)
        else:
            spans.append((row.valid_from, row.valid_to))
    return spans


def denied_as(code: str, on: date) -> Row | None:
    """The payment status under which Medicare denies a code on a day whoever bills it, if so."""
    row = tables.load("rvu", "code").find(code, on=on)
    status = row and tables.load("payment_status", "status").get(row["status"], on=on)
    return status if status and status["is_denied"] == "1" else None


def is_outside_schedule(code: str, on: date) -> bool:
    """Whether the law keeps a code out of the physician fee schedule on a day."""
    row = tables.load("rvu", "code").find(code, on=on)
    status = row and tables.load("payment_status", "status").get(row["status"], on=on)
    return status is not None and status["is_outside"] == "1"


def _refuse_unpriced(row: Row, on: date, setting: str) -> None:
    asked = f"{row['code']} on {on.isoformat()} ({setting}) was asked"
    status = tables.load("payment_status", "status").get(row["status"], on=on)
    if status["is_payable"] != "1":
        raise NotPayable(
            f"{asked}; the fee schedule lists it as {row['status']}: {status['meaning']}. "
            f"{status['advice']}."
        )
    if row[f"{setting}_na"] == "1":
        other = next(name for name in SETTINGS if name != setting)
        raise NotPayable(
            f"{asked}; the fee schedule marks that setting NA: not paid there. "
            f"Only the {other} amount exists."
        )
    if not any(_rvu(row, setting).values()):
        raise NotPayable(
            f"{asked}; its relative values are zero, so there is no national amount. "
            "Ask the Medicare contractor for its price."
        )


def _conversion_factor(on: date, qp: bool) -> Row:
    table = tables.load("conversion_factors", "basis")
    for basis in ("qualifying" if qp else "nonqualifying", "all"):
        row = table.find(basis, on=on)
        if row is not None:
            return row
    first = min(row.valid_from for row in table.rows)
    last = max(row.valid_to for row in table.rows)
    raise NotInForce(
        f"the conversion factor of {on.isoformat()} was asked; final factors are on record "
        f"from {first.isoformat()} to {last.isoformat()}. Proposed ones price no claim."
    )


def _notes(row: Row, factor: Row, place: Row | None, qp: bool) -> list[str]:
    notes = []
    if place is not None and is_carried(place):
        notes.append(f"Estimate: {place['locality']} uses {place['pinpoint']}.")
    if row.get(overlay.ESTIMATE):
        notes.append(f"Estimate: no release of that day is on record; used is {row['pinpoint']}.")
    if "status from" in row["pinpoint"]:
        notes.append(f"Payment status and NA flags were not in the file: {row['pinpoint']}.")
    if qp and factor["basis"] == "all":
        notes.append("No separate conversion factor for qualifying participants on that day.")
    return notes
