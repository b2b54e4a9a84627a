"""Saved projections: one's own, compared, shared without anything about patients; the workbook."""

from __future__ import annotations

import io
import json

import openpyxl
import pytest
from typer.testing import CliRunner

from ccm_core import months, overlay
from ccm_core.access.identity import Identity
from ccm_core.cli import app
from ccm_core.errors import PermissionDenied, UsageError
from ccm_core.money.minutes_mix import COUNTED
from ccm_core.money.scenario import from_link, scenario
from ccm_core.program import saved_scenarios
from ccm_core.store import db
from tests.pages import small_practice
from tests.pages.page_text import column, listing, text_of
from tests.pages.signed_in import open_as


@pytest.fixture
def store(store_url, monkeypatch):
    monkeypatch.setenv("CCM_DATABASE_URL", store_url)
    monkeypatch.setattr(months, "clock", lambda: small_practice.NOW)
    yield store_url
    overlay.use(overlay.EMPTY)
    db.dispose(store_url)


def as_(role: str, user="u1") -> Identity:
    return Identity(user, user, "U One", role, "0" * 64)


def test_everybody_keeps_their_own(store):
    with db.session(write=True) as opened:
        saved_scenarios.save(opened, as_("consultant"), "Small", scenario(months=12))
        saved_scenarios.save(opened, as_("consultant"), "Large", scenario(months=24))
        saved_scenarios.save(opened, as_("consultant"), "Small", scenario(months=18))
        saved_scenarios.save(opened, as_("billing_lead", "u2"), "Small", scenario(months=6))
        mine = saved_scenarios.listed(opened, as_("consultant"))
        assert [(one.name, one.scenario.months) for one in mine] == [("Large", 24), ("Small", 18)]
        assert not any(one.is_older for one in mine)
        saved_scenarios.delete(opened, as_("consultant"), "Large")
        with pytest.raises(UsageError):
            saved_scenarios.delete(opened, as_("consultant"), "Large")
        assert len(saved_scenarios.listed(opened, as_("billing_lead", "u2"))) == 1


def test_a_saved_projection_and_its_link_hold_no_small_count_and_no_name(store):
    exact = scenario("Mrs Alder", minutes_histogram=f"{COUNTED} 5:40 25:3 45:90")
    with db.session(write=True) as opened:
        saved_scenarios.save(opened, as_("consultant"), "Mine", exact)
        (one,) = saved_scenarios.listed(opened, as_("consultant"))
    assert one.scenario == exact.shareable()
    assert not one.scenario.minutes_histogram.startswith(COUNTED)
    assert "25:3" not in one.scenario.minutes_histogram
    assert from_link(one.link) == exact.shareable()
    assert "Alder" not in from_link(one.link).to_text()


def test_a_projection_gets_another_name_and_replaces_none(store):
    mine, other = as_("consultant"), as_("consultant", "u2")
    with db.session(write=True) as opened:
        for name in ("A", "B"):
            saved_scenarios.save(opened, mine, name, scenario(months=12))
        before = {one.name: one.saved_at for one in saved_scenarios.listed(opened, mine)}
        saved_scenarios.rename(opened, mine, "A", "  First year ")
        after = {one.name: one.saved_at for one in saved_scenarios.listed(opened, mine)}
        assert after == {"B": before["B"], "First year": before["A"]}
        saved_scenarios.rename(opened, mine, "B", "B")
        for name, to in (("B", "First year"), ("A", "C"), ("B", ""), ("B", "x" * 61)):
            with pytest.raises(UsageError):
                saved_scenarios.rename(opened, mine, name, to)
        with pytest.raises(UsageError):
            saved_scenarios.rename(opened, other, "B", "Taken")
        with pytest.raises(PermissionDenied):
            saved_scenarios.rename(opened, as_("auditor"), "B", "C")
        assert set(after) == {one.name for one in saved_scenarios.listed(opened, mine)}


@pytest.mark.parametrize("name", ["", "   ", "x" * 61, "a\nb"])
def test_a_name_is_needed(store, name):
    with db.session(write=True) as opened, pytest.raises(UsageError):
        saved_scenarios.save(opened, as_("consultant"), name, scenario())


@pytest.mark.parametrize("role", ["auditor", "care_manager"])
def test_who_may_only_look_saves_nothing(store, role):
    with db.session(write=True) as opened, pytest.raises(PermissionDenied):
        saved_scenarios.save(opened, as_(role), "Mine", scenario())


def test_a_consultant_saves_and_compares_on_the_page(store):
    small_practice.fill()
    at = open_as("consultant", "revenue", preset="defaults", view="saved", months="12")
    assert not at.exception
    next(box for box in at.text_input if box.label == "Name").set_value("First year")
    next(b for b in at.button if b.label == "Save what is shown").click().run()
    assert "Saved as First year" in text_of(at)
    rows = listing(at, "Saved projections side by side")
    assert column(rows, "name") == ["First year"]
    assert column(rows, "months") == ["12"]
    next(box for box in at.text_input if box.label == "New name").set_value("Year one")
    next(b for b in at.button if b.label == "Rename").click().run()
    assert "First year is now Year one" in text_of(at)
    assert column(listing(at, "Saved projections side by side"), "name") == ["Year one"]
    shown = next(code.value for code in at.code).removeprefix("/revenue?s=")
    assert from_link(shown).months == 12
    next(b for b in at.button if b.label == "Delete").click().run()
    assert "Nothing is saved yet" in text_of(at)


def test_the_projection_is_exported_without_any_history(store, tmp_path, monkeypatch):
    monkeypatch.setenv("CCM_VAR_DIR", str(tmp_path / "var"))
    out = tmp_path / "projection.xlsx"
    words = ["export", "--month", "2026-10", "--what", "projection-xlsx", "--out", str(out)]
    done = CliRunner().invoke(app, [*words, "--db", store])
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert (told["from"], told["what"]) == ("defaults", "projection-xlsx")
    book = openpyxl.load_workbook(io.BytesIO(out.read_bytes()))
    cells = [c.value for sheet in book for row in sheet.iter_rows() for c in row]
    assert any(isinstance(cell, str) and cell.startswith("=") for cell in cells)
    again = CliRunner().invoke(app, [*words, "--db", store])
    assert again.exit_code == 2
