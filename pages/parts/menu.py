"""Every page: its name in addresses and permissions, its file, title, icon and section."""

from __future__ import annotations

import copy
import functools
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from pages.parts.failures import no_access

FOLDER = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class PageEntry:
    """One page. ``name`` is its address, its key in the permissions and its file name."""

    name: str
    title: str
    icon: str
    section: str

    @property
    def file(self) -> Path:
        return FOLDER / f"{self.name}.py"


TODAY, BILLING, VALUE, PROOF, OFFICE = "Care", "Billing", "Planning", "Reference", "Practice"

PAGES = (
    PageEntry("home", "Home", "home", TODAY),
    PageEntry("enrollment", "Enrollment", "group_add", TODAY),
    PageEntry("minutes", "Minutes", "timer", TODAY),
    PageEntry("log_time", "Log time", "more_time", TODAY),
    PageEntry("patient", "Patient", "person", TODAY),
    PageEntry("pre_flight", "Pre-flight", "fact_check", BILLING),
    PageEntry("claims", "Claims and denials", "receipt_long", BILLING),
    PageEntry("audit_samples", "Audit samples", "policy", BILLING),
    PageEntry("what_if", "What would this month earn?", "calculate", VALUE),
    PageEntry("revenue", "Revenue", "trending_up", VALUE),
    PageEntry("program_health", "Program health", "monitor_heart", VALUE),
    PageEntry("rule_book", "Rule book", "menu_book", PROOF),
    PageEntry("policies", "Two policies", "balance", PROOF),
    PageEntry("tables", "Codes and tables", "table_chart", PROOF),
    PageEntry("fee_tables", "Fee tables", "payments", PROOF),
    PageEntry("imports", "Imports", "upload_file", OFFICE),
    PageEntry("people", "People", "badge", OFFICE),
    PageEntry("users", "Users", "manage_accounts", OFFICE),
    PageEntry("access_log", "Access log", "history", OFFICE),
    PageEntry("settings", "Settings", "settings", OFFICE),
    PageEntry("account", "My account", "account_circle", OFFICE),
)


def page(entry: PageEntry, is_allowed: bool, is_default: bool) -> st.Page:  # type: ignore[valid-type]
    """The page in Streamlit's menu; somebody who may not open it is led to "No access"."""
    # Streamlit marks the pages of a rerun: each gets copies of its own.
    return copy.copy(_made(entry.name, is_allowed, is_default))


@functools.cache
def _made(name: str, is_allowed: bool, is_default: bool) -> st.Page:  # type: ignore[valid-type]
    """Looks for the file and reads its name off its path: once, not for each page of each rerun."""
    entry = next(one for one in PAGES if one.name == name)
    return st.Page(
        entry.file if is_allowed else no_access,
        title=entry.title if is_allowed else "No access",
        icon=f":material/{entry.icon}:" if is_allowed else None,
        url_path=name,
        default=is_default,
        visibility="visible" if is_allowed else "hidden",
    )


@functools.cache
def built() -> tuple[PageEntry, ...]:
    """The pages whose files are there. Files do not come and go while the server runs."""
    return tuple(entry for entry in PAGES if entry.file.is_file())
