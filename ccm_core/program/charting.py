"""Patients and chart facts written by hand: checked like an import, judged at once.

For a practice without an export, and for what an export leaves out. What the
practitioner decides (medical decision making of a month) is written down here too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from ccm_core import chronic, records
from ccm_core.access.identity import Identity
from ccm_core.access.permissions import require
from ccm_core.errors import UsageError
from ccm_core.exchange.cells import code_system, read_hcpcs, read_mbi, read_zip
from ccm_core.exchange.rejects import RowProblem
from ccm_core.months import Month
from ccm_core.program import panel
from ccm_core.program.chart import PAGE, seen
from ccm_core.program.enrolling import check_past, practice_of
from ccm_core.program.following_up import Touched, audit_again
from ccm_core.store import editing, reading, writing
from ccm_core.store.access_log import record
from ccm_core.store.db import begin_write
from ccm_core.store.queries.patients import mrn_is_taken

if TYPE_CHECKING:
    from sqlmodel import Session

Fact = records.Condition | records.Payer | records.Stay | records.Visit | records.Complexity

FIELDS = (
    "mrn", "mbi", "family_name", "given_name", "born_on", "sex", "street", "city", "state",
    "zip5", "phone", "practitioner_npi", "care_manager_id", "location", "is_new",
    "risk_documented_on",
)  # fmt: skip
"""What people may write about a patient; status and death are enrollment work."""
SEXES = {"": "Not recorded", "F": "Female", "M": "Male", "O": "Other", "U": "Unknown"}
MOST_LETTERS = 120
_IDS = {
    records.Condition: "condition_id", records.Payer: "payer_id", records.Stay: "stay_id",
    records.Visit: "visit_id",
}  # fmt: skip
_ENDS = {records.Condition: "ended_on", records.Payer: "to_on", records.Stay: "to_on"}
_BEGINS = {records.Condition: "onset_on", records.Payer: "from_on", records.Stay: "from_on"}


def add_patient(
    session: Session, who: Identity, values: Mapping[str, Any], payer: records.Payer | None,
    today: date,
) -> str:  # fmt: skip
    """Add an eligible patient, with the primary coverage if it is known; gives the identifier.

    Raises: PermissionDenied, UsageError with what is wrong.
    """
    require(who, PAGE, "edit")
    begin_write(session)
    practice_id = practice_of(session).practice_id
    given = dict(values)
    if panel.is_bound(who):
        # Somebody who sees an own panel only would lose sight of the patient at once.
        given["care_manager_id"] = who.staff_id
    patient = replace(_patient(session, given, "", today), patient_id=f"p-{uuid4().hex[:12]}")
    found: list[Any] = [
        patient,
        records.StatusChange(
            patient.patient_id, "eligible", today, "added by hand", who.staff_id or who.user_id
        ),
    ]
    if payer is not None:
        found.append(_checked(replace(payer, patient_id=patient.patient_id), today))
    writing.save(session, practice_id, found)
    record(session, who, "add_patient", "patient", patient.patient_id)
    return patient.patient_id


def edit_patient(
    session: Session, who: Identity, patient_id: str, version: int, values: Mapping[str, Any],
    today: date,
) -> Touched:  # fmt: skip
    """Change what is written about a patient, if the version shown still stands.

    Raises: PermissionDenied, UsageError, Conflict when somebody else was faster.
    """
    require(who, PAGE, "edit")
    begin_write(session)
    now = seen(session, who, patient_id)
    practice_id = practice_of(session).practice_id
    given = {name: getattr(now, name) for name in FIELDS} | dict(values)
    if panel.is_bound(who):
        given["care_manager_id"] = now.care_manager_id
    wanted = _patient(session, given, patient_id, today)
    changes = {n: getattr(wanted, n) for n in FIELDS if getattr(wanted, n) != getattr(now, n)}
    row = editing.shown(session, records.Patient, practice_id, patient_id=patient_id)
    editing.update_checked(session, records.Patient, row.id, version, changes)
    record(session, who, "edit_patient", "patient", patient_id, reason=", ".join(sorted(changes)))
    return audit_again(
        session, practice_id, Month.of(today).previous, [patient_id], user_id=who.user_id
    )


def shown(session: Session, who: Identity, patient_id: str) -> tuple[records.Patient, int]:
    """The patient and the version that travels with the form. Raises: as ``seen``."""
    patient = seen(session, who, patient_id)
    row = editing.shown(
        session, records.Patient, practice_of(session).practice_id, patient_id=patient_id
    )
    return patient, row.version


def add(session: Session, who: Identity, fact: Fact, today: date) -> Touched:
    """Write one condition, coverage, stay, visit or decision; the months it touches follow.

    A decision for a month that has one already takes its place.
    Raises: PermissionDenied, UsageError with what is wrong.
    """
    require(who, PAGE, "edit")
    begin_write(session)
    seen(session, who, fact.patient_id)
    practice_id = practice_of(session).practice_id
    _check_npi(session, getattr(fact, "npi", ""))
    found = _checked(fact, today)
    writing.save(session, practice_id, [found])
    kind = type(found).__name__.lower()
    record(session, who, f"add_{kind}", "patient", found.patient_id, reason=_said(found))
    return audit_again(
        session, practice_id, _since(found, today), [found.patient_id], user_id=who.user_id
    )


def end(session: Session, who: Identity, fact: Fact, on: date, today: date) -> Touched:
    """Write the last day of a condition, a coverage or a stay.

    Raises: PermissionDenied, UsageError, Conflict when it was changed meanwhile.
    """
    require(who, PAGE, "edit")
    begin_write(session)
    kind = type(fact)
    if kind not in _ENDS:
        raise UsageError("Only conditions, coverage and stays end; visits and decisions do not.")
    seen(session, who, fact.patient_id)
    began = getattr(fact, _BEGINS[kind])
    check_past(on, today, "A last day")
    if began is not None and on < began:
        raise UsageError(f"It cannot end on {on}, before it began on {began}.")
    practice_id = practice_of(session).practice_id
    name = _IDS[kind]
    row = editing.shown(session, kind, practice_id, **{name: getattr(fact, name)})
    if row.patient_id != fact.patient_id:
        raise UsageError("This belongs to another patient; open that patient.")
    editing.update_checked(session, kind, row.id, row.version, {_ENDS[kind]: on})
    record(session, who, f"end_{kind.__name__.lower()}", "patient", fact.patient_id,
           reason=on.isoformat())  # fmt: skip
    return audit_again(session, practice_id, Month.of(on), [fact.patient_id], user_id=who.user_id)


def going_on(session: Session, who: Identity, patient_id: str) -> tuple[Fact, ...]:
    """Conditions, coverage and stays without a last day. Raises: as ``seen``."""
    seen(session, who, patient_id)
    practice_id = practice_of(session).practice_id
    found: list[Fact] = []
    for kind, ends in _ENDS.items():
        held: tuple[Any, ...] = reading.records_of(session, kind, patient_id, practice_id)
        found += [fact for fact in held if getattr(fact, ends) is None]
    return tuple(found)


def _said(fact: Fact) -> str:
    if isinstance(fact, records.Complexity):
        return f"{fact.month} {fact.mdm}"
    return str(getattr(fact, "kind", "") or getattr(fact, "code", ""))


def _since(fact: Fact, today: date) -> Month:
    if isinstance(fact, records.Complexity):
        return fact.month
    if isinstance(fact, records.Visit):
        return Month.of(fact.on)
    began: date | None = getattr(fact, _BEGINS[type(fact)])
    return Month.of(began or date(today.year - 1, today.month, 1))


def _patient(
    session: Session, given: Mapping[str, Any], patient_id: str, today: date
) -> records.Patient:
    """A checked patient of the fields. Raises: UsageError."""
    values = {name: _plain(given[name]) for name in FIELDS if name in given}
    if not values.get("family_name") or values.get("born_on") is None:
        raise UsageError("A patient needs a family name and a day of birth; fill in both.")
    check_past(values["born_on"], today, "A birth")
    if values.get("sex", "") not in SEXES:
        raise UsageError(f"The sex can be {', '.join(filter(None, SEXES))}, or stay empty.")
    if long := [name for name, v in values.items() if isinstance(v, str) and len(v) > MOST_LETTERS]:
        raise UsageError(f"{long[0]} is longer than {MOST_LETTERS} characters; shorten it.")
    for name, read in (("mbi", read_mbi), ("zip5", read_zip)):
        if values.get(name):
            values[name] = _read(read, name, values[name])
    mrn = values.get("mrn", "")
    practice_id = practice_of(session).practice_id
    if mrn and mrn_is_taken(session, practice_id, mrn, but=patient_id):
        raise UsageError("Another patient has this record number already; find the patient first.")
    _check_npi(session, values.get("practitioner_npi", ""))
    manager = values.get("care_manager_id", "")
    if manager and manager not in {p.staff_id for p in reading.staff(session, practice_id)}:
        raise UsageError("The care manager is not on the team; choose one of the list.")
    return records.Patient(patient_id, **values)


def _read(read: Any, name: str, value: str) -> str:
    try:
        return str(read(value, None))
    except RowProblem as wrong:
        title = {"mbi": "Medicare identifier (MBI)", "zip5": "ZIP code", "code": "Code"}[name]
        raise UsageError(f"{title}: {wrong.reason}") from None


def _plain(value: Any) -> Any:
    return " ".join(value.split()) if isinstance(value, str) else value


def _check_npi(session: Session, npi: str) -> None:
    if npi and npi not in {p.npi for p in reading.practitioners(session)}:
        raise UsageError("The practitioner is not one of this practice; choose one of the list.")


def _checked(fact: Fact, today: date) -> Fact:
    """The fact with an identifier of its own. Raises: UsageError."""
    match fact:
        case records.Condition():
            return _condition(fact, today)
        case records.Payer():
            if fact.kind not in records.PAYER_KINDS:
                raise UsageError(f"Coverage can be {', '.join(records.PAYER_KINDS)}; choose one.")
            _check_order(fact.from_on, fact.to_on)
        case records.Stay():
            if fact.kind not in records.STAY_KINDS:
                raise UsageError(f"A stay can be {', '.join(records.STAY_KINDS)}; choose one.")
            check_past(fact.from_on, today, "The beginning of a stay")
            _check_order(fact.from_on, fact.to_on)
        case records.Visit():
            check_past(fact.on, today, "A visit")
            if fact.code:
                fact = replace(fact, code=_read(read_hcpcs, "code", fact.code))
        case records.Complexity():
            return _decision(fact, today)
    named: Any = {_IDS[type(fact)]: f"h-{uuid4().hex[:12]}"}
    return replace(fact, **named)


def _condition(fact: records.Condition, today: date) -> records.Condition:
    code = "".join(fact.code.split()).upper()
    system = code_system(code)
    if not system:
        raise UsageError("A condition needs an ICD-10-CM code (E11.9) or a SNOMED CT number.")
    if fact.onset_on is not None:
        check_past(fact.onset_on, today, "The beginning of a condition")
    found = chronic.propose(code, system, today)
    return replace(
        fact, condition_id=f"h-{uuid4().hex[:12]}", code=code, system=system,
        label=fact.label or found.label, is_chronic=found.is_chronic, group=found.group,
    )  # fmt: skip


def _decision(fact: records.Complexity, today: date) -> records.Complexity:
    if fact.mdm not in records.MDM_LEVELS:
        raise UsageError(f"Decision making can be {', '.join(records.MDM_LEVELS)}; choose one.")
    if not fact.npi:
        raise UsageError("Medical decision making is a practitioner's; choose whose it is.")
    if fact.month > Month.of(today):
        raise UsageError(f"{fact.month} has not begun; choose this month or one before.")
    return replace(fact, decided_on=fact.decided_on or today)


def _check_order(first: date | None, last: date | None) -> None:
    if first is not None and last is not None and last < first:
        raise UsageError(f"It cannot end on {last}, before it began on {first}.")


def as_typed(patient: records.Patient) -> dict[str, Any]:
    """The fields that a form shows, by name."""
    held = asdict(patient)
    return {name: held[name] for name in FIELDS}
