"""What contracts with Advantage plans pay as one multiple of the fee schedule.

A projection knows one Advantage payment. Plans with contracts of their own are weighted
by the practice's patients in each, but only by counts that may be shown: the multiple
stands in a link, and a link can be passed on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ccm_core.fees import price_plan
from ccm_core.money.disclosure import HIDDEN, suppress_row
from ccm_core.months import said_day
from ccm_core.payment.by_payer import contract_of
from ccm_core.records import Practice

_MILLIONTH = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Multiple:
    """The multiple, and how it came about in a sentence without its full stop."""

    value: Decimal
    note: str


def contract_multiple(
    practice: Practice, kind: str, plans: Mapping[str, int], units: Mapping[str, int],
    on: date, otherwise: Decimal,
) -> Multiple | None:  # fmt: skip
    """The multiple of plans of one kind; None where no contract prices these codes.

    ``plans`` counts enrolled patients by the plan's name, ``otherwise`` is the multiple of
    a plan without a contract.
    """
    place = (practice.locality, practice.setting)
    medicare = price_plan(units, on, *place).allowed_usd
    if not medicare:
        return None

    def pays(name: str) -> Decimal | None:
        found = contract_of(practice.practice_id, name, kind, units, on, place)
        return None if found is None else (found.allowed_usd / medicare).quantize(_MILLIONTH)

    said = suppress_row(plans)[0] if plans else {}
    by_plan = {name: pays(name) for name in said if said[name] != HIDDEN}
    weighed = {name: plans[name] for name in by_plan}
    of_kind = pays("")
    if not weighed or set(by_plan.values()) == {of_kind}:
        note = f"Contract with Advantage plans in force on {said_day(on)}"
        return None if of_kind is None else Multiple(of_kind, note)
    if set(by_plan.values()) == {None}:
        return None
    multiples = {name: otherwise if found is None else found for name, found in by_plan.items()}
    paid = sum((multiples[name] * count for name, count in weighed.items()), Decimal(0))
    value = (paid / sum(weighed.values())).quantize(_MILLIONTH)
    return Multiple(value, _note(on, by_plan, len(plans) - len(weighed), otherwise))


def _note(
    on: date, by_plan: Mapping[str, Decimal | None], left_out: int, otherwise: Decimal
) -> str:
    """Which plans count how, without a count of patients."""
    bare = sum(found is None for found in by_plan.values())
    held = f"Contracts with Advantage plans in force on {said_day(on)}"
    parts = [f"{held}, weighted by patients in each plan"]
    if bare:
        parts.append(f"plans without a contract at {otherwise} ({bare} of {len(by_plan)} plans)")
    if left_out:
        parts.append(f"{left_out} plans left out so that no small count shows")
    return "; ".join(parts)
