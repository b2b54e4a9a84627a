"""Consent: taken with all four points, attached, revoked at a month's end, taken anew."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from ccm_core import records
from ccm_core.access.identity import Identity
from ccm_core.access.permissions import require
from ccm_core.eligibility import consent_ends_on, consent_on
from ccm_core.errors import Conflict, UsageError
from ccm_core.months import Month, months_after, said_day
from ccm_core.policy import Policy
from ccm_core.program.consent_files import Upload, checked, keep
from ccm_core.program.enrolling import (
    PAGE,
    Standing,
    StatusWish,
    add_step,
    check_past,
    check_words,
    practice_of,
    standing,
)
from ccm_core.program.following_up import audit_again
from ccm_core.store import caring, editing, reading, writing
from ccm_core.store.access_log import record
from ccm_core.store.db import begin_write

if TYPE_CHECKING:
    from sqlmodel import Session

ELEMENTS = {
    "availability": "What the service is, and that it is available",
    "cost_sharing": "That cost sharing may apply, and how much to expect",
    "one_practitioner": "That only one practitioner can furnish and be paid for it in a month",
    "right_to_stop": "That the patient may stop at any time, effective at the end of the month",
}


@dataclass(frozen=True, slots=True)
class ConsentWish:
    """A consent as it was given."""

    on: date
    mode: str
    elements: frozenset[str]
    npi: str
    taken_by: str


@dataclass(frozen=True, slots=True)
class Held:
    """One consent with the version that travels with its forms."""

    consent: records.Consent
    version: int

    @property
    def ends_on(self) -> date | None:
        """Last day of the service after a revocation."""
        return consent_ends_on(self.consent)


@dataclass(frozen=True, slots=True)
class Consents:
    """Everything about a patient's agreement."""

    standing: Standing
    held: tuple[Held, ...]
    """Newest first."""
    files: tuple[Any, ...]
    renew: str
    """Why a new consent is needed or due; empty when none is."""
    is_renewal_needed: bool
    """True when nothing may be billed without the new one."""


def consents(session: Session, who: Identity, patient_id: str, today: date) -> Consents:
    """Consents, files, and whether a new consent is needed.

    Raises: PermissionDenied, UsageError.
    """
    now = standing(session, who, patient_id)
    practice = practice_of(session)
    found = reading.records_of(session, records.Consent, patient_id, practice.practice_id)
    held = [
        Held(c, editing.shown(session, records.Consent, practice.practice_id,
                              consent_id=c.consent_id).version)
        for c in sorted(found, key=lambda c: (c.given_on, c.consent_id), reverse=True)
    ]  # fmt: skip
    why, is_needed = _renewal(now.patient, found, practice, today)
    files = caring.consent_files(session, practice.practice_id, patient_id)
    return Consents(now, tuple(held), tuple(files), why, is_needed)


def _renewal(
    patient: records.Patient, found: tuple[records.Consent, ...], practice: records.Practice,
    today: date,
) -> tuple[str, bool]:  # fmt: skip
    consent = consent_on(found, today)
    if consent is None:
        said = "No consent holds today: nothing counts until one is given."
        return said, True
    if patient.practitioner_npi and consent.npi and consent.npi != patient.practitioner_npi:
        return (
            "The consent names another practitioner than the one who bills now. "
            "Take a new consent for the new practitioner.",
            True,
        )
    if consent.revoked_on is not None:
        ends = Month.of(consent.revoked_on).last_day
        return f"The patient stopped: the service ends on {said_day(ends)}.", False
    months = Policy.on(Month.of(today), practice.policy, practice.state).whole(
        "consent_reminder_months"
    )
    if months_after(consent.given_on, months) < today:
        return f"The consent is more than {months} months old; remind the patient of it.", False
    return "", False


def take(
    session: Session, who: Identity, patient_id: str, wish: ConsentWish, version: int,
    today: date, upload: Upload | None = None,
) -> str:  # fmt: skip
    """Record a consent, with a signed form if there is one; the patient becomes consented.

    Gives the identifier of the consent. Raises: PermissionDenied, UsageError, Conflict.
    """
    require(who, PAGE, "edit")
    begin_write(session)
    now = standing(session, who, patient_id)
    _check(session, wish, now, today)
    file = checked(upload) if upload else None
    practice_id = practice_of(session).practice_id
    consent = records.Consent(
        f"consent-{uuid4().hex[:12]}", patient_id, wish.on, wish.mode, wish.elements, wish.npi,
        wish.taken_by,
    )  # fmt: skip
    add_step(session, who, now, StatusWish("consented", wish.on, wish.mode), version)
    writing.save(session, practice_id, [consent])
    record(session, who, "consent", "consent", consent.consent_id, reason=wish.mode)
    if file is not None:
        keep(session, who, practice_id, consent, file)
    audit_again(session, practice_id, Month.of(wish.on), [patient_id], user_id=who.user_id)
    return consent.consent_id


def _check(session: Session, wish: ConsentWish, now: Standing, today: date) -> None:
    check_past(wish.on, today, "A consent")
    if wish.mode not in records.CONSENT_MODES:
        raise UsageError("A consent is verbal or written; choose one.")
    if missing := [ELEMENTS[e] for e in records.CONSENT_ELEMENTS if e not in wish.elements]:
        raise UsageError(
            f"The patient was not told: {'; '.join(missing)}. Cover every point, tick it, and "
            "save again; a consent that leaves one out does not hold."
        )
    if wish.npi not in {p.npi for p in reading.practitioners(session)}:
        raise UsageError("A consent names the practitioner who bills; choose one.")
    known = {p.staff_id for p in reading.staff(session)} | {wish.npi}
    if wish.taken_by not in known:
        raise UsageError("A consent names who took it; choose a person of the practice.")
    died_on = now.patient.died_on
    if died_on is not None and wish.on > died_on:
        raise UsageError("The patient had died by the day of this consent; correct one of the two.")


def revoke(
    session: Session, who: Identity, patient_id: str, consent_id: str, version: int,
    on: date, reason: str, today: date,
) -> date:  # fmt: skip
    """Record that the patient stops; gives the last day of the service, the month's end.

    Raises: PermissionDenied, UsageError, Conflict when the consent was changed since shown.
    """
    require(who, PAGE, "edit")
    begin_write(session)
    now = standing(session, who, patient_id)
    practice_id = practice_of(session).practice_id
    row = editing.shown(session, records.Consent, practice_id, consent_id=consent_id)
    _check_end(row, patient_id, on, reason, today)
    editing.update_checked(session, records.Consent, row.id, version, {"revoked_on": on})
    record(session, who, "revoke", "consent", consent_id)
    others = reading.records_of(session, records.Consent, patient_id, practice_id)
    if not any(c.revoked_on is None and c.consent_id != consent_id for c in others):
        add_step(session, who, now, StatusWish("unenrolled", on, reason), now.version)
    audit_again(session, practice_id, Month.of(on), [patient_id], user_id=who.user_id)
    return Month.of(on).last_day


def _check_end(row: Any, patient_id: str, on: date, reason: str, today: date) -> None:
    if row.patient_id != patient_id:
        raise UsageError("The consent belongs to another patient; open that patient.")
    if row.revoked_on is not None:
        raise Conflict("This consent was revoked already; look at it again.")
    check_past(on, today, "A revocation")
    if on < row.given_on:
        raise UsageError("The revocation lies before the consent; correct the day.")
    if not reason.strip():
        raise UsageError("A revocation needs the reason the patient gave, or 'not said'.")
    check_words(reason)
