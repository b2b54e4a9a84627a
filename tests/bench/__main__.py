"""The audit beside what else could do a part of it: ``python -m tests.bench --help``.

Needs requirements-bench.txt and, for Spark, requirements-spark.txt and Java 17, in an
environment of its own. Each line is a process of its own, so that its peak of memory is its
own. All read the same Parquet files. Ours reads every column, looks across patients, works
out minutes, paths and prices, judges about a hundred rules and writes their evidence; the
hand-written SQL only works out minutes and codes, and the two must agree on each patient; the
generic rule engine only judges five conditions that are given to it ready; the bare scan adds
up one column. Beside the generic engine stand five rules of ours that rest on the same
questions, and our whole rule layer, both over cases whose minutes and paths are worked out.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.bench import engines


def measured(work: str, folder: Path, cases: int) -> dict[str, Any]:
    """What one kind of work cost, in a session of processes of its own."""
    command = [sys.executable, "-m", "tests.bench.engines", work, str(folder), str(cases)]
    done = subprocess.run(
        command, check=True, capture_output=True, text=True, start_new_session=True
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    """Read the command line and print the table."""
    asked = argparse.ArgumentParser(prog="tests.bench", description=__doc__.splitlines()[0])
    asked.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000])
    asked.add_argument("--works", nargs="+", choices=engines.WORKS, default=list(engines.WORKS))
    asked.add_argument("--keep", type=Path, help="A folder for the made-up files, kept for later.")
    chosen = asked.parse_args()
    print(f"Load when it began: {os.getloadavg()[0]:.1f}, processors: {os.cpu_count()}\n")
    print("| what | patient-months | wall s | CPU s | microseconds a case | a check | "
          "of the scan | peak MiB | growth |\n|---|---|---|---|---|---|---|---|---|")  # fmt: skip
    before: dict[str, tuple[int, float]] = {}
    with tempfile.TemporaryDirectory(prefix="ccm-bench-") as scratch:
        for cases in chosen.sizes:
            folder = (chosen.keep or Path(scratch)) / f"bench-{cases}"
            if not (folder / "days.parquet").exists():
                engines.write(folder, cases)
            compare(chosen.works, folder, cases, before)


def compare(
    works: list[str], folder: Path, cases: int, before: dict[str, tuple[int, float]]
) -> None:
    """Print what each work costs at one size; all that worked must agree."""
    found: dict[str, dict[str, Any]] = {}
    for work in works:
        if work in engines.IN_MEMORY and cases > engines.MOST_IN_MEMORY:
            continue
        row = found[work] = measured(work, folder, cases)
        old = before.get(work)
        grows = math.log(row["cpu"] / old[1], cases / old[0]) if old else None
        before[work] = (cases, row["cpu"])
        of_scan = f"{row['cpu'] / found['scan']['cpu']:,.0f}" if "scan" in found else ""
        each = row["cpu"] / cases * 1e6
        check = f"{each / row['checks']:.2f}" if "checks" in row else ""
        print(f"| {engines.WORKS[work]} | {cases:,} | {row['wall']:.2f} | {row['cpu']:.2f} | "
              f"{each:.1f} | {check} | {of_scan} | "
              f"{row['peak']:.0f} | {'' if grows is None else f'{grows:.2f}'} |",
              flush=True)  # fmt: skip
    for work in ("rules", "five", "judged"):
        if work in found:
            print(f"<!-- {work}: {found[work]['fired']} -->")
    answers = {row["digest"] for work, row in found.items() if "digest" in row and work != "rules"}
    assert len(answers) <= 1, "minutes or codes differ"
    assert len({row["output"] for row in found.values() if "output" in row}) <= 1, "files differ"
    if {"rules", "sql"} <= found.keys():
        assert found["rules"]["digest"] == found["sql"]["judged"], "the conditions differ"


if __name__ == "__main__":
    main()
