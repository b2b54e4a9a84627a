"""One kind of work over the synthetic practice, measured: started by ``tests.bench``."""

from __future__ import annotations

import gc
import hashlib
import json
import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from ccm_core.months import day_start, time_zone
from tests.bench import made, rule_layer

WORKS = {
    "scan": "bare scan: one sum (DuckDB)",
    "sql": "minutes and codes in hand-written SQL (DuckDB)",
    "rules": "five ready conditions (rule-engine)",
    "five": "five rules of ours that say the same, on worked-out cases",
    "judged": "our whole rule layer, on worked-out cases",
    "memory": "our audit, cases in memory",
    "files": "our audit, files to files, one process",
    "processes": "our audit, files to files, processes",
    "spark": "our audit, files to files, Spark local[2]",
}
IN_MEMORY = ("five", "judged", "memory")
MOST_IN_MEMORY = 100_000
"""Cases beyond which they are not held in memory: the generator costs more than the audit."""
CONDITIONS = {
    "no consent": "not has_consent",
    "one condition": "groups == 1",
    "below the first mark": "seconds < 1200",
    "a stay": "has_stay and seconds > 0",
    "two units": "groups >= 2 and seconds >= 2400",
}
_AT_ONCE = 5_000
_VIEWS = {
    "patients": "SELECT patient_id FROM 'Patient.parquet'",
    "conditions": """SELECT patient_id, "group" FROM 'Condition.parquet'""",
    "consents": "SELECT patient_id, given_on FROM 'Consent.parquet'",
    "stays": "SELECT patient_id, from_on, to_on FROM 'Stay.parquet'",
    "entries": "SELECT patient_id, entry_id, epoch(started_at)::BIGINT AS started, seconds "
    "FROM 'TimeEntry.parquet'",
    "days": "SELECT * FROM 'days.parquet'",
}
"""What the hand-written SQL calls the columns of the files that we read."""


MADE = 100_000
"""Patients that are made one by one; beyond, all of them stand there again under new names."""


def write(folder: Path, cases: int) -> None:
    """The records of the practice as columns, and the days of the month beside them."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from ccm_core.engine.columns import write_records

    if cases <= MADE:
        write_records(made.practice_records(cases), folder)
    else:
        with tempfile.TemporaryDirectory(prefix="ccm-made-") as once:
            write_records(made.practice_records(MADE), Path(once))
            _copy(Path(once), folder, cases // MADE)
    zone = time_zone(made.PRACTICE.time_zone)
    days = [made.MONTH.first_day + timedelta(days=n) for n in range(-2, 40)]
    listed = [{"started": day_start(day, zone), "on": day} for day in days]
    pq.write_table(pa.Table.from_pylist(listed), folder / "days.parquet")


def _copy(source: Path, folder: Path, times: int) -> None:
    """The same charts several times; each copy has patients, people and numbers of its own."""
    import pyarrow.parquet as pq

    folder.mkdir(parents=True, exist_ok=True)
    for file in sorted(source.glob("*.parquet")):
        opened = pq.ParquetFile(file)
        with pq.ParquetWriter(folder / file.name, opened.schema_arrow, compression="zstd") as out:
            for number in range(times if file.stem not in ("Practice", "Practitioner") else 1):
                for group in range(opened.num_row_groups):
                    out.write_table(_renamed(opened.read_row_group(group), number))


def _renamed(table: Any, number: int) -> Any:
    """A chart's identifiers begin with ``b00``, a person's with ``s``."""
    import pyarrow.compute as pc

    for place, name in enumerate(table.column_names):
        if name.endswith("_id") and name != "practice_id":
            ids = pc.replace_substring_regex(table[name], "^b00", f"b{number:02d}")
            ids = pc.replace_substring_regex(ids, "^s", f"s{number:02d}x")
            table = table.set_column(place, name, ids)
    return table


class Clock:
    """Wall and processor time of what is worth measuring, generation left out."""

    def __init__(self) -> None:
        self.wall = self.cpu = 0.0

    def __enter__(self) -> Clock:
        self.began = time.perf_counter(), time.process_time()
        return self

    def __exit__(self, *_: object) -> None:
        self.wall += time.perf_counter() - self.began[0]
        self.cpu += time.process_time() - self.began[1]


def digest(rows: Iterable[tuple[str, int, str]]) -> str:
    """One text over patient, counted seconds and codes."""
    found = hashlib.sha256()
    for row in rows:
        found.update(repr(row).encode())
    return found.hexdigest()


def tables(folder: Path) -> Any:
    """DuckDB with the Parquet files as views; one thread, like everybody else here."""
    import duckdb

    opened = duckdb.connect(config={"threads": 1})
    for name, text in _VIEWS.items():
        placed = text.replace("FROM '", f"FROM '{folder}/")
        opened.execute(f"CREATE VIEW {name} AS {placed}")
    return opened


def scan(folder: Path, _cases: int, clock: Clock) -> dict[str, Any]:
    opened = tables(folder)
    with clock:
        opened.execute("SELECT count(*), sum(seconds) FROM entries").fetchall()
    return {}


def answers(folder: Path, clock: Clock) -> list[Any]:
    opened = tables(folder)
    with clock:
        found: list[Any] = opened.execute(
            (Path(__file__).parent / "reference.sql").read_text()
        ).fetchall()
    return found


def features(rows: list[Any]) -> Iterator[dict[str, Any]]:
    names = ("patient_id", "seconds", "codes", "groups", "has_consent", "has_stay")
    for row in rows:
        yield dict(zip(names, row, strict=True))


def sql(folder: Path, _cases: int, clock: Clock) -> dict[str, Any]:
    rows = answers(folder, clock)
    judged = Counter()
    for one in features(rows):
        judged["no consent"] += not one["has_consent"]
        judged["one condition"] += one["groups"] == 1
        judged["below the first mark"] += one["seconds"] < 1200
        judged["a stay"] += one["has_stay"] and one["seconds"] > 0
        judged["two units"] += one["groups"] >= 2 and one["seconds"] >= 2400
    return {"digest": digest(row[:3] for row in rows), "judged": sorted(judged.items())}


def rules(folder: Path, _cases: int, clock: Clock) -> dict[str, Any]:
    import rule_engine

    given = list(features(answers(folder, Clock())))
    asked = {name: rule_engine.Rule(text) for name, text in CONDITIONS.items()}
    with clock:
        judged = {name: sum(map(rule.matches, given)) for name, rule in asked.items()}
    return {"digest": sorted(judged.items()), "checks": len(CONDITIONS), "fired": judged}


def memory(_folder: Path, cases: int, clock: Clock) -> dict[str, Any]:
    from ccm_core.audit import audit_case, policy_of

    rows: list[tuple[str, int, str]] = []
    for first in range(0, cases, _AT_ONCE):
        some = [made.case(number) for number in range(first, min(cases, first + _AT_ONCE))]
        gc.collect()
        with clock:
            outcomes = [audit_case(case, policy_of(case)) for case in some]
        for one in outcomes:
            units = one.chosen.units.items() if one.chosen else ()
            codes = " ".join(f"{code}x{number}" for code, number in units)
            rows.append((one.patient_id, one.total_seconds, codes))
    return {"digest": digest(rows)}


def files(folder: Path, cases: int, clock: Clock) -> dict[str, Any]:
    return _to_files("local", folder, cases, clock)


def processes(folder: Path, cases: int, clock: Clock) -> dict[str, Any]:
    return _to_files("processes", folder, cases, clock)


def spark(folder: Path, cases: int, clock: Clock) -> dict[str, Any]:
    return _to_files("spark", folder, cases, clock)


def _to_files(engine: str, folder: Path, cases: int, clock: Clock) -> dict[str, Any]:
    """Read, build, look across patients, judge with evidence, price, write: all of it."""
    from ccm_core.cli.audit_report import counted
    from ccm_core.engine.run import Cluster, audit_to_output

    output = folder.parent / f"{folder.name}-{engine}"
    with clock:
        where = Cluster("local[2]", str(folder), str(output))
        tally = audit_to_output([], made.MONTH, None, None, engine, where)
        clock.cpu += tree_cpu() - time.process_time()
    report = counted(tally, made.MONTH, "", str(output))
    assert report["cases"] == cases
    found = {"digest": digest(_written(output)), "output": report["output_sha256"]}
    shutil.rmtree(output)
    return found


def _written(output: Path) -> Iterator[tuple[str, int, str]]:
    import pyarrow.parquet as pq

    for file in sorted(output.glob("*.parquet")):
        table = pq.read_table(file, columns=["patient_id", "total_seconds", "chosen", "paths"])
        for pid, seconds, chosen, paths in zip(*table.to_pydict().values(), strict=True):
            units = {name: units for name, units, *_ in json.loads(paths)} if chosen else {}
            codes = " ".join(f"{code}x{n}" for code, n in units.get(chosen, {}).items())
            yield pid, seconds, codes


_TICKS = os.sysconf("SC_CLK_TCK")


def tree_cpu() -> float:
    """Processor seconds of this session's processes and of those that they waited for (Linux)."""
    total = 0
    for file in Path("/proc").glob("[0-9]*/stat"):
        try:
            said = file.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(said[3]) == os.getsid(0):
            total += sum(map(int, said[11:15]))
    return total / _TICKS


def peak_mib() -> float:
    """The most memory of this program, its living children added (Linux)."""
    total = 0
    for file in Path("/proc").glob("[0-9]*/stat"):
        try:
            said = file.read_text().rpartition(")")[2].split()
            if int(said[3]) == os.getsid(0):
                status = (file.parent / "status").read_text().splitlines()
                found = next((line for line in status if line.startswith("VmHWM")), "VmHWM: 0 kB")
                total += int(found.split()[1])
        except OSError:
            continue
    return total / 1024


def main() -> None:
    """Do one work and print what it cost as JSON."""
    work, folder, cases = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    clock = Clock()
    found = (getattr(rule_layer, work, None) or globals()[work])(folder, cases, clock)
    print(json.dumps(found | {"wall": clock.wall, "cpu": clock.cpu, "peak": peak_mib()}))


if __name__ == "__main__":
    main()
