"""Trouble with claims that were sent: wrong codes, dates, units, places and numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from ccm_core.claims.planned import claim_id
from ccm_core.demo import billing, patients
from ccm_core.demo.shape import PRACTICE_ID, Chart, Span, workdays
from ccm_core.demo.team import WRONG_NPI
from ccm_core.months import Month, one_year_before
from ccm_core.records import ClaimLine

Mend = Callable[[Chart, Month, list[ClaimLine]], list[ClaimLine]]


def standing(c: Chart, month: Month) -> list[ClaimLine]:
    """The claim of the month that stands."""
    return [k for k in c.claims if k.month == month and k.status not in ("voided", "replaced")]


def spoil(c: Chart, month: Month, span: Span, mend: Mend, denied_as: tuple[str, ...]) -> None:
    """Send the month's claim in a wrong form, and let the payer answer."""
    old = standing(c, month)
    c.claims = [k for k in c.claims if k.month != month]
    sent_on = old[0].created_on or month.last_day + timedelta(days=6)
    number = claim_id(PRACTICE_ID, c.patient_id, month)
    fresh = [
        replace(k, claim_id=number, created_on=sent_on, status="submitted", paid_usd=None,
                paid_on=None, adjustments=())
        for k in old
    ]  # fmt: skip
    answered_on = sent_on + timedelta(days=c.rng.randint(15, 32))
    made = mend(c, month, fresh)
    if denied_as and answered_on < span.today:
        made = [
            replace(k, status="denied", paid_usd=Decimal(0), paid_on=answered_on,
                    adjustments=denied_as)
            for k in made
        ]  # fmt: skip
    c.claims += made


def _coded(
    c: Chart, month: Month, old: list[ClaimLine], units: Mapping[str, int]
) -> list[ClaimLine]:
    sent_on = old[0].created_on or month.last_day
    return billing.lines(c, month, dict(units), old[0].service_on, sent_on, old[0].claim_id)


def coded(**units: int) -> Mend:
    """Other codes than the month earns; ``c99490=1`` stands for 99490 x 1."""
    wanted = {name[1:]: count for name, count in units.items()}

    def mend(c: Chart, month: Month, old: list[ClaimLine]) -> list[ClaimLine]:
        return _coded(c, month, old, wanted)

    return mend


def changed(**fields: object) -> Mend:
    """The same claim with other fields."""

    def mend(c: Chart, month: Month, old: list[ClaimLine]) -> list[ClaimLine]:
        return [replace(k, **fields) for k in old]  # type: ignore[arg-type]

    return mend


def wrong_year(c: Chart, month: Month, old: list[ClaimLine]) -> list[ClaimLine]:
    """Last year was typed as the year of service (L01, L07)."""
    on = one_year_before(month.last_day)
    return [replace(k, service_on=on) for k in old]


def too_early(c: Chart, month: Month, old: list[ClaimLine]) -> list[ClaimLine]:
    """Dated on the first workday, before the threshold was met (L02)."""
    on = workdays(month.first_day, month.last_day)[0]
    return [replace(k, service_on=on) for k in old]


def before_the_day(c: Chart, month: Month, old: list[ClaimLine]) -> list[ClaimLine]:
    """The claim was made out three days before its date of service (L17)."""
    return [replace(k, created_on=_late_day(old) - timedelta(days=3)) for k in old]


def apcm_unseen(c: Chart, month: Month, old: list[ClaimLine]) -> list[ClaimLine]:
    """Advanced primary care management, and no visit on record (E10)."""
    c.visits = []
    return _coded(c, month, old, {"G0557": 1})


def one_diagnosis(c: Chart, month: Month, old: list[ClaimLine]) -> list[ClaimLine]:
    """Only one diagnosis points to the line (L05)."""
    return [replace(k, diagnoses=k.diagnoses[:1]) for k in old]


def wrong_npi(c: Chart, month: Month, old: list[ClaimLine]) -> list[ClaimLine]:
    """A slip in the practitioner's number (L06)."""
    return [replace(k, npi=WRONG_NPI) for k in old]


def after_death(c: Chart, month: Month, old: list[ClaimLine]) -> list[ClaimLine]:
    """Dated at month end although the patient had died (O08)."""
    return [replace(k, service_on=month.last_day) for k in old]


def on_visit_day(c: Chart, month: Month, old: list[ClaimLine]) -> list[ClaimLine]:
    """A complex claim on the day of an office visit, without modifier 25 (X14)."""
    on = _late_day(old)
    c.visits.append(patients.visit(c, on, "99214"))
    return [replace(k, service_on=on) for k in old]


def on_oversight_day(c: Chart, month: Month, old: list[ClaimLine]) -> list[ClaimLine]:
    """On the very day of home health oversight (X13)."""
    on = _late_day(old)
    c.visits.append(patients.visit(c, on, "G0181", kind="oversight"))
    return [replace(k, service_on=on) for k in old]


def on_dialysis_day(c: Chart, month: Month, old: list[ClaimLine]) -> list[ClaimLine]:
    """On the very day of monthly dialysis care (X16)."""
    on = _late_day(old)
    c.visits.append(patients.visit(c, on, "90961", kind="dialysis"))
    return [replace(k, service_on=on) for k in old]


def _late_day(old: list[ClaimLine]) -> date:
    return old[0].service_on or old[0].month.last_day


def in_hospital(c: Chart, month: Month, old: list[ClaimLine]) -> list[ClaimLine]:
    """Dated on a day in hospital (L11)."""
    stay = next(s for s in c.stays if s.kind == "hospital")
    return [replace(k, service_on=stay.to_on) for k in old]


def sent_twice(c: Chart, month: Month, old: list[ClaimLine]) -> list[ClaimLine]:
    """Two claims for one month, both still open (X02)."""
    copies = [replace(k, claim_id=f"{k.claim_id}-2", created_on=k.created_on) for k in old]
    return [*old, *copies]


def planning_again(c: Chart, month: Month, old: list[ClaimLine]) -> list[ClaimLine]:
    """Care planning billed with this month and with an earlier one (E07)."""
    earlier = standing(c, month.previous)
    units = {k.code: k.units for k in earlier}
    if earlier:
        c.told.add(month.previous)  # no later story may take the earlier claim away
        c.claims = [k for k in c.claims if k.month != month.previous]
        number = claim_id(PRACTICE_ID, c.patient_id, month.previous)
        sent_on = earlier[0].created_on or month.previous.last_day
        first = billing.lines(c, month.previous, {**units, "G0506": 1}, earlier[0].service_on,
                              sent_on, number)  # fmt: skip
        kept = {k.code: k for k in earlier}
        c.claims += [replace(kept.get(k.code, k), line=k.line, claim_id=number) for k in first]
    return _coded(c, month, old, {**{k.code: k.units for k in old}, "G0506": 1})


def made_up(c: Chart, month: Month, span: Span, units: Mapping[str, int]) -> None:
    """A claim for a month that earned nothing (T04, E08)."""
    sent_on = month.last_day + timedelta(days=7)
    c.claims = [k for k in c.claims if k.month != month]
    if sent_on < span.today:
        number = claim_id(PRACTICE_ID, c.patient_id, month)
        made = billing.lines(c, month, dict(units), month.last_day, sent_on, number)
        answered_on = sent_on + timedelta(days=21)
        if answered_on < span.today:
            made = [
                replace(k, status="denied", paid_usd=Decimal(0), paid_on=answered_on,
                        adjustments=("CO-150",))
                for k in made
            ]  # fmt: skip
        c.claims += made
