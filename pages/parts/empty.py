"""Honest empty states: what is not there, and what to do about it."""

from __future__ import annotations

import streamlit as st
from sqlmodel import Session

from ccm_core.records import Practice
from ccm_core.store import consulting, reading
from ccm_core.store.queries.people import has_patients
from pages.parts import links
from pages.parts.guard import may, reader

_WHO_SETS_UP = (
    "An administrator enters the practice's name and time zone under Settings; "
    "people and patients follow."
)


def practice_or_doors(session: Session, title: str = "") -> Practice:
    """The practice; without one, or without any patient, three doors and nothing else.

    ``title`` is for pages that write their own only later.
    """
    found = reading.practice(session)
    if found is not None and consulting.is_bound():
        return found  # whether there are patients is not theirs to ask
    if found is None or not has_patients(session, found.practice_id):
        if title:
            st.title(title)
        three_doors(found)
        st.stop()
    return found


def three_doors(practice: Practice | None) -> None:
    """The first run of an empty practice: the doors that this person may open."""
    doors = _doors(practice)
    if not doors:
        st.header("There are no patients here yet.")
        nothing("Nothing can be shown before there are some.", "A manager brings them in.")
        links.to("rule_book", "Read what will be checked", ":material/arrow_forward:")
        return
    st.header("There are no patients here yet. Choose a way in.")
    for place, (title, said, page, label, start) in zip(st.columns(3), doors, strict=False):
        with place.container(border=True, height="stretch"):
            st.markdown(f"**{title}**")
            st.write(said)
            if page:
                links.to(page, label, ":material/arrow_forward:", start=start)
            if page == "patient" and may(reader(), "people", "edit"):
                links.to("people", "Add your people", ":material/arrow_forward:")


def _doors(practice: Practice | None) -> list[tuple[str, str, str, str, str]]:
    """Title, sentence, page, button and what the page opens with, of each door.

    A door without a page is somebody else's to open.
    """
    found = []
    if may(reader(), "imports", "import"):
        found += [
            ("Look at the demo practice", "Made-up patients, twelve months, nothing to lose.",
             "imports", "Load the demo practice", "demo"),
            ("Import an export", "CSV, Excel or FHIR files from your record system.",
             "imports", "Open Imports", "files"),
        ]  # fmt: skip
    by_hand = "Start by hand"
    if practice is None and may(reader(), "settings", "edit"):
        said = "Set up the practice, add your people, then patients one by one."
        found.append((by_hand, said, "settings", "Open Settings", ""))
    elif practice is None and found and may(reader(), "patient", "edit"):
        found.append((by_hand, _WHO_SETS_UP, "", "", ""))  # said, and led to nothing that refuses
    elif practice is not None and may(reader(), "patient", "edit"):
        said = "Add your people, then patients one by one."
        found.append((by_hand, said, "patient", "Add the first patient", ""))
    return found


def ways_on(session: Session, practice: Practice) -> None:
    """What comes after the settings, as long as there is no patient."""
    if has_patients(session, practice.practice_id):
        return
    with st.container(horizontal=True):
        links.to("people", "Add your people", ":material/arrow_forward:")
        links.to("patient", "Add the first patient", ":material/arrow_forward:")
        links.to("imports", "Import an export", ":material/arrow_forward:")


def no_practice() -> None:
    """A page that needs the practice's own settings, and the ways in that this person has."""
    if may(reader(), "settings", "edit"):
        nothing("The practice is not set up yet.", "Its name and time zone come first.")
        links.to("settings", "Open Settings", ":material/arrow_forward:")
        return
    nothing("The practice is not set up yet.", _WHO_SETS_UP)
    if may(reader(), "imports", "import"):
        st.write("An export brings the practice and its patients in without that.")
        links.to("imports", "Import an export", ":material/arrow_forward:", start="files")
    else:
        links.to("rule_book", "Read what will be checked", ":material/arrow_forward:")


def nothing(said: str, do: str = "") -> None:
    """An empty list: what was looked for, and what to do."""
    st.info(f"{said} {do}".strip(), icon=":material/inbox:")
