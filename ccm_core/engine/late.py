"""Cases whose records are made when somebody asks for them.

Most rules of most cases look at little: at the plan, at who pays, at one kind of record.
A late case is a case, and its records come out of the columns by the first look at their
kind; what the columns have told already (minutes, conditions) is there from the start.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from typing import Any

from ccm_core import records
from ccm_core.case_building import Choosing, as_of
from ccm_core.cases import NO_DECISION, Case, Work
from ccm_core.engine.charts import records_of
from ccm_core.engine.facts import Part
from ccm_core.engine.kept_months import Kind
from ccm_core.engine.log_facts import LogFacts
from ccm_core.minutes import (
    NO_CONSENT,
    OVERLAP,
    Counted,
    CountedEntry,
    Excluded,
    by_reason,
    day_reason,
)
from ccm_core.month_clock import Hours

_NAMES = {
    "conditions": records.Condition, "consents": records.Consent,
    "care_plans": records.CarePlan, "entries": records.TimeEntry, "visits": records.Visit,
    "payers": records.Payer, "stays": records.Stay,
}  # fmt: skip


class OutsideHours:
    """What a rule asks for that looks only at entries of which clinic hours do not tell."""


class Shelf:
    """The records of a step's patients, made from their rows when they are wanted."""

    def __init__(
        self, parts: Mapping[type[Any], Part], log: LogFacts, choosing: Choosing,
        first_days: Sequence[Any],
    ) -> None:  # fmt: skip
        self.parts = {**parts, records.TimeEntry: log.part}
        self.log, self.choosing, self.first_days = log, choosing, first_days
        self.made: dict[type[Any], dict[int, tuple[Any, ...]]] = {kind: {} for kind in self.parts}
        self._made_entries: dict[int, records.TimeEntry] = {}

    def fetch(self, kind: type[Any], places: Sequence[int]) -> None:
        """Make all records of a kind that belong to the cases of these patients."""
        import numpy as np

        made, part = self.made[kind], self.parts[kind]
        wanted = [place for place in places if place not in made]
        if not wanted or not len(part):
            made.update(dict.fromkeys(wanted, ()))
            return
        rows, each = part.rows_of(np.array(wanted))
        found = tuple(records_of(part.table.take(rows), kind))
        keep, end = self.choosing.keeps.get(kind), 0
        for place, number in zip(wanted, each.tolist(), strict=True):
            start, end = end, end + number
            some = found[start:end]
            if keep is not None and some:
                some = tuple(keep(some, self.first_days[place]))
            made[place] = some

    def fetch_outside(self, places: Sequence[int]) -> None:
        """Make the entries of these patients that only the calendar can tell from clinic hours."""
        import numpy as np

        rows, _ = self.log.part.rows_of(np.array(places, dtype=np.int64))
        unsure = rows[self.log.is_unsure[rows]]
        if len(unsure):
            self._entries(unsure)

    def entry(self, row: int) -> records.TimeEntry:
        """The time entry of one row."""
        if row not in self._made_entries:
            import numpy as np

            self._entries(np.array([row]))
        return self._made_entries[row]

    def _entries(self, rows: Any) -> None:
        made = records_of(self.log.part.table.take(rows), records.TimeEntry)
        self._made_entries.update(zip(rows.tolist(), made, strict=True))

    def of(self, kind: type[Any], place: int) -> tuple[Any, ...]:
        """The records of a kind that belong to the case of one patient."""
        if place not in self.made[kind]:
            self.fetch(kind, [place])
        return self.made[kind][place]


class LateCase(Case):
    """A case of one place on a shelf; ``wanted`` learns which kinds were asked for."""

    shelf: Shelf
    place: int
    wanted: set[type[Any]]
    patient_id: str = ""
    mdm: str = NO_DECISION


class _Late:
    """A field of a late case: asked for once, then it stands in the case like any other."""

    def __init__(self, name: str, kind: type[Any]) -> None:
        self.name, self.kind = name, kind

    def __get__(self, case: Any, _owner: Any) -> Any:
        case.wanted.add(self.kind)
        found = case.__dict__[self.name] = self.read(case)
        return found

    def read(self, case: LateCase) -> Any:
        return case.shelf.of(self.kind, case.place)


class _LatePatient(_Late):
    """The patient as of the month."""

    def read(self, case: LateCase) -> Any:
        patient: records.Patient = case.shelf.of(records.Patient, case.place)[0]
        case.wanted.add(records.StatusChange)
        changes = case.shelf.of(records.StatusChange, case.place)
        return as_of(patient, changes) if changes else patient


class _LateComplexity(_Late):
    """The decision making of the month."""

    def read(self, case: LateCase) -> Any:
        found = case.shelf.of(self.kind, case.place)
        return found[0] if found else None


for _name, _kind in _NAMES.items():
    setattr(LateCase, _name, _Late(_name, _kind))
LateCase.complexity = _LateComplexity("complexity", records.Complexity)  # type: ignore[assignment]
LateCase.patient = _LatePatient("patient", records.Patient)  # type: ignore[assignment]


class LateWork(Work):
    """What was worked out of a month; the day of its threshold is looked for when it is asked."""

    __slots__ = ("_kind", "_place", "_reached_on")
    # Both: a guard of either, which frozen classes have, slows each field that is set.
    __setattr__, __delattr__ = object.__setattr__, object.__delattr__

    def __init__(
        self, counted: Counted, kind: Kind, reached_on: Callable[[int, Any], date | None],
        place: int,
    ) -> None:  # fmt: skip
        self.counted = counted  # type: ignore[misc]
        self.paths, self.chosen = kind.paths, kind.chosen  # type: ignore[misc]
        self.plan, self.service_on = kind.plan, kind.day  # type: ignore[misc]
        self._kind, self._reached_on, self._place = kind, reached_on, place

    @property
    def threshold_on(self) -> date | None:
        return self._reached_on(self._place, self._kind.needs)


class LateCounted(Counted):
    """The minutes of a plain log: sums at once, the parts of entries when they are asked for.

    ``is_closed``: nothing of it counts, for there is no consent.
    """

    __slots__ = ("_case", "_excluded", "_parts", "is_closed")
    __setattr__, __delattr__ = object.__setattr__, object.__delattr__

    def __init__(self, case: LateCase, sums: tuple[int, int, int], is_closed: bool) -> None:
        self._case, self.is_closed = case, is_closed
        self._parts: tuple[CountedEntry, ...] | None = None
        self._excluded: tuple[Excluded, ...] | None = None
        logged, seconds, own = sums
        self.logged_seconds = logged  # type: ignore[misc]
        self.total_seconds = 0 if is_closed else seconds  # type: ignore[misc]
        self.practitioner_seconds = 0 if is_closed else own  # type: ignore[misc]

    @property
    def excluded(self) -> tuple[Excluded, ...]:
        """What does not count, by reason."""
        if self._excluded is None:
            is_whole = self.total_seconds == self.logged_seconds
            self._excluded = () if is_whole else by_reason(self.entries)
        return self._excluded

    @property
    def entries(self) -> tuple[CountedEntry, ...]:
        """Each entry's part of the month."""
        if self._parts is None:
            case = self._case
            first = int(case.shelf.log.part.starts[case.place])
            self._parts = tuple(
                self._part(case.shelf.log, row, entry)
                for row, entry in enumerate(case.entries, first)
            )
        return self._parts

    def _rows(self) -> range:
        log, place = self._case.shelf.log, self._case.place
        return range(*log.bounds_of(place))

    @property
    def counted_ids(self) -> tuple[str, ...]:
        if self.is_closed:
            return ()
        log = self._case.shelf.log
        return tuple(log.entry_ids[row] for row in self._rows() if log.counted[row])

    def outside(
        self, hours: Mapping[date, Hours], is_odd: Callable[[records.TimeEntry], bool]
    ) -> list[str]:
        """Counted entries that begin outside these hours; all starts of a plain log are known."""
        case, log = self._case, self._case.shelf.log
        case.wanted.add(OutsideHours)
        if self.is_closed:
            return []
        if hours is not log.hours and hours != log.hours:
            return super().outside(hours, is_odd)
        return [
            entry_id for row, entry_id, is_unsure in log.outside.get(case.place, ())
            if not is_unsure or is_odd(case.shelf.entry(row))
        ]  # fmt: skip

    def counted_on(self, days: Collection[date]) -> tuple[tuple[str, ...], int]:
        """The entries that count on these days, and their seconds."""
        log, some = self._case.shelf.log, []
        if days and not self.is_closed:
            some = [row for row in self._rows() if log.counted[row] and self._on(row) in days]
        return tuple(log.entry_ids[row] for row in some), sum(log.counted[row] for row in some)

    def _part(self, log: LogFacts, row: int, entry: records.TimeEntry) -> CountedEntry:
        seconds = counted = entry.seconds
        excluded: tuple[tuple[int, str], ...] = ()
        if self.is_closed:
            counted, excluded = 0, ((seconds, NO_CONSENT),)
        elif log.is_barred[row]:
            counted, excluded = 0, ((seconds, day_reason(self._case, self._on(row))),)
        elif log.counted[row] < seconds:
            counted = log.counted[row]
            excluded = ((seconds - counted, OVERLAP),)
        own = counted if entry.actor == "practitioner" else 0
        return CountedEntry(entry, self._on(row), log.begins[row], counted, excluded, own)

    def _on(self, row: int) -> date:
        log = self._case.shelf.log
        return log.clock.days[log.days[row]]

    def day_of(self, seconds: int, whose_time: str) -> Any:
        """The day on which counted time of this kind reached so many seconds; None: never."""
        log, place = self._case.shelf.log, self._case.place
        if self.is_closed:
            return None
        return log.day_of(place, seconds, is_own=whose_time == "practitioner")
