"""The access log: who did what to which record, chained and append-only.

Each entry carries an HMAC over itself and the entry before. The key lives outside
the database (``CCM_LOG_KEY`` or ``log.key`` in the private folder), so that somebody
with the database alone cannot write a chain that verifies.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import (
    BigInteger,
    Row,
    Select,
    String,
    case,
    cast,
    func,
    insert,
    literal,
    or_,
    select,
    text,
    type_coerce,
)
from sqlmodel import Session

from ccm_core import working
from ccm_core.errors import UsageError
from ccm_core.months import utc_now
from ccm_core.safe_lines import one_line
from ccm_core.store.db import begin_write, dialect_of
from ccm_core.store.private import private_folder
from ccm_core.store.schema import AccessLog, PatientRow, table_of
from ccm_core.store.types import moment_to_seconds

FIRST = "0" * 64
_CHAIN_LOCK = 0x63636C
_TOLD = 5_000
_LONGEST = 500
"""Characters of one field of an entry."""
FIELDS = (
    "seq", "at", "user_id", "role", "session_hash", "source_ip", "action",
    "object_type", "object_id", "outcome", "reason", "prev_hash",
)  # fmt: skip
"""What an entry's mark covers, in this order."""
OF_PATIENT = frozenset({"patient", "packet"})
"""Kinds of objects that are named by a patient's identifier."""
SKEW = timedelta(minutes=5)
"""The clocks of several servers may differ by so much."""
NOT_HERE = "not in the practice"


class Actor(Protocol):
    """Whoever acts: any object with these fields; an identity of the access layer is one."""

    @property
    def user_id(self) -> str: ...
    @property
    def role(self) -> str: ...
    @property
    def session_hash(self) -> str: ...


@dataclass(frozen=True, slots=True)
class System:
    """The program itself, or somebody who is not signed in."""

    user_id: str = ""
    role: str = "system"
    session_hash: str = ""
    source_ip: str = ""


@dataclass(frozen=True, slots=True)
class Verified:
    """What a check of the chain found."""

    entries: int
    last_seq: int
    head: str
    first_bad_seq: int | None = None
    set_back_seq: int | None = None
    """The first entry from well before one that was written earlier: the clock was set back."""

    @property
    def is_intact(self) -> bool:
        return self.first_bad_seq is None


def key() -> bytes:
    """The secret of the chain, made on first use. Raises: UsageError when it is too short."""
    named = os.environ.get("CCM_LOG_KEY")
    if named:
        if len(named) < 32:
            raise UsageError("CCM_LOG_KEY is shorter than 32 characters; give it a longer one.")
        return named.encode()
    path = private_folder() / "log.key"
    try:
        return path.read_bytes().strip()
    except FileNotFoundError:
        return _make_key(path)


def _make_key(path: Path) -> bytes:
    """Write a new key that only its owner reads; another process may have been faster."""
    made = secrets.token_hex(32).encode()
    draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(made)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        made = path.read_bytes().strip()
    draft.unlink()
    return made


def record(
    session: Session,
    actor: Actor | None,
    action: str,
    object_type: str = "",
    object_id: str = "",
    outcome: str = "ok",
    reason: str = "",
) -> int:
    """Add one entry in the session's own transaction; gives its number."""
    begin_write(session)
    if dialect_of(session) == "postgresql":
        session.connection().execute(text(f"SELECT pg_advisory_xact_lock({_CHAIN_LOCK})"))
    table = table_of(AccessLog)
    last = (
        session.connection()
        .execute(select(table.c.seq, table.c.hash).order_by(table.c.seq.desc()).limit(1))
        .first()
    )
    who = actor or System()
    entry: dict[str, Any] = {
        "seq": (last.seq if last else 0) + 1,
        "at": utc_now().replace(microsecond=0),
        "user_id": who.user_id,
        "role": who.role,
        "session_hash": who.session_hash,
        "source_ip": getattr(who, "source_ip", ""),
        "action": action,
        "object_type": object_type,
        "object_id": _named(session, object_type, object_id),
        "outcome": outcome,
        "reason": f"[emergency] {reason}" if getattr(who, "emergency_until", None) else reason,
        "prev_hash": last.hash if last else FIRST,
    }
    for name, value in entry.items():
        if isinstance(value, str):
            entry[name] = one_line(value)[:_LONGEST]
    entry["hash"] = chained(entry, key())
    session.connection().execute(insert(table), [entry])
    return int(entry["seq"])


def _named(session: Session, object_type: str, object_id: str) -> str:
    """How an entry names its object: a patient by the number of the row, as in ``#12``.

    The identifier of a patient came with an import and may be a record number.
    """
    if object_type not in OF_PATIENT or not object_id:
        return object_id
    return session.connection().scalar(number_of(object_id)) or NOT_HERE


def number_of(identifier: str) -> Select[Any]:
    """Asks for the ``#12`` of a patient with this identifier or record number."""
    patient = table_of(PatientRow)
    is_meant = or_(patient.c.patient_id == identifier, patient.c.mrn == identifier)
    is_exact = case((patient.c.patient_id == identifier, 0), else_=1)
    number = literal("#", String) + cast(patient.c.id, String)
    return select(number).where(is_meant).order_by(is_exact, patient.c.id).limit(1)


def chained(entry: Any, secret: bytes) -> str:
    """HMAC-SHA256 over the entry as canonical JSON: two layouts never give one text."""
    fields = [moment_to_seconds(entry[name]) if name == "at" else entry[name] for name in FIELDS]
    return _mark(fields, secret)


def _mark(fields: list[Any], secret: bytes) -> str:
    canonical = json.dumps(fields, ensure_ascii=True, separators=(",", ":"))
    return hmac.new(secret, canonical.encode("ascii"), hashlib.sha256).hexdigest()


def verify(session: Session) -> Verified:
    """Walk the chain and name the first entry that is not what was written.

    A cut tail can only be seen by comparing ``head`` with one kept elsewhere.
    """
    table = table_of(AccessLog)
    # Every row there is: one numbered 0 or below would be shown by reports. And moments as
    # the numbers they are stored as: what somebody else wrote there may be no moment.
    cells = [type_coerce(c, BigInteger).label("at") if c.name == "at" else c for c in table.c]
    rows = session.connection().execute(
        select(*cells).order_by(table.c.seq), execution_options={"yield_per": 5000}
    )
    secret, seq, head, count = key(), 0, FIRST, 0
    latest, set_back = None, None
    for row in rows.mappings():
        seq += 1
        count += 1
        if count % _TOLD == 0:
            working.tell(f"{count:,} entries read")
        if row["seq"] != seq or row["prev_hash"] != head or _differs(row, secret):
            return Verified(count, row["seq"], head, min(seq, row["seq"]), set_back)
        head = row["hash"]
        if latest is not None and set_back is None and row["at"] < latest - SKEW.total_seconds():
            set_back = seq
        latest = row["at"] if latest is None else max(latest, row["at"])
    return Verified(count, seq, head, set_back_seq=set_back)


def _differs(row: Any, secret: bytes) -> bool:
    """Whether the mark is not that of the entry; SQLite keeps any kind of value in any cell."""
    try:
        wanted = _mark([row[name] for name in FIELDS], secret)
    except (TypeError, ValueError):
        return True
    return not isinstance(row["hash"], str) or not hmac.compare_digest(
        row["hash"].encode(), wanted.encode()
    )


def newest(session: Session, limit: int = 100, offset: int = 0, **equal: str) -> list[Row[Any]]:
    """Entries, newest first; ``equal`` filters by field, for example ``user_id=...``."""
    table = table_of(AccessLog)
    where = [table.c[name] == value for name, value in equal.items() if value]
    statement = select(table).where(*where).order_by(table.c.seq.desc())
    return list(session.connection().execute(statement.limit(limit).offset(offset)))


def count(session: Session, **equal: str) -> int:
    """How many entries match."""
    table = table_of(AccessLog)
    where = [table.c[name] == value for name, value in equal.items() if value]
    return int(
        session.connection().scalar(select(func.count()).select_from(table).where(*where)) or 0
    )
