"""All files of an import against each other and against the store.

The result does not depend on the order of files or rows: a row that is there
twice counts once, rows that contradict each other are all rejected (unless the
export says which is newer), and a row may name a patient of any file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from ccm_core import records
from ccm_core.claims.matching import ClaimBook
from ccm_core.claims.posted import SentClaim
from ccm_core.exchange import answers, corrections
from ccm_core.exchange.drafts import Draft, Key
from ccm_core.exchange.insured import insured_of
from ccm_core.exchange.rejects import Reject, RowProblem
from ccm_core.exchange.report import StagedFile
from ccm_core.exchange.whose import Known, Patients, Place
from ccm_core.record_ids import SAME_BY


@dataclass
class Settled:
    """What is to be written, and what each file's rows came to (by file position)."""

    writes: dict[type[Any], list[Any]] = field(default_factory=dict)
    accepted: Counter[int] = field(default_factory=Counter)
    duplicate: Counter[int] = field(default_factory=Counter)
    rejects: list[tuple[int, Reject]] = field(default_factory=list)


def settle(files: list[StagedFile], known: Known) -> Settled:
    """Decide what every row of every file comes to."""
    done = Settled()
    names = [file.name for file in files]
    by_kind: dict[type[Any], list[Place]] = {}
    for position, file in enumerate(files):
        for item in file.items:
            by_kind.setdefault(type(item.draft.record), []).append((position, item))
    patients = _agreed(by_kind.get(records.Patient, []), names, done)
    who = Patients(patients, known, by_kind)
    for kind in SAME_BY:
        reject = partial(_reject, done, names)
        if kind is records.Patient:
            agreed = patients
        elif kind is records.ClaimLine:
            places = who.resolved(kind, reject)
            agreed = _agreed(insured_of(places, files, who, known, reject), names, done)
        else:
            agreed = _agreed(who.resolved(kind, reject), names, done)
        _meet_store(kind, agreed, known, names, done)
    _fill_homes(files, who, known, done)
    told = _post(files, known, names, done)
    lines = corrections.settle(files, known, told, done.writes.get(records.ClaimLine, []))
    if lines:
        done.writes[records.ClaimLine] = lines
    return done


def _reject(done: Settled, names: list[str], place: Place, problem: RowProblem) -> None:
    position, item = place
    done.rejects.append((position, problem.at(names[position], item.line, item.record)))


def _agreed(places: list[Place], names: list[str], done: Settled) -> dict[Key, Place]:
    """One place per identifier: repeated rows counted, contradicting rows rejected."""
    groups: dict[Key, list[Place]] = {}
    for place in places:
        groups.setdefault(place[1].draft.key, []).append(place)
    found = {}
    for key, group in groups.items():
        draft = group[0][1].draft if len(group) == 1 else _one_of(group)
        if draft is None:
            lines = ", ".join(f"{names[one[0]]} line {one[1].line}" for one in group[:3])
            for place in group:
                problem = RowProblem(
                    "I40", f"Rows with one identifier disagree: {lines}.", _id_column(key), ""
                )
                _reject(done, names, place, problem)
            continue
        position, item = group[0]
        found[key] = (position, replace(item, draft=draft))
        for other, _ in group[1:]:
            done.duplicate[other] += 1
    return found


def _id_column(key: Key) -> str:
    return SAME_BY[key[0]][0]


def _one_of(group: list[Place]) -> Draft | None:
    """The draft that all rows of one identifier come to; None when they contradict."""
    drafts = [item.draft for _, item in group]
    stamps = [draft.stamp for draft in drafts]
    values: dict[str, Any] = {}
    for draft in drafts:
        for name in draft.given:
            value = getattr(draft.record, name)
            if values.setdefault(name, value) != value:
                newest = max(stamps)
                is_told = all(stamps) and stamps.count(newest) == 1
                return drafts[stamps.index(newest)] if is_told else None
    return Draft(type(drafts[0].record)(**values), frozenset(values), max(stamps), drafts[0].notes)


def _meet_store(
    kind: type[Any], agreed: dict[Key, Place], known: Known, names: list[str], done: Settled
) -> None:
    """Compare with what is stored; what is new or different will be written."""
    stored = known.versions(kind, {key[1] for key in agreed})
    for key, place in agreed.items():
        position, item = place
        versions = stored.get(key)
        record = item.draft.record
        if versions:
            if getattr(versions[-1], "patient_id", "") != getattr(record, "patient_id", ""):
                problem = RowProblem(
                    "I40", "This identifier belongs to another patient.", _id_column(key)
                )
                _reject(done, names, place, problem)
                continue
            if _is_old_news(item.draft, versions):
                done.duplicate[position] += 1
                continue
            record = item.draft.onto(versions[-1])
        done.accepted[position] += 1
        done.writes.setdefault(kind, []).append(record)


def _is_old_news(draft: Draft, versions: list[Any]) -> bool:
    """Whether what the row states stands, or stood before people corrected it here."""
    return any(draft.onto(version) == version for version in versions)


def _fill_homes(files: list[StagedFile], who: Patients, known: Known, done: Settled) -> None:
    """Give patients without a street the one that a claim states."""
    homes = {
        who.aliases.get(number, number): home
        for file in files for number, home in file.homes.items()
    }  # fmt: skip
    homes = {patient_id: home for patient_id, home in homes.items() if patient_id}
    if not homes:
        return
    writes = {one.patient_id: one for one in done.writes.get(records.Patient, [])}
    stored = known.versions(records.Patient, set(homes) - set(writes))
    for versions in stored.values():
        writes.setdefault(versions[-1].patient_id, versions[-1])
    filled = {
        patient_id: replace(
            writes[patient_id], street=home.street, city=home.city, state=home.state,
            zip5=home.zip_code[:5],
        )
        for patient_id, home in homes.items()
        if patient_id in writes and not writes[patient_id].street
    }  # fmt: skip
    kept = [filled.pop(one.patient_id, one) for one in done.writes.get(records.Patient, [])]
    if kept or filled:
        done.writes[records.Patient] = [*kept, *filled.values()]


def _post(
    files: list[StagedFile], known: Known, names: list[str], done: Settled
) -> Mapping[str, str]:  # fmt: skip
    """Count what remittances will do to the claims as they will stand after this import.

    Gives our claims by the payers' numbers that they tell.
    """
    paid = [(at, file.remittance) for at, file in enumerate(files) if file.remittance]
    payments = [payment for _, file in paid for payment in file.remittances]
    if not payments:
        return {}
    stored, numbers = known.sent_for(payments)
    book = ClaimBook.of([*stored, *_claims_of(done)], numbers)
    seen = known.posted({payment.key for payment in payments})
    for position, file in paid:
        for fate in answers.fates(file.remittances, book, seen):
            if fate.problem is not None:
                reject = fate.problem.at(names[position], fate.line, fate.record)
                done.rejects.append((position, reject))
            elif fate.word == answers.DUPLICATE:
                done.duplicate[position] += 1
            else:
                done.accepted[position] += 1
    return book.by_payer_number


def _claims_of(done: Settled) -> Iterator[SentClaim]:
    """The claims that this import writes, as if they were sent."""
    members = {one.patient_id: one.mbi for one in done.writes.get(records.Patient, [])}
    members |= {
        one.patient_id: one.member_id
        for one in done.writes.get(records.Payer, []) if one.member_id
    }  # fmt: skip
    by_claim: dict[str, list[records.ClaimLine]] = {}
    for line in done.writes.get(records.ClaimLine, []):
        by_claim.setdefault(line.claim_id, []).append(line)
    for claim_id, lines in by_claim.items():
        who = lines[0].patient_id
        yield SentClaim(claim_id, who, tuple(lines), member_id=members.get(who, ""))
