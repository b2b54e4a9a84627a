"""The audit beside what else could do a part of it: ``python -m tests.bench --help``.

Needs requirements-bench.txt, in an environment of its own. Each line is a process of its
own, so that its peak of memory is its own. Ours works out minutes, paths, prices, about a
hundred rules and the evidence; the hand-written SQL only minutes and codes, and the two must
agree on each patient; the generic rule engine only judges five conditions that are given to
it ready; the bare scan adds up one column.
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

from tests.bench import engines


def measured(work: str, folder: Path, cases: int) -> dict[str, float]:
    """What one kind of work cost, in a process of its own."""
    command = [sys.executable, "-m", "tests.bench.engines", work, str(folder), str(cases)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def main() -> None:
    """Read the command line and print the table."""
    asked = argparse.ArgumentParser(prog="tests.bench", description=__doc__.splitlines()[0])
    asked.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000])
    sizes = asked.parse_args().sizes
    print(f"Load when it began: {os.getloadavg()[0]:.1f}, processors: {os.cpu_count()}\n")
    print("| what | patient-months | wall s | CPU s | microseconds a case | of the scan | "
          "peak MiB | growth |\n|---|---|---|---|---|---|---|---|")  # fmt: skip
    before: dict[str, tuple[int, float]] = {}
    for cases in sizes:
        with tempfile.TemporaryDirectory(prefix="ccm-bench-") as folder:
            engines.write(Path(folder), cases)
            found = {work: measured(work, Path(folder), cases) for work in engines.WORKS}
        assert found["audit"]["digest"] == found["sql"]["digest"], "minutes or codes differ"
        assert found["rules"]["digest"] == found["sql"]["judged"], "the conditions differ"
        for work, name in engines.WORKS.items():
            row, old = found[work], before.get(work)
            grows = math.log(row["cpu"] / old[1], cases / old[0]) if old else None
            before[work] = (cases, row["cpu"])
            print(f"| {name} | {cases:,} | {row['wall']:.2f} | {row['cpu']:.2f} | "
                  f"{row['cpu'] / cases * 1e6:.1f} | {row['cpu'] / found['scan']['cpu']:,.0f} | "
                  f"{row['peak']:.0f} | {'' if grows is None else f'{grows:.2f}'} |",
                  flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
