"""Log time: what am I doing now, and does it count?"""

from __future__ import annotations

from datetime import timedelta

import streamlit as st

from ccm_core.errors import CcmError
from ccm_core.months import Month
from ccm_core.program import panel, time_checks, time_keeping, time_log, time_shown, timer
from ccm_core.records import Practice
from ccm_core.store import db, reading
from pages.parts import empty, filters, links, time_desk, time_entry, time_form, time_list, words
from pages.parts.guard import guard, may

who = guard("log_time")

WAYS = {"": "With the timer", "hand": "By hand"}
APPROVAL_DAYS = 31


def desk() -> None:
    """The timer and the form, for those who log time."""
    try:
        with db.session() as opened:
            me = time_keeping.person(opened, practice, who.staff_id)
            shown = timer.mine(opened, who)
            of = reading.patient(opened, shown.patient_id) if shown else None
    except CcmError as refused:
        st.info(words.refused(refused))
        return
    active = {one.staff_id: one.name for one in staff if one.is_active}
    policy = time_checks.policy_on(practice, today)
    seat = time_desk.Desk(who, practice, me, active, policy)
    time_form.credential(me)
    way = filters.switch("way", "How", WAYS)
    filters.refused()
    if way == "hand":
        time_desk.by_hand(seat)
    elif shown is None or of is None:
        time_desk.ready(seat)
    else:
        name = f"{words.name(of.family_name, of.given_name)} · {of.mrn or words.NOTHING}"
        time_desk.running(seat, shown, name)
    time_form.list_of_activities()


def entries() -> None:
    """The day's entries with what counts of them."""
    st.header("Entries of the day")
    row = filters.row()
    chosen = row.date_input(
        "Day shown", today, max_value=today, key="shown_day", width=160, format=words.DAY_FIELD
    )
    of = ""
    if not panel.is_bound(who):
        names = {"": "Everybody", **team}
        of = filters.choice("of", "Whose time", names, where=row, width=220)
        filters.refused()
    with db.session() as opened:
        some = time_log.of_day(opened, who, chosen or today, of)
        shown = time_shown.with_counts(opened, who, some)
    time_list.day(who, practice, shown, team)


def approvals(of: Practice) -> None:
    """What waits for a second person."""
    with db.session() as opened:
        some = time_log.waiting(opened, who, today - timedelta(days=APPROVAL_DAYS), today)
    if some:
        st.header(f"{words.many(len(some), 'entry', 'entries')} to approve")
        time_list.waiting(who, of, some, team)


def differences() -> None:
    """What changed in this month and the one before after they were closed."""
    for month in (Month.of(today), Month.of(today).previous):
        with db.session() as opened:
            found = time_shown.after_close(opened, who, month)
        if found is not None and found.changes:
            time_list.after_close(found, practice)


st.title("Log time")
st.write("What you are doing now, and whether it counts.")
with db.session() as opened_now:
    practice = empty.practice_or_doors(opened_now)
    staff = reading.staff(opened_now, practice.practice_id)
today = filters.today(practice)
team = {one.staff_id: one.name for one in staff}
time_desk.say()
if may(who, "log_time", "edit") and who.staff_id:
    desk()
elif may(who, "log_time", "edit"):
    links_it = may(who, "users", "manage")
    st.info("Your account is not linked to a member of the care team, so it logs no time. "
            + ("Link it under Accounts of the team." if links_it
               else "An administrator links it on the page People."))  # fmt: skip
    if links_it:
        links.to("people", "Open People", ":material/arrow_forward:")
if entry_id := time_list.opened(who):
    time_entry.show(who, practice, entry_id)
entries()
if may(who, "log_time", "approve"):
    approvals(practice)
differences()
