"""What the visits of some patients show, told from columns: see ``chart_facts``."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from ccm_core.case_building import DAYS_BEFORE_START, Choosing
from ccm_core.eligibility import code_counts
from ccm_core.engine.facts import (
    NEVER,
    NO_DAY,
    Days,
    Part,
    Words,
    day_of,
    mapped,
    number_of,
    shifted,
)
from ccm_core.months import one_year_before
from ccm_core.policy import Policy
from ccm_core.rules.neighbours import is_neighbour
from ccm_core.rules.services import FACILITY_CLAIM

_SPAN = 1 << 32
_OFFSET = 1 << 31


class VisitFacts:
    """The visits of a step in numbers."""

    def __init__(
        self, part: Part, choosing: Choosing, npi: Words, first_day: Any, starts_on: Any
    ) -> None:
        self.part, self.choosing = part, choosing
        self.on = part.days("on")
        self.code = part.words("code")
        self.first, self.last = number_of(choosing.first_on), number_of(choosing.last_on)
        self.year_before = shifted(starts_on, one_year_before)
        self.is_kept = self._kept(first_day)
        codes: dict[str, int] = {}
        own, theirs = npi.coded(codes), part.words("npi")
        is_theirs, place = theirs.which(bool), part.words("practice")
        is_ours = place.which(lambda word: word == "same")
        is_ours |= ~is_theirs & place.which(lambda word: not word)
        is_own = is_theirs & (theirs.coded(codes) == own[part.owner])
        self.is_related = is_own | is_ours
        self.is_same = is_own | (is_ours & ~is_theirs)

    def _kept(self, first_day: Any) -> Any:
        """The visits that belong to a case of the month (``Choosing.keeps``)."""
        part, on, owner = self.part, self.on, self.part.owner
        earliest = part.least(on, on > NO_DAY)[owner]
        first = first_day[owner]
        opening = (first != NO_DAY) & (on >= first - DAYS_BEFORE_START) & (on <= first)
        wanted = (on >= number_of(self.choosing.back_on)) | (on == earliest) | opening
        return wanted & (on <= number_of(self.choosing.visits_to))

    @cached_property
    def _initiates(self) -> Any:
        """Visits that may initiate the service, within a year before its start or later."""
        counts = mapped(
            self.code.codes * _SPAN + self.on + _OFFSET,
            lambda one: code_counts(
                self.code.words[one // _SPAN], day_of(one % _SPAN - _OFFSET)
            ) is True,
            bool,
        )  # fmt: skip
        is_recent = self.on >= self.year_before[self.part.owner]
        return self.is_kept & self.is_related & (self.on <= self.last) & counts & is_recent

    @cached_property
    def initiated_on(self) -> Any:
        """The day of the initiating visit; NEVER where there is none."""
        return self.part.least(self.on, self._initiates)

    def blocks(self, policy: Policy, days: Days) -> Any:
        """Whose visits take away the time of one of the days, under the strict reading."""
        import numpy as np

        if policy.preference("same_day_visit") != "whole_day":
            return np.zeros(self.part.patients, dtype=bool)
        is_office = self.code.which(lambda code: policy.family(code) == "em_office")
        return self.part.any(
            self.is_kept & self.is_same & is_office & days.meet(self.part.owner, self.on, self.on)
        )

    def on_day(self, day: Any) -> Any:
        """Who has a visit on the patient's own day."""
        return self.part.any(self.is_kept & (self.on == day[self.part.owner]))

    @cached_property
    def _here(self) -> Any:
        return self.is_kept & (self.on >= self.first) & (self.on <= self.last)

    @cached_property
    def in_month(self) -> Any:
        """Who has a visit in the month."""
        return self.part.any(self._here)

    def bits(self, policy: Policy) -> dict[str, Any]:
        """By subject, which patients' visits hold it."""
        part, kept, here = self.part, self.is_kept, self._here

        def of(family: str) -> Any:
            return self.code.which(lambda code: policy.family(code) == family)

        neighbour = self.code.which(lambda code: is_neighbour(code, policy))
        facility = part.words("kind").which(lambda kind: kind == FACILITY_CLAIM)
        return {
            "services": part.any(kept),
            "neighbour_of_month": part.any(here & neighbour),
            "transition": part.any(kept & of("tcm")),
            "wellness": part.any(here & of("awv")),
            "office_visit": part.any(here & of("em_office")),
            "facility_claim": part.any(here & facility),
            "no_initiating_visit": self.initiated_on == NEVER,
        }
