"""Remittances: look at a file, post it once, and keep the queue and the refunds in step."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from ccm_core import months as clock
from ccm_core.access.identity import Identity
from ccm_core.access.permissions import require
from ccm_core.claims import ledger
from ccm_core.claims.denials import Denial, denials
from ccm_core.claims.ledger import Standing
from ccm_core.claims.matching import ClaimBook
from ccm_core.claims.posted import Posting, PostingRun, SentClaim
from ccm_core.claims.posting import post as post_run
from ccm_core.claims.rework import rework_queue
from ccm_core.collector import collector_paused
from ccm_core.errors import ImportRefused, UsageError
from ccm_core.exchange.x12.problems import X12Problem
from ccm_core.exchange.x12.remit_in import read_835
from ccm_core.exchange.x12.remit_records import RemittanceFile
from ccm_core.months import Month
from ccm_core.program.billing_settings import allowed_of, contracted_of
from ccm_core.program.claim_accounts import sync_refunds
from ccm_core.records import Practice
from ccm_core.store import access_log, turns, writing
from ccm_core.store.claiming import answers, months, postings, rework, sent
from ccm_core.store.claiming.answers import PostedFile
from ccm_core.store.results import refresh

if TYPE_CHECKING:
    from sqlmodel import Session

PAGE = "claims"
MOST_BYTES = 50 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Preview:
    """A remittance file as it would be posted; nothing is stored yet."""

    name: str
    sha256: str
    file: RemittanceFile
    run: PostingRun
    posted_before: PostedFile | None
    """Set when exactly this file was posted before."""
    claims: tuple[SentClaim, ...]

    @property
    def problems(self) -> tuple[X12Problem, ...]:
        """Why parts were refused, and what a person should know."""
        refused = (one for each in self.file.refused for one in each.problems)
        return (*refused, *self.file.warnings)

    def touched(self) -> dict[Month, set[str]]:
        """Service months and patients of the claims that are answered."""
        answered = {one.claim_id for one in self.run.postings}
        found: dict[Month, set[str]] = defaultdict(set)
        for claim in self.claims:
            if claim.claim_id in answered:
                for line in claim.lines:
                    found[line.month].add(claim.patient_id)
        return found

    @property
    def total_usd(self) -> Decimal:
        return sum((one.total_usd for one in self.run.payments), Decimal(0))

    @property
    def posted_usd(self) -> Decimal:
        return sum((one.posted_usd for one in self.run.payments), Decimal(0))


@dataclass(frozen=True, slots=True)
class Posted:
    """What posting a file did."""

    file_id: int
    preview: Preview
    is_again: bool
    """True when the file had been posted before: nothing was done."""
    denied: int = 0
    """Denied lines that came into the rework queue."""
    refunds: int = 0

    @property
    def months(self) -> set[Month]:
        """Service months of the claims that were answered."""
        return set(self.preview.touched())


def preview(
    session: Session, who: Identity, practice: Practice, name: str, content: bytes
) -> Preview:
    """Read a file and match it; nothing is written. Raises: PermissionDenied, X12Refused."""
    require(who, PAGE, "edit")
    return preview_as(session, practice, name, content)


def preview_as(session: Session, practice: Practice, name: str, content: bytes) -> Preview:
    """The same for a caller without a sign-in (the demo)."""
    if len(content) > MOST_BYTES:
        raise ImportRefused(
            f"The file has {len(content):,} bytes; a remittance may have {MOST_BYTES:,}. "
            "Ask the payer for smaller files."
        )
    return _matched(session, practice, name, hashlib.sha256(content).hexdigest(), read_835(content))


def _matched(
    session: Session, practice: Practice, name: str, sha256: str, file: RemittanceFile
) -> Preview:
    practice_id = practice.practice_id
    claims, numbers = sent.sent_for(session, practice_id, file.remittances)
    already = answers.known_ids(session, practice_id, {r.key for r in file.remittances})
    book = ClaimBook.of(claims, numbers)
    run = post_run(file.remittances, book, allowed_of(practice), already, contracted_of(practice))
    before = answers.find_file(session, practice_id, sha256)
    return Preview(name, sha256, file, run, before, tuple(claims))


def post(session: Session, who: Identity, practice: Practice, name: str, content: bytes) -> Posted:
    """Post a file in this transaction; a second time does nothing.

    Raises: PermissionDenied, X12Refused, UsageError when the payment does not add up.
    """
    require(who, PAGE, "edit")
    return post_as(session, practice, name, content, who)


@collector_paused()
def post_as(
    session: Session, practice: Practice, name: str, content: bytes,
    actor: access_log.Actor | None,
) -> Posted:  # fmt: skip
    """The same for a caller without a sign-in."""
    turns.of_claims(session)
    done = _post(session, practice, preview_as(session, practice, name, content), actor)
    _audit_again(session, practice, done.preview)
    return done


def post_read(
    session: Session, practice: Practice, name: str, sha256: str, file: RemittanceFile,
    actor: access_log.Actor | None,
) -> Posted:  # fmt: skip
    """Post a remittance that an import has read. The caller audits, as after every import."""
    turns.of_claims(session)
    seen = _matched(session, practice, name, sha256, file)
    return _post(session, practice, seen, actor)


def _post(
    session: Session, practice: Practice, seen: Preview, actor: access_log.Actor | None
) -> Posted:
    if seen.posted_before is not None and not seen.run.postings:
        return Posted(seen.posted_before.id, seen, is_again=True)
    if not seen.run.is_reconciled:
        raise UsageError(
            "A remittance was to be posted; what was read of it does not add up to its payment. "
            "Nothing was posted. Ask the payer."
        )
    patient_of = {one.claim_id: one.patient_id for one in seen.claims}
    file_id = _file(session, practice, seen, actor, patient_of)
    touched = {one.claim_id for one in seen.run.postings}
    standing = _apply(session, practice, seen.claims, touched)
    denied = _queue(session, practice, seen, patient_of, standing)
    refunds = sync_refunds(session, practice)
    access_log.record(
        session, actor, "post", "remittance", str(file_id),
        reason=f"{len(seen.run.postings)} postings, {len(seen.run.unmatched)} unmatched",
    )  # fmt: skip
    return Posted(file_id, seen, is_again=False, denied=denied, refunds=refunds)


def _audit_again(session: Session, practice: Practice, seen: Preview) -> None:
    """What was paid changes findings of those patients; closed months stay as they are."""
    for month, ids in sorted(seen.touched().items()):
        if months.closed(session, practice.practice_id, month) is None:
            refresh(session, practice.practice_id, month, sorted(ids))


def _file(
    session: Session, practice: Practice, seen: Preview, actor: access_log.Actor | None,
    patient_of: dict[str, str],
) -> int:  # fmt: skip
    if seen.posted_before is not None:
        # Claims that nobody knew at the first time are known now: the rest of the file.
        answers.add_more(session, practice.practice_id, seen.posted_before.id, seen.run, patient_of)
        return seen.posted_before.id
    facts = {
        "name": seen.name, "sha256": seen.sha256, "posted_at": clock.utc_now(),
        "user_id": actor.user_id if actor else "", "refused_sets": len(seen.file.refused),
    }  # fmt: skip
    return answers.add_run(
        session, practice.practice_id, facts, seen.run, seen.file.remittances, patient_of
    )


def _apply(
    session: Session, practice: Practice, claims: Sequence[SentClaim], touched: set[str]
) -> dict[str, Standing]:
    """Bring our claim lines in line with every answer so far; gives where each claim stands."""
    every = postings.read(session, practice.practice_id, touched)
    lines = [line for one in claims if one.claim_id in touched for line in one.lines]
    standings = ledger.standings(every)
    writing.save(session, practice.practice_id, ledger.applied(lines, standings))
    return standings


def _queue(
    session: Session, practice: Practice, seen: Preview, patient_of: dict[str, str],
    standing: dict[str, Standing],
) -> int:  # fmt: skip
    """Denied lines into the rework queue; items of claims that are paid now are won.

    An earlier answer may say otherwise of other lines, and files may be posted in any order.
    """
    paid = {
        claim_id for claim_id, one in standing.items()
        if one.latest and all(p.status == "paid" for p in (*one.latest, *one.stand.aside))
    }  # fmt: skip
    rework.settle(session, practice.practice_id, paid, "won")
    stands = {
        (p.posting_id, p.line) for one in standing.values() for p in (*one.latest, *one.stand.aside)
    }
    made = [p for p in seen.run.postings if (p.posting_id, p.line) in stands]
    return keep_denied(session, practice, denials(made), made, seen.claims, patient_of)


def keep_denied(
    session: Session, practice: Practice, found: Sequence[Denial], made: Iterable[Posting],
    claims: Iterable[SentClaim], patient_of: dict[str, str],
) -> int:  # fmt: skip
    """Put denials into the queue with their deadline; gives how many were new."""
    answered: dict[str, date] = {p.claim_id: p.paid_on for p in made if p.paid_on}
    served = {c.claim_id: c.lines[0].service_on for c in claims if c.lines}
    number = {p.claim_id: p.payer_claim_id for p in made}
    service_on = {claim_id: on for claim_id, on in served.items() if on is not None}
    of: dict[tuple[str, int, str], Denial] = {}
    for one in found:  # parts of a line, or lines that are not ours, may give the same reason
        key = (one.claim_id, one.line, one.code)
        of[key] = replace(one, amount_usd=one.amount_usd + of[key].amount_usd) if key in of else one
    rows = []
    for item in rework_queue(list(of.values()), answered, service_on):
        said = of[item.claim_id, item.line, item.code]
        rows.append({
            "patient_id": patient_of[item.claim_id], "claim_id": item.claim_id,
            "line": item.line, "code": item.code, "amount_usd": item.amount_usd,
            "procedure": said.procedure, "payer": said.payer,
            "payer_claim_id": number.get(item.claim_id, ""), "action": item.action,
            "deadline_on": item.deadline_on, "cause": item.cause, "fix": item.fix,
            "rules": said.rules,
        })  # fmt: skip
    return rework.keep_new(session, practice.practice_id, rows)
