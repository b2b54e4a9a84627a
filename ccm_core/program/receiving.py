"""Receipts for claim files: read, matched to files and claims, rejected claims into the queue."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ccm_core import months as clock
from ccm_core.access.identity import Identity
from ccm_core.access.permissions import require
from ccm_core.errors import ImportRefused
from ccm_core.exchange.x12.claims_out import MOST_CLAIMS
from ccm_core.exchange.x12.problems import X12Problem
from ccm_core.exchange.x12.receipt_records import CLAIM_RECEIPT, TA1, Receipt, ReceiptFile
from ccm_core.exchange.x12.receipts_in import read_receipts
from ccm_core.months import one_year_after
from ccm_core.records import Practice
from ccm_core.store import access_log, turns
from ccm_core.store.claiming import batches, receipts, rework, sent
from ccm_core.store.claiming.batches import KeptClaim

if TYPE_CHECKING:
    from sqlmodel import Session

PAGE = "claims"
MOST_BYTES = 20 * 1024 * 1024
RECEIVED, ACCEPTED, REJECTED = "received", "accepted", "rejected"
CAUSES = {
    "A3": "Returned without being processed", "A4": "Not found by the payer",
    "A6": "Information is missing on the claim", "A7": "Information on the claim is not valid",
    "A8": "Information on the claim does not fit together",
    "IK5": "The file broke a rule of its format", "IK3": "The file broke a rule of its format",
    "AK9": "The file broke a rule of its format", "TA1": "The envelope of the file was refused",
}  # fmt: skip
"""What the codes mean, in our own words, by their first part."""
FIX = "Correct what was refused and send the claim anew; it was never processed"
_INTERCHANGE_DIGITS = 9


@dataclass(frozen=True, slots=True)
class Taken:
    """What a file of receipts came to."""

    kinds: tuple[str, ...] = ()
    accepted: int = 0
    """Claims that the payer's door let in (277CA)."""
    received: int = 0
    """Claims in files whose form was accepted (TA1, 999)."""
    rejected: int = 0
    queued: int = 0
    """Rejected claims that came into the rework queue."""
    unmatched: tuple[str, ...] = ()
    """Answers that fit no file and no claim of ours, each as a sentence."""
    problems: tuple[X12Problem, ...] = ()
    is_again: bool = False


@dataclass(slots=True)
class _Sorted:
    """Answers with the claims that each is about."""

    about: list[tuple[Receipt, int | None, list[KeptClaim]]] = field(default_factory=list)


def take(session: Session, who: Identity, practice: Practice, name: str, content: bytes) -> Taken:
    """Read a TA1, 999 or 277CA and note it on our claims; a second time does nothing.

    Raises: PermissionDenied, X12Refused, ImportRefused.
    """
    require(who, PAGE, "edit")
    if len(content) > MOST_BYTES:
        raise ImportRefused(
            f"The file has {len(content):,} bytes; receipts may have {MOST_BYTES:,}."
        )
    turns.of_claims(session)
    file = read_receipts(content)
    sha256 = hashlib.sha256(content).hexdigest()
    if receipts.is_known(session, practice.practice_id, sha256):
        return Taken(tuple(sorted({one.kind for one in file.receipts})), is_again=True)
    found = _match(session, practice.practice_id, file.receipts)
    _keep(session, practice, who, name, sha256, found)
    done = _note(session, practice, file, found)
    access_log.record(
        session, who, "post", "receipt", sha256[:16],
        reason=f"{done.accepted} accepted, {done.rejected} rejected",
    )  # fmt: skip
    return done


def _match(session: Session, practice_id: str, answers: Sequence[Receipt]) -> _Sorted:
    """Claims by their number, files by their interchange or group number."""
    numbers = {one.claim_id for one in answers if one.claim_id}
    claims = {
        one.claim_id: one for one in batches.claims_of(session, practice_id, claim_ids=numbers)
    }
    by_interchange = receipts.files_by(
        session, practice_id, "interchange", {_number(one.interchange) for one in answers}
    )
    by_group = receipts.files_by(
        session, practice_id, "group_control", {_number(one.group_control) for one in answers}
    )
    in_files = _claims_by_file(session, practice_id, [*by_interchange.values(), *by_group.values()])
    found = _Sorted()
    for one in answers:
        if one.claim_id:
            own = claims.get(one.claim_id)
            found.about.append((one, own.file_id if own else None, [own] if own else []))
            continue
        table, number = (by_group, one.group_control) if one.group_control else (
            by_interchange, one.interchange
        )  # fmt: skip
        file_id, first_set = table.get(_number(number), (None, 1))
        inside = in_files.get(file_id or 0, [])
        found.about.append((one, file_id, _of_set(inside, one.set_control, first_set)))
    return found


def _number(text: str) -> int:
    """A control number; of a 277CA's trace only the interchange at its start. 0: none."""
    digits = text.strip()
    if len(digits) > _INTERCHANGE_DIGITS:
        digits = digits[:_INTERCHANGE_DIGITS]
    return int(digits) if digits.isascii() and digits.isdigit() else 0


def _claims_by_file(
    session: Session, practice_id: str, known: Iterable[tuple[int, int]]
) -> dict[int, list[KeptClaim]]:
    ids = {row_id for row_id, _ in known}
    grouped: dict[int, list[KeptClaim]] = {row_id: [] for row_id in ids}
    for one in batches.claims_of(session, practice_id, file_ids=ids):
        grouped[one.file_id or 0].append(one)
    return grouped


def _of_set(inside: list[KeptClaim], set_control: str, first_set: int) -> list[KeptClaim]:
    """The claims of one transaction set: files hold them in order of their numbers."""
    if not set_control:
        return inside
    place = (_number(set_control) - first_set) * MOST_CLAIMS
    return inside[place : place + MOST_CLAIMS] if place >= 0 else []


def _keep(
    session: Session, practice: Practice, who: Identity, name: str, sha256: str, found: _Sorted
) -> None:
    now = clock.utc_now()
    rows: list[dict[str, Any]] = [
        {
            "name": name, "sha256": sha256, "place": place, "kind": one.kind,
            "file_id": file_id, "claim_id": one.claim_id, "status": one.status,
            "codes": one.codes, "message": one.message, "payer_claim_id": one.payer_claim_id,
            "said_on": one.said_on, "is_matched": bool(file_id or claims), "read_at": now,
            "user_id": who.user_id,
        }
        for place, (one, file_id, claims) in enumerate(found.about, 1)
    ]  # fmt: skip
    receipts.add(session, practice.practice_id, rows)


def _note(session: Session, practice: Practice, file: ReceiptFile, found: _Sorted) -> Taken:
    """Mark the claims, a claim's own answer after that of its file."""
    words: dict[str, str] = {}
    refused: dict[str, tuple[KeptClaim, Receipt]] = {}
    for one, _, claims in sorted(found.about, key=lambda each: bool(each[0].claim_id)):
        word = REJECTED if one.is_rejected else ACCEPTED if one.claim_id else RECEIVED
        ids = [claim.id for claim in claims]
        over = () if one.claim_id else (ACCEPTED, REJECTED) if word == RECEIVED else (ACCEPTED,)
        receipts.mark(session, ids, word, not_over=over)
        if one.payer_claim_id and ids:
            batches.mark(session, ids, payer_claim_id=one.payer_claim_id)
        for claim in claims:
            words[claim.claim_id] = word
            refused.pop(claim.claim_id, None)
            if word == REJECTED:
                refused[claim.claim_id] = (claim, one)
    let_in = [number for number, word in words.items() if word == ACCEPTED]
    rework.settle_rejections(session, practice.practice_id, let_in)
    unmatched = tuple(_sentence(one) for one, file_id, own in found.about if not (file_id or own))
    return Taken(
        tuple(sorted({one.kind for one in file.receipts})),
        accepted=len(let_in), received=sum(word == RECEIVED for word in words.values()),
        rejected=len(refused), queued=_queue(session, practice, refused), unmatched=unmatched,
        problems=(*(p for each in file.refused for p in each.problems), *file.warnings),
    )  # fmt: skip


def _queue(
    session: Session, practice: Practice, refused: dict[str, tuple[KeptClaim, Receipt]]
) -> int:
    as_sent = {
        one.claim_id: one for one in sent.sent_claims(session, practice.practice_id, list(refused))
    }
    rows = []
    for number, (claim, said) in refused.items():
        ours = as_sent.get(number)
        on = next((line.service_on for line in ours.lines if line.service_on), None) if ours \
            else None  # fmt: skip
        code = said.codes[0] if said.codes else "no code"
        rows.append({
            "patient_id": claim.patient_id, "claim_id": number, "line": rework.REJECTED_LINE,
            "code": f"{said.kind} {code}", "amount_usd": claim.charge_usd, "procedure": "",
            "payer": ours.payer if ours else "", "payer_claim_id": said.payer_claim_id,
            "action": "resend", "deadline_on": one_year_after(on) if on else None,
            "cause": _cause(code, said.message), "fix": FIX, "rules": (),
        })  # fmt: skip
    return rework.keep_new(session, practice.practice_id, rows)


def _cause(code: str, message: str) -> str:
    known = CAUSES.get(code.partition(":")[0], "Turned away by the receiver")
    return f"{known} ({message})" if message else known


def _sentence(one: Receipt) -> str:
    if one.kind == CLAIM_RECEIPT and one.claim_id:
        return f"Segment {one.segment_index}: no claim of ours has this number."
    what = "interchange" if one.kind == TA1 or not one.group_control else "group"
    return f"Segment {one.segment_index}: no file of ours has this {what} number."
