"""The outcomes of a step of patients: most of them a kind of month and a few numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ccm_core.audit import put_together
from ccm_core.engine.kept_months import Kind
from ccm_core.engine.told import Told
from ccm_core.findings import Judged
from ccm_core.outcome import Outcome


@dataclass
class Block:
    """What an audit says of some thousand patients.

    Regular months are told by their kind; all others are outcomes. Patients go by their place
    in the step.
    """

    patient_ids: Sequence[str]
    npi: Sequence[str]
    """Of each patient."""
    month: str
    places: Any
    """Of patients with a regular month, in order."""
    kinds: Sequence[Kind]
    kind_at: Any
    """For each regular month the number of its kind."""
    seconds: tuple[Any, Any, Any]
    """Of each patient: in total, the practitioner's own, logged."""
    findings: dict[int, tuple[Judged, ...]]
    """Of regular months whose rules have looked at the patient's own records."""
    others: dict[int, Outcome]
    told: Told | None = None
    """Of regular months whose findings are told but for the names of entries."""

    def outcomes(self) -> list[Outcome]:
        """The outcomes of all cases of the month, by patient."""
        found = {**self._regular(), **self.others}
        return [found[place] for place in sorted(found)]

    def _regular(self) -> dict[int, Outcome]:
        seconds = [some[self.places].tolist() for some in self.seconds]
        months = zip(
            self.places.tolist(), self.kind_at.tolist(), zip(*seconds, strict=True), strict=True
        )
        return {
            place: self._outcome(number, place, self.kinds[at], sums)
            for number, (place, at, sums) in enumerate(months)
        }

    def _outcome(
        self, number: int, place: int, kind: Kind, seconds: tuple[int, int, int]
    ) -> Outcome:
        told = self.told.findings(number, place) if self.told is not None else None
        findings = told or self.findings.get(place, kind.program.known)
        assert findings is not None
        return self.outcome_of(kind, (self.patient_ids[place], self.npi[place]), seconds, findings)

    def outcome_of(
        self, kind: Kind, whose: tuple[str, str] = ("", ""),
        seconds: tuple[int, int, int] = (0, 0, 0), findings: tuple[Judged, ...] | None = None,
    ) -> Outcome:  # fmt: skip
        """A month of a kind; without ``findings``, with those that all of the kind have."""
        return put_together(
            (*whose, self.month, kind.policy.name), seconds, (), (kind.plan, kind.day),
            kind.settled, (kind.program.known or ()) if findings is None else findings,
        )  # fmt: skip

    @classmethod
    def of_nobody(cls, patient_ids: Sequence[str]) -> Block:
        """A block of a step in which no month is plain."""
        import numpy as np

        none = np.zeros(0, dtype=np.int64)
        return cls(patient_ids, [], "", none, [], none, (none, none, none), {}, {})
