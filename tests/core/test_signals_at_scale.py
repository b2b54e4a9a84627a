"""Signals across patients: the same as comparing every pair, and cheap in the worst case."""

from __future__ import annotations

import random
import sys
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from types import FrameType

import pytest

from ccm_core.records import TimeEntry
from ccm_core.signals import find_signals
from tests.bench import made

START = datetime(2025, 3, 3, 14, tzinfo=UTC)
NOTE = "Reviewed the medication list and the home readings with the patient"


def an_entry(number: int, patient: str, minute: int, minutes: int, note: str = "") -> TimeEntry:
    at = START + timedelta(minutes=minute)
    return TimeEntry(f"e{number:05d}", patient, at, minutes * 60, staff_id="s1", note=note)


def by_every_pair(entries: list[TimeEntry]) -> dict[str, set[tuple[str, str]]]:
    found = defaultdict(set)
    ordered = sorted(entries, key=lambda e: (e.started_at, e.entry_id))
    for place, late in enumerate(ordered):
        for early in ordered[:place]:
            shared = early.ended_at > late.started_at
            if shared and early.seconds and early.patient_id != late.patient_id:
                found[early.patient_id].add((early.entry_id, late.entry_id))
                found[late.patient_id].add((early.entry_id, late.entry_id))
    return found


@pytest.mark.parametrize("seed", range(40))
def test_overlaps_are_those_of_every_pair(seed):
    rng = random.Random(seed)
    entries = [
        an_entry(n, f"p{rng.randrange(6)}", rng.randrange(300), rng.choice((0, 1, 5, 30, 200)))
        for n in range(rng.randrange(2, 24))
    ]
    found = find_signals(entries, made.PRACTICE, made.MONTH)
    seen = {
        patient: {s.ids for s in signals if s.kind == "staff_overlap"}
        for patient, signals in found.items()
    }
    assert {p: ids for p, ids in seen.items() if ids} == by_every_pair(entries)


def crowd(count: int) -> list[TimeEntry]:
    """One name on everybody at the same time with one note: a shared account."""
    return [an_entry(n, f"p{n:05d}", n % 50, 60, NOTE) for n in range(count)]


def test_a_shared_account_names_everybody_and_stays_bounded():
    found = find_signals(crowd(1000), made.PRACTICE, made.MONTH)
    assert len(found) == 1000
    for signals in found.values():
        kinds = {s.kind for s in signals}
        assert {"staff_overlap", "copied_note", "impossible_day"} <= kinds
        assert sum(len(s.ids) for s in signals) < 400


def calls_for(count: int) -> int:
    """Calls, of Python and of C, that the pass makes: the same on every machine."""
    entries, calls = crowd(count), 0

    def count_call(_frame: FrameType, event: str, _of: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count_call)
    try:
        find_signals(entries, made.PRACTICE, made.MONTH)
    finally:
        sys.setprofile(None)
    return calls


def test_ten_times_the_entries_cost_far_less_than_a_hundred_times_the_work():
    assert calls_for(1500) < 20 * calls_for(150)
