"""Cases written as the records of one practice's files, and both ways to judge such files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from ccm_core import overlay
from ccm_core import records as r
from ccm_core.audit import Outcome, audit_case, policy_of
from ccm_core.case_building import Choosing
from ccm_core.cases import Case
from ccm_core.engine import charts, columns, file_rows, staging, steps
from ccm_core.engine.block_columns import Columns
from ccm_core.engine.columns import SeenSignal
from ccm_core.engine.outcome_columns import worded
from ccm_core.months import Month
from ccm_core.outcome_json import outcome_json

_KINDS = (
    "conditions", "consents", "care_plans", "entries", "stays", "visits", "payers", "past_claims",
)  # fmt: skip


@dataclass
class Both:
    """The outcomes of some files by columns and record by record, and how many were plain."""

    by_columns: list[Outcome]
    one_by_one: list[Outcome]
    plain: int
    written: list[dict[str, Any]]
    """What a file of them would hold."""


def both_ways(
    found: Iterable[Any], folder: Path, month: Month, policy: str | None = None
) -> Both:  # fmt: skip
    """Write records into files and judge the month in both ways."""
    columns.write_records(sorted(found, key=lambda one: getattr(one, "patient_id", "")), folder)
    room = folder / "sorted"
    room.mkdir()
    files = file_rows.Files(staging.stage(folder, room))
    practice, ids = files.practice(), files.patient_ids()
    choosing, cuts = Choosing(practice, month), charts.cuts_of(ids)
    signals = _signals(ids.to_pylist())

    def rows() -> dict[type[Any], Any]:
        return {**files.charts(cuts[0]), SeenSignal: iter(signals.to_batches())}

    with overlay.pinned(overlay.current()):
        tables = list(charts.steps_of(rows(), cuts, None))
        plain = sum(
            len(steps.Step(one, choosing, policy).of_plain_months().outcomes()) for one in tables
        )
        blocks, writing = list(steps.blocks_in(rows(), choosing, policy, cuts, None)), Columns()
        return Both(
            [outcome for block in blocks for outcome in block.outcomes()],
            [
                audit_case(case, policy_of(case, policy))
                for case in cases_in(rows(), choosing, cuts)
            ],
            plain,
            [row for block in blocks for row in writing.table(block).to_pylist()],
        )


NUMBERS = (
    "npi", "tables_version", "staff_seconds", "practitioner_seconds", "total_seconds",
    "logged_seconds", "leftover_seconds", "next_threshold_minutes", "minutes_to_next",
    "service_on", "has_no_claim", "is_below_threshold",
)  # fmt: skip
"""Columns of a file that are fields of an outcome."""


def assert_same(both: Both, least: int = 1) -> None:
    """Both ways say the same, and a file of the first as well."""
    assert len(both.one_by_one) >= least
    for one, other in zip(both.by_columns, both.one_by_one, strict=True):
        assert one == other, one.patient_id
    for row, outcome in zip(both.written, both.one_by_one, strict=True):
        assert (row["patient_id"], worded(row)) == (outcome.patient_id, outcome_json(outcome))
        for name in NUMBERS:
            assert row[name] == getattr(outcome, name), (name, outcome.patient_id)


def cases_in(rows: Mapping[type[Any], Any], choosing: Choosing, cuts: Sequence[str]) -> list[Case]:
    """The cases of all patients, built one by one."""
    steps = charts.steps_of(rows, cuts, None)
    return [case for tables in steps for case in charts.cases(choosing, tables)]


def _signals(ids: list[str]) -> Any:
    """Something seen of every ninth patient, as the pass by person would say it."""
    import pyarrow as pa

    rows = [
        SeenSignal(one, "s1", 0, "copied_note", "A note was copied.", f'["{one}-x"]')
        for one in ids[::9]
    ]
    return pa.Table.from_pylist(
        [{one.name: getattr(row, one.name) for one in fields(SeenSignal)} for row in rows],
        schema=columns.schema_of(SeenSignal),
    )


def records_of(case: Case, patient_id: str) -> list[Any]:
    """The records of a case, as those of another patient; what was asked becomes a claim."""
    found: list[Any] = [
        replace(
            case.patient, patient_id=patient_id,
            practitioner_npi=case.npi or case.patient.practitioner_npi,
        )
    ]  # fmt: skip
    for name in _KINDS:
        for number, one in enumerate(getattr(case, name)):
            found.append(_renamed(one, patient_id, f"{name[0]}{number:03d}"))
    if case.complexity is not None:
        found.append(replace(case.complexity, patient_id=patient_id))
    request = case.request
    for number, (code, units) in enumerate(request.units.items() if request else ()):
        assert request is not None
        found.append(r.ClaimLine(
            f"{patient_id}-request", number, patient_id, case.month, code, units,
            request.modifiers, case.npi, request.service_on, request.place,
            request.diagnoses or (), created_on=request.created_on, status="submitted",
        ))  # fmt: skip
    return found


def _renamed(one: Any, patient_id: str, name: str) -> Any:
    ids = {
        field.name: f"{patient_id}-{name}" for field in fields(one)
        if field.name in ("condition_id", "consent_id", "plan_id", "entry_id", "stay_id",
                          "visit_id", "payer_id", "claim_id")
    }  # fmt: skip
    return replace(one, patient_id=patient_id, **ids)
