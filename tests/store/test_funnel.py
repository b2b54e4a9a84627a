"""The funnel in SQL against the same definitions counted one patient at a time."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal

import pytest

from ccm_core import records as r
from ccm_core.errors import UsageError
from ccm_core.months import day_start, time_zone
from ccm_core.store import db, queries, results
from ccm_core.store.queries import STEPS, Only
from ccm_core.store.reading.members import LEFT
from tests.store.practices import MARCH, PRACTICE, a_messy_practice, a_patient, a_practice

ZONE = time_zone("America/New_York")
INVITED = {"invited", "consented", "declined", "enrolled_elsewhere", "paused", "unenrolled"}


class Oracle:
    """Every step of every patient, in plain Python over the records."""

    def __init__(self, written, results_by_patient, as_of: date) -> None:
        self.of = defaultdict(lambda: defaultdict(list))
        for record in written:
            if hasattr(record, "patient_id"):
                self.of[record.patient_id][type(record)].append(record)
        self.results, self.as_of = results_by_patient, as_of
        self.patients = {x.patient_id: x for x in written if isinstance(x, r.Patient)}

    def met(self, pid: str) -> dict[str, bool]:
        has, patient = self.of[pid], self.patients[pid]
        consented = any(
            c.given_on <= self.as_of and (c.revoked_on is None or c.revoked_on >= MARCH.first_day)
            for c in has[r.Consent]
        )
        changes = [c for c in has[r.StatusChange] if c.changed_on <= self.as_of]
        logged = self.logged(pid)
        sent = [x for x in has[r.ClaimLine] if x.month == MARCH]
        return {
            "eligible": self.is_eligible(patient),
            "invited": consented or any(c.status in INVITED for c in changes),
            "consented": consented,
            "care_plan": any(
                p.created_on <= self.as_of and (p.ended_on is None or p.ended_on >= MARCH.first_day)
                for p in has[r.CarePlan]
            ),
            "active": logged > 0,
            "threshold": self.results.get(pid, "") != "" and logged >= 20 * 60,
            "billed": any(
                x.status in ("submitted", "paid", "denied") and x.created_on <= self.as_of
                for x in sent
            ),
            "paid": any(x.status == "paid" and x.paid_on <= self.as_of for x in sent),
        }

    def is_eligible(self, patient: r.Patient) -> bool:
        has = self.of[patient.patient_id]
        groups = {
            c.group or c.code
            for c in has[r.Condition]
            if c.ended_on is None and (c.is_chronic or (c.is_chronic is None and c.confirmed_by))
        }
        payers = has[r.Payer]
        covered = any(
            (p.from_on or date.min) <= MARCH.last_day
            and (p.to_on or date.max) >= MARCH.first_day
            and p.has_part_b is not False
            for p in payers
        )
        alive = patient.died_on is None or patient.died_on >= MARCH.first_day
        status = patient.status not in ("ineligible", "deceased")
        return alive and status and len(groups) >= 2 and (covered or not payers)

    def logged(self, pid: str) -> int:
        low, high = MARCH.bounds(ZONE)
        end = day_start(self.as_of + timedelta(days=1), ZONE)
        return sum(
            e.seconds
            for e in self.of[pid][r.TimeEntry]
            if e.started_at.timestamp() < min(high, end)
            and (e.started_at.timestamp() >= low or e.is_start_known)
            and e.started_at.timestamp() + e.seconds > low
        )

    def at(self, pid: str) -> list[str]:
        """Steps at which the patient stands: met together with every step before."""
        found = []
        for step in STEPS:
            if not self.met(pid)[step]:
                break
            found.append(step)
        return found

    def counts(self, pids) -> dict[str, int]:
        return {step: sum(step in self.at(pid) for pid in pids) for step in STEPS}


@pytest.fixture(params=[11, 12])
def practice(request, url, save):
    written = a_messy_practice(110, request.param)
    save(written)
    with db.session(url) as session:
        results.refresh(session, PRACTICE, MARCH)
        paths = {}
        for pid in {x.patient_id for x in written if isinstance(x, r.Patient)}:
            row = queries.result_of(session, PRACTICE, pid, MARCH)
            if row is not None:
                paths[pid] = row.path
    return url, written, paths


@pytest.mark.parametrize("as_of", [date(2025, 3, 31), date(2025, 3, 12)])
def test_the_funnel_counts_as_one_would_by_hand(practice, as_of):
    url, written, paths = practice
    oracle = Oracle(written, paths, as_of)
    earlier = Oracle(written, paths, as_of - timedelta(days=7))
    with db.session(url) as session:
        (found,) = queries.funnel(session, PRACTICE, MARCH, as_of=as_of)
    now, before = oracle.counts(oracle.patients), earlier.counts(oracle.patients)
    assert {s.step: s.patients for s in found.steps} == now
    assert {s.step: s.patients + s.skipped for s in found.steps} == {
        step: sum(oracle.met(pid)[step] for pid in oracle.patients) for step in STEPS
    }
    assert {s.step: s.change for s in found.steps} == {s: now[s] - before[s] for s in STEPS}
    if as_of == MARCH.last_day:
        assert now["active"] > now["threshold"] > 0, "the made-up practice reaches later steps"
    consented = next(s for s in found.steps if s.step == "consented")
    assert consented.rate == Decimal(now["consented"]) / now["invited"]


@pytest.mark.parametrize("today", [date(2025, 3, 20), date(2025, 4, 3), date(2025, 4, 20)])
def test_the_change_is_what_a_look_a_week_ago_would_have_shown(practice, today):
    """Also of a month that is over: its people stand still then, and only its claims go on."""
    url, *_ = practice
    with db.session(url) as session:
        (now,) = queries.funnel(session, PRACTICE, MARCH, today=today)
        (then,) = queries.funnel(session, PRACTICE, MARCH, today=today - timedelta(days=7))
    shown = {step.step: step.patients for step in then.steps}
    assert {s.step: s.change for s in now.steps} == {
        s.step: s.patients - shown[s.step] for s in now.steps
    }


def test_a_plan_that_ended_before_the_month_is_no_current_plan(url, save):
    plans = {"gone": date(2025, 2, 28), "going": date(2025, 3, 1), "open": None}
    written = a_practice()
    for pid, ended_on in plans.items():
        written += [one for one in a_patient(pid) if not isinstance(one, r.CarePlan)]
        written.append(r.CarePlan(f"{pid}p", pid, date(2025, 1, 2), ended_on=ended_on))
    save(written)
    with db.session(url) as session:
        results.refresh(session, PRACTICE, MARCH)
    with db.session(url) as session:
        (found,) = queries.funnel(session, PRACTICE, MARCH, as_of=MARCH.last_day)
        waiting = queries.stalled(session, PRACTICE, MARCH, "care_plan", as_of=MARCH.last_day)
    assert next(s for s in found.steps if s.step == "care_plan").patients == 2
    assert [row.patient_id for row in waiting.rows] == ["gone"]


@pytest.mark.parametrize("by", ["practitioner", "care_manager", "location"])
def test_groups_add_up_and_filters_agree(practice, by):
    url, _, _ = practice
    field = {"practitioner": "npi", "care_manager": "care_manager_id", "location": "location"}[by]
    with db.session(url) as session:
        (everybody,) = queries.funnel(session, PRACTICE, MARCH, as_of=MARCH.last_day)
        groups = queries.funnel(session, PRACTICE, MARCH, by=by, as_of=MARCH.last_day)
        for step in STEPS:
            assert sum(g.patients(step) for g in groups) == everybody.patients(step)
        for group in (g for g in groups if g.group):
            only = Only(**{field: group.group})
            (alone,) = queries.funnel(session, PRACTICE, MARCH, only=only, as_of=MARCH.last_day)
            assert [s.patients for s in alone.steps] == [s.patients for s in group.steps]


@pytest.mark.parametrize("step", STEPS[1:])
def test_each_stalled_list_is_the_difference_of_two_steps(practice, step):
    url, written, paths = practice
    oracle = Oracle(written, paths, MARCH.last_day)
    before = STEPS[STEPS.index(step) - 1]
    stuck = {p for p in oracle.patients if before in oracle.at(p) and step not in oracle.at(p)}
    gone = {p for p in stuck if oracle.patients[p].status in LEFT}
    if step in ("billed", "paid"):  # a claim is due whether or not the patient left
        gone = set()
    expected = stuck - gone
    with db.session(url) as session:
        page = queries.stalled(session, PRACTICE, MARCH, step, as_of=MARCH.last_day)
        (whole,) = queries.funnel(session, PRACTICE, MARCH, as_of=MARCH.last_day)
        (here,) = [s for s in whole.steps if s.step == step]
        assert (here.waiting, here.left) == (len(expected), len(gone))
        assert page.total == len(expected)
        assert {row.patient_id for row in page.rows} == expected
        waiting = [row.since_on for row in page.rows]
        assert waiting == sorted(waiting)
        assert all(row.next_action for row in page.rows)


def test_pages_of_a_list_are_the_list(practice):
    url, _, _ = practice
    with db.session(url) as session:
        whole = queries.stalled(session, PRACTICE, MARCH, "threshold", sort="-name")
        parts = [
            queries.stalled(session, PRACTICE, MARCH, "threshold", sort="-name", limit=3, offset=n)
            for n in range(0, whole.total + 1, 3)
        ]
    assert [row for part in parts for row in part.rows] == list(whole.rows)
    assert {part.total for part in parts} == {whole.total}
    names = [row.family_name for row in whole.rows]
    assert names == sorted(names, reverse=True)


def test_the_trend_ends_where_the_funnel_stands(practice):
    url, written, paths = practice
    until = date(2025, 3, 28)
    with db.session(url) as session:
        trend = queries.funnel_trend(session, PRACTICE, until, weeks=3)
    assert sorted({p.on for p in trend}) == [until - timedelta(days=d) for d in (14, 7, 0)]
    for on in (until, until - timedelta(days=14)):
        oracle = Oracle(written, paths, on)
        counted = oracle.counts(oracle.patients)
        assert {p.step: p.patients for p in trend if p.on == on} == {
            step: counted[step] for step in STEPS[:5]
        }


def test_reasons_for_leaving(practice):
    url, written, _ = practice
    left = [x for x in written if isinstance(x, r.StatusChange) and x.status == "unenrolled"]
    with db.session(url) as session:
        found = queries.leaving_reasons(session, PRACTICE, date(2025, 1, 1), date(2025, 12, 31))
    assert found == [("unenrolled", "moved", len(left))]


def test_unknown_words_are_refused(practice):
    url, _, _ = practice
    with db.session(url) as session:
        with pytest.raises(UsageError, match="practitioner, care_manager"):
            queries.funnel(session, PRACTICE, MARCH, by="star sign")
        with pytest.raises(UsageError, match="steps are"):
            queries.stalled(session, PRACTICE, MARCH, "eligible")
        with pytest.raises(UsageError, match="since, name"):
            queries.stalled(session, PRACTICE, MARCH, "invited", sort="1; DROP TABLE patient")
