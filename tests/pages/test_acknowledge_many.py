"""One reason on every open review of a rule: all or none, each on record, only what was shown."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from ccm_core.access.identity import Identity
from ccm_core.errors import Conflict, PermissionDenied, UsageError
from ccm_core.program import preflight
from ccm_core.records import CarePlan, TimeEntry
from ccm_core.store import db, queries, reading
from ccm_core.store.access_log import newest
from ccm_core.store.queries import EVERYBODY, Only
from ccm_core.store.results import refresh
from ccm_core.store.writing import save
from tests.pages.page_text import listing, text_of
from tests.pages.signed_in import open_as
from tests.pages.small_practice import NOVEMBER, PRACTICE
from tests.time_log.desk import NURSE

LEAD = Identity("u7", "bea", "Bea", "billing_lead", "h7")
COPY = "P02"  # no proof that the patient got a copy of the plan


@pytest.fixture(autouse=True)
def store(small_store):
    with db.session(write=True) as session:
        more = reading.records_of(session, TimeEntry, "ben")[0]
        save(session, PRACTICE, [replace(more, seconds=1_500)])
        refresh(session, PRACTICE, NOVEMBER)


def waiting(only: Only = EVERYBODY, who: Identity = LEAD):
    with db.session() as session:
        return preflight.waiting_of_rule(session, who, NOVEMBER, COPY, only)


def acknowledge(ids, reason="Copies were mailed on 3 November.", who: Identity = LEAD) -> int:
    with db.session(write=True) as session:
        return preflight.acknowledge_many(session, who, ids, reason)


def test_every_review_of_the_rule_and_each_on_record():
    found = waiting()
    assert sorted(one.patient_id for one in found) == ["ana", "ben"]
    assert [one.patient_id for one in waiting(Only(care_manager_id="S2"))] == []
    assert acknowledge([one.finding_id for one in found]) == 2
    assert not waiting()
    with db.session() as session:
        logged = [r.object_id for r in newest(session, 10) if r.action == "acknowledge"]
        reasons = queries.findings_of(session, PRACTICE, "ben", NOVEMBER)
    assert sorted(logged) == sorted(str(one.finding_id) for one in found)
    assert [f.reason for f in reasons if f.rule == COPY] == ["Copies were mailed on 3 November."]


def test_all_or_none():
    found = waiting()
    ids = [one.finding_id for one in found]
    with pytest.raises(UsageError, match="reason"):
        acknowledge(ids, " ")
    with pytest.raises(Conflict):
        acknowledge([*ids, 99_999])
    with pytest.raises(UsageError, match="Between 1"):
        acknowledge([])
    with pytest.raises(PermissionDenied):
        acknowledge(ids, who=NURSE)
    assert waiting() == found


def test_the_page_asks_for_a_look_and_a_reason():
    at = open_as("billing_lead", "pre_flight", month="2026-11", rule=COPY)
    assert sum(int(row["claims"]) for row in listing(at, "What the open reviews say")) == 2
    key = f"acknowledge_{COPY}_2026-11"
    button = next(b for b in at.button if b.label == "Acknowledge 2 reviews")
    at.text_input(key=f"{key}_why").set_value("Copies were mailed.")
    button.click().run()
    assert "Tick that you have looked" in text_of(at)
    at.checkbox(key=f"{key}_seen").check()
    next(b for b in at.button if b.label == "Acknowledge 2 reviews").click().run()
    assert not at.exception
    assert "2 reviews of P02 acknowledged." in text_of(at)
    assert not waiting()


def test_what_came_in_after_the_page_was_drawn_is_not_acknowledged():
    ids = [one.finding_id for one in waiting()]
    with db.session(write=True) as session:
        save(session, PRACTICE, [CarePlan("ben-p", "ben", date(2026, 9, 1), None,
                                          date(2026, 9, 2))])  # fmt: skip
        refresh(session, PRACTICE, NOVEMBER)
    with pytest.raises(Conflict):
        acknowledge(ids)
    assert [one.patient_id for one in waiting()] == ["ana"]


@pytest.mark.parametrize("role", ["auditor", "practitioner"])
def test_readers_are_not_offered_it(role):
    at = open_as(role, "pre_flight", month="2026-11", rule=COPY)
    assert not at.exception
    assert not [b for b in at.button if b.label.startswith("Acknowledge")]
