"""The service of contracts with payers: a share of Medicare, a flat table, or both, in versions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ccm_core.access.identity import Identity
from ccm_core.access.permissions import require
from ccm_core.errors import Conflict, ImportRefused, UsageError
from ccm_core.money.fee_file import fingerprint
from ccm_core.money.payer_schedules import PayerSchedule, percent_of_medicare, read_schedule
from ccm_core.payment.expected import PLAN_PAYERS
from ccm_core.records import Practice
from ccm_core.store import access_log, contract_rows, fee_rows, numbered_rows
from ccm_core.store.schema import PayerContract

if TYPE_CHECKING:
    from sqlmodel import Session

PAGE = "fee_tables"
_LONGEST_PAYER = 80
_PLACES = 4


@dataclass(frozen=True, slots=True)
class Contract:
    """One stored version of what a payer pays."""

    id: int
    payer: str
    number: int
    multiple: Decimal | None
    amounts: int
    file_name: str
    valid_from: date
    valid_to: date
    imported_by: str
    imported_at: datetime
    is_active: bool
    reverted_by: str

    @property
    def says(self) -> str:
        """What the contract pays, in words."""
        parts = [f"{self.amounts} amounts"] if self.amounts else []
        if self.multiple is not None:
            other = "other codes " if parts else ""
            parts.append(f"{other}{(self.multiple * 100).normalize():f}% of Medicare")
        return ", ".join(parts)


def stage(
    who: Identity, payer: str, percent: Decimal | None, name: str = "", data: bytes = b""
) -> PayerSchedule:
    """Read and check a contract; nothing is stored.

    Raises: PermissionDenied, ImportRefused, UsageError.
    """
    require(who, PAGE, "import")
    payer = _named(payer)
    if not payer or len(payer) > _LONGEST_PAYER or payer == "medicare":
        known = ", ".join(kind.replace("_", " ") for kind in PLAN_PAYERS)
        raise UsageError(f"Name a payer other than Medicare: its own name, or a kind ({known}).")
    share = percent_of_medicare(payer, percent) if percent is not None else None
    if not data:
        if share is None:
            raise UsageError("Give a percentage of Medicare, a table of amounts, or both.")
        return share
    return read_schedule(payer, name, data, share.multiple if share else None)


def _named(payer: str) -> str:
    """The payer as it is stored: a kind however it is written, such as Medicare Advantage."""
    plain = " ".join(payer.split())
    kind = plain.lower().replace(" ", "_")
    return kind if kind in ("medicare", *PLAN_PAYERS) else plain


def commit(
    session: Session, who: Identity, practice: Practice, schedule: PayerSchedule,
    first_day: date | None = None, name: str = "",
) -> Contract:  # fmt: skip
    """Store a contract as the next version. Raises: PermissionDenied, ImportRefused."""
    require(who, PAGE, "import")
    if not schedule.is_storable:
        bad = next((p for p in schedule.problems if p.level == "error"), None)
        said = f"line {bad.line}, {bad.column}: {bad.reason}" if bad else "it names no amount."
        raise ImportRefused(f"The contract cannot be stored: {said} Nothing was stored.")
    if schedule.multiple is not None and round(schedule.multiple, _PLACES) != schedule.multiple:
        raise UsageError("A percentage of Medicare may have two decimal places.")
    fee_rows.lock(session)
    row = contract_rows.add(
        session, practice.practice_id, schedule.payer,
        {
            "file_name": name, "sha256": schedule.sha256 or _mark(schedule),
            "imported_by": who.name or who.username, "multiple": schedule.multiple,
            "amounts": [_amount(one) for one in schedule.amounts],
            "valid_from": first_day or date.min, "valid_to": date.max,
        },
    )  # fmt: skip
    label = f"contract {row['id']}"
    access_log.record(session, who, "import", "payer_contract", label)
    return _contract(row)


def _mark(schedule: PayerSchedule) -> str:
    return fingerprint(f"{schedule.payer} {schedule.multiple}".encode())


def _amount(one: Any) -> dict[str, str]:
    return {
        "code": one.code, "amount_usd": str(one.amount_usd),
        "valid_from": one.valid_from.isoformat(), "valid_to": one.valid_to.isoformat(),
    }  # fmt: skip


def listed(session: Session, who: Identity, practice: Practice) -> list[Contract]:
    """Every version, the newest first, for those who may import. Raises: PermissionDenied."""
    require(who, PAGE, "import")
    return [_contract(row) for row in contract_rows.listed(session, practice.practice_id)]


def _contract(row: dict[str, Any]) -> Contract:
    return Contract(
        row["id"], row["payer"], row["number"], row["multiple"], len(row["amounts"]),
        row["file_name"], row["valid_from"], row["valid_to"], row["imported_by"],
        row["created_at"], row["is_active"], row["reverted_by"],
    )  # fmt: skip


def revert(session: Session, who: Identity, practice: Practice, contract_id: int) -> None:
    """Take a version out of force. Raises: PermissionDenied, UsageError, Conflict."""
    require(who, PAGE, "import")
    fee_rows.lock(session)
    found = next((c for c in listed(session, who, practice) if c.id == contract_id), None)
    if found is None:
        raise UsageError("That contract was asked for; it is not in the list.")
    if not found.is_active:
        raise Conflict(f"Version {found.number} of that contract was taken back already.")
    numbered_rows.take_back(session, PayerContract, contract_id, who.name or who.username)
    access_log.record(session, who, "revert", "payer_contract", f"contract {contract_id}")
