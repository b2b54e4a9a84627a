"""Delays after failed sign-ins, per account and per network address, kept in the database.

The wait doubles with each failure and is the same for names that exist and names
that do not, so that it tells nothing about either.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, delete

from ccm_core.access import devices
from ccm_core.store.db import dialect_of
from ccm_core.store.schema import table_of
from ccm_core.store.schema.door import SignInFailure

FREE_PER_ACCOUNT = 5
FREE_PER_ADDRESS = 30
LAST_PER_ACCOUNT = 100
"""After so many failures in a row only an administrator can open the account again."""
FIRST_WAIT_SECONDS = 15
LONGEST_WAIT_SECONDS = 900
LONGEST_ADDRESS_WAIT_SECONDS = 60
"""Shorter: many honest people may share one address."""
FORGOTTEN_AFTER = timedelta(hours=24)


def account_key(username: str) -> str:
    """The key under which failures of one user name are counted."""
    return "account:" + hashlib.sha256(username.encode()).hexdigest()


def code_key(of: str) -> str:
    """The key of wrong one-time codes beside the right password, for an account or a browser."""
    return "code:" + of


def address_key(address: str) -> str:
    """The key under which failures from one network address are counted.

    Whoever has one IPv6 address has its whole /64 network: they count together.
    """
    try:
        found = ip_address(address)
    except ValueError:
        return "address:" + address[:64]
    if isinstance(found, IPv6Address):
        found = found.ipv4_mapped or ip_network((found, 64), strict=False).network_address
    return f"address:{found}"


def waits_until(db: Session, key: str, now: datetime) -> datetime | None:
    """The moment before which this key may not try again, or None when it may."""
    row = db.get(SignInFailure, key)
    if row is None:
        return None
    is_account = not key.startswith("address:")
    if is_account and row.failures >= LAST_PER_ACCOUNT:
        return datetime.max.replace(tzinfo=now.tzinfo)
    over = row.failures - (FREE_PER_ACCOUNT if is_account else FREE_PER_ADDRESS)
    if over < 0:
        return None
    longest = LONGEST_WAIT_SECONDS if is_account else LONGEST_ADDRESS_WAIT_SECONDS
    seconds = min(FIRST_WAIT_SECONDS * 2 ** min(over, 10), longest)
    until = row.last_at + timedelta(seconds=seconds)
    return until if until > now else None


def count_failure(db: Session, key: str, now: datetime) -> int:
    """Count one more failure and say how many there are now."""
    first = {"key": key, "failures": 0, "last_at": now}
    db.connection().execute(_insert(db).values(first).on_conflict_do_nothing())
    row = db.get_one(SignInFailure, key, with_for_update=True, populate_existing=True)
    quiet = now - row.last_at > FORGOTTEN_AFTER and row.failures < LAST_PER_ACCOUNT
    row.failures = 1 if quiet else row.failures + 1
    row.last_at = now
    db.add(row)
    db.flush()
    return row.failures


def _insert(db: Session) -> Any:
    """An INSERT that may find the row there: two first failures can come at one moment."""
    make = postgresql.insert if dialect_of(db) == "postgresql" else sqlite.insert
    return make(table_of(SignInFailure))


def forgive_person(db: Session, username: str) -> None:
    """Forget the failures of an account and of every browser that it was used from."""
    forgive(db, account_key(username))
    forgive(db, code_key(account_key(username)))
    browsers = devices.prefix_of(username)
    for start in (browsers, code_key(browsers)):
        of_browsers = col(SignInFailure.key).startswith(start, autoescape=True)
        db.exec(delete(SignInFailure).where(of_browsers))


def forgive(db: Session, key: str) -> None:
    """Forget the failures of this key, after a success or by an administrator."""
    row = db.get(SignInFailure, key)
    if row is not None:
        db.delete(row)
        db.flush()
