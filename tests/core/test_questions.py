"""Questions about consent, coverage, plans, stays and visits, asked of records at their edges."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from ccm_core.casefile import read_case
from ccm_core.eligibility import (
    chronic_count,
    consent_on,
    covers,
    current_plan,
    initiating,
    latest_consent,
    payer_on,
    relation,
    starts_on,
    stay_on,
    unknown_conditions,
)
from ccm_core.records import CarePlan, Condition, Consent, Payer, Stay, Visit

FIRST, LAST = date(2025, 5, 1), date(2025, 5, 31)


def asked(**parts):
    """A clean case of May 2025 with some of its records replaced."""
    case, policy = read_case({"month": "2025-05", "staff_minutes": 25})
    return replace(case, work=None, answers={}, **parts), policy


def consent(name: str, given_on: date, revoked_on: date | None = None) -> Consent:
    return Consent(name, "p", given_on, revoked_on=revoked_on)


def condition(**said) -> Condition:
    return Condition(
        "c", "p", said.pop("code", "I10"), is_chronic=said.pop("is_chronic", True), **said
    )


# -- conditions -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("onset_on", "ended_on", "is_there"),
    [
        (None, None, True), (LAST, None, True), (date(2025, 6, 1), None, False),
        (None, FIRST, True), (None, date(2025, 4, 30), False),
        (date(2025, 6, 1), date(2025, 7, 1), False),
    ],
)  # fmt: skip
def test_a_condition_belongs_to_the_months_that_it_touches(onset_on, ended_on, is_there):
    chronic = asked(
        conditions=(condition(onset_on=onset_on, ended_on=ended_on),), chronic_count=None
    )
    assert chronic_count(chronic[0]) == int(is_there)
    odd = condition(onset_on=onset_on, ended_on=ended_on, is_chronic=None)
    case, _ = asked(conditions=(odd,), chronic_count=None)
    assert unknown_conditions(case) == ((odd,) if is_there else ())


def test_conditions_of_one_group_count_once_and_without_a_group_by_their_code():
    pairs = (
        ("E119", "diabetes"), ("E1165", "diabetes"), ("I10", ""), ("J449", ""), ("I10", ""),
        ("N183", ""),
    )  # fmt: skip
    found = tuple(condition(code=code, group=group) for code, group in pairs)
    assert chronic_count(asked(conditions=found, chronic_count=None)[0]) == 4
    assert chronic_count(asked(conditions=found, chronic_count=0)[0]) == 0


# -- consent ----------------------------------------------------------------------------


def test_consent_holds_from_its_own_day_to_the_end_of_the_month_of_revocation():
    given = consent("a", date(2025, 5, 6), revoked_on=date(2025, 7, 10))
    assert consent_on([given], date(2025, 5, 5)) is None
    assert consent_on([given], date(2025, 5, 6)) is given
    assert consent_on([given], date(2025, 7, 31)) is given
    assert consent_on([given], date(2025, 8, 1)) is None


def test_the_latest_consent_that_holds_is_asked_whatever_the_order():
    old, new = consent("a", date(2024, 1, 1)), consent("b", date(2025, 1, 1))
    same_day = consent("c", date(2025, 1, 1))
    ended = consent("d", date(2025, 2, 1), revoked_on=date(2025, 3, 1))
    for order in ([old, new, same_day, ended], [ended, same_day, new, old]):
        assert consent_on(order, LAST) is same_day
        assert latest_consent(asked(consents=tuple(order))[0]) is same_day


def test_of_consents_that_all_ended_the_latest_is_shown():
    first = consent("a", date(2024, 1, 1), revoked_on=date(2024, 2, 1))
    second = consent("b", date(2024, 5, 1), revoked_on=date(2024, 6, 1))
    later = consent("c", date(2025, 6, 1))
    for order in ((first, second, later), (later, second, first)):
        assert latest_consent(asked(consents=order)[0]) is second


def test_a_consent_of_the_last_day_is_shown_whenever_it_was_revoked():
    for revoked_on in (LAST, date(2025, 4, 2)):
        given = consent("a", LAST, revoked_on=revoked_on)
        assert latest_consent(asked(consents=(given,))[0]) is given


def test_without_a_known_first_service_ccm_starts_with_the_first_consent():
    case, _ = asked(
        consents=(consent("b", date(2025, 2, 1)), consent("a", date(2024, 3, 1))),
        first_service_on=None,
    )
    assert starts_on(case) == date(2024, 3, 1)
    assert starts_on(asked(consents=(), first_service_on=None)[0]) == FIRST
    assert starts_on(asked(first_service_on=date(2023, 1, 5))[0]) == date(2023, 1, 5)


# -- plans, coverage, stays -------------------------------------------------------------


def test_the_newest_plan_that_existed_on_the_day_is_asked_whatever_the_order():
    old, new = CarePlan("a", "p", date(2024, 1, 1)), CarePlan("b", "p", date(2025, 5, 6))
    twin = CarePlan("c", "p", date(2025, 5, 6))
    for order in ((old, new, twin), (twin, new, old)):
        case, _ = asked(care_plans=order)
        assert current_plan(case, date(2025, 5, 6)) is twin
        assert current_plan(case, date(2025, 5, 5)) is old


def test_coverage_holds_on_both_its_ends():
    payer = Payer("a", "p", from_on=FIRST, to_on=LAST)
    days = (date(2025, 4, 30), FIRST, LAST, date(2025, 6, 1))
    assert [covers(payer, day) for day in days] == [False, True, True, False]
    assert [covers(replace(payer, from_on=None), day) for day in days] == [True, True, True, False]
    assert [covers(replace(payer, to_on=None), day) for day in days] == [False, True, True, True]


def test_the_primary_payer_comes_first_then_the_smaller_number():
    second = Payer("a", "p", is_primary=False)
    first, other = Payer("b", "p"), Payer("c", "p")
    past = Payer("0", "p", to_on=date(2024, 12, 31))
    for order in ([second, other, first, past], [past, first, other, second]):
        assert payer_on(order, LAST) is first
    assert payer_on([past], LAST) is None


def test_a_stay_covers_both_its_ends_and_goes_on_without_an_end():
    stay = Stay("s", "p", "hospital", FIRST, date(2025, 5, 3))
    kinds = frozenset({"hospital"})
    days = (date(2025, 4, 30), FIRST, date(2025, 5, 3), date(2025, 5, 4))
    assert [stay_on([stay], day, kinds) is stay for day in days] == [False, True, True, False]
    assert stay_on([replace(stay, to_on=None)], LAST, kinds) is not None
    assert stay_on([stay], FIRST, frozenset({"hospice"})) is None


# -- visits -----------------------------------------------------------------------------

NPI, OTHER = "1234567893", "1245319599"


@pytest.mark.parametrize(
    ("npi", "practice", "who"),
    [
        (NPI, "", "same"), (NPI, "other", "same"), ("", "", "same"), ("", "same", "same"),
        (OTHER, "same", "same_practice"), (OTHER, "", "other"), (OTHER, "other", "other"),
        ("", "other", "other"),
    ],
)  # fmt: skip
def test_who_rendered_a_service(npi, practice, who):
    case, _ = asked(npi=NPI)
    assert relation(case, Visit("v", "p", FIRST, "99213", npi, practice)) == who


def visits(*pairs) -> tuple[Visit, ...]:
    return tuple(Visit(f"v{n}", "p", on, code, NPI) for n, (on, code) in enumerate(pairs))


def test_an_initiating_visit_lies_at_most_a_year_before_the_start_and_not_after_the_month():
    start = date(2025, 5, 1)
    for on, is_one in (
        (date(2024, 4, 30), False), (date(2024, 5, 1), True),
        (LAST, True), (date(2025, 6, 1), False),
    ):  # fmt: skip
        case, policy = asked(visits=visits((on, "99213")), first_service_on=start)
        assert (initiating(case, policy).visit is not None) is is_one, on


def test_the_first_visit_of_the_year_is_the_initiating_one():
    pairs = ((date(2025, 5, 3), "99214"), (date(2025, 1, 3), "99213"))
    case, policy = asked(visits=visits(*pairs), first_service_on=FIRST)
    assert initiating(case, policy).visit.on == date(2025, 1, 3)


def test_an_uncoded_visit_a_year_before_leaves_it_open_and_keeps_the_refused_one():
    pairs = ((date(2025, 4, 2), "99211"), (date(2024, 5, 1), ""))
    case, policy = asked(visits=visits(*pairs), first_service_on=FIRST)
    state = initiating(case, policy)
    assert state.is_needed is None
    assert state.visit is None
    assert state.refused.code == "99211"
    assert state.unsure.on == date(2024, 5, 1)
    case, policy = asked(visits=visits((date(2024, 4, 30), "")), first_service_on=FIRST)
    assert initiating(case, policy).unsure is None
