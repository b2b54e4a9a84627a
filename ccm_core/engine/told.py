"""Regular months that differ from others of their kind in the names of some entries alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ccm_core.engine.kept_months import Kind
from ccm_core.engine.outside_hours import OutsideHours
from ccm_core.engine.placeholders import MOST, Shared
from ccm_core.findings import Judged


@dataclass
class Told:
    """The findings of such months, and the names to put into them."""

    places: Any
    """Of regular months, in order."""
    shared: Sequence[Shared]
    at: Any
    """For each regular month of a block the number of its findings; -1 where it has its own."""
    owner: Any
    """Whose the named entries are, by place, in order."""
    names: Any

    def findings(self, number: int, place: int) -> tuple[Judged, ...] | None:
        """The findings of a regular month with its own entries; None where it has its own."""
        at = int(self.at[number])
        if at < 0:
            return None
        start, end = self.owner.searchsorted([place, place + 1])
        return self.shared[at].named(self.names[start:end].to_pylist())


def told_of(outside: OutsideHours, places: Any, kinds: Sequence[Kind], group: Any) -> Told | None:
    """Which regular months need no look of their own; ``group``: the kind of each."""
    import numpy as np

    tells = np.array([bool(kind.program.by_entries) for kind in kinds], dtype=bool)
    if not tells.any() or not len(outside.rows):
        return None
    # A row for each kind, a column for each number of entries; -1: nothing is told of them.
    number, shared = np.full((len(kinds), MOST + 1), -1), list[Shared]()
    for kind in np.flatnonzero(tells).tolist():
        for entries, found in kinds[kind].program.by_entries.items():
            number[kind, entries] = len(shared)
            shared.append(found)
    count = outside.count[places]
    at = np.where(count > 0, number[group, count.clip(0)], -1)
    return Told(places, shared, at, outside.owner, outside.names)


def with_names(
    evidence: Any, told: Told, around: Sequence[tuple[str, str]], months: Any, starts: Any
) -> Any:
    """Evidence of findings as coded texts, with the names of the entries of told months.

    ``around``: for each of the shared findings what stands before and after the names;
    ``months``: of each month of the block, in order, which of them it has, below 0: none;
    ``starts``: where each month's findings begin.
    """
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    some = np.flatnonzero(months >= 0)
    which = months[some]
    is_told = np.zeros(int(told.owner.max(initial=-1)) + 1, dtype=bool)
    regular = told.at >= 0
    is_told[told.places[regular]] = True
    names = told.names.filter(pa.array(is_told[told.owner]))
    each = np.bincount(told.owner)[told.places[regular]]
    ends = np.concatenate(([0], each.cumsum()))
    lists = pa.ListArray.from_arrays(pa.array(ends, pa.int32()), names)
    before, after = (pa.array(some, pa.string()) for some in zip(*around, strict=True))
    texts = pc.binary_join_element_wise(
        before.take(pa.array(which)), pc.binary_join(lists, '","'), after.take(pa.array(which)), ""
    )
    at = np.array([one.at for one in told.shared])
    codes = evidence.indices.to_numpy(zero_copy_only=False).copy()
    codes[starts[some] + at[which]] = len(evidence.dictionary) + np.arange(len(texts))
    words = pa.concat_arrays([evidence.dictionary, texts])
    return pa.DictionaryArray.from_arrays(pa.array(codes, pa.int32()), words)
