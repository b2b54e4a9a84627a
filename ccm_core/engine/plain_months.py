"""The audit of one step of patients: plain months by columns, all others record by record.

Columns tell whose log and chart are plain (``log_facts``, ``chart_facts``), how many minutes
count there, and which subjects a case holds. What follows from those (codes, amounts, the day of
service) is asked once for all months that agree in it. Rules are run over cases as always; the
records they read are made when they ask (``late``). Whatever is not plain takes the way of
``charts.cases`` and ``audit_case``, which is the oracle: tests/engine holds that both say the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from ccm_core import records
from ccm_core.allocation import choose, legal_paths
from ccm_core.audit import outcome_of, price_at, settle
from ccm_core.case_building import Choosing
from ccm_core.cases import Work
from ccm_core.eligibility import chronic_count, payer_on
from ccm_core.engine.blocks import Block
from ccm_core.engine.chart_facts import NO_PAYER
from ccm_core.engine.facts import Part, parted
from ccm_core.engine.kept_months import Earned, Kept, Kind, Shared, key_of_request, needs_of
from ccm_core.engine.late import LateCase, LateWork, Uncertain
from ccm_core.engine.plain_claims import PlainClaims
from ccm_core.engine.programs import Program, program_of
from ccm_core.engine.screening import Log
from ccm_core.engine.told import told_of
from ccm_core.findings import Judged
from ccm_core.minutes import Counted
from ccm_core.once import key_of
from ccm_core.outcome import Outcome
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
_work, _new = maker(Work), object.__new__


@dataclass(slots=True)
class _Begun:
    """A month that differs from all others, worked out by itself."""

    case: LateCase
    kind: Kind

    def outcome(self, findings: tuple[Judged, ...]) -> Outcome:
        kind, case = self.kind, self.case
        return outcome_of(case, kind.policy, case.worked, kind.settled, findings)


class PlainMonths(PlainClaims):
    """The plain months of a step, judged."""

    def __init__(
        self, parts: Mapping[type[Any], Part], log: Log, choosing: Choosing,
        policy: str | None, kept: Kept,
    ) -> None:  # fmt: skip
        super().__init__(parts, log, choosing, policy, kept)
        self.ignored: set[type[Any]] = set()
        self._step = {
            "practice": self.practice, "month": self.month, "shelf": self.shelf, "facts": self,
            "wanted": self.ignored,
        }  # fmt: skip
        self._like: dict[int, records.Payer | None] = {}

    def block(self) -> Block:
        """The outcomes of all plain months; to be asked once."""
        import numpy as np

        places, kinds, group = self._by_kind()
        told = told_of(self.log.outside, places, kinds, group)
        alone = np.ones(len(places), dtype=bool) if told is None else told.at < 0
        special = self.is_plain.copy()
        special[places] = False
        apart = {place: self._begun(place) for place in np.flatnonzero(special).tolist()}
        of_kinds = parted(places[alone], group[alone], len(kinds))
        months = [(kind, some) for kind, some in zip(kinds, of_kinds, strict=True)
                  if some and kind.program.further]  # fmt: skip
        months += [(one.kind, [place]) for place, one in apart.items()]
        findings = self._findings(months, apart)
        others = {place: one.outcome(findings.pop(place)) for place, one in apart.items()}
        for one in apart.values():
            one.case.let_go()
        # What months begin with names these: the step's records would wait for the collector.
        self._step.clear()
        return Block(
            self.patient_ids, self.npi, self.month_text, places, kinds, group,
            (self.log.total, self.log.own, self.log.logged), findings, others, told,
        )  # fmt: skip

    def _by_kind(self) -> tuple[Any, list[Kind], Any]:
        """The places of regular months, their kinds, and the number of each month's kind."""
        import numpy as np

        places, firsts, group = self.grouped()
        found = [self.kind_of(place) for place in firsts]
        # What is told apart in numbers may be one kind: rules that ask of it look at less.
        kinds: dict[int, Kind] = {}
        number = []
        for place, one in zip(firsts, found, strict=True):
            # A former month of the same step may have shown the kind since.
            kind = one or self.kind_of(place) or self._kind_shown_by(place)
            kinds[id(kind)] = kind
            number.append(id(kind))
        at = {one: place for place, one in enumerate(kinds)}
        return (
            places,
            list(kinds.values()),
            np.array([at[one] for one in number], dtype=np.int64)[group],
        )

    def _kind_shown_by(self, place: int) -> Kind:
        """The kind of a month of which none was seen."""
        begun = self._begun(place)
        begun.case.let_go()
        return begun.kind

    def _findings(
        self, months: Iterable[tuple[Kind, list[int]]], apart: Mapping[int, _Begun]
    ) -> dict[int, tuple[Judged, ...]]:
        """What the rules find, by the patient's place; ``apart``: months that have begun."""
        found = self._firsts(months, apart)
        self._fetch(months)
        for kind, places in months:
            program, policy = kind.program, kind.policy
            same = self._same(kind, self.kept.wanted.get(program.further, self.ignored))
            answers = same["answers"]
            for place in places:
                if place in found:
                    continue
                if place in apart:
                    apart[place].case.wanted = same["wanted"]
                    found[place] = program.findings(apart[place].case, policy)
                else:
                    # Made and let go at once: the next month takes its room.
                    case: LateCase = _new(LateCase)
                    case.__dict__ = {**same, "place": place, "answers": {**answers}}
                    found[place] = program.findings(case, policy)
                    case.__dict__.clear()
        return found

    def _fetch(self, months: Iterable[tuple[Kind, list[int]]]) -> None:
        """The records that rules have asked for in months of the same kind."""
        wanted: dict[type[Any], list[int]] = defaultdict(list)
        for month, places in months:
            for kind in self.kept.wanted.get(month.program.further, ()):
                wanted[kind] += places
        self.shelf.fetch_uncertain(wanted.pop(Uncertain, []))
        for kind, some in wanted.items():
            self.shelf.fetch(kind, some)

    def _firsts(
        self, months: Iterable[tuple[Kind, list[int]]], apart: Mapping[int, _Begun]
    ) -> dict[int, tuple[Judged, ...]]:
        """The findings of the first month of each kind: it shows which records others ask for."""
        firsts = []
        for kind, places in months:
            further = kind.program.further
            if further and further not in self.kept.wanted:
                wanted = self.kept.wanted[further] = set()
                firsts.append((self._first(kind, places[0], apart, wanted), kind))
        for record in self.parts:
            self.shelf.fetch(record, [case.place for case, _ in firsts])
        found = {case.place: kind.program.findings(case, kind.policy) for case, kind in firsts}
        for case, _ in firsts:
            if case.place not in apart:
                case.let_go()
        return found

    def _first(
        self, kind: Kind, place: int, apart: Mapping[int, _Begun], wanted: set[type[Any]]
    ) -> LateCase:
        if place in apart:
            case = apart[place].case
            case.wanted = wanted
            return case
        case = _new(LateCase)
        case.__dict__ = {**self._same(kind, wanted), "place": place}
        return case

    def _payer_like(self, place: int) -> records.Payer | None:
        """A payer from whom the same is expected as from this patient's."""
        number = self.payer[place]
        if number == NO_PAYER:
            return None
        if number not in self._like:
            some = self.shelf.of(records.Payer, place)
            self._like[number] = payer_on(some, self.choosing.last_on)
        return self._like[number]

    def _same(self, kind: Kind, wanted: set[type[Any]]) -> dict[str, Any]:
        """What all months of a kind that is known begin with."""
        answers = {_CONDITIONS: kind.conditions, _AMOUNT: kind.amount}
        return {
            **self._step, "wanted": wanted, "work": LateWork(kind), "needs": kind.needs,
            "answers": answers,
        }  # fmt: skip

    def _case(self, place: int) -> LateCase:
        case: LateCase = _new(LateCase)
        answers = {_CONDITIONS: self.conditions[place]}
        case.__dict__ = {**self._step, "place": place, "answers": answers}
        return case

    def _begun(self, place: int) -> _Begun:
        """A plain month worked out, and the rules to ask of it."""
        case, policy = self._case(place), self.policy_of[place]
        work, shared, needs = self._worked(case, policy, case.counted)
        bits = shared.bits | self.bits[place]
        if case.past_claims:
            bits |= seen_in_chart.of_past_claims(case, policy)
        rules = asked_of(policy).of(self.all_bits(place, bits, work.service_on))
        kind = shared.kinds.get(id(rules))
        if kind is None:
            self.kept.rules[id(rules)] = rules
            kind = shared.kinds[id(rules)] = Kind(
                policy, work.plan, work.service_on, work.paths, work.chosen, shared.settled,
                shared.amount, self.conditions[place], needs,
                self._program(rules, case, policy),
            )  # fmt: skip
        return _Begun(case, kind)

    def _program(self, rules: Any, case: LateCase, policy: Policy) -> Program:
        answers = {key: case.answers[key] for key in (_CONDITIONS, _AMOUNT)}
        answers[_PAYER] = self._payer_like(case.place)
        return program_of(rules, case, policy, answers, self.log.outside.hours)

    def _worked(
        self, case: LateCase, policy: Policy, counted: Counted
    ) -> tuple[Work, Shared, tuple[tuple[int, str], ...]]:
        """A month worked out, what it shares with those of the same claim, and what that needs."""
        earned, request = self._earned(case, policy, counted), case.request
        plan, needs, asked = earned.plan, earned.needs, None
        if request is not None:
            asked = key_of_request(request)
            if request.units:
                plan = dict(request.units)
                needs = needs_of(policy, plan)
        reached = None if self.closed[case.place] else self.reached_on(case.place, needs)
        day = self._day(case, policy, plan, reached)
        work = case.work = _work(counted, earned.paths, earned.chosen, plan, day, reached)
        case.__dict__["threshold_on"] = reached
        # That the day comes before the threshold is the one thing of a claim that minutes decide.
        is_early = day is not None and reached is not None and day < reached
        key = asked, day, self.payer[case.place], is_early
        found = earned.shared.get(key)
        if found is None:
            found = earned.shared[key] = self._shared(case, policy, work)
        case.answers[_AMOUNT] = found.amount
        return work, found, needs

    def _shared(self, case: LateCase, policy: Policy, work: Work) -> Shared:
        self.kept.make_room()
        case.answers[_PAYER] = self._payer_like(case.place)
        bits = seen_in_plan.seen(case, policy, work) | of_claim(case, work) & ~_SIGNALS
        found = Shared(settle(case, policy, work), bits, amount_of(case, policy))
        del case.answers[_PAYER]
        return found

    def _earned(self, case: LateCase, policy: Policy, counted: Counted) -> Earned:
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
        created_on = request.created_on if request else None
        if self.asked[case.place] or (created_on and created_on in self.month):
            return choose_day(case, policy, plan, reached_on)
        if self.waits_for_threshold(policy):
            return min(reached_on or self.month.first_day, self.last)
        return self.last
