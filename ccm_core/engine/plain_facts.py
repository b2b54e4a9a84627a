"""Who of a step has a plain month, and which subjects it holds: log, chart and claims together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ccm_core import records
from ccm_core.case_building import Choosing, request_of, split_claims
from ccm_core.cases import Request
from ccm_core.chronic import is_incomplete
from ccm_core.engine.chart_facts import ChartFacts
from ccm_core.engine.charts import records_of
from ccm_core.engine.facts import NEVER, NO_DAY, Days, Part, number_of
from ccm_core.engine.log_columns import distinct
from ccm_core.engine.log_facts import LogFacts
from ccm_core.engine.screening import Log
from ccm_core.engine.shelf import Shelf
from ccm_core.minutes import HOSPICE_MODIFIERS
from ccm_core.months import Month
from ccm_core.policy import Policy
from ccm_core.rules.subjects import BIT


class PlainFacts:
    """What the columns of a step show of plain months, a place for each patient."""

    def __init__(
        self, parts: Mapping[type[Any], Part], log: Log, choosing: Choosing, policy: str | None
    ) -> None:
        import numpy as np

        self.parts, self.choosing, self.policy_name = parts, choosing, policy
        self.practice, self.month = choosing.practice, choosing.month
        first_days = list(log.first_days)
        numbers = {day: NO_DAY if day is None else number_of(day) for day in {*first_days}}
        first_day = np.array(list(map(numbers.__getitem__, first_days)))
        ids = parts[records.Patient].table["patient_id"].cast("string").combine_chunks()
        self.log = LogFacts(log, ids, choosing)
        self.chart = ChartFacts(parts, choosing, first_day)
        self.log.count_but(self.chart.in_stays(self.log.part, self._log_days()))
        self.shelf = Shelf(parts, self.log, choosing, first_days)
        self.first_days = first_days
        self.npi = self.chart.npi.of_all()
        self.mdm = self._decisions()
        self.is_closed = (self.chart.consented_on == NEVER) & (self.log.count > 0)
        """Who has time in the month and no consent: nothing of it counts."""
        self.requests: dict[int, Request | None] = {}
        self.incomplete: list[int] = []
        """Of whose requests a diagnosis lacks characters."""
        self.past: dict[int, tuple[records.ClaimLine, ...]] = {}
        self.patient_ids = ids.to_pylist()
        self.is_plain = self.log.is_plain & self._is_member() & self._read_claims()
        self.policy_of = self._policies()
        self._facts()

    def _log_days(self) -> Any:
        return self.log.day + number_of(self.choosing.first_on)

    def _decisions(self) -> dict[int, str]:
        """The decision making of those of whom it is documented for the month."""
        import numpy as np

        part = self.parts[records.Complexity]
        here = part.words("month").which(lambda word: Month.parse(word) == self.month)
        mdm, rows = part.words("mdm"), np.flatnonzero(here)
        said = [mdm.words[code] for code in mdm.codes[rows].tolist()]
        return dict(zip(part.owner[rows].tolist(), said, strict=True))

    def _read_claims(self) -> Any:
        """Whose claims, if there are any, are those of the practitioner, for a day of the month."""
        import numpy as np

        part = self.parts[records.ClaimLine]
        found = np.ones(part.patients, dtype=bool)
        each = part.ends - part.starts
        for places, line in self._single_lines(np.flatnonzero(each == 1)):
            billed, past = split_claims((line,), self.month)
            if past:  # each one's own line is wanted
                self.shelf.fetch(records.ClaimLine, places)
                self.past.update((one, self.shelf.of(records.ClaimLine, one)) for one in places)
            else:
                self._ask(places, billed, found)
        several = np.flatnonzero(each > 1).tolist()
        self.shelf.fetch(records.ClaimLine, several)
        for place in several:
            lines = self.shelf.of(records.ClaimLine, place)
            billed, self.past[place] = split_claims(lines, self.month)
            self._ask([place], billed, found)
        return found

    def _single_lines(self, places: Any) -> Iterable[tuple[list[int], records.ClaimLine]]:
        """Patients with one line each that are alike but for its number, and one of the lines."""
        import numpy as np

        part = self.parts[records.ClaimLine]
        rows = part.starts[places]
        group = part.alike(rows, ("patient_id", "claim_id", "line"))
        order = np.argsort(group, kind="stable")
        starts = np.flatnonzero(np.diff(group[order], prepend=-1))
        of_each = np.split(places[order], starts[1:]) if len(starts) else []
        lines = (
            records_of(part.table.take(rows[order][starts]), records.ClaimLine) if of_each else []
        )
        return zip((some.tolist() for some in of_each), lines, strict=True)

    def _ask(self, places: list[int], billed: Sequence[records.ClaimLine], plain: Any) -> None:
        """What is asked of these patients; who is not plain for that is marked so."""
        if not billed:
            return
        request, npi = request_of(billed), billed[0].npi
        on = request.service_on if request else None
        is_odd = on is not None and on not in self.month
        # Modifiers that say that time counts on days of a hospice stay.
        counts = request is not None and bool(HOSPICE_MODIFIERS & {*request.modifiers})
        if request is not None and any(map(is_incomplete, request.diagnoses or ())):
            self.incomplete += places
        for place in places:
            self.requests[place] = request
            is_others = bool(npi) and npi != self.npi[place]
            if is_odd or is_others or (counts and self.shelf.of(records.Stay, place)):
                plain[place] = False

    def _is_member(self) -> Any:
        """Who is a case of the month; of whom it is not known, the others' way decides."""
        return (self.log.count > 0) | (self.chart.consented_on <= self.chart.last)

    def _policies(self) -> list[Policy]:
        """Each patient's policy."""
        import numpy as np

        people, payers = self.parts[records.Patient], self.parts[records.Payer]
        row = self.chart.payer
        state, kind = people.words("state"), payers.words("kind")
        kinds = [*kind.words, "unknown"]
        at = np.full(len(row), len(kinds) - 1)
        at[row >= 0] = kind.codes[row[row >= 0]]
        pairs, place = distinct(state.codes * len(kinds) + at)
        name, own = self.policy_name or self.practice.policy, self.practice
        made = [
            Policy.on(
                self.month, name, state.words[pair // len(kinds)] or own.state,
                kinds[pair % len(kinds)], own.setting,
            )
            for pair in pairs.tolist()
        ]  # fmt: skip
        self.policies, self.policy_at = made, place
        return [made[number] for number in place.tolist()]

    def _facts(self) -> None:
        """Who is plain, and the bits of what log and chart show.

        What they ask of a policy (limits, clinic hours, readings) goes by its name and month,
        which all patients of a run share; state and payer set the levels of rules.
        """
        import numpy as np

        policy = self.policies[0]
        days = Days(self.log.part.owner, self._log_days())
        self.is_plain &= self.chart.is_plain(policy, days) & self._is_open(policy)
        shown = {**self.chart.bits(policy), **self.log.bits(policy)}
        shown["excluded"] = shown["excluded"] | self.is_closed
        shown["incomplete_code"][self.incomplete] = True
        codes = np.zeros(len(self.policy_of), dtype=np.int64)
        for place, there in enumerate(shown.values()):
            codes |= there.astype(np.int64) << place
        self.codes = codes
        """What ``bits`` say, as narrow numbers."""
        named = [BIT[subject] for subject in shown]
        seen, at = distinct(codes)
        whole = [
            sum(bit for place, bit in enumerate(named) if code >> place & 1)
            for code in seen.tolist()
        ]
        self.bits = list(map(whole.__getitem__, at.tolist()))

    def _is_open(self, policy: Policy) -> Any:
        """Whose time counts from the first entry of the month on."""
        import numpy as np

        is_new = self.parts[records.Patient].truths("is_new") == 1
        if policy.has_number("initiating_visit_for_everyone"):
            is_new = np.ones(len(is_new), dtype=bool)
        visit = self.chart.visits.initiated_on
        visit_from = np.where(is_new & (visit != NEVER), visit, NO_DAY)
        opens = np.maximum(self.chart.consented_on, visit_from)
        return (self.log.count == 0) | (opens <= self.log.first_day) | self.is_closed
