"""Access log: who did what, by period, in any order; verification on demand; verifiable export."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

import streamlit as st

from ccm_core.errors import CcmError
from ccm_core.months import time_zone, utc_now
from ccm_core.store import access_log, db, log_anchors, log_export, log_report, reading
from pages.parts import empty, filters, log_words, tables, words, working
from pages.parts.downloads import offer
from pages.parts.guard import check, guard, may

who = guard("access_log")

LOOKED = "access_log_looked"
PERIODS = {"1": "Today", "7": "7 days", "31": "31 days", "366": "A year", "all": "Everything"}
TITLES = {
    "seq": "No.", "at": "When", "user_id": "Who", "role": "Role", "action": "What",
    "object_type": "Of what", "object_id": "Which", "outcome": "Outcome", "reason": "Reason",
    "source_ip": "From", "session_hash": "Sign-in",
}  # fmt: skip
COLUMNS = tuple(
    tables.Column(name, title, name, is_right=name == "seq") for name, title in TITLES.items()
)
LABELS = {"user_id": "Who", "role": "Role", "action": "What", "object_type": "Of what",
          "outcome": "Outcome"}  # fmt: skip
SEARCHED = ("object_id", "reason", "source_ip", "session_hash", "seq")


def period(days: str, zone: str) -> datetime | None:
    """The moment at which the period begins, on the calendar of the practice."""
    if days == "all":
        return None
    here = time_zone(zone)
    begins = utc_now().astimezone(here).date() - timedelta(days=int(days) - 1)
    return datetime.combine(begins, time(), here)


def cells(row: log_report.LogEntry) -> dict[str, Any]:
    told = {name: str(getattr(row, name)) or words.NOTHING for name in TITLES}
    told["at"] = words.to_the_second(row.at, zone)
    told["user_id"] = row.username or row.user_id or words.NOTHING
    for name in ("role", "action", "object_type", "outcome"):
        told[name] = said(getattr(row, name))
    told["object_id"] = names.get(row.object_id) or log_words.which(row.object_type, row.object_id)
    told["reason"] = log_words.reason(row.action, row.reason)
    told["session_hash"] = row.session_hash[:8] or words.NOTHING
    return told


def said(value: str) -> str:
    """A value of the log in words: ``Practice manager``, ``Sign in``, ``User account``."""
    return names.get(value) or log_words.value(value)


def asked() -> log_report.Wanted:
    """The filters above the report."""
    row = filters.row()
    since = period(filters.choice("days", "Period", PERIODS, "7", where=row), zone)
    having = {}
    for name, label in LABELS.items():
        options = {"": "All", **{one: said(one) for one in known[name]}}
        having[name] = filters.choice(name, label, options, where=row, width=140)
    inside = filters.choice(
        "inside", "Search in", {name: TITLES[name] for name in SEARCHED}, "object_id", where=row
    )
    text = filters.search("access_log", where=row, hint="Any part of it")
    filters.refused()
    # An account is shown by its user name and stored by its number; a month by its name.
    ids = {name: one for one, name in names.items()} if inside == "object_id" else {}
    if inside in ("object_id", "reason"):
        text = ids.get(text) or log_words.stored(text)
    return log_report.Wanted(since, None, having, {inside: text})


def look(wanted: log_report.Wanted, sort: str) -> None:
    """Reading the log is on the log: once for each question that is asked of it."""
    mark = (who.session_hash, repr(wanted.having), repr(wanted.containing), str(wanted.since), sort)
    if st.session_state.get(LOOKED) != mark:
        with db.session(write=True) as session:
            by = [LABELS[name].lower() for name, value in wanted.having.items() if value]
            asked_for = f"filtered by {', '.join(by)}" if by else "all entries of the period"
            access_log.record(session, who, "view", "access_log", reason=asked_for)
        st.session_state[LOOKED] = mark


def verification() -> None:
    """Verify when somebody asks, and say what it was held against."""
    st.header("Verification")
    st.write(
        "Works out the mark of every entry anew, and compares the last mark with the copies that "
        "are kept outside this database."
    )
    if not st.button("Verify the whole log", icon=":material/verified_user:"):
        return
    try:
        actor = check("access_log", "view")
        with working.shown("Reading every entry"), db.session() as session:
            found = log_anchors.check(session)
        with db.session(write=True) as session:
            log_anchors.put_on_record(session, actor, found)
    except CcmError as refused:
        st.error(words.refused(refused))
        return
    said = " ".join(found.sentences())
    if not found.is_intact:
        st.error(f"Not intact. {said}", icon=":material/gpp_bad:")
    elif found.newest is None or found.is_beside:
        st.warning(said, icon=":material/gpp_maybe:")
    else:
        st.success(said, icon=":material/gpp_good:")


def downloads(wanted: log_report.Wanted, sort: str) -> None:
    def whole() -> bytes:
        with db.session() as session:
            return log_export.as_bytes(session, *log_report.span(session, wanted.since, None))

    def table() -> bytes:
        with db.session() as session:
            return log_export.as_csv(session, wanted, sort)

    with st.container(horizontal=True):
        offer("Report as CSV", "access-log.csv", table, "text/csv", "access_log")
        offer("Verifiable export of the period", "access-log.jsonl", whole,
              "application/x-ndjson", "access_log")  # fmt: skip
    st.caption(
        "The report holds what the filters show. The verifiable export holds every entry of the "
        "period; an auditor checks it with Python alone, by the program tools/verify_log.py."
    )


st.title("Access log")
st.write(
    "Who signed in, looked, changed and exported. Verifying shows whether an entry was changed."
)
with db.session() as opened:
    practice = reading.practice(opened)
    zone = practice.time_zone if practice else "UTC"
    known = log_report.values(opened)
    names = log_report.usernames(opened)
wanted = asked()
at = tables.asked(COLUMNS, "-seq")
look(wanted, at.sort)
with db.session() as opened:
    page = log_report.page(opened, wanted, at.sort, at.limit, at.offset)
if page.total:
    rows = [cells(row) for row in page.rows]
    tables.listing("access_log", COLUMNS, rows, page.total, at, alt="Entries of the access log")
else:
    empty.nothing("No entry matches.", "Choose a longer period or fewer filters.")
if may(who, "access_log", "export"):
    downloads(wanted, at.sort)
verification()
