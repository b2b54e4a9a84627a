"""The audit of one step of patients: plain months by columns, all others record by record.

Columns tell whose log and chart are plain (``log_facts``, ``chart_facts``), how many minutes
count there, and which subjects a case holds. What follows from those (codes, amounts, the day of
service) is asked once for all months that agree in it. Rules are run over cases as always; the
records they read are made when they ask (``late``). Whatever is not plain takes the way of
``charts.cases`` and ``audit_case``, which is the oracle: tests/engine holds that both say the same.
"""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from ccm_core import records
from ccm_core.allocation import Path, choose, legal_paths
from ccm_core.audit import judged_by, outcome_of, price_at, settle
from ccm_core.case_building import Choosing
from ccm_core.cases import SECONDS_PER_MINUTE, Request, Work
from ccm_core.eligibility import chronic_count, payer_on
from ccm_core.engine.chart_facts import NO_PAYER
from ccm_core.engine.columns import SeenSignal
from ccm_core.engine.facts import Part
from ccm_core.engine.late import LateCase, LateCounted
from ccm_core.engine.plain_facts import PlainFacts
from ccm_core.engine.screening import Log
from ccm_core.fees import PlanPrice
from ccm_core.months import Month
from ccm_core.once import key_of
from ccm_core.outcome import Outcome, Settled
from ccm_core.policy import MOST_KEPT, Policy
from ccm_core.quick import maker
from ccm_core.rules import seen_in_chart, seen_in_plan
from ccm_core.rules.amount import amount_of
from ccm_core.rules.asking import asked_of
from ccm_core.rules.coverage import payer_of
from ccm_core.rules.seen import of_claim, together
from ccm_core.rules.subjects import BIT
from ccm_core.service_date import choose_day

_THRESHOLD_DAY = "threshold_day"
_SIGNALS, _SERVICE_ON_DAY = BIT["signals"], BIT["service_on_day"]
_SERVICES_OF_MONTH = BIT["services_of_month"]
_CONDITIONS, _AMOUNT = key_of(chronic_count), key_of(amount_of)
_PAYER = key_of(payer_of)
_work = maker(Work)


@dataclass
class Earned:
    """What whole minutes and conditions earn under one policy."""

    paths: tuple[Path, ...]
    chosen: Path | None
    plan: Mapping[str, int]
    needs: tuple[tuple[int, str], ...]
    """Seconds that the planned units need, and whose."""
    settled: dict[tuple[Any, date | None, int], tuple[Settled, int, PlanPrice]] = field(
        default_factory=dict
    )
    """By requested units, day of service and payer: amounts, the plan's bits and its amount."""


@dataclass
class Kept:
    """What the months of one run have in common."""

    earned: dict[Any, Earned] = field(default_factory=dict)
    payers: dict[tuple[str, str, bool], int] = field(default_factory=dict)
    like: dict[int, records.Payer | None] = field(default_factory=dict)
    """A payer of each number."""
    wanted: dict[int, set[type[Any]]] = field(default_factory=dict)
    """Kinds of records that rules have read, by the identity of the rules asked together."""
    policies: dict[int, Policy] = field(default_factory=dict)
    """Held, for their identities are keys."""


@functools.lru_cache(maxsize=4)
def kept_of(practice: records.Practice, month: Month, policy: str | None, fees: Any) -> Kept:
    """What is kept of one practice's month under these fees."""
    return Kept()


@dataclass(slots=True)
class _Begun:
    """A month that is worked out, with the rules to ask of it."""

    case: LateCase
    policy: Policy
    work: Work
    settled: Settled
    rules: Any

    def outcome(self) -> Outcome:
        findings = judged_by(self.rules, self.case, self.policy)
        return outcome_of(self.case, self.policy, self.work, self.settled, findings)


class PlainMonths(PlainFacts):
    """The plain months of a step, judged."""

    def __init__(
        self, parts: Mapping[type[Any], Part], log: Log, choosing: Choosing,
        policy: str | None, kept: Kept,
    ) -> None:  # fmt: skip
        super().__init__(parts, log, choosing, policy)
        self.kept, self.last = kept, choosing.last_on
        kept.policies.update((id(policy), policy) for policy, _ in self.by_policy)
        self.ignored: set[type[Any]] = set()

    def outcomes(self) -> dict[int, Outcome]:
        """The outcomes, by the patient's place."""
        import numpy as np

        self._payers()
        self._signals()
        visited = self.chart.visits.on_day(np.full(len(self.npi), self.chart.last))
        asked = visited | self.parts[records.Stay].any(self.chart.stays)
        self.visited, self.asked = visited.tolist(), asked.tolist()
        log = self.log
        self.sums = list(
            zip(log.logged.tolist(), log.total.tolist(), log.own.tolist(), strict=True)
        )
        self.closed = self.is_closed.tolist()
        odd = self.is_plain & (self.is_closed | (log.total < log.logged))
        self.shelf.fetch(records.TimeEntry, np.flatnonzero(odd).tolist())
        self.conditions = self.chart.conditions.tolist()
        places = np.flatnonzero(self.is_plain & asked).tolist()
        for kind in (records.Patient, records.StatusChange, records.Visit, records.Stay):
            self.shelf.fetch(kind, places)
        begun = [self._begun(place) for place in np.flatnonzero(self.is_plain).tolist()]
        firsts = self._firsts(begun)
        found = {one.case.place: one.outcome() for one in firsts}
        rest = [one for one in begun if one.case.place not in found]
        wanted: dict[type[Any], list[int]] = defaultdict(list)
        for one in rest:
            one.case.wanted = self.kept.wanted[id(one.rules)]
            for kind in one.case.wanted:
                wanted[kind].append(one.case.place)
        for kind, places in wanted.items():
            self.shelf.fetch(kind, places)
        found.update((one.case.place, one.outcome()) for one in rest)
        return found

    def _firsts(self, begun: list[_Begun]) -> list[_Begun]:
        """The first month of each kind: it shows which records the others will ask for."""
        firsts = []
        for one in begun:
            if id(one.rules) not in self.kept.wanted:
                one.case.wanted = self.kept.wanted[id(one.rules)] = set()
                firsts.append(one)
        for kind in self.parts:
            self.shelf.fetch(kind, [one.case.place for one in firsts])
        return firsts

    def _signals(self) -> None:
        part = self.parts[SeenSignal]
        places = sorted(set(part.owner.tolist()))
        self.shelf.fetch(SeenSignal, places)
        self.signals = {
            place: tuple(seen.signal for seen in self.shelf.of(SeenSignal, place))
            for place in places
        }

    def _payers(self) -> None:
        """What of each patient's payer decides what is expected, as a number."""
        part, row = self.parts[records.Payer], self.chart.payer.tolist()
        if not len(part):
            self.payer = [NO_PAYER] * len(row)
            return
        names, kinds, qmb = part.words("name"), part.words("kind"), part.truths("is_qmb") == 1
        known = self.kept.payers
        of_row = [
            known.setdefault((name, kind, is_qmb), len(known))
            for name, kind, is_qmb in zip(names.of_all(), kinds.of_all(), qmb.tolist(), strict=True)
        ]
        self.payer = [of_row[one] if one >= 0 else NO_PAYER for one in row]

    def _payer_like(self, place: int) -> records.Payer | None:
        """A payer from whom the same is expected as from this patient's."""
        number = self.payer[place]
        if number == NO_PAYER:
            return None
        if number not in self.kept.like:
            some = self.shelf.of(records.Payer, place)
            self.kept.like[number] = payer_on(some, self.choosing.last_on)
        return self.kept.like[number]

    def _case(self, place: int) -> LateCase:
        case: LateCase = object.__new__(LateCase)
        case.__dict__.update(
            practice=self.practice,
            month=self.month,
            shelf=self.shelf,
            place=place,
            patient_id=self.patient_ids[place],
            npi=self.npi[place],
            first_service_on=self.first_days[place],
            mdm=self.mdm.get(place, "none"),
            signals=self.signals.get(place, ()),
            past_claims=self.past.get(place, ()),
            request=self.requests.get(place),
            wanted=self.ignored,
            answers={_CONDITIONS: self.conditions[place]},
        )
        return case

    def _begun(self, place: int) -> _Begun:
        """A plain month worked out, and the rules to ask of it."""
        case, policy = self._case(place), self.policy_of[place]
        counted = LateCounted(case, self.sums[place], self.closed[place])
        work, settled, bits = self._worked(case, policy, counted)
        bits |= self.bits[place]
        if case.past_claims:
            bits |= seen_in_chart.of_past_claims(case, policy)
        # A visit on another day of the month may be one on the day of service.
        is_other_day = work.service_on is not None and work.service_on != self.last
        if self.visited[place] or (is_other_day and bits & _SERVICES_OF_MONTH):
            bits |= _SERVICE_ON_DAY
        return _Begun(case, policy, work, settled, asked_of(policy).of(together(bits)))

    def _worked(
        self, case: LateCase, policy: Policy, counted: LateCounted
    ) -> tuple[Work, Settled, int]:
        """A month worked out, its amounts, and the bits of its plan and claim.

        Months with the same minutes, conditions, plan, day and payer have them in common.
        """
        earned = self._earned(case, policy, counted)
        plan, needs = earned.plan, earned.needs
        asked: tuple[tuple[str, int], ...] = ()
        if case.request is not None and case.request.units:
            plan = dict(case.request.units)
            needs, asked = _needs(policy, plan), tuple(plan.items())
        days = [counted.day_of(seconds, whose) for seconds, whose in needs]
        reached = None if not days or None in days else max(days)
        day = self._day(case, policy, plan, reached)
        work = case.work = _work(counted, earned.paths, earned.chosen, plan, day, reached)
        key = asked, day, self.payer[case.place]
        found = earned.settled.get(key)
        if found is None:
            case.answers[_PAYER] = self._payer_like(case.place)
            bits, amount = seen_in_plan.seen(case, policy, work), amount_of(case, policy)
            found = earned.settled[key] = settle(case, policy, work), bits, amount
            del case.answers[_PAYER]
        case.answers[_AMOUNT] = found[2]
        return work, found[0], found[1] | of_claim(case, work)

    def _earned(self, case: LateCase, policy: Policy, counted: LateCounted) -> Earned:
        seconds, own = counted.total_seconds, counted.practitioner_seconds
        minutes, conditions = seconds // SECONDS_PER_MINUTE, self.conditions[case.place]
        own_minutes, is_all_own = own // SECONDS_PER_MINUTE, own == seconds
        key = id(policy), minutes, own_minutes, is_all_own, conditions, case.mdm
        found = self.kept.earned.get(key)
        if found is None:
            if len(self.kept.earned) >= MOST_KEPT:
                self.kept.earned.clear()
            paths = legal_paths(counted, policy, case.mdm, conditions)
            price = price_at(case, policy)
            chosen = choose(paths, counted, self.practice.preference, price)
            plan: Mapping[str, int] = chosen.units if chosen else {}
            found = self.kept.earned[key] = Earned(paths, chosen, plan, _needs(policy, plan))
        return found

    def _day(
        self, case: LateCase, policy: Policy, plan: Mapping[str, int], reached_on: date | None
    ) -> date | None:
        """The date of service (``service_date.choose_day``); asked there where it is not plain."""
        request = case.request
        if request is not None and request.service_on is not None:
            return request.service_on
        if not plan:
            return None
        if self.asked[case.place] or (request and _is_within(request, self.month)):
            return choose_day(case, policy, plan, reached_on)
        if policy.payer_row["date_of_service"] == _THRESHOLD_DAY:
            return min(reached_on or self.month.first_day, self.last)
        return self.last


def _is_within(request: Request, month: Month) -> bool:
    return request.created_on is not None and request.created_on in month


def _needs(policy: Policy, plan: Mapping[str, int]) -> tuple[tuple[int, str], ...]:
    """Seconds that each planned code needs, and whose; nothing where one asks for no time."""
    found = []
    for code, units in plan.items():
        threshold = policy.find_threshold(code)
        if threshold is None:
            return ()
        if units > 0:
            found.append((threshold.seconds_for(units), threshold.whose_time))
    return tuple(found)
