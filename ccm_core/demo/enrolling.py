"""From eligible to consented, planned, declined or gone: the way through enrollment."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from ccm_core.demo.shape import Chart, Span, workdays
from ccm_core.demo.team import Team, practitioners
from ccm_core.months import months_after
from ccm_core.records import CONSENT_ELEMENTS, CarePlan, Consent, StatusChange
from ccm_core.rules.care_plan import PLAN_ELEMENTS

# What becomes of a hundred eligible patients in a year.
_FATES = (("consented", 37), ("declined", 12), ("invited", 14), ("enrolled_elsewhere", 3),
          ("eligible", 34))  # fmt: skip
_DECLINES = (
    ("cost share", 34), ("feels well enough", 24), ("too many calls already", 16),
    ("wants to ask the family", 12), ("privacy", 8), ("language", 6),
)  # fmt: skip
_LEAVES = (("moved away", 35), ("patient stopped", 38), ("died", 27))
_LEAVES_A_MONTH = 0.016
_PILOT_SHARE = 0.11


def enroll(c: Chart, span: Span, team: Team, *, is_willing: bool = False) -> date:
    """Decide what becomes of an eligible patient; gives the day of first listing."""
    listed_on = span.first_day - timedelta(days=c.rng.randint(10, 75))
    if c.rng.random() < 0.16:
        listed_on = _some_day(c, span, 0.0)
    fate = c.rng.choices([f for f, _ in _FATES], [w for _, w in _FATES])[0]
    if is_willing or fate == "consented":
        return min(listed_on, _consent(c, span, team))
    if fate != "eligible":
        _answer(c, span, listed_on, fate)
    return listed_on


def _some_day(c: Chart, span: Span, lean: float) -> date:
    """A workday of the span before today; a positive ``lean`` favors early days."""
    days = workdays(span.first_day, span.today - timedelta(days=1))
    if not days:
        return span.first_day - timedelta(days=1)
    return days[int(len(days) * c.rng.random() ** (1 + lean))]


def _answer(c: Chart, span: Span, listed_on: date, fate: str) -> None:
    """Invited; later perhaps declined, or found to be enrolled at another practice."""
    latest = span.today - timedelta(days=1)
    invited_on = max(listed_on, _some_day(c, span, 0.0 if fate != "invited" else -0.35))
    invited_on = min(invited_on, latest)
    next_on = span.today + timedelta(days=c.rng.randint(-9, 14))
    step(c, "invited", invited_on, "letter and call", next_on if fate == "invited" else None)
    if fate == "invited":
        return
    answered_on = min(invited_on + timedelta(days=c.rng.randint(2, 30)), latest)
    reason = "other practice bills"
    if fate == "declined":
        reason = c.rng.choices([r for r, _ in _DECLINES], [w for _, w in _DECLINES])[0]
    step(c, fate, answered_on, reason)


def step(c: Chart, status: str, on: date, reason: str = "", next_on: date | None = None) -> None:
    """Record one step and make it the patient's status."""
    if any(s.status == status and s.changed_on == on for s in c.changes):
        return
    c.changes.append(
        StatusChange(c.patient_id, status, on, reason, c.patient.care_manager_id, next_on)
    )
    c.change(status=status)


def _consent(c: Chart, span: Span, team: Team) -> date:
    """Invitation, consent, care plan and, for some, the end; gives the day of invitation."""
    consented_on = _some_day(c, span, 0.3)
    if c.rng.random() < _PILOT_SHARE:
        consented_on = span.first_day - timedelta(days=c.rng.randint(15, 200))
    invited_on = consented_on - timedelta(days=c.rng.randint(1, 35))
    step(c, "invited", invited_on, "letter and call")
    step(c, "consented", consented_on)
    c.enrolled_on = consented_on
    c.consents.append(consent(c, consented_on, team))
    renewed_on = months_after(consented_on, 11)
    if renewed_on < span.today and c.rng.random() < 0.8:
        c.consents.append(consent(c, renewed_on, team))
    _plan(c, span, consented_on)
    _leave(c, span)
    return invited_on


def consent(c: Chart, on: date, team: Team) -> Consent:
    """A complete consent for the patient's practitioner."""
    return Consent(
        consent_id=f"{c.patient_id}-A{len(c.consents) + 1}",
        patient_id=c.patient_id,
        given_on=on,
        mode="verbal" if c.rng.random() < 0.7 else "written",
        elements=frozenset(CONSENT_ELEMENTS),
        npi=c.npi,
        taken_by=c.rng.choice(team.managers).staff_id,
    )


def _plan(c: Chart, span: Span, consented_on: date) -> None:
    """A complete plan soon after consent; some of the newest patients still wait for it."""
    made_on = consented_on + timedelta(days=c.rng.choices((0, 1, 4, 9, 20), (46, 20, 18, 11, 5))[0])
    is_waiting = consented_on > span.today - timedelta(days=75) and c.rng.random() < 0.4
    if made_on < span.today and not is_waiting:
        c.plans.append(plan(c, made_on))
        renewed_on = months_after(made_on, 11)
        if renewed_on < span.today and c.rng.random() < 0.85:
            c.plans.append(plan(c, renewed_on))


def plan(c: Chart, on: date) -> CarePlan:
    """A complete care plan, signed, with a copy given."""
    signer = next((p for p in practitioners() if p.npi == c.npi), practitioners()[0])
    return CarePlan(
        plan_id=f"{c.patient_id}-K{len(c.plans) + 1}",
        patient_id=c.patient_id,
        created_on=on,
        reviewed_on=on,
        copy_given_on=on,
        signed_by=f"{signer.name}, {signer.credential}",
        signed_on=on,
        author_credential=signer.credential,
        elements=frozenset(PLAN_ELEMENTS),
        condition_codes=frozenset(k.code for k in c.conditions if k.is_chronic),
        is_detailed=True,
    )


def _leave(c: Chart, span: Span) -> None:
    """Some patients die, move or stop; the rate is the same in every month."""
    assert c.enrolled_on is not None
    on = max(c.enrolled_on, span.first_day) + timedelta(days=c.rng.randint(20, 50))
    while on < span.today and c.rng.random() >= _LEAVES_A_MONTH:
        on += timedelta(days=30)
    if on >= span.today:
        return
    reason = c.rng.choices([r for r, _ in _LEAVES], [w for _, w in _LEAVES])[0]
    c.left_on = on
    # Nobody renews a consent or a plan after leaving.
    c.consents = [k for k in c.consents if k.given_on <= on]
    c.plans = [p for p in c.plans if p.created_on <= on]
    if reason == "died":
        c.change(died_on=on)
        step(c, "deceased", on)
        return
    c.consents = [replace(k, revoked_on=on) for k in c.consents]
    step(c, "unenrolled", on, reason)


def settle(c: Chart, span: Span) -> None:
    """The word of the practitioner on conditions and risk, once somebody is enrolled."""
    if c.enrolled_on is None:
        return
    signer = next((p.name for p in practitioners() if p.npi == c.npi), "")
    first_on = min(c.enrolled_on, span.today - timedelta(days=1))
    c.conditions = [
        replace(k, confirmed_by=signer, confirmed_on=first_on) if k.is_chronic else k
        for k in c.conditions
    ]
    c.change(risk_documented_on=first_on, is_new=False)
