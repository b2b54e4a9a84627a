"""The demo's past claims as a claim run would have made them: batches, files, answers, queue."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING

from ccm_core import records
from ccm_core.claims.batch import build
from ccm_core.claims.denials import denials
from ccm_core.claims.matching import ClaimBook
from ccm_core.claims.planned import Batch, BillingTerms, PlannedClaim, claim_id
from ccm_core.claims.posting import post
from ccm_core.demo.billing import PRICES
from ccm_core.exchange.x12.remit_records import Adjustment, PaidClaim, PaidLine, Remittance
from ccm_core.months import Month, time_zone
from ccm_core.payment.expected import expected
from ccm_core.program import billing_settings, claim_files, remitting
from ccm_core.program.claim_sources import bill_to
from ccm_core.records import ClaimLine, Practice
from ccm_core.store.claiming import answers, batches, months, sent
from ccm_core.store.claiming.batches import Approval
from ccm_core.store.reading.rows import load as load_records
from ccm_core.store.reading.rows import select_records
from ccm_core.store.schema import record_table

if TYPE_CHECKING:
    from sqlmodel import Session

APPROVER = "Demo billing lead"
ZERO = Decimal(0)
_SENT = ("submitted", "paid", "denied")


@dataclass(frozen=True, slots=True)
class _Month:
    """One month of the demo with what bills it."""

    session: Session
    practice: Practice
    month: Month
    terms: BillingTerms
    lines: dict[str, list[ClaimLine]]
    """Lines by claim number."""


def load(session: Session, practice: Practice, closed: Iterable[Month]) -> None:
    """Settings, batches and answers of these months. Claim lines stay as they are."""
    prices = {code: str(price) for code, price in PRICES.items()}
    settings = replace(billing_settings.demo_settings(practice), price_list=prices)
    billing_settings.seed_demo(session, practice, settings)
    terms = billing_settings.terms(practice, settings)
    for month in closed:
        lines = _lines(session, practice, month)
        of = _Month(session, practice, month, terms, lines)
        claims = _as_sent(of)
        if claims:
            _keep_batch(of, claims)
            _keep_answers(of, {one.claim_id for one in claims})


def _lines(session: Session, practice: Practice, month: Month) -> dict[str, list[ClaimLine]]:
    table = record_table(records.ClaimLine)
    found: dict[str, list[ClaimLine]] = defaultdict(list)
    statement = select_records(
        ClaimLine, practice.practice_id, table.c.month == month, table.c.status.in_(_SENT)
    )
    for line in load_records(session, ClaimLine, statement.order_by(table.c.line)):
        found[line.claim_id].append(line)
    return found


def _as_sent(of: _Month) -> list[PlannedClaim]:
    """The claims that a claim run would make exactly as the demo sent them."""
    practice_id = of.practice.practice_id
    standing = months.standing(of.session, practice_id, of.month)
    mine = [
        one for one in months.results(of.session, practice_id, of.month)
        if standing.get(one.patient_id) == {claim_id(practice_id, one.patient_id, of.month)}
    ]  # fmt: skip
    made = build(mine, bill_to(of.session, of.practice, of.month, mine), of.terms)
    return [one for one in made.claims if _is_same(one, of.lines.get(one.claim_id, ()))]


def _is_same(planned: PlannedClaim, lines: Sequence[ClaimLine]) -> bool:
    said = {(ln.code, ln.units, ln.service_on, ln.charge_usd) for ln in lines}
    return said == {
        (ln.code, int(ln.units), ln.from_on, ln.charge_usd) for ln in planned.claim.lines
    }


def _keep_batch(of: _Month, claims: Sequence[PlannedClaim]) -> None:
    """One batch, approved on the day of its first claim, and its files."""
    days = sorted({ln.created_on for one in claims for ln in of.lines[one.claim_id]
                   if ln.created_on})  # fmt: skip
    approval = Approval(APPROVER, "", _noon(of.practice, days[0]))
    digest = Batch(tuple(claims), (), (), ()).digest
    practice_id = of.practice.practice_id
    batches.add_batch(of.session, practice_id, of.month, approval, digest, claims)
    kept = batches.claims_of(of.session, practice_id, of.month)
    at = _noon(of.practice, days[-1])
    claim_files.write_as_of(of.session, of.practice, of.month, kept, at)


def _noon(practice: Practice, on: date) -> datetime:
    return datetime.combine(on, time(12), time_zone(practice.time_zone))


def _keep_answers(of: _Month, ours: set[str]) -> None:
    """What payers answered, as one remittance file; denied lines come into the queue."""
    practice_id = of.practice.practice_id
    claims = sent.sent_claims(of.session, practice_id, ours)
    kind = {one.claim_id: (one.payer, one.payer_kind, one.is_qmb) for one in claims}
    answered: dict[tuple[str, date], list[PaidClaim]] = defaultdict(list)
    for number in sorted(ours):
        lines = of.lines[number]
        on = lines[0].paid_on
        if on is not None and number in kind:
            answered[kind[number][0], on].append(_paid(of, number, lines, *kind[number][1:]))
    payments = [_payment(of, *key, paid) for key, paid in sorted(answered.items())]
    if not payments:
        return
    run = post(
        payments, ClaimBook.of(claims), of.terms.charges.allowed, contracted=of.terms.contracted
    )
    patient_of = {one.claim_id: one.patient_id for one in claims}
    last = max(on for _, on in answered)
    name = f"demo-835-{of.month}.txt"
    answers.add_run(
        of.session, practice_id,
        {"name": name, "sha256": hashlib.sha256(name.encode()).hexdigest(), "user_id": "",
         "posted_at": _noon(of.practice, last), "refused_sets": 0},
        run, payments, patient_of,
    )  # fmt: skip
    remitting.keep_denied(
        of.session, of.practice, denials(run.postings), run.postings, claims, patient_of
    )


def _payment(of: _Month, payer: str, on: date, paid: Sequence[PaidClaim]) -> Remittance:
    total = sum((one.paid_usd for one in paid), ZERO)
    seed = f"{of.month}{payer}{on}"
    trace = f"DEMO{hashlib.sha256(seed.encode()).hexdigest()[:10].upper()}"
    return Remittance(
        "0001", total, trace, "1000000000", method="CHK", paid_on=on, payer_name=payer,
        claims=tuple(paid), is_test=True,
    )  # fmt: skip


def _paid(
    of: _Month, number: str, lines: Sequence[ClaimLine], kind: str, is_qmb: bool
) -> PaidClaim:
    answered = tuple(_paid_line(of, line, kind, is_qmb) for line in lines)
    letters = hashlib.sha256(f"payer {number}".encode()).hexdigest()[:14].upper()
    return PaidClaim(
        number, "4" if lines[0].status == "denied" else "1",
        sum((ln.charge_usd or ZERO for ln in answered), ZERO),
        sum((ln.paid_usd or ZERO for ln in answered), ZERO),
        payer_claim_id=letters, lines=answered,
    )  # fmt: skip


def _paid_line(of: _Month, line: ClaimLine, kind: str, is_qmb: bool) -> PaidLine:
    charge, paid = line.charge_usd or ZERO, line.paid_usd or ZERO
    on = line.service_on or line.month.last_day
    said: tuple[Adjustment, ...]
    remarks = tuple(code for code in line.adjustments if "-" not in code)
    if line.status == "denied":
        group, _, reason = line.adjustments[0].partition("-")
        said = (Adjustment(group, reason, charge),)
    else:
        unit = of.terms.charges.allowed_unit(line.code, on) or charge * 0
        parts = expected(min(unit * line.units, charge), on, is_qmb, kind)
        share, cut = parts.patient_usd, parts.sequestration_usd
        rest = charge - paid - share - cut
        said = (Adjustment("CO", "45", rest), Adjustment("CO", "253", cut),
                Adjustment("PR", "2", share))  # fmt: skip
    return PaidLine(
        line.line, line.code, charge, paid, from_on=line.service_on, paid_units=Decimal(line.units),
        adjustments=tuple(one for one in said if one.amount_usd), remarks=remarks,
        references=(("6R", f"{line.claim_id}-{line.line}"),),
    )  # fmt: skip
