"""Panels and accounts of the care team as rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, bindparam, select, update
from sqlmodel import Session

from ccm_core import records
from ccm_core.errors import Conflict, UsageError
from ccm_core.months import utc_now
from ccm_core.store.queries.common import Only
from ccm_core.store.reading.members import LEFT
from ccm_core.store.reading.rows import of_patients
from ccm_core.store.schema import LoginSession, UserAccount, record_table, table_of

MOST_PATIENTS = 2_000


def patients_of(session: Session, practice_id: str, only: Only) -> list[Row[Any]]:
    """Patients still in the program or on their way into it, with their versions, by name."""
    p = record_table(records.Patient).c
    statement = (
        select(
            p.patient_id, p.version, p.family_name, p.given_name, p.mrn, p.care_manager_id,
            p.location, p.status,
        )
        .where(p.practice_id == practice_id, p.status.not_in(LEFT), *only.where())
        .order_by(p.family_name, p.given_name, p.patient_id)
        .limit(MOST_PATIENTS)
    )  # fmt: skip
    return list(session.connection().execute(statement))


def versions_of(session: Session, practice_id: str, patient_ids: Sequence[str]) -> dict[str, int]:
    """The versions that these patients stand at; they travel with a form about many."""
    return of_patients(session, practice_id, "version", patient_ids)


def set_on_patients(
    session: Session, practice_id: str, versions: Mapping[str, int], values: Mapping[str, str]
) -> int:
    """Change the same columns of many patients, each at the version shown. Raises: Conflict."""
    patient = record_table(records.Patient)
    done = session.connection().execute(
        update(patient)
        .where(
            patient.c.practice_id == practice_id,
            patient.c.patient_id == bindparam("b_patient"),
            patient.c.version == bindparam("b_version"),
        )
        .values(version=bindparam("b_version") + 1, updated_at=utc_now(), **values),
        [{"b_patient": one, "b_version": version} for one, version in versions.items()],
    )
    if done.rowcount != len(versions):
        raise Conflict(
            "Some of these patients were changed by somebody else since the list was shown; "
            "nobody was moved. Look at the list again."
        )
    return len(versions)


def accounts_of(session: Session) -> list[Row[Any]]:
    """Active accounts with the person they belong to."""
    u = table_of(UserAccount).c
    return list(
        session.connection().execute(
            select(u.user_id, u.username, u.name, u.role, u.staff_id)
            .where(u.is_active.is_(True))
            .order_by(u.username)
        )
    )


def link_account(session: Session, user_id: str, staff_id: str) -> None:
    """Set the person of an account and end its sessions. Raises: UsageError."""
    user, signed_in = table_of(UserAccount), table_of(LoginSession)
    done = session.connection().execute(
        update(user)
        .where(user.c.user_id == user_id)
        .values(staff_id=staff_id, version=user.c.version + 1, updated_at=utc_now())
    )
    if done.rowcount != 1:
        raise UsageError("An account was to be linked that is not there; choose another.")
    session.connection().execute(
        update(signed_in)
        .where(signed_in.c.user_id == user_id, signed_in.c.revoked_at.is_(None))
        .values(revoked_at=utc_now(), revoked_reason="account changed")
    )
