"""One month's audit over charts in columns: some thousand patients at a time.

Plain months are judged by what their columns show (``plain_months``), all others record by
record (``charts.cases`` and ``audit_case``). The second way is the oracle of the first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ccm_core import overlay, records
from ccm_core.audit import Outcome, audit_case, policy_of
from ccm_core.case_building import Choosing
from ccm_core.engine import charts, screening
from ccm_core.engine.blocks import Block
from ccm_core.engine.facts import Part
from ccm_core.engine.kept_months import kept_of
from ccm_core.engine.plain_months import PlainMonths


def blocks_in(
    rows: Mapping[type[Any], Iterator[Any]], choosing: Choosing, policy: str | None,
    cuts: Sequence[str], end: str | None,
) -> Iterator[Block]:  # fmt: skip
    """The outcomes of patients from the first cut to the end, one step at a time."""
    for tables in charts.steps_of(rows, cuts, end):
        if tables[records.Patient] is not None:
            yield Step(tables, choosing, policy).block()


class Step:
    """Some thousand patients: which of them have a plain month, and what it holds."""

    def __init__(
        self, tables: Mapping[type[Any], Any], choosing: Choosing, policy: str | None
    ) -> None:
        self.choosing, self.policy_name = choosing, policy
        self.tables, panel = tables, tables[records.Patient]
        self.ids = panel["patient_id"].cast("string").combine_chunks()
        self.patient_ids: list[str] = self.ids.to_pylist()
        self.parts = {kind: Part(table, kind, self.ids) for kind, table in tables.items()}
        for kind, table in tables.items():
            if table is not None:
                charts.refuse_twice(table, kind)
                self.parts[kind].check()
        self.kept = kept_of(choosing.practice, choosing.month, policy, overlay.current())

    def block(self) -> Block:
        """The outcomes of all cases of the month."""
        import numpy as np

        found = self.of_plain_months()
        left = np.ones(len(self.ids), dtype=bool)
        left[found.places] = False
        left[[*found.others]] = False
        others = np.flatnonzero(left)
        place_of = {self.patient_ids[place]: place for place in others.tolist()}
        found.others.update((place_of[o.patient_id], o) for o in self._one_by_one(others))
        return found

    def _one_by_one(self, places: Any) -> Iterable[Outcome]:
        """The cases of these patients, each built and judged by itself."""
        if not len(places):
            return
        tables = {
            kind: None if part.table is None else part.table.take(part.rows_of(places)[0])
            for kind, part in self.parts.items()
        }
        for case in charts.cases(self.choosing, tables):
            yield audit_case(case, policy_of(case, self.policy_name))

    def of_plain_months(self) -> Block:
        """The outcomes of plain months."""
        table = self.tables[records.TimeEntry]
        log = None if table is None else screening.log_of(table, self.ids, self.choosing)
        if log is None:
            return Block.of_nobody(self.patient_ids)
        return PlainMonths(self.parts, log, self.choosing, self.policy_name, self.kept).block()
