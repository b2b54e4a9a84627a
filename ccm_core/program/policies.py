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
from ccm_core.store.queries.records_state import records_state
from ccm_core.store.queries.results_state import results_state, state_of
from ccm_core.store.results import (
    case_fingerprint,
    common_mark,
    signals_mark,
    signals_of_month,
)

if TYPE_CHECKING:
    from collections.abc import Hashable

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


_kept: dict[Hashable, Comparison] = {}


def compare(session: Session, who: Identity, month: Month) -> Comparison:
    """Judge every claim of a month under both policies; nothing is stored.

    The counts are kept, and name nobody. Those of the records that the last audit saw hold
    until the next one, or under other fees or settings. Where records have changed since,
    what was judged of them holds until records change again, or back.
    Raises: PermissionDenied, UsageError.
    """
    require(who, PAGE, "view")
    practice = reading.practice(session)
    if practice is None:
        raise UsageError("A comparison was asked for; the database holds no practice.")
    state = results_state(session, practice.practice_id, month)
    as_audited = (practice, month, state, tables.tables_version())
    if (kept := _kept.get(as_audited)) is not None:
        return kept
    now = records_state(session, practice.practice_id)
    since = (*as_audited, now)
    if now is not None and (kept := _kept.get(since)) is not None:
        return kept
    found, judged_state = _judged(session, practice, month)
    if judged_state and judged_state == state:
        _keep(as_audited, found)
    elif now is not None:
        _keep(since, found)
    return found


def _keep(key: Hashable, found: Comparison) -> None:
    while len(_kept) >= _MOST_KEPT:
        _kept.pop(next(iter(_kept)), None)
    _kept[key] = found


def _judged(session: Session, practice: records.Practice, month: Month) -> tuple[Comparison, str]:
    """The comparison, and what the state of the results would be after an audit now."""
    tallies = {name: Tally() for name in POLICIES}
    moved: dict[str, Moved] = {}
    cases = 0
    every, state = _cases(session, practice, month)
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
    return Comparison(tallies, tuple(ordered), cases), state


def _cases(session: Session, practice: records.Practice, month: Month) -> tuple[list[Case], str]:
    signals, common = signals_of_month(session, practice, month), common_mark(practice)
    found, marks = [], []
    for loaded in reading.load_cases(session, practice.practice_id, month):
        loaded.case.signals = signals.get(loaded.case.patient.patient_id, ())
        seen = signals_mark(loaded.case.signals)
        marks.append(case_fingerprint(common, loaded.marks, seen))
        found.append(loaded.case)
    return found, state_of(marks)


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
