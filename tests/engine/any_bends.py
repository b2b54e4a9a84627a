"""Bends of any chart: one field, one record more or less, or what decides what a month earns."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from ccm_core import records as r
from ccm_core.months import Month, time_zone
from tests.engine import any_values as v
from tests.engine.edges import EDGES
from tests.engine.plain_charts import Chart

NAMELESS = "T"
"""The patient of a chart that nobody has yet."""
_FROM = datetime(1970, 1, 1, tzinfo=UTC)
Own = list[Any]


def forward(one: Any) -> Any:
    """A stay that ends before it begins is refused in columns: it begins on its last day."""
    if isinstance(one, r.Stay) and one.to_on is not None and one.to_on < one.from_on:
        return replace(one, from_on=one.to_on)
    return one


class Bending:
    """Bends charts of one practice's month."""

    def __init__(self, chance: random.Random, month: Month, zone: str, npi: str) -> None:
        self.chance, self.month, self.zone, self.npi = chance, month, zone, npi
        self.first, self.past = month.bounds(time_zone(zone))
        self.ways: tuple[Callable[[Own], Own], ...] = (
            *(self._decided,) * 5, *(self._changed,) * 3, self._more, self._more, self._fewer,
            self._once_more, self._longer, self._mixed, self._edged,
        )  # fmt: skip

    def bent(self, own: Own) -> Own:
        """The chart bent in one way."""
        return self.chance.choice(self.ways)(own)

    def _decided(self, own: Own) -> Own:
        """What a month earns, asks or is worth, changed where nothing odd can be seen."""
        kind = self.chance.choice((r.Payer, r.Patient, r.TimeEntry, r.ClaimLine, r.Complexity))
        some = [one for one in own if type(one) is kind]
        if kind is r.Complexity or not some:
            others = [one for one in own if type(one) is not r.Complexity]
            mdm = r.Complexity(NAMELESS, self.month, self.chance.choice(r.MDM_LEVELS))
            return [*others, mdm] if kind is not r.ClaimLine else [*own, *self.claim()]
        worked = [one.started_at.date() for one in own if isinstance(one, r.TimeEntry)]
        one = self.chance.choice(some)
        name = self.chance.choice(v.DECIDING[kind])
        value = self._value(one, name)
        if name == "service_on":
            value = self.chance.choice((*worked, self.month.last_day, None))
        if name == "seconds":
            value = max(1, one.seconds + self.chance.choice((1, 60, -60, 300, 600)))
        return [replace(other, **{name: value}) if other is one else other for other in own]

    def claim(self) -> list[r.ClaimLine]:
        chance, month = self.chance, self.month
        codes = chance.choice((
            ("99490",), ("99490",), ("99490", "99439"), ("99491",), ("99487",), ("G0557",),
            ("G0506", "99490"), chance.sample(v.CLAIMED, 2),
        ))  # fmt: skip
        on = chance.choice((month.last_day, month.last_day, None, self.day()))
        asked = {
            "modifiers": chance.choice(v.MODIFIERS), "service_on": on, "npi": self.npi,
            "place": chance.choice(("11", "11", "", "02", "21")),
            "diagnoses": chance.choice(v.POINTED),
            "created_on": chance.choice((None, month.last_day, month.plus(13).last_day)),
            "status": chance.choice(("submitted", "paid", "planned", "denied")),
        }  # fmt: skip
        return [
            r.ClaimLine("q", n, NAMELESS, month, code, chance.choice((1, 1, 1, 2, 0)), **asked)
            for n, code in enumerate(codes, 1)
        ]

    # Days and moments

    def day(self) -> date:
        chance = self.chance
        if chance.random() < 0.5:
            return chance.choice(v.days_about(self.month))
        return self.month.first_day + timedelta(days=chance.choice((-1, 1)) * chance.randint(0, 45))

    def at(self, on: date, hour: int, minute: int = 0) -> datetime:
        zone = time_zone(self.zone)
        return datetime(on.year, on.month, on.day, hour, minute, tzinfo=zone).astimezone(UTC)

    def _moment(self) -> datetime:
        """About the edges of the month, of its days, of clinic hours; or at work."""
        chance = self.chance
        if chance.random() < 0.3:
            edge = chance.choice((self.first, self.past))
            return _FROM + timedelta(seconds=edge + chance.choice(v.ABOUT_AN_EDGE))
        on = self.month.first_day + timedelta(days=chance.randrange(self.month.last_day.day))
        hour = chance.choice((0, 1, 2, 3, 5, 6, 8, 10, 12, 14, 16, 20, 21, 23))
        return self.at(on, hour, chance.choice((0, 30, 59)))

    # Bends

    def _changed(self, own: list[Any]) -> list[Any]:
        """One field of one record in another of its ways."""
        place = self.chance.randrange(len(own))
        one = own[place]
        names = [f.name for f in fields(one) if f.name not in v.FREE]
        name = self.chance.choice(names)
        changed = forward(replace(one, **{name: self._value(one, name)}))
        return [*own[:place], changed, *own[place + 1 :]]

    def _value(self, one: Any, name: str) -> Any:
        said = str(next(f.type for f in fields(one) if f.name == name))
        some = v.WORDS.get(f"{type(one).__name__}.{name}") or v.WORDS.get(name)
        if some:
            return self.chance.choice((*some, self.npi) if name == "npi" else some)
        if said.startswith("bool"):
            return self.chance.choice((True, False, None) if "None" in said else (True, False))
        if said.startswith("date "):
            return self.chance.choice((None, self.day(), self.day()))
        later = timedelta(hours=self.chance.choice((0, 71, 72, 73)))
        made_up = {
            "date": self.day, "datetime": self._moment,
            "datetime | None": lambda: one.started_at + later,
            "Month": lambda: self.month.plus(self.chance.choice((0, -1, 1, -14))),
        }  # fmt: skip
        return made_up[said]() if said in made_up else getattr(one, name)

    def extra(self, patient_id: str = NAMELESS) -> Any:
        """One more record with anything in it."""
        chance = self.chance
        name, day = f"x{chance.randrange(10**6)}", self.day()
        kind, needed = chance.choice((
            (r.Visit, (name, patient_id, day)), (r.Visit, (name, patient_id, day)),
            (r.TimeEntry, (name, patient_id, self._moment(), chance.choice(v.LENGTHS))),
            (r.TimeEntry, (name, patient_id, self._moment(), 300)),
            (r.Consent, (name, patient_id, day)), (r.CarePlan, (name, patient_id, day)),
            (r.Condition, (name, patient_id, "I10")), (r.Payer, (name, patient_id)),
            (r.Stay, (name, patient_id, chance.choice(r.STAY_KINDS), day, self.day())),
            (r.StatusChange, (patient_id, chance.choice(r.PATIENT_STATUSES), day)),
            (r.Complexity, (patient_id, self.month, "high")),
            (r.ClaimLine, (name, 1, patient_id, self.month.plus(chance.choice((-1, 1, -30))),
                           chance.choice(v.CLAIMED))),
        ))  # fmt: skip
        one = kind(*needed)
        free = [f.name for f in fields(one)[len(needed) :] if f.name not in v.FREE]
        for field in chance.sample(free, min(len(free), 4)):
            one = replace(one, **{field: self._value(one, field)})
        return forward(one)

    def _more(self, own: list[Any]) -> list[Any]:
        return [*own, self.extra()]

    def _fewer(self, own: list[Any]) -> list[Any]:
        place = self.chance.randrange(1, len(own)) if len(own) > 1 else 1
        return [*own[:place], *own[place + 1 :]]

    def _once_more(self, own: list[Any]) -> list[Any]:
        """An entry again, at the same time or touching it."""
        times = [one for one in own if isinstance(one, r.TimeEntry)]
        if not times:
            return self._more(own)
        one = self.chance.choice(times)
        later = timedelta(seconds=self.chance.choice((0, 1, one.seconds - 1, one.seconds)))
        actor = self.chance.choice((one.actor, "practitioner"))
        return [*own, replace(one, entry_id="d", started_at=one.started_at + later, actor=actor)]

    def _longer(self, own: list[Any]) -> list[Any]:
        plus = self.chance.choice((1, 29, 30, 60, -1, -30))
        return [
            replace(one, seconds=max(1, one.seconds + plus)) if type(one) is r.TimeEntry else one
            for one in own
        ]

    def _mixed(self, own: list[Any]) -> list[Any]:
        return [own[0], *self.chance.sample(own[1:], len(own) - 1)]

    def _edged(self, own: list[Any]) -> list[Any]:
        return self.chance.choice(EDGES)(Chart(self.month, self.zone, NAMELESS), own)
