"""The check of a user name, a password and a one-time code.

Whatever is wrong, the answer is the same and takes as long: it does not tell
whether the account exists, is locked, or has a second factor.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import Session

from ccm_core.access import devices, passwords, recovery, second_factor, sessions, throttle, users
from ccm_core.access.door import OpenDb
from ccm_core.access.identity import Identity
from ccm_core.errors import UsageError
from ccm_core.store.access_log import System, record
from ccm_core.store.schema import UserAccount

REFUSED = (
    "User name, password or one-time code is wrong, or there were too many attempts. "
    "Wait a moment and try again."
)


@dataclass(frozen=True, slots=True)
class Attempt:
    """What somebody typed, and from where. Its text form shows nothing of it."""

    username: str
    password: str
    code: str
    address: str
    device: str = ""
    """The mark of a browser from which the person has signed in before, if it sent one."""

    def __repr__(self) -> str:
        return "Attempt(...)"

    @property
    def account_key(self) -> str:
        known = devices.key_of(self.username, self.device) if self.device else ""
        return known or throttle.account_key(self.username)

    @property
    def code_key(self) -> str:
        """Wrong codes beside the right password have a count of their own."""
        return throttle.code_key(self.account_key)

    @property
    def address_key(self) -> str:
        return throttle.address_key(self.address)


def sign_in(
    open_db: OpenDb,
    attempt: Attempt,
    *,
    now: datetime,
    is_demo_practice: bool = False,
    limits: sessions.Limits | None = None,
    older_matches: passwords.Check = passwords.never,
) -> str | None:
    """The token of a new session, or None. Failures and successes are on record.

    The slow hash runs outside any transaction: guessing blocks no other work.
    """
    attempt = replace(attempt, username=users.normal_name(attempt.username)[:200])
    with open_db() as db:
        if _must_wait(db, attempt, now):
            return None
        user = users.by_name(db, attempt.username)
        stored = user.password_hash if user else passwords.decoy()
    check = older_matches if passwords.is_older(stored) else passwords.matches
    is_right = check(attempt.password, stored)
    better = (
        passwords.hashed(attempt.password) if is_right and passwords.is_outdated(stored) else ""
    )
    with open_db(write=True) as db:
        user = users.by_name(db, attempt.username)
        if user is not None and user.password_hash != stored:
            is_right = False
        if user and is_right and _may_enter(db, user, attempt, now, is_demo_practice):
            user.password_hash = better or user.password_hash
            return _enter(db, user, attempt, now, limits)
        _count(db, user, attempt, now, is_code_wrong=is_right and bool(user and user.totp_secret))
    return None


def confirm(open_db: OpenDb, who: Identity, password: str, now: datetime) -> UserAccount:
    """The own account, after its password was typed once more; guesses count and wait.

    Raises: UsageError for a wrong password, or while too many wrong ones must wait.
    """
    with open_db() as db:
        mine = users.get(db, who.username)
        # A count of its own: strangers' guesses at the door must not block who is inside.
        key = devices.prefix_of(mine.username) + "confirm"
        is_waiting = throttle.waits_until(db, key, now) is not None
    if is_waiting:
        raise UsageError("There were too many wrong passwords. Wait a while and try again.")
    is_right = passwords.matches(password, mine.password_hash)
    with open_db(write=True) as db:
        if is_right:
            throttle.forgive(db, key)
            return mine
        throttle.count_failure(db, key, now)
        record(db, who, "confirm_password", "user_account", mine.user_id, "refused")
    raise UsageError("The current password is wrong.")


def _must_wait(db: Session, attempt: Attempt, now: datetime) -> bool:
    """Whether this attempt is refused unread: no hash is spent on it and nothing counted."""
    if throttle.waits_until(db, attempt.address_key, now):
        return True
    return not attempt.code and throttle.waits_until(db, attempt.account_key, now) is not None


def _may_enter(
    db: Session, user: UserAccount, attempt: Attempt, now: datetime, is_demo: bool
) -> bool:
    """What besides the password must hold. Called only when the password is right."""
    if not user.is_active or (user.is_demo and not is_demo):
        return False
    if user.totp_secret:
        # Guessing passwords must not lock the owner out: who has the code as well, gets in.
        # Only who knows the password can make codes wait; a million of them is soon tried.
        if throttle.waits_until(db, attempt.code_key, now):
            return False
        if recovery.is_one(attempt.code):
            who = System(user.user_id, user.role, "", attempt.address)
            return recovery.accept(db, user, attempt.code, now, who)
        return second_factor.accept(db, user, attempt.code, now)
    return throttle.waits_until(db, attempt.account_key, now) is None


def _count(
    db: Session, user: UserAccount | None, attempt: Attempt, now: datetime, *, is_code_wrong: bool
) -> None:
    if is_code_wrong and throttle.waits_until(db, attempt.code_key, now) is None:
        throttle.count_failure(db, attempt.code_key, now)
    if throttle.waits_until(db, attempt.account_key, now) is None:
        # Read during the wait only for its code: counted, it would close the account at once.
        throttle.count_failure(db, attempt.account_key, now)
    throttle.count_failure(db, attempt.address_key, now)
    record(
        db,
        System(role="nobody", source_ip=attempt.address),
        "sign_in",
        "user_account",
        user.user_id if user else "",
        "refused",
    )


def _enter(
    db: Session,
    user: UserAccount,
    attempt: Attempt,
    now: datetime,
    limits: sessions.Limits | None,
) -> str:
    throttle.forgive(db, attempt.account_key)
    throttle.forgive(db, attempt.code_key)
    user.last_login_at = now
    db.add(user)
    token = sessions.begin(db, user.user_id, now, attempt.address, limits)
    who = System(user.user_id, user.role, sessions.hash_of(token), attempt.address)
    record(db, who, "sign_in", "user_account", user.user_id)
    return token
