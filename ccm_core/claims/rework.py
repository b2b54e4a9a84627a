"""The queue of denied claims: what to do, until when, and a draft of the appeal letter."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from ccm_core.claims.denials import ACTIONS, Denial
from ccm_core.claims.terms import term
from ccm_core.months import one_year_after, said_day

STATUSES = ("open", "in_work", "resent", "appealed", "won", "lost", "written_off")
RESEND, APPEAL, DOCUMENTS, WRITE_OFF = ACTIONS


RECEIPTS = ("TA1", "999", "277CA")
"""Kinds of receipts: the code of an item that one of them made starts with its kind."""
NO_APPEAL_REMARK = "MA130"
"""The payer's word that the claim was not complete, was not decided and has no appeal."""


def is_rejection(code: str) -> bool:
    """Whether the item is about a claim that was turned away before any payer decided."""
    return code.partition(" ")[0] in RECEIPTS


@dataclass(frozen=True, slots=True)
class ReworkItem:
    """One denied line and its way back."""

    claim_id: str
    line: int
    code: str
    amount_usd: Decimal
    action: str
    deadline_on: date | None
    cause: str
    fix: str
    caught_by: str
    status: str = "open"

    def is_late(self, today: date) -> bool:
        return self.deadline_on is not None and today > self.deadline_on


def rework_queue(
    found: Iterable[Denial], answered_on: Mapping[str, date], service_on: Mapping[str, date],
    status: Mapping[tuple[str, int], str] | None = None,
) -> list[ReworkItem]:  # fmt: skip
    """Denials with their deadline, the nearest first.

    An appeal or documents run from the remittance (appeal term plus mail days);
    a corrected claim until one year after the service.
    """
    known = status or {}
    items = [
        ReworkItem(
            one.claim_id, one.line, one.code, one.amount_usd, one.action,
            _deadline(one, answered_on.get(one.claim_id), service_on.get(one.claim_id)),
            one.cause, one.fix, one.caught_by, known.get((one.claim_id, one.line), "open"),
        )
        for one in found
    ]  # fmt: skip
    return sorted(items, key=lambda i: (i.deadline_on or date.max, -i.amount_usd, i.claim_id))


def _deadline(one: Denial, answered_on: date | None, service_on: date | None) -> date | None:
    if one.action == WRITE_OFF:
        return None
    if one.action == RESEND:
        return one_year_after(service_on) if service_on else None
    if answered_on is None:
        return None
    days = term("appeal_days", answered_on) + term("appeal_mail_days", answered_on)
    return answered_on + timedelta(days=days)


@dataclass(frozen=True, slots=True)
class LetterFacts:
    """What an appeal letter states. Names are the caller's: this text is for the payer."""

    practice: str
    practitioner: str
    npi: str
    patient: str
    member_id: str
    payer: str
    payer_claim_id: str
    service_on: date
    month: str
    code: str
    counted_minutes: int
    attachments: tuple[str, ...]
    request: str = "redetermination"
    """What is asked for: the first level of appeal as this payer calls it."""
    signed_by: str = ""


def appeal_letter(item: ReworkItem, facts: LetterFacts, on: date) -> str:
    """A draft for a person to check, complete and sign. It claims nothing that was not given."""
    listed = "\n".join(f"  {number}. {name}" for number, name in enumerate(facts.attachments, 1))
    return f"""\
DRAFT - check every statement against the record before signing

{facts.practice}
{said_day(on)}

To: {facts.payer}
Re: request for {facts.request}
    Patient: {facts.patient}, member number {facts.member_id}
    Claim: {facts.payer_claim_id} (our number {item.claim_id}, line {item.line})
    Service: {facts.code}, date of service {said_day(facts.service_on)}, month {facts.month}
    Denied: {item.code}, ${item.amount_usd}

We ask you to review this decision. In {facts.month} our records count {facts.counted_minutes}
minutes of care management for this patient. The time log, the care plan and the consent on
record are attached; each entry names the day, the person and what was done.

The reason given was read as: {item.cause}. Our answer: [to be completed by the practitioner]

Attachments:
{listed}

{facts.practitioner}, NPI {facts.npi}
Signed: {facts.signed_by or "____________________"}
"""
