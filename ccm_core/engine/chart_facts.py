"""What the charts of some patients show, told from columns: whose are plain, and what is in them.

A chart is plain when nothing in it has an end or a beginning within the month that minutes or
payers depend on: no death, no revoked consent, one payer throughout. Of stays the days are known.
All other charts are left to the plain functions. The bits are those of
``ccm_core.rules.seen_in_chart``; they may be claimed too often and never too seldom.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from ccm_core import records
from ccm_core.case_building import LEFT, Choosing
from ccm_core.chronic import is_incomplete
from ccm_core.engine.columns import words_of
from ccm_core.engine.facts import NEVER, NO_DAY, Days, Part, number_of, shifted
from ccm_core.engine.log_columns import distinct
from ccm_core.engine.visit_facts import VisitFacts
from ccm_core.minutes import STAY_REASONS
from ccm_core.months import months_after
from ccm_core.npi import is_npi
from ccm_core.policy import Policy
from ccm_core.records import CONSENT_ELEMENTS
from ccm_core.rules.seen_in_chart import limits_of

_ALL_POINTS = frozenset(CONSENT_ELEMENTS)
NO_PAYER = -1
_SEVERAL_PAYERS = -2


class ChartFacts:
    """The charts of a step in numbers, a place for each patient."""

    def __init__(self, parts: Mapping[type[Any], Part], choosing: Choosing, first_day: Any) -> None:
        self.parts, self.choosing = parts, choosing
        self.first, self.last = number_of(choosing.first_on), number_of(choosing.last_on)
        self.before, self.after = number_of(choosing.before_on), number_of(choosing.after_on)
        self.people = parts[records.Patient]
        self.npi = self.people.words("practitioner_npi")
        self.given = self._given()
        self.visits = VisitFacts(
            parts[records.Visit], choosing, self.npi, first_day, self._starts_on(first_day)
        )

    def is_plain(self, policy: Policy, days: Days) -> Any:
        """Whose chart is plain; whether it is a case of the month is not asked here.

        ``days``: those with time.
        """
        people = self.people
        changes = self.parts[records.StatusChange]
        return ~(
            (people.days("died_on") != NO_DAY)
            | people.words("status").which(LEFT.__contains__)
            | changes.any(changes.words("status").which(LEFT.__contains__))
            | self.consents.any(self._revoked)
            | (self.payer == _SEVERAL_PAYERS)
            | self._lacks_a_day()
            | self.visits.blocks(policy, days)
        )

    def _lacks_a_day(self) -> Any:
        """Whose chart lacks a day that every record of its kind must have."""
        plans = self.parts[records.CarePlan]
        return (
            self.consents.any(self.given == NO_DAY)
            | plans.any(plans.days("created_on") == NO_DAY)
            | self.visits.part.any(self.visits.on == NO_DAY)
        )

    # Stays

    @cached_property
    def stays(self) -> Any:
        """Stays that belong to a case of the month."""
        part = self.parts[records.Stay]
        return self._is_near(part, self.before, self.after)

    @cached_property
    def stays_on_last(self) -> Any:
        """Who is somewhere on the last day of the month, where a claim is dated by itself."""
        part = self.parts[records.Stay]
        return part.any(self._is_near(part, self.last, self.last))

    def in_stays(self, log: Part, days: Any) -> Any:
        """Entries, each with its day, that lie in a stay in which no time counts."""
        import numpy as np

        part = self.parts[records.Stay]
        begins, ends = part.days("from_on"), part.days("to_on")
        bars = part.words("kind").which(STAY_REASONS.__contains__)
        found = np.zeros(len(log), dtype=bool)
        for row in np.flatnonzero(self.stays & bars).tolist():
            own = slice(log.starts[part.owner[row]], log.ends[part.owner[row]])
            last = ends[row] if ends[row] != NO_DAY else NEVER
            found[own] |= (days[own] >= begins[row]) & (days[own] <= last)
        return found

    def _stay_bits(self) -> dict[str, Any]:
        part = self.parts[records.Stay]
        here = self._is_near(part, self.first, self.last)
        return {"stays": part.any(self.stays), "stays_in_month": part.any(self.stays & here)}

    # Consent

    @cached_property
    def consents(self) -> Part:
        return self.parts[records.Consent]

    def _given(self) -> Any:
        return self.consents.days("given_on")

    @cached_property
    def _kept(self) -> Any:
        """Consents that belong to a case of the month."""
        return self.given <= number_of(self.choosing.far_on)

    @cached_property
    def _revoked(self) -> Any:
        return self._kept & (self.consents.days("revoked_on") != NO_DAY)

    @cached_property
    def consented_on(self) -> Any:
        """The first day of a consent."""
        return self.consents.least(self.given, self._kept)

    def _starts_on(self, first_day: Any) -> Any:
        """The first day of each patient's care, as far as the records tell."""
        import numpy as np

        known = np.where(self.consented_on != NEVER, self.consented_on, self.first)
        return np.where(first_day != NO_DAY, first_day, known)

    def _consent_bits(self, policy: Policy) -> dict[str, Any]:
        consents, given = self.consents, self.given
        now = given <= self.last
        codes: dict[str, int] = {}
        own, theirs = self.npi.coded(codes), consents.words("npi")
        differs = theirs.which(bool) & (theirs.coded(codes) != own[consents.owner])
        months = limits_of(policy).reminder_months
        reminded = shifted(given, lambda day: months_after(day, months))
        is_gap = consents.words("elements").which(lambda said: not {*words_of(said)} >= _ALL_POINTS)
        return {
            "no_consent": ~consents.any(now),
            "consent_gap": consents.any(now & is_gap),
            "consent_unwritten": consents.any(
                now & consents.words("mode").which(lambda mode: mode != "written")
            ),
            "consent_for_another": consents.any(now & differs),
            "consent_recent": consents.any(now & (given >= self.first)),
            "consent_old": consents.any(now & (given < self.first) & (reminded < self.first)),
        }

    # Care plan

    def _plan_bits(self, policy: Policy) -> dict[str, Any]:
        import numpy as np

        plans, last = self.parts[records.CarePlan], self.last
        created, ended = plans.days("created_on"), plans.days("ended_on")
        reviewed, copied = plans.days("reviewed_on"), plans.days("copy_given_on")
        is_held = (created <= self.first) & ((ended == NO_DAY) | (ended >= self.first))
        seen = np.where((reviewed == NO_DAY) | (reviewed > last), NO_DAY, reviewed)
        months = limits_of(policy).review_months
        due = shifted(np.maximum(seen, created), lambda day: months_after(day, months))
        return {
            "no_care_plan": ~plans.any(is_held),
            "copy_missing": plans.any((copied == NO_DAY) | (copied > last)),
            "unreviewed": plans.any(due < last),
            "unsigned": plans.any(plans.words("signed_by").which(lambda name: not name)),
            "detailed_plan": plans.any(plans.truths("is_detailed") == 1),
        }

    # Conditions

    @cached_property
    def conditions(self) -> Any:
        """How many chronic conditions each patient has in the month."""
        import numpy as np

        part, chronic = self.parts[records.Condition], self._chronic
        codes: dict[str, int] = {}
        group, code = part.words("group"), part.words("code")
        named = np.where(group.which(bool), group.coded(codes), code.coded(codes))
        pairs, _ = distinct(part.owner[chronic] * max(len(codes), 1) + named[chronic])
        return np.bincount(pairs // max(len(codes), 1), minlength=part.patients)

    @cached_property
    def _chronic(self) -> Any:
        part = self.parts[records.Condition]
        onset, ended = part.days("onset_on"), part.days("ended_on")
        is_there = (onset <= self.last) & ((ended == NO_DAY) | (ended >= self.first))
        return is_there & (part.truths("is_chronic") == 1)

    def _condition_bits(self, policy: Policy) -> dict[str, Any]:
        part, limits = self.parts[records.Condition], limits_of(policy)
        unconfirmed = part.words("confirmed_by").which(lambda name: not name)
        icd10 = part.words("system").which(lambda system: system == "icd10cm")
        return {
            "few_conditions": self.conditions < limits.ccm_conditions,
            "one_condition": self.conditions == limits.pcm_conditions,
            "unconfirmed": part.any(self._chronic & unconfirmed),
            "no_icd10": ~part.any(icd10),
            "incomplete_code": part.any(icd10 & part.words("code").which(is_incomplete)),
        }

    # Coverage

    def _is_near(self, part: Part, first: int, last: int) -> Any:
        begins, ends = part.days("from_on"), part.days("to_on")
        return (begins <= last) & ((ends == NO_DAY) | (ends >= first))

    @cached_property
    def payer(self) -> Any:
        """The row of the payer of the whole month; NO_PAYER, or SEVERAL_PAYERS."""
        import numpy as np

        part = self.parts[records.Payer]
        touches = self._is_near(part, self.first, self.last)
        is_primary = touches & (part.truths("is_primary") == 1)
        # The whole month: it touches the day before it and the day after it as well.
        is_whole = self._is_near(part, self.first, self.first) & self._is_near(
            part, self.last, self.last
        )
        number, first_ones = part.number(touches), part.number(is_primary)
        chosen = np.where(first_ones[part.owner] == 1, is_primary, touches)
        found = np.full(part.patients, NO_PAYER, dtype=np.int64)
        rows = np.flatnonzero(chosen)
        found[part.owner[rows]] = rows
        found[part.any(touches & ~is_whole)] = _SEVERAL_PAYERS
        found[(number > 1) & (first_ones != 1)] = _SEVERAL_PAYERS
        return found

    def _coverage_bits(self) -> dict[str, Any]:
        import numpy as np

        part, row = self.parts[records.Payer], self.payer
        if not len(part):
            return {"coverage_gap": row == NO_PAYER}
        none, at = row < 0, row.clip(0)
        kind, part_b = part.words("kind"), part.truths("has_part_b")
        gap = (part_b == 2) | kind.which(lambda word: word == "unknown")
        odd = kind.which(lambda word: word != "medicare") | (part_b != 1)
        odd |= part.truths("is_primary") != 1
        return {
            "coverage_gap": np.where(none, True, gap[at]),
            "odd_coverage": ~none & odd[at],
            "qmb": ~none & (part.truths("is_qmb") == 1)[at],
        }

    def bits(self, policy: Policy) -> dict[str, Any]:
        """By subject, which patients' plain charts hold it."""
        import numpy as np

        people, practice = self.people, self.choosing.practice
        no_proof = practice.access_proof_on is None
        return {
            "risk_unknown": people.days("risk_documented_on") == NO_DAY,
            "in_model": people.words("in_model").which(bool),
            "no_npi": self.npi.which(lambda npi: not npi),
            "bad_npi": self.npi.which(lambda npi: bool(npi) and not is_npi(npi)),
            "no_access_proof": np.full(people.patients, no_proof),
            **self._consent_bits(policy),
            **self._plan_bits(policy),
            **self._condition_bits(policy),
            **self._coverage_bits(),
            **self._stay_bits(),
            **self.visits.bits(policy),
        }
