"""Claims made by another system, before they leave: whose are they, and what do they ask for?

Each claim is matched to a patient of ours by member number, or by name and day
of birth together; what cannot be matched is said. The lines of one patient and
month become one request, which the audit then judges like our own plans.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from datetime import date

from ccm_core.cases import Request
from ccm_core.exchange.x12.claim_records import VOID, Claim, Person, latest, to_claim_lines
from ccm_core.exchange.x12.writing import plain
from ccm_core.months import Month
from ccm_core.records import ClaimLine, Patient, Payer

BY_MEMBER, BY_NAME = "member number", "name and day of birth"
_MEDICARE = ("MB", "MA")
"""Claim filing indicators (SBR09) of Part B, and of Part A, which pays clinics."""


@dataclass(slots=True)
class PatientIndex:
    """Our patients by every member number and by name with day of birth."""

    by_member: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    by_name: dict[tuple[str, str, date], set[str]] = field(default_factory=lambda: defaultdict(set))
    born: dict[str, date | None] = field(default_factory=dict)

    @classmethod
    def of(cls, patients: Iterable[Patient], payers: Iterable[Payer] = ()) -> PatientIndex:
        """An index of these patients and the member numbers of their coverages."""
        found = cls()
        for patient in patients:
            found.born[patient.patient_id] = patient.born_on
            if patient.mbi:
                found.by_member[_number(patient.mbi)].add(patient.patient_id)
            if patient.born_on and patient.family_name:
                key = (plain(patient.family_name), plain(patient.given_name), patient.born_on)
                found.by_name[key].add(patient.patient_id)
        for payer in payers:
            if payer.member_id:
                found.by_member[_number(payer.member_id)].add(payer.patient_id)
        return found

    def find(self, claim: Claim) -> tuple[str, str, str]:
        """Patient id, how it was found, and a reason when it was not or is doubtful."""
        person = claim.person
        if claim.patient is None and claim.subscriber.member_id:
            members = self.by_member.get(_number(claim.subscriber.member_id), set())
            if len(members) > 1:
                return "", "", "Several patients have this member number."
            if members:
                return self._checked(next(iter(members)), person)
        named = self._named(person)
        if len(named) == 1:
            return next(iter(named)), BY_NAME, ""
        if named:
            return "", "", "Several patients have this name and day of birth."
        return "", "", "No patient has this member number, nor this name and day of birth."

    def _named(self, person: Person) -> set[str]:
        if person.born_on is None:
            return set()
        return self.by_name.get((plain(person.family), plain(person.given), person.born_on), set())

    def _checked(self, patient_id: str, person: Person) -> tuple[str, str, str]:
        """A match by number whose day of birth contradicts ours is doubtful, and said."""
        born_on = self.born.get(patient_id)
        if person.born_on and born_on and person.born_on != born_on:
            return patient_id, BY_MEMBER, "The day of birth differs from ours."
        return patient_id, BY_MEMBER, ""


@dataclass(frozen=True, slots=True)
class MatchedClaim:
    """A claim with our patient. ``doubt`` is empty for a sure match."""

    claim: Claim
    patient_id: str
    how: str
    doubt: str
    lines: tuple[ClaimLine, ...]
    """Lines with codes of the care management families."""
    other_codes: tuple[str, ...]
    """Codes on the claim that this product does not judge."""


@dataclass(frozen=True, slots=True)
class UnmatchedClaim:
    """A claim of nobody we know. The segment number finds it in the file."""

    claim: Claim
    reason: str

    @property
    def segment_index(self) -> int:
        return self.claim.segment_index


@dataclass(frozen=True, slots=True)
class Preflight:
    """What a file of claims asks for."""

    matched: tuple[MatchedClaim, ...]
    unmatched: tuple[UnmatchedClaim, ...]
    superseded: int
    """Claims of the file that a later claim of it replaced or voided, or that stand twice."""
    requests: Mapping[tuple[str, Month], Request]
    """What each patient-month is to be billed."""


def preflight(
    claims: tuple[Claim, ...], index: PatientIndex, codes: Set[str],
    created_on: date | None = None,
) -> Preflight:  # fmt: skip
    """Match the claims that stand and put their care management lines together by month."""
    standing = latest(claims)
    matched: list[MatchedClaim] = []
    unmatched: list[UnmatchedClaim] = []
    for claim in standing:
        patient_id, how, reason = index.find(claim)
        if not patient_id:
            unmatched.append(UnmatchedClaim(claim, reason))
            continue
        lines = to_claim_lines(claim, patient_id, created_on)
        ours = tuple(line for line in lines if line.code in codes)
        others = tuple(line.code for line in lines if line.code not in codes)
        matched.append(MatchedClaim(claim, patient_id, how, reason, ours, others))
    superseded = len(claims) - len(standing)
    return Preflight(tuple(matched), tuple(unmatched), superseded, _requests(matched))


def _requests(matched: Iterable[MatchedClaim]) -> dict[tuple[str, Month], Request]:
    grouped: dict[tuple[str, Month], list[tuple[ClaimLine, Claim]]] = defaultdict(list)
    for one in matched:
        if one.claim.frequency == VOID:
            continue
        for line in one.lines:
            grouped[one.patient_id, line.month].append((line, one.claim))
    return {key: _request(lines) for key, lines in grouped.items()}


def _request(lines: list[tuple[ClaimLine, Claim]]) -> Request:
    """Units added up per code: two claims for one month are one request, and judged as such."""
    units: dict[str, int] = defaultdict(int)
    for line, _ in lines:
        units[line.code] += line.units
    days = [line.service_on for line, _ in lines if line.service_on]
    first, claim = lines[0]
    return Request(
        units=dict(units),
        service_on=max(days, default=None),
        modifiers=tuple(dict.fromkeys(mark for line, _ in lines for mark in line.modifiers)),
        created_on=first.created_on,
        place=first.place,
        diagnoses=tuple(dict.fromkeys(code for line, _ in lines for code in line.diagnoses)),
        billed_to="medicare" if claim.payer.filing in _MEDICARE else "plan",
    )


def _number(text: str) -> str:
    return text.replace("-", "").replace(" ", "").upper()
