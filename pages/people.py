"""People: who is on the team, what each carries, and whether the hours suffice."""

from __future__ import annotations

import streamlit as st

from ccm_core.program import workload
from ccm_core.store import db, reading
from pages.parts import (
    acting,
    empty,
    filters,
    people_edit,
    people_list,
    practitioner_work,
    time_desk,
    words,
)
from pages.parts.guard import guard, may

who = guard("people")


def answer(team: workload.Team) -> None:
    """The sums: people, hours left, hours needed, who shows signs of too much."""
    counted = [one for one in team.loads if one.is_counted and one.person.is_active]
    left, needed = team.hours_left, team.hours_needed
    strained = sum(bool(one.signs) for one in team.loads)
    places = st.columns(4)
    with places[0], st.container(border=True, height="stretch"):
        st.metric("People whose time counts", len(counted))
        st.caption(f"Of {words.many(len(team.loads), 'person', 'people')} on the list.")
    with places[1], st.container(border=True, height="stretch"):
        st.metric("Hours needed", f"{needed:,.1f}")
        st.caption(f"For {words.month(month)}, to the first mark of all within reach.")
    with places[2], st.container(border=True, height="stretch"):
        st.metric("Hours left", f"{left:,.0f}" if left is not None else words.NOTHING)
        st.caption(people_list.spare(left, needed, team.workdays))
    with places[3], st.container(border=True, height="stretch"):
        st.metric("With signs of overload", strained)
        st.caption("Hours, time outside clinic hours, or panel; see the list.")


st.title("People")
st.write("Who is on the team, what each of them carries, and whether the hours suffice.")
time_desk.say()
acting.told()
with db.session() as opened:
    practice = reading.practice(opened)
if practice is None:
    empty.no_practice()
    st.stop()
today = filters.today(practice)
month = filters.month(practice, where=filters.row())
filters.refused()
with st.spinner("Adding up the month of the team."), db.session() as opened:
    team = workload.team(opened, who, practice, month, today)
answer(team)
st.caption(words.holidays(month, today))
st.header("The team")
people_list.show(who, team)
people_list.benchmarks(today)
if person_id := people_list.opened(who):
    people_edit.one(who, person_id)
if may(who, "people", "edit"):
    people_edit.new()
    people_edit.panels(who, practice, month, team)
practitioner_work.show(who)
if may(who, "users", "manage"):
    people_edit.accounts(who, team)
