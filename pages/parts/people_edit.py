"""Changing the team: a person, a panel, the account of a person."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from decimal import Decimal
from typing import Any

import streamlit as st

from ccm_core.access.identity import Identity
from ccm_core.errors import CcmError
from ccm_core.months import Month
from ccm_core.program import people, time_checks
from ccm_core.program.people import Said
from ccm_core.program.workload import Team
from ccm_core.records import Practice
from ccm_core.store import db, reading
from ccm_core.store.queries import Only
from pages.parts import acting, people_list, tables, words
from pages.parts.guard import may
from pages.parts.time_desk import SAID

SHOWN, MINE = "person_shown", "person_mine"
_FIELDS = {
    "name": "Name", "credential": "Credential", "actor": "Kind", "outside_us": "Outside the US",
    "weekly_hours": "Hours a week", "is_active": "Works here",
}  # fmt: skip


def _act(what: Callable[..., Any], *args: Any, said: str, page: str = "people") -> bool:
    """One change in a transaction of its own; for callbacks."""
    try:
        acting.act(page, "manage" if page == "users" else "edit",
                   lambda opened, actor: what(opened, actor, *args))  # fmt: skip
    except CcmError as refused:
        st.session_state[SAID] = ("error", str(refused))
        return False
    st.session_state[SAID] = ("success", said)
    return True


def one(who: Identity, staff_id: str) -> None:
    """The person that the address opens, and the form to change them."""
    try:
        with db.session() as opened:
            row = people.shown(opened, who, staff_id)
    except CcmError as refused:
        st.info(words.refused(refused))
        return
    st.header(words.plain(row.name))
    is_counted, why = time_checks.counts(row)
    st.caption(f"Time {'counts' if is_counted else 'does not count'}: {words.plain(why)}.")
    if not may(who, "people", "edit"):
        return
    mark = st.session_state.get(SHOWN)
    if mark is None or mark[0] != staff_id:
        st.session_state[SHOWN] = mark = (staff_id, row.version)
    mine = st.session_state.get(MINE)
    if mine is not None and mine[0] == staff_id and mine[1] != row.version:
        _conflict(row, mine[2])
        return
    prefix = f"person_{staff_id}_{mark[1]}"
    with st.form("person"):
        _fields(prefix, row)
        st.form_submit_button(
            "Save", type="primary", on_click=_save, args=(staff_id, mark[1], prefix)
        )
    st.button("Close", key="person_close", on_click=_leave)


def _fields(prefix: str, row: Any = None) -> None:
    held = row or Said("")
    left, right = st.columns(2)
    left.text_input("Name", held.name, key=f"{prefix}_name", max_chars=120)
    right.text_input("Credential", held.credential, key=f"{prefix}_credential", max_chars=40,
                     help="For example RN, LPN, CMA, PharmD.")  # fmt: skip
    kinds = list(people.WORKING)
    left.selectbox("Kind", kinds, index=kinds.index(held.actor) if held.actor in kinds else 0,
                   format_func=words.sentence, key=f"{prefix}_actor")  # fmt: skip
    hours = float(held.weekly_hours) if held.weekly_hours is not None else None
    right.number_input("Hours a week for care management", 0.0, 168.0, hours, 0.5,
                       key=f"{prefix}_hours")  # fmt: skip
    left.checkbox("Works outside the United States (time does not count)", held.outside_us,
                  key=f"{prefix}_outside")  # fmt: skip
    right.checkbox("Works here", held.is_active, key=f"{prefix}_active")


def _typed(prefix: str) -> Said:
    held = {name: st.session_state.get(f"{prefix}_{name}")
            for name in ("name", "credential", "actor", "hours", "outside", "active")}  # fmt: skip
    hours = Decimal(str(held["hours"])) if held["hours"] is not None else None
    return Said(
        str(held["name"] or ""), str(held["credential"] or ""), str(held["actor"] or ""),
        bool(held["outside"]), hours, bool(held["active"]),
    )  # fmt: skip


def _save(staff_id: str, version: int, prefix: str) -> None:
    _put(staff_id, version, _typed(prefix))


def _put(staff_id: str, version: int, said: Said) -> None:
    st.session_state[MINE] = (staff_id, version, said)
    if _act(people.edit, staff_id, version, said, said="The person was changed."):
        _forget()


def _forget() -> None:
    for name in (SHOWN, MINE):
        st.session_state.pop(name, None)


def _leave() -> None:
    st.query_params.pop(people_list.OPENS, None)
    _forget()


def _conflict(row: Any, mine: Said) -> None:
    st.error("Somebody else changed this person while you had the form open. Compare both.")
    typed = asdict(mine)
    rows = [
        {"what": title, "theirs": _word(getattr(row, name)), "mine": _word(typed[name])}
        for name, title in _FIELDS.items()
    ]
    columns = (tables.Column("what", ""), tables.Column("theirs", "As it stands now"),
               tables.Column("mine", "As you typed it"))  # fmt: skip
    tables.whole("person_conflict", columns, rows, alt="Both versions")
    buttons = st.container(horizontal=True)
    buttons.button("Keep what stands", key="person_theirs", on_click=_forget)
    buttons.button("Put mine in its place", key="person_mine_button", type="primary",
                   on_click=_put, args=(row.staff_id, row.version, mine))  # fmt: skip


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return words.NOTHING if value in (None, "") else words.sentence(str(value))


def new() -> None:
    """Add a person."""
    prefix = acting.fresh("new")
    with st.expander("Add a person"), st.form(f"{prefix}_person"):
        _fields(prefix)
        st.form_submit_button("Add to the team", type="primary", on_click=_add, args=(prefix,))


def _add(prefix: str) -> None:
    if _act(people.add, _typed(prefix), said="The person is on the team now."):
        acting.begin_anew("new")


def panels(who: Identity, practice: Practice, month: Month, team: Team) -> None:
    """Give patients to a care manager, many at once."""
    if not may(who, "minutes", "identify"):
        return
    with st.expander("Assign panels"):
        names = {load.person.staff_id: load.person.name for load in team.loads}
        active = {load.person.staff_id: load.person.name for load in team.loads
                  if load.person.is_active}  # fmt: skip
        row = st.container(horizontal=True, vertical_alignment="bottom")
        now = {"(nobody)": "Nobody", **names}
        of = row.selectbox("Patients of", list(now), index=None, format_func=now.get,
                           key="panel_from", width=220)  # fmt: skip
        if of is None:
            st.caption("Choose whose patients are to be given to somebody else.")
            return
        with db.session() as opened:
            only = Only(care_manager_id="" if of == "(nobody)" else of)
            found = [p for p in people.on_panel(opened, who, only)
                     if of != "(nobody)" or not p.care_manager_id]  # fmt: skip
        _choose(row, found, active, month)


def _choose(row: Any, found: list[Any], active: dict[str, str], month: Month) -> None:
    names = {p.patient_id: f"{words.name(p.family_name, p.given_name)} · {p.mrn}" for p in found}
    to = {"": "Nobody", **active}
    chosen = row.selectbox("To", list(to), index=None, format_func=to.get, key="panel_to",
                           width=220)  # fmt: skip
    everybody = st.checkbox(f"All {len(found):,} patients", key="panel_all")
    if not everybody:
        st.multiselect("Patients", list(names), format_func=names.get, key="panel_some")
    versions = {p.patient_id: p.version for p in found}
    st.button(
        "Assign", key="panel_assign", type="primary", disabled=chosen is None or not found,
        on_click=_assign, args=(versions, chosen, everybody, month),
    )  # fmt: skip


def _assign(versions: dict[str, int], to: str, everybody: bool, month: Month) -> None:
    some = set(st.session_state.get("panel_some") or ())
    meant = {one: v for one, v in versions.items() if everybody or one in some}
    said = f"{words.many(len(meant), 'patient')} assigned."
    if _act(people.assign, meant, to, month, said=said):
        st.session_state.pop("panel_some", None)
        st.session_state.pop("panel_all", None)


def accounts(who: Identity, team: Team) -> None:
    """Which account belongs to which person; only they can log time."""
    with st.expander("Accounts of the team"):
        with db.session() as opened:
            known = people.accounts(opened, who)
            doctors = reading.practitioners(opened)
        names = {load.person.staff_id: load.person.name for load in team.loads}
        # Who logs time already has a place on the team and signs by that one, too.
        on_team = set(names.values())
        names |= {d.npi: f"{d.name} (signs, logs no time)" for d in doctors
                  if d.name not in on_team}  # fmt: skip
        rows = [
            {"user": a.username, "name": a.name, "person": names.get(a.staff_id)} for a in known
        ]
        columns = (tables.Column("user", "Account"), tables.Column("name", "Name"),
                   tables.Column("person", "Person"))  # fmt: skip
        tables.whole("accounts", columns, rows, alt="Accounts and their people")
        row = st.container(horizontal=True, vertical_alignment="bottom")
        users = {a.user_id: a.username for a in known}
        row.selectbox("Account", list(users), index=None, format_func=users.get,
                      key="link_user", width=220)  # fmt: skip
        people_of = {"": "Nobody", **names}
        row.selectbox("Person", list(people_of), format_func=people_of.get,
                      key="link_staff", width=220)  # fmt: skip
        row.button("Link", key="link_button", on_click=_link)
        st.caption("A change ends all sessions of that account at once.")


def _link() -> None:
    user_id = str(st.session_state.get("link_user") or "")
    staff_id = str(st.session_state.get("link_staff") or "")
    _act(people.link, user_id, staff_id, said="The account was linked.", page="users")
