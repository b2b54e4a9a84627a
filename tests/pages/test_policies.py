"""Two policies: both tallies hold the same claims, and the guide never clears more."""

from __future__ import annotations

from datetime import date

import pytest

from ccm_core import overlay, records
from ccm_core.access.identity import Identity
from ccm_core.errors import PermissionDenied
from ccm_core.program import fee_versions, policies
from ccm_core.program.policies import compare
from ccm_core.store import db, editing, fees_in_force
from ccm_core.store.results import refresh
from ccm_core.store.writing import save
from tests.fees.test_audit_uses_imports import DOUBLED
from tests.money import cms_layouts as cms
from tests.pages import small_practice
from tests.pages.page_text import text_of
from tests.pages.signed_in import open_as

pytestmark = pytest.mark.usefixtures("own_store")


def somebody(role: str) -> Identity:
    return Identity("u1", "u", "U", role, "hash", "")


def test_both_policies_judge_the_same_claims():
    small_practice.fill()
    with db.session() as opened:
        found = compare(opened, somebody("billing_lead"), small_practice.NOVEMBER)
    base, strict = found.tallies["baseline"], found.tallies["strict"]
    assert sum(base.claims.values()) == sum(strict.claims.values()) == found.cases == 1
    assert strict.claims["blocked"] >= base.claims["blocked"]
    assert sum(base.usd.values()) == sum(strict.usd.values())


def test_who_may_not_is_refused_in_the_core():
    small_practice.fill()
    with db.session() as opened, pytest.raises(PermissionDenied):
        compare(opened, somebody("consultant"), small_practice.NOVEMBER)


def test_the_page_names_the_rules_that_differ():
    small_practice.fill()
    at = open_as("auditor", "policies", month="2026-11")
    assert not at.exception
    assert "Program guide (strict)" in text_of(at)


def test_a_month_is_judged_anew_only_when_a_result_changed(monkeypatch):
    small_practice.fill()
    monkeypatch.setattr(policies, "_kept", {})
    judged = []
    plain = policies.audit_case
    monkeypatch.setattr(policies, "audit_case", lambda *a: judged.append(a) or plain(*a))

    def compared():
        judged.clear()
        with db.session() as opened:
            found = compare(opened, somebody("billing_lead"), small_practice.NOVEMBER)
        return found, len(judged)

    first, asked = compared()
    assert asked
    assert compared() == (first, 0)
    stay = records.Stay("h", "ana", "hospital", date(2026, 11, 1), date(2026, 11, 30))
    with db.session(write=True) as opened:
        save(opened, small_practice.PRACTICE, [stay])
        refresh(opened, small_practice.PRACTICE, small_practice.NOVEMBER)
    changed, asked = compared()
    assert asked
    assert (first.cases, changed.cases) == (1, 0)


def test_a_month_is_judged_anew_under_other_fees_and_other_settings():
    """Also back again: until the next audit the results are those of before."""
    small_practice.fill()
    lead = somebody("billing_lead")

    def usd(found):
        return sum(found.tallies["baseline"].usd.values())

    def compared():
        with db.session() as opened, overlay.pinned(fees_in_force.of_store(opened)):
            return compare(opened, lead, small_practice.NOVEMBER)

    twice = cms.pprrvu(2026, "January", DOUBLED, "33.4009", "12/30/2025", extra_column=True)
    before = compared()
    with db.session(write=True) as opened:
        staged = fee_versions.stage(opened, lead, [("PPRRVU_nonQPP.csv", twice)])
        (made,) = fee_versions.commit(opened, lead, staged)
    assert usd(compared()) > usd(before)
    with db.session(write=True) as opened:
        fee_versions.revert(opened, lead, made.id)
    assert compared() == before
    with db.session(write=True) as opened:
        row = editing.shown(opened, records.Practice, small_practice.PRACTICE,
                            practice_id=small_practice.PRACTICE)  # fmt: skip
        facility = {"setting": "facility"}
        editing.update_checked(opened, records.Practice, row.id, row.version, facility)
    assert usd(compared()) < usd(before)
