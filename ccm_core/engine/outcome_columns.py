"""Outcomes as columns: findings as rule, summary and evidence; the rest is worded when read.

Title, fix and the text of the sources of a finding are those of the rule book: a file of a
million cases does not repeat them. ``read_outcomes`` puts them back, and gives what
``outcome_json`` gives, to the byte.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson

from ccm_core.audit import Outcome
from ccm_core.cases import SECONDS_PER_MINUTE
from ccm_core.outcome_json import plain, sources_json
from ccm_core.rules.book import find_rule

_CASE = (
    "patient_id", "month", "npi", "status", "staff_seconds", "practitioner_seconds",
    "total_seconds", "logged_seconds", "leftover_seconds", "excluded", "paths", "chosen",
    "planned_units", "planned_usd", "service_on", "expected_medicare_usd", "expected_patient_usd",
    "expected_by", "next_threshold_minutes", "minutes_to_next", "policy", "tables_version",
    "has_no_claim", "is_below_threshold",
)  # fmt: skip
FINDING = ("rule", "level", "layer", "summary", "evidence", "cites")
_KEPT = 20_000
"""Texts of paths that are kept while they are written, and no more."""


def schema() -> Any:
    """The columns of a file of outcomes; findings stand inside their case."""
    import pyarrow as pa

    named = {
        "service_on": pa.date32(), "has_no_claim": pa.bool_(), "is_below_threshold": pa.bool_(),
        **dict.fromkeys((
            "staff_seconds", "practitioner_seconds", "total_seconds", "logged_seconds",
            "leftover_seconds", "next_threshold_minutes", "minutes_to_next",
        ), pa.int64()),
    }  # fmt: skip
    finding = pa.struct([(name, pa.string()) for name in FINDING])
    columns = [(name, named.get(name, pa.string())) for name in _CASE]
    return pa.schema([*columns, ("findings", pa.list_(finding))])


class Columns:
    """Outcomes gathered column by column."""

    def __init__(self) -> None:
        self.cases: list[tuple[Any, ...]] = []
        self.findings: list[tuple[str, ...]] = []
        self.offsets = [0]
        self.paths: dict[int, tuple[Any, str]] = {}
        self.texts: dict[Any, str] = {}

    def add(self, outcomes: Iterable[Outcome]) -> None:
        for o in outcomes:
            self.cases.append(self._case(o))
            for judged in o.findings:
                found, shown = judged.finding, "[]"
                if found.evidence:
                    shown = _json([(e.name, e.value, e.ids) for e in found.evidence])
                # A level is a text; asking for its value costs as much as all the rest.
                self.findings.append((
                    judged.rule, judged.level, judged.layer, found.summary, shown,
                    self._cites(judged.cites),
                ))  # fmt: skip
            self.offsets.append(len(self.findings))

    def _case(self, o: Outcome) -> tuple[Any, ...]:
        due = o.expected
        excluded = "[]"
        if o.excluded:
            excluded = _json([(e.seconds, e.reason, e.entry_ids) for e in o.excluded])
        return (
            o.patient_id, o.month, o.npi, o.status, o.staff_seconds, o.practitioner_seconds,
            o.total_seconds, o.logged_seconds, o.leftover_seconds, excluded, self._paths(o.paths),
            o.chosen.name if o.chosen else None, self._units(o.planned_units),
            self._usd(o.planned_usd), o.service_on,
            self._usd(due.medicare_usd) if due else None,
            self._usd(due.patient_usd) if due else None,
            None if due is None else "contract" if due.is_contract else "fee schedule",
            o.next_threshold_minutes, o.minutes_to_next, o.policy_name, o.tables_version,
            o.has_no_claim, o.is_below_threshold,
        )  # fmt: skip

    def _paths(self, paths: Sequence[Any]) -> str:
        if not paths:
            return "[]"
        held = self.paths.get(id(paths))
        if held is None:
            if len(self.paths) >= _KEPT:
                self.paths.clear()
            text = _json([(p.name, dict(p.units), p.allowed_usd, p.estimate) for p in paths])
            # Paths are held beside their text: no others can have their identity meanwhile.
            held = self.paths[id(paths)] = (paths, text)
        return held[1]

    def _units(self, units: Any) -> str:
        if not units:
            return "{}"
        key = tuple(units.items())
        text = self.texts.get(key)
        if text is None:
            text = self.texts[key] = _json(dict(units))
        return text

    def _usd(self, amount: Decimal | None) -> str | None:
        if amount is None:
            return None
        text = self.texts.get(amount)
        if text is None:
            text = self.texts[amount] = plain(amount)
        return text

    def _cites(self, cites: tuple[str, ...]) -> str:
        text = self.texts.get(cites)
        if text is None:
            text = self.texts[cites] = _json(cites)
        return text

    def table(self) -> Any:
        """What was gathered, as an Arrow table; nothing is held afterwards."""
        import pyarrow as pa

        wanted = schema()
        found = zip(*self.findings, strict=True) if self.findings else [()] * len(FINDING)
        parts = pa.StructArray.from_arrays(
            [pa.array(column, pa.string()) for column in found], names=list(FINDING)
        )
        columns = zip(*self.cases, strict=True) if self.cases else [()] * len(_CASE)
        arrays = [pa.array(column, one.type) for column, one in zip(columns, wanted, strict=False)]
        arrays.append(pa.ListArray.from_arrays(pa.array(self.offsets, pa.int32()), parts))
        self.cases, self.findings, self.offsets = [], [], [0]
        return pa.Table.from_arrays(arrays, schema=wanted)


def _json(value: Any) -> str:
    return orjson.dumps(value, default=_plain).decode()


def _plain(value: Any) -> Any:
    found = plain(value)
    return sorted(found) if isinstance(found, frozenset | set) else found


def read_outcomes(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """The outcomes of a folder by patient, worded: the shape of ``outcome_json``."""
    for row in _rows(folder):
        yield row["patient_id"], _worded(row)


def _rows(folder: Path) -> Iterator[dict[str, Any]]:
    import pyarrow.parquet as pq

    for file in sorted(folder.glob("*.parquet")):
        for batch in pq.ParquetFile(file).iter_batches():
            yield from batch.to_pylist()


def _worded(row: dict[str, Any]) -> dict[str, Any]:
    paths = {
        name: {"name": name, "units": units, "allowed_usd": usd, "estimate": estimate}
        for name, units, usd, estimate in orjson.loads(row["paths"])
    }
    chosen = None
    if row["chosen"] is not None:
        chosen = {
            **paths[row["chosen"]],
            "expected_medicare_usd": row["expected_medicare_usd"],
            "expected_patient_usd": row["expected_patient_usd"],
            "expected_by": row["expected_by"] or "fee schedule",
        }
    return {
        "status": row["status"],
        "month": row["month"],
        "counted_minutes": {
            name: row[f"{name}_seconds"] // SECONDS_PER_MINUTE
            for name in ("staff", "practitioner", "total")
        },
        "excluded": [
            {"minutes": seconds // SECONDS_PER_MINUTE, "seconds": seconds, "reason": reason}
            for seconds, reason, _ in orjson.loads(row["excluded"])
        ],
        "leftover_minutes": row["leftover_seconds"] // SECONDS_PER_MINUTE,
        "paths": list(paths.values()),
        "chosen": chosen,
        "planned_units": orjson.loads(row["planned_units"]),
        "date_of_service": plain(row["service_on"]),
        "findings": [_finding(found) for found in row["findings"]],
        "policy": row["policy"],
        "tables_version": row["tables_version"],
    }


def _finding(row: dict[str, str]) -> dict[str, Any]:
    return {
        "rule": row["rule"],
        "level": row["level"],
        "summary": row["summary"],
        "evidence": [
            {"name": name, "value": value, "ids": ids}
            for name, value, ids in orjson.loads(row["evidence"])
        ],
        "sources": sources_json(orjson.loads(row["cites"])),
        "fix": find_rule(row["rule"]).fix,
        "layer": row["layer"],
    }


def line_of(patient_id: str, said: dict[str, Any]) -> bytes:
    """One case in canonical JSON: what the digest of an audit is made of."""
    line = {"patient": patient_id, **said}
    return json.dumps(line, sort_keys=True, ensure_ascii=False).encode() + b"\n"
