"""All tables of the store. Tables of records carry the field names of ``ccm_core.records``."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Table

from ccm_core import records
from ccm_core.store.schema.accounts import AccessLog, LoginSession, Setting, UserAccount
from ccm_core.store.schema.answers import (
    PostingRow,
    RefundRow,
    RemittanceFileRow,
    RemittancePayment,
    ReworkRow,
    UnmatchedRow,
)
from ccm_core.store.schema.base import Editable, Stored, table_of
from ccm_core.store.schema.caring import ConsentFileRow, OutreachRow, PlanVersionRow
from ccm_core.store.schema.chart import (
    CarePlanRow,
    ComplexityRow,
    ConditionRow,
    ConsentRow,
    PayerRow,
    StayRow,
    VisitRow,
)
from ccm_core.store.schema.claiming import BatchClaim, ClaimBatch, ClaimFileRow, ControlNumber
from ccm_core.store.schema.door import SignInFailure, UsedCode
from ccm_core.store.schema.fees import FeeVersion, PayerContract, SavedScenario
from ccm_core.store.schema.figures import PublishedFigures
from ccm_core.store.schema.imports import ImportBatch, ImportFile, ImportReject
from ccm_core.store.schema.outputs import AuditOutput, OutputCase, OutputFinding
from ccm_core.store.schema.people import (
    PatientRow,
    PracticeRow,
    PractitionerRow,
    StaffRow,
    StatusChangeRow,
)
from ccm_core.store.schema.receipts import PatientPaymentRow, ReceiptRow
from ccm_core.store.schema.results import (
    Acknowledgement,
    AuditRunRow,
    CaseResult,
    FindingCount,
    FindingRow,
    MonthClose,
    ResultCount,
)
from ccm_core.store.schema.samples import AuditSample, SampleVerdict
from ccm_core.store.schema.stamps import DataStamp
from ccm_core.store.schema.steps import MonthStep, StepCount, StepMark, StepMonth
from ccm_core.store.schema.timers import RunningTimer, TimerStretch
from ccm_core.store.schema.work import ClaimLineRow, TimeEntryRow

METADATA = Stored.metadata
for _table in METADATA.tables.values():
    if "id" in _table.primary_key:
        # Without it SQLite gives the number of a deleted row to the next new one, and
        # a form that still shows the old row would act on another.
        _table.dialect_kwargs["sqlite_autoincrement"] = True

ROW_OF: dict[type[Any], type[Editable]] = {
    records.Practice: PracticeRow,
    records.Practitioner: PractitionerRow,
    records.Staff: StaffRow,
    records.Patient: PatientRow,
    records.StatusChange: StatusChangeRow,
    records.Condition: ConditionRow,
    records.Consent: ConsentRow,
    records.CarePlan: CarePlanRow,
    records.TimeEntry: TimeEntryRow,
    records.Stay: StayRow,
    records.Visit: VisitRow,
    records.Payer: PayerRow,
    records.Complexity: ComplexityRow,
    records.ClaimLine: ClaimLineRow,
}
"""The table of each record, in the order in which they must be written."""


def record_table(kind: type[Any]) -> Table:
    """The table that holds records of this kind."""
    return table_of(ROW_OF[kind])


__all__ = [
    "METADATA", "ROW_OF", "AccessLog", "Acknowledgement", "AuditOutput", "AuditRunRow",
    "AuditSample", "BatchClaim", "CarePlanRow", "CaseResult", "ClaimBatch", "ClaimFileRow",
    "ClaimLineRow", "ComplexityRow", "ConditionRow", "ConsentFileRow", "ConsentRow",
    "ControlNumber", "DataStamp", "FeeVersion", "FindingCount", "FindingRow", "ImportBatch",
    "ImportFile", "ImportReject",
    "LoginSession", "MonthClose", "MonthStep", "OutputCase", "OutputFinding", "OutreachRow",
    "PatientPaymentRow", "PatientRow", "PayerContract", "PayerRow", "PlanVersionRow", "PostingRow",
    "PracticeRow", "PractitionerRow", "PublishedFigures", "ReceiptRow", "RefundRow",
    "RemittanceFileRow", "RemittancePayment", "ResultCount", "ReworkRow", "RunningTimer",
    "SampleVerdict", "SavedScenario", "Setting", "SignInFailure", "StaffRow", "StatusChangeRow",
    "StayRow", "StepCount", "StepMark", "StepMonth", "TimeEntryRow", "TimerStretch", "UnmatchedRow",
    "UsedCode", "UserAccount", "VisitRow", "record_table", "table_of",
]  # fmt: skip
