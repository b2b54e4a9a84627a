"""Columns of some patients' records in numbers: texts by code, days by number, truths.

What a missing column or an empty cell means is what it means to a record: the field's default.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import fields
from datetime import date
from functools import cached_property
from typing import Any

from ccm_core.engine.columns import READ, default_of, kind_of, refuse_missing
from ccm_core.engine.log_columns import dictionary_of, distinct, numbered
from ccm_core.engine.screening import Rows
from ccm_core.engine.vocabulary import refuse_odd

_EPOCH = date(1970, 1, 1).toordinal()
NO_DAY = -(2**31)
"""A day that is not given; earlier than every other."""
NEVER = 2**31
"""Later than every day."""
UNKNOWN = 2
"""Neither true nor false."""


def number_of(day: date) -> int:
    """A day as days since 1970."""
    return day.toordinal() - _EPOCH


def day_of(number: int) -> date:
    """The day of a number."""
    return date.fromordinal(_EPOCH + number)


def mapped(numbers: Any, function: Callable[[Any], Any], kind: Any) -> Any:
    """The function's value for each number, asked once for each distinct one."""
    import numpy as np

    seen, place = distinct(numbers)
    return np.array([function(one) for one in seen.tolist()], dtype=kind)[place]


def shifted(numbers: Any, function: Callable[[date], date]) -> Any:
    """Days moved by a function of the calendar; a day that is not given stays so."""
    return mapped(
        numbers,
        lambda one: one if one in (NO_DAY, NEVER) else number_of(function(day_of(one))),
        int,
    )


class Words:
    """A column of texts: a code for each row, and what the codes say."""

    def __init__(self, codes: Any, dictionary: Any) -> None:
        self.codes, self.dictionary = codes, dictionary

    @cached_property
    def words(self) -> list[str]:
        """The text of each code."""
        found: list[str] = self.dictionary.to_pylist()
        return found

    def which(self, test: Callable[[str], bool]) -> Any:
        """The rows whose text passes, each distinct text asked once."""
        import numpy as np

        if not len(self.codes):
            return np.zeros(0, dtype=bool)
        return np.array([test(word) for word in self.words], dtype=bool)[self.codes]

    def coded(self, by: dict[str, int]) -> Any:
        """The rows in the codes of other words, made as they come; equal texts, equal codes."""
        import numpy as np

        found = [by.setdefault(word, len(by)) for word in self.words]
        return np.array(found, dtype=np.int64)[self.codes]

    def of_all(self) -> list[str]:
        """The text of each row."""
        return list(map(self.words.__getitem__, self.codes.tolist()))


class Days:
    """Days of patients, in the order of patients and days."""

    def __init__(self, owner: Any, day: Any) -> None:
        self._keys = self._key(owner, day)

    @staticmethod
    def _key(owner: Any, day: Any) -> Any:
        return owner * (NEVER - NO_DAY) + (day - NO_DAY)

    def meet(self, owner: Any, first: Any, last: Any) -> Any:
        """Which of these spans, each of its owner, hold a day; a last one not given has no end."""
        import numpy as np

        ends = np.where(last == NO_DAY, NEVER - 1, last)
        past = np.searchsorted(self._keys, self._key(owner, ends), "right")
        return past > np.searchsorted(self._keys, self._key(owner, first), "left")


class Part:
    """The rows of one kind that belong to the patients of a step, each one's together."""

    def __init__(self, table: Any, kind: type[Any], ids: Any) -> None:
        import numpy as np

        self.kind, self.patients = kind, len(ids)
        self.fields = {one.name: one for one in fields(kind)}
        if table is None:
            self.table: Any = None
            self.starts = self.ends = np.zeros(self.patients, dtype=np.int64)
            self.owner = np.zeros(0, dtype=np.int64)
            return
        rows = Rows(table, ids)
        each = rows.ends - rows.starts
        if each.sum() != table.num_rows:
            table = table.take(spans(rows.starts, each))
        self.table, self.ends = table, each.cumsum()
        self.starts = self.ends - each
        self.owner = np.repeat(np.arange(self.patients), each)

    def __len__(self) -> int:
        return len(self.owner)

    def words(self, name: str) -> Words:
        """A column of texts."""
        import numpy as np
        import pyarrow as pa

        default = default_of(self.fields[name])
        last = pa.array([default if isinstance(default, str) else ""], pa.string())
        if self.table is None or name not in self.table.column_names or not len(self):
            return Words(np.zeros(len(self), dtype=np.int64), last)
        column = dictionary_of(self.table[name])
        words, codes = column.dictionary, column.indices
        if codes.null_count:
            codes = codes.fill_null(len(words))
            words = pa.concat_arrays([words.cast("string"), last])
        return Words(codes.to_numpy(zero_copy_only=False).astype(np.int64), words)

    def days(self, name: str) -> Any:
        """A column of days in numbers; NO_DAY where there is none."""
        import numpy as np

        if self.table is None or name not in self.table.column_names:
            return np.full(len(self), NO_DAY, dtype=np.int64)
        return self.table[name].cast("int32").fill_null(NO_DAY).to_numpy().astype(np.int64)

    def truths(self, name: str) -> Any:
        """A column of truths: 1, 0, or UNKNOWN."""
        import numpy as np

        default = default_of(self.fields[name])
        default = UNKNOWN if default is None else int(default)
        if self.table is None or name not in self.table.column_names:
            return np.full(len(self), default, dtype=np.int8)
        # An empty cell of a field that may be unknown is unknown, whatever a new record says.
        missing = UNKNOWN if str(self.fields[name].type).endswith("| None") else default
        return self.table[name].cast("int8").fill_null(missing).to_numpy()

    def number(self, mask: Any) -> Any:
        """How many rows of each patient the mask names."""
        import numpy as np

        return np.bincount(self.owner[mask], minlength=self.patients)

    def any(self, mask: Any) -> Any:
        """Whether a patient has a row that the mask names."""
        found: Any = self.number(mask) > 0
        return found

    def least(self, values: Any, mask: Any) -> Any:
        """The least of the values of each patient's rows that the mask names; NEVER: none."""
        import numpy as np

        found = np.full(self.patients, NEVER, dtype=np.int64)
        owners, chosen = self.owner[mask], values[mask]
        if len(owners):
            starts = np.flatnonzero(np.append(True, owners[1:] != owners[:-1]))
            found[owners[starts]] = np.minimum.reduceat(chosen, starts)
        return found

    def rows_of(self, patients: Any) -> tuple[Any, Any]:
        """The rows of these patients, and how many each of them has."""
        starts = self.starts[patients]
        each = self.ends[patients] - starts
        return spans(starts, each), each

    def alike(self, rows: Any, but: Collection[str]) -> Any:
        """A number for each of these rows: equal where all columns but some are equal."""
        import numpy as np

        found = np.zeros(len(rows), dtype=np.int64)
        for name in self.table.column_names if len(rows) else ():
            if name not in but:
                codes = dictionary_of(self.table[name]).indices.fill_null(-1)
                found = split(found, codes.to_numpy(zero_copy_only=False)[rows])
        return found

    def check(self) -> None:
        """Refuse what records of the rows would refuse, without making them. Raises: UsageError."""
        if self.table is None:
            return
        refuse_missing(self.table, self.kind, list(self.fields))
        for name, one in self.fields.items():
            said = kind_of(one)
            is_read = said in READ and said not in ("str", "date", "datetime")
            if is_read and name in self.table.column_names:
                for word in dictionary_of(self.table[name]).dictionary.to_pylist():
                    READ[said](word)
        refuse_odd(self)


def split(groups: Any, numbers: Any) -> Any:
    """The groups, each split by the numbers; groups count from 0."""
    at = numbered(numbers)
    # One after the other: a number of all columns at once would not fit.
    return numbered(groups * (int(at.max(initial=0)) + 1) + at)


def parted(values: Any, groups: Any, number: int = 0) -> list[list[int]]:
    """The values of each group, in order; groups count from 0.

    ``number``: how many groups there are, where the last of them may be empty.
    """
    import numpy as np

    order = np.argsort(groups, kind="stable")
    ends = np.bincount(groups, minlength=number).cumsum()
    return [some.tolist() for some in np.split(values[order], ends[:-1])] if len(ends) else []


def spans(starts: Any, each: Any) -> Any:
    """The places from each start on, so many for each of them."""
    import numpy as np

    before = each.cumsum() - each
    return np.repeat(starts - before, each) + np.arange(each.sum())
