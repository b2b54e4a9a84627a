"""Bends of a plain chart, each to an edge of what columns may tell of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from ccm_core import records as r
from ccm_core.months import Month
from tests.bench import made
from tests.engine.plain_charts import (
    ALL,
    DAYS,
    FALSE,
    NOTES,
    OTHER,
    Bend,
    Chart,
    Day,
    also,
    both,
    claim,
    condition,
    consent,
    each,
    long,
    mdm,
    new,
    none_there,
    own,
    payer,
    plan,
    stay,
    time,
    turned,
    visit,
    without,
)  # fmt: skip


def of_days(on: Day) -> Iterator[Bend]:
    """What may begin or end on a day."""
    yield from (consent(on), consent(on, mode="verbal", npi=OTHER, elements=frozenset()))
    yield from (each(r.Consent, given_on=on), each(r.Consent, revoked_on=on))
    yield both(each(r.Consent, given_on=on), each(r.StatusChange, changed_on=on), new)
    yield consent(lambda c: c.on(-500), revoked_on=on)
    yield consent(on, revoked_on=lambda c: c.last(200))
    yield from (plan(on), plan(lambda c: c.on(-400), ended_on=on), each(r.CarePlan, ended_on=on))
    yield from (each(r.CarePlan, reviewed_on=on), each(r.CarePlan, copy_given_on=on))
    yield each(r.CarePlan, created_on=on, reviewed_on=None)
    yield both(plan(on, signed_by="", copy_given_on=None, is_detailed=True), claim())
    yield each(r.Condition, 1, onset_on=on)
    yield from (each(r.Condition, 1, ended_on=on), each(r.Condition, ended_on=on))
    yield from (each(r.Payer, from_on=on), each(r.Payer, to_on=on), payer(from_on=on))
    yield from (payer(to_on=on), payer(to_on=on, is_primary=False, kind="commercial"))
    for kind in ("hospital", "home_health"):
        yield from (stay(kind, on, on), stay(kind, on, None), stay(kind, DAYS[0], on))
    yield from (visit(on, "99495"), visit(on, "G0438"), visit(on, "99213"), visit(on, ""))
    yield visit(on, "99490", OTHER, kind="facility_claim")
    yield both(claim(code="G0506"), visit(on, "G0506"))
    for bare in (each(r.Patient, is_new=False), new):
        for code, npi, place in (
            ("99214", made.NPI, ""), ("99214", OTHER, ""), ("99214", OTHER, "same"),
            ("99214", "", ""), ("99214", "", "other"), ("99211", made.NPI, ""),
            ("nonsense", made.NPI, ""), ("G0438", "", "same"), ("99214", OTHER, "other"),
        ):  # fmt: skip
            yield both(bare, none_there, visit(on, code, npi, place))
    yield from (claim(service_on=on), both(claim(service_on=None, created_on=on), visit(on)))
    yield claim(service_on=on, month=lambda c: Month.of(on(c)))
    yield both(claim(service_on=on, npi=OTHER, status="voided"), long)
    yield claim(service_on=on, code="99495", units=1)
    yield both(each(r.Patient, status="unenrolled"), also(
        lambda c: r.StatusChange(c.pid, "unenrolled", on(c))))  # fmt: skip
    yield also(lambda c: r.StatusChange(c.pid, "paused", on(c)))
    yield each(r.Patient, died_on=on)


def of_time() -> Iterator[Bend]:
    """What the log may hold."""
    for days, hour, minute, second in (
        (0, 0, 0, 0), (0, 0, 0, 1), (-1, 23, 59, 59), (-1, 23, 57, 0), (8, 0, 0, 0),
        (8, 23, 59, 59), (8, 12, 0, 0), (9, 0, 0, 0), (9, 5, 59, 59), (9, 6, 0, 0),
        (9, 5, 30, 0), (9, 4, 59, 59),
        (9, 21, 0, 0), (9, 20, 59, 59), (9, 22, 0, 0), (9, 20, 0, 0), (7, 12, 0, 0), (4, 10, 0, 0),
        (4, 10, 0, 1), (4, 10, 4, 0), (4, 10, 5, 30), (4, 9, 58, 0), (4, 9, 54, 0), (2, 12, 0, 0),
    ):  # fmt: skip

        def when(c: Chart, some: Any = (days, hour, minute, second)) -> datetime:
            return c.at(*some)

        yield from (time(when), time(when, 30), time(when, 1, actor="practitioner"))
        yield time(when, is_start_known=False)
        yield both(time(when, 900), own)
        yield both(time(when, 900), without(r.Consent))
        yield both(time(when, 900), long, visit(lambda c: c.last()))
    edge: Callable[[Chart], datetime] = lambda c: c.at((c.last() - c.on(0)).days, 23, 55)  # noqa: E731
    yield from (time(edge, 300), time(edge, 301), time(edge, 299))
    at: Callable[[Chart], datetime] = lambda c: c.at(6, 11)  # noqa: E731
    for changes in (
        {"actor": "non_clinical"}, {"outside_us": True}, {"face_to_face": True},
        {"is_contact": None},
        {"activity": "scheduling call"}, {"activity": "zumba"}, {"activity": "travel"},
        {"counted_for": "99457"}, {"counted_for": "99490"}, {"counted_for": "99426"},
        {"staff_id": ""}, {"seconds": 0}, {"seconds": 3_600}, {"seconds": 3_601},
        {"seconds": 7_300}, {"seconds": 90_000}, {"late_reason": "storm"}, {"is_contact": False},
        {"actor": "patient"},
    ):  # fmt: skip
        yield both(time(at), each(r.TimeEntry, 1, **changes))
        yield each(r.TimeEntry, **changes)
    for note in (
        "", "call", "CCM call", "a b c d e f g", "x" * 40, "Überweisung geprüft, Labor bestellt",
        "Überweisung", "ÜÜÜÜÜ", "call call call", "call 4call_back", "20 minutes spent",
        NOTES[0].upper(), "blood, pressure", "the glucose log seen", "Übung: " + NOTES[0],
        "ok ok", "zzzz zzz zzz zzz z",
    ):  # fmt: skip
        yield from (each(r.TimeEntry, 1, note=note), each(r.TimeEntry, note=note))
        yield both(each(r.TimeEntry, 2, note=note), time(at, note=note.swapcase() + "!"))
        yield both(each(r.TimeEntry, 1, note=f"{note}a"), time(at, note=note))
    for hours in (0, 23, 24, 25, 47, 48, 49, 71, 72, 73, 168, 200):
        said = {"recorded_at": lambda c, h=hours: c.at(6, 11) + timedelta(hours=h, seconds=1)}
        yield from (time(at, **said), time(at, late_reason="storm", **said))
        yield time(at, recorded_at=lambda c, h=hours: c.at(6, 11) + timedelta(hours=h))
    for number in (1, 2, 3, 4):
        yield both(each(r.TimeEntry, seconds=600), each(r.TimeEntry, number, seconds=601))
        yield each(r.TimeEntry, number, actor="practitioner")
        yield both(each(r.TimeEntry, number, actor="practitioner"), long, mdm("moderate"))
        yield lambda c, some, n=number: [o for o in some if not (
            isinstance(o, r.TimeEntry) and o.entry_id[-1] >= str(n))]  # fmt: skip
        yield both(
            each(r.TimeEntry, number, seconds=601), each(r.TimeEntry, number, note="same one")
        )


def of_minutes() -> Iterator[Bend]:
    """What is earned and settled together: minutes, whose, conditions, decisions, payers, units."""
    for seconds in (90, 299, 300, 301, 449, 450, 599, 600, 899, 900, 901, 1_350, 1_800):
        some = each(r.TimeEntry, seconds=seconds)
        yield from (some, both(some, own), both(some, each(r.TimeEntry, 1, actor="practitioner")))
        yield from (
            both(some, mdm(word, n)) for word in ("none", "moderate", "high") for n in (0, -1)
        )
        yield both(some, each(r.TimeEntry, 1, actor="practitioner", seconds=seconds + 29), own)
        yield from (both(some, each(r.Condition, n, is_chronic=known))
                    for n in (1, 2) for known in (False, None))  # fmt: skip
        yield both(some, condition("I11.9", "hypertension"), condition("I10", ""))
        yield both(some, visit(lambda c: c.on(11)), each(r.Payer, kind="medicaid"))
        yield from (both(some, claim(code=code, units=units, service_on=on))
                    for code in ("99490", "99439", "99487", "99491", "99426", "G0556")
                    for units in (0, 2) for on in (None, DAYS[6]))  # fmt: skip
    for kind in r.PAYER_KINDS:
        for name in ("", "Sunny Plan"):
            for is_qmb in (False, True):
                some = each(r.Payer, kind=kind, name=name, is_qmb=is_qmb)
                yield from (some, both(some, claim()), both(some, long))
        yield from (payer(kind=kind), payer(kind=kind, is_primary=False))
        yield both(each(r.Payer, is_primary=False), payer(kind=kind, is_primary=False))
    for known in (False, None):
        yield from (each(r.Payer, has_part_b=known), payer(has_part_b=known, is_primary=False))
    yield from (each(r.Payer, is_primary=False), without(r.Payer), each(r.Payer, from_on=None))
    for group, code in (
        ("", "I10"),
        ("hypertension", "X"),
        ("I10", "X"),
        ("", "X"),
        ("kidney", ""),
    ):
        yield from (condition(code, group), condition(code, group, confirmed_by=""))
        yield both(each(r.Condition, group=""), condition(code, group, system="snomed"))
    yield from (each(r.Condition, system="snomed"), each(r.Condition, 1, confirmed_by=""))
    yield from (each(r.Patient, state=state) for state in ("CA", "TX", "NY"))
    yield from (each(r.Patient, practitioner_npi=npi) for npi in ("", FALSE, OTHER))
    yield from (both(each(r.Patient, practitioner_npi=npi), claim(npi=other))
                for npi in ("", OTHER) for other in ("", made.NPI, OTHER))  # fmt: skip
    yield both(each(r.Patient, practitioner_npi=""), each(r.Visit, npi=""))
    yield from (each(r.Consent, npi=npi) for npi in ("", OTHER))
    yield from (each(r.Consent, mode="verbal"), each(r.Consent, elements=ALL - {"cost_sharing"}))
    yield from (each(r.Patient, risk_documented_on=None), each(r.Patient, in_model="ACCESS"))
    yield from (each(r.Patient, status=word) for word in ("paused", "declined", "deceased"))
    yield from (each(r.CarePlan, signed_by=""), each(r.CarePlan, is_detailed=True))
    yield from (without(kind) for kind in (r.CarePlan, r.Condition, r.Visit, r.StatusChange))
    yield from (claim(modifiers=some) for some in (("25",), ("GW",)))
    yield both(claim(), also(lambda c: c.claim("q2", created_on=c.last(9), units=2)))
    yield from (both(without(r.TimeEntry), one) for one in (claim(), without(r.Consent), own))


def of_pairs() -> Iterator[Bend]:
    """What two records show together and neither alone: found by mutants that lived."""
    begun = both(time(lambda c: c.at(-1500)), each(r.Visit, on=lambda c: c.on(-1510)))
    for on in (lambda c: c.on(-1510), lambda c: c.on(-1500), lambda c: c.on(-1000), *DAYS):
        yield both(begun, claim(code="G0506"), visit(on, "G0506"))
        yield both(begun, each(r.Visit, code="99211"), visit(on), new)
        yield both(begun, each(r.Visit, code="99211"), visit(on), claim())
        yield both(each(r.CarePlan, created_on=lambda c: c.on(-500), reviewed_on=on), claim())
        yield both(each(r.Payer, from_on=on), claim(service_on=lambda c: c.on(4)))
        yield both(each(r.Payer, to_on=on), claim(service_on=lambda c: c.on(25)))
        yield both(without(r.TimeEntry), each(r.Consent, given_on=on), new, none_there, claim(),
                   visit(lambda c: c.on(-360)))  # fmt: skip
    for on in (2, 4, 10, 11, 18, 25):
        said = {"service_on": lambda c, n=on: c.on(n)}
        yield both(each(r.CarePlan, created_on=lambda c: c.on(9), reviewed_on=None), claim(**said))
        for seconds in (90, 300, 600, 900, 1_200):
            some = each(r.TimeEntry, seconds=seconds)
            yield both(some, claim(**said))
            yield both(some, own, each(r.TimeEntry, 1, actor="clinical_staff"),
                       claim(code="99491", **said))  # fmt: skip
    yield both(each(r.CarePlan, created_on=lambda c: c.on(-400), reviewed_on=lambda c: c.on(-10)),
               plan(lambda c: c.on(-380)), claim())  # fmt: skip
    strangers = visit(lambda c: c.on(-100), npi="", place="other")
    for bare in (new, each(r.Patient, is_new=None)):
        yield both(each(r.Patient, practitioner_npi=""), bare, none_there, strangers, claim(npi=""))
    yield both(each(r.TimeEntry, seconds=600), time(lambda c: c.at(4, 10, 1), 30))
    note, kelvin = "kelvin scale taken home today", "\u212aelvin scale taken home today"
    third = each(r.TimeEntry, 3, note=note)
    yield from (third, both(third, each(r.TimeEntry, 1, note=kelvin)))
    yield lambda c, some: third(c, some[:-1])
    yield each(r.TimeEntry, 1, note="\u00dcaaaa\u00dcaaaa\u00dcaaaa\u00dcaaaa\u00dcaaaa\u00dcaaa")
    yield each(r.TimeEntry, 1, note="no\u00e9\u00e9\u00e9\u00e9 \u00e9\u00e9a \u00e9b \u00e9c")
    for bend in (own, long, claim(service_on=lambda c: c.on(4)), claim(code="99491")):
        yield both(without(r.Consent), bend)
        yield both(bend, turned)
    yield both(each(r.Payer, name="Rare plan", is_qmb=True),
               payer(kind="commercial", is_primary=False), turned)  # fmt: skip
    for seconds in (310, 460, 600, 900):
        some = each(r.TimeEntry, seconds=seconds)
        yield from (both(some, own, claim()), both(some, own, time(lambda c: c.at(20), 5)))
        for day in (2, 11, 18, 25):
            said = {"service_on": lambda c, n=day: c.on(n)}
            addon = also(lambda c, n=day: c.claim(line=2, code="99439", service_on=c.on(n)))
            yield from (both(some, claim(**said), addon), both(some, claim(units=0, **said)))


EDGES = (
    *(bend for on in DAYS for bend in of_days(on)), *of_time(), *of_minutes(), *of_pairs(),
)  # fmt: skip
