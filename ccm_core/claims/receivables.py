"""Accounts receivable: aging, days in A/R, first-pass and denial rates, collections, refunds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from ccm_core.claims.ledger import DENIED, OPEN, PAID, PARTIAL, Account
from ccm_core.claims.posted import NO_ANSWER, ZERO, Posting
from ccm_core.claims.terms import aging_edges, term
from ccm_core.months import Month
from ccm_core.payment.cents import cents


@dataclass(frozen=True, slots=True)
class AgingBucket:
    """Open balances of one age. ``last_day`` is None for the open end."""

    first_day: int
    last_day: int | None
    claims: int
    payer_usd: Decimal
    patient_usd: Decimal

    @property
    def label(self) -> str:
        return (
            f"{self.first_day}-{self.last_day}" if self.last_day else f"over {self.first_day - 1}"
        )

    @property
    def total_usd(self) -> Decimal:
        return self.payer_usd + self.patient_usd


@dataclass(frozen=True, slots=True)
class Rate:
    """A share with the counts behind it; None while there is nothing to count."""

    part: int
    whole: int

    @property
    def share(self) -> Decimal | None:
        return Decimal(self.part) / self.whole if self.whole else None


@dataclass(frozen=True, slots=True)
class Collected:
    """Money that came in from one payer in one month."""

    month: Month
    payer: str
    paid_usd: Decimal
    claims: int


@dataclass(frozen=True, slots=True)
class RefundTask:
    """Money that must go back. ``owed_to`` is ``payer`` or ``patient``."""

    claim_id: str
    patient_id: str
    owed_to: str
    amount_usd: Decimal
    reason: str
    identified_on: date
    due_on: date

    def days_left(self, today: date) -> int:
        """Days until it is due; negative when it is late."""
        return (self.due_on - today).days


def aging(
    accounts: Iterable[Account], as_of: date, edges: tuple[int, ...] | None = None
) -> list[AgingBucket]:
    """Open balances by days since the claim was sent (or, unsent, since the service)."""
    limits = edges if edges is not None else aging_edges(as_of)
    sums: dict[int, list[Decimal]] = {at: [ZERO, ZERO, ZERO] for at in range(len(limits) + 1)}
    for one in accounts:
        since = one.submitted_on or one.service_on
        if not one.open_usd or since is None or since > as_of:
            continue
        age = (as_of - since).days
        at = next((at for at, limit in enumerate(limits) if age <= limit), len(limits))
        sums[at][0] += 1
        sums[at][1] += one.payer_open_usd
        sums[at][2] += one.patient_usd
    firsts = (0, *(limit + 1 for limit in limits))
    lasts = (*limits, None)
    return [
        AgingBucket(first, last, int(sums[at][0]), sums[at][1], sums[at][2])
        for at, (first, last) in enumerate(zip(firsts, lasts, strict=True))
    ]


def days_in_receivables(
    accounts: Iterable[Account], as_of: date, period_days: int | None = None
) -> Decimal | None:
    """Open balance divided by the average charge per day of the period; None without charges.

    Source: HFMA MAP key AR-1 uses net A/R over average daily net revenue; here
    both sides are gross charges less what was already written off.
    """
    days = period_days or term("ar_period_days", as_of)
    start = as_of - timedelta(days=days)
    open_usd = charged = ZERO
    for one in accounts:
        since = one.submitted_on or one.service_on
        if since is None or since > as_of:
            continue
        open_usd += one.open_usd
        if since > start and not (one.is_voided or one.is_replaced):
            charged += one.charge_usd - one.written_off_usd
    return (open_usd * days / charged).quantize(Decimal("0.1")) if charged > 0 else None


def first_pass_rate(accounts: Iterable[Account]) -> Rate:
    """Claims paid in full by their first answer, of all claims that were answered."""
    answered = [one for one in accounts if one.first_status != OPEN]
    return Rate(sum(one.first_status == PAID for one in answered), len(answered))


def clean_claim_rate(accounts: Iterable[Account], rejected: Iterable[str] = ()) -> Rate:
    """Claims sent that nobody had to touch again, of all claims sent.

    Touched means: rejected before adjudication, replaced or voided by us, or
    answered with a denial.
    """
    refused = set(rejected)
    sent = [one for one in accounts if one.submitted_on is not None]
    clean = sum(
        not (one.claim_id in refused or one.is_replaced or one.is_voided)
        and one.first_status in (OPEN, PAID)
        for one in sent
    )
    return Rate(clean, len(sent))


def denial_rate(accounts: Iterable[Account]) -> Rate:
    """Claims with a denied line in their first answer, of all claims that were answered."""
    answered = [one for one in accounts if one.first_status != OPEN]
    return Rate(sum(one.first_status in (DENIED, PARTIAL) for one in answered), len(answered))


def denied_share(postings: Iterable[Posting]) -> Decimal | None:
    """Dollars denied of dollars charged over all first answers; None without charges."""
    charged = denied = ZERO
    for posting in postings:
        if posting.status not in NO_ANSWER and not posting.is_secondary:
            charged += posting.charge_usd
            denied += posting.refused_usd
    return denied / charged if charged else None


def collections(postings: Iterable[Posting]) -> list[Collected]:
    """Payments by month of payment and payer; reversals count against their own month."""
    money: dict[tuple[Month, str], Decimal] = defaultdict(lambda: ZERO)
    claims: dict[tuple[Month, str], set[str]] = defaultdict(set)
    for posting in postings:
        if posting.paid_on is None:
            continue
        key = (Month.of(posting.paid_on), posting.payer)
        money[key] += posting.paid_usd
        claims[key].add(posting.claim_id)
    return [Collected(*key, money[key], len(claims[key])) for key in sorted(money)]


def refund_tasks(
    accounts: Iterable[Account], ended_on: Mapping[str, date],
    collected_from_patients: Mapping[str, Decimal] | None = None,
) -> list[RefundTask]:  # fmt: skip
    """What must be paid back: claims that were voided after payment, money taken from a QMB.

    ``ended_on`` says on which day each voided or replaced claim was found to be
    wrong: the term runs from there. A replaced claim is listed with all that was
    paid for it; the payer's reversal brings it to nothing.

    Source: cfr-401-305 (report and return within the term after identification).
    """
    from_patients = collected_from_patients or {}
    found = []
    for one in accounts:
        on = ended_on.get(one.claim_id)
        of_patient = from_patients.get(one.claim_id, ZERO)
        if on is not None and (one.is_voided or one.is_replaced):
            if one.paid_usd > 0:
                found.append(
                    _task(one, "payer", one.paid_usd, "claim taken back after payment", on)
                )
            if of_patient > 0 and one.is_voided:
                found.append(_task(one, "patient", of_patient, "cost share of a voided claim", on))
        elif one.is_qmb and of_patient > 0:
            day = on or one.answered_on or one.submitted_on
            if day is not None:
                reason = "a QMB owes no cost share"
                found.append(_task(one, "patient", of_patient, reason, day))
    return sorted(found, key=lambda task: (task.due_on, task.claim_id, task.owed_to))


def _task(one: Account, owed_to: str, amount: Decimal, reason: str, on: date) -> RefundTask:
    due_on = on + timedelta(days=term("refund_days", on))
    return RefundTask(one.claim_id, one.patient_id, owed_to, cents(amount), reason, on, due_on)
