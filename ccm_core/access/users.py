"""Accounts: add, list, disable, change, and the check of a sign-in."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from sqlmodel import Session, col, func, select

from ccm_core import letters
from ccm_core.access import passwords, recovery, second_factor, sessions, throttle
from ccm_core.access.permissions import ROLES
from ccm_core.access.sealing import seal
from ccm_core.errors import UsageError
from ccm_core.store.access_log import Actor, record
from ccm_core.store.schema import UserAccount

MOST_LETTERS = 120
_USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,62}")


def normal_name(username: str) -> str:
    """A user name as it is stored: NFC, lower case, without spaces around it.

    PostgreSQL takes no NUL in a text; no stored name holds one, so none can be meant.
    """
    return unicodedata.normalize("NFC", username).replace("\0", "").strip().casefold()


def count(db: Session) -> int:
    """How many accounts there are."""
    return db.exec(select(func.count()).select_from(UserAccount)).one()


def listed(db: Session) -> Sequence[UserAccount]:
    """Every account by user name, disabled ones too."""
    return db.exec(select(UserAccount).order_by(col(UserAccount.username))).all()


def by_name(db: Session, username: str) -> UserAccount | None:
    """The account of this user name, or None."""
    return db.exec(select(UserAccount).where(UserAccount.username == normal_name(username))).first()


def get(db: Session, username: str) -> UserAccount:
    """The account of this user name.

    Raises:
        UsageError: there is none.
    """
    user = by_name(db, username)
    if user is None:
        raise UsageError(f"There is no account {normal_name(username)!r}. See: ccm users list.")
    return user


def check_role(role: str) -> None:
    """Refuse a role that does not exist."""
    if not role:
        raise UsageError("The account has no role yet; choose what this person does here.")
    if role not in ROLES:
        raise UsageError(f"There is no role {role!r}. Choose one of: {', '.join(ROLES)}.")


def checked_name(name: str) -> str:
    """A person's name on one line, as an account may bear it.

    Raises:
        UsageError: it is too long, or holds what nobody sees: a terminal obeys control
            characters, PostgreSQL takes no NUL, and a turned or hidden letter makes one
            person look like another in the access log.
    """
    plain = " ".join(name.split())
    hidden = letters.unseen(plain)
    if len(plain) > MOST_LETTERS or hidden:
        found = f" {hidden} stands in this one; type the name anew." if hidden else ""
        raise UsageError(
            f"A name has {MOST_LETTERS} letters at most and no control characters or other "
            f"characters that cannot be seen.{found}"
        )
    return "" if letters.is_blank(plain) else plain


@dataclass(frozen=True, slots=True)
class NewAccount:
    """What an administrator says about a new account."""

    username: str
    name: str
    role: str
    staff_id: str = ""
    is_demo: bool = False
    must_change_password: bool = False


def add(
    db: Session, wanted: NewAccount, password: str, *, now: datetime, actor: Actor
) -> UserAccount:
    """Add an account. Names of disabled accounts stay taken, so that records stay unambiguous.

    Raises:
        UsageError: the name is taken or malformed, the role unknown, the password weak.
    """
    username = normal_name(wanted.username)
    if not _USERNAME.fullmatch(username):
        raise UsageError(
            "A user name has 2 to 63 letters a-z, digits, dots, hyphens or underscores, and "
            "starts with a letter or digit."
        )
    check_role(wanted.role)
    name = checked_name(wanted.name)
    if by_name(db, username) is not None:
        raise UsageError(f"The user name {username!r} is taken. Choose another.")
    if not wanted.is_demo:
        passwords.check_new(password, username)
    user = UserAccount(
        user_id=uuid4().hex,
        username=username,
        name=name or username,
        role=wanted.role,
        password_hash=passwords.hashed(password),
        password_changed_at=now,
        staff_id=wanted.staff_id,
        is_demo=wanted.is_demo,
        must_change_password=wanted.must_change_password,
        created_at=now,
    )
    db.add(user)
    db.flush()
    record(db, actor, "add_user", "user_account", user.user_id, reason=f"role {wanted.role}")
    return user


def adopt(
    db: Session, wanted: NewAccount, older_hash: str, *, now: datetime, actor: Actor
) -> UserAccount:
    """Take over an account with its bcrypt hash; the first sign-in renews the hash.

    Raises:
        UsageError: the hash is not bcrypt or too much work, or the account itself is refused.
    """
    if not passwords.is_older(older_hash):
        raise UsageError(f"The password of {wanted.username!r} is not a bcrypt hash. Leave it out.")
    if not passwords.is_bearable(older_hash):
        raise UsageError(
            f"The hash of {wanted.username!r} asks for so much work that a sign-in would hold up "
            f"all others (a cost above {passwords.MOST_OLDER_COST}). Leave it out."
        )
    user = add(db, wanted, uuid4().hex, now=now, actor=actor)
    user.password_hash = older_hash
    db.add(user)
    db.flush()
    return user


def _changed(db: Session, user: UserAccount, now: datetime) -> None:
    """Whatever changes about an account ends its sessions: the next one starts afresh."""
    user.version, user.updated_at = user.version + 1, now
    db.add(user)
    db.flush()
    sessions.end_all(db, user.user_id, now)


def set_active(
    db: Session, username: str, is_active: bool, *, now: datetime, actor: Actor
) -> UserAccount:
    """Disable an account, or enable it again. The last active administrator stays.

    Raises:
        UsageError: nobody could manage accounts afterwards.
    """
    user = get(db, username)
    if not is_active:
        _keep_one_administrator(db, user)
    user.is_active, user.disabled_at = is_active, None if is_active else now
    _changed(db, user, now)
    record(db, actor, "enable_user" if is_active else "disable_user", "user_account", user.user_id)
    return user


def set_role(db: Session, username: str, role: str, *, now: datetime, actor: Actor) -> UserAccount:
    """Give somebody another role."""
    check_role(role)
    user = get(db, username)
    if role != "administrator":
        _keep_one_administrator(db, user)
    before, user.role = user.role, role
    _changed(db, user, now)
    record(db, actor, "change_role", "user_account", user.user_id, reason=f"{before} to {role}")
    return user


def set_password(
    db: Session, username: str, password: str, *, now: datetime, actor: Actor
) -> UserAccount:
    """Set a new password, forgive failed attempts and end every session of the person.

    Raises:
        UsageError: the password is weak, or the one that its owner has already.
    """
    user = get(db, username)
    passwords.check_new(password, user.username, has_second_factor=bool(user.totp_secret))
    if actor.user_id == user.user_id and passwords.matches(password, user.password_hash):
        # Whoever chose the first one would go on knowing it.
        raise UsageError("That is the password you have now. Choose another.")
    user.password_hash, user.password_changed_at = passwords.hashed(password), now
    # A password that somebody else knows is good for one sign-in only.
    user.must_change_password = actor.user_id != user.user_id
    throttle.forgive_person(db, user.username)
    _changed(db, user, now)
    record(db, actor, "set_password", "user_account", user.user_id)
    return user


def set_second_factor(
    db: Session, username: str, secret: str, code: str, *, now: datetime, actor: Actor
) -> UserAccount:
    """Switch one-time codes on (with a first correct code) or, with an empty secret, off.

    Raises:
        UsageError: the code does not belong to the secret.
    """
    user = get(db, username)
    if secret and second_factor.step_of(secret, code, now) is None:
        raise UsageError("That code is wrong. Check the clock of your phone and try the next one.")
    user.totp_secret = seal(secret) if secret else ""
    second_factor.forget(db, user)
    recovery.forget(db, user)
    if secret:
        second_factor.accept(db, user, code, now)
    _changed(db, user, now)
    action = "second_factor_on" if secret else "second_factor_off"
    record(db, actor, action, "user_account", user.user_id)
    return user


def unlock(db: Session, username: str, *, actor: Actor) -> None:
    """Forgive the failed attempts of an account."""
    user = get(db, username)
    throttle.forgive_person(db, user.username)
    record(db, actor, "unlock_user", "user_account", user.user_id)


def _keep_one_administrator(db: Session, user: UserAccount) -> None:
    # Their rows are held until the commit, in one order: of two administrators who take
    # the role off each other at the same moment, the second one sees what the first did.
    administrators = db.exec(
        select(UserAccount.user_id)
        .where(UserAccount.role == "administrator")
        .where(col(UserAccount.is_active).is_(True))
        .order_by(UserAccount.user_id)
        .with_for_update()
    ).all()
    if list(administrators) == [user.user_id]:
        raise UsageError(
            "This is the last active administrator. Make somebody else administrator first."
        )
