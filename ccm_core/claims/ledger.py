"""Where a claim stands after all its postings: balances, status, first answer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from ccm_core.claims.posted import NO_ANSWER, WHOLE_CLAIM, ZERO, Posting, SentClaim
from ccm_core.claims.standing import Stand, stand
from ccm_core.records import ClaimLine

OPEN, PAID, PARTIAL, DENIED = "submitted", "paid", "partial", "denied"


@dataclass(frozen=True, slots=True)
class Account:
    """One claim with what was paid, what is written off and what is still open."""

    claim_id: str
    patient_id: str
    month: str
    payer: str
    charge_usd: Decimal
    paid_usd: Decimal
    written_off_usd: Decimal
    """Contractual reduction, sequestration, earlier payers, a QMB's cost share."""
    patient_usd: Decimal
    """What the patient still owes by the latest answer; 0 for a Qualified Medicare Beneficiary."""
    payer_open_usd: Decimal
    """Still expected from payers: unanswered, or denied and not given up."""
    status: str
    first_status: str
    """Status of the first answer; ``submitted`` while there is none."""
    submitted_on: date | None
    service_on: date | None
    answered_on: date | None
    days_to_pay: int | None
    is_qmb: bool = False
    is_voided: bool = False
    is_replaced: bool = False

    @property
    def open_usd(self) -> Decimal:
        return self.payer_open_usd + self.patient_usd


def group(postings: Iterable[Posting]) -> dict[str, list[Posting]]:
    """Postings by claim, in the order they took effect."""
    found: dict[str, list[Posting]] = defaultdict(list)
    for posting in postings:
        found[posting.claim_id].append(posting)
    for of_claim in found.values():
        of_claim.sort(key=lambda posting: posting.paid_on or date.min)
    return dict(found)


def account(
    sent: SentClaim, postings: Iterable[Posting] = (), *, is_voided: bool = False,
    is_replaced: bool = False, collected_usd: Decimal = ZERO,
) -> Account:  # fmt: skip
    """Fold the postings of one claim, oldest first. ``collected_usd``: what the patient paid."""
    of_claim = sorted(postings, key=lambda posting: posting.paid_on or date.min)
    paid = sum((p.paid_usd for p in of_claim), ZERO)
    standing = stand(of_claim).latest()
    patient = sum((p.patient_usd for p in standing), ZERO)
    written_off = _written_off(standing, sent, paid, patient)
    balance = sent.charge_usd - paid - written_off - patient
    first = next((p for p in of_claim if p.status not in NO_ANSWER), None)
    ended = is_voided or is_replaced
    return Account(
        claim_id=sent.claim_id,
        patient_id=sent.patient_id,
        month=str(sent.lines[0].month) if sent.lines else "",
        payer=sent.payer,
        charge_usd=sent.charge_usd,
        paid_usd=paid,
        written_off_usd=written_off + (patient if sent.is_qmb else ZERO),
        patient_usd=ZERO if sent.is_qmb or ended else max(patient - collected_usd, ZERO),
        payer_open_usd=ZERO if ended else max(balance, ZERO),
        status=_after_second(_status(standing), standing, paid),
        first_status=_status([p for p in of_claim if first and p.posting_id == first.posting_id]),
        submitted_on=sent.submitted_on,
        service_on=min((ln.service_on for ln in sent.lines if ln.service_on), default=None),
        answered_on=first.paid_on if first else None,
        days_to_pay=first.days_to_pay if first else None,
        is_qmb=sent.is_qmb,
        is_voided=is_voided,
        is_replaced=is_replaced,
    )


def _written_off(
    standing: list[Posting], sent: SentClaim, paid: Decimal, patient: Decimal
) -> Decimal:
    """What nobody owes any more by the latest answer.

    A secondary payer restates the whole charge, so there everything that is
    neither paid nor the patient's is closed, unless it denied.
    """
    if not standing:
        return ZERO
    if any(p.is_secondary for p in standing):
        denied = sum((p.refused_usd for p in standing), ZERO)
        return sent.charge_usd - paid - patient - denied
    return sum((p.closed_usd for p in standing), ZERO)


def _status(standing: list[Posting]) -> str:
    words = {p.status for p in standing}
    if not words:
        return OPEN
    if words == {DENIED}:
        return DENIED
    return PARTIAL if words & {DENIED, PARTIAL} else PAID


def _after_second(status: str, standing: list[Posting], paid: Decimal) -> str:
    """What one payer paid is not denied because the next one adds nothing."""
    second = all(p.is_secondary for p in standing)
    return PARTIAL if status == DENIED and second and paid > 0 else status


def _open_again(line: ClaimLine, taken_back: Posting) -> ClaimLine:
    """The line of a claim that was taken back as a whole: nothing of it is paid."""
    status = line.status if line.status in ("voided", "replaced") else OPEN
    return replace(
        line, status=status, paid_usd=ZERO, paid_on=taken_back.paid_on,
        adjustments=taken_back.codes,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a claim stands, and the postings that stand for it: worked out once for all users."""

    stand: Stand
    latest: list[Posting]


def standings(postings: Iterable[Posting]) -> dict[str, Standing]:
    """Where each claim stands after these postings."""
    stands = {claim_id: stand(of_claim) for claim_id, of_claim in group(postings).items()}
    return {claim_id: Standing(one, one.latest()) for claim_id, one in stands.items()}


def apply(lines: Iterable[ClaimLine], postings: Iterable[Posting]) -> list[ClaimLine]:
    """Our claim lines with status, amount paid, day and codes of the latest answer.

    Lines that were voided or replaced keep that status; amounts still follow.
    """
    return applied(lines, standings(postings))


def applied(lines: Iterable[ClaimLine], of_claims: Mapping[str, Standing]) -> list[ClaimLine]:
    """The same for claims whose standing is known."""
    return [
        _apply(line, of_claims[line.claim_id]) if line.claim_id in of_claims else line
        for line in lines
    ]


def _apply(line: ClaimLine, of_claim: Standing) -> ClaimLine:
    stands = of_claim.stand
    own = [p for p in stands.counted if p.line == line.line]
    whole = [p for p in of_claim.latest if p.line == WHOLE_CLAIM]
    back = stands.taken_back
    if not own and not whole:
        return line if back is None else _open_again(line, back)
    before = line.paid_usd if back is None else ZERO
    standing = stands.of_line(line.line) if own else whole
    paid = sum((p.paid_usd for p in own), ZERO) if own else before
    said = _after_second(_status(standing), standing, paid or ZERO)
    status = {PAID: PAID, PARTIAL: PAID, DENIED: DENIED, OPEN: OPEN}[said]
    codes = dict.fromkeys(code for p in [*standing, *whole] for code in p.codes)
    paid_on = max((p.paid_on for p in own or whole if p.paid_on), default=None)
    return replace(
        line,
        status=line.status if line.status in ("voided", "replaced") else status,
        paid_usd=paid,
        paid_on=paid_on,
        adjustments=tuple(codes),
    )
