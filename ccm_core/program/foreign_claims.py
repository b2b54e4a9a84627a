"""A claims file made elsewhere, held against our records before it leaves. Nothing is stored."""

from __future__ import annotations

import hashlib
import io
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ccm_core import records
from ccm_core.access.identity import Identity
from ccm_core.access.permissions import require
from ccm_core.audit import Outcome, audit_case, policy_of
from ccm_core.cases import Case, Request
from ccm_core.claims.preflight import MatchedClaim, PatientIndex, Preflight, preflight
from ccm_core.errors import ImportRefused
from ccm_core.exchange.safe_cells import Rows, guarded
from ccm_core.exchange.x12.claim_records import REPLACEMENT, VOID, ClaimFile
from ccm_core.exchange.x12.claims_in import read_837
from ccm_core.exchange.x12.institutional_in import read_837i
from ccm_core.exchange.x12.kinds import INSTITUTIONAL, kind_of
from ccm_core.exchange.x12.problems import X12Problem
from ccm_core.months import Month
from ccm_core.records import ClaimLine, Practice
from ccm_core.store import access_log, reading
from ccm_core.store.claiming import answers
from ccm_core.store.reading.requests import program_codes
from ccm_core.store.reading.rows import load, select_records
from ccm_core.store.results import signals_of_month
from ccm_core.store.schema import record_table
from ccm_core.store.statements import among

if TYPE_CHECKING:
    from sqlmodel import Session

PAGE = "pre_flight"
MOST_BYTES = 50 * 1024 * 1024
CLINICS = ("rhc", "fqhc")
NOT_A_CLINIC = (
    "These are institutional claims (837I), as clinics bill them; this practice is set up as {}, "
    "and judged so. Change its setting if it is a clinic, or send professional claims (837P)."
)
_GONE = ("voided", "replaced")


@dataclass(frozen=True, slots=True)
class CheckedClaim:
    """One claim of the file with what our records say of it."""

    claim_id: str
    segment_index: int
    patient_id: str
    name: str
    month: Month | None
    codes: str
    matched_by: str
    doubt: str
    status: str
    """``clean``, ``review``, ``blocked``, ``void`` or ``unmatched``."""
    findings: tuple[tuple[str, str, str], ...]
    """Rule, level and sentence, the heaviest first."""
    reason: str = ""
    """Why the claim was not matched, or not judged."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What a file asks for, judged."""

    name: str
    claims: tuple[CheckedClaim, ...]
    other_lines: int
    """Lines with codes that this program does not judge."""
    superseded: int
    problems: tuple[X12Problem, ...]
    """Refused transaction sets and warnings."""

    def count(self, *statuses: str) -> int:
        return sum(one.status in statuses for one in self.claims)


def check(
    session: Session, who: Identity, practice: Practice, name: str, content: bytes
) -> Checked:
    """Match and audit every claim of the file; the look is on record.

    Raises: PermissionDenied, X12Refused, ImportRefused.
    """
    require(who, PAGE, "run")
    require(who, PAGE, "identify")
    if len(content) > MOST_BYTES:
        raise ImportRefused(
            f"The file has {len(content):,} bytes; {MOST_BYTES:,} is the most. Split it."
        )
    file = _read(practice, content)
    found = preflight(file.claims, _index(session, practice), program_codes())
    judged = _judged(session, practice, found)
    names = _names(session, practice, {one.patient_id for one in found.matched})
    rows = [*_matched(found, judged, names), *_unmatched(found)]
    digest = hashlib.sha256(content).hexdigest()
    access_log.record(session, who, "check", "claims_file", digest[:16])
    others = sum(len(one.other_codes) for one in found.matched) + _others_of_strangers(found)
    return Checked(name, tuple(rows), others, found.superseded, _problems(file))


def _read(practice: Practice, content: bytes) -> ClaimFile:
    """Professional claims, or institutional ones as clinics (RHC, FQHC) bill them."""
    if kind_of(content) != INSTITUTIONAL:
        return read_837(content)
    file = read_837i(content)
    if practice.setting in CLINICS:
        return file
    said = X12Problem("setting", NOT_A_CLINIC.format(practice.setting), is_error=False)
    return replace(file, warnings=(said, *file.warnings))


def _index(session: Session, practice: Practice) -> PatientIndex:
    def every(kind: type) -> list:  # type: ignore[type-arg]
        return load(session, kind, select_records(kind, practice.practice_id))

    return PatientIndex.of(every(records.Patient), every(records.Payer))


def _names(session: Session, practice: Practice, ids: Iterable[str]) -> dict[str, str]:
    table = record_table(records.Patient)
    statement = select_records(
        records.Patient, practice.practice_id, among(session, table.c.patient_id, sorted(ids))
    )
    return {
        p.patient_id: f"{p.family_name}, {p.given_name}".strip(", ")
        for p in load(session, records.Patient, statement)
    }


def _problems(file: ClaimFile) -> tuple[X12Problem, ...]:
    return (*(one for each in file.refused for one in each.problems), *file.warnings)


Key = tuple[str, Month]


def _judged(session: Session, practice: Practice, found: Preflight) -> dict[Key, Outcome]:
    """The audit of every patient-month that the file asks for, with the file's own request."""
    by_month: dict[Month, dict[str, Request]] = defaultdict(dict)
    for (patient_id, month), request in found.requests.items():
        by_month[month][patient_id] = request
    in_file = _spoken_for(session, practice, found)
    npis = _npis(found)
    judged: dict[Key, Outcome] = {}
    for month, requests in by_month.items():
        others = _other_lines(session, practice, month, requests, in_file)
        signals = signals_of_month(session, practice, month)
        for loaded in reading.load_members(session, practice, month, sorted(requests)):
            case = loaded.case
            patient_id = case.patient.patient_id
            asked = _asked(case, requests[patient_id], npis.get((patient_id, month), ""),
                           others.get(patient_id, ()))  # fmt: skip
            asked.signals = signals.get(patient_id, ())
            judged[patient_id, month] = audit_case(asked, policy_of(asked))
    return judged


def _spoken_for(session: Session, practice: Practice, found: Preflight) -> set[str]:
    """The claims that the file holds or takes the place of: none of them is a second bill."""
    claims = [one.claim for one in found.matched]
    named = {c.original_reference.strip() for c in claims if c.frequency in (REPLACEMENT, VOID)}
    ours = answers.payer_numbers(session, practice.practice_id, named - {""}) if named else {}
    return {c.claim_id for c in claims} | named | set(ours.values())


def _asked(case: Case, request: Request, npi: str, others: Iterable[ClaimLine]) -> Case:
    return replace(
        case, request=request, npi=npi or case.npi, past_claims=(*case.past_claims, *others),
        work=None, answers={},
    )  # fmt: skip


def _npis(found: Preflight) -> dict[Key, str]:
    return {
        (line.patient_id, line.month): line.npi
        for one in found.matched for line in one.lines if line.npi
    }  # fmt: skip


def _other_lines(
    session: Session, practice: Practice, month: Month, ids: Iterable[str], in_file: set[str]
) -> Mapping[str, list[ClaimLine]]:
    """Lines of our own claims of the month that the file does not hold: a second bill shows."""
    table = record_table(ClaimLine)
    statement = select_records(
        ClaimLine, practice.practice_id, table.c.month == month,
        among(session, table.c.patient_id, sorted(ids)), table.c.code.in_(sorted(program_codes())),
        table.c.status.not_in((*_GONE, "planned")),
    )  # fmt: skip
    found: dict[str, list[ClaimLine]] = defaultdict(list)
    for line in load(session, ClaimLine, statement):
        if line.claim_id not in in_file:
            found[line.patient_id].append(line)
    return found


def _matched(
    found: Preflight, judged: Mapping[Key, Outcome], names: Mapping[str, str]
) -> Iterator[CheckedClaim]:
    for one in found.matched:
        if not one.lines:
            continue
        months = sorted({line.month for line in one.lines})
        for month in months:
            yield _row(one, month, judged.get((one.patient_id, month)), names)


def _row(
    one: MatchedClaim, month: Month, outcome: Outcome | None, names: Mapping[str, str]
) -> CheckedClaim:
    codes = ", ".join(f"{ln.code} x {ln.units}" for ln in one.lines if ln.month == month)
    status, said, reason = "void", (), "The claim takes an earlier one back."
    if outcome is not None:
        status, reason = outcome.status, ""
        heavy = sorted(outcome.findings, key=lambda j: (-j.level.weight, j.rule))
        said = tuple((j.rule, str(j.level.value), j.summary) for j in heavy)  # type: ignore[assignment]
    return CheckedClaim(
        one.claim.claim_id, one.claim.segment_index, one.patient_id,
        names.get(one.patient_id, ""), month, codes, one.how, one.doubt, status, said, reason,
    )  # fmt: skip


def _others_of_strangers(found: Preflight) -> int:
    """Lines that are not judged, on claims of nobody we know."""
    codes = program_codes()
    return sum(line.code not in codes for one in found.unmatched for line in one.claim.lines)


def _unmatched(found: Preflight) -> Iterator[CheckedClaim]:
    for one in found.unmatched:
        claim = one.claim
        codes = ", ".join(f"{ln.code} x {ln.units}" for ln in claim.lines)
        if not any(line.code in program_codes() for line in claim.lines):
            continue
        yield CheckedClaim(
            claim.claim_id, claim.segment_index, "", "", None, codes, "", "", "unmatched", (),
            one.reason,
        )  # fmt: skip


def to_csv(found: Checked) -> bytes:
    """Every claim with its findings, one finding on a line."""
    text = io.StringIO(newline="")
    writer = Rows(text)
    writer.writerow(("claim", "segment", "patient_id", "month", "codes", "matched_by", "doubt",
                     "status", "rule", "level", "finding"))  # fmt: skip
    for one in found.claims:
        said = one.findings or (("", "", one.reason),)
        for rule, level, sentence in said:
            cells = (one.claim_id, str(one.segment_index), one.patient_id, str(one.month or ""),
                     one.codes, one.matched_by, one.doubt, one.status, rule, level,
                     sentence)  # fmt: skip
            writer.writerow(map(guarded, cells))
    return text.getvalue().encode("utf-8-sig")
