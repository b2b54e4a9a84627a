"""Small exports made for the tests of the import."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from ccm_core.exchange import intake
from ccm_core.exchange.mapping import of
from ccm_core.exchange.report import Report
from ccm_core.records import Practice

PRACTICE = Practice("p1", "Test practice", time_zone="America/New_York")


def table(header: list[str], rows: list[list[str]], delimiter: str = ",") -> bytes:
    """A CSV file."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode()


def lines(*resources: dict[str, Any]) -> bytes:
    """An NDJSON file."""
    return b"".join(json.dumps(one).encode() + b"\n" for one in resources)


def stage(*files: tuple[str, bytes], mapping: dict[str, Any] | None = None) -> intake.Staged:
    """Stage files against an empty store, and hold the identity of every file."""
    staged = intake.stage(files, PRACTICE, of(mapping or {}))
    require_identity(staged.report)
    return staged


def require_identity(report: Report) -> None:
    """Read = accepted + rejected + duplicate for every file; one reject per rejected row."""
    for file in report.files:
        assert file.read == file.accepted + file.rejected + file.duplicate, file
    assert len(report.rejects) == report.total("rejected")


def only(staged: intake.Staged) -> Any:
    """The record of the only draft."""
    found = [one.record for one in intake.drafts(staged)]
    assert len(found) == 1, staged.report
    return found[0]


def told(report: Report) -> list[tuple[int, str, str]]:
    """Line, column and rule of every reject."""
    return [(one.line, one.column, one.rule) for one in report.rejects]


PATIENT_HEADER = ["patient_id", "family_name", "given_name", "born_on", "died_on", "zip5", "mbi"]


def patients(*ids: str) -> tuple[str, bytes]:
    """A file of plain patients."""
    rows = [[one, "Family", "Given", "1948-05-17", "", "66202", ""] for one in ids]
    return "patients.csv", table(PATIENT_HEADER, rows)


def patient(patient_id: str = "a", **more: Any) -> dict[str, Any]:
    """A FHIR Patient."""
    return {
        "resourceType": "Patient", "id": patient_id, "birthDate": "1948-05-17",
        "name": [{"family": "Family", "given": ["Given"]}], "gender": "female", **more,
    }  # fmt: skip


def condition(condition_id: str = "c", patient_id: str = "a", **more: Any) -> dict[str, Any]:
    """A FHIR Condition with an ICD-10-CM code."""
    return {
        "resourceType": "Condition", "id": condition_id,
        "subject": {"reference": f"Patient/{patient_id}"},
        "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "E11.9"}]},
        "clinicalStatus": {"coding": [{"code": "active"}]}, "onsetDateTime": "2019-03-02", **more,
    }  # fmt: skip


def encounter(encounter_id: str = "e", patient_id: str = "a", **more: Any) -> dict[str, Any]:
    """A FHIR Encounter of one day."""
    return {
        "resourceType": "Encounter", "id": encounter_id, "status": "finished",
        "class": {"code": "AMB"}, "subject": {"reference": f"Patient/{patient_id}"},
        "period": {"start": "2025-03-04T10:00:00-05:00", "end": "2025-03-04T10:30:00-05:00"},
        **more,
    }  # fmt: skip
