"""The records of a step's patients, made out of columns when they are wanted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ccm_core import records
from ccm_core.case_building import Choosing
from ccm_core.engine.charts import records_of
from ccm_core.engine.facts import Part
from ccm_core.engine.log_facts import LogFacts


class Shelf:
    """The records of a step's patients, made from their rows when they are wanted."""

    def __init__(
        self, parts: Mapping[type[Any], Part], log: LogFacts, choosing: Choosing,
        first_days: Sequence[Any],
    ) -> None:  # fmt: skip
        self.parts = {**parts, records.TimeEntry: log.part}
        self.log, self.choosing, self.first_days = log, choosing, first_days
        self.made: dict[type[Any], dict[int, tuple[Any, ...]]] = {kind: {} for kind in self.parts}
        self._made_entries: dict[int, records.TimeEntry] = {}

    def fetch(self, kind: type[Any], places: Sequence[int]) -> None:
        """Make all records of a kind that belong to the cases of these patients."""
        import numpy as np

        made, part = self.made[kind], self.parts[kind]
        wanted = [place for place in places if place not in made]
        if not wanted or not len(part):
            made.update(dict.fromkeys(wanted, ()))
            return
        rows, each = part.rows_of(np.array(wanted))
        found = tuple(records_of(part.table.take(rows), kind))
        keep, end = self.choosing.keeps.get(kind), 0
        for place, number in zip(wanted, each.tolist(), strict=True):
            start, end = end, end + number
            some = found[start:end]
            if keep is not None and some:
                some = tuple(keep(some, self.first_days[place]))
            made[place] = some

    def fetch_uncertain(self, places: Sequence[int]) -> None:
        """Make the entries of these patients that only the calendar can tell from clinic hours."""
        import numpy as np

        rows, _ = self.log.part.rows_of(np.array(places, dtype=np.int64))
        unsure = rows[self.log.outside.is_unsure[rows]]
        if len(unsure):
            self._entries(unsure)

    def entry(self, row: int) -> records.TimeEntry:
        """The time entry of one row."""
        if row not in self._made_entries:
            import numpy as np

            self._entries(np.array([row]))
        return self._made_entries[row]

    def _entries(self, rows: Any) -> None:
        made = records_of(self.log.part.table.take(rows), records.TimeEntry)
        self._made_entries.update(zip(rows.tolist(), made, strict=True))

    def of(self, kind: type[Any], place: int) -> tuple[Any, ...]:
        """The records of a kind that belong to the case of one patient."""
        if place not in self.made[kind]:
            self.fetch(kind, [place])
        return self.made[kind][place]
