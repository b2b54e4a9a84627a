"""What a payer other than Medicare pays by contract, where its schedule was imported."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from ccm_core import overlay
from ccm_core.fees.plan_price import price_plan
from ccm_core.overlay import Cells

_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class ContractPrice:
    """The contract's amount of a whole plan, and where it stands."""

    allowed_usd: Decimal
    cites: tuple[str, ...]


def contract_price(
    practice_id: str,
    payers: Sequence[str],
    units: Mapping[str, int],
    on: date,
    place: tuple[str, str],
) -> ContractPrice | None:
    """The amount by contract, or None when no contract names every code.

    ``payers`` are the payer's name and its kind; the first with a schedule counts.
    ``place`` is locality and setting of Medicare's amount, of which a contract may pay a share.
    """
    schedules = overlay.current().rows.get("payer_amounts")
    if not schedules or not units:
        return None
    for payer in payers:
        rows = [
            r for r in schedules.get(f"{practice_id}|{payer}", ()) if _day(r["begins_on"]) <= on
        ]
        if rows:
            # A later version takes the place of an earlier one as a whole.
            latest = max(int(row["number"]) for row in rows)
            return _priced(
                [r for r in rows if int(r["number"]) == latest and _holds(r, on)], units, on, place
            )
    return None


def _holds(row: Cells, on: date) -> bool:
    return _day(row["valid_from"]) <= on <= _day(row["valid_to"])


_day = functools.lru_cache(maxsize=4096)(date.fromisoformat)


def _priced(
    rows: Sequence[Cells], units: Mapping[str, int], on: date, place: tuple[str, str]
) -> ContractPrice | None:
    total, cites = Decimal(0), dict[str, None]()
    for code, count in sorted(units.items()):
        row = next((r for r in rows if r["code"] == code), None)
        row = row or next((r for r in rows if not r["code"]), None)
        unit = _unit(row, code, on, place) if row else None
        if row is None or unit is None:
            return None
        total += unit * count
        cites[f"{row['source_id']}#{row['pinpoint']}"] = None
    return ContractPrice(total, tuple(cites))


def _unit(row: Cells, code: str, on: date, place: tuple[str, str]) -> Decimal | None:
    if row["amount_usd"]:
        return Decimal(row["amount_usd"])
    medicare = price_plan({code: 1}, on, *place).allowed_usd
    if medicare is None:
        return None
    return (medicare * Decimal(row["multiple"])).quantize(_CENT, ROUND_HALF_UP)
