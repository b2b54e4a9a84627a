"""What each role may do: one table, ``data/permissions.csv``; what is not listed is denied.

A page, a callback and a download ask the same two functions.
"""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

from ccm_core.access.identity import Identity
from ccm_core.errors import PermissionDenied, TableError

ROLES = (
    "administrator", "practice_manager", "billing_lead",
    "care_manager", "practitioner", "auditor", "consultant",
)  # fmt: skip
ROLE_NAMES = {
    "administrator": "Administrator",
    "practice_manager": "Practice manager",
    "billing_lead": "Billing lead",
    "care_manager": "Care manager",
    "practitioner": "Practitioner",
    "auditor": "Auditor",
    "consultant": "Consultant",
}
ACTIONS = (
    "view", "identify", "edit", "export", "run",
    "acknowledge", "approve", "import", "manage", "sign",
)  # fmt: skip
"""``sign`` is a practitioner's own signature: the account must be linked to one as well.
``identify`` is the right to see who a patient is; without it a page shows aggregates only."""

OWN_PAGE = "account"
TABLE = Path(__file__).resolve().parents[2] / "data" / "permissions.csv"


@cache
def allowed(path: Path = TABLE) -> frozenset[tuple[str, str, str]]:
    """Every granted (role, page, action).

    Raises:
        TableError: a row names an unknown role or action, or stands twice.
    """
    granted: set[tuple[str, str, str]] = set()
    with path.open(encoding="utf-8", newline="") as lines:
        for number, row in enumerate(csv.DictReader(lines), start=2):
            key = (row["role"], row["page"], row["action"])
            if key[0] not in ROLES or key[2] not in ACTIONS or key in granted:
                raise TableError(
                    f"{path.name}, line {number}: {key} has an unknown role or action or stands"
                    " twice. Correct that line."
                )
            granted.add(key)
    return frozenset(granted)


def can(identity: Identity | None, page: str, action: str = "view") -> bool:
    """Whether this person may do this on this page."""
    if identity is None or (identity.is_held and page != OWN_PAGE):
        return False
    return (identity.role, page, action) in allowed()


_UPLOADS = frozenset({"imports", "fee_tables", "users", "claims", "enrollment", "patient"})
"""Pages on which a file can be given."""


def may_upload(identity: Identity) -> bool:
    """Whether any page takes a file from this person: files are kept in memory."""
    return any(
        (identity.role, page, action) in allowed()
        for page in _UPLOADS
        for action in ("edit", "import", "manage")
    )


def is_aggregate_reader(identity: Identity) -> bool:
    """Whether this person may see aggregates only: a role that identifies no patient."""
    return (identity.role, "patient", "identify") not in allowed()


def require(identity: Identity | None, page: str, action: str = "view") -> None:
    """Stop here unless this person may do this.

    Raises:
        PermissionDenied: the table does not grant it.
    """
    if not can(identity, page, action):
        role = ROLE_NAMES.get(identity.role, "unknown role") if identity else "nobody signed in"
        raise PermissionDenied(
            f"'{action}' on the page '{page}' is not granted to: {role}. "
            "Ask an administrator for a role that may."
        )
