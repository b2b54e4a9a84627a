"""What a person should look at although nothing is wrong with any single row."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from ccm_core import records
from ccm_core.exchange.settle import Settled


def observations(settled: Settled) -> tuple[str, ...]:
    """Sentences about the records that an import will write; they name no patient."""
    people = settled.writes.get(records.Patient, [])
    covers = settled.writes.get(records.Payer, [])
    found = [
        _told(_shared(people, _mbi), "patients share a Medicare number with another patient"),
        _told(_shared(people, _who), "patients share name and birth date with another patient"),
        _told(_with_gaps(covers), "patients have a gap between two of their coverages"),
        _told(
            _without_hour(settled),
            "time entries tell the day and no time of day: their minutes "
            "count, and the audit asks for a look (T15)",
        ),
    ]
    if people:
        covered = {one.patient_id for one in covers}
        without = sum(one.patient_id not in covered for one in people)
        found.append(_told(without, "new or changed patients come without coverage; "
                           "it is unknown, not taken for Medicare"))  # fmt: skip
    return tuple(one for one in found if one)


def _told(count: int, what: str) -> str:
    return f"{count:,} {what}." if count else ""


def _mbi(one: records.Patient) -> Any:
    return one.mbi


def _who(one: records.Patient) -> Any:
    if not (one.family_name and one.given_name and one.born_on):
        return None
    return one.family_name.casefold(), one.given_name.casefold(), one.born_on


def _shared(people: Iterable[records.Patient], key: Any) -> int:
    ids: dict[Any, set[str]] = defaultdict(set)
    for one in people:
        if key(one):
            ids[key(one)].add(one.patient_id)
    return sum(len(several) for several in ids.values() if len(several) > 1)


def _without_hour(settled: Settled) -> int:
    return sum(not one.is_start_known for one in settled.writes.get(records.TimeEntry, []))


def _with_gaps(covers: Iterable[records.Payer]) -> int:
    spans: dict[str, list[tuple[date, date]]] = defaultdict(list)
    for one in covers:
        spans[one.patient_id].append((one.from_on or date.min, one.to_on or date.max))
    return sum(_has_gap(sorted(several)) for several in spans.values())


def _has_gap(spans: list[tuple[date, date]]) -> bool:
    reached = spans[0][1]
    for first, last in spans[1:]:
        if reached < date.max and first > reached + timedelta(days=1):
            return True
        reached = max(reached, last)
    return False
