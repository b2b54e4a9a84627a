"""An import makes every stored result of a month stale, and the next audit prices by it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import func, select

from ccm_core import overlay, tables
from ccm_core.errors import PermissionDenied
from ccm_core.program import fee_versions, following_up
from ccm_core.store import db, fees_in_force, reading
from ccm_core.store.results import refresh, standing
from ccm_core.store.schema import CaseResult, table_of
from tests.fees.test_fee_versions import as_
from tests.money import cms_layouts as cms
from tests.pages import small_practice

DOUBLED = (("99490", "A", "2.00", "1.82", "", "0.48", "", "0.14"),
           ("99439", "A", "1.40", "1.30", "", "0.60", "", "0.10"))  # fmt: skip


@pytest.fixture(autouse=True)
def _store(store_url, monkeypatch):
    monkeypatch.setenv("CCM_DATABASE_URL", store_url)
    small_practice.fill()
    yield
    overlay.use(overlay.EMPTY)
    db.dispose(store_url)


def allowed(opened, month):
    c = table_of(CaseResult).c
    return opened.connection().scalar(select(func.sum(c.allowed_usd)).where(c.month == month))


def test_results_follow_the_fees_and_come_back():
    month = small_practice.NOVEMBER
    data = cms.pprrvu(2026, "January", DOUBLED, "33.4009", "12/30/2025", extra_column=True)
    with db.session(write=True) as opened:
        practice_id = reading.practice(opened).practice_id
        refresh(opened, practice_id, month)
        before, mark = allowed(opened, month), refresh(opened, practice_id, month)
        assert mark.audited == 0
        staged = fee_versions.stage(opened, as_("billing_lead"), [("PPRRVU_nonQPP.csv", data)])
        (made,) = fee_versions.commit(opened, as_("billing_lead"), staged)
        again = refresh(opened, practice_id, month)
        assert again.tables_version != mark.tables_version
        assert again.audited == again.cases
        assert allowed(opened, month) > before
        fee_versions.revert(opened, as_("billing_lead"), made.id)
        back = refresh(opened, practice_id, month)
        assert (back.tables_version, allowed(opened, month)) == (mark.tables_version, before)
    assert overlay.current() is overlay.EMPTY


def test_months_are_audited_by_new_fees_and_older_ones_are_called_outdated():
    """The newest follow an import at once; of the others Pre-flight says so."""
    months = [small_practice.NOVEMBER.previous, small_practice.NOVEMBER]
    data = cms.pprrvu(2026, "January", DOUBLED, "33.4009", "12/30/2025", extra_column=True)
    lead = as_("billing_lead")
    with db.session(write=True) as opened:
        practice = reading.practice(opened)
        for month in months:
            refresh(opened, practice.practice_id, month)
        known = following_up.months_with_results(opened, practice.practice_id)
        assert not standing.outdated(opened, practice, months)
        before = allowed(opened, months[1])
        assert following_up.catch_up(opened) == following_up.Touched()
        staged = fee_versions.stage(opened, lead, [("PPRRVU_nonQPP.csv", data)])
        (made,) = fee_versions.commit(opened, lead, staged)
        touched = following_up.catch_up(opened, newest=1)
        assert touched.audited == (known[-1],)
        assert set(touched.waiting) >= set(months) - {known[-1]}
        assert "keep their last result" in touched.sentence
        assert following_up.follow_fees(opened, lead).audited
        with overlay.pinned(fees_in_force.of_store(opened)):
            assert not following_up.is_outdated(opened, practice, months[1])
        assert allowed(opened, months[1]) > before
        fee_versions.revert(opened, lead, made.id)
        assert following_up.is_outdated(opened, practice, months[1])
        following_up.follow_fees(opened, lead)
        assert allowed(opened, months[1]) == before
        assert not following_up.is_outdated(opened, practice, months[1])


def test_a_month_of_which_only_some_were_judged_is_outdated_once_tables_change(monkeypatch):
    with db.session(write=True) as opened:
        practice, month = reading.practice(opened), small_practice.NOVEMBER.plus(-7)
        refresh(opened, practice.practice_id, month, ["1"])
        assert not following_up.is_outdated(opened, practice, month)
        monkeypatch.setattr(tables, "_shipped_version", lambda: "another")
        assert following_up.is_outdated(opened, practice, month)
        renamed = replace(practice, name="Another name")
        monkeypatch.undo()
        assert standing.basis(renamed) == standing.basis(practice)
        assert standing.basis(replace(practice, time_zone="Asia/Tokyo")) != standing.basis(practice)


def test_only_who_may_import_makes_months_follow():
    with db.session(write=True) as opened, pytest.raises(PermissionDenied):
        following_up.follow_fees(opened, as_("care_manager"))
