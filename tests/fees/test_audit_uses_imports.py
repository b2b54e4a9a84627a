"""An import makes every stored result of a month stale, and the next audit prices by it."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from ccm_core import overlay
from ccm_core.program import fee_versions
from ccm_core.store import db, reading
from ccm_core.store.results import refresh
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
