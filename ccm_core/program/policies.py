"""What changes under the other policy, in claims and dollars."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from ccm_core import records, tables, working
from ccm_core.access.permissions import require
from ccm_core.audit import Outcome, audit_case, policy_of
from ccm_core.errors import UsageError
from ccm_core.policy import POLICIES
from ccm_core.store import reading
from ccm_core.store.queries.results_state import results_state
from ccm_core.store.results import signals_of_month

if TYPE_CHECKING:
    from sqlmodel import Session

    from ccm_core.access.identity import Identity
    from ccm_core.cases import Case
    from ccm_core.months import Month

PAGE = "policies"
STATUSES = ("clean", "review", "blocked")
_MOST_KEPT = 24
_TOLD = 500


@dataclass
class Tally:
    """Claims and allowed dollars by status."""

    claims: dict[str, int] = field(default_factory=lambda: dict.fromkeys(STATUSES, 0))
    usd: dict[str, Decimal] = field(default_factory=lambda: dict.fromkeys(STATUSES, Decimal(0)))

    def add(self, outcome: Outcome) -> None:
        self.claims[outcome.status] += 1
        self.usd[outcome.status] += outcome.planned_usd or Decimal(0)


@dataclass
class Moved:
    """Claims that a rule holds back under one policy more than under the other."""

    rule: str
    baseline: str
    strict: str
    claims: int = 0
    usd: Decimal = Decimal(0)


@dataclass(frozen=True)
class Comparison:
    """One month under both policies, before anybody's acknowledgements."""

    tallies: dict[str, Tally]
    moved: tuple[Moved, ...]
    cases: int


_kept: dict[tuple[records.Practice, Month, str, str], Comparison] = {}


def compare(session: Session, who: Identity, month: Month) -> Comparison:
    """Judge every claim of a month under both policies; nothing is stored.

    An audited month is judged anew when the audit of one of its cases was, and under other
    fees or settings: the counts are kept by the fingerprints of its results, and the results
    may be of older ones. They name nobody.
    Raises: PermissionDenied, UsageError.
    """
    require(who, PAGE, "view")
    practice = reading.practice(session)
    if practice is None:
        raise UsageError("A comparison was asked for; the database holds no practice.")
    state = results_state(session, practice.practice_id, month)
    if not state:
        return _judged(session, practice, month)
    key = (practice, month, state, tables.tables_version())
    found = _kept.get(key)
    if found is None:
        found = _judged(session, practice, month)
        while len(_kept) >= _MOST_KEPT:
            _kept.pop(next(iter(_kept)), None)
        _kept[key] = found
    return found


def _judged(session: Session, practice: records.Practice, month: Month) -> Comparison:
    tallies = {name: Tally() for name in POLICIES}
    moved: dict[str, Moved] = {}
    cases = 0
    every = _cases(session, practice, month)
    for done, case in enumerate(every):
        if done % _TOLD == 0:
            working.tell("Claims judged twice", done, len(every))
        both = {name: audit_case(case, policy_of(case, name)) for name in POLICIES}
        if all(outcome.has_no_claim for outcome in both.values()):
            continue
        cases += 1
        for name, outcome in both.items():
            tallies[name].add(outcome)
        _note_moves(moved, both)
    ordered = sorted(moved.values(), key=lambda m: (-m.usd, m.rule))
    return Comparison(tallies, tuple(ordered), cases)


def _cases(session: Session, practice: records.Practice, month: Month) -> list[Case]:
    signals = signals_of_month(session, practice, month)
    found = list(reading.cases(session, practice.practice_id, month))
    for case in found:
        case.signals = signals.get(case.patient.patient_id, ())
    return found


def _note_moves(moved: dict[str, Moved], both: dict[str, Outcome]) -> None:
    """Rules whose level differs between the policies on this claim."""
    levels: dict[str, dict[str, str]] = defaultdict(dict)
    for name, outcome in both.items():
        for judged in outcome.findings:
            levels[judged.rule][name] = judged.level.value
    for rule, by in levels.items():
        base, strict = by.get("baseline", "-"), by.get("strict", "-")
        if base == strict:
            continue
        one = moved.setdefault(rule, Moved(rule, base, strict))
        one.claims += 1
        one.usd += both["baseline"].planned_usd or Decimal(0)
