"""Enrollment work on one patient: status with reason and history, attempts to reach the patient."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from ccm_core import records
from ccm_core.access.identity import Identity
from ccm_core.access.permissions import require
from ccm_core.errors import UsageError
from ccm_core.months import Month, said_day
from ccm_core.program.chart import seen
from ccm_core.program.following_up import Touched, audit_again
from ccm_core.store import caring, editing, reading, writing
from ccm_core.store.access_log import record
from ccm_core.store.db import begin_write

if TYPE_CHECKING:
    from sqlmodel import Session

PAGE = "enrollment"
MOST_WORDS = 500

SETTABLE = (
    "eligible", "invited", "declined", "enrolled_elsewhere", "paused", "unenrolled",
    "ineligible", "deceased",
)  # fmt: skip
"""Statuses that a person sets; ``consented`` follows from a consent and nothing else."""

NEEDS_REASON = frozenset({"declined", "enrolled_elsewhere", "paused", "unenrolled", "ineligible"})
REASONS = {
    "declined": ("cost share", "feels well enough", "too many calls already",
                 "wants to ask the family", "privacy", "language", "other"),
    "enrolled_elsewhere": ("other practice bills", "other"),
    "paused": ("in hospital or nursing facility", "hospice", "away", "patient asked", "other"),
    "unenrolled": ("patient stopped", "moved away", "changed practice", "not reached any more",
                   "other"),
    "ineligible": ("fewer than two chronic conditions", "no Part B", "hospice", "other"),
}  # fmt: skip
WAYS = ("phone", "letter", "portal message", "text message", "visit")
OUTCOMES = {
    "no_answer": "No answer",
    "left_message": "Left a message",
    "call_back": "Asked to be called back",
    "thinking": "Reached, wants to think about it",
    "agreed": "Reached, agreed: take the consent now",
    "refused": "Reached, does not want it",
    "wrong_number": "Wrong number or address",
    "sent": "Sent",
}


@dataclass(frozen=True, slots=True)
class StatusWish:
    """A change of status as somebody asks for it."""

    status: str
    on: date
    reason: str = ""
    next_on: date | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to reach a patient about the program."""

    on: date
    way: str
    outcome: str
    note: str = ""
    next_on: date | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a patient stands, with the version that travels with forms."""

    patient: records.Patient
    version: int
    changes: tuple[records.StatusChange, ...]
    """Newest first."""
    attempts: tuple[Any, ...]
    """Rows of outreach, newest first."""

    @property
    def next_on(self) -> date | None:
        """The next date that was set last."""
        if self.attempts and self.attempts[0].next_on:
            found: date | None = self.attempts[0].next_on
            return found
        return next((c.next_on for c in self.changes if c.next_on), None)


def standing(session: Session, who: Identity, patient_id: str) -> Standing:
    """Status, history and attempts of one patient. Raises: PermissionDenied, UsageError."""
    patient = seen(session, who, patient_id)
    practice_id = practice_of(session).practice_id
    row = editing.shown(session, records.Patient, practice_id, patient_id=patient_id)
    changes = reading.records_of(session, records.StatusChange, patient_id, practice_id)
    newest_first = sorted(enumerate(changes), key=lambda c: (c[1].changed_on, c[0]), reverse=True)
    return Standing(
        patient, row.version, tuple(change for _, change in newest_first),
        tuple(caring.outreach_of(session, practice_id, patient_id)),
    )  # fmt: skip


def practice_of(session: Session) -> records.Practice:
    """The practice. Raises: UsageError when there is none."""
    found = reading.practice(session)
    if found is None:
        raise UsageError("A patient was asked for; the database does not hold the practice.")
    return found


def change_status(
    session: Session, who: Identity, patient_id: str, wish: StatusWish, version: int, today: date
) -> Touched:
    """Set the status and keep the step in the history; the audit follows.

    Raises: PermissionDenied, UsageError, Conflict when the patient was changed since shown.
    """
    require(who, PAGE, "edit")
    begin_write(session)
    now = standing(session, who, patient_id)
    _check(wish, now, today)
    practice_id = practice_of(session).practice_id
    add_step(session, who, now, wish, version)
    # A reason that somebody wrote may name people: it stays in the patient's own history.
    known = wish.reason if any(wish.reason in some for some in REASONS.values()) else ""
    said = f"{wish.status} {known}".strip()
    record(session, who, "status", "patient", patient_id, reason=said)
    return audit_again(session, practice_id, Month.of(wish.on), [patient_id], user_id=who.user_id)


def add_step(
    session: Session, who: Identity, now: Standing, wish: StatusWish, version: int
) -> None:
    """Write the step, and the status that stands after it. Raises: Conflict."""
    practice_id = practice_of(session).practice_id
    patient = now.patient
    row = editing.shown(session, records.Patient, practice_id, patient_id=patient.patient_id)
    asked = ("eligible", "invited") if wish.status == "consented" else ()
    later = [c for c in now.changes if c.changed_on > wish.on and c.status not in asked]
    values: dict[str, Any] = {"status": patient.status if later else wish.status}
    if wish.status == "deceased":
        values = {"status": "deceased", "died_on": wish.on}
    elif patient.status == "deceased" and not later:
        values["died_on"] = None  # the day of death was a mistake
    editing.update_checked(session, records.Patient, row.id, version, values)
    step = records.StatusChange(
        patient.patient_id, wish.status, wish.on, wish.reason.strip(),
        who.staff_id or who.user_id, wish.next_on,
    )  # fmt: skip
    writing.save(session, practice_id, [step])


def _check(wish: StatusWish, now: Standing, today: date) -> None:
    if wish.status not in SETTABLE:
        raise UsageError(
            f"The status {wish.status!r} was asked for; it can be {', '.join(SETTABLE)}. "
            "A patient becomes consented by recording the consent."
        )
    if wish.status in NEEDS_REASON and not wish.reason.strip():
        raise UsageError("This status needs a reason; choose or write one.")
    check_past(wish.on, today, "A change of status")
    check_next(wish.next_on, today)
    check_words(wish.reason)
    if now.patient.status == wish.status and not wish.next_on:
        raise UsageError("The patient has this status already; choose another one or a next date.")


def note_attempt(
    session: Session, who: Identity, patient_id: str, attempt: Attempt, today: date
) -> int:
    """Keep an attempt to reach the patient; a first one makes an eligible patient invited.

    Attempts are added and never changed, so that two people cannot overwrite each other.
    Raises: PermissionDenied, UsageError.
    """
    require(who, PAGE, "edit")
    begin_write(session)
    now = standing(session, who, patient_id)
    if attempt.way not in WAYS or attempt.outcome not in OUTCOMES:
        raise UsageError("An attempt needs a way and an outcome; choose both.")
    check_past(attempt.on, today, "An attempt")
    check_next(attempt.next_on, today)
    check_words(attempt.note)
    practice_id = practice_of(session).practice_id
    number = caring.add_outreach(
        session, practice_id, patient_id, made_on=attempt.on, way=attempt.way,
        outcome=attempt.outcome, note=attempt.note.strip(), next_on=attempt.next_on,
        made_by=who.staff_id or who.user_id,
    )  # fmt: skip
    record(session, who, "outreach", "patient", patient_id, reason=attempt.outcome)
    if now.patient.status == "eligible" and attempt.outcome != "wrong_number":
        wish = StatusWish("invited", attempt.on, attempt.way, attempt.next_on)
        add_step(session, who, now, wish, now.version)
    return number


def check_past(on: date, today: date, what: str) -> None:
    """Refuse a day that is still to come."""
    if on > today:
        raise UsageError(
            f"{what} was dated {said_day(on)}; today is {said_day(today)}. "
            "Choose today or a day before."
        )


def check_next(on: date | None, today: date) -> None:
    """Refuse a next date that has passed."""
    if on is not None and on < today:
        raise UsageError("The next date lies in the past; choose today or a later day.")


def check_words(text: str) -> None:
    """Refuse texts nobody will read."""
    if len(text) > MOST_WORDS:
        raise UsageError(f"A text has {len(text)} characters; at most {MOST_WORDS} fit.")
