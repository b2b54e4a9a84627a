"""The entries of a day: counted or left out and why, approved or waiting, and after a close."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from ccm_core.access.identity import Identity
from ccm_core.access.patient_keys import KEYS
from ccm_core.activities import activity_of
from ccm_core.program import time_log
from ccm_core.program.time_shown import AfterClose, Shown
from ccm_core.records import Practice
from ccm_core.store.timing.entries import MOST, Kept
from pages.parts import empty, status, tables, time_clock, words
from pages.parts.time_desk import act

COLUMNS = (
    tables.Column("name", "Patient", is_link=True),
    tables.Column("at", "Began"),
    tables.Column("who", "Who"),
    tables.Column("what", "Activity"),
    tables.Column("length", "Logged", is_right=True),
    tables.Column("counted", "Counts"),
    tables.Column("why", "Left out because"),
    tables.Column("note", "Note"),
    tables.Column("word", "Approval"),
)
OPENS = "entry"
"""The parameter that opens one entry on the page."""


def key_of(who: Identity, entry_id: str) -> str:
    """What stands for an entry in an address."""
    return KEYS.key_for(who.session_hash, f"entry:{entry_id}")


def opened(who: Identity) -> str:
    """The entry that the address opens, or an empty text."""
    key = st.query_params.get(OPENS, "")
    found = KEYS.patient_of(who.session_hash, key) if key else None
    return found.removeprefix("entry:") if found and found.startswith("entry:") else ""


def day(who: Identity, practice: Practice, some: Sequence[Shown], team: Mapping[str, str]) -> None:
    """A list of entries, newest first, and their sum."""
    if not some:
        empty.nothing("No time was logged on this day.")
        return
    rows = [_row(who, practice, one, team) for one in some]
    tables.whole("entries", COLUMNS, rows, alt="Time entries of the day", opens=("", OPENS))
    logged = sum(one.kept.entry.seconds for one in some)
    counted = sum(one.counted_seconds for one in some)
    st.caption(
        f"{words.many(len(some), 'entry', 'entries')}, {time_clock.hms(logged)} logged, "
        f"{time_clock.hms(counted)} counted. Open an entry to correct it."
    )
    if len(some) >= MOST:
        st.caption(f"Only the newest {MOST} entries are shown and summed; choose one person.")


def waiting(
    who: Identity, practice: Practice, some: Sequence[Kept], team: Mapping[str, str]
) -> None:
    """Entries that wait for a second person: read them, then approve many at once."""
    rows = [_known(who, practice, kept, team) for kept in some]
    shown = tuple(c for c in COLUMNS if c.field not in ("counted", "why", "word"))
    tables.whole("waiting", shown, rows, alt="Entries waiting for approval", opens=("", OPENS))
    # Only keys reach the browser; the core gets identifiers and the versions that were shown.
    versions = {row["key"]: (kept.entry.entry_id, kept.version)
                for row, kept in zip(rows, some, strict=True)}  # fmt: skip
    names = {row["key"]: f"{row['name']}, {row['at']}, {row['length']}" for row in rows}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        everything = st.checkbox(f"All {len(rows):,}", key="approve_all")
        st.multiselect("Entries", list(names), format_func=names.get, key="approve_some",
                       disabled=everything, placeholder="Choose entries you have read")  # fmt: skip
        st.button("Approve the chosen entries", icon=":material/done_all:", key="approve_button",
                  on_click=_approve, args=(versions,))  # fmt: skip


def _approve(versions: Mapping[str, tuple[str, int]]) -> None:
    held = st.session_state
    chosen = list(versions) if held.get("approve_all") else held.get("approve_some") or []
    meant = dict(versions[key] for key in chosen if key in versions)
    said = f"{words.many(len(meant), 'entry', 'entries')} approved."
    if act(time_log.approve_many, meant, said=said):
        for name in ("approve_all", "approve_some"):
            held.pop(name, None)


def _row(who: Identity, practice: Practice, one: Shown, team: Mapping[str, str]) -> dict[str, Any]:
    entry = one.kept.entry
    return {
        **_known(who, practice, one.kept, team),
        "counted": status.look("PASS" if one.counted_seconds else "N/A").cell
        | {"text": time_clock.hms(one.counted_seconds)},
        "why": "; ".join(f"{time_clock.hms(s)} {why}" for s, why in one.excluded) or None,
        "word": status.look("PASS").cell | {"text": f"approved by {entry.approved_by}"}
        if entry.approved_by
        else status.look("N/A").cell | {"text": "not approved yet"},
    }


def _known(
    who: Identity, practice: Practice, kept: Kept, team: Mapping[str, str]
) -> dict[str, Any]:
    entry = kept.entry
    kind = activity_of(entry.activity) if entry.activity else None
    return {
        "key": key_of(who, entry.entry_id),
        "name": words.name(kept.family_name, kept.given_name),
        "at": words.began_of(entry, practice.time_zone),
        "who": team.get(entry.staff_id, entry.staff_id) or words.sentence(entry.actor),
        "what": kind.label if kind else words.sentence(entry.activity) or None,
        "length": time_clock.hms(entry.seconds),
        "note": entry.note or None,
    }


def after_close(found: AfterClose, practice: Practice) -> None:
    """What changed after a close, with the sum of the difference."""
    month = words.month(found.closed.month)
    st.header(f"{month}: changed after the close")
    sign = "-" if found.seconds < 0 else "+"
    closed_at = words.moment(found.closed.closed_at, practice.time_zone)
    st.write(
        f"Closed {closed_at} by {words.plain(found.closed.closed_by)}. Since then "
        f"{words.many(len(found.changes), 'entry', 'entries')} changed: "
        f"{sign}{time_clock.hms(abs(found.seconds))} of logged time."
    )
    rows = [
        {
            "at": words.began(one.started_at, practice.time_zone, is_known=one.is_start_known),
            "then": time_clock.hms(one.seconds_then),
            "now": time_clock.hms(one.seconds_now),
            "when": words.moment(one.changed_at, practice.time_zone),
            "why": one.reason or None,
        }
        for one in found.changes
    ]
    columns = (
        tables.Column("at", "Began"), tables.Column("then", "At the close", is_right=True),
        tables.Column("now", "Now", is_right=True), tables.Column("when", "Changed"),
        tables.Column("why", "Why"),
    )  # fmt: skip
    tables.whole("amended", columns, rows, alt=f"Amendments of {month}")
