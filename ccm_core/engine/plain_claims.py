"""Plain months whose outcome another month of the run has shown already.

What minutes and conditions earn, what that is worth, which rules look at nothing else: all of it
is kept by what decides it (``kept_months``). A month that differs from a former one in nothing
that anybody looks at needs no case of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from ccm_core import records
from ccm_core.audit import put_together
from ccm_core.case_building import Choosing
from ccm_core.cases import SECONDS_PER_MINUTE
from ccm_core.engine.chart_facts import NO_PAYER
from ccm_core.engine.columns import SeenSignal
from ccm_core.engine.facts import Part
from ccm_core.engine.kept_months import Earned, Kept, key_of_request, needs_of
from ccm_core.engine.plain_facts import PlainFacts
from ccm_core.engine.screening import Log
from ccm_core.outcome import Outcome
from ccm_core.policy import Policy
from ccm_core.rules.asking import asked_of
from ccm_core.rules.seen import together
from ccm_core.rules.subjects import BIT

_THRESHOLD_DAY = "threshold_day"
_SERVICE_ON_DAY, _SERVICES_OF_MONTH = BIT["service_on_day"], BIT["services_of_month"]


class _Claim(NamedTuple):
    """What is planned, for which day, and what it is kept under with what is earned."""

    plan: Mapping[str, int]
    day: date | None
    key: Any


class PlainClaims(PlainFacts):
    """The plain months of a step, with what they share with others."""

    def __init__(
        self, parts: Mapping[type[Any], Part], log: Log, choosing: Choosing,
        policy: str | None, kept: Kept,
    ) -> None:  # fmt: skip
        super().__init__(parts, log, choosing, policy)
        self.kept, self.last, self.month_text = kept, choosing.last_on, str(choosing.month)
        kept.policies.update((id(one), one) for one in self.policies)
        self._thresholds: dict[int, bool] = {}
        self.conditions = self.chart.conditions.tolist()
        seconds = (self.log.logged, self.log.total, self.log.own)
        self.sums = list(zip(*(one.tolist() for one in seconds), strict=True))
        self._payers()
        self._signals()
        self._set_apart()

    def _set_apart(self) -> None:
        """Months that are plain and yet need a case: for the choice of the day, or what is odd."""
        import numpy as np

        visited = self.chart.visits.on_day(np.full(len(self.npi), self.chart.last))
        asked = visited | self.parts[records.Stay].any(self.chart.stays)
        odd = self.is_plain & (self.is_closed | (self.log.total < self.log.logged))
        self.shelf.fetch(records.TimeEntry, np.flatnonzero(odd).tolist())
        places = np.flatnonzero(self.is_plain & asked).tolist()
        for kind in (records.Patient, records.StatusChange, records.Visit, records.Stay):
            self.shelf.fetch(kind, places)
        self.closed, self.visited = self.is_closed.tolist(), visited.tolist()
        self.asked, self.is_special = asked.tolist(), (odd | asked).tolist()
        for place in (*self.signals, *(one for one, past in self.past.items() if past)):
            self.is_special[place] = True

    def at_once(self, place: int) -> Outcome | None:
        """The outcome of a month of which all that matters was seen in another; None: not so."""
        policy = self.policy_of[place]
        if self.is_special[place]:
            return None
        logged, seconds, own = self.sums[place]
        earned = self.kept.earned.get(self.key(place, policy, seconds, own))
        claim = self._claim(place, policy, earned) if earned else None
        shared = earned.shared.get(claim.key) if earned and claim else None
        if claim is None or shared is None:
            return None
        bits = self.all_bits(place, shared.bits | self.bits[place], claim.day)
        program = shared.programs.get(id(asked_of(policy).of(bits)))
        if program is None or program.known is None:
            return None
        whose = self.patient_ids[place], self.npi[place], self.month_text, policy.name
        planned = claim.plan, claim.day
        return put_together(
            whose, (seconds, own, logged), (), planned, shared.settled, program.known
        )

    def all_bits(self, place: int, bits: int, on: date | None) -> int:
        """The bits with those that the date of service adds.

        A visit on another day than the last may be one on the day of service.
        """
        is_other_day = on is not None and on != self.last
        if self.visited[place] or (is_other_day and bits & _SERVICES_OF_MONTH):
            bits |= _SERVICE_ON_DAY
        return together(bits)

    def _claim(self, place: int, policy: Policy, earned: Earned) -> _Claim | None:
        """The plan of a month and its day, where both are plain to see."""
        request = self.requests.get(place)
        if request is None:
            if earned.plan and self.waits_for_threshold(policy):
                return None
            day = self.last if earned.plan else None
            return _Claim(earned.plan, day, (None, day, self.payer[place], False))
        day = request.service_on
        if day is None or not request.units:
            return None
        asked = key_of_request(request)
        found = earned.asked.get(asked)
        if found is None:
            plan = dict(request.units)
            found = earned.asked[asked] = plan, needs_of(policy, plan)
        reached = self.reached_on(place, found[1])
        is_early = reached is not None and day < reached
        return _Claim(found[0], day, (asked, day, self.payer[place], is_early))

    def reached_on(self, place: int, needs: Sequence[tuple[int, str]]) -> date | None:
        """The day on which all that planned units need was reached; None: never."""
        latest: date | None = None
        for seconds, whose in needs:
            day = self.log.day_of(place, seconds, is_own=whose == "practitioner")
            if day is None:
                return None
            latest = day if latest is None or day > latest else latest
        return latest

    def waits_for_threshold(self, policy: Policy) -> bool:
        """Whether the payer wants the day on which the threshold was met."""
        found = self._thresholds.get(id(policy))
        if found is None:
            found = policy.payer_row["date_of_service"] == _THRESHOLD_DAY
            self._thresholds[id(policy)] = found
        return found

    def key(self, place: int, policy: Policy, seconds: int, own: int) -> tuple[Any, ...]:
        """What decides what is earned: thresholds are whole minutes."""
        return (
            id(policy), seconds // SECONDS_PER_MINUTE, own // SECONDS_PER_MINUTE, own == seconds,
            self.conditions[place], self.mdm.get(place),
        )  # fmt: skip

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

    def _signals(self) -> None:
        part = self.parts[SeenSignal]
        places = sorted(set(part.owner.tolist()))
        self.shelf.fetch(SeenSignal, places)
        self.signals = {
            place: tuple(seen.signal for seen in self.shelf.of(SeenSignal, place))
            for place in places
        }
