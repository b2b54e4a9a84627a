"""R20: there is no Safe Harbor export; who may not identify exports aggregates and tables only."""

from __future__ import annotations

from pathlib import Path

from ccm_core.access.permissions import ROLES, allowed

ROOT = Path(__file__).resolve().parents[2]
WITHOUT_PATIENTS = {"fee_tables", "program_health", "revenue", "rule_book", "tables"}
"""Pages whose exports were looked at: fees, rules, and aggregates with small counts suppressed."""


def test_who_may_not_identify_exports_no_page_of_patients():
    for role in ROLES:
        exports = {page for who, page, action in allowed() if (who, action) == (role, "export")}
        known = {page for who, page, action in allowed() if (who, action) == (role, "identify")}
        assert exports - known <= WITHOUT_PATIENTS | {"access_log", "imports", "policies"}, role
    consultant = {page for who, page, action in allowed()
                  if (who, action) == ("consultant", "export")}  # fmt: skip
    assert consultant <= WITHOUT_PATIENTS


def test_nothing_calls_an_export_de_identified():
    """A row-level export for others needs columns, dates, ages and ZIP codes thought through."""
    said = [
        file.name for folder in ("ccm_core", "pages") for file in (ROOT / folder).rglob("*.py")
        if "safe harbor" in file.read_text(encoding="utf-8").lower()
        or "de-identified" in file.read_text(encoding="utf-8").lower()
    ]  # fmt: skip
    assert said == []
