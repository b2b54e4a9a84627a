"""Files of approved claims: one for each payer, written once, written again byte by byte."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from ccm_core import months as clock
from ccm_core.access.identity import Identity
from ccm_core.access.permissions import require
from ccm_core.collector import collector_paused
from ccm_core.errors import UsageError
from ccm_core.exchange.x12.claim_records import VOID, Claim, to_claim_lines
from ccm_core.exchange.x12.claims_out import MOST_CLAIMS, WrittenFile, by_payer, write_837
from ccm_core.exchange.x12.writing import Controls, Party
from ccm_core.exchange.zipping import zipped
from ccm_core.months import Month, time_zone
from ccm_core.program import billing_settings, claim_run
from ccm_core.program.billing_settings import BillingSettings
from ccm_core.records import Practice
from ccm_core.store import access_log, turns, writing
from ccm_core.store.claiming import basis, batches, files, months
from ccm_core.store.claiming.batches import KeptClaim
from ccm_core.store.claiming.files import FileFacts
from ccm_core.store.results import refresh

if TYPE_CHECKING:
    from sqlmodel import Session

    from ccm_core.claims.planned import BillingTerms

PAGE = "claims"
MIME_TEXT, MIME_ZIP = "application/EDI-X12", "application/zip"


@dataclass(frozen=True, slots=True)
class MadeFile:
    """One file with what is known of it."""

    name: str
    content: bytes
    payer_id: str
    claims: int
    interchange: int
    is_again: bool = False
    """True when the file had been written before and is only given out again."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export gave, and which approved claims were held back."""

    files: tuple[MadeFile, ...]
    held: tuple[tuple[str, str], ...] = ()
    """Claim number and reason."""

    @property
    def claims(self) -> int:
        return sum(one.claims for one in self.files)

    def packed(self, stem: str) -> tuple[str, bytes]:
        """Name and content: the file itself when there is one, else a zip of all."""
        if len(self.files) == 1:
            return self.files[0].name, self.files[0].content
        return f"{stem}.zip", zipped((one.name, one.content) for one in self.files)


def export(session: Session, who: Identity, practice: Practice, month: Month) -> Exported:
    """Write the approved claims of a month that have not left yet.

    Raises: PermissionDenied, UsageError.
    """
    require(who, PAGE, "edit")
    require(who, PAGE, "export")
    return export_as(session, practice, month, who)


@collector_paused()
def export_as(
    session: Session, practice: Practice, month: Month, actor: access_log.Actor | None
) -> Exported:
    """The same for a caller without a sign-in (the command line).

    A claim that changed or is no longer clean since its approval is held back.
    """
    turns.of_claims(session)
    settings = billing_settings.complete(session, practice)
    kept = [
        one for one in batches.claims_of(session, practice.practice_id, month)
        if one.status == "planned"
    ]  # fmt: skip
    going, held = _sorted_out(session, practice, month, kept, settings)
    made = _write(session, practice, month, settings, going, actor)
    access_log.record(
        session, actor, "export", "claims", str(month), reason=f"{len(going)} claims written"
    )
    return Exported(tuple(made), tuple(held))


def again(session: Session, who: Identity, practice: Practice, month: Month) -> Exported:
    """The files written for a month, the same bytes. Raises: PermissionDenied, UsageError."""
    require(who, PAGE, "export")
    return again_as(session, practice, month, who)


def again_as(
    session: Session, practice: Practice, month: Month, actor: access_log.Actor | None
) -> Exported:
    """The same for a caller without a sign-in (the command line)."""
    known = files.files_of(session, practice.practice_id, month)
    kept = batches.claims_of(session, practice.practice_id, month)
    made = [_whole(session, practice, facts, kept) for facts in known]
    access_log.record(session, actor, "export", "claims", str(month), reason="files given again")
    return Exported(tuple(made))


def _sorted_out(
    session: Session, practice: Practice, month: Month, kept: Sequence[KeptClaim],
    settings: BillingSettings,
) -> tuple[list[KeptClaim], list[tuple[str, str]]]:  # fmt: skip
    """Claims that may go as they were approved, and those held back with the reason."""
    if not kept:
        return [], []
    originals = [one for one in kept if not one.version_number]
    fixes = [one for one in kept if one.version_number]
    if months.closed(session, practice.practice_id, month) is None:
        refresh(session, practice.practice_id, month)
    mark = claim_run.settings_mark(session, practice)
    same = basis.unchanged(session, practice.practice_id, month, mark)
    changed = [one for one in originals if one.id not in same]
    terms = billing_settings.terms(practice, settings)
    now, skipped = _as_now(session, practice, month, changed, terms)
    going, held = [*fixes, *(one for one in originals if one.id in same)], []
    for one in changed:
        if one.patient_id in skipped:
            held.append((one.claim_id, skipped[one.patient_id]))
        elif now.get(one.claim_id) != one.fingerprint:
            held.append((one.claim_id, "The claim changed since it was approved; approve again."))
        else:
            going.append(one)
    return going, held


def _as_now(
    session: Session, practice: Practice, month: Month, kept: Sequence[KeptClaim],
    terms: BillingTerms,
) -> tuple[dict[str, str], dict[str, str]]:  # fmt: skip
    """Fingerprints of the claims as they would be made now; reasons where none would be."""
    if not kept:
        return {}, {}
    ids = [one.patient_id for one in kept]
    made, told = claim_run.plan(session, practice, month, terms, ids)
    now = {c.claim_id: c.fingerprint for c in (*made.claims, *made.changed)}
    same = set(made.same)
    now |= {one.claim_id: one.fingerprint for one in kept if one.claim_id in same}
    return now, {s.patient_id: s.message for s in (*made.skipped, *told)}


def write_as_of(
    session: Session, practice: Practice, month: Month, kept: Sequence[KeptClaim], at: datetime
) -> None:
    """Note the files of claims that left at that moment; their lines are not touched.

    For a practice whose history is brought in (the demo): nothing is checked again.
    """
    settings = billing_settings.complete(session, practice)
    _write(session, practice, month, settings, kept, None, at)


def _write(
    session: Session, practice: Practice, month: Month, settings: BillingSettings,
    going: Sequence[KeptClaim], actor: access_log.Actor | None, at: datetime | None = None,
) -> list[MadeFile]:  # fmt: skip
    """One file for each payer; every claim in it counts as sent, and so do its lines.

    With ``at``, the lines keep the status and day that they have.
    """
    content = batches.contents(session, [one.id for one in going])
    row_of = {one.claim_id: one for one in going}
    made = []
    for payer_id, claims in by_payer(content.values()).items():
        written_at = (at or clock.utc_now()).replace(microsecond=0)
        controls = files.take_controls(
            session, settings.sender.identifier, -(-len(claims) // MOST_CLAIMS)
        )
        text = _text(practice, claims, settings.sender, settings.receiver, controls, written_at,
                     is_test=settings.is_test).text.encode()  # fmt: skip
        name = _name(practice, month, payer_id, controls.interchange)
        file_id = files.add_file(
            session, practice.practice_id, actor.user_id if actor else "", month=month, name=name,
            payer_id=payer_id, sender=settings.sender.identifier,
            interchange=controls.interchange, group_control=controls.group,
            first_set=controls.first_set, written_at=written_at, is_test=settings.is_test,
            claims=len(claims), charge_usd=sum(c.charge_usd for c in claims),
            sha256=hashlib.sha256(text).hexdigest(),
            envelope={"sender": asdict(settings.sender), "receiver": asdict(settings.receiver)},
        )  # fmt: skip
        rows = [row_of[c.claim_id] for c in claims]
        batches.mark(session, [one.id for one in rows], status="submitted", file_id=file_id)
        if at is None:
            _mark_lines(session, practice, rows, claims, written_at)
        made.append(MadeFile(name, text, payer_id, len(claims), controls.interchange))
    return made


def _text(
    practice: Practice, claims: Sequence[Claim], sender: Party, receiver: Party,
    controls: Controls, written_at: datetime, *, is_test: bool,
) -> WrittenFile:  # fmt: skip
    here = written_at.astimezone(time_zone(practice.time_zone))
    return write_837(
        claims, sender=sender, receiver=receiver, controls=controls, written_at=here,
        is_test=is_test,
    )  # fmt: skip


def _name(practice: Practice, month: Month, payer_id: str, interchange: int) -> str:
    safe = "".join(mark for mark in payer_id if mark.isalnum())
    mark = "demo-" if practice.is_demo else ""
    return f"{mark}837p-{month}-{safe}-{interchange:09d}.txt"


def _mark_lines(
    session: Session, practice: Practice, rows: Sequence[KeptClaim], claims: Sequence[Claim],
    written_at: datetime,
) -> None:  # fmt: skip
    """Mark what left; a correction takes the place of what it corrects."""
    practice_id, today = practice.practice_id, _day(practice, written_at)
    originals = [one.claim_id for one in rows if not one.version_number]
    versions = {one.claim_id: one for one in rows if one.version_number}
    batches.mark_lines(session, practice_id, originals, "submitted", today)
    for claim in claims:
        if claim.claim_id not in versions:
            continue
        ended = "voided" if claim.frequency == VOID else "replaced"
        _end_earlier(session, practice_id, claim.claim_id, ended)
        patient_id = versions[claim.claim_id].patient_id
        writing.save(session, practice_id, to_claim_lines(claim, patient_id, today))


def _day(practice: Practice, at: datetime) -> date:
    return at.astimezone(time_zone(practice.time_zone)).date()


def _end_earlier(session: Session, practice_id: str, claim_id: str, status: str) -> None:
    base, _, version = claim_id.partition("-")
    earlier = [
        one for one in _versions(session, practice_id, base)
        if one.version_number < int(version) and one.status == "submitted"
    ]  # fmt: skip
    batches.mark(session, [one.id for one in earlier], status=status)
    batches.mark_lines(session, practice_id, [one.claim_id for one in earlier], status)


def _versions(session: Session, practice_id: str, base: str) -> Iterable[KeptClaim]:
    return batches.claims_of(session, practice_id, base_ids=[base])


def _whole(
    session: Session, practice: Practice, facts: FileFacts, kept: Sequence[KeptClaim]
) -> MadeFile:
    """The file again. Raises: UsageError when it is not the same bytes."""
    made = rewritten(session, practice, facts, kept)
    if hashlib.sha256(made.content).hexdigest() != facts.sha256:
        raise UsageError(
            f"The file with control number {facts.interchange} cannot be written again as it was. "
            "Take it from where it was saved."
        )
    return made


def rewritten(
    session: Session, practice: Practice, facts: FileFacts, kept: Sequence[KeptClaim]
) -> MadeFile:
    """The file with those of its claims that are among these; empty when there are none."""
    content = batches.contents(session, [one.id for one in kept if one.file_id == facts.id])
    claims = sorted(content.values(), key=lambda claim: claim.claim_id)
    text = b""
    if claims:
        text = _text(
            practice, claims, Party(**facts.envelope["sender"]),
            Party(**facts.envelope["receiver"]), facts.controls, facts.written_at,
            is_test=facts.is_test,
        ).text.encode()  # fmt: skip
    return MadeFile(facts.name, text, facts.payer_id, len(claims), facts.interchange, is_again=True)
