"""What waits for a practitioner's own word: plans to sign, conditions to confirm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ccm_core import records
from ccm_core.access.identity import Identity
from ccm_core.access.permissions import require
from ccm_core.program.chart import PAGE
from ccm_core.program.enrolling import practice_of
from ccm_core.program.plan_signing import own_practitioner
from ccm_core.store import caring

if TYPE_CHECKING:
    from sqlmodel import Session

MOST = 100
"""Rows of each list; the oldest and the longest come first."""


@dataclass(frozen=True, slots=True)
class OwnWord:
    """The two lists of one practitioner."""

    signer: records.Practitioner
    plans: tuple[Any, ...]
    """Newest versions without a signature, oldest first."""
    conditions: tuple[Any, ...]
    """Patients with proposed conditions, most of them first."""


def waiting(session: Session, who: Identity) -> OwnWord | None:
    """The lists of whoever is signed in; None when the account is no practitioner's.

    Raises: PermissionDenied.
    """
    require(who, PAGE, "sign")
    signer = own_practitioner(session, who)
    if signer is None:
        return None
    practice_id = practice_of(session).practice_id
    return OwnWord(
        signer,
        tuple(caring.unsigned_plans(session, practice_id, signer.npi, MOST)),
        tuple(caring.unconfirmed(session, practice_id, signer.npi, MOST)),
    )
