"""One-time codes from an authenticator app (TOTP, RFC 6238). A code works once."""

from __future__ import annotations

import hmac
import os
from datetime import datetime

import pyotp
import segno
from sqlmodel import Session, col, update

from ccm_core.access.sealing import unseal
from ccm_core.store.schema import UserAccount
from ccm_core.store.schema.door import UsedCode

STEP_SECONDS = 30
ISSUER = "CCM dashboard"


def new_secret() -> str:
    """A fresh secret of 160 bits, in base32."""
    return pyotp.random_base32()


def setup_link(secret: str, username: str) -> str:
    """The ``otpauth:`` link that authenticator apps understand."""
    return pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name=ISSUER)


def setup_picture(secret: str, username: str) -> str:
    """The link as a QR code: a data address made here, so that nobody else learns the secret."""
    code = segno.make(setup_link(secret, username), error="m", micro=False)
    return code.svg_data_uri(scale=4, border=4, dark="#000", light="#fff")


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """The time step this code belongs to, one step early or late allowed; None if wrong."""
    code = code.replace(" ", "")
    current = int(now.timestamp()) // STEP_SECONDS
    totp = pyotp.TOTP(secret)
    for step in (current, current - 1, current + 1):
        if hmac.compare_digest(totp.generate_otp(step).encode(), code.encode()):
            return step
    return None


def accept(db: Session, user: UserAccount, code: str, now: datetime) -> bool:
    """Use a code up. A code that was used before, or an older one, is refused.

    The step is advanced by one conditional UPDATE: of two requests with the same
    code at the same moment, only one succeeds.
    """
    step = step_of(unseal(user.totp_secret), code, now)
    if step is None:
        return False
    if db.get(UsedCode, user.user_id) is None:
        db.add(UsedCode(user_id=user.user_id))
        db.flush()
    advanced = db.exec(
        update(UsedCode)
        .where(col(UsedCode.user_id) == user.user_id)
        .where(col(UsedCode.last_step) < step)
        .values(last_step=step)
    )
    return advanced.rowcount == 1


def forget(db: Session, user: UserAccount) -> None:
    """Forget the used codes, because the secret changes."""
    row = db.get(UsedCode, user.user_id)
    if row is not None:
        db.delete(row)
        db.flush()


REQUIRED = "CCM_REQUIRE_SECOND_FACTOR"


def is_required() -> bool:
    """Whether the operator asks every account for one-time codes: any value but 0 says yes."""
    return os.environ.get(REQUIRED, "0").strip() not in ("", "0")
