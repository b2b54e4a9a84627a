"""One month's audit over columns: the same work in one process, several or Spark.

Two passes: by person for what is seen across patients, then by patient. A pass is a list
of pieces and one function; an engine is nothing but the way in which it maps them.
"""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from io import BytesIO
from itertools import zip_longest
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Protocol

from ccm_core import overlay, records, working
from ccm_core.audit import Outcome
from ccm_core.case_building import Choosing
from ccm_core.collector import collector_paused
from ccm_core.engine import charts, crossing
from ccm_core.engine.block_columns import Columns
from ccm_core.engine.blocks import Block
from ccm_core.engine.columns import SeenSignal
from ccm_core.engine.outcome_columns import NOTHING, writer
from ccm_core.engine.steps import blocks_in
from ccm_core.errors import UsageError
from ccm_core.months import Month
from ccm_core.store.scratching import scratch


class Source(Protocol):
    """Where the records of one practice are: in files, or in a database."""

    def practice(self) -> records.Practice: ...
    def patient_ids(self) -> Any: ...
    def some(self, ids: Any, start: int, stop: int) -> Any: ...
    def charts(self, some: Any) -> Mapping[type[Any], Iterator[Any]]: ...
    def people(self, practice: records.Practice, month: Month, room: Path) -> list[Any]: ...
    def log(self, people: Any, practice: records.Practice, month: Month) -> Any: ...


Mapped = Callable[[Callable[[Any], Any], Sequence[Any]], Iterable[Any]]
"""How an engine maps a function over pieces; the answers come in the order of the pieces."""


@contextmanager
def _at_work() -> Iterator[None]:
    """The collector rests, and memory comes from the system's own allocator.

    Arrow's gives back what a step has used and asks for it anew, page by page: half of the
    system's time.
    """
    import pyarrow as pa

    before = pa.default_memory_pool()
    pa.set_memory_pool(pa.system_memory_pool())
    try:
        with collector_paused():
            yield
    finally:
        pa.set_memory_pool(before)


@dataclass(frozen=True)
class Plan:
    """What every piece of an audit must know."""

    source: Source
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
    output_sha256: str = ""
    """Over what was written, where that is no folder of files."""
    output_ids: list[int] = field(default_factory=list)
    """Numbers of the runs that a database keeps."""

    def add(self, table: Any) -> None:
        """Count the outcomes of a table as it is written."""
        import pyarrow.compute as pc

        self.status.update(_counted(table["status"]))
        self.policies.update(_counted(table["policy"]))
        self.rules.update(_counted(pc.struct_field(pc.list_flatten(table["findings"]), "rule")))
        self.nothing += pc.sum(table["has_no_claim"], min_count=0).as_py()
        self.below += pc.sum(table["is_below_threshold"], min_count=0).as_py()
        amounts = table.select(["status", "planned_usd", "planned_units"])
        groups = amounts.group_by(amounts.column_names).aggregate([([], "count_all")])
        for one in groups.to_pylist():
            if one["planned_usd"] is not None:
                usd = Decimal(one["planned_usd"]) * one["count_all"]
                self.usd[one["status"]] = self.usd.get(one["status"], Decimal(0)) + usd
            elif one["planned_units"] != NOTHING:
                self.unpriced += one["count_all"]

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
    people: Any


@dataclass(frozen=True)
class _Patients:
    """A piece of the second pass: a step of patients, and what was seen of them."""

    plan: Plan
    number: int
    some: Any
    first: str
    end: str | None
    signals: bytes


def outcomes_of(source: Source, month: Month, policy: str | None, mapped: Mapped) -> list[Outcome]:
    """The outcomes of a practice, by patient. Raises: UsageError."""
    pieces = _prepared(source, month, policy, "", mapped)
    return [outcome for part in mapped(_outcomes, pieces) for outcome in part]


def write_outcomes(
    source: Source, output: str, month: Month, policy: str | None, mapped: Mapped
) -> Tally:
    """Write the outcomes of a practice to a folder, as columns. Raises: UsageError."""
    Path(output).mkdir(parents=True, exist_ok=True)
    total = Tally()
    pieces = _prepared(source, month, policy, output, mapped)
    for done, tally in enumerate(mapped(_written, pieces), 1):
        total.join(tally)
        working.tell("Pieces of patients audited", done, len(pieces))
    return total


@contextmanager
def new(output: str) -> Iterator[None]:
    """A folder that holds nothing yet, and nothing again if the block fails. Raises: UsageError."""
    target = Path(output)
    was_there = target.exists()
    if was_there and (not target.is_dir() or any(target.iterdir())):
        raise UsageError(f"{output} was to be written; it holds files. Name a new folder.")
    try:
        yield
    except BaseException:
        shutil.rmtree(target, ignore_errors=True)
        if was_there:
            target.mkdir(parents=True, exist_ok=True)
        raise


def parts_of(
    source: Source, month: Month, policy: str | None, mapped: Mapped
) -> Iterator[tuple[Tally, bytes]]:
    """What ``write_outcomes`` would write, file by file, sent back here. Raises: UsageError."""
    pieces = _prepared(source, month, policy, "", mapped)
    for done, found in enumerate(mapped(_returned, pieces), 1):
        yield found
        working.tell("Pieces of patients audited", done, len(pieces))


def _prepared(
    source: Source, month: Month, policy: str | None, output: str, mapped: Mapped
) -> list[_Patients]:
    """The pieces of the second pass, each with what the first has seen."""
    practice = source.practice()
    plan = Plan(source, practice, month, policy, overlay.current(), output)
    with scratch() as room:
        people = source.people(practice, month, room)
        found = list(mapped(_signals, [_People(plan, some) for some in people]))
    signals = crossing.by_patient(found)
    ids = source.patient_ids()
    cuts, step = charts.cuts_of(ids), charts.step_of(len(ids))
    pieces = []
    for number, (first, end) in enumerate(zip_longest(cuts, cuts[1:])):
        some = source.some(ids, number * step, (number + 1) * step)
        seen = crossing.sent(signals, first, end)
        pieces.append(_Patients(plan, number, some, first, end, seen))
    return pieces


@_at_work()
def _signals(piece: _People) -> Any:
    plan = piece.plan
    log = plan.source.log(piece.people, plan.practice, plan.month)
    return crossing.signals_in(log, plan.practice, plan.month)


def _judged(piece: _Patients) -> Iterator[Block]:
    """The outcomes of a piece, one step at a time, under the fees of whoever sent it.

    Whoever asks has paused the collector, for the whole piece: started between two steps, it
    would look through all that the last one made.
    """
    plan = piece.plan
    choosing = Choosing(plan.practice, plan.month)
    # Caches go by the object: every piece of a process must see the same one.
    with overlay.pinned(_fees.setdefault(plan.fees.version, plan.fees)):
        rows = {**plan.source.charts(piece.some), SeenSignal: crossing.received(piece.signals)}
        yield from blocks_in(rows, choosing, plan.policy, (piece.first,), piece.end)


_fees = {overlay.EMPTY.version: overlay.EMPTY}


@_at_work()
def _outcomes(piece: _Patients) -> list[Outcome]:
    return [outcome for block in _judged(piece) for outcome in block.outcomes()]


def _written(piece: _Patients) -> Tally:
    """Judge a piece and write its file; a second try writes the same file again."""
    target = Path(piece.plan.output) / f"part-{piece.number:06d}.parquet"
    unfinished = target.with_suffix(f".{os.getpid()}.unfinished")
    tally = _fill(piece, unfinished)
    unfinished.replace(target)
    return tally


def _returned(piece: _Patients) -> tuple[Tally, bytes]:
    """Judge a piece and give back what its file would hold."""
    made = BytesIO()
    tally = _fill(piece, made)
    return tally, made.getvalue()


def _counted(column: Any) -> dict[str, int]:
    return {one["values"]: one["counts"] for one in column.value_counts().to_pylist()}


@_at_work()
def _fill(piece: _Patients, target: Path | BytesIO) -> Tally:
    tally, columns = Tally(), Columns()
    with writer(target) as file:
        for block in _judged(piece):
            table = columns.table(block)
            tally.add(table)
            file.write_table(table)
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
