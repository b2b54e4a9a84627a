"""Claim lines as what somebody means to bill in a month, and as history."""

from __future__ import annotations

import functools
from collections.abc import Sequence

from ccm_core import records, tables
from ccm_core.cases import Request
from ccm_core.months import Month

_GONE = ("voided", "replaced")
_PROGRAM_FAMILIES = frozenset({
    "ccm_staff", "ccm_personal", "ccm_complex", "pcm", "care_planning", "clinic_care_management",
    "apcm",
})  # fmt: skip
_ONCE_FAMILIES = frozenset({"care_planning"})


@functools.cache
def program_codes() -> frozenset[str]:
    """Codes that a claim of this program bills."""
    return _codes_of(_PROGRAM_FAMILIES)


@functools.cache
def once_codes() -> frozenset[str]:
    """Codes that may be billed once for a patient, however long ago."""
    return _codes_of(_ONCE_FAMILIES)


def _codes_of(families: frozenset[str]) -> frozenset[str]:
    rows = tables.load("codes", "code").rows
    return frozenset(row["code"] for row in rows if row["family"] in families)


def split_claims(
    lines: Sequence[records.ClaimLine], month: Month
) -> tuple[tuple[records.ClaimLine, ...], tuple[records.ClaimLine, ...]]:
    """The program's own claim of the month, and every other line.

    With several claims the newest that stands is the one in question; the others
    stay visible as history, so that billing twice is seen.
    """
    codes = program_codes()
    standing = [
        line for line in lines
        if line.month == month and line.status not in _GONE and line.code in codes
    ]  # fmt: skip
    if not standing:
        return (), tuple(lines)
    newest = max(standing, key=_newness).claim_id
    billed = tuple(line for line in standing if line.claim_id == newest)
    rest = tuple(line for line in lines if line not in billed)
    return billed, rest


def _newness(line: records.ClaimLine) -> tuple[str, str]:
    return line.created_on.isoformat() if line.created_on else "", line.claim_id


def request_of(billed: Sequence[records.ClaimLine]) -> Request | None:
    """What the claim asks for, or None when nothing was billed."""
    if not billed:
        return None
    units: dict[str, int] = {}
    for line in billed:
        units[line.code] = units.get(line.code, 0) + line.units
    first = billed[0]
    return Request(
        units=units,
        service_on=first.service_on,
        modifiers=tuple(sorted({m for line in billed for m in line.modifiers})),
        created_on=first.created_on,
        place=first.place,
        diagnoses=first.diagnoses or None,
    )
