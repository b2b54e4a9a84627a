"""One invented patient: person, conditions, coverage and visits, before any enrollment."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from ccm_core.chronic import propose
from ccm_core.demo import words
from ccm_core.demo.shape import Chart, Span, dice
from ccm_core.demo.team import LOCATIONS, ZIPS, Team, practitioners
from ccm_core.records import Condition, Patient, Payer, Visit

_ACUTE = (("J06.9", "common cold"), ("N39.0", "bladder infection"), ("M54.50", "back pain"))
# Kind of coverage with its share in percent; the rest has no coverage on record.
_COVERAGE = (("medicare", 66), ("medicare_advantage", 26), ("commercial", 3), ("medicaid", 2))
_PLANS = ("Demo Advantage Plus", "Demo Senior Choice", "Demo Health PPO")
CONTRACTED_PLANS = _PLANS[:2]
"""Plans whose terms the practice has on record."""


def chart(span: Span, team: Team, number: int, seed: int, *, many: bool = True) -> Chart:
    """The chart of the patient with that number; ``many``: two or more chronic conditions."""
    rng = dice(seed, "patient", number)
    patient = _person(rng, number, span.today)
    npis = [p.npi for p in practitioners()]
    patient_chart = Chart(patient, rng)
    patient_chart.change(
        practitioner_npi=rng.choices(npis, (42, 34, 24))[0],
        location=rng.choices(LOCATIONS, (60, 40))[0],
        care_manager_id=rng.choices(team.managers, (26, 20, 24, 12, 18))[0].staff_id,
    )
    _conditions(patient_chart, span, many)
    _coverage(patient_chart, span)
    _visits(patient_chart, span)
    return patient_chart


def _person(rng: Random, number: int, today: date) -> Patient:
    sex = "F" if rng.random() < 0.58 else "M"
    age_days = int(rng.triangular(62, 95, 74) * 365.25)
    return Patient(
        patient_id=f"DEMO-P{number:04d}",
        mrn=f"DEMO-{number:04d}",
        mbi=words.medicare_number(rng),
        family_name=rng.choice(words.family_names()),
        given_name=rng.choice(words.names("given_f" if sex == "F" else "given_m")),
        born_on=today - timedelta(days=age_days),
        sex=sex,
        street=f"{100 + number} Demo Avenue",
        city="Birmingham",
        state="AL",
        zip5=rng.choice(ZIPS),
        phone=words.phone(number),
    )


def dotted(code: str) -> str:
    """An ICD-10-CM code as people write it."""
    return f"{code[:3]}.{code[3:]}" if len(code) > 3 else code


def condition(chart_: Chart, code: str, label: str, onset_on: date, seen_on: date) -> Condition:
    """One diagnosis, chronic or not as the tables of that day propose."""
    proposal = propose(code, "icd10cm", seen_on)
    return Condition(
        condition_id=f"{chart_.patient_id}-C{len(chart_.conditions) + 1}",
        patient_id=chart_.patient_id,
        code=code if "." in code else dotted(code),
        label=label,
        onset_on=onset_on,
        is_chronic=proposal.is_chronic,
        group=proposal.group,
    )


def _conditions(c: Chart, span: Span, many: bool) -> None:
    rows = words.condition_rows()
    wanted = c.rng.choices((2, 3, 4, 5, 6), (24, 32, 24, 13, 7))[0] if many else 1
    groups: set[str] = set()
    while len(groups) < wanted:
        code, label, _ = c.rng.choices(rows, [row[2] for row in rows])[0]
        onset_on = span.first_day - timedelta(days=c.rng.randint(200, 4000))
        made = condition(c, code, label, onset_on, span.today)
        if made.group not in groups:
            groups.add(made.group)
            c.conditions.append(made)
    if c.rng.random() < 0.25:
        code, label = c.rng.choice(_ACUTE)
        onset_on = span.first_day + timedelta(days=c.rng.randint(-200, -10))
        c.conditions.append(condition(c, code, label, onset_on, span.today))


def _coverage(c: Chart, span: Span) -> None:
    drawn, seen = c.rng.random() * 100, 0.0
    since = span.first_day - timedelta(days=c.rng.randint(400, 3000))
    for kind, share in _COVERAGE:
        seen += share
        if drawn < seen:
            c.payers.append(payer(c, kind, since))
            return


def payer(c: Chart, kind: str, since: date) -> Payer:
    """Coverage of one kind."""
    is_medicare = kind == "medicare"
    plain = {"medicare": "Medicare Part B", "medicaid": "Demo Medicaid"}
    return Payer(
        payer_id=f"{c.patient_id}-B{len(c.payers) + 1}",
        patient_id=c.patient_id,
        kind=kind,
        name=plain.get(kind) or c.rng.choice(_PLANS),
        member_id=c.patient.mbi if is_medicare else f"DEMO{c.rng.randint(10**6, 10**7 - 1)}",
        from_on=since,
        has_part_b=True,
        is_qmb=is_medicare and c.rng.random() < 0.07,
        has_supplement=is_medicare and c.rng.random() < 0.55,
    )


def visit(c: Chart, on: date, code: str, **more: str) -> Visit:
    """A visit with the patient's own practitioner, unless told otherwise."""
    fields = {"npi": c.npi, "practice": "same", "place": "11", "kind": "office"} | more
    number = len(c.visits) + 1
    return Visit(f"{c.patient_id}-V{number}", c.patient_id, on, code, **fields)  # type: ignore[arg-type]


def _visits(c: Chart, span: Span) -> None:
    """Office visits every few months, from a year before the span until today."""
    on = span.first_day - timedelta(days=c.rng.randint(150, 330))
    while on < span.today:
        on += timedelta(days=max(0, 7 - on.weekday()) if on.weekday() > 4 else 0)
        code = c.rng.choices(("99213", "99214", "99212", "G0439"), (46, 40, 8, 6))[0]
        if on < span.today:
            c.visits.append(visit(c, on, code))
        on += timedelta(days=c.rng.randint(85, 190))
