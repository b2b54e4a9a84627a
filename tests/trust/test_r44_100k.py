"""R44: 100,000 rows, broken in every known way at known places: exactly those are rejected."""

from __future__ import annotations

import json
import os
import random
import resource
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROWS, BROKEN = 100_000, 5_000


def peak_mib() -> float:
    """The most memory of this program. ``ru_maxrss`` would not do: it survives an exec."""
    status = Path("/proc/self/status")
    if not status.is_file():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    line = next(one for one in status.read_text().splitlines() if one.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def work() -> None:
    """Runs in a process of its own, so that its memory is its own."""
    from tests.exchange.makers import stage, table
    from tests.exchange.test_mutations import HEADER, KNOWN, MUTATIONS, good_row, patients, told

    chance = random.Random(44)
    rows = [good_row(number) for number in range(ROWS)]
    places = sorted(chance.sample(range(ROWS), BROKEN))
    kinds = {place: MUTATIONS[n % len(MUTATIONS)] for n, place in enumerate(places)}
    for place, (_, _, _, break_it) in kinds.items():
        rows[place] = break_it(rows[place])
    # The helper's own count of lines takes the square of the rows; here each row is a line.
    assert not any("\n" in cell for row in rows for cell in row)
    content, lines = table(HEADER, rows), range(2, ROWS + 2)
    expected = [(lines[place], kinds[place][1], kinds[place][2]) for place in places]
    before = os.times()
    staged = stage(("time.csv", content), patients(*KNOWN))
    after = os.times()
    file = staged.report.files[0]
    found = told(staged.report)
    print(json.dumps({
        "is_exact": found == expected, "found": len(found), "expected": len(expected),
        "read": file.read, "accepted": file.accepted, "rejected": file.rejected,
        "duplicate": file.duplicate, "kinds": len(MUTATIONS),
        "seconds": after.user + after.system - before.user - before.system,
        "mib": peak_mib(),
    }))  # fmt: skip


@pytest.mark.slow
def test_the_reject_list_is_exact_fast_and_small():
    done = subprocess.run(
        [sys.executable, "-c", "from tests.trust import test_r44_100k as t; t.work()"],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=170,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    told = json.loads(done.stdout.splitlines()[-1])
    print(told)
    assert told["is_exact"], told
    assert told["read"] == ROWS == told["accepted"] + told["rejected"] + told["duplicate"]
    assert told["rejected"] == BROKEN
    assert told["seconds"] < 60
    assert told["mib"] < 500
