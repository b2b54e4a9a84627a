"""Golden cases mixed with each other and bent in every field that a rule reads."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from ccm_core.casefile import read_case
from ccm_core.cases import Case, Request, Signal
from ccm_core.months import Month
from ccm_core.records import CONSENT_ELEMENTS, ClaimLine, Condition, Stay, Visit
from tests.golden.reader import books, cases

GOLDEN = [read_case(case["given"]) for book in books() for case in cases(book)]
MIXED = (
    "conditions", "consents", "care_plans", "entries", "stays", "visits", "payers", "complexity",
    "past_claims", "request", "signals", "first_service_on", "chronic_count", "patient",
    "practice", "npi",
)  # fmt: skip
KINDS = ("staff_overlap", "copied_note", "equal_durations", "bunching", "impossible_day")
CODES = (
    "99490", "99439", "99487", "99489", "99491", "99437", "99424", "99425", "99426", "99427",
    "G0511", "G0506", "99495", "G0556", "99457", "99454", "99214", "99091", "00000",
)  # fmt: skip
NOTES = (
    "", "  ", "call", "1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0",
    "Reviewed home glucose log with the patient", "REVIEWED home, glucose log with the patient!",
)  # fmt: skip


def mixed(rng: random.Random) -> Case:
    """A golden case with parts of others, without some parts, or with some bent."""
    case = rng.choice(GOLDEN)[0]
    parts: dict[str, Any] = {}
    for name in MIXED:
        luck = rng.random()
        if luck < 0.2:
            parts[name] = getattr(rng.choice(GOLDEN)[0], name)
        elif luck < 0.3 and isinstance(getattr(case, name), tuple):
            parts[name] = ()
    if rng.random() < 0.2:
        parts["signals"] = (Signal(rng.choice(KINDS), "seen", ("x",)),)
    if rng.random() < 0.3:
        parts["past_claims"] = tuple(
            ClaimLine(f"q{n}", 1, "p", case.month.plus(rng.randrange(-2, 2)), code, status="paid")
            for n, code in enumerate(rng.sample(["99490", "G0506", "99495", "G0181", "90960"], 2))
        )
    if rng.random() < 0.1:
        parts["month"] = Month(rng.choice((2015, 2017, 2020, 2022, 2025, 2026)), rng.randint(1, 12))
    case = replace(case, work=None, answers={}, **parts)
    for bend in BENDS:
        if rng.random() < 0.15:
            case = bend(rng, case)
    return case


def _request(rng: random.Random, case: Case) -> Case:
    units = {code: rng.randrange(4) for code in rng.sample(CODES, rng.randint(1, 3))}
    days = (None, case.month.first_day, case.month.last_day, case.month.following.first_day)
    made_on = rng.choice((None, case.month.last_day, case.month.plus(14).last_day))
    return replace(case, request=Request(
        units, rng.choice(days), rng.choice(((), ("25",), ("GW",), ("95",))), made_on,
        rng.choice(("", "11", "02", "21")), rng.choice((None, ("I10",), ("I10", "E11.9"))),
        rng.choice(("", "medicare", "plan")),
    ))  # fmt: skip


def _practice(rng: random.Random, case: Case) -> Case:
    return replace(case, practice=replace(
        case.practice, locality=rng.choice(("national", "09102-04", "nowhere")),
        setting=rng.choice(("office", "facility", "rhc", "fqhc")),
        preference=rng.choice(("natural", "highest")),
        time_zone=rng.choice(("America/New_York", "America/Phoenix", "Pacific/Honolulu")),
        access_proof_on=rng.choice((None, case.month.first_day)),
    ))  # fmt: skip


def _entries(rng: random.Random, case: Case) -> Case:
    return replace(case, entries=tuple(
        replace(
            e, actor=rng.choice(("practitioner", "clinical_staff", e.actor)),
            activity=rng.choice((e.activity, "zumba", "")), note=rng.choice((*NOTES, e.note)),
            staff_id=rng.choice((e.staff_id, e.staff_id, "")),
            started_at=e.started_at + timedelta(hours=rng.choice((0, 0, 0, 5, 11, 24 * 9))),
            recorded_at=rng.choice((None, e.started_at, e.ended_at + timedelta(hours=73))),
            late_reason=rng.choice(("", "", "storm")), is_contact=rng.choice((None, False)),
            seconds=rng.choice((e.seconds, 600, 600, 7300)),
        )
        for e in case.entries
    ))  # fmt: skip


def _chart(rng: random.Random, case: Case) -> Case:
    days = (None, case.month.first_day, case.month.last_day, case.month.previous.last_day)
    consents = tuple(
        replace(
            c, revoked_on=rng.choice(days), mode=rng.choice(("written", "verbal")),
            npi=rng.choice(("", case.npi, "1234567893")),
            given_on=rng.choice((*days[1:], c.given_on)),
            elements=frozenset(rng.sample(CONSENT_ELEMENTS, rng.choice((0, 3, 4, 4)))),
        )
        for c in case.consents
    )  # fmt: skip
    plans = tuple(
        replace(
            p, reviewed_on=rng.choice(days), copy_given_on=rng.choice(days), is_detailed=True,
            signed_by=rng.choice(("", "n")), author_credential=rng.choice(("", "RN", "MD")),
            created_on=rng.choice((p.created_on, case.month.plus(-15).last_day)),
        )
        for p in case.care_plans
    )  # fmt: skip
    return replace(case, consents=consents, care_plans=plans)


def _payers(rng: random.Random, case: Case) -> Case:
    kinds = ("medicare", "medicare", "medicare_advantage", "commercial", "medicaid", "unknown")
    return replace(case, payers=tuple(
        replace(
            p, kind=rng.choice(kinds), is_primary=rng.random() < 0.7, is_qmb=rng.random() < 0.3,
            has_part_b=rng.choice((None, True, False)),
        )
        for p in case.payers
    ))  # fmt: skip


def _patient(rng: random.Random, case: Case) -> Case:
    days = (None, case.month.first_day, case.month.last_day, case.month.previous.last_day)
    system, signed = rng.choice(("icd10cm", "snomed")), ("", "n")
    return replace(
        case,
        npi=rng.choice(("", "1234567893", "1234567890", case.npi)),
        chronic_count=None,
        conditions=tuple(
            Condition(f"c{n}", "p", code, system, is_chronic=True, confirmed_by=rng.choice(signed))
            for n, code in enumerate(rng.sample(("I10", "E11.9", "J44.9"), rng.randrange(4)))
        ),
        patient=replace(
            case.patient, died_on=rng.choice(days), status=rng.choice(("declined", "consented")),
            in_model=rng.choice(("", "ACO")), risk_documented_on=rng.choice(days),
        ),
    )  # fmt: skip


def _around(rng: random.Random, case: Case) -> Case:
    codes = ("99214", "99213", "99211", "G0439", "99495", "G0181", "99490", "90960", "")
    visits = tuple(
        Visit(
            f"w{n}", "p", rng.choice((case.month.last_day, *case.month.days())), rng.choice(codes),
            rng.choice((case.npi, "")), rng.choice(("", "same", "other")),
            rng.choice(((), ("25",))), kind=rng.choice(("", "", "facility_claim")),
        )
        for n in range(rng.randrange(4))
    )  # fmt: skip
    kinds = ("hospital", "snf_part_a", "hospice", "home_health", "nursing_facility")
    first = rng.choice((case.month.first_day, case.month.last_day, case.month.plus(-2).first_day))
    stay = Stay("z", "p", rng.choice(kinds), first, rng.choice((None, first + timedelta(days=3))))
    return replace(case, visits=(*case.visits, *visits), stays=(*case.stays, stay))


BENDS: tuple[Callable[[random.Random, Case], Case], ...] = (
    _request, _practice, _entries, _chart, _payers, _patient, _around,
)  # fmt: skip
