"""Claims that replace or void another one (CLM05-3 of 7 or 8): the earlier one stops counting.

A sender may keep its claim number or give the correction a new one and name the original
by REF F8: with the payer's number, which a remittance tells, or with its own. Both claims
left standing would count every code and every dollar of the month twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace

from ccm_core import records
from ccm_core.exchange.report import Correction, StagedFile
from ccm_core.exchange.whose import Known
from ccm_core.exchange.x12.claim_records import REPLACEMENT, VOID, Claim

UNKNOWN = (
    "A replacement or void names an original (REF F8) that is not known here; if that claim is "
    "stored under a number of its own, both count. Import the remittance that tells the payer's "
    "number, then this file again."
)
_GONE = ("voided", "replaced")
Lines = list[records.ClaimLine]


def of_file(claims: Iterable[Claim]) -> list[Correction]:
    """What the claims of a file take the place of; what they settle among themselves is left."""
    claims = list(claims)
    originals = {one.claim_id for one in claims if one.frequency not in (REPLACEMENT, VOID)}
    return [
        Correction(
            one.claim_id, one.original_reference.strip(), one.frequency == VOID,
            frozenset(line.number for line in one.lines),
            is_settled=bool({one.claim_id, one.original_reference} & originals),
        )
        for one in claims if one.frequency in (REPLACEMENT, VOID)
    ]  # fmt: skip


def settle(
    files: list[StagedFile], known: Known, told: Mapping[str, str], writes: Lines
) -> Lines:  # fmt: skip
    """The claim lines to write, those that a correction takes the place of among them.

    ``told`` are our claims by the payers' numbers, as remittances of this import say.
    """
    wanted = [one for file in files for one in file.corrections]
    if not wanted:
        return writes
    told = {**known.by_payer_number({one.original for one in wanted} - {""}), **told}
    ids = {number for one in wanted for number in (one.claim_id, *_names(one, told))}
    by_claim: dict[str, dict[int, records.ClaimLine]] = {}
    for versions in known.versions(records.ClaimLine, ids).values():
        by_claim.setdefault(versions[-1].claim_id, {})[versions[-1].line] = versions[-1]
    for line in writes:
        by_claim.setdefault(line.claim_id, {})[line.line] = line
    ended: dict[tuple[str, int], records.ClaimLine] = {}
    for file in files:
        lost = sum(not _end(one, told, by_claim, ended) for one in file.corrections)
        file.notes = Counter({k: n for k, n in file.notes.items() if k != UNKNOWN})
        if lost:
            file.notes[UNKNOWN] = lost
    kept = [ended.pop((line.claim_id, line.line), line) for line in writes]
    return [*kept, *ended.values()]


def _names(one: Correction, told: Mapping[str, str]) -> list[str]:
    """The claim that the reference may mean: by the payer's number, or by the sender's own."""
    return [number for number in (told.get(one.original), one.original) if number]


def _end(
    one: Correction, told: Mapping[str, str],
    by_claim: Mapping[str, Mapping[int, records.ClaimLine]],
    ended: dict[tuple[str, int], records.ClaimLine],
) -> bool:  # fmt: skip
    """End the lines that this correction takes the place of; False when it finds no claim."""
    own = by_claim.get(one.claim_id, {})
    whose = {line.patient_id for line in own.values()}
    if not whose:
        return True  # the correction itself was rejected, and says why
    gone = [line for number, line in own.items() if number not in one.lines]
    other = next((n for n in _names(one, told) if n in by_claim and n != one.claim_id), "")
    earlier = [line for line in by_claim.get(other, {}).values() if line.patient_id in whose]
    status = "voided" if one.is_void else "replaced"
    for line in (*gone, *earlier):
        if line.status not in _GONE:
            ended[line.claim_id, line.line] = replace(line, status=status)
    is_own = told.get(one.original) == one.claim_id or one.original in ("", one.claim_id)
    return bool(earlier or gone) or is_own or one.is_settled
