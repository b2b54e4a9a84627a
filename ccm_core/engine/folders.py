"""One month's audit over a folder of columns: the same work in one process, several or Spark.

Two passes: by person for what is seen across patients, then by patient. A pass is a list
of pieces and one function; an engine is nothing but the way in which it maps them.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from decimal import Decimal
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from ccm_core import overlay, records
from ccm_core.audit import Outcome, audit_case, policy_of
from ccm_core.case_building import Choosing
from ccm_core.cases import Case
from ccm_core.engine import charts, crossing
from ccm_core.engine.outcome_columns import Columns, schema
from ccm_core.engine.staging import Staged, stage
from ccm_core.errors import UsageError
from ccm_core.months import Month
from ccm_core.store.backup.scratching import scratch
from ccm_core.store.statements import collector_paused

STEPS = 4
"""Steps of patients in one piece of work."""

Mapped = Callable[[Callable[[Any], Any], Sequence[Any]], Iterable[Any]]
"""How an engine maps a function over pieces; the answers come in the order of the pieces."""


@dataclass(frozen=True)
class Plan:
    """What every piece of an audit must know."""

    staged: Staged
    practice: records.Practice
    month: Month
    policy: str | None
    fees: overlay.Overlay
    output: str = ""


@dataclass
class Tally:
    """Counts and sums of an audit whose outcomes lie in files."""

    status: Counter[str] = field(default_factory=Counter)
    usd: dict[str, Decimal] = field(default_factory=dict)
    rules: Counter[str] = field(default_factory=Counter)
    policies: Counter[str] = field(default_factory=Counter)
    nothing: int = 0
    below: int = 0
    unpriced: int = 0

    def add(self, outcomes: Iterable[Outcome]) -> None:
        for o in outcomes:
            self.status[o.status] += 1
            self.policies[o.policy_name] += 1
            self.nothing += o.has_no_claim
            self.below += o.is_below_threshold
            if o.planned_usd is not None:
                self.usd[o.status] = self.usd.get(o.status, Decimal(0)) + o.planned_usd
            elif o.planned_units:
                self.unpriced += 1
            for judged in o.findings:
                self.rules[judged.rule] += 1

    def join(self, other: Tally) -> None:
        self.status += other.status
        self.rules += other.rules
        self.policies += other.policies
        for status, usd in other.usd.items():
            self.usd[status] = self.usd.get(status, Decimal(0)) + usd
        self.nothing += other.nothing
        self.below += other.below
        self.unpriced += other.unpriced


@dataclass(frozen=True)
class _People:
    """A piece of the first pass: some people's log."""

    plan: Plan
    file: str
    span: crossing.Span


@dataclass(frozen=True)
class _Patients:
    """A piece of the second pass: some steps of patients."""

    plan: Plan
    number: int
    cuts: tuple[str, ...]
    end: str | None


def outcomes_of(source: str, month: Month, policy: str | None, mapped: Mapped) -> list[Outcome]:
    """The outcomes of a folder, by patient. Raises: UsageError."""
    with scratch() as room:
        pieces = _prepared(Path(source), room, month, policy, "", mapped)
        return [outcome for part in mapped(_outcomes, pieces) for outcome in part]


def write_outcomes(
    source: str, output: str, month: Month, policy: str | None, mapped: Mapped
) -> Tally:
    """Write the outcomes of a folder to a new one, as columns. Raises: UsageError."""
    target = Path(output)
    if target.exists() and any(target.iterdir()):
        raise UsageError(f"{output} was to be written; it holds files. Name a new folder.")
    target.mkdir(parents=True, exist_ok=True)
    total = Tally()
    with scratch() as room:
        pieces = _prepared(Path(source), room, month, policy, output, mapped)
        for tally in mapped(_written, pieces):
            total.join(tally)
    return total


def _prepared(
    source: Path, room: Path, month: Month, policy: str | None, output: str, mapped: Mapped
) -> list[_Patients]:
    """Sorted files, with the signals among them, and the pieces of the second pass."""
    staged = stage(source, room)
    practice = charts.practice_of(staged)
    plan = Plan(staged, practice, month, policy, overlay.current(), output)
    log, spans = crossing.logs_by_person(staged.get("TimeEntry", ()), practice, month, room)
    found = mapped(_signals, [_People(plan, log, span) for span in spans])
    staged["SeenSignal"] = crossing.keep_signals(list(found), room)
    cuts = charts.cuts_of(staged)
    return [
        _Patients(
            plan, start // STEPS, tuple(cuts[start : start + STEPS]),
            cuts[start + STEPS] if start + STEPS < len(cuts) else None,
        )
        for start in range(0, len(cuts), STEPS)
    ]  # fmt: skip


def _signals(piece: _People) -> Any:
    plan = piece.plan
    with collector_paused():
        return crossing.signals_in(piece.file, piece.span, plan.practice, plan.month)


def _judged(piece: _Patients) -> Iterator[list[Outcome]]:
    """The outcomes of a piece, one step at a time, under the fees of whoever sent it."""
    plan = piece.plan
    choosing = Choosing(plan.practice, plan.month)
    # Caches go by the object: every piece of a process must see the same one.
    with overlay.pinned(_fees.setdefault(plan.fees.version, plan.fees)):
        for cases in charts.cases_in(plan.staged, choosing, piece.cuts, piece.end):
            with collector_paused():
                yield [_judge(case, plan.policy) for case in cases]


_fees = {overlay.EMPTY.version: overlay.EMPTY}


def _judge(case: Case, policy: str | None) -> Outcome:
    return audit_case(case, policy_of(case, policy))


def _outcomes(piece: _Patients) -> list[Outcome]:
    return [outcome for step in _judged(piece) for outcome in step]


def _written(piece: _Patients) -> Tally:
    """Judge a piece and write its file; a second try writes the same file again."""
    import pyarrow.parquet as pq

    tally, columns = Tally(), Columns()
    target = Path(piece.plan.output) / f"part-{piece.number:06d}.parquet"
    unfinished = target.with_suffix(f".{os.getpid()}.unfinished")
    with pq.ParquetWriter(unfinished, schema(), compression="zstd") as file:
        for outcomes in _judged(piece):
            with collector_paused():
                tally.add(outcomes)
                columns.add(outcomes)
                file.write_table(columns.table())
    unfinished.replace(target)
    return tally


def in_process(work: Callable[[Any], Any], pieces: Sequence[Any]) -> Iterable[Any]:
    """One piece after the other, here."""
    return map(work, pieces)


def in_processes(work: Callable[[Any], Any], pieces: Sequence[Any]) -> Iterable[Any]:
    """As many pieces at once as there are processors."""
    if len(pieces) < 2:
        return list(map(work, pieces))
    # A process of its own start: Arrow's threads do not survive a fork.
    with ProcessPoolExecutor(os.cpu_count() or 1, get_context("spawn")) as pool:
        return list(pool.map(work, pieces))
