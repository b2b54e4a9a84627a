"""A quick record is the frozen dataclass that it was, made another way."""

from __future__ import annotations

import copy
import pickle
from dataclasses import FrozenInstanceError, dataclass, field, fields, replace

import pytest

from ccm_core import records
from ccm_core.quick import quick
from tests.store.practices import one_of_each


@quick
@dataclass(frozen=True, slots=True)
class Made:
    name: str
    number: int = 5
    words: list[str] = field(default_factory=list)


def test_fields_defaults_and_factories():
    one, two = Made("a"), Made(name="a", number=5)
    assert one == two
    assert hash(Made("a", 1, ())) == hash(Made("a", 1, ()))
    assert (one.number, one.words) == (5, [])
    assert one.words is not two.words
    assert type(one) is Made
    assert repr(one) == "Made(name='a', number=5, words=[])"


def test_what_is_missing_or_too_much_is_refused():
    for wrong in (Made, lambda: Made("a", 1, [], 2), lambda: Made("a", odd=1)):
        with pytest.raises(TypeError):
            wrong()


@pytest.mark.parametrize("record", one_of_each(), ids=lambda one: type(one).__name__)
def test_records_stay_frozen_and_travel(record):
    name = fields(record)[0].name
    with pytest.raises(FrozenInstanceError):
        setattr(record, name, "other")
    with pytest.raises((FrozenInstanceError, TypeError)):
        record.unheard_of = 1
    for same in (pickle.loads(pickle.dumps(record)), copy.copy(record), replace(record)):
        assert same == record
        assert type(same) is type(record)


def test_positions_are_those_of_the_fields():
    values = [f"v{n}" for n in range(len(fields(records.Visit)))]
    assert [getattr(records.Visit(*values), one.name) for one in fields(records.Visit)] == values
