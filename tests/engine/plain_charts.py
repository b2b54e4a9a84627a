"""One plain chart of a practice's month, and the bends that bring it to its edges."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from ccm_core import records as r
from ccm_core.months import Month, time_zone
from tests.bench import made

OTHER, FALSE = "1457382912", "1234567890"
ALL = frozenset(r.CONSENT_ELEMENTS)
NOTES = (
    "home blood pressure: readings written down, next call on Monday",
    "the glucose log: pharmacy called, same plan kept by the daughter",
    "short breath: diet gone through, physician told in the afternoon",
    "poor sleep: refill sent, weight every morning from now on",
)


@dataclass(frozen=True)
class Chart:
    """One patient's plain chart in a practice's month, and how to bend it."""

    month: Month
    zone: str
    pid: str

    def on(self, days: int) -> date:
        """A day so many days after the first of the month."""
        return self.month.first_day + timedelta(days=days)

    def last(self, days: int = 0) -> date:
        return self.month.last_day + timedelta(days=days)

    def at(self, days: int, hour: int = 10, minute: int = 0, second: int = 0) -> datetime:
        """A moment by the practice's clocks."""
        on = self.on(days)
        return datetime(
            on.year, on.month, on.day, hour, minute, second, tzinfo=time_zone(self.zone)
        )

    def plain(self) -> list[Any]:
        """Twenty-four minutes of staff, two conditions, everything in order."""
        pid = self.pid
        return [
            r.Patient(pid, practitioner_npi=made.NPI, status="consented", is_new=False,
                      risk_documented_on=self.on(-200)),
            r.StatusChange(pid, "consented", self.on(-300)),
            *(r.Condition(f"{pid}c{n}", pid, code, is_chronic=True, group=group,
                          confirmed_by=made.NPI, onset_on=self.on(-900))
              for n, (code, group) in enumerate((("I10", "hypertension"), ("E11.9", "diabetes")))),
            r.Consent(f"{pid}k", pid, self.on(-300), "written", frozenset(r.CONSENT_ELEMENTS),
                      made.NPI),
            r.CarePlan(f"{pid}p", pid, self.on(-299), self.on(-100), self.on(-298), made.NPI),
            r.Payer(f"{pid}y", pid, from_on=self.on(-3000)),
            r.Visit(f"{pid}v", pid, self.on(-310), "99214", made.NPI),
            *(r.TimeEntry(f"{pid}t{n}", pid, self.at(4 + 7 * n), 330 + 20 * n, staff_id="s1",
                          note=note, is_contact=True) for n, note in enumerate(NOTES)),
        ]  # fmt: skip

    def claim(self, name: str = "q", line: int = 1, **changes: Any) -> r.ClaimLine:
        """A claim of the month, as the practitioner sends it."""
        known = r.ClaimLine(
            f"{self.pid}{name}", line, self.pid, self.month, "99490", npi=made.NPI,
            service_on=self.last(), place="11", created_on=self.last(3), status="submitted",
        )  # fmt: skip
        return replace(known, **changes)

    def time(self, name: str, begins: datetime, seconds: int = 360, **changes: Any) -> r.TimeEntry:
        """One more entry."""
        known = r.TimeEntry(
            f"{self.pid}{name}", self.pid, begins, seconds, staff_id="s2", is_contact=True,
            note=f"called about entry {name}, all medicines gone through once more",
        )  # fmt: skip
        return replace(known, **changes)


Bend = Callable[[Chart, list[Any]], list[Any]]


def each(kind: type[Any], most: int = 99, /, **changes: Any) -> Bend:
    """The first records of a kind with some fields changed; days are asked of the chart."""

    def bend(chart: Chart, own: list[Any]) -> list[Any]:
        left, found = most, []
        for one in own:
            if isinstance(one, kind) and left:
                left -= 1
                said = {k: v(chart) if callable(v) else v for k, v in changes.items()}
                found.append(replace(one, **said))
            else:
                found.append(one)
        return found

    return bend


def also(*more: Callable[[Chart], Any]) -> Bend:
    """Some records more."""
    return lambda chart, own: [*own, *(one(chart) for one in more)]


def without(kind: type[Any]) -> Bend:
    return lambda _, own: [one for one in own if not isinstance(one, kind)]


def both(*bends: Bend) -> Bend:
    def bend(chart: Chart, own: list[Any]) -> list[Any]:
        for one in bends:
            own = one(chart, own)
        return own

    return bend


Day = Callable[[Chart], date]
DAYS: tuple[Day, ...] = (
    lambda c: c.on(-31), lambda c: c.on(-1), lambda c: c.on(0), lambda c: c.on(1),
    lambda c: c.on(4), lambda c: c.on(5), lambda c: c.on(25), lambda c: c.last(-1),
    lambda c: c.last(), lambda c: c.last(1), lambda c: c.last(31), lambda c: c.last(32),
    lambda c: c.month.plus(2).last_day, lambda c: c.month.plus(3).first_day,
    lambda c: c.month.plus(-12).first_day, lambda c: c.month.plus(-13).last_day,
    lambda c: c.month.plus(-12).last_day, lambda c: c.month.plus(-13).first_day,
    lambda c: c.month.plus(-14).last_day, lambda c: c.month.previous.previous.last_day,
    lambda c: c.month.previous.first_day, lambda c: date(2012, 2, 29),
    lambda c: c.month.plus(-36).last_day, lambda c: c.on(4) - timedelta(days=365),
    lambda c: c.on(4) - timedelta(days=366), lambda c: c.on(4) - timedelta(days=367),
    lambda c: c.on(4) - timedelta(days=400), lambda c: c.on(4) - timedelta(days=401),
)  # fmt: skip
"""Days on which something begins or ends that a case, its rules or its choosing look at."""


def consent(on: Day, /, **changes: Any) -> Bend:
    """A second consent."""
    known = {"mode": "written", "elements": ALL, "npi": made.NPI, **changes}
    return also(lambda c: r.Consent(f"{c.pid}k2", c.pid, on(c), **_of(c, known)))


def plan(on: Day, /, **changes: Any) -> Bend:
    """A second care plan."""
    known = {"copy_given_on": on, "signed_by": made.NPI, **changes}
    return also(lambda c: r.CarePlan(f"{c.pid}p2", c.pid, on(c), **_of(c, known)))


def visit(
    on: Day, code: str = "99214", npi: str = made.NPI, place: str = "", kind: str = ""
) -> Bend:
    """One more visit."""
    return also(lambda c: r.Visit(f"{c.pid}v2", c.pid, on(c), code, npi, place, kind=kind))


def payer(name: str = "y2", /, **changes: Any) -> Bend:
    """One more payer."""
    return also(lambda c: r.Payer(f"{c.pid}{name}", c.pid, **_of(c, changes)))


def stay(kind: str, begins: Day, ends: Day | None) -> Bend:
    """One stay; it ends on the day on which it began where that is later."""
    return also(
        lambda c: r.Stay(f"{c.pid}s", c.pid, kind, begins(c), ends and max(begins(c), ends(c)))
    )


def condition(code: str, group: str, **changes: Any) -> Bend:
    """A third condition."""
    known = {"is_chronic": True, "confirmed_by": made.NPI, **changes}
    return also(lambda c: r.Condition(f"{c.pid}c9", c.pid, code, group=group, **_of(c, known)))


def time(begins: Callable[[Chart], datetime], seconds: int = 360, **changes: Any) -> Bend:
    """One more entry."""
    return also(lambda c: c.time("t9", begins(c), seconds, **_of(c, changes)))


def claim(**changes: Any) -> Bend:
    """A claim of the month, or of another."""
    return also(lambda c: c.claim(**_of(c, changes)))


def mdm(word: str, months: int = 0) -> Bend:
    return also(lambda c: r.Complexity(c.pid, c.month.plus(months), word))


def _of(chart: Chart, said: dict[str, Any]) -> dict[str, Any]:
    return {name: one(chart) if callable(one) else one for name, one in said.items()}


long = each(r.TimeEntry, seconds=1_000)
own = each(r.TimeEntry, actor="practitioner")
new = each(r.Patient, is_new=True)
none_there = without(r.Visit)


def turned(_: Chart, own: list[Any]) -> list[Any]:
    """The records in the opposite order."""
    return own[::-1]
