"""What always holds of counted minutes, on random months."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from ccm_core.audit import audit_case, policy_of
from ccm_core.cases import Case
from ccm_core.minutes import count
from ccm_core.months import Month, time_zone
from ccm_core.records import (
    ACTORS,
    Complexity,
    Condition,
    Consent,
    Patient,
    Practice,
    Stay,
    TimeEntry,
)

MONTHS = [Month(2025, 3), Month(2025, 11), Month(2024, 2), Month(2025, 12)]
ZONES = ["America/New_York", "America/Los_Angeles", "Pacific/Honolulu", "America/Phoenix"]


@st.composite
def entries(draw: st.DrawFn, month: Month) -> tuple[TimeEntry, ...]:
    first = datetime(month.year, month.month, 1, tzinfo=UTC) - timedelta(hours=20)
    found = []
    for index in range(draw(st.integers(0, 9))):
        minutes = draw(st.integers(0, 33 * 24 * 60))
        found.append(
            TimeEntry(
                entry_id=f"e{index}",
                patient_id="p",
                started_at=first + timedelta(minutes=minutes),
                seconds=draw(st.integers(0, 3 * 3600)),
                actor=draw(st.sampled_from(ACTORS)),
                staff_id=draw(st.sampled_from(("a", "b"))),
                face_to_face=draw(st.booleans()) and draw(st.booleans()),
                counted_for=draw(st.sampled_from(("", "", "", "99457", "99490"))),
                activity=draw(st.sampled_from(("", "phone call", "scheduling", "acute only"))),
                note="Reviewed home blood pressure log with the patient",
            )
        )
    return tuple(found)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    month = draw(st.sampled_from(MONTHS))
    consent = draw(
        st.sampled_from((None, month.plus(-3).first_day, month.first_day + timedelta(9)))
    )
    stays = draw(
        st.sampled_from(
            ((), (Stay("s", "p", "hospital", month.first_day, date(month.year, month.month, 5)),))
        )
    )
    return Case(
        practice=Practice("x", "x", draw(st.sampled_from(ZONES))),
        patient=Patient("p", is_new=False),
        month=month,
        npi="1234567893",
        conditions=(
            Condition("1", "p", "E119", is_chronic=True),
            Condition("2", "p", "I10", is_chronic=True),
        ),
        consents=(Consent("c", "p", consent),) if consent else (),
        entries=draw(entries(month)),
        stays=stays,
        complexity=Complexity("p", month, draw(st.sampled_from(("none", "moderate")))),
    )


def second_by_second(case: Case, ids: set[str]) -> int:
    """The union of some entries, counted second by second within the month."""
    zone = time_zone(case.practice.time_zone)
    seconds = set()
    for entry in case.entries:
        if entry.entry_id in ids:
            start = int(entry.started_at.timestamp())
            seconds |= {
                s
                for s in range(start, start + entry.seconds)
                if datetime.fromtimestamp(s, UTC).astimezone(zone).date() in case.month
            }
    return len(seconds)


@settings(max_examples=150, deadline=None)
@given(cases())
def test_counted_and_excluded_make_logged(case: Case) -> None:
    counted = count(case, policy_of(case))
    assert (
        counted.total_seconds + sum(e.seconds for e in counted.excluded) == counted.logged_seconds
    )
    assert all(e.reason and e.seconds > 0 and e.entry_ids for e in counted.excluded)
    assert 0 <= counted.practitioner_seconds <= counted.total_seconds


@settings(max_examples=25, deadline=None)
@given(cases())
def test_the_total_is_the_union_of_what_counts(case: Case) -> None:
    counted = count(case, policy_of(case))
    overlap_only = {
        e.entry.entry_id
        for e in counted.entries
        if all(r in ("outside the month", "overlap, counted once") for _, r in e.excluded)
    }
    assert counted.total_seconds == second_by_second(case, overlap_only)


@settings(max_examples=80, deadline=None)
@given(cases(), st.randoms())
def test_input_order_never_matters(case: Case, draw: object) -> None:
    policy = policy_of(case)
    before = audit_case(case, policy)
    shuffled = list(case.entries)
    draw.shuffle(shuffled)  # type: ignore[attr-defined]
    case.entries = tuple(shuffled)
    case.conditions = tuple(reversed(case.conditions))
    after = audit_case(case, policy)
    assert (after.total_seconds, after.excluded, after.chosen, after.status) == (
        before.total_seconds, before.excluded, before.chosen, before.status,
    )  # fmt: skip
    assert audit_case(case, policy) == after, "a second run changes nothing"


@settings(max_examples=80, deadline=None)
@given(cases(), st.integers(1, 7200))
def test_more_minutes_never_earn_fewer_units(case: Case, more: int) -> None:
    policy = policy_of(case)
    before = audit_case(case, policy)
    last = case.month.last_day
    extra = TimeEntry(
        "extra", "p", datetime(last.year, last.month, last.day, 16, tzinfo=UTC), more,
        staff_id="z", note="Called the pharmacy about a refill problem",
    )  # fmt: skip
    case.entries = (*case.entries, extra)
    after = audit_case(case, policy)
    assert after.total_seconds >= before.total_seconds
    staff = {p.name: p for p in after.paths}
    for path in before.paths:
        assert path.name in staff
        for code, units in path.units.items():
            assert staff[path.name].units.get(code, 0) >= units
