"""Trouble in the time log of one patient."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from ccm_core.demo.diary import Diary
from ccm_core.demo.shape import Chart
from ccm_core.months import Month, noon
from ccm_core.records import TimeEntry

VAGUE = ("CCM call", "20 minutes spent", "phone call done", "care coordination", "monthly check")


def _first(c: Chart, month: Month, **fields: object) -> TimeEntry:
    """Change the longest entry of the month and give it back."""
    some = c.entries[month]
    longest = max(range(len(some)), key=lambda n: some[n].seconds)
    some[longest] = replace(some[longest], **fields)  # type: ignore[arg-type]
    return some[longest]


def vague(book: Diary, c: Chart, month: Month) -> None:
    """A note that shows nothing (D01)."""
    _first(c, month, note=c.rng.choice(VAGUE))


def empty(book: Diary, c: Chart, month: Month) -> None:
    """No note at all (D02)."""
    _first(c, month, note="")


def repeated(book: Diary, c: Chart, month: Month) -> None:
    """One note under every entry of the month (D03)."""
    longest = _first(c, month)
    while len(c.entries[month]) < 3:
        _extra(book, c, month)
    c.entries[month] = [replace(e, note=longest.note) for e in c.entries[month]]


def equal(book: Diary, c: Chart, month: Month) -> None:
    """Entries of one length, to the second (D05)."""
    while len(c.entries[month]) < 4:
        _extra(book, c, month)
    c.entries[month] = [replace(e, seconds=480) for e in c.entries[month]]


def _extra(book: Diary, c: Chart, month: Month) -> None:
    """One more short call, late in the afternoon of a day with an entry already."""
    on = c.entries[month][0].started_at.date()
    number = len(c.entries[month])
    manager = book.team.managers[number % len(book.team.managers)]
    start = book.at(on, 17 * 3600 + 660 * number)
    book.entry(c, month, manager, start, 240, "phone_call")


def two_at_once(book: Diary, c: Chart, month: Month) -> None:
    """Two colleagues discuss the patient; each logs the time (T05)."""
    longest = _first(c, month)
    other = next(s for s in book.team.managers if s.staff_id != longest.staff_id)
    book.entry(c, month, other, book.at(longest.started_at.date(), 18 * 3600), 420, "coordination")
    c.entries[month][-1] = replace(
        c.entries[month][-1],
        staff_id=book.team.practitioner(c.npi).staff_id,
        actor="practitioner",
        started_at=longest.started_at + timedelta(seconds=60),
        seconds=max(120, longest.seconds // 2),
    )


def past_midnight(book: Diary, c: Chart, month: Month) -> None:
    """A call in the last minutes of the month (T09, D11)."""
    start = book.at(month.last_day, 23 * 3600 + 52 * 60)
    book.entry(c, month, book.team.managers[0], start, 900, "phone_call")


def unlisted(book: Diary, c: Chart, month: Month) -> None:
    """An activity that nobody put on the list (T10)."""
    _first(c, month, activity="Tele-nurse loop")


def abroad(book: Diary, c: Chart, month: Month) -> None:
    """A contractor outside the United States helped (T11)."""
    on = c.entries[month][0].started_at.date()
    start = book.at(on, 16 * 3600 + 45 * 60 + c.rng.randint(0, 40))
    book.entry(c, month, book.team.vendor, start, 640, "results_review")


def in_person(book: Diary, c: Chart, month: Month) -> None:
    """A talk in the waiting room, logged as face to face (T12)."""
    _extra(book, c, month)
    c.entries[month][-1] = replace(c.entries[month][-1], face_to_face=True)


def prior_authorization(book: Diary, c: Chart, month: Month) -> None:
    """Time with a plan's form for a drug (T14)."""
    _extra(book, c, month)
    c.entries[month][-1] = replace(
        c.entries[month][-1], activity="prior_authorization", is_contact=False,
        note="Filled in the plan's form for apixaban and sent it with the last results.",
    )  # fmt: skip


def at_the_desk(book: Diary, c: Chart, month: Month) -> None:
    """The receptionist logged a reminder call; a patient portal bot some more."""
    on = c.entries[month][-1].started_at.date()
    start = book.at(on, 9 * 3600 + 120)
    book.entry(c, month, book.team.desk, start, 200, "phone_call")
    c.entries[month][-1] = replace(
        c.entries[month][-1], activity="scheduling", note="Reminder of the visit on Monday."
    )


def late(book: Diary, c: Chart, month: Month) -> None:
    """Written down days later, without a reason (D10)."""
    longest = _first(c, month)
    _first(c, month, recorded_at=longest.ended_at + timedelta(hours=130))


def late_with_reason(book: Diary, c: Chart, month: Month) -> None:
    """Written down days later, with a reason."""
    longest = _first(c, month)
    at = longest.ended_at + timedelta(hours=98)
    _first(c, month, recorded_at=at, late_reason="System was down until Thursday")


def forgotten_timer(book: Diary, c: Chart, month: Month) -> None:
    """A timer that ran over lunch (D13)."""
    longest = _first(c, month)
    start = book.at(longest.started_at.date(), 17 * 3600 + 300)
    _first(c, month, started_at=start, seconds=8_340,
           recorded_at=start + timedelta(seconds=8_400))  # fmt: skip


def on_paper(book: Diary, c: Chart, month: Month) -> None:
    """The system was down: a paper list with days and minutes, typed in later (T15)."""
    c.entries[month] = [
        replace(e, started_at=noon(e.started_at.date(), book.zone), is_start_known=False,
                late_reason="From the paper list of the days without the system")
        for e in c.entries[month]
    ]  # fmt: skip


def nobody(book: Diary, c: Chart, month: Month) -> None:
    """Nobody is named (D14)."""
    _first(c, month, staff_id="")
