"""Numbers and lists of the pages against plain counts over the same records."""

from __future__ import annotations

from collections import Counter
from datetime import date
from decimal import Decimal

import pytest

from ccm_core import records as r
from ccm_core import workdays
from ccm_core.audit import audit_case, policy_of
from ccm_core.errors import UsageError
from ccm_core.months import Month
from ccm_core.store import db, queries, results
from ccm_core.store.queries import Only
from ccm_core.store.queries.receivables import Span, Wanted, lines_page
from tests.store.practices import (
    MARCH,
    PRACTICE,
    a_messy_practice,
    a_patient,
    a_practice,
    an_entry,
    cases_with_signals,
)

TODAY = date(2025, 3, 27)


@pytest.fixture
def filled(url, save):
    """A messy practice after its audit, with the outcomes of every case."""
    save(a_messy_practice(70, 21))
    with db.session(url) as session:
        results.refresh(session, PRACTICE, MARCH)
        cases = cases_with_signals(session)
    return url, {c.patient.patient_id: (c, audit_case(c, policy_of(c))) for c in cases}


def test_minutes_by_reach(filled):
    url, known = filled
    reachable = queries.reachable_minutes(MARCH, TODAY)
    assert (workdays.left(MARCH, TODAY), reachable) == (3, 15)

    def reach(outcome) -> str:
        if outcome.chosen:
            return "reached"
        if outcome.minutes_to_next is not None and outcome.minutes_to_next <= reachable:
            return "within"
        return "out" if outcome.total_seconds else "none"

    expected = Counter(reach(outcome) for _, outcome in known.values())
    with db.session(url) as session:
        counts = queries.reach_counts(session, PRACTICE, MARCH, today=TODAY)
        assert counts == queries.Reach(**expected)
        assert counts.total == len(known)
        for name in queries.REACHES:
            page = queries.minutes_page(session, PRACTICE, MARCH, reach=name, today=TODAY)
            assert page.total == expected[name]
            assert {row.reach for row in page.rows} <= {name}


def test_minutes_sorted_searched_and_paged(filled):
    url, known = filled
    with db.session(url) as session:

        def page(**more):
            return queries.minutes_page(session, PRACTICE, MARCH, today=TODAY, **more)

        most = [row.counted_seconds for row in page(sort="-minutes").rows]
        assert most == sorted((o.total_seconds for _, o in known.values()), reverse=True)
        names = [row.patient_id for row in page(sort="name").rows]
        parts = [page(sort="name", limit=7, offset=n).rows for n in range(0, len(names), 7)]
        assert [row.patient_id for part in parts for row in part] == names
        one = sorted(known)[0]
        assert [row.patient_id for row in page(search=f"family{one.lower()} {one}").rows] == [one]
        assert page(search="%").total == page(search="_").total == 0
        here = {p for p, (c, _) in known.items() if c.patient.location == "A"}
        assert {row.patient_id for row in page(only=Only(location="A")).rows} == here
        to_next = [row.minutes_to_next for row in page().rows]
        assert to_next == sorted(to_next, key=lambda n: (n is None, n))


def test_the_histogram_holds_every_patient_once(filled):
    url, known = filled
    expected = Counter(o.total_seconds // 300 * 5 for _, o in known.values())
    with db.session(url) as session:
        found = queries.minute_histogram(session, PRACTICE, MARCH)
    assert dict(found) == {first: expected[first] for first, _ in found}
    assert [first for first, _ in found] == list(range(0, max(expected) + 5, 5))


def test_no_list_gives_more_than_a_hundred_rows(url, save):
    save([*a_practice(), *(x for n in range(120) for x in a_patient(f"{n:03d}"))])
    with db.session(url) as session:
        results.refresh(session, PRACTICE, MARCH)
        page = queries.minutes_page(session, PRACTICE, MARCH, limit=10_000)
    assert (len(page.rows), page.total) == (100, 120)


def bucket(outcome) -> str:
    return "below" if outcome.has_no_claim else outcome.status


def test_preflight_adds_up_to_the_cent(filled):
    url, known = filled
    with db.session(url) as session:
        summary = queries.preflight_summary(session, PRACTICE, MARCH)
        for name in queries.BUCKETS:
            those = [o for _, o in known.values() if bucket(o) == name]
            found = getattr(summary, name)
            assert found.claims == len(those)
            assert found.allowed_usd == sum((o.planned_usd or 0 for o in those), Decimal(0))
            expected = sum((o.expected_medicare_usd or 0 for o in those), Decimal(0))
            assert found.expected_usd == expected
            page = queries.preflight_page(session, PRACTICE, MARCH, status=name)
            assert page.total == len(those)
    assert summary.audited_at is not None


def test_reasons_with_dollars_and_their_claims(filled):
    url, known = filled
    expected = Counter()
    for _, o in known.values():
        if not o.has_no_claim:
            expected.update(f.rule for f in o.findings if f.level in ("BLOCK", "REVIEW"))
    with db.session(url) as session:
        found = queries.top_reasons(session, PRACTICE, MARCH, limit=100)
        assert {x.rule: x.claims for x in found} == expected
        assert [x.allowed_usd for x in found] == sorted(
            (x.allowed_usd for x in found), reverse=True
        )
        total = queries.preflight_page(session, PRACTICE, MARCH, rule=found[0].rule).total
        below = queries.preflight_page(
            session, PRACTICE, MARCH, rule=found[0].rule, status="below"
        ).total
        assert total - below == found[0].claims
        rows = queries.preflight_page(session, PRACTICE, MARCH, sort="-allowed").rows
        for row in rows:
            _, outcome = known[row.patient_id]
            levels = Counter(f.level for f in outcome.findings)
            assert (row.blocks, row.reviews) == (levels["BLOCK"], levels["REVIEW"])
        dollars = [row.allowed_usd for row in rows if row.allowed_usd is not None]
        assert dollars == sorted(dollars, reverse=True)


def test_rules_are_counted_by_month(filled):
    url, known = filled
    expected = Counter(f.rule for _, o in known.values() for f in o.findings)
    with db.session(url) as session:
        found = Counter()
        for count in queries.rule_counts(session, PRACTICE, MARCH):
            found[count.rule] += count.cases
        assert found == expected
        rule = found.most_common(1)[0][0]
        months = queries.rule_counts_by_month(session, PRACTICE, rule, MARCH.following)
        assert len(months) == 12
        assert months[-2:] == [(MARCH, expected[rule]), (MARCH.following, 0)]


def test_home_shows_the_numbers_of_the_other_pages(filled):
    url, _ = filled
    today = date(2025, 4, 3)
    with db.session(url) as session:
        home = queries.home_cards(session, PRACTICE, today)
        assert (home.month, home.billing_month) == (MARCH.following, MARCH)
        assert home.preflight == queries.preflight_summary(session, PRACTICE, MARCH)
        waiting = queries.stalled(session, PRACTICE, home.month, "consented", today=today)
        assert home.stalled("consented") == waiting.total
        assert not home.is_closed
        assert queries.months_with_results(session, PRACTICE) == [MARCH]
        assert len(queries.recent_runs(session, PRACTICE)) == 1
        assert queries.recent_imports(session, PRACTICE) == []


def lines() -> list[r.ClaimLine]:
    def line(claim_id, patient_id, status, **more) -> r.ClaimLine:
        more = {"month": MARCH, "code": "99490", "charge_usd": Decimal("70.10")} | more
        return r.ClaimLine(claim_id, more.pop("line", 1), patient_id, status=status, **more)

    april = date(2025, 4, 1)
    return [
        line("a", "1", "paid", created_on=april, paid_on=date(2025, 4, 15),
             paid_usd=Decimal("48.03")),
        line("a", "1", "denied", code="99439", line=2, adjustments=("CO-97", "PR-1")),
        line("b", "2", "denied", created_on=april, adjustments=("CO-97",)),
        line("c", "3", "submitted", created_on=date(2025, 2, 1), month=MARCH.previous),
        line("d", "3", "voided"),
        line("e", "3", "planned"),
        line("f", "3", "denied", code="99214", created_on=april),
    ]  # fmt: skip


def test_claims_and_denials(url, save):
    save([*a_practice(), *(x for n in "123" for x in a_patient(n)), *lines()])
    first = MARCH.plus(-2)
    with db.session(url) as session:
        counts = queries.claim_counts(session, PRACTICE, first, MARCH)
        assert (counts.paid, counts.denied, counts.submitted) == (1, 1, 1)
        assert (counts.charge_usd, counts.paid_usd) == (Decimal("280.40"), Decimal("48.03"))
        assert counts.denial_rate == Decimal("0.5")
        assert queries.denials(session, PRACTICE, first, MARCH) == [
            queries.Denial("CO-97", 2, Decimal("140.20")),
            queries.Denial("PR-1", 1, Decimal("70.10")),
        ]
        assert queries.days_to_pay(session, PRACTICE, first, MARCH) == [14]
        ages = {a: n for a, n, _ in queries.aging(session, PRACTICE, date(2025, 5, 2))}
        assert ages == {"0-30": 0, "31-60": 2, "61-90": 1, "91-120": 0, "over 120": 0}
        span, denied = Span(PRACTICE, first, MARCH), Wanted(status="denied")
        page = lines_page(session, span, denied, date(2025, 5, 2), sort="code")
        assert [(x.claim_id, x.line) for x in page.rows] == [("a", 2), ("b", 1)]


def test_code_mix_and_history(url, save):
    save([*a_practice(), *(x for n in "123" for x in a_patient(n)), *lines(), an_entry("t", "1")])
    with db.session(url) as session:
        results.refresh(session, PRACTICE, MARCH)
        mix = queries.code_mix(session, PRACTICE, MARCH.previous, MARCH)
        assert [(x.month, x.code, x.patients, x.units) for x in mix] == [
            (MARCH.previous, "99490", 1, 1), (MARCH, "99439", 1, 1), (MARCH, "99490", 2, 2),
        ]  # fmt: skip
        history = queries.monthly_history(session, PRACTICE, Month(2025, 1), MARCH)
    assert [h.month for h in history] == [Month(2025, 1), Month(2025, 2), MARCH]
    march = history[-1]
    assert (march.cases, march.active, march.reached, march.counted_seconds) == (3, 1, 1, 1200)
    assert (march.billed_patients, march.paid_patients, march.denied_patients) == (2, 1, 2)
    assert march.paid_usd == Decimal("48.03")
    assert history[0].cases == history[0].billed_patients == 0


def test_a_patient_s_story_runs_backwards(url, save):
    worked = an_entry("t", "1", 9, note="Reviewed readings")
    stay = r.Stay("s", "1", "hospital", date(2025, 3, 1), date(2025, 3, 2))
    save([*a_practice(), *a_patient("1"), worked, *lines()[:2], stay])
    with db.session(url) as session:
        story = queries.patient_story(session, PRACTICE, "1")
        days = [event.on for event in story]
        assert days == sorted(days, reverse=True)
        kinds = {event.kind for event in story}
        assert kinds == {"consent", "care_plan", "time", "stay", "claim", "coverage"}
        (time,) = queries.patient_story(session, PRACTICE, "1", kinds=("time",))
        assert (time.title, time.detail, time.record_id) == (
            "20 min clinical staff", "Reviewed readings", "t",
        )  # fmt: skip
        assert queries.patient_story(session, PRACTICE, "nobody") == []


def test_unknown_words_are_refused(url, save):
    save(a_practice())
    with db.session(url) as session:
        with pytest.raises(UsageError, match="reached, within"):
            queries.minutes_page(session, PRACTICE, MARCH, reach="far")
        with pytest.raises(UsageError, match="name, minutes"):
            queries.minutes_page(session, PRACTICE, MARCH, sort="note")
        with pytest.raises(UsageError, match="clean, review"):
            queries.preflight_page(session, PRACTICE, MARCH, status="maybe")
