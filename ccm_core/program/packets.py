"""Audit packets: one, or one for each claim of a month with a manifest."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ccm_core import records, working
from ccm_core.access.identity import Identity
from ccm_core.access.permissions import require
from ccm_core.audit import audit_case, checklist, policy_of
from ccm_core.cases import Case
from ccm_core.errors import UsageError
from ccm_core.exchange.exporting import cases_with_signals
from ccm_core.exchange.packet.facts import PacketFacts, Said
from ccm_core.exchange.packet.pdf import Packet, packet
from ccm_core.exchange.safe_cells import Rows, guarded
from ccm_core.exchange.zipping import zipped
from ccm_core.findings import Judged
from ccm_core.months import Month
from ccm_core.program import panel
from ccm_core.records import Practice
from ccm_core.store import access_log, reading
from ccm_core.store.claiming import batches, months
from ccm_core.store.claiming.words import Word, account_names, acknowledged
from ccm_core.store.reading.requests import program_codes
from ccm_core.store.reading.rows import load, select_records
from ccm_core.store.results import finding_fingerprint
from ccm_core.store.schema import record_table
from ccm_core.store.statements import among

if TYPE_CHECKING:
    from sqlmodel import Session

PAGE = "patient"
MIME = "application/pdf"
MANIFEST = "manifest.csv"
_GONE = ("voided", "replaced")


@dataclass(frozen=True, slots=True)
class MadePacket:
    """One packet with the key of its patient-month."""

    name: str
    key: str
    packet: Packet


def one(session: Session, who: Identity, patient_id: str, month: Month) -> MadePacket:
    """The packet of one patient and month; the export is on record.

    Raises: PermissionDenied, UsageError when there is no case.
    """
    require(who, PAGE, "export")
    practice = _practice(session)
    patient = reading.patient(session, patient_id, practice.practice_id)
    if patient is None:
        raise UsageError("A packet was asked for; the practice has no such patient.")
    panel.require(who, patient)
    return one_as(session, practice, patient_id, month, who)


def one_as(
    session: Session, practice: Practice, patient_id: str, month: Month,
    actor: access_log.Actor | None,
) -> MadePacket:  # fmt: skip
    """The same for a caller without a sign-in (the command line)."""
    found = list(make(session, practice, month, [patient_id]))
    if not found:
        raise UsageError("A packet was asked for; the patient has no case in this month.")
    access_log.record(session, actor, "export", "packet", patient_id, reason=str(month))
    return found[0]


def many(
    session: Session, who: Identity, month: Month, patient_ids: Sequence[str] | None = None
) -> tuple[bytes, int]:
    """A zip of packets with a manifest, and how many: of these patients, or of all billed.

    Raises: PermissionDenied, UsageError when nobody was billed.
    """
    require(who, PAGE, "export")
    return many_as(session, _practice(session), month, patient_ids, who)


def many_as(
    session: Session, practice: Practice, month: Month, patient_ids: Sequence[str] | None,
    actor: access_log.Actor | None,
) -> tuple[bytes, int]:  # fmt: skip
    """The same for a caller without a sign-in."""
    wanted = sorted(
        months.standing(session, practice.practice_id, month)
        if patient_ids is None
        else patient_ids
    )
    made = []
    for each in make(session, practice, month, wanted):
        made.append(each)
        working.tell("Packets made", len(made), len(wanted))
    if not made:
        raise UsageError(f"Packets of {month} were asked for; no patient was billed in it.")
    files = [(each.name, each.packet.content) for each in made]
    manifest = _manifest(practice, month, made)
    access_log.record(
        session, actor, "export", "packets", str(month), reason=f"{len(made)} packets"
    )
    return zipped([(MANIFEST, manifest), *files]), len(made)


def _practice(session: Session) -> Practice:
    practice = reading.practice(session)
    if practice is None:
        raise UsageError("A packet was asked for; the database holds no practice.")
    return practice


def make(
    session: Session, practice: Practice, month: Month, patient_ids: Sequence[str]
) -> Iterator[MadePacket]:
    """Packets of these patients, in the order of their identifiers."""
    around = _Around(session, practice, month, patient_ids)
    cases = cases_with_signals(session, practice, month, list(patient_ids))
    for number, case in enumerate(cases, start=1):
        made = packet(around.facts(case))
        mark = "demo-" if practice.is_demo else ""
        # The name tells nothing about the patient; the manifest leads to them.
        name = f"{mark}packet-{month}-{number:04d}-{made.content_sha256[:12]}.pdf"
        yield MadePacket(name, f"{case.patient.patient_id}|{month}", made)


class _Around:
    """What packets of one month share: names, stored findings, claims, approvals."""

    def __init__(
        self, session: Session, practice: Practice, month: Month, ids: Sequence[str]
    ) -> None:
        practice_id = practice.practice_id
        self.people = {p.npi: p.name for p in reading.practitioners(session, practice_id)}
        self.people |= {s.staff_id: s.name for s in reading.staff(session, practice_id)}
        self.people |= account_names(session)
        self.words = acknowledged(session, practice_id, month, ids)
        self.claims = _claims(session, practice, month, ids)
        approver = {b.id: b.approved_by for b in batches.batches_of(session, practice_id, month)}
        self.approved = {
            c.patient_id: approver.get(c.batch_id, "")
            for c in batches.claims_of(session, practice_id, month)
        }

    def facts(self, case: Case) -> PacketFacts:
        policy = policy_of(case)
        outcome = audit_case(case, policy)
        lines = checklist(case, policy)
        patient_id = case.patient.patient_id
        found = tuple(self.said(patient_id, judged) for judged in outcome.findings)
        return PacketFacts(
            case, outcome, policy, lines, found, self.people,
            tuple(self.claims.get(patient_id, ())), self.approved.get(patient_id, ""),
        )  # fmt: skip

    def said(self, patient_id: str, judged: Judged) -> Said:
        """A finding with the word of the person who accepted exactly this finding."""
        mark = finding_fingerprint(judged)
        word: Word | None = self.words.get((patient_id, judged.rule, mark))
        level = str(judged.level.value)
        if word is None:
            return Said(judged.rule, level, judged.summary, judged.cites)
        return Said(
            judged.rule, level, judged.summary, judged.cites, word.user_id, word.at, word.reason
        )


def _claims(
    session: Session, practice: Practice, month: Month, ids: Sequence[str]
) -> Mapping[str, list[records.ClaimLine]]:
    table = record_table(records.ClaimLine)
    statement = select_records(
        records.ClaimLine, practice.practice_id, table.c.month == month,
        among(session, table.c.patient_id, list(ids)), table.c.status.not_in(_GONE),
        table.c.code.in_(sorted(program_codes())),
    ).order_by(table.c.claim_id, table.c.line)  # fmt: skip
    found: dict[str, list[records.ClaimLine]] = {}
    for line in load(session, records.ClaimLine, statement):
        found.setdefault(line.patient_id, []).append(line)
    return found


def _manifest(practice: Practice, month: Month, made: Sequence[MadePacket]) -> bytes:
    """File, hash of its bytes, hash of its content, key of the patient-month, pages."""
    text = io.StringIO(newline="")
    writer = Rows(text)
    writer.writerow(("file", "sha256", "content_sha256", "patient_month", "pages", "note"))
    note = "Synthetic demo data: not for billing." if practice.is_demo else ""
    for each in made:
        row = (each.name, each.packet.sha256, each.packet.content_sha256, guarded(each.key))
        writer.writerow((*row, each.packet.pages, note))
    return text.getvalue().encode("utf-8-sig")
