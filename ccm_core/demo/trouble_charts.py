"""Trouble in the chart: consent, care plan, conditions, coverage. Most is mended a month later."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from ccm_core.chronic import is_incomplete, propose
from ccm_core.demo import enrolling, patients
from ccm_core.demo.diary import Diary
from ccm_core.demo.shape import Chart, workdays
from ccm_core.demo.team import practitioners
from ccm_core.months import Month
from ccm_core.records import CarePlan, Condition


def _mended_on(book: Diary, month: Month) -> date | None:
    """A day early in the next month, when somebody noticed; None when that is still ahead."""
    days = workdays(month.following.first_day, month.following.last_day)
    return days[1] if days[1] < book.span.today else None


def _faulty_consent(book: Diary, c: Chart, month: Month, **fields: Any) -> None:
    """Consent was renewed just before the month, with a fault, and again after it."""
    renewed_on = workdays(month.previous.first_day, month.previous.last_day)[-1]
    good = enrolling.consent(c, max(renewed_on, c.consents[0].given_on), book.team)
    c.consents.append(replace(good, **fields))
    mended_on = _mended_on(book, month)
    if mended_on is not None:
        c.consents.append(enrolling.consent(c, mended_on, book.team))


def right_to_stop_missing(book: Diary, c: Chart, month: Month) -> None:
    """The consent talk left out the right to stop (C02)."""
    said = c.consents[-1].elements - {"right_to_stop"}
    _faulty_consent(book, c, month, elements=said)


def points_not_recorded(book: Diary, c: Chart, month: Month) -> None:
    """Nobody wrote down what was said (C08)."""
    _faulty_consent(book, c, month, elements=frozenset())


def consent_for_colleague(book: Diary, c: Chart, month: Month) -> None:
    """A colleague renewed the consent in his own name (C04)."""
    other = next(p.npi for p in practitioners() if p.npi != c.npi)
    _faulty_consent(book, c, month, npi=other)


def consent_lost(book: Diary, c: Chart, month: Month) -> None:
    """No consent can be found; it is taken again in the next month (C01)."""
    mended_on = _mended_on(book, month)
    c.consents = [enrolling.consent(c, mended_on, book.team)] if mended_on else []


def worked_after_revocation(book: Diary, c: Chart, month: Month) -> None:
    """The patient stopped, the team went on for a month (C09)."""
    stopped_on = month.previous.last_day
    c.consents = [replace(c.consents[0], revoked_on=stopped_on)]
    c.left_on = stopped_on
    enrolling.step(c, "unenrolled", stopped_on, "patient stopped")
    _drop_after(c, month)


def _drop_after(c: Chart, month: Month) -> None:
    c.entries = {m: some for m, some in c.entries.items() if m <= month}


def copy_not_given(book: Diary, c: Chart, month: Month) -> None:
    """The copy of a new plan was handed over a month late (P02)."""
    _weak_plan(book, c, month, copy_given_on=_mended_on(book, month))


def plan_unsigned(book: Diary, c: Chart, month: Month) -> None:
    """A nurse wrote the new plan; the practitioner adopted it a month later (P04, P07)."""
    _weak_plan(book, c, month, signed_by="", signed_on=None, author_credential="RN")


def plan_narrow(book: Diary, c: Chart, month: Month) -> None:
    """The new plan forgets a condition and several elements (P05, P08)."""
    codes = sorted(k.code for k in c.conditions if k.is_chronic)
    left = c.plans[0].elements - {"environment", "caregiver", "community_services"}
    _weak_plan(book, c, month, condition_codes=frozenset(codes[:-1]), elements=left)


def _weak_plan(book: Diary, c: Chart, month: Month, **fields: Any) -> None:
    """A new version at the beginning of the month, and a better one a month later."""
    made_on = workdays(month.first_day, month.last_day)[0]
    c.plans.append(replace(enrolling.plan(c, made_on), **fields))
    mended_on = _mended_on(book, month)
    if mended_on is not None:
        c.plans.append(enrolling.plan(c, mended_on))


def risk_not_written(book: Diary, c: Chart, month: Month) -> None:
    """Two diagnoses, and no word about the risk they carry (E02)."""
    c.change(risk_documented_on=None)


def not_confirmed(book: Diary, c: Chart, month: Month) -> None:
    """The tables propose the conditions; the practitioner has not looked yet (E03)."""
    c.conditions = [replace(k, confirmed_by="", confirmed_on=None) for k in c.conditions]


def visit_too_small(book: Diary, c: Chart, month: Month) -> None:
    """A new patient, seen once by a nurse (E05)."""
    c.visits = []
    c.change(is_new=True)
    assert c.enrolled_on is not None
    c.visits.append(patients.visit(c, c.enrolled_on, "99211"))


def visit_missing(book: Diary, c: Chart, month: Month) -> None:
    """A new patient, never seen (E04)."""
    c.visits = []
    c.change(is_new=True)


def visits_unknown(book: Diary, c: Chart, month: Month) -> None:
    """The export brought no visits (E06)."""
    c.visits = []


def in_model(book: Diary, c: Chart, month: Month) -> None:
    """Aligned to a payment model (E09)."""
    c.change(in_model="ACCESS (demo)")


def nobody_bills(book: Diary, c: Chart, month: Month) -> None:
    """The practitioner left and nobody took the patient over (C11, L12)."""
    c.change(practitioner_npi="")


_HEADING = 3
"""Characters of the heading of a diagnosis."""
# The same diseases in SNOMED CT, as an export without ICD-10-CM would bring them.
_SNOMED = (("38341003", "hypertension"), ("44054006", "type 2 diabetes"))


def snomed_only(book: Diary, c: Chart, month: Month) -> None:
    """The problem list came from an export without ICD-10-CM codes (L13)."""
    onset_on = c.conditions[0].onset_on or month.first_day
    made = []
    for number, (code, label) in enumerate(_SNOMED, start=1):
        found = propose(code, "snomed", month.last_day)
        made.append(
            Condition(
                f"{c.patient_id}-C{number}",
                c.patient_id,
                code,
                "snomed",
                label,
                onset_on,
                None,
                found.is_chronic,
                found.group,
                practitioners()[0].name,
                onset_on,
            )
        )
    c.conditions = made
    c.plans = [replace(p, condition_codes=frozenset(k.code for k in made)) for p in c.plans]


def code_too_short(book: Diary, c: Chart, month: Month) -> None:
    """The problem list names the heading of a diagnosis, not the diagnosis (L22)."""
    for place, condition in enumerate(c.conditions):
        heading = condition.code[:_HEADING]
        if is_incomplete(heading) and propose(heading, "icd10cm", month.last_day).is_chronic:
            c.conditions[place] = replace(condition, code=heading)
            c.plans = [_renamed(one, condition.code, heading) for one in c.plans]
            return


def _renamed(plan: CarePlan, old: str, new: str) -> CarePlan:
    codes = frozenset(new if code == old else code for code in plan.condition_codes)
    return replace(plan, condition_codes=codes)


def part_b_ended(book: Diary, c: Chart, month: Month) -> None:
    """Part B had lapsed for a month (O10)."""
    _other_coverage(c, month, has_part_b=False)


def medicare_is_second(book: Diary, c: Chart, month: Month) -> None:
    """An employer plan came first for a month (O11)."""
    _other_coverage(c, month, is_primary=False)


def _other_coverage(c: Chart, month: Month, **fields: Any) -> None:
    old = c.payers[0]
    before, after = month.previous.last_day, month.following.first_day
    c.payers = [
        replace(old, to_on=before),
        replace(old, payer_id=f"{c.patient_id}-B2", from_on=month.first_day,
                to_on=month.last_day, **fields),
        replace(old, payer_id=f"{c.patient_id}-B3", from_on=after),
    ]  # fmt: skip


def died_mid_month(book: Diary, c: Chart, month: Month) -> None:
    """The patient dies soon after the threshold was met."""
    last = max(e.started_at for e in c.entries[month])
    died_on = last.date()
    c.left_on = died_on
    c.change(died_on=died_on)
    c.consents = [replace(k, revoked_on=None) for k in c.consents if k.given_on <= died_on]
    enrolling.step(c, "deceased", died_on)
    c.visits = [v for v in c.visits if v.on <= died_on]
    _drop_after(c, month)
