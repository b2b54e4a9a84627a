"""The time log: who spent which minutes on whom, when and why, before any trouble."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from ccm_core.demo import words
from ccm_core.demo.shape import Chart, Span, workdays
from ccm_core.demo.team import Team
from ccm_core.months import Month
from ccm_core.records import Complexity, Staff, TimeEntry

_OPENS, _LAST_START = 8 * 60, 16 * 60 + 30
_CONTACT = frozenset({"phone_call", "education", "symptom_review", "portal_message", "assessment"})
_ACTIVITIES = (
    ("phone_call", 26), ("symptom_review", 16), ("medication", 14), ("coordination", 11),
    ("results_review", 9), ("education", 8), ("care_plan", 6), ("refill_review", 4),
    ("portal_message", 3), ("assessment", 2), ("chart_review", 1),
)  # fmt: skip


@dataclass(slots=True)
class Diary:
    """When each person is free: nobody is on two patients at once unless trouble wants it."""

    span: Span
    team: Team
    zone: ZoneInfo
    rng: Random
    free_at: dict[tuple[str, date], float] = field(default_factory=dict)
    made: int = 0

    def slot(self, staff_id: str, on: date, seconds: int) -> datetime | None:
        """A free start on that day, or None when the day is full."""
        key = (staff_id, on)
        start = self.free_at.get(key, float(_OPENS)) + self.rng.expovariate(1 / 22)
        if start > _LAST_START:
            return None
        self.free_at[key] = start + seconds / 60 + 1
        return self.at(on, int(start * 60))

    def at(self, on: date, second_of_day: int) -> datetime:
        """A moment of the practice's day."""
        return datetime.combine(on, time(), self.zone) + timedelta(seconds=second_of_day)

    def entry(
        self, c: Chart, month: Month, who: Staff, started_at: datetime, seconds: int, activity: str
    ) -> TimeEntry:
        """Put an ordinary entry into the chart."""
        self.made += 1
        chronic = [k.label for k in c.conditions if k.is_chronic] or ["the plan"]
        delay = self.rng.randint(20, 400)
        if who.credential == "CMA" and self.rng.random() < 0.5:
            delay = self.rng.randint(3_600, 90_000)
        made = TimeEntry(
            entry_id=f"{c.patient_id}-T{month.year % 100:02d}{month.month:02d}-"
            f"{len(c.entries.get(month, ())) + 1}",
            patient_id=c.patient_id,
            started_at=started_at,
            seconds=seconds,
            actor=who.actor,
            staff_id=who.staff_id,
            activity=activity,
            outside_us=who.outside_us,
            note=words.note(self.rng, activity, self.rng.choice(chronic)),
            is_contact=activity in _CONTACT,
            recorded_at=started_at + timedelta(seconds=seconds + delay),
        )
        c.entries.setdefault(month, []).append(made)
        return made


def fill(diary: Diary, charts: list[Chart]) -> None:
    """Every enrolled patient's months, oldest first, so that days fill up in order."""
    for month in diary.span.months:
        for c in charts:
            days = _days(c, diary.span, month)
            if days and c.plans and c.rng.random() > 0.03:
                _month(diary, c, month, days)


def _days(c: Chart, span: Span, month: Month) -> list[date]:
    """Workdays of the month on which somebody may work for the patient."""
    if c.enrolled_on is None or not c.plans:
        return []
    first = max(month.first_day, c.enrolled_on + timedelta(days=1), c.plans[0].created_on)
    last = min(month.last_day, c.left_on or month.last_day)
    seen = {visit.on for visit in c.visits}
    return [day for day in workdays(first, last) if day not in seen and not _holiday(day)]


def _holiday(day: date) -> bool:
    return (day.month, day.day) in ((1, 1), (7, 4), (12, 25))


def _month(diary: Diary, c: Chart, month: Month, days: list[date]) -> None:
    """One month of one patient, cut off at today."""
    share = len(days) / max(len(workdays(month.first_day, month.last_day)), 1)
    total = int(_total_minutes(c, share) * 60) + c.rng.randint(0, 59)
    if c.kind == "complex" and share > 0.6 and c.rng.random() < 0.86:
        decided_on = days[int(len(days) * 0.6)]
        if decided_on < diary.span.today:
            level = c.rng.choice(("moderate", "high"))
            c.complexities.append(Complexity(c.patient_id, month, level, c.npi, decided_on))
    parts = _parts(c, total)
    for on, seconds in zip(sorted(c.rng.sample(days, min(len(parts), len(days)))), parts,
                           strict=False):  # fmt: skip
        _work(diary, c, month, on, seconds)


def _total_minutes(c: Chart, share: float) -> float:
    """Minutes of one patient's month: nine of ten full months reach the threshold."""
    if share < 0.35:
        return c.rng.uniform(9, 27)
    if c.kind == "complex":
        return c.rng.choices((c.rng.uniform(61, 88), c.rng.uniform(90, 112)), (62, 38))[0]
    if c.kind == "personal":
        return c.rng.uniform(31, 64)
    if c.kind == "pcm":
        return c.rng.uniform(30, 58)
    low, high = c.rng.choices(((6, 19), (20.5, 31), (26, 39.5), (40, 57), (60, 72)),
                              (8, 50, 26, 13, 3))[0]  # fmt: skip
    return c.rng.uniform(low, high)


def _parts(c: Chart, total: int) -> list[int]:
    """A month's seconds cut into uneven pieces of three to twenty minutes."""
    count = max(1, min(9, round(total / c.rng.uniform(420, 720))))
    cuts = sorted(c.rng.uniform(0.12, 1) for _ in range(count))
    weights = [cut + 0.25 for cut in cuts]
    c.rng.shuffle(weights)
    parts = [int(total * weight / sum(weights)) for weight in weights]
    parts[0] += total - sum(parts)
    return parts


def _work(diary: Diary, c: Chart, month: Month, on: date, seconds: int) -> None:
    if on >= diary.span.today:
        return
    who = _who(diary, c)
    # Half of the people press the timer; the assistant types whole minutes afterwards.
    if who.credential == "CMA":
        seconds = max(60, -(-seconds // 60) * 60)
    start = diary.slot(who.staff_id, on, seconds)
    if start is None:
        who = diary.rng.choice(diary.team.managers)
        start = diary.slot(who.staff_id, on, seconds) or diary.at(on, 17 * 3600 + 1800)
    activity = c.rng.choices([a for a, _ in _ACTIVITIES], [w for _, w in _ACTIVITIES])[0]
    diary.entry(c, month, who, start, seconds, activity)


def _who(diary: Diary, c: Chart) -> Staff:
    """Mostly the patient's own care manager; sometimes a colleague or the pharmacist."""
    if c.kind == "personal":
        return diary.team.practitioner(c.npi)
    own = next((s for s in diary.team.managers if s.staff_id == c.patient.care_manager_id),
               diary.team.managers[0])  # fmt: skip
    drawn = diary.rng.random()
    if drawn < 0.05:
        return diary.team.pharmacist
    if drawn < 0.08:
        return diary.team.practitioner(c.npi)
    return diary.rng.choice(diary.team.managers) if drawn < 0.16 else own
