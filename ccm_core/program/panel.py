"""Whose patients a person may see: a care manager sees the own panel, whatever was asked for.

Every page that shows patients passes its filter through here, so that a changed
address or a forged message of a browser asks for nothing more.
"""

from __future__ import annotations

from dataclasses import replace

from ccm_core.access.identity import Identity
from ccm_core.errors import PermissionDenied
from ccm_core.records import Patient
from ccm_core.store.queries import Only

BOUND_ROLES = frozenset({"care_manager"})
"""Roles that work for the patients assigned to them and for no others."""

NOBODY = "(no panel)"
"""Stands for the panel of somebody without a staff record: no patient has it."""


def is_bound(who: Identity) -> bool:
    """Whether this person sees an own panel only."""
    return who.role in BOUND_ROLES


def sees_all(who: Identity) -> bool:
    """Whether this person may look at every patient, at least for now."""
    return not is_bound(who) or who.emergency_until is not None


def narrowed(who: Identity, asked: Only) -> Only:
    """What was asked for, within what this person may see."""
    if sees_all(who):
        return asked
    return replace(asked, care_manager_id=who.staff_id or NOBODY)


def require(who: Identity, patient: Patient) -> None:
    """Stop here unless this person may see the patient.

    Raises:
        PermissionDenied: the patient belongs to somebody else's panel.
    """
    if not sees_all(who) and patient.care_manager_id != (who.staff_id or NOBODY):
        raise PermissionDenied(
            "This patient is not on your panel. Ask the practice manager to assign the patient "
            "to you."
        )
