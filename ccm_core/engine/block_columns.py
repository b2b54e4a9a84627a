"""Blocks of outcomes as columns: what months of a kind share is worded once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import chain
from typing import Any, NamedTuple

import orjson

from ccm_core.audit import status_of
from ccm_core.engine.blocks import Block
from ccm_core.engine.kept_months import Kind
from ccm_core.engine.outcome_columns import FINDING, NOTHING, SHARED, schema
from ccm_core.engine.placeholders import Shared
from ccm_core.engine.told import with_names
from ccm_core.findings import Judged
from ccm_core.outcome import Outcome
from ccm_core.outcome_json import plain
from ccm_core.payment.expected import Expected

_EVIDENCE = FINDING.index("evidence")
_KEPT = 20_000
"""Texts that are kept while they are written, and no more."""
_NONE = "[]"
Row = tuple[str, ...]


class _Shown(NamedTuple):
    """What is written of all months of a kind, or of one month."""

    shared: tuple[Any, ...]
    """The columns of ``SHARED``."""
    findings: Sequence[Judged]


class Columns:
    """Words blocks; what is said again is kept."""

    def __init__(self) -> None:
        self._paths_of: dict[int, tuple[Any, str]] = {}
        self._texts: dict[Any, str] = {}
        self._rows: dict[int, tuple[Judged, Row]] = {}

    def table(self, block: Block) -> Any:
        """The outcomes of a block by patient, as an Arrow table."""
        import numpy as np
        import pyarrow as pa

        for kept in (self._paths_of, self._texts, self._rows):
            if len(kept) > _KEPT:
                kept.clear()
        apart = sorted(block.others)
        others = [block.others[place] for place in apart]
        place = np.concatenate((block.places, np.array(apart, dtype=np.int64)))
        order = np.argsort(place, kind="stable")
        shown = [self._of_kind(block, kind) for kind in block.kinds]
        of = np.concatenate((block.kind_at, np.arange(len(others)) + len(shown)))[order]
        shown += [self._of_outcome(one) for one in others]
        lists, list_of = _lists(block, shown, place[order], of)
        named = [self._around(one) for one in block.told.shared] if block.told else []
        found = _shared(shown, of)
        found.update(_seconds(block, others, order))
        found["patient_id"] = pa.array(block.patient_ids, pa.string()).take(place[order])
        found["npi"] = _npi(block, others, order)
        found["status"] = _coded(list(map(status_of, lists)), list_of)
        found["findings"] = self._findings(lists, list_of, block, named)
        wanted = schema(is_coded=True)
        return pa.Table.from_arrays([found[one.name] for one in wanted], schema=wanted)

    # What months have in common

    def _of_kind(self, block: Block, kind: Kind) -> _Shown:
        for judged in kind.program.shared:
            if id(judged) not in self._rows:
                # The finding is held beside its row: no other can have its identity meanwhile.
                self._rows[id(judged)] = judged, self._worded(judged)
        if kind.written is None:
            # A month of the kind that is nobody's: what it says is what they all say.
            kind.written = self._of_outcome(block.outcome_of(kind))
        written: _Shown = kind.written
        return written

    def _of_outcome(self, o: Outcome) -> _Shown:
        excluded = _NONE
        if o.excluded:
            excluded = _json([(e.seconds, e.reason, e.entry_ids) for e in o.excluded])
        return _Shown(
            (
                o.month, excluded, self._paths(o.paths), o.chosen.name if o.chosen else None,
                self._units(o.planned_units), self._usd(o.planned_usd), o.service_on,
                *self._expected(o.expected), o.next_threshold_minutes, o.minutes_to_next,
                o.policy_name, o.tables_version, o.has_no_claim, o.is_below_threshold,
            ),
            o.findings,
        )  # fmt: skip

    def _expected(self, due: Expected | None) -> tuple[str | None, str | None, str | None]:
        if due is None:
            return None, None, None
        by = "contract" if due.is_contract else "fee schedule"
        return self._usd(due.medicare_usd), self._usd(due.patient_usd), by

    def _paths(self, paths: Sequence[Any]) -> str:
        if not paths:
            return _NONE
        held = self._paths_of.get(id(paths))
        if held is None:
            text = _json([(p.name, dict(p.units), p.allowed_usd, p.estimate) for p in paths])
            # Paths are held beside their text: no others can have their identity meanwhile.
            held = self._paths_of[id(paths)] = (paths, text)
        return held[1]

    def _units(self, units: Any) -> str:
        if not units:  # nothing kept goes by an empty key: it could be anything's
            return NOTHING
        return self._text(tuple(units.items()), lambda: _json(dict(units)))

    def _usd(self, amount: Decimal | None) -> str | None:
        return None if amount is None else self._text(amount, lambda: str(plain(amount)))

    def _text(self, key: Any, worded: Callable[[], str]) -> str:
        text = self._texts.get(key)
        if text is None:
            text = self._texts[key] = worded()
        return text

    # Findings

    def _findings(
        self, lists: Sequence[Sequence[Judged]], list_of: Any, block: Block,
        around: Sequence[tuple[str, str]],
    ) -> Any:  # fmt: skip
        """The findings of each month; ``list_of`` names its list."""
        import numpy as np
        import pyarrow as pa

        rows, at = self._distinct(lists)
        each = np.array([len(some) for some in lists], dtype=np.int64)
        starts = each.cumsum() - each
        offsets = np.concatenate(([0], each[list_of].cumsum()))
        flat = np.repeat(starts[list_of] - offsets[:-1], each[list_of]) + np.arange(offsets[-1])
        place = at[flat]
        columns: Iterable[Any] = zip(*rows, strict=True) if rows else [()] * len(FINDING)
        arrays = [_coded(column, place) for column in columns]
        if block.told is not None:
            # Lists of told months stand last, in the order of what they share.
            months = list_of - (len(lists) - len(block.told.shared))
            arrays[_EVIDENCE] = with_names(
                arrays[_EVIDENCE], block.told, around, months, offsets[:-1]
            )
        parts = pa.StructArray.from_arrays(arrays, names=list(FINDING))
        return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), parts)

    def _around(self, shared: Shared) -> tuple[str, str]:
        """What stands before and after the names in the evidence of such a finding."""
        judged = shared.findings[shared.at]
        if id(judged) not in self._rows:
            nameless = replace(judged, finding=replace(judged.finding, evidence=()))
            self._rows[id(judged)] = judged, self._worded(nameless)
        return shared.around(_json)

    def _distinct(self, lists: Sequence[Sequence[Judged]]) -> tuple[list[Row], Any]:
        """Findings in words, each once, and for each finding of the lists which one it is."""
        import numpy as np
        import pyarrow as pa

        each = list(chain.from_iterable(lists))
        # Told apart by what they are, not by what they say: months share whole findings.
        who = pa.array(np.fromiter(map(id, each), np.int64, len(each))).dictionary_encode()
        at = who.indices.to_numpy()
        firsts = np.zeros(len(who.dictionary), dtype=np.int64)
        firsts[at[::-1]] = np.arange(len(at))[::-1]
        rows: list[Row] = []
        for judged in map(each.__getitem__, firsts.tolist()):
            held = self._rows.get(id(judged))
            rows.append(self._worded(judged) if held is None else held[1])
        return rows, at

    def _worded(self, judged: Judged) -> Row:
        found, shown = judged.finding, _NONE
        if found.evidence:
            shown = _json([(e.name, e.value, e.ids) for e in found.evidence])
        cites = self._texts.get(judged.cites) if judged.cites else _NONE
        if cites is None:
            cites = self._texts[judged.cites] = _json(judged.cites)
        # A level is a text; asking for its value costs as much as all the rest.
        return judged.rule, judged.level, judged.layer, found.summary, shown, cites


def _lists(
    block: Block, shown: Sequence[_Shown], places: Any, of: Any
) -> tuple[list[Sequence[Judged]], Any]:
    """Lists of findings, and which one is each month's: its kind's, one of its own, or a told one.

    ``places``: of each month, in order; ``of``: what is shown of it.
    """
    import numpy as np

    lists: list[Sequence[Judged]] = [one.findings for one in shown]
    list_of = of.copy()
    month_of = np.zeros(len(block.patient_ids), dtype=np.int64)
    month_of[places] = np.arange(len(places))
    # By place, whatever was looked at first: a piece has the same bytes wherever it is judged.
    own = sorted(block.findings)
    list_of[month_of[own]] = np.arange(len(own)) + len(lists)
    lists += map(block.findings.__getitem__, own)
    if block.told is not None:
        some = np.flatnonzero(block.told.at >= 0)
        list_of[month_of[block.places[some]]] = block.told.at[some] + len(lists)
        lists += [one.findings for one in block.told.shared]
    return lists, list_of


def _coded(values: Sequence[str | None], of: Any) -> Any:
    """Texts as codes; ``of`` names the text of each row."""
    import pyarrow as pa

    texts = pa.array(values, pa.string()).dictionary_encode()
    return pa.DictionaryArray.from_arrays(texts.indices.take(of), texts.dictionary)


def _shared(shown: Sequence[_Shown], of: Any) -> dict[str, Any]:
    import pyarrow as pa

    columns: Iterable[Any] = zip(*(one.shared for one in shown), strict=True)
    types = schema()
    found = {}
    for name, column in zip(SHARED, columns if shown else [()] * len(SHARED), strict=True):
        kind = types.field(name).type
        is_text = pa.types.is_string(kind)
        found[name] = _coded(column, of) if is_text else pa.array(column, kind).take(of)
    return found


def _seconds(block: Block, others: Sequence[Outcome], order: Any) -> dict[str, Any]:
    """Seconds in numbers, for each month."""
    import numpy as np

    total, own, logged = (some[block.places] for some in block.seconds)
    used = np.array([kind.settled.used_seconds for kind in block.kinds], dtype=np.int64)
    regular = {
        "staff_seconds": total - own, "practitioner_seconds": own, "total_seconds": total,
        "logged_seconds": logged, "leftover_seconds": total - used[block.kind_at],
    }  # fmt: skip
    return {
        name: np.append(numbers, [getattr(one, name) for one in others]).astype(np.int64)[order]
        for name, numbers in regular.items()
    }


def _npi(block: Block, others: Sequence[Outcome], order: Any) -> Any:
    import numpy as np

    said = [block.npi[place] for place in block.places.tolist()]
    return _coded([*said, *(one.npi for one in others)], np.asarray(order))


def _json(value: Any) -> str:
    return orjson.dumps(value, default=_plain).decode()


def _plain(value: Any) -> Any:
    found = plain(value)
    return sorted(found) if isinstance(found, frozenset | set) else found
