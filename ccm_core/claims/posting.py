"""Posting remittances to claims: paid, partly paid, denied, reversed, to the cent.

Every dollar of a payment ends in a posting, in the list of what did not match,
or among the duplicates; ``Reconciled`` proves it against BPR02. Reading the
same file again posts nothing: an adjudication is known by its payment (payer,
trace number, day, amount) and its claim.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from ccm_core.claims.codes import CLASSES, REFUSALS, sort_of
from ccm_core.claims.matching import ClaimBook, match_lines
from ccm_core.claims.posted import (
    PENDING,
    REVERSED,
    WHOLE_CLAIM,
    ZERO,
    Posting,
    PostingRun,
    Reconciled,
    SentClaim,
    Unmatched,
)
from ccm_core.claims.pricing import ContractedOf, no_contract
from ccm_core.exchange.x12.remit_records import (
    DENIED,
    ESTIMATE,
    FORWARDED,
    Adjustment,
    PaidClaim,
    PaidLine,
    Remittance,
)
from ccm_core.exchange.x12.remit_records import PENDING as UNDECIDED

AllowedOf = Callable[[str, date], Decimal | None]
CONTRACT, FEE_SCHEDULE = "contract", "fee schedule"


@dataclass(frozen=True, slots=True)
class _Context:
    """What every posting of one adjudicated claim shares."""

    posting_id: str
    sent: SentClaim
    paid: PaidClaim
    payment: Remittance
    matched_by: str
    allowed: AllowedOf
    contracted: ContractedOf

    @property
    def is_second(self) -> bool:
        """Whether another payer answered before: by the status, or by what it did (OA-23).

        A second payer that denies gives the status of a denial, which says nothing of its turn.
        """
        return self.paid.is_secondary or any(
            entry.amount_usd and sort_of(entry.group, entry.reason) == "prior_payer"
            for entry in self.paid.all_adjustments
        )


def post(
    remittances: Iterable[Remittance],
    book: ClaimBook,
    allowed: AllowedOf,
    already: Container[str] = frozenset(),
    contracted: ContractedOf = no_contract,
) -> PostingRun:
    """Post these payments. ``already`` holds posting ids of adjudications posted before.

    A line is compared with the payer's contract where there is one, else with ``allowed``.

    The book learns the payer's claim numbers on the way, so that a later
    reversal that names only the payer's number still finds its claim.
    """
    run = _Run()
    for payment in remittances:
        _post_payment(run, payment, book, (allowed, contracted), already)
    return PostingRun(
        tuple(run.postings), tuple(run.unmatched), tuple(run.duplicates), tuple(run.payments)
    )


@dataclass(slots=True)
class _Run:
    """What was posted so far."""

    postings: list[Posting] = field(default_factory=list)
    unmatched: list[Unmatched] = field(default_factory=list)
    duplicates: list[str] = field(default_factory=list)
    payments: list[Reconciled] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)


def _post_payment(
    run: _Run, payment: Remittance, book: ClaimBook, prices: tuple[AllowedOf, ContractedOf],
    already: Container[str],
) -> None:  # fmt: skip
    posted = unmatched = duplicate = ZERO
    for posting_id, paid in numbered(payment):
        if posting_id in already or posting_id in run.seen:
            run.duplicates.append(posting_id)
            duplicate += paid.paid_usd
            continue
        run.seen.add(posting_id)
        sent, how = book.place(paid)
        if sent is None:
            run.unmatched.append(_unmatched(posting_id, paid, payment, how))
            unmatched += paid.paid_usd
            continue
        made = list(_post_claim(_Context(posting_id, sent, paid, payment, how, *prices)))
        run.postings.extend(made)
        posted += sum((posting.paid_usd for posting in made), ZERO)
    run.payments.append(
        Reconciled(
            payment.key, payment.trace, payment.total_usd, posted, unmatched, duplicate,
            payment.withheld_usd,
        )
    )  # fmt: skip


def numbered(payment: Remittance) -> Iterator[tuple[str, PaidClaim]]:
    """Each claim with an id that the same file gives again; equal claims are counted up."""
    times: Counter[str] = Counter()
    for paid in payment.claims:
        base = "|".join((payment.key, paid.claim_id, paid.payer_claim_id, paid.status))
        times[base] += 1
        yield f"{base}|{times[base]}", paid


def _unmatched(posting_id: str, paid: PaidClaim, payment: Remittance, reason: str) -> Unmatched:
    return Unmatched(
        posting_id, paid.paid_usd, paid.charge_usd, reason, paid.segment_index, payment.trace
    )


def _post_claim(context: _Context) -> Iterator[Posting]:
    """One posting per adjudicated line, and one for what stands on the claim as a whole."""
    paid = context.paid
    lines_paid = ZERO
    for line, number in match_lines(context.sent, paid):
        lines_paid += line.paid_usd or ZERO
        yield _posting(
            context, number, line.billed_code or line.code, line.charge_usd or ZERO,
            line.paid_usd or ZERO, line.adjustments, line.remarks, line,
        )  # fmt: skip
    rest = paid.paid_usd - lines_paid
    if rest or paid.adjustments or not paid.lines:
        charge = ZERO if paid.lines else paid.charge_usd
        yield _posting(context, WHOLE_CLAIM, "", charge, rest, paid.adjustments, paid.remarks, None)


def _posting(
    context: _Context, number: int, code: str, charge: Decimal, paid_usd: Decimal,
    adjustments: tuple[Adjustment, ...], remarks: tuple[str, ...], line: PaidLine | None,
) -> Posting:  # fmt: skip
    paid, payment, sent, is_second = context.paid, context.payment, context.sent, context.is_second
    sums = _sums(adjustments)
    patient_usd = sums["patient"]
    allowed_usd = None if is_second else _allowed(paid, line, paid_usd, sums)
    expected_usd, expected_by = (None, "") if is_second else _expected(context, number)
    paid_on = payment.paid_on or payment.produced_on
    status = _status(paid, paid_usd, patient_usd, sums, line)
    return Posting(
        posting_id=context.posting_id,
        claim_id=sent.claim_id,
        line=number,
        code=code,
        status=status,
        charge_usd=charge,
        paid_usd=paid_usd,
        patient_usd=patient_usd,
        patient_balance_usd=ZERO if sent.is_qmb else patient_usd,
        allowed_usd=allowed_usd,
        expected_usd=expected_usd,
        variance_usd=_variance(allowed_usd, expected_usd) if status == "paid" else None,
        contractual_usd=sums["contractual"],
        sequestration_usd=sums["sequestration"],
        denied_usd=_refused(sums),
        adjustments=adjustments,
        remarks=remarks + (paid.remarks if line is not None else ()),
        paid_on=paid_on,
        days_to_pay=_days(sent.submitted_on, paid_on),
        payer=payment.payer_name,
        payer_claim_id=paid.payer_claim_id,
        trace=payment.trace,
        is_secondary=is_second,
        is_forwarded=paid.status in FORWARDED,
        matched_by=context.matched_by,
        is_balanced=paid.is_balanced,
        expected_by=expected_by,
    )


def _variance(allowed_usd: Decimal | None, expected_usd: Decimal | None) -> Decimal | None:
    if allowed_usd is None or expected_usd is None:
        return None
    return allowed_usd - expected_usd


def _sums(adjustments: Iterable[Adjustment]) -> dict[str, Decimal]:
    found = dict.fromkeys(CLASSES, ZERO)
    for adjustment in adjustments:
        found[sort_of(adjustment.group, adjustment.reason)] += adjustment.amount_usd
    return found


def _allowed(
    paid: PaidClaim, line: PaidLine | None, paid_usd: Decimal, sums: dict[str, Decimal]
) -> Decimal | None:
    """What the payer allowed: as it says (AMT B6), else paid + patient share + sequestration."""
    if line is None:
        return None
    if line.allowed_usd is not None:
        return -line.allowed_usd if paid.is_reversal and line.allowed_usd > 0 else line.allowed_usd
    return paid_usd + sums["patient"] + sums["sequestration"]


def _expected(context: _Context, number: int) -> tuple[Decimal | None, str]:
    """What is allowed for our line and by what; None without a price or without a line."""
    ours = next((line for line in context.sent.lines if line.line == number), None)
    if ours is None or ours.service_on is None:
        return None, ""
    payer = (context.sent.payer, context.sent.payer_kind)
    agreed = context.contracted(payer, {ours.code: ours.units}, ours.service_on)
    if agreed is not None:
        return agreed, CONTRACT
    unit = context.allowed(ours.code, ours.service_on)
    return (None, "") if unit is None else (unit * ours.units, FEE_SCHEDULE)


def _status(
    paid: PaidClaim, paid_usd: Decimal, patient_usd: Decimal, sums: dict[str, Decimal],
    line: PaidLine | None,
) -> str:  # fmt: skip
    if paid.is_reversal:
        return REVERSED
    refused = _refused(sums)
    if _is_pending(paid, refused):
        return PENDING
    if refused > 0:
        return "partial" if paid_usd > 0 or patient_usd > 0 else "denied"
    is_denied = paid.status == DENIED or _is_refused_whole(paid, line)
    return "denied" if is_denied and paid_usd == 0 and patient_usd == 0 else "paid"


def _refused(sums: dict[str, Decimal]) -> Decimal:
    return sum((sums[one] for one in REFUSALS), ZERO)


def _is_pending(paid: PaidClaim, refused: Decimal) -> bool:
    """Whether the claim still waits: the status says so, and nothing was paid or refused."""
    if paid.status not in UNDECIDED or paid.paid_usd:
        return False
    return paid.status == ESTIMATE or not (refused or paid.patient_share_usd)


def _is_refused_whole(paid: PaidClaim, line: PaidLine | None) -> bool:
    """Whether the line says nothing of its charge, and the claim as a whole says why not."""
    if line is None or line.adjustments or not line.charge_usd:
        return False
    return _refused(_sums(paid.adjustments)) > 0


def _days(submitted_on: date | None, paid_on: date | None) -> int | None:
    return (paid_on - submitted_on).days if submitted_on and paid_on else None
