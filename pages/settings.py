"""Settings: who the practice is, where it is paid, and by which policy months are judged."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any

import streamlit as st

from ccm_core import tables as dated
from ccm_core.errors import CcmError
from ccm_core.fees import localities
from ccm_core.policy import POLICIES, PREFERENCES
from ccm_core.program import practice_settings
from ccm_core.records import SETTINGS, Practice
from ccm_core.store import db, reading
from pages.parts import (
    acting,
    backups,
    billing_form,
    conflict,
    empty,
    filters,
    links,
    status,
    words,
    work_settings,
    working,
)
from pages.parts.guard import guard, may

who = guard("settings")

LABELS = {
    "name": "Name of the practice", "npi": "NPI of the practice", "tin": "Tax number (TIN)",
    "time_zone": "Time zone", "setting": "Setting", "locality": "Locality", "state": "State",
    "policy": "Policy", "preference": "Choice among legal paths",
    "access_proof_on": "Last proof of 24/7 access",
}  # fmt: skip
SETTING_WORDS = {
    "office": "Office", "facility": "Facility (hospital outpatient)",
    "rhc": "Rural health clinic", "fqhc": "Federally qualified health center",
}  # fmt: skip
PREFERENCE_WORDS = {"natural": "Natural: the path of those who did the work",
                    "highest": "Highest legal amount"}  # fmt: skip
SAID = {"setting": SETTING_WORDS.get, "policy": words.POLICIES.get,
        "preference": PREFERENCE_WORDS.get}  # fmt: skip


def read() -> conflict.Shown:
    with db.session() as session:
        practice, version = practice_settings.shown(session, who)
    stored = asdict(practice)
    return conflict.Shown(version, {name: stored[name] for name in LABELS})


def save(version: int, values: conflict.Values) -> None:
    with working.shown("Saving, and checking the newest months by it"):
        touched = acting.act(
            "settings", "edit",
            lambda s, me: practice_settings.save(s, me, values, version, today),
        )  # fmt: skip
    again = ", ".join(words.month(month) for month in touched.audited)
    acting.tell(f"The settings are saved. {f'Audited again: {again}.' if again else ''} "
                f"{touched.sentence}")  # fmt: skip


def places() -> tuple[list[str], dict[str, str]]:
    """Localities of the year with their names."""
    names = {"national": "National amounts (no locality)"}
    names |= {
        one.locality: f"{one.locality} {words.place(one.name)}" for one in localities(today.year)
    }
    return list(names), names


def index(options: list[str] | tuple[str, ...], value: str) -> int | None:
    return options.index(value) if value in options else None


def fields(form: conflict.Guarded, shown: conflict.Values) -> dict[str, Any]:
    """The widgets of the form; values as they are typed."""
    key = form.key
    left, right = st.columns(2)
    with left:
        name = st.text_input(LABELS["name"], shown["name"], key=key("name"), max_chars=120)
        npi = st.text_input(LABELS["npi"], shown["npi"], key=key("npi"), max_chars=10)
        tin = st.text_input(LABELS["tin"], shown["tin"], key=key("tin"), max_chars=10)
        zones = list(dict.fromkeys((*practice_settings.ZONES, shown["time_zone"])))
        zone = st.selectbox(LABELS["time_zone"], zones, key=key("time_zone"),
                            index=index(zones, shown["time_zone"]))  # fmt: skip
        proof = st.date_input(LABELS["access_proof_on"], shown["access_proof_on"],
                              max_value=today, key=key("access_proof_on"),
                              help="Call log or report of the answering service.",
                              format=words.DAY_FIELD)  # fmt: skip
    with right:
        setting = st.selectbox(LABELS["setting"], SETTINGS, index(SETTINGS, shown["setting"]),
                               format_func=SETTING_WORDS.get, key=key("setting"))  # fmt: skip
        codes, named = places()
        codes = list(dict.fromkeys((*codes, shown["locality"])))
        locality = st.selectbox(
            LABELS["locality"], codes, index(codes, shown["locality"]),
            format_func=lambda c: named.get(c, c), key=key("locality"),
        )  # fmt: skip
        states = ["", *(row["state"] for row in dated.load("states", "state").rows)]
        state = st.selectbox(LABELS["state"], states, index(states, shown["state"]),
                             key=key("state"))  # fmt: skip
        policy = st.selectbox(LABELS["policy"], POLICIES, index(POLICIES, shown["policy"]),
                              format_func=words.POLICIES.get, key=key("policy"))  # fmt: skip
        preference = st.selectbox(
            LABELS["preference"], PREFERENCES, index(PREFERENCES, shown["preference"]),
            format_func=PREFERENCE_WORDS.get, key=key("preference"),
        )  # fmt: skip
    return {
        "name": name, "npi": npi, "tin": tin, "time_zone": zone, "setting": setting,
        "locality": locality, "state": state or "", "policy": policy, "preference": preference,
        "access_proof_on": proof if isinstance(proof, date) else None,
    }  # fmt: skip


def edit() -> None:
    form = conflict.Guarded("practice_settings", LABELS, read, save, SAID)
    if form.is_contested():
        form.screen()
        return
    shown = form.hold().values
    with st.form(form.key("form")):
        values = fields(form, shown)
        st.caption("A change of policy, locality, setting, state or path is a change of results: "
                   "the two newest months are audited again at once, older ones at their next "
                   "run. Closed months keep what they were closed with.")  # fmt: skip
        is_asked = st.form_submit_button("Save the settings", type="primary")
    if is_asked:  # behind the form: a button that stops the work may not stand in one
        problems = practice_settings.check(values, today, shown)
        for sentence in problems.values():
            st.error(sentence)
        if not problems:
            form.submit(values)


def set_up() -> None:
    """The same form for a practice that is not there yet."""
    if not may(who, "settings", "edit"):
        empty.no_practice()
        return
    st.info("Set up the practice first: months and days follow its time zone. Everything can be "
            "changed later.", icon=":material/flag:")  # fmt: skip
    form = conflict.Guarded("practice_new", LABELS, read, save, SAID)
    with st.form("practice_new"):
        values = fields(form, asdict(Practice("", "")))
        if st.form_submit_button("Set up the practice", type="primary"):
            acting.attempt(
                "settings", "edit",
                lambda s, me: practice_settings.begin(s, me, values, today),
                "The practice is set up. Add your people next, then patients or an export.",
            )  # fmt: skip
    look_up()


def listed(shown: conflict.Values) -> None:
    """The settings for those who may only read them."""
    for name, label in LABELS.items():
        value = shown[name]
        said = places()[1].get if name == "locality" else SAID.get(name, str)
        text = words.day(value) if isinstance(value, date) else said(value or "") or value
        st.markdown(f"**{label}:** {words.plain(str(text or words.NOTHING))}")


def look_up() -> None:
    """The locality of a ZIP code, to be chosen above."""
    with st.expander("Find the locality by ZIP code"):
        zip5 = st.text_input("ZIP code of the practice", max_chars=5, key="settings_zip")
        if not zip5:
            return
        try:
            found = practice_settings.locality_by_zip(zip5, today)
        except CcmError as refused:
            st.error(words.refused(refused))
            return
        names = places()[1]
        st.success(f"ZIP {zip5} lies in locality {words.plain(names.get(found, found))}.")


def about() -> None:
    """What lives on other pages."""
    links.to("policies", "What would change under the other policy?", ":material/balance:")


st.title("Settings")
st.write("Who the practice is, where it is paid, and by which policy its months are judged.")
with db.session() as opened:
    practice = reading.practice(opened)
today = filters.today(practice)
if practice is None:
    set_up()
    st.stop()
acting.told()
with db.session() as opened:
    empty.ways_on(opened, practice)
if practice.access_proof_on is None:
    st.html(status.html("NOTE", "No proof of 24/7 access is recorded; rule P06 notes it on every "
                                "claim."))  # fmt: skip
if may(who, "settings", "edit"):
    edit()
else:
    listed(read().values)
look_up()
work_settings.show(who, today)
about()
billing_form.show(who, practice)
st.header("If this machine fails")
with db.session() as opened:
    backups.show(opened, practice.time_zone)
