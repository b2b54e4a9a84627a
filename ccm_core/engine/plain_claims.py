"""Plain months by all that decides their outcome, so that one of a kind shows it for all.

What minutes and conditions earn, what that is worth, which rules look at nothing else: all of it
is kept by what decides it (``kept_months``). A month that differs from a former one in nothing
that anybody looks at needs no case of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from ccm_core import records
from ccm_core.case_building import Choosing
from ccm_core.cases import SECONDS_PER_MINUTE, Request
from ccm_core.engine.chart_facts import NO_PAYER
from ccm_core.engine.columns import SeenSignal
from ccm_core.engine.facts import NEVER, Part, number_of, split
from ccm_core.engine.kept_months import Kept, Kind, key_of_request, needs_of
from ccm_core.engine.plain_facts import PlainFacts
from ccm_core.engine.programs import SHARED_OF_PAYER
from ccm_core.engine.screening import Log
from ccm_core.policy import Policy
from ccm_core.rules.asking import asked_of
from ccm_core.rules.seen import together
from ccm_core.rules.subjects import BIT

_THRESHOLD_DAY = "threshold_day"
_SERVICE_ON_DAY, _SIGNALS = BIT["service_on_day"], BIT["signals"]


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
        asked = visited | self.chart.stays_on_last
        odd = self.is_plain & (self.is_closed | (self.log.total < self.log.logged))
        places = np.flatnonzero(self.is_plain & asked).tolist()
        for kind in (records.Patient, records.StatusChange, records.Visit, records.Stay):
            self.shelf.fetch(kind, places)
        self.closed, self.visited = self.is_closed.tolist(), visited.tolist()
        self.seen = self.chart.visits.in_month.tolist()
        self.asked, self.is_special = asked.tolist(), (odd | asked).tolist()
        for place, past in self.past.items():
            if past:
                self.is_special[place] = True

    def grouped(self) -> tuple[Any, list[int], Any]:
        """Regular months by all that decides their kind.

        The places of the months, the first place of each group, and each month's group.
        """
        import numpy as np

        regular = self.is_plain & ~np.array(self.is_special, dtype=bool)
        asked, is_early = self._asked_in_numbers(regular)
        places = np.flatnonzero(regular)
        log, group = self.log, np.zeros(len(places), dtype=np.int64)
        for numbers in (
            self.policy_at, log.total // SECONDS_PER_MINUTE, log.own // SECONDS_PER_MINUTE,
            log.own == log.total, self.chart.conditions, self._mdm_in_numbers(),
            np.array(self.payer), self.codes, self.is_seen, self.chart.visits.in_month, asked,
            is_early,
        ):  # fmt: skip
            group = split(group, numbers[places])
        _, firsts = np.unique(group, return_index=True)
        return places, places[firsts].tolist(), group

    def _asked_in_numbers(self, regular: Any) -> tuple[Any, Any]:
        """A number for what is asked of each month, and whether its day comes too early.

        Months of which that is not plain to see are no longer regular.
        """
        import numpy as np

        number = np.full(len(self.npi), -1, dtype=np.int64)
        is_early = np.zeros(len(self.npi), dtype=bool)
        known: dict[Any, int] = {}
        for policy, request, places in self._by_request():
            some = np.array(places)
            if request.service_on is None or not request.units:
                regular[some] = False
                continue
            number[some] = known.setdefault(key_of_request(request), len(known))
            reached = self.log.reached_on(some, needs_of(policy, request.units))
            is_early[some] = (reached != NEVER) & (number_of(request.service_on) < reached)
        self.early = set(np.flatnonzero(is_early).tolist())
        waits = [self.waits_for_threshold(policy) for policy in self.policies]
        regular &= ~(np.array(waits)[self.policy_at] & (number < 0))
        return number, is_early

    def _by_request(self) -> Iterable[tuple[Policy, Request, list[int]]]:
        """What is asked under one policy, and of whom."""
        found: dict[tuple[int, int], tuple[Policy, Request, list[int]]] = {}
        for place, request in self.requests.items():
            if request is not None:
                policy = self.policy_of[place]
                key = id(policy), id(request)
                if key not in found:
                    found[key] = policy, request, []
                found[key][2].append(place)
        return found.values()

    def _mdm_in_numbers(self) -> Any:
        import numpy as np

        found, known = np.zeros(len(self.npi), dtype=np.int64), dict[str, int]()
        for place, said in self.mdm.items():
            found[place] = known.setdefault(said, len(known) + 1)
        return found

    def kind_of(self, place: int) -> Kind | None:
        """The kind of a regular month, if one of the kind was seen; None: not yet."""
        policy, request = self.policy_of[place], self.requests.get(place)
        _, seconds, own = self.sums[place]
        earned = self.kept.earned.get(self.key(place, policy, seconds, own))
        if earned is None:
            return None
        if request is None:
            asked, day = None, self.last if earned.plan else None
        else:
            asked, day = key_of_request(request), request.service_on
        shared = earned.shared.get((asked, day, self.payer[place], place in self.early))
        if shared is None:
            return None
        bits = self.all_bits(place, shared.bits | self.bits[place], day)
        return shared.kinds.get(id(asked_of(policy).of(bits)))

    def all_bits(self, place: int, bits: int, on: date | None) -> int:
        """The bits with those that the date of service adds.

        A visit on another day than the last may be one on the day of service.
        """
        is_other_day = on is not None and on != self.last
        if self.visited[place] or (is_other_day and self.seen[place]):
            bits |= _SERVICE_ON_DAY
        return together(bits)

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
        """What of each patient's payer decides what is expected and found, as a number."""
        part, row = self.parts[records.Payer], self.chart.payer.tolist()
        if not len(part):
            self.payer = [NO_PAYER] * len(row)
            return
        columns = (
            part.words(name).of_all() if name in ("name", "kind") else part.truths(name).tolist()
            for name in SHARED_OF_PAYER
        )
        known = self.kept.payers
        of_row = [known.setdefault(said, len(known)) for said in zip(*columns, strict=True)]
        self.payer = [of_row[one] if one >= 0 else NO_PAYER for one in row]

    def _signals(self) -> None:
        """What was seen across patients; whose months some rules more are asked of."""
        import numpy as np

        part = self.parts[SeenSignal]
        self.is_seen = np.zeros(len(self.npi), dtype=bool)
        self.is_seen[part.owner] = True
        places = np.flatnonzero(self.is_seen).tolist()
        self.shelf.fetch(SeenSignal, places)
        self.signals = {
            place: tuple(seen.signal for seen in self.shelf.of(SeenSignal, place))
            for place in places
        }
        for place in places:
            self.bits[place] |= _SIGNALS
