"""Outreach, signed forms and plan versions: what is written once and what is read back."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, insert, select
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, SQLModel

from ccm_core.errors import Conflict
from ccm_core.months import utc_now
from ccm_core.store.db import begin_write
from ccm_core.store.schema import ConsentFileRow, OutreachRow, PlanVersionRow, table_of

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
