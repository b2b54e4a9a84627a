"""An independent answer: every set of codes a month could hold, minus what tables forbid.

Nothing of ``allocation`` is used. Codes, thresholds and pairs are read straight
from the CSV files; families are told apart by the pairs that forbid them.
"""

from __future__ import annotations

import csv
from datetime import date
from decimal import Decimal
from itertools import product
from pathlib import Path

DATA = Path(__file__).resolve().parents[2] / "data"
TIMED = ("99490", "G2058", "99439", "99487", "99489", "99491", "99437", "G2064", "G2065",
         "99424", "99425", "99426", "99427")  # fmt: skip
BASE_OF = {"G2058": "99490", "99439": "99490", "99489": "99487", "99437": "99491",
           "99425": "99424", "99427": "99426"}  # fmt: skip
PRACTITIONER = {"99491", "99437", "G2064", "99424", "99425"}
COMPLEX = {"99487", "99489"}
PCM = {"G2064", "G2065", "99424", "99425", "99426", "99427"}
MOST_UNITS = 12


def rows(name: str) -> list[dict[str, str]]:
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


CODES, TIMES, CONFLICTS = rows("codes"), rows("time_thresholds"), rows("monthly_conflicts")


def holds(row: dict[str, str], on: date) -> bool:
    return (
        (row["valid_from"] or "0001-01-01") <= on.isoformat() <= (row["valid_to"] or "9999-12-31")
    )


def units_possible(code: str, staff: int, own: int, mdm: str, on: date) -> int:
    """Most units of one code alone, minutes in whole minutes."""
    row = next((r for r in TIMES if r["code"] == code and holds(r, on)), None)
    if row is None or not any(r["code"] == code and holds(r, on) for r in CODES):
        return 0
    if code in COMPLEX and mdm not in ("moderate", "high"):
        return 0
    minutes = own if code in PRACTITIONER else staff + own
    units = 0
    cap = int(row["max_units"]) if row["max_units"] else MOST_UNITS
    while units < cap and minutes >= int(row["first_minutes"]) + units * int(
        row["minutes_per_unit"] or 0
    ):
        units += 1
        if not row["minutes_per_unit"]:
            break
    return units


def forbidden(one: str, two: str, on: date) -> bool:
    family = {r["code"]: r["family"] for r in CODES}
    pair = {(family[one], family[two]), (family[two], family[one])}
    if len({family[one], family[two]}) == 1:
        # Within one family only a base and its own add-on stand together.
        return BASE_OF.get(one) != two and BASE_OF.get(two) != one
    return any(
        (r["billed"], r["other"]) in pair
        and r["by"] == "same"
        and r["level"] == "BLOCK"
        and holds(r, on)
        for r in CONFLICTS
    )


def legal_sets(staff: int, own: int, mdm: str, conditions: int, on: date) -> list[dict[str, int]]:
    """Every legal multiset of codes, maximal in units within its family, by brute force."""
    usable = {c: units_possible(c, staff, own, mdm, on) for c in TIMED}
    if conditions >= 2:
        usable = {c: u for c, u in usable.items() if c not in PCM}
    elif conditions == 1:
        usable = {c: u for c, u in usable.items() if c in PCM}
    else:
        return []
    usable = {c: u for c, u in usable.items() if u}
    found = []
    for counts in product(*(range(u + 1) for u in usable.values())):
        held = {c: n for c, n in zip(usable, counts, strict=True) if n}
        if not held or not is_legal(held, on):
            continue
        found.append(held)
    return [s for s in found if not any(_below(s, t) for t in found)]


def is_legal(held: dict[str, int], on: date) -> bool:
    if any(BASE_OF[c] not in held for c in held if c in BASE_OF):
        return False
    codes = sorted(held)
    return not any(forbidden(a, b, on) for a in codes for b in codes if a < b)


def _below(one: dict[str, int], other: dict[str, int]) -> bool:
    return one != other and all(other.get(c, 0) >= n for c, n in one.items())


def price(held: dict[str, int], on: date) -> Decimal | None:
    """Allowed amount through the fee schedule (itself held against published amounts)."""
    from ccm_core.errors import CcmError
    from ccm_core.fees import allowed

    try:
        return sum((allowed(c, on).allowed_usd * n for c, n in held.items()), Decimal(0))
    except CcmError:
        return None
