"""Filters live in the address: it is read on every run and is the only place they are kept.

A value that is not among the options is never used: the default takes its place
and a note says so. Searches are the exception: they hold names of patients and
stay in the session, so that no address, log or browser history has them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import streamlit as st
from sqlmodel import Session

from ccm_core import months
from ccm_core.access.identity import Identity
from ccm_core.months import Month
from ccm_core.program import panel, searching
from ccm_core.records import PAYER_KINDS, Practice
from ccm_core.store import db, reading
from ccm_core.store.queries import Only
from ccm_core.store.queries import people as known
from pages.parts import words
from pages.parts.guard import who

MONTHS_BACK = 36
PLACE = "place"
"""The parameter of the page number; every change of a filter goes back to the first."""
OF_PATIENTS = ("claims", "enrollment", "log_time", "minutes", "patient", "pre_flight")
"""Pages whose searches are for patients."""


def today(practice: Practice | None) -> date:
    """The day on the calendar of the practice; the universal one while there is none."""
    zone = months.time_zone(practice.time_zone if practice else "UTC")
    return months.utc_now().astimezone(zone).date()


def today_here() -> date:
    """The same, where no page has looked the practice up."""
    with db.session() as opened:
        return today(reading.practice(opened))


def row() -> Any:
    """The one row that holds the filters of a page."""
    return st.container(horizontal=True, vertical_alignment="bottom")


def put(name: str, value: str, default: str = "") -> None:
    """Write a filter into the address; the default needs no words."""
    for key in [key for key in st.query_params if key.startswith(PLACE)]:
        del st.query_params[key]
    if value == default:
        st.query_params.pop(name, None)
    else:
        st.query_params[name] = value


def wanted(name: str, options: Any, default: str = "") -> str:
    """What the address asks for, if it is one of the options."""
    asked = st.query_params.get(name, default)
    if asked in options:
        return str(asked)
    st.session_state.setdefault("filters_refused", []).append(name)
    return default


def refused() -> None:
    """Say which parts of the address could not be used; call it below the row of filters."""
    names = sorted(set(st.session_state.pop("filters_refused", [])))
    if names:
        st.info(
            f"The address names a value for {words.listed(names)} that is not there. "
            "The page shows its usual choice instead; pick another one above."
        )


def choice(
    name: str, label: str, options: Mapping[str, str], default: str = "", *, where: Any = st,
    width: int = 152,
) -> str:  # fmt: skip
    """One selection bound to the address: ``options`` are values with their names."""
    key = f"filter_{name}"
    chosen = wanted(name, options, default)
    st.session_state[key] = chosen
    where.selectbox(
        label, list(options), format_func=options.get, key=key, width=width,
        on_change=lambda: put(name, st.session_state[key], default),
    )  # fmt: skip
    return chosen


def switch(
    name: str, label: str, options: Mapping[str, str], default: str = "", *, where: Any = st
) -> str:
    """The same as a row of buttons, for a few short choices."""
    key = f"filter_{name}"
    chosen = wanted(name, options, default)
    st.session_state[key] = chosen
    where.segmented_control(
        label, list(options), format_func=options.get, key=key, required=True,
        on_change=lambda: put(name, st.session_state[key] or default, default),
    )  # fmt: skip
    return chosen


def month(practice: Practice, *, is_billing: bool = False, where: Any = st) -> Month:
    """The month control: tracking pages open on this month, billing pages on the one before."""
    this = Month.of(today(practice))
    known = {str(m): words.month(m) for m in (this.plus(-n) for n in range(MONTHS_BACK))}
    default = str(this.previous if is_billing else this)
    shown = Month.parse(wanted("month", known, default))
    _step(where, "chevron_left", "The month before", shown.previous, known, default)
    chosen = choice("month", "Month", known, default, where=where, width=160)
    _step(where, "chevron_right", "The month after", shown.following, known, default)
    return Month.parse(chosen)


def _step(
    where: Any, icon: str, said: str, to: Month, known: Mapping[str, str], default: str
) -> None:
    # The words are for those who hear the page; pages/router.py takes them out of sight.
    where.button(
        said, icon=f":material/{icon}:", help=said, key=f"filter_month_{icon}",
        disabled=str(to) not in known, on_click=lambda: put("month", str(to), default),
    )  # fmt: skip


def people(
    session: Session, practice: Practice, identity: Identity, *, where: Any = st,
    with_payer: bool = False,
) -> Only:  # fmt: skip
    """Whose patients: practitioner, care manager, location; a care manager has the own panel."""
    npi = choice("practitioner", "Practitioner", _practitioners(session, practice), where=where)
    manager = ""
    if not panel.is_bound(identity):
        managers = _care_managers(session, practice)
        manager = choice("care_manager", "Care manager", managers, where=where)
    location = choice("location", "Location", _locations(session, practice), where=where)
    payers = {"": "All", **{kind: words.sentence(kind) for kind in PAYER_KINDS}}
    payer = choice("payer", "Payer", payers, where=where) if with_payer else ""
    return panel.narrowed(identity, Only(npi, manager, location, payer))


def _practitioners(session: Session, practice: Practice) -> dict[str, str]:
    found = reading.practitioners(session, practice.practice_id)
    return {"": "All", **{person.npi: person.name or person.npi for person in found}}


def _care_managers(session: Session, practice: Practice) -> dict[str, str]:
    names = {
        person.staff_id: person.name for person in reading.staff(session, practice.practice_id)
    }
    found = known.care_manager_ids(session, practice.practice_id)
    return {"": "All", **{one: names.get(one) or one for one in found}}


def _locations(session: Session, practice: Practice) -> dict[str, str]:
    found = known.locations(session, practice.practice_id)
    return {"": "All", **{one: one for one in found}}


def search(page: str, *, where: Any = st, label: str = "Search", hint: str = "") -> str:
    """A search by name or number; kept in the session and out of the address."""
    found = where.text_input(
        label, key=f"search_{page}", type="search", placeholder=hint or "Name or number",
        max_chars=80, width=220, persist_state="session",
        on_change=lambda: _searched(page),
    )  # fmt: skip
    return str(found or "").strip()


def _searched(page: str) -> None:
    """Back to the first place of the list; a search for patients is on record."""
    st.query_params.pop(PLACE, None)
    about = next((name for name in OF_PATIENTS if page.startswith(name)), "")
    if about:
        searching.note(who(), about)
