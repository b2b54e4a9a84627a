"""Cases whose records are made when somebody asks for them.

Most rules of most cases look at little: at the plan, at who pays, at one kind of record.
A late case is a case, and its records come out of the columns by the first look at their
kind; what the columns have told already (minutes, conditions) is there from the start.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Protocol

from ccm_core import records
from ccm_core.case_building import as_of
from ccm_core.cases import NO_DECISION, Case, Request, Signal, Work
from ccm_core.engine.kept_months import Kind
from ccm_core.engine.log_facts import LogFacts
from ccm_core.engine.shelf import Shelf
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


class Uncertain:
    """What a rule asks for that looks only at entries of which clinic hours do not tell."""


class Facts(Protocol):
    """What the columns of a step have told of each patient, by place."""

    patient_ids: Sequence[str]
    npi: Sequence[str]
    first_days: Sequence[date | None]
    requests: Mapping[int, Request | None]
    mdm: Mapping[int, str]
    signals: Mapping[int, tuple[Signal, ...]]
    past: Mapping[int, tuple[records.ClaimLine, ...]]
    sums: Sequence[tuple[int, int, int]]
    closed: Sequence[bool]

    def reached_on(self, place: int, needs: Sequence[tuple[int, str]]) -> date | None: ...


class LateCase(Case):
    """A case of one place on a shelf; ``wanted`` learns which kinds were asked for.

    Nothing of it is worked out or looked up before somebody asks.
    """

    shelf: Shelf
    facts: Facts
    place: int
    wanted: set[type[Any]]
    needs: tuple[tuple[int, str], ...]
    """Seconds that planned units need, and whose."""

    def let_go(self) -> None:
        """Forget all: minutes hold their case, and nobody would free the two of them."""
        self.__dict__.clear()


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


class _Told:
    """A field that columns have told: no records are made for it."""

    def __init__(self, name: str, read: Callable[[LateCase], Any]) -> None:
        self.name, self.read = name, read

    def __get__(self, case: Any, _owner: Any) -> Any:
        found = case.__dict__[self.name] = self.read(case)
        return found


_TOLD: dict[str, Callable[[LateCase], Any]] = {
    "patient_id": lambda case: case.facts.patient_ids[case.place],
    "npi": lambda case: case.facts.npi[case.place],
    "first_service_on": lambda case: case.facts.first_days[case.place],
    "request": lambda case: case.facts.requests.get(case.place),
    "mdm": lambda case: case.facts.mdm.get(case.place, NO_DECISION),
    "signals": lambda case: case.facts.signals.get(case.place, ()),
    "past_claims": lambda case: case.facts.past.get(case.place, ()),
    "counted": lambda case: LateCounted(
        case, case.facts.sums[case.place], case.facts.closed[case.place]
    ),
    "threshold_on": lambda case: case.facts.reached_on(case.place, case.needs),
}
for _name, _kind in _NAMES.items():
    setattr(LateCase, _name, _Late(_name, _kind))
for _name, _read in _TOLD.items():
    setattr(LateCase, _name, _Told(_name, _read))
LateCase.complexity = _LateComplexity("complexity", records.Complexity)  # type: ignore[assignment]
LateCase.patient = _LatePatient("patient", records.Patient)  # type: ignore[assignment]


class LateWork(Work):
    """What was worked out of all months of a kind; whose minutes, only a case can say."""

    __slots__ = ()
    __setattr__, __delattr__ = object.__setattr__, object.__delattr__

    def __init__(self, kind: Kind) -> None:
        self.paths, self.chosen = kind.paths, kind.chosen  # type: ignore[misc]
        self.plan, self.service_on = kind.plan, kind.day  # type: ignore[misc]

    @property
    def counted(self) -> Counted:
        raise LookupError("minutes are each month's own; ask the case")

    @property
    def threshold_on(self) -> date | None:
        raise LookupError("the day of the threshold is each month's own; ask the case")


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
            self._excluded = () if is_whole else by_reason(self._left_out())
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
    ) -> Sequence[str]:
        """Counted entries that begin outside these hours; all starts of a plain log are known."""
        case, told = self._case, self._case.shelf.log.outside
        case.wanted.add(Uncertain)
        if self.is_closed:
            return ()
        if hours is not told.hours and hours != told.hours:
            return super().outside(hours, is_odd)
        found = told.of.get(case.place, ())
        unsure = told.unsure.get(case.place)
        if unsure is None:
            return found
        return [one for one in found if one not in unsure or is_odd(case.shelf.entry(unsure[one]))]

    def counted_on(self, days: Collection[date]) -> tuple[tuple[str, ...], int]:
        """The entries that count on these days, and their seconds."""
        log, some = self._case.shelf.log, []
        if days and not self.is_closed:
            some = [row for row in self._rows() if log.counted[row] and self._on(row) in days]
        return tuple(log.entry_ids[row] for row in some), sum(log.counted[row] for row in some)

    def _left_out(self) -> Iterator[tuple[str, int, str]]:
        """Of each entry that does not count whole its name, the seconds, and why."""
        log = self._case.shelf.log
        for row in self._rows():
            left = log.lengths[row] - (0 if self.is_closed else log.counted[row])
            if left:
                yield log.entry_ids[row], left, self._reason(log, row)

    def _reason(self, log: LogFacts, row: int) -> str:
        if self.is_closed:
            return NO_CONSENT
        return day_reason(self._case, self._on(row)) if log.is_barred[row] else OVERLAP

    def _part(self, log: LogFacts, row: int, entry: records.TimeEntry) -> CountedEntry:
        counted = 0 if self.is_closed else log.counted[row]
        left, excluded = entry.seconds - counted, tuple[tuple[int, str], ...]()
        if left:
            excluded = ((left, self._reason(log, row)),)
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
