"""Timers as rows: whoever reads them, whenever, gets the same seconds.

Nothing of a timer lives in a browser or in the memory of the server. Two starts at
once end in one row, because the database allows one open timer for each person.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from ccm_core.errors import Conflict
from ccm_core.months import utc_now
from ccm_core.store.db import begin_write
from ccm_core.store.schema import RunningTimer, TimerStretch, table_of


@dataclass(frozen=True, slots=True)
class Stretch:
    """Time between a start and the next pause; the last one may still run."""

    id: int
    started_at: datetime
    ended_at: datetime | None

    def seconds(self, now: datetime) -> int:
        """Whole seconds so far; a clock that was set back never makes them negative."""
        return max(0, int((self.ended_at or now).timestamp()) - int(self.started_at.timestamp()))


@dataclass(frozen=True, slots=True)
class Timer:
    """One open timer of one person."""

    id: int
    version: int
    patient_id: str
    staff_id: str
    user_id: str
    started_at: datetime
    draft: Mapping[str, Any]
    """What the form of this timer held last, so that a reload loses none of it."""
    stretches: tuple[Stretch, ...]

    @property
    def is_paused(self) -> bool:
        return all(s.ended_at is not None for s in self.stretches)

    @property
    def runs_since(self) -> datetime | None:
        """Start of the stretch that is running; None while paused."""
        return next((s.started_at for s in self.stretches if s.ended_at is None), None)

    def seconds(self, now: datetime) -> int:
        """Worked seconds: every stretch, no pause."""
        return sum(s.seconds(now) for s in self.stretches)


def open_timer(session: Session, practice_id: str, staff_id: str) -> Timer | None:
    """The open timer of a person, running or paused."""
    t = table_of(RunningTimer).c
    row = (
        session.connection()
        .execute(
            select(
                t.id, t.version, t.patient_id, t.staff_id, t.user_id, t.started_at, t.draft
            ).where(t.practice_id == practice_id, t.staff_id == staff_id, t.ended_at.is_(None))
        )
        .first()
    )
    return Timer(*row, stretches=_stretches(session, row.id)) if row else None


def _stretches(session: Session, timer_id: int) -> tuple[Stretch, ...]:
    s = table_of(TimerStretch).c
    rows = session.connection().execute(
        select(s.id, s.started_at, s.ended_at).where(s.timer_id == timer_id).order_by(s.id)
    )
    return tuple(Stretch(*row) for row in rows)


def start(
    session: Session, practice_id: str, patient_id: str, staff_id: str, user_id: str, at: datetime
) -> int:
    """Open a timer. Raises: Conflict when this person has one already."""
    begin_write(session)
    row = {
        "practice_id": practice_id, "patient_id": patient_id, "staff_id": staff_id,
        "user_id": user_id, "started_at": at, "created_at": at, "updated_at": at, "version": 1,
        "outcome": "", "reason": "", "draft": {},
    }  # fmt: skip
    try:
        # A savepoint: on PostgreSQL a refused row would end the whole transaction.
        with session.begin_nested():
            made = session.connection().execute(insert(table_of(RunningTimer)).values(row))
    except IntegrityError as taken:
        raise Conflict(
            "A timer was to be started; one of yours is open already. Stop that one first."
        ) from taken
    key = made.inserted_primary_key
    assert key is not None
    timer_id = int(key[0])
    _begin_stretch(session, timer_id, at)
    return timer_id


def _begin_stretch(session: Session, timer_id: int, at: datetime) -> None:
    row = {"timer_id": timer_id, "started_at": at, "created_at": at, "entry_id": ""}
    session.connection().execute(insert(table_of(TimerStretch)).values(row))


def pause(session: Session, timer: Timer, at: datetime) -> None:
    """End the running stretch. Raises: Conflict when the timer is not as it was shown."""
    _touch(session, timer)
    s = table_of(TimerStretch)
    running = next((one for one in timer.stretches if one.ended_at is None), None)
    if running is not None:
        ended = max(at, running.started_at)
        session.connection().execute(update(s).where(s.c.id == running.id).values(ended_at=ended))


def resume(session: Session, timer: Timer, at: datetime) -> None:
    """Begin a new stretch, never before the end of the last one. Raises: Conflict."""
    _touch(session, timer)
    ends = [one.ended_at for one in timer.stretches if one.ended_at is not None]
    if len(ends) == len(timer.stretches):
        _begin_stretch(session, timer.id, max([at, *ends]))


def close(session: Session, timer: Timer, at: datetime, outcome: str, reason: str = "") -> None:
    """End the timer for good; a paused one ends with its last pause. Raises: Conflict."""
    pause(session, timer, at)
    t = table_of(RunningTimer)
    session.connection().execute(
        update(t)
        .where(t.c.id == timer.id)
        .values(ended_at=at, outcome=outcome, reason=reason, draft={})
    )


def keep_draft(session: Session, timer: Timer, draft: Mapping[str, Any]) -> None:
    """Keep what the form of an open timer holds. The version stays: the time is the same."""
    begin_write(session)
    t = table_of(RunningTimer)
    session.connection().execute(
        update(t)
        .where(t.c.id == timer.id, t.c.ended_at.is_(None))
        .values(draft=dict(draft), updated_at=utc_now())
    )


def note_entries(session: Session, became: Sequence[tuple[int, str]]) -> None:
    """Write down which entry each stretch became."""
    s = table_of(TimerStretch)
    for stretch_id, entry_id in became:
        session.connection().execute(
            update(s).where(s.c.id == stretch_id).values(entry_id=entry_id)
        )


def _touch(session: Session, timer: Timer) -> None:
    """Take the next version, so that of two clicks on two devices one wins."""
    begin_write(session)
    t = table_of(RunningTimer)
    done = session.connection().execute(
        update(t)
        .where(t.c.id == timer.id, t.c.version == timer.version, t.c.ended_at.is_(None))
        .values(version=timer.version + 1, updated_at=utc_now())
    )
    if done.rowcount != 1:
        raise Conflict(
            "The timer was changed on another device since it was shown. Look at it again."
        )
