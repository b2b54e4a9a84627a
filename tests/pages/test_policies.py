"""Two policies: both tallies hold the same claims, and the guide never clears more."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from ccm_core import overlay, records
from ccm_core.access.identity import Identity
from ccm_core.errors import PermissionDenied
from ccm_core.program import fee_versions, policies
from ccm_core.program.policies import compare
from ccm_core.store import db, editing, fees_in_force
from ccm_core.store.migrations.stamps import STAMPED
from ccm_core.store.queries import records_state
from ccm_core.store.reading.cases import _Batch
from ccm_core.store.results import refresh
from ccm_core.store.schema import record_table
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


def test_a_month_without_an_audited_claim_is_not_called_alike():
    small_practice.fill()
    at = open_as("auditor", "policies", month="2026-02")
    assert not at.exception
    assert "no audited claim of February 2026" in text_of(at)
    assert "judge this month alike" not in text_of(at)
    assert "0 clean" not in text_of(at)


def test_a_month_is_judged_anew_only_when_a_result_changed(compared):
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


@pytest.fixture
def compared(monkeypatch):
    """Asks for the comparison; gives it, and how often a claim was judged for it."""
    small_practice.fill()
    monkeypatch.setattr(policies, "_kept", {})
    judged = []
    plain = policies.audit_case
    monkeypatch.setattr(policies, "audit_case", lambda *a: judged.append(a) or plain(*a))

    def ask():
        judged.clear()
        with db.session() as opened:
            found = compare(opened, somebody("billing_lead"), small_practice.NOVEMBER)
        return found, len(judged)

    return ask


IN_HOSPITAL = records.Stay("h", "ana", "hospital", date(2026, 11, 1), date(2026, 11, 30))
EARLIER = replace(IN_HOSPITAL, from_on=date(2026, 10, 5), to_on=date(2026, 10, 6))
TOLD = frozenset(records.CONSENT_ELEMENTS)
WRITTEN = records.Consent(
    "ana-c", "ana", date(2026, 9, 1), "written", TOLD, small_practice.NPI, "S1"
)
TAKEN_BACK = replace(WRITTEN, revoked_on=date(2026, 10, 15))


@pytest.mark.parametrize(("there", "back"), [(IN_HOSPITAL, EARLIER), (TAKEN_BACK, WRITTEN)])
def test_what_is_judged_between_two_audits_follows_the_records(compared, there, back):
    """Records change and change back, and nobody audits: what was judged in between goes."""

    def stored(record):
        with db.session(write=True) as opened:
            save(opened, small_practice.PRACTICE, [record])

    stored(back)
    before, asked = compared()
    assert asked
    assert compared() == (before, 0), "kept though the audit is older"
    stored(there)
    between, asked = compared()
    assert asked
    assert between != before
    assert compared() == (between, 0)
    stored(back)
    after, asked = compared()
    assert asked
    assert after == before


def test_what_was_judged_of_the_audited_records_holds_until_the_next_audit(compared):
    """The page says: as of the last audit. Each edit elsewhere would judge the month anew."""
    audited, _ = compared()
    with db.session(write=True) as opened:
        save(opened, small_practice.PRACTICE, [IN_HOSPITAL])
    assert compared() == (audited, 0)
    with db.session(write=True) as opened:
        refresh(opened, small_practice.PRACTICE, small_practice.NOVEMBER)
    assert compared()[0].cases == 0


def test_a_transaction_that_has_written_keeps_nothing_of_unaudited_records(compared):
    """It may be taken back."""
    lead = somebody("billing_lead")
    with db.session(write=True) as opened:
        save(opened, small_practice.PRACTICE, [IN_HOSPITAL])
        assert compare(opened, lead, small_practice.NOVEMBER).cases == 0
        opened.rollback()
    assert compared()[0].cases == 1


def test_every_kind_of_record_of_a_case_is_in_the_state():
    """A kind that is added to cases and forgotten here would leave old comparisons."""
    with db.session() as opened:
        practice = records.Practice("p", "P")
        kinds = _Batch(opened, practice, small_practice.NOVEMBER, []).wanted()
    stamped = {stamp.table for stamp in STAMPED if not stamp.columns} & set(records_state.STAMPED)
    for kind in kinds:
        assert record_table(kind).name in stamped or kind in records_state.SUMMED, kind


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
