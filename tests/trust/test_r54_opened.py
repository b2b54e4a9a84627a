"""R54: what people typed is drawn as typed where one row is opened, too."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from ccm_core import months, records
from ccm_core.access.identity import Identity
from ccm_core.access.patient_keys import KEYS
from ccm_core.access.startup import IDENTITY_KEY
from ccm_core.program import care_planning
from ccm_core.store import db
from ccm_core.store.schema import record_table
from tests.pages import small_practice
from tests.pages.signed_in import open_as

MARKUP = "![b](//evil.example/y)[c](javascript:alert(2))<img src=x onerror=alert(3)>:red[z]"
POISONED = (
    (records.TimeEntry, "note"), (records.Staff, "name"), (records.Patient, "given_name"),
    (records.Payer, "name"), (records.Condition, "label"), (records.Practitioner, "name"),
)  # fmt: skip
PLACES = (("pre_flight", "claim"), ("patient", "patient"))


@pytest.fixture(autouse=True)
def poisoned(store_url, tmp_path, monkeypatch):
    monkeypatch.setenv("CCM_DATABASE_URL", store_url)
    monkeypatch.setenv("CCM_VAR_DIR", str(tmp_path / "var"))
    monkeypatch.setattr(months, "clock", lambda: small_practice.NOW)
    small_practice.fill()
    with db.session(write=True) as session:
        for kind, name in POISONED:
            session.connection().execute(update(record_table(kind)).values({name: MARKUP}))
    yield
    db.dispose()


def drawn(at) -> list[str]:
    """What Markdown gets to read: texts, alerts, and the cells of tables."""
    said = [str(one.value) for kind in ("markdown", "caption", "info", "warning", "error",
                                        "success", "header", "subheader", "title")
            for one in getattr(at, kind)]  # fmt: skip
    return said + [str(cell) for one in at.table for cell in one.value.to_numpy().ravel()]


@pytest.mark.parametrize(("page", "parameter"), PLACES)
def test_an_opened_row_draws_stored_text_as_it_is(page, parameter):
    at = open_as("practice_manager", page, month="2026-11")
    at.query_params[parameter] = KEYS.key_for(at.user[IDENTITY_KEY], "ana")
    at.run()
    assert not at.exception
    said = drawn(at)
    shown = [one for one in said if "evil" in one]
    assert shown, "the texts are there"
    for one in shown:
        assert "![b](" not in one
        assert "](javascript" not in one
        assert ":red[" not in one


def test_the_button_to_sign_with_draws_the_name_as_it_is():
    """The name of a practitioner comes with an import, and a label is Markdown as well."""
    own = Identity("u", "lind", "Lind", "practitioner", "0" * 64, small_practice.NPI)
    today = small_practice.NOW.date()
    with db.session(write=True) as session:
        draft = care_planning.plans(session, own, "ana", today).draft
        care_planning.save_version(session, own, "ana", draft, 0, today)
    at = open_as("practitioner", "patient", small_practice.NPI, month="2026-11")
    at.query_params["patient"] = KEYS.key_for(at.user[IDENTITY_KEY], "ana")
    at.session_state["patient_tabs"] = "Care plan"
    at.run()
    assert not at.exception
    (said,) = [one.label for one in at.button if one.key == "plan_sign"]
    assert "evil" in said
    assert "![b](" not in said
    assert "](javascript" not in said
