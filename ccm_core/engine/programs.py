"""Findings that months have in common: a rule is run once for all that agree in what it reads.

Months with the same policy, minutes, conditions, decision, request, plan, day and payer differ in
their records only. A rule is a function of its case: if it has looked at nothing but what such
months share, it says the same of each of them. Which rules look further is not declared but
seen: each is run over a witness, which stops it at the first look at anything else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from typing import Any

from ccm_core.audit import judged
from ccm_core.cases import Case, Request
from ccm_core.engine.placeholders import MOST, CountedWitness, LooksFurther, Shared, shared_of
from ccm_core.findings import Judged
from ccm_core.month_clock import Hours
from ccm_core.policy import Policy
from ccm_core.records import Payer
from ccm_core.rule import Check
from ccm_core.rules.asking import Asked

SHARED = frozenset({
    "practice", "month", "zone", "mdm", "request", "modifiers", "plan", "planned",
    "planned_pairs", "paths", "chosen", "service_on", "counted_minutes",
    "practitioner_minutes", "whole_seconds_for",
})  # fmt: skip
"""What months of one key share, by its name in a case; answers given beforehand beside it."""

SHARED_OF_REQUEST = (
    *(one.name for one in fields(Request) if one.name not in ("units", "diagnoses")),
    "diagnosis_count",
    "acute_count",
)
"""What a key holds of a request beside its units; each patient's diagnoses differ."""


SHARED_OF_PAYER = ("name", "kind", "is_qmb", "has_part_b", "is_primary")
"""What a key holds of the payer; insurers' numbers and days differ."""


class _Witness:
    """A case of which only what is shared can be seen."""

    def __init__(
        self, case: Case, answers: Mapping[Any, Any], counted: CountedWitness | None = None
    ) -> None:
        self._case, self._counted = case, counted
        self.answers = {
            key: _PayerWitness(found) if isinstance(found, Payer) else found
            for key, found in answers.items()
        }

    def __getattr__(self, name: str) -> Any:
        if name == "counted" and self._counted is not None:
            return self._counted
        if name not in SHARED:
            raise LooksFurther(name)
        found = getattr(self._case, name)
        return _RequestWitness(found) if isinstance(found, Request) else found


class _RequestWitness:
    """A request of which only what is shared can be seen."""

    def __init__(self, request: Request) -> None:
        self._request = request

    def __getattr__(self, name: str) -> Any:
        if name != "units" and name not in SHARED_OF_REQUEST:
            raise LooksFurther(name)
        return getattr(self._request, name)


class _PayerWitness:
    """A payer of whom only what is shared can be seen."""

    def __init__(self, payer: Payer) -> None:
        self._payer = payer

    def __getattr__(self, name: str) -> Any:
        if name not in SHARED_OF_PAYER:
            raise LooksFurther(name)
        return getattr(self._payer, name)


@dataclass(frozen=True, slots=True)
class Program:
    """The rules to ask of months of one key, with the answers that are known."""

    known: tuple[Judged, ...] | None
    """All findings, where every rule looks at what is shared."""
    steps: tuple[tuple[Judged | None, Check | None, Asked], ...]
    further: tuple[int, ...] = ()
    """The identities of the rules that look further."""
    by_entries: Mapping[int, Shared] = field(default_factory=dict)
    """All findings but for names, by the number of entries outside clinic hours."""

    @property
    def shared(self) -> Iterable[Judged]:
        """Findings that all months of the key have."""
        return self.known or [one for one, _, _ in self.steps if one is not None]

    def findings(self, case: Case, policy: Policy) -> tuple[Judged, ...]:
        """What the rules find in a case of the key."""
        if self.known is not None:
            return self.known
        found = []
        for one, check, asked in self.steps:
            if check is None:
                assert one is not None
                found.append(one)
            else:
                finding = check(case, policy)
                if finding is not None:
                    found.append(judged(asked, finding))
        return tuple(found)


def program_of(
    rules: Iterable[tuple[Check, Asked]], case: Case, policy: Policy, answers: Mapping[Any, Any],
    hours: Mapping[date, Hours] | None = None,
) -> Program:  # fmt: skip
    """The program of these rules for all months that share what this one shares.

    ``answers``: those of ``once`` that are shared. What else has been answered of the case
    would hide that a rule looks at its records. ``hours``: those of the clinic, where columns
    tell which entries lie outside of them.
    """
    steps: list[tuple[Judged | None, Check | None, Asked]] = []
    for check, asked in rules:
        witness: Any = _Witness(case, answers)
        try:
            finding = check(witness, policy)
        except LooksFurther:
            steps.append((None, check, asked))
        else:
            if finding is not None:
                steps.append((judged(asked, finding), None, asked))
    further = tuple(id(check) for _, check, _ in steps if check is not None)
    if further:
        whole = Program(None, tuple(steps), further)
        if hours is None:
            return whole
        return replace(whole, by_entries=_by_entries(whole, case, policy, answers, hours))
    return Program(tuple(one for one, _, _ in steps if one is not None), ())


def _by_entries(
    program: Program, case: Case, policy: Policy, answers: Mapping[Any, Any],
    hours: Mapping[date, Hours],
) -> dict[int, Shared]:  # fmt: skip
    """What months of the program say, by the number of their entries outside clinic hours.

    Nothing where a rule looks at more than that number.
    """
    found: dict[int, Shared] = {}
    for entries in range(1, MOST + 1):
        witness: Any = _Witness(case, answers, CountedWitness(entries, hours))
        try:
            shared = shared_of(program.findings(witness, policy), entries)
        except LooksFurther:
            return {}
        if shared is not None:
            found[entries] = shared
    return found
