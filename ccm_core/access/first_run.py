"""The first account of a real practice, and the accounts of the demo practice."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
from datetime import datetime

from sqlmodel import Session

from ccm_core.access import users
from ccm_core.access.permissions import ROLE_NAMES, ROLES
from ccm_core.errors import PermissionDenied
from ccm_core.store.access_log import System
from ccm_core.store.reading import staff

DEMO_ORDER = (
    "practice_manager", "billing_lead", "care_manager", "practitioner", "consultant", "auditor",
    "administrator",
)  # fmt: skip
"""The order of the buttons: the people this dashboard is made for come first."""


class FirstRun:
    """A token that makes the first administrator: printed once, used once, kept hashed."""

    def __init__(self) -> None:
        self._hash = ""
        self._lock = threading.Lock()

    def issue(self) -> str:
        """A new token; the one before is void."""
        token = secrets.token_urlsafe(24)
        self._hash = hashlib.sha256(token.encode()).hexdigest()
        return token

    def holds(self, token: str) -> bool:
        """Whether this is the token that was printed."""
        given = hashlib.sha256(token.encode()).hexdigest()
        return bool(self._hash) and hmac.compare_digest(self._hash, given)

    def redeem(
        self, db: Session, token: str, username: str, name: str, password: str, now: datetime
    ) -> str:
        """Make the first administrator; returns the user id.

        Raises:
            PermissionDenied: the token is wrong or used, or there is an account already.
            UsageError: the user name or the password is refused; the token stays good.
        """
        with self._lock:  # of two requests at the same moment, one finds the token used
            if not self.holds(token) or users.count(db):
                raise PermissionDenied(
                    "This first-run link is not valid any more. Start the server again for a new "
                    "one, or run: ccm users add."
                )
            wanted = users.NewAccount(username, name, "administrator")
            user = users.add(db, wanted, password, now=now, actor=System("first-run"))
            self._hash = ""
        return user.user_id


DEMO_PEOPLE = {
    "practice_manager": "Dana Reyes (demo)",
    "billing_lead": "Lee Okafor (demo)",
    "care_manager": "Noor Haddad (demo)",
    "practitioner": "Elena Demoray",
    "consultant": "Sam Whitfield (demo)",
    "auditor": "Ines Varga (demo)",
    "administrator": "Kim Larsen (demo)",
}


def demo_username(role: str) -> str:
    """The user name of a role's demo account."""
    return f"demo-{role.replace('_', '-')}"


def demo_password(role: str) -> str:
    """The password of a role's demo account: no secret, it stands on the sign-in page."""
    return f"demo practice {role.replace('_', ' ')}"


def ensure_demo_accounts(db: Session, now: datetime) -> None:
    """One account per role. Call for a demo practice only: elsewhere they cannot sign in."""
    for role in ROLES:
        if users.by_name(db, demo_username(role)) is None:
            person = users.NewAccount(
                demo_username(role),
                DEMO_PEOPLE[role],
                role,
                _demo_staff(db, DEMO_PEOPLE[role]),
                is_demo=True,
            )
            users.add(db, person, demo_password(role), now=now, actor=System("demo"))


def _demo_staff(db: Session, name: str) -> str:
    """The id in the care team of the person with this name, or nothing."""
    return next((person.staff_id for person in staff(db) if person.name == name), "")


def demo_accounts() -> list[tuple[str, str, str]]:
    """(user name, role in words, password) of each demo account, for the sign-in page."""
    return [(demo_username(role), ROLE_NAMES[role], demo_password(role)) for role in DEMO_ORDER]
