"""What one unit of a code brings in one month, by kind of patient."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from ccm_core import overlay, tables
from ccm_core.errors import NotInForce
from ccm_core.fees import Fee
from ccm_core.months import Month
from ccm_core.payment import medicare
from ccm_core.payment.cents import ZERO, cents
from ccm_core.payment.expected import Expected, expected

# Kinds of patient that pay differently: original Medicare with the deductible
# met or open, the same for QMB, and Medicare Advantage.
GROUPS = ("met", "open", "qmb_met", "qmb_open", "plan")
QMB_GROUPS = frozenset({"qmb_met", "qmb_open"})
OTHER_GROUPS = frozenset(GROUPS) - QMB_GROUPS
PARTS = ("medicare", "plan", "patient", "plan_patient", "sequestration", "written_off")


class Parts(NamedTuple):
    """One unit's allowed amount in parts. Decimals, or arrays of draws in a simulation."""

    allowed: Any
    medicare: Any
    plan: Any
    patient: Any
    plan_patient: Any
    sequestration: Any
    written_off: Any


@dataclass(frozen=True, slots=True)
class Rate:
    """The fee of a code on a day. ``years_carried`` counts years since its last schedule."""

    code: str
    on: date
    allowed_usd: Decimal
    years_carried: int
    is_estimate: bool
    cites: tuple[str, ...]


Price = Callable[[str, date, str, str, bool], Fee]
"""Code, day, locality, setting and qualifying participation to a fee: ``fees.allowed``."""


@overlay.cached(8192)
def rate(code: str, month: Month, locality: str, setting: str, is_qp: bool, price: Price) -> Rate:
    """The fee at month end, or the last published one when the year is still to come.

    Raises: NotInForce, NotPayable, UnknownLocality.
    """
    where = "national" if setting in ("rhc", "fqhc") else locality
    fee_setting = "facility" if setting == "facility" else "nonfacility"
    on, years = month.last_day, 0
    while True:
        try:
            fee = price(code, on, where, fee_setting, is_qp)
            return Rate(code, on, fee.allowed_usd, years, fee.estimate or years > 0, fee.cites)
        except NotInForce:
            if on <= last_schedule_on():
                raise
        years += 1
        on = month.plus(-12 * years).last_day


@overlay.cached(8)
def last_schedule_on() -> date:
    """Last day for which a final fee schedule is on record."""
    return max(row.valid_to for row in tables.load("conversion_factors", "basis").rows)


def prices(
    found: Rate, month: Month, growth_share: Decimal, multiple: Decimal, plan_share: Decimal
) -> Mapping[str, Parts]:
    """Parts of one unit for every kind of patient, in whole cents."""
    allowed = cents(found.allowed_usd * (1 + growth_share) ** found.years_carried)
    on = month.last_day
    deductible = medicare.part_b_deductible_usd(on)
    plan = expected(
        cents(allowed * multiple), on, payer="medicare_advantage", plan_patient_share=plan_share
    )
    return {
        "met": _medicare(expected(allowed, on)),
        "open": _medicare(expected(allowed, on, deductible_left_usd=deductible)),
        "qmb_met": _medicare(expected(allowed, on, qmb=True)),
        "qmb_open": _medicare(expected(allowed, on, qmb=True, deductible_left_usd=deductible)),
        "plan": Parts(
            plan.allowed_usd, ZERO, plan.medicare_usd, ZERO, plan.patient_usd, ZERO, ZERO
        ),
    }


def _medicare(line: Expected) -> Parts:
    return Parts(
        line.allowed_usd,
        line.medicare_usd,
        ZERO,
        line.patient_usd,
        ZERO,
        line.sequestration_usd,
        line.written_off_usd,
    )
