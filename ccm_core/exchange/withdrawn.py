"""What an export takes back although it is stored: told row by row, never undone in silence.

A condition that was entered in error, or a consent that was refused after all, would
go on counting here. Whether it ever held is a person's decision: the report names it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from ccm_core import records
from ccm_core.exchange.fhir_map import MERGED
from ccm_core.exchange.rejects import Reject
from ccm_core.exchange.report import StagedFile
from ccm_core.exchange.whose import Known

KINDS: Mapping[str, tuple[type[Any], ...]] = {
    "Condition": (records.Condition,),
    "Consent": (records.Consent,),
    "CarePlan": (records.CarePlan,),
    "Encounter": (records.Stay, records.Visit),
    "conditions": (records.Condition,),
    "consents": (records.Consent,),
    "care_plans": (records.CarePlan,),
    "time_entries": (records.TimeEntry,),
    "stays": (records.Stay,),
    "visits": (records.Visit,),
    "encounters": (records.Stay, records.Visit),
    "coverage": (records.Payer,),
}
"""The records that a type of resource or a kind of row may have become."""

STILL_COUNTS = "It is stored here and still counts: look at it on the patient's page."
STILL_TWO = (
    "Patients that the export has merged into another are stored here as patients of their own. "
    "Compare both, so that one person is not billed twice."
)


def tell(files: list[StagedFile], known: Known) -> None:
    """Say of each row that the export calls wrong whether its record is stored."""
    for type_, kinds in KINDS.items():
        ids = {one.withdrawn[1] for file in files for one in file.rejects if _is(one, type_)}
        stored = {key[1:] for kind in kinds for key in known.versions(kind, ids)} if ids else set()
        for file in files:
            file.rejects = [
                replace(one, reason=f"{one.reason} {STILL_COUNTS}")
                if _is(one, type_) and one.withdrawn[1:] in stored else one
                for one in file.rejects
            ]  # fmt: skip


def _is(reject: Reject, type_: str) -> bool:
    return reject.withdrawn[0] == type_


def tell_merged(files: list[StagedFile], merged: Iterable[str], known: Known) -> None:
    """Say how many patients stand here who were merged into another elsewhere."""
    stored = known.patient_ids(set(merged))
    first = next((file for file in files if MERGED in file.unused), None)
    if stored and first is not None:
        first.notes[STILL_TWO] += len(stored)
