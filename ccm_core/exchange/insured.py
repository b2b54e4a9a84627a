"""Claims of dependents: the member number is another person's, who may be a patient too."""

from __future__ import annotations

from collections.abc import Callable

from ccm_core import records
from ccm_core.exchange.rejects import RowProblem
from ccm_core.exchange.report import StagedFile
from ccm_core.exchange.whose import Known, Patients, Place

_NOT_SHOWN = (
    "The claim is for somebody insured through another person, and the patient with that member "
    "number has another day of birth. Import these claims as a table that names the patient."
)


def insured_of(
    places: list[Place], files: list[StagedFile], who: Patients, known: Known,
    reject: Callable[[Place, RowProblem], None],
) -> list[Place]:  # fmt: skip
    """The lines without those of a dependent that would go to somebody else."""
    asked = {
        item.draft.record.patient_id
        for position, item in places if item.draft.record.claim_id in files[position].dependents
    }  # fmt: skip
    if not asked:
        return places
    stored = known.versions(records.Patient, asked).values()
    born = {one[-1].patient_id: one[-1].born_on for one in stored}
    for _, item in who.found.values():
        one = item.draft.record
        born[one.patient_id] = one.born_on or born.get(one.patient_id)
    found = []
    for place in places:
        position, item = place
        line, dependents = item.draft.record, files[position].dependents
        day = dependents.get(line.claim_id)
        if line.claim_id in dependents and (day is None or day != born.get(line.patient_id)):
            reject(place, RowProblem("I39", _NOT_SHOWN, "patient_id"))
        else:
            found.append(place)
    return found
