"""How the columns of a log are put in order: numbers say what sorting by each column says."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccm_core.engine.log_columns import ranks
from ccm_core.engine.suspects import _LONG, _in_order

ENTRIES = st.tuples(st.integers(0, 3), st.integers(1_700_000_000, 1_700_000_090))


@pytest.mark.parametrize("longest", [90, _LONG - 1, _LONG, 2**39])
@given(some=st.lists(ENTRIES, min_size=1, max_size=30), chance=st.randoms())
def test_entries_by_person_start_and_length(longest, some, chance):
    person, start = (np.array(one, dtype=np.int64) for one in zip(*some, strict=True))
    seconds = np.array([chance.randint(0, longest) for _ in some[1:]] + [longest])
    order = _in_order(person, start, seconds)
    assert sorted(order.tolist()) == list(range(len(some)))
    found = list(zip(person[order], start[order], -seconds[order], strict=True))
    assert found == sorted(zip(person, start, -seconds, strict=True))


@given(st.lists(st.text(max_size=4), max_size=20))
def test_words_in_order(words):
    for column in (
        pa.chunked_array([words[:3], words[3:]], pa.string()),
        pa.chunked_array([pa.array(words, pa.string()).dictionary_encode()]),
    ):
        said, place = ranks(column)
        assert said == sorted(set(words))
        assert [said[one] for one in place.tolist()] == words


def test_more_words_than_two_bytes_number():
    words = [f"s{number:06d}" for number in range(70_000, 0, -1)]
    said, place = ranks(pa.chunked_array([words]))
    assert said == words[::-1]
    assert place.tolist() == list(range(69_999, -1, -1))
