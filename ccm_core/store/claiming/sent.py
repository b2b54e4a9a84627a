"""Our claims as they were sent, found by what a remittance says of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import select
from sqlmodel import Session

from ccm_core import records
from ccm_core.claims.posted import SentClaim
from ccm_core.eligibility import payer_on
from ccm_core.exchange.x12.remit_records import Remittance
from ccm_core.store.claiming import answers
from ccm_core.store.reading.rows import load, of_patients, select_records
from ccm_core.store.schema import record_table
from ccm_core.store.statements import among


def sent_for(
    session: Session, practice_id: str, remittances: Iterable[Remittance]
) -> tuple[list[SentClaim], dict[str, str]]:
    """Every claim of ours that these remittances may be about, and known payers' numbers."""
    paid = [one for remittance in remittances for one in remittance.claims]
    numbers = answers.payer_numbers(session, practice_id, {p.payer_claim_id for p in paid} - {""})
    wanted = {p.claim_id for p in paid} | set(numbers.values())
    found = sent_claims(session, practice_id, wanted)
    known = {one.claim_id for one in found}
    lost = {one.member_id for one in paid if one.claim_id not in known} - {""}
    if lost:
        patients = _patients_with(session, practice_id, lost)
        more = _claim_ids_of(session, practice_id, patients) - known
        found += sent_claims(session, practice_id, more)
    return found, numbers


def sent_claims(session: Session, practice_id: str, claim_ids: Collection[str]) -> list[SentClaim]:
    """These claims as they were sent, however they came into the store."""
    by_claim: dict[str, list[records.ClaimLine]] = defaultdict(list)
    table = record_table(records.ClaimLine)
    where = (among(session, table.c.claim_id, sorted(claim_ids)), table.c.status != "planned")
    statement = select_records(records.ClaimLine, practice_id, *where)
    for line in load(session, records.ClaimLine, statement.order_by(table.c.line)):
        by_claim[line.claim_id].append(line)
    patient_ids = sorted({lines[0].patient_id for lines in by_claim.values()})
    covers = _coverages(session, practice_id, patient_ids)
    mbis = of_patients(session, practice_id, "mbi", patient_ids)
    return [_sent(claim_id, lines, covers, mbis) for claim_id, lines in by_claim.items()]


def _sent(
    claim_id: str, lines: Sequence[records.ClaimLine],
    covers: dict[str, list[records.Payer]], mbis: dict[str, str],
) -> SentClaim:  # fmt: skip
    first = lines[0]
    payer = payer_on(covers.get(first.patient_id, []), first.service_on or first.month.last_day)
    return SentClaim(
        claim_id=claim_id, patient_id=first.patient_id, lines=tuple(lines),
        submitted_on=first.created_on,
        member_id=(payer.member_id if payer else "") or mbis.get(first.patient_id, ""),
        payer=(payer.name or payer.kind) if payer else "",
        payer_kind=payer.kind if payer else "unknown", is_qmb=bool(payer and payer.is_qmb),
    )  # fmt: skip


def _coverages(
    session: Session, practice_id: str, ids: Sequence[str]
) -> dict[str, list[records.Payer]]:
    table = record_table(records.Payer)
    found: dict[str, list[records.Payer]] = defaultdict(list)
    statement = select_records(records.Payer, practice_id, among(session, table.c.patient_id, ids))
    for payer in load(session, records.Payer, statement):
        found[payer.patient_id].append(payer)
    return found


def _patients_with(session: Session, practice_id: str, members: Collection[str]) -> set[str]:
    p, y = record_table(records.Patient).c, record_table(records.Payer).c
    connection = session.connection()
    own = select(p.patient_id).where(
        p.practice_id == practice_id, among(session, p.mbi, sorted(members))
    )
    plan = select(y.patient_id).where(
        y.practice_id == practice_id, among(session, y.member_id, sorted(members))
    )
    return {*connection.scalars(own), *connection.scalars(plan)}


def _claim_ids_of(session: Session, practice_id: str, patients: Collection[str]) -> set[str]:
    c = record_table(records.ClaimLine).c
    rows = session.connection().scalars(
        select(c.claim_id)
        .where(c.practice_id == practice_id, among(session, c.patient_id, sorted(patients)))
        .distinct()
    )
    return set(rows)
