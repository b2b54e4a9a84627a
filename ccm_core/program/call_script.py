"""The invitation call in words: this patient's conditions, and what it will cost this patient."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from ccm_core import records, tables
from ccm_core.access.identity import Identity
from ccm_core.eligibility import payer_on
from ccm_core.errors import NotInForce, NotPayable, UnknownLocality
from ccm_core.fees import allowed
from ccm_core.payment.by_payer import contract_of
from ccm_core.payment.expected import expected
from ccm_core.program.chart import seen
from ccm_core.program.enrolling import practice_of
from ccm_core.store import reading

if TYPE_CHECKING:
    from sqlmodel import Session

WITH_CONTRACT = ("medicare_advantage", "commercial")
"""Kinds of payers whose patients may be told the contract's amount."""
USUAL_CODE = "99490"
"""What a usual month is billed with; its cost share is the one to name."""
_ENOUGH = 2


@dataclass(frozen=True, slots=True)
class Script:
    """What to say, in order, and what the person who calls must know."""

    lines: tuple[tuple[str, str], ...]
    """Part and text; parts ``agreed`` and ``declined`` come last."""
    cost: str
    """Which way of talking about cost was chosen, for example ``qmb``."""
    share_usd: Decimal | None
    is_carried: bool
    """True when the fee schedule of the day is not known and an older one was used."""


def call_script(
    session: Session, who: Identity, patient_id: str, today: date, caller: str = ""
) -> Script:
    """The script for one patient. Raises: PermissionDenied, UsageError."""
    patient = seen(session, who, patient_id)
    practice = practice_of(session)
    conditions = reading.records_of(session, records.Condition, patient_id)
    payers = reading.records_of(session, records.Payer, patient_id)
    names = _names(conditions)
    cost, share, base, is_carried = cost_share(practice, payers, today)
    doctors = {p.npi: p.name for p in reading.practitioners(session)}
    filled = {
        "caller": caller or who.name,
        "practice": practice.name,
        "patient": " ".join(part for part in (patient.given_name, patient.family_name) if part),
        "practitioner": doctors.get(patient.practitioner_npi, "the practitioner"),
        "conditions": _listed(names) or "none confirmed",
        "share": "" if share is None else f"${share:,.2f}",
        "base": "" if base is None else f"${base:,.2f}",
    }
    why = "why_many" if len(names) >= _ENOUGH else "why_few"
    lines = tuple(
        (row["part"], row["text"].format_map(filled))
        for row in tables.load("call_script", "part").in_force(today)
        if _is_said(row["part"], why, f"cost_{cost}")
    )
    return Script(lines, cost, share, is_carried)


def _is_said(part: str, why: str, cost: str) -> bool:
    if part.startswith("why_"):
        return part == why
    return part == cost if part.startswith("cost_") else True


def _names(conditions: tuple[records.Condition, ...]) -> list[str]:
    """Chronic conditions that have not ended, one of each group."""
    found: dict[str, str] = {}
    for condition in conditions:
        if condition.is_chronic and condition.ended_on is None:
            found.setdefault(condition.group or condition.code, condition.label or condition.code)
    return list(found.values())


def _listed(names: list[str]) -> str:
    return " and ".join(part for part in (", ".join(names[:-1]), *names[-1:]) if part)


def cost_share(
    practice: records.Practice, payers: tuple[records.Payer, ...], on: date
) -> tuple[str, Decimal | None, Decimal | None, bool]:
    """How to talk about cost; the patient's share and the approved amount of a usual month.

    A QMB patient owes nothing, whichever plan the primary one is.
    """
    payer = payer_on(payers, on)
    if any(p.is_qmb and _holds(p, on) for p in payers):
        return "qmb", Decimal(0), None, False
    if payer is None or payer.kind == "unknown":
        return "unknown", None, None, False
    if payer.kind != "medicare":
        return _of_plan(practice, payer, on)
    base, is_carried = _approved(practice, on)
    if base is None:
        return "unknown", None, None, False
    share = expected(base, on).patient_usd
    has_more = payer.has_supplement or any(p.has_supplement and _holds(p, on) for p in payers)
    return ("supplement" if has_more else "medicare"), share, base, is_carried


def _of_plan(
    practice: records.Practice, payer: records.Payer, on: date
) -> tuple[str, Decimal | None, Decimal | None, bool]:
    """A contract tells the amount of a usual month; how much of it the patient owes it does not."""
    place = (practice.locality, practice.setting)
    found = contract_of(practice.practice_id, payer.name, payer.kind, {USUAL_CODE: 1}, on, place)
    if found is None or payer.kind not in WITH_CONTRACT:
        return payer.kind, None, None, False
    return "contract", None, found.allowed_usd, False


def _holds(payer: records.Payer, on: date) -> bool:
    return (payer.from_on is None or payer.from_on <= on) and (
        payer.to_on is None or on <= payer.to_on
    )


def _approved(practice: records.Practice, on: date) -> tuple[Decimal | None, bool]:
    setting = "facility" if practice.setting == "facility" else "nonfacility"
    for locality in (practice.locality, "national"):
        try:
            fee = allowed(USUAL_CODE, on, locality, setting)
        except (NotInForce, NotPayable, UnknownLocality):
            continue
        return fee.allowed_usd, fee.estimate or locality != practice.locality
    return None, False
