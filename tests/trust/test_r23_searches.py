"""R23, R31: a search for patients is one entry, without the words that were searched for."""

from __future__ import annotations

import pytest

from ccm_core import months
from ccm_core.store import access_log, db
from tests.pages import small_practice
from tests.pages.signed_in import open_as


@pytest.fixture(autouse=True)
def _filled(store_url, tmp_path, monkeypatch):
    monkeypatch.setenv("CCM_DATABASE_URL", store_url)
    monkeypatch.setenv("CCM_VAR_DIR", str(tmp_path / "var"))
    monkeypatch.setattr(months, "clock", lambda: small_practice.NOW)
    small_practice.fill()
    yield
    db.dispose()


def searches() -> list[tuple[str, str]]:
    with db.session() as session:
        rows = access_log.newest(session, 200, action="search")
        assert "Alder" not in repr(access_log.newest(session, 200))
    return [(row.object_type, row.object_id) for row in rows]


@pytest.mark.parametrize("page", ["patient", "minutes"])
def test_each_search_is_on_record_once(page):
    at = open_as("practice_manager", page)
    at.text_input(key=f"search_{page}").set_value("Alder").run()
    assert not at.exception
    at.run()
    assert searches() == [("page", page)]
    at.text_input(key=f"search_{page}").set_value("Birch").run()
    assert searches() == [("page", page)] * 2


def test_a_search_for_a_rule_is_none():
    at = open_as("practice_manager", "rule_book")
    at.text_input(key="search_rule_book").set_value("Alder").run()
    assert searches() == []
