"""Cases hold what the month needs and nobody is missing or too many."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import event

from ccm_core import records as r
from ccm_core.errors import UsageError
from ccm_core.months import Month, time_zone
from ccm_core.store import db, reading
from ccm_core.store.reading.members import LEFT
from tests.store.practices import MARCH, PRACTICE, a_messy_practice, a_patient, a_practice, an_entry


def cases_of(url, month=MARCH, ids=None):
    with db.session(url) as session:
        return {
            case.patient.patient_id: case for case in reading.cases(session, PRACTICE, month, ids)
        }


def test_a_case_holds_the_whole_chart(url, save):
    everything = [*a_practice(), *a_patient("1"), an_entry("t2", "1", 12), an_entry("t1", "1", 11)]
    save(everything)
    case = cases_of(url)["1"]
    kept = {type(record): record for record in everything}
    assert case.patient == next(x for x in everything if isinstance(x, r.Patient))
    assert case.practice == everything[0]
    assert (case.month, case.npi) == (MARCH, "1234567893")
    assert [c.condition_id for c in case.conditions] == ["1-c0", "1-c1"]
    assert case.consents == (kept[r.Consent],)
    assert case.care_plans == (kept[r.CarePlan],)
    assert case.payers == (kept[r.Payer],)
    assert [e.entry_id for e in case.entries] == ["t1", "t2"]
    assert case.first_service_on == date(2025, 3, 11)
    assert case.request is None


def test_an_unknown_practice_is_refused(url):
    with db.session(url) as session, pytest.raises(UsageError):
        list(reading.cases(session, "nobody", MARCH))


def test_the_month_is_the_practice_s_own(url, save):
    first = datetime(2025, 3, 1, 4, 59, 59, tzinfo=UTC)
    inside = datetime(2025, 3, 1, 5, 0, tzinfo=UTC)
    last = datetime(2025, 4, 1, 3, 59, 59, tzinfo=UTC)
    after = datetime(2025, 4, 1, 4, 0, tzinfo=UTC)
    moments = {"before": first, "inside": inside, "last": last, "after": after}
    save([*a_practice(), *a_patient("1")])
    save([replace(an_entry(name, "1"), started_at=at, seconds=1) for name, at in moments.items()])
    assert [e.entry_id for e in cases_of(url)["1"].entries] == ["inside", "last"]


def test_an_entry_over_midnight_belongs_to_both_months(url, save):
    over = replace(an_entry("t", "1"), started_at=datetime(2025, 3, 1, 4, 50, tzinfo=UTC))
    save([*a_practice(), *a_patient("1"), over])
    assert [e.entry_id for e in cases_of(url)["1"].entries] == ["t"]
    assert [e.entry_id for e in cases_of(url, MARCH.previous)["1"].entries] == ["t"]
    assert cases_of(url, MARCH.following)["1"].entries == ()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_members_against_a_plain_count(url, save, seed):
    written = a_messy_practice(120, seed)
    save(written)
    for month in (MARCH.previous, MARCH, MARCH.following):
        assert set(cases_of(url, month)) == _members(written, month)


def _members(written, month: Month) -> set[str]:
    zone = time_zone("America/New_York")
    low, high = month.bounds(zone)
    found = set()
    for x in written:
        if isinstance(x, r.TimeEntry):
            start = x.started_at.timestamp()
            if start < high and (start >= low or start + x.seconds > low):
                found.add(x.patient_id)
        if isinstance(x, r.ClaimLine) and x.month == month:
            found.add(x.patient_id)
    return found | _enrolled(written, month)


def _enrolled(written, month: Month) -> set[str]:
    found = set()
    changes = [x for x in written if isinstance(x, r.StatusChange)]
    consents = [x for x in written if isinstance(x, r.Consent)]
    for patient in (x for x in written if isinstance(x, r.Patient)):
        pid = patient.patient_id
        holds = any(
            c.patient_id == pid and c.given_on <= month.last_day
            and (c.revoked_on is None or c.revoked_on >= month.first_day)
            for c in consents
        )  # fmt: skip
        alive = patient.died_on is None or patient.died_on >= month.first_day
        left_later = any(
            c.patient_id == pid and c.status == patient.status and c.changed_on > month.last_day
            for c in changes
        )
        if holds and alive and (patient.status not in LEFT or left_later):
            found.add(pid)
    return found


def test_only_the_patients_asked_for(url, save):
    save([*a_practice(), *a_patient("1"), *a_patient("2"), *a_patient("3")])
    assert set(cases_of(url, ids=["1", "3", "nobody"])) == {"1", "3"}
    assert cases_of(url, ids=[]) == {}


def claim(claim_id, code="99490", line=1, month=MARCH, **more):
    return r.ClaimLine(claim_id, line, "1", month, code, npi="1234567893", **more)


def test_the_month_s_own_claim_is_the_request(url, save):
    lines = [
        claim("a", units=1, service_on=date(2025, 3, 31), modifiers=("KX",), place="11",
              diagnoses=("E11.9",), created_on=date(2025, 4, 1)),
        claim("a", "99439", 2, units=2, created_on=date(2025, 4, 1)),
    ]  # fmt: skip
    save([*a_practice(), *a_patient("1"), *lines])
    case = cases_of(url)["1"]
    assert case.request.units == {"99490": 1, "99439": 2}
    assert (case.request.service_on, case.request.place) == (date(2025, 3, 31), "11")
    assert (case.request.modifiers, case.request.diagnoses) == (("KX",), ("E11.9",))
    assert case.past_claims == ()


def test_other_claims_stay_visible_as_history(url, save):
    others = [
        claim("older", created_on=date(2025, 4, 1), status="submitted"),
        claim("void", status="voided", created_on=date(2025, 4, 9)),
        claim("visit", "99214", created_on=date(2025, 4, 9)),
        claim("before", month=MARCH.previous),
        claim("after", month=MARCH.following),
        claim("once", "G0506", month=Month(2021, 1)),
    ]
    too_old = claim("long ago", month=Month(2021, 1))
    newest = claim("newest", created_on=date(2025, 4, 2))
    save([*a_practice(), *a_patient("1"), *others, too_old, newest])
    case = cases_of(url)["1"]
    assert case.request.created_on == date(2025, 4, 2)
    assert sorted(line.claim_id for line in case.past_claims) == sorted(o.claim_id for o in others)


def test_visits_of_the_last_year_the_first_ever_and_before_the_start(url, save):
    days = {
        "first ever": date(2019, 5, 1), "useless": date(2020, 6, 1), "opening": date(2021, 11, 3),
        "useless too": date(2023, 1, 1), "recent": date(2024, 3, 1),
        "next month": date(2025, 4, 20), "far ahead": date(2025, 6, 1),
    }  # fmt: skip
    start = replace(an_entry("t", "1"), started_at=datetime(2022, 3, 1, 15, tzinfo=UTC))
    visits = [r.Visit(name, "1", on) for name, on in days.items()]
    save([*a_practice(), *a_patient("1"), start, *visits])
    found = {visit.visit_id for visit in cases_of(url)["1"].visits}
    assert found == {"first ever", "opening", "recent", "next month"}


def test_coverage_and_stays_that_touch_the_month_or_its_neighbours(url, save):
    stays = [
        r.Stay("ended", "1", "hospital", date(2025, 1, 1), date(2025, 1, 31)),
        r.Stay("before", "1", "hospital", date(2025, 1, 1), date(2025, 2, 1)),
        r.Stay("open", "1", "hospice", date(2020, 1, 1)),
        r.Stay("after", "1", "hospital", date(2025, 5, 1), date(2025, 5, 2)),
    ]
    payers = [
        r.Payer("old", "1", to_on=date(2025, 1, 31)),
        r.Payer("now", "1", from_on=date(2025, 3, 15)),
    ]
    save([*a_practice(), *a_patient("1"), *stays, *payers])
    case = cases_of(url)["1"]
    assert {s.stay_id for s in case.stays} == {"before", "open"}
    assert {p.payer_id for p in case.payers} == {"1-y", "now"}


def test_complexity_of_the_month_only(url, save):
    save([*a_practice(), *a_patient("1"), r.Complexity("1", MARCH, "high"),
          r.Complexity("1", MARCH.previous, "low")])  # fmt: skip
    assert cases_of(url)["1"].complexity.mdm == "high"


def test_statements_do_not_grow_with_the_patients(url, save):
    save([*a_practice(), *(x for n in range(30) for x in a_patient(f"{n:03d}"))])
    counted = []
    listen = lambda *_: counted.append(1)  # noqa: E731
    event.listen(db.engine(url), "before_cursor_execute", listen)
    try:
        assert len(cases_of(url, ids=["001"])) == 1
        few = len(counted)
        assert len(cases_of(url)) == 30
        assert len(counted) - few <= few, "the practice itself is kept"
    finally:
        event.remove(db.engine(url), "before_cursor_execute", listen)


def test_amounts_of_past_claims_are_exact(url, save):
    line = claim("x", month=MARCH.previous, charge_usd=Decimal("0.10"), paid_usd=Decimal("0.07"))
    save([*a_practice(), *a_patient("1"), line])
    (found,) = cases_of(url)["1"].past_claims
    assert (found.charge_usd + found.paid_usd, str(found.charge_usd)) == (Decimal("0.17"), "0.10")
