"""What each part of an audit from files to files costs: ``tests.bench.file_parts FOLDER``.

The folder is one that ``python -m tests.bench --works files --keep`` has made. Processor time in
microseconds a case, after everything was imported; one process, the collector paused.
"""

from __future__ import annotations

import gc
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow.compute  # noqa: F401 (its import is no part)

from ccm_core import overlay
from ccm_core.case_building import Choosing
from ccm_core.engine import charts, crossing, staging, steps
from ccm_core.engine.block_columns import Columns
from ccm_core.engine.columns import SeenSignal
from ccm_core.engine.file_rows import Files
from ccm_core.engine.folders import Tally
from ccm_core.engine.outcome_columns import writer
from tests.bench import made

_seconds: Counter[str] = Counter()


@contextmanager
def part(name: str) -> Iterator[None]:
    """Count the processor time of the block to this part."""
    began = time.process_time()
    yield
    _seconds[name] += time.process_time() - began


def audit(source: Path, room: Path) -> int:
    """All of an audit, part by part; gives the number of cases."""
    with part("see that the files are sorted"):
        files = Files(staging.stage(source, room))
        practice = files.practice()
    with part("the log by person"):
        people = files.people(practice, made.MONTH, room)
    with part("signals across patients"):
        logs = (files.log(some, practice, made.MONTH) for some in people)
        seen = crossing.by_patient([crossing.signals_in(log, practice, made.MONTH) for log in logs])
    ids = files.patient_ids()
    cuts = charts.cuts_of(ids)
    rows: dict[Any, Any] = {**files.charts(cuts[0]), SeenSignal: iter(seen.to_batches())}
    found = steps.blocks_in(rows, Choosing(practice, made.MONTH), None, cuts, None)
    count, tally, columns = 0, Tally(), Columns()
    with writer(room / "outcomes.parquet") as written:
        while True:
            with part("charts in columns to outcomes"):
                block = next(found, None)
            if block is None:
                return count
            with part("outcomes to columns, Arrow and Parquet; counts and sums"):
                table = columns.table(block)
                tally.add(table)
                written.write_table(table)
            count += table.num_rows


def main() -> None:
    """Audit a folder and print what the parts cost."""
    gc.disable()
    with tempfile.TemporaryDirectory() as room, overlay.pinned(overlay.current()):
        count = audit(Path(sys.argv[1]), Path(room))
    print(f"{count:,} cases, load {os.getloadavg()[0]:.1f}\n")
    print("| part | microseconds a case |\n|---|---|")
    for name, seconds in _seconds.items():
        print(f"| {name} | {seconds / count * 1e6:.1f} |")
    print(f"| together | {sum(_seconds.values()) / count * 1e6:.1f} |")


if __name__ == "__main__":
    main()
