"""Outreach, signed forms and plan versions: what is written once and what is read back."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, exists, func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, SQLModel

from ccm_core import records
from ccm_core.errors import Conflict
from ccm_core.months import utc_now
from ccm_core.store.db import begin_write
from ccm_core.store.schema import (
    ConsentFileRow,
    OutreachRow,
    PlanVersionRow,
    record_table,
    table_of,
)

_ENROLLED = ("consented", "paused")
FILE_FACTS = ("id", "created_at", "consent_id", "name", "mime", "size_bytes", "sha256", "added_by")


def add_outreach(session: Session, practice_id: str, patient_id: str, **values: Any) -> int:
    """Add one attempt; gives its number."""
    return _add(session, OutreachRow, practice_id=practice_id, patient_id=patient_id, **values)


def outreach_of(session: Session, practice_id: str, patient_id: str) -> list[Row[Any]]:
    """Every attempt to reach a patient, newest first."""
    return _of_patient(session, OutreachRow, practice_id, patient_id)


def add_consent_file(session: Session, practice_id: str, patient_id: str, **values: Any) -> int:
    """Add one sealed file; gives its number."""
    return _add(session, ConsentFileRow, practice_id=practice_id, patient_id=patient_id, **values)


def consent_files(session: Session, practice_id: str, patient_id: str) -> list[Row[Any]]:
    """What is known of the files of a patient, without what they hold; newest first."""
    c = table_of(ConsentFileRow).c
    return list(
        session.connection().execute(
            select(*(c[name] for name in FILE_FACTS))
            .where(c.practice_id == practice_id, c.patient_id == patient_id)
            .order_by(c.id.desc())
        )
    )


def consent_file(
    session: Session, practice_id: str, patient_id: str, file_id: int
) -> Row[Any] | None:
    """One file of a patient with its sealed content."""
    table = table_of(ConsentFileRow)
    return (
        session.connection()
        .execute(
            select(table).where(
                table.c.practice_id == practice_id,
                table.c.patient_id == patient_id,
                table.c.id == file_id,
            )
        )
        .first()
    )


def add_plan_version(session: Session, practice_id: str, patient_id: str, **values: Any) -> int:
    """Add one version of a plan; gives its row number.

    Raises: Conflict when somebody else has saved this number meanwhile.
    """
    try:
        return _add(
            session, PlanVersionRow, practice_id=practice_id, patient_id=patient_id, version=1,
            updated_at=utc_now(), **values,
        )  # fmt: skip
    except IntegrityError as taken:
        raise Conflict(
            "Another version of this care plan was saved since it was shown. "
            "Look at both versions and decide."
        ) from taken


def plan_versions(session: Session, practice_id: str, patient_id: str) -> list[Row[Any]]:
    """Every version of a patient's plan, newest first."""
    table = table_of(PlanVersionRow)
    return list(
        session.connection().execute(
            select(table)
            .where(table.c.practice_id == practice_id, table.c.patient_id == patient_id)
            .order_by(table.c.number.desc())
        )
    )


def unsigned_plans(session: Session, practice_id: str, npi: str, limit: int) -> list[Row[Any]]:
    """Newest plan versions without a signature, of enrolled patients of a practitioner.

    Oldest first, with the name of the patient.
    """
    v, p = table_of(PlanVersionRow), record_table(records.Patient).c
    later = v.alias("later")
    is_newest = ~exists().where(
        later.c.practice_id == v.c.practice_id, later.c.patient_id == v.c.patient_id,
        later.c.number > v.c.number,
    )  # fmt: skip
    return list(
        session.connection().execute(
            select(
                p.patient_id, p.family_name, p.given_name, p.mrn, v.c.number, v.c.saved_on,
            )
            .select_from(v.join(record_table(records.Patient), _same_patient(v.c, p)))
            .where(
                v.c.practice_id == practice_id, v.c.signed_name == "", is_newest,
                p.practitioner_npi == npi, p.status.in_(_ENROLLED),
            )
            .order_by(v.c.saved_on, p.family_name, p.patient_id)
            .limit(limit)
        )
    )  # fmt: skip


def unconfirmed(session: Session, practice_id: str, npi: str, limit: int) -> list[Row[Any]]:
    """Enrolled patients of a practitioner with conditions that wait for the word, most first."""
    table, p = record_table(records.Condition), record_table(records.Patient).c
    c = table.c
    number = func.count().label("number")
    return list(
        session.connection().execute(
            select(p.patient_id, p.family_name, p.given_name, p.mrn, number)
            .select_from(table.join(record_table(records.Patient), _same_patient(c, p)))
            .where(
                p.practice_id == practice_id, p.practitioner_npi == npi, p.status.in_(_ENROLLED),
                c.confirmed_by == "", c.ended_on.is_(None), c.is_chronic.is_(True),
            )
            .group_by(p.patient_id, p.family_name, p.given_name, p.mrn)
            .order_by(number.desc(), p.family_name, p.patient_id)
            .limit(limit)
        )
    )  # fmt: skip


def _same_patient(c: Any, p: Any) -> Any:
    return (c.practice_id == p.practice_id) & (c.patient_id == p.patient_id)


def _add(session: Session, model: type[SQLModel], **values: Any) -> int:
    begin_write(session)
    empty = {
        name: part.get_default(call_default_factory=True)
        for name, part in model.model_fields.items()
        if name != "id" and not part.is_required()
    }
    table = table_of(model)
    row = insert(table).values(empty | values).returning(table.c.id)
    return int(session.connection().execute(row).scalar_one())


def _of_patient(
    session: Session, model: type[SQLModel], practice_id: str, patient_id: str
) -> list[Row[Any]]:
    table = table_of(model)
    return list(
        session.connection().execute(
            select(table)
            .where(table.c.practice_id == practice_id, table.c.patient_id == patient_id)
            .order_by(table.c.id.desc())
        )
    )
