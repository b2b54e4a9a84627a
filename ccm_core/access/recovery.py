"""Recovery codes: ten single-use codes for whoever lost the phone with the one-time codes.

A code has 80 random bits, so its plain SHA-256 cannot be guessed backwards.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from base64 import b32encode
from datetime import datetime

from sqlmodel import Session, col, delete, func, select, update

from ccm_core.errors import UsageError
from ccm_core.store.access_log import Actor, record
from ccm_core.store.schema import UserAccount
from ccm_core.store.schema.door import RecoveryCode

NUMBER = 10
_CODE = re.compile(r"[A-Z2-7]{16}")


def _plain(code: str) -> str:
    return re.sub(r"[\s-]", "", code).upper()


def is_one(code: str) -> bool:
    """Whether this has the shape of a recovery code; one-time codes have six digits."""
    return _CODE.fullmatch(_plain(code)) is not None


def issue(db: Session, user: UserAccount, actor: Actor) -> tuple[str, ...]:
    """Make new codes and void the old ones. They are shown once and kept as hashes.

    Raises: UsageError when the account has no second factor.
    """
    if not user.totp_secret:
        raise UsageError("Recovery codes stand in for one-time codes; switch those on first.")
    forget(db, user)
    made = [b32encode(secrets.token_bytes(10)).decode() for _ in range(NUMBER)]
    for code in made:
        db.add(RecoveryCode(user_id=user.user_id, code_hash=_hash(user, code)))
    db.flush()
    record(db, actor, "recovery_codes_made", "user_account", user.user_id)
    return tuple("-".join(code[i : i + 4] for i in range(0, 16, 4)) for code in made)


def accept(db: Session, user: UserAccount, code: str, now: datetime, actor: Actor) -> bool:
    """Use a code up. Of two requests with one code at the same moment, one succeeds."""
    used = db.exec(
        update(RecoveryCode)
        .where(col(RecoveryCode.user_id) == user.user_id)
        .where(col(RecoveryCode.code_hash) == _hash(user, _plain(code)))
        .where(col(RecoveryCode.used_at).is_(None))
        .values(used_at=now)
    )
    if used.rowcount == 1:
        record(db, actor, "recovery_code_used", "user_account", user.user_id)
    return used.rowcount == 1


def left(db: Session, user: UserAccount) -> int:
    """How many codes are unused."""
    return db.exec(
        select(func.count())
        .select_from(RecoveryCode)
        .where(RecoveryCode.user_id == user.user_id)
        .where(col(RecoveryCode.used_at).is_(None))
    ).one()


def forget(db: Session, user: UserAccount) -> None:
    """Void every code, because the second factor changes or goes."""
    db.exec(delete(RecoveryCode).where(col(RecoveryCode.user_id) == user.user_id))


def _hash(user: UserAccount, code: str) -> str:
    return hashlib.sha256(f"{user.user_id}/{code}".encode()).hexdigest()
