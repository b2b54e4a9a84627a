"""The make-believe payer of the demo practice: it answers the files that were written."""

from __future__ import annotations

import hashlib
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from ccm_core.access.identity import Identity
from ccm_core.access.permissions import require
from ccm_core.claims.posted import Posting
from ccm_core.claims.simulated_payer import SimulatedPayer
from ccm_core.errors import UsageError
from ccm_core.exchange.x12.claim_records import VOID, Claim, ServiceLine
from ccm_core.exchange.x12.remit_records import ZERO, PaidClaim, PaidLine
from ccm_core.exchange.x12.writing import Controls
from ccm_core.months import Month, time_zone
from ccm_core.program import billing_settings, claim_files
from ccm_core.records import Practice
from ccm_core.store.claiming import batches, files, postings
from ccm_core.store.claiming.batches import KeptClaim

if TYPE_CHECKING:
    from sqlmodel import Session

DAYS_TO_PAY = 16
# Of a hundred lines of the demo, so many come back; which ones hangs on the claim number.
_DENIED_OF_HUNDRED = 6
_REASONS = (
    ("CO", "B20", ""), ("CO", "16", "M76"), ("CO", "97", "M15"), ("CO", "50", ""),
    ("CO", "252", "N706"),
)  # fmt: skip


def answers(
    session: Session, who: Identity, practice: Practice, month: Month
) -> list[tuple[str, bytes]]:
    """A remittance for the claims of each file that were not answered yet; nothing is stored.

    Raises: PermissionDenied; UsageError outside the demo practice or without files.
    """
    require(who, "claims", "edit")
    refuse_real(practice)
    practice_id = practice.practice_id
    every = batches.claims_of(session, practice_id, month)
    posted = postings.read(session, practice_id, [one.claim_id for one in every])
    before = _standing(posted)
    waiting = _waiting(session, every, {p.claim_id for p in posted}, before)
    if not waiting:
        raise UsageError(
            f"No claim of {month} waits for an answer. Approve and write claims first."
        )
    written = files.files_of(session, practice_id, month)
    found = [claim_files.rewritten(session, practice, one, waiting) for one in written]
    return [answer(practice, one, before=before) for one in found if one.claims]


def _waiting(
    session: Session, every: list[KeptClaim], answered: set[str], before: dict[str, PaidClaim]
) -> list[KeptClaim]:
    """Claims that were sent, let in and not answered; a void until what it is about is reversed."""
    sent = [one for one in every if one.status == "submitted" and one.receipt != "rejected"]
    voids = [one for one in sent if one.frequency == VOID]
    about = batches.contents(session, [one.id for one in voids])
    open_voids = [one for one in voids if about[one.id].original_reference in before]
    rest = [one for one in sent if one.frequency != VOID and one.claim_id not in answered]
    return [*rest, *open_voids]


def _standing(posted: list[Posting]) -> dict[str, PaidClaim]:
    """What was paid and not taken back, by the payer's number, as the payer would know it."""
    newest: dict[str, list[Posting]] = {}
    for one in posted:
        same = newest.get(one.payer_claim_id, [])
        if same and same[0].posting_id == one.posting_id:
            same.append(one)
        else:
            newest[one.payer_claim_id] = [one]
    return {number: _paid(some) for number, some in newest.items() if some[0].status != "reversed"}


def _paid(postings_: list[Posting]) -> PaidClaim:
    first = postings_[0]
    lines = tuple(
        PaidLine(
            one.line, one.code, one.charge_usd, one.paid_usd, adjustments=one.adjustments,
            references=(("6R", f"{one.claim_id}-{one.line}"),),
        )
        for one in postings_ if one.line
    )  # fmt: skip
    return PaidClaim(
        first.claim_id, "1", sum((one.charge_usd for one in postings_), ZERO),
        sum((one.paid_usd for one in postings_), ZERO), payer_claim_id=first.payer_claim_id,
        filing="MB", lines=lines,
    )  # fmt: skip


def refuse_real(practice: Practice) -> None:
    """Raises: UsageError outside the demo practice."""
    if not practice.is_demo:
        raise UsageError("The make-believe payer answers claims of the demo practice only.")


def answer(
    practice: Practice, file: claim_files.MadeFile, paid_on: date | None = None,
    before: dict[str, PaidClaim] | None = None,
) -> tuple[str, bytes]:  # fmt: skip
    """The remittance for one file; the same file always gets the same answer.

    ``before`` is what the payer paid earlier: a replacement or void takes it back.
    """
    payer = SimulatedPayer(
        _payer_name(file), file.payer_id, billing_settings.allowed_of(practice), denies,
        paid=dict(before or {}),
    )  # fmt: skip
    day = paid_on or _written_on(file) + timedelta(days=DAYS_TO_PAY)
    at = datetime(day.year, day.month, day.day, 9, tzinfo=time_zone(practice.time_zone))
    controls = Controls(file.interchange, file.interchange)
    text = payer.answer(file.content.decode(), paid_on=day, written_at=at, controls=controls)
    return file.name.replace("837p", "835"), text.encode()


def denies(claim: Claim, line: ServiceLine) -> tuple[str, str, str] | None:
    """A few claims are refused whole, always the same ones."""
    drawn = int(hashlib.sha256(claim.claim_id.encode()).hexdigest()[:8], 16)
    if drawn % 100 >= _DENIED_OF_HUNDRED:
        return None
    return _REASONS[drawn // 100 % len(_REASONS)]


def _payer_name(file: claim_files.MadeFile) -> str:
    marked = next((part for part in _segments(file) if part.startswith("NM1*PR*")), "")
    return marked.split("*")[3].title() if marked else "Payer (demo)"


def _written_on(file: claim_files.MadeFile) -> date:
    marked = next(part for part in _segments(file) if part.startswith("GS*"))
    return datetime.strptime(marked.split("*")[4], "%Y%m%d").date()  # noqa: DTZ007 - a day


def _segments(file: claim_files.MadeFile) -> list[str]:
    return [part.strip() for part in file.content.decode().split("~")]
