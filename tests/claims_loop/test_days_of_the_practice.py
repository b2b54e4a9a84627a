"""Days of the claims loop are days of the practice: in its evening UTC is a day ahead."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlmodel import select

from ccm_core import months
from ccm_core.errors import UsageError
from ccm_core.program import claim_run
from ccm_core.records import ClaimLine
from ccm_core.store import db
from ccm_core.store.schema import record_table
from tests.claims_loop.conftest import MONTH, practice_of, who

LEAD = who("billing_lead")


def test_a_month_is_not_closed_on_its_last_evening(lite, monkeypatch):
    """Time that is worked until midnight would come after the close."""
    practice = practice_of(lite)
    monkeypatch.setattr(months, "clock", lambda: datetime(2026, 11, 1, 2, 0, tzinfo=UTC))
    with (
        pytest.raises(UsageError, match="not over yet"),
        db.session(lite, write=True) as session,
    ):
        claim_run.close(session, LEAD, practice, MONTH)


def test_claims_approved_in_the_evening_bear_that_day(lite, monkeypatch):
    """They would be a day younger than their practice's own papers."""
    monkeypatch.setattr(months, "clock", lambda: datetime(2026, 11, 3, 2, 0, tzinfo=UTC))
    with db.session(lite, write=True) as session:
        made = claim_run.make(session, LEAD, practice_of(lite), MONTH)
        line = record_table(ClaimLine).c
        asked = select(line.created_on).where(line.status == "planned")
        made_on = set(session.connection().execute(asked).scalars())
    assert made.new
    assert made_on == {date(2026, 11, 2)}
