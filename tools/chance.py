"""How often each screen of the time log would fire by chance; writes data/screens.csv anew.

python tools/chance.py            writes the column ``chance``
python tools/chance.py --check    fails when a figure is out of date

Every chance is worked out under the assumption that the table states, at the
fewest entries that the screen judges: exactly, as fractions, or by a simulation
with a fixed seed that runs the screen itself.
"""

from __future__ import annotations

import csv
import io
import itertools
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from fractions import Fraction
from math import comb
from pathlib import Path
from random import Random

from ccm_core import tables
from ccm_core.demo import words
from ccm_core.months import Month
from ccm_core.policy import Policy
from ccm_core.records import Practice, TimeEntry
from ccm_core.rules.documentation import is_vague
from ccm_core.signals import find_signals

OUT = Path(__file__).resolve().parents[1] / "data" / "screens.csv"
MONTH = Month(2026, 11)
LONGEST = 20
"""Lengths are whole minutes from 1 to this, all equally likely."""
ENTRIES = 4
"""Entries of one patient-month."""
WORKDAYS = 20
RUNS = 400
NOTES = 60
SEED = 20261121


def at_least(count: int, trials: int, chance: Fraction) -> Fraction:
    """The chance of so many or more hits in independent trials."""
    ways = range(count, trials + 1)
    return sum(
        (comb(trials, k) * chance**k * (1 - chance) ** (trials - k) for k in ways), Fraction()
    )


def any_of(trials: int, chance: Fraction) -> Fraction:
    """The chance of a hit in one or more of the trials."""
    return 1 - (1 - chance) ** trials


def needed(policy: Policy, share: str, of: str) -> tuple[int, int]:
    """Hits that a share in percent asks for, and the trials."""
    trials = policy.whole(of)
    return -(-policy.whole(share) * trials // 100), trials


def vague(policy: Policy) -> Fraction:
    """The share of the library's shortest notes, opening and detail, that are called vague."""
    openings, details, _ = _library()
    made = [
        f"{opening.format(condition='asthma')}: {detail}"
        for opening, detail in itertools.product(openings, details)
    ]
    return Fraction(sum(is_vague(note, policy) for note in made), len(made))


def _library() -> tuple[list[str], list[str], list[str]]:
    rows = tables.load("demo_notes").rows
    parts = ("opening", "detail", "closing")
    openings, details, closings = ([r["text"] for r in rows if r["part"] == p] for p in parts)
    return openings, details, closings


def repeated(policy: Policy) -> Fraction:
    """Three or more equal notes among four: one opening of five, one detail or two, a closing."""
    _, details, closings = _library()
    openings = 5
    singles = openings * len(details) * len(closings)
    pairs = singles * (len(details) - 1)
    count = policy.whole("note_copy_count")
    return singles * at_least(count, ENTRIES, Fraction(6, 10) / singles) + pairs * at_least(
        count, ENTRIES, Fraction(4, 10) / pairs
    )


def copied(policy: Policy) -> Fraction:
    """The share of simulated months of one person in which the screen finds copies."""
    rng = Random(SEED)
    practice = Practice("chance", "", policy=policy.name)
    hits = 0
    for _ in range(RUNS):
        found = find_signals(_person_month(rng), practice, MONTH)
        hits += any(s.kind == "copied_note" for signals in found.values() for s in signals)
    return Fraction(hits, RUNS)


def _person_month(rng: Random) -> list[TimeEntry]:
    """One note for each of many patients with one disease, all by one person."""
    hour = datetime(MONTH.year, MONTH.month, 3, 15, tzinfo=UTC)
    return [
        TimeEntry(
            f"entry-{n}", f"patient-{n}", hour.replace(day=1 + n % WORKDAYS), 60, staff_id="one",
            note=words.note(rng, rng.choice(words.activities()), "asthma"),
        )
        for n in range(NOTES)
    ]  # fmt: skip


def equal_in_month(policy: Policy) -> Fraction:
    return Fraction(1, LONGEST) ** (policy.whole("equal_duration_entries") - 1)


def one_length(policy: Policy) -> Fraction:
    count, trials = needed(policy, "equal_duration_share", "equal_duration_min_entries")
    if count * 2 <= trials:
        raise SystemExit("Two lengths may both reach the share: the sum counts months twice.")
    return LONGEST * at_least(count, trials, Fraction(1, LONGEST))


def multiples(policy: Policy) -> Fraction:
    count, trials = needed(policy, "round_share", "equal_duration_min_entries")
    hits = sum(n % policy.whole("round_minutes") == 0 for n in range(1, LONGEST + 1))
    return at_least(count, trials, Fraction(hits, LONGEST))


def bunching(policy: Policy) -> Fraction:
    count, trials = needed(policy, "bunching_share", "bunching_min_months")
    first = min(path.base.first_seconds for path in policy.paths)
    return at_least(count, trials, Fraction(policy.whole("bunching_width_seconds"), 2 * first))


def month_end(policy: Policy) -> Fraction:
    count, trials = needed(policy, "month_end_share", "month_end_min_entries")
    return at_least(count, trials, Fraction(policy.whole("month_end_days"), WORKDAYS))


def late(policy: Policy) -> Fraction:
    return any_of(ENTRIES, Fraction(1, 2) ** (policy.whole("late_entry_hours") // 8))


def closed(policy: Policy) -> Fraction:
    hours = 6 * (policy.whole("clinic_close_hour") - policy.whole("clinic_open_hour"))
    return any_of(ENTRIES, 1 - Fraction(hours, 7 * 24))


def impossible_day(policy: Policy) -> Fraction:
    """Forty entries of one day, added up exactly."""
    ways = {0: 1}
    for _ in range(40):
        more: dict[int, int] = {}
        for total, count in ways.items():
            for length in range(1, LONGEST + 1):
                more[total + length] = more.get(total + length, 0) + count
        ways = more
    limit = policy.whole("staff_day_hours") * 60
    return Fraction(sum(n for total, n in ways.items() if total > limit), LONGEST**40)


def long_entry(policy: Policy) -> Fraction:
    return any_of(ENTRIES, Fraction(1, 2) ** (policy.whole("long_entry_minutes") // 10))


CHANCES: dict[str, Callable[[Policy], Fraction]] = {
    "D01": vague, "D03": repeated, "D04": copied, "D05": equal_in_month, "D06": one_length,
    "D07": multiples, "D08": bunching, "D09": month_end, "D10": late, "D11": closed,
    "D12": impossible_day, "D13": long_entry,
}  # fmt: skip


def written(chance: Fraction) -> str:
    """Three figures: small chances as a power of ten."""
    return f"{float(chance):.3g}"


def text() -> str:
    """The whole table with every chance worked out anew."""
    policy = Policy.on(MONTH)
    with OUT.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    made = io.StringIO(newline="")
    out = csv.DictWriter(made, list(rows[0]), lineterminator="\n")
    out.writeheader()
    out.writerows({**row, "chance": written(CHANCES[row["rule"]](policy))} for row in rows)
    return made.getvalue()


def main() -> int:
    wanted = text()
    if "--check" in sys.argv:
        if OUT.read_text(encoding="utf-8") != wanted:
            print("data/screens.csv is out of date: run python tools/chance.py")
            return 1
        return 0
    OUT.write_text(wanted, encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
