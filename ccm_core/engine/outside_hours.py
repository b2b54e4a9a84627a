"""Which counted entries of a step's patients begin outside clinic hours, as columns tell it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ccm_core.engine.placeholders import MOST
from ccm_core.month_clock import UNSURE

if TYPE_CHECKING:
    from ccm_core.engine.log_facts import LogFacts

_ESCAPED = r'["\\\x00-\x1f]'
"""Signs that JSON writes in another way."""


class OutsideHours:
    """The counted entries that may begin outside clinic hours, by patient."""

    def __init__(self, log: LogFacts, hours: Mapping[Any, Any]) -> None:
        import numpy as np

        # The log is not kept: it keeps this, and nobody would free the two of them.
        self.hours, self._part = hours, log.part
        days = np.array([hours.get(day, UNSURE) for day in log.clock.days])
        midnight, opens, closes = days[log.day.clip(0)].T if len(log.day) else days[:0].T
        self.is_outside = ~((opens <= log.start) & (log.start < closes))
        is_sure = (UNSURE.midnight < midnight) & (midnight < log.start)
        self.is_unsure = self.is_outside & ~is_sure
        """Entries of which only the calendar can tell."""
        self.rows = np.flatnonzero(self.is_outside & (log.fresh > 0))
        self.owner = self._part.owner[self.rows]
        """Whose entry each of them is, by place."""

    @cached_property
    def names(self) -> Any:
        """The identifiers of these entries."""
        return self._part.table["entry_id"].take(self.rows).cast("string").combine_chunks()

    @cached_property
    def count(self) -> Any:
        """Of each patient the number of entries; -1 where one of them asks for a closer look."""
        import numpy as np
        import pyarrow.compute as pc

        found = np.bincount(self.owner, minlength=self._part.patients)
        if len(self.rows):
            odd = pc.match_substring_regex(self.names, _ESCAPED).to_numpy(zero_copy_only=False)
            found[self.owner[odd | self.is_unsure[self.rows]]] = -1
        found[found > MOST] = -1
        return found

    @cached_property
    def of(self) -> dict[int, tuple[str, ...]]:
        """The names of each patient's entries, by place."""
        import numpy as np

        ids = tuple(self.names.to_pylist()) if len(self.rows) else ()
        starts = np.flatnonzero(np.diff(self.owner, prepend=-1))
        ends = [*starts.tolist(), len(ids)][1:]
        spans = zip(self.owner[starts].tolist(), starts.tolist(), ends, strict=True)
        return {place: ids[start:end] for place, start, end in spans}

    @cached_property
    def unsure(self) -> dict[int, dict[str, int]]:
        """Of these the entries of which only the calendar can tell, with their rows."""
        import numpy as np

        found: dict[int, dict[str, int]] = {}
        for at in np.flatnonzero(self.is_unsure[self.rows]).tolist():
            mine = found.setdefault(int(self.owner[at]), {})
            mine[self.names[at].as_py()] = int(self.rows[at])
        return found
