"""The audit of one step of patients: plain months by columns, all others record by record.

Columns tell whose log and chart are plain (``log_facts``, ``chart_facts``), how many minutes
count there, and which subjects a case holds. What follows from those (codes, amounts, the day of
service) is asked once for all months that agree in it. Rules are run over cases as always; the
records they read are made when they ask (``late``). Whatever is not plain takes the way of
``charts.cases`` and ``audit_case``, which is the oracle: tests/engine holds that both say the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from ccm_core import records
from ccm_core.allocation import choose, legal_paths
from ccm_core.audit import outcome_of, price_at, settle
from ccm_core.case_building import Choosing
from ccm_core.cases import NO_DECISION, Request, Work
from ccm_core.eligibility import chronic_count, payer_on
from ccm_core.engine.chart_facts import NO_PAYER
from ccm_core.engine.facts import Part
from ccm_core.engine.kept_months import Earned, Kept, Shared, key_of_request, needs_of
from ccm_core.engine.late import LateCase, LateCounted
from ccm_core.engine.plain_claims import PlainClaims
from ccm_core.engine.programs import Program, program_of
from ccm_core.engine.screening import Log
from ccm_core.months import Month
from ccm_core.once import key_of
from ccm_core.outcome import Outcome, Settled
from ccm_core.policy import Policy
from ccm_core.quick import maker
from ccm_core.rules import seen_in_chart, seen_in_plan
from ccm_core.rules.amount import amount_of
from ccm_core.rules.asking import asked_of
from ccm_core.rules.coverage import payer_of
from ccm_core.rules.seen import of_claim
from ccm_core.rules.subjects import BIT
from ccm_core.service_date import choose_day

_SIGNALS = BIT["signals"]
_CONDITIONS, _AMOUNT = key_of(chronic_count), key_of(amount_of)
_PAYER = key_of(payer_of)
_work = maker(Work)


@dataclass(slots=True)
class _Begun:
    """A month that is worked out, with the rules to ask of it."""

    case: LateCase
    policy: Policy
    work: Work
    settled: Settled
    program: Program

    def outcome(self) -> Outcome:
        findings = self.program.findings(self.case, self.policy)
        return outcome_of(self.case, self.policy, self.work, self.settled, findings)


class PlainMonths(PlainClaims):
    """The plain months of a step, judged."""

    def __init__(
        self, parts: Mapping[type[Any], Part], log: Log, choosing: Choosing,
        policy: str | None, kept: Kept,
    ) -> None:  # fmt: skip
        super().__init__(parts, log, choosing, policy, kept)
        self.ignored: set[type[Any]] = set()
        self._like: dict[int, records.Payer | None] = {}

    def outcomes(self) -> dict[int, Outcome]:
        """The outcomes, by the patient's place."""
        import numpy as np

        found: dict[int, Outcome] = {}
        begun = []
        for place in np.flatnonzero(self.is_plain).tolist():
            outcome = self.at_once(place)
            if outcome is None:
                begun.append(self._begun(place))
            else:
                found[place] = outcome
        firsts = self._firsts(begun)
        found.update((one.case.place, one.outcome()) for one in firsts)
        rest = [one for one in begun if one.case.place not in found]
        self._fetch(rest)
        found.update((one.case.place, one.outcome()) for one in rest)
        return found

    def _fetch(self, begun: list[_Begun]) -> None:
        """The records that rules have asked for in months of the same kind."""
        wanted: dict[type[Any], list[int]] = defaultdict(list)
        for one in begun:
            one.case.wanted = self.kept.wanted.get(one.program.further, self.ignored)
            for kind in one.case.wanted:
                wanted[kind].append(one.case.place)
        for kind, places in wanted.items():
            self.shelf.fetch(kind, places)

    def _firsts(self, begun: list[_Begun]) -> list[_Begun]:
        """The first month of each kind: it shows which records the others will ask for."""
        firsts = []
        for one in begun:
            further = one.program.further
            if further and further not in self.kept.wanted:
                one.case.wanted = self.kept.wanted[further] = set()
                firsts.append(one)
        for kind in self.parts:
            self.shelf.fetch(kind, [one.case.place for one in firsts])
        return firsts

    def _payer_like(self, place: int) -> records.Payer | None:
        """A payer from whom the same is expected as from this patient's."""
        number = self.payer[place]
        if number == NO_PAYER:
            return None
        if number not in self._like:
            some = self.shelf.of(records.Payer, place)
            self._like[number] = payer_on(some, self.choosing.last_on)
        return self._like[number]

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
            mdm=self.mdm.get(place, NO_DECISION),
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
        work, shared = self._worked(case, policy, counted)
        bits = shared.bits | self.bits[place] | (_SIGNALS if case.signals else 0)
        if case.past_claims:
            bits |= seen_in_chart.of_past_claims(case, policy)
        rules = asked_of(policy).of(self.all_bits(place, bits, work.service_on))
        program = shared.programs.get(id(rules))
        if program is None:
            self.kept.rules[id(rules)] = rules
            program = shared.programs[id(rules)] = self._program(rules, case, policy)
        return _Begun(case, policy, work, shared.settled, program)

    def _program(self, rules: Any, case: LateCase, policy: Policy) -> Program:
        answers = {key: case.answers[key] for key in (_CONDITIONS, _AMOUNT)}
        return program_of(rules, case, policy, answers)

    def _worked(
        self, case: LateCase, policy: Policy, counted: LateCounted
    ) -> tuple[Work, Shared]:  # fmt: skip
        """A month worked out, and what it shares with those of the same earnings and claim."""
        earned, request = self._earned(case, policy, counted), case.request
        plan, needs, asked = earned.plan, earned.needs, None
        if request is not None:
            asked = key_of_request(request)
            if request.units:
                plan = dict(request.units)
                needs = needs_of(policy, plan)
        reached = None if counted.is_closed else self.reached_on(case.place, needs)
        day = self._day(case, policy, plan, reached)
        work = case.work = _work(counted, earned.paths, earned.chosen, plan, day, reached)
        # That the day comes before the threshold is the one thing of a claim that minutes decide.
        is_early = day is not None and reached is not None and day < reached
        key = asked, day, self.payer[case.place], is_early
        found = earned.shared.get(key)
        if found is None:
            found = earned.shared[key] = self._shared(case, policy, work)
        case.answers[_AMOUNT] = found.amount
        return work, found

    def _shared(self, case: LateCase, policy: Policy, work: Work) -> Shared:
        self.kept.make_room()
        case.answers[_PAYER] = self._payer_like(case.place)
        bits = seen_in_plan.seen(case, policy, work) | of_claim(case, work) & ~_SIGNALS
        found = Shared(settle(case, policy, work), bits, amount_of(case, policy))
        del case.answers[_PAYER]
        return found

    def _earned(self, case: LateCase, policy: Policy, counted: LateCounted) -> Earned:
        seconds, own = counted.total_seconds, counted.practitioner_seconds
        key = self.key(case.place, policy, seconds, own)
        found = self.kept.earned.get(key)
        if found is None:
            paths = legal_paths(counted, policy, case.mdm, self.conditions[case.place])
            price = price_at(case, policy)
            chosen = choose(paths, counted, self.practice.preference, price)
            plan: Mapping[str, int] = chosen.units if chosen else {}
            found = self.kept.earned[key] = Earned(paths, chosen, plan, needs_of(policy, plan))
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
        if self.waits_for_threshold(policy):
            return min(reached_on or self.month.first_day, self.last)
        return self.last


def _is_within(request: Request, month: Month) -> bool:
    return request.created_on is not None and request.created_on in month
