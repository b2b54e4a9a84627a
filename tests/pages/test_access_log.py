"""The access log page: who may open it, what it shows, and that looking is on record."""

from __future__ import annotations

import re

import pytest
from streamlit.testing.v1 import AppTest

from ccm_core import months
from ccm_core.access.startup import IDENTITY_KEY
from ccm_core.store import access_log, db, log_anchors, log_report
from pages.parts import log_words, words
from tests.pages import small_practice
from tests.pages.page_text import listing, text_of
from tests.pages.signed_in import ROUTER, open_as, sign_in


@pytest.fixture(autouse=True)
def _store(store_url, tmp_path, monkeypatch):
    monkeypatch.setenv("CCM_DATABASE_URL", store_url)
    monkeypatch.setenv("CCM_VAR_DIR", str(tmp_path / "var"))
    small_practice.fill()
    with db.session(write=True) as session:
        access_log.record(session, None, "import", "import_batch", "77", reason="CANARY-REASON")
    yield
    db.dispose()


def count(action: str) -> int:
    with db.session() as session:
        return access_log.count(session, action=action, object_type="access_log")


@pytest.mark.parametrize("role", ["practice_manager", "billing_lead", "care_manager", "consultant"])
def test_others_do_not_see_it(role):
    at = AppTest.from_file(str(ROUTER.parent / "access_log.py"), default_timeout=60)
    at.user = {IDENTITY_KEY: sign_in(role)}
    at.run()
    assert not at.exception
    assert "No access" in text_of(at)
    assert count("view") == 0


@pytest.mark.parametrize("role", ["auditor", "administrator"])
def test_looking_is_on_record_once_for_each_question(role):
    at = open_as(role, "access_log")
    assert not at.exception
    assert count("view") == 1
    at.run()
    assert count("view") == 1
    at.query_params["action"] = "import"
    at.run()
    assert not at.exception
    assert count("view") == 2


def test_entries_are_told_in_words():
    at = open_as("auditor", "access_log")
    (newest, sign_in_entry, *_) = listing(at, "Entries of the access log")
    assert (newest["action"], newest["object_type"]) == ("View", "Access log")
    assert newest["reason"] == "all entries of the period"
    assert sign_in_entry["object_type"] == "User account"
    assert sign_in_entry["object_id"].startswith("auditor-"), "the user name, not its number"
    assert re.fullmatch(r"\d+ \w{3} \d{4}, \d\d:\d\d:\d\d", newest["at"])


def test_reasons_are_told_in_words_and_found_by_them():
    with db.session(write=True) as session:
        access_log.record(session, None, "change_role", "user_account", "77",
                          reason="care_manager to practice_manager")  # fmt: skip
        access_log.record(session, None, "close", "month", "2026-10", reason="audited 2026-11-02")
    at = open_as("auditor", "access_log")
    rows = listing(at, "Entries of the access log")
    assert {"role Auditor", "Care manager to Practice manager", "audited 2 Nov 2026"} <= {
        row["reason"] for row in rows
    }
    assert "Oct 2026" in {row["object_id"] for row in rows}
    at.text_input[0].set_value("October 2026").run()
    assert [row["object_id"] for row in listing(at, "Entries of the access log")] == ["Oct 2026"]
    with db.session() as session:
        reasons = {row.reason for row in log_report.page(session, log_report.Wanted()).rows}
    assert "care_manager to practice_manager" in reasons, "what is stored stays as it is"


@pytest.mark.parametrize(
    ("action", "stored", "shown"),
    [
        ("add_user", "role practice_manager", "role Practice manager"),
        ("export", "pre_flight export", "Pre-flight export"),
        ("edit_patient", "born_on, family_name", "born on, family name"),
        ("attach", "consent_17", "consent_17"),
        ("view", "claim 2026-10", "claim Oct 2026"),
        ("view", "", words.NOTHING),
    ],
)
def test_a_reason_in_words(action, stored, shown):
    assert log_words.reason(action, stored) == shown


def test_what_is_shown_is_found():
    assert log_words.stored("Practice Manager") == "practice_manager"
    assert log_words.stored("claim Oct 2026") == "claim 2026-10"
    assert log_words.stored("Foo 2026, 2 Abc 2025") == "Foo 2026, 2 Abc 2025"


@pytest.mark.parametrize("wrong", ["2025-02-31", "x2025-02-01", "2025-13", "2025-02-01-7", ""])
def test_only_days_and_months_are_said_anew(wrong):
    assert months.said_text(wrong) == wrong
    said = months.said_text("Date of service 2025-06-01 lies outside 2025-05.")
    assert said == "Date of service 1 Jun 2025 lies outside May 2025."


def test_an_account_is_found_by_its_user_name():
    at = open_as("auditor", "access_log")
    name = listing(at, "Entries of the access log")[0]["user_id"]
    at.text_input[0].set_value(name).run()
    found = listing(at, "Entries of the access log")
    assert found
    assert {row["object_id"] for row in found} == {name}


def test_verification_says_what_it_compared(tmp_path, monkeypatch):
    at = open_as("auditor", "access_log")
    button = next(b for b in at.button if "Verify" in b.label)
    button.click().run()
    assert not at.exception
    assert "No head kept outside was compared" in at.warning[0].value
    assert count("verify") == 1
    monkeypatch.setenv("CCM_LOG_ANCHOR", str(tmp_path / "heads.jsonl"))
    with db.session() as session:
        log_anchors.keep(session)
    next(b for b in at.button if "Verify" in b.label).click().run()
    assert "heads.jsonl" in at.success[0].value
