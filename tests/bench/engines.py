"""One kind of work over the synthetic practice, measured: started by ``tests.bench``."""

from __future__ import annotations

import gc
import hashlib
import json
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from ccm_core import records as r
from ccm_core.months import day_start, time_zone
from tests.bench import made

WORKS = {
    "scan": "bare scan: one sum (DuckDB)",
    "sql": "minutes and codes in hand-written SQL (DuckDB)",
    "rules": "five ready conditions (rule-engine)",
    "audit": "our audit, cases in memory",
}
CONDITIONS = {
    "no consent": "not has_consent",
    "one condition": "groups == 1",
    "below the first mark": "seconds < 1200",
    "a stay": "has_stay and seconds > 0",
    "two units": "groups >= 2 and seconds >= 2400",
}
_TABLES = {
    r.Patient: ("patients", lambda x: {"patient_id": x.patient_id}),
    r.Condition: ("conditions", lambda x: {"patient_id": x.patient_id, "group": x.group}),
    r.Consent: ("consents", lambda x: {"patient_id": x.patient_id, "given_on": x.given_on}),
    r.Stay: (
        "stays",
        lambda x: {"patient_id": x.patient_id, "from_on": x.from_on, "to_on": x.to_on},
    ),
    r.TimeEntry: (
        "entries",
        lambda x: {
            "patient_id": x.patient_id, "entry_id": x.entry_id,
            "started": int(x.started_at.timestamp()), "seconds": x.seconds,
        },
    ),
}  # fmt: skip
_AT_ONCE = 5_000


def write(folder: Path, cases: int) -> None:
    """The records of the practice as Parquet, some patients at a time."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    writers: dict[str, Any] = {}
    for first in range(0, cases, _AT_ONCE):
        rows: dict[str, list[dict[str, Any]]] = {name: [] for name, _ in _TABLES.values()}
        for number in range(first, min(cases, first + _AT_ONCE)):
            for record in made.chart(number):
                if type(record) in _TABLES:
                    name, row = _TABLES[type(record)]
                    rows[name].append(row(record))
        for name, some in rows.items():
            table = pa.Table.from_pylist(some)
            writer = writers.setdefault(name, None) or pq.ParquetWriter(
                folder / f"{name}.parquet", table.schema
            )
            writers[name] = writer
            writer.write_table(table)
    for writer in writers.values():
        writer.close()
    zone = time_zone(made.PRACTICE.time_zone)
    days = [made.MONTH.first_day + timedelta(days=n) for n in range(-2, 40)]
    listed = [{"started": day_start(day, zone), "on": day} for day in days]
    pq.write_table(pa.Table.from_pylist(listed), folder / "days.parquet")


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
    for file in sorted(folder.glob("*.parquet")):
        opened.execute(f"CREATE VIEW {file.stem} AS SELECT * FROM '{file}'")
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
    return {"digest": sorted(judged.items())}


def audit(_folder: Path, cases: int, clock: Clock) -> dict[str, Any]:
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


def peak_mib() -> float:
    """The most memory of this program (Linux); ``ru_maxrss`` would be the parent's, too."""
    status = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in status if line.startswith("VmHWM")).split()[1]) / 1024


def main() -> None:
    """Do one work and print what it cost as JSON."""
    work, folder, cases = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    clock = Clock()
    found = globals()[work](folder, cases, clock)
    print(json.dumps(found | {"wall": clock.wall, "cpu": clock.cpu, "peak": peak_mib()}))


if __name__ == "__main__":
    main()
