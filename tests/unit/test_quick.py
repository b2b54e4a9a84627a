"""A quick record is the frozen dataclass that it was, made another way."""

from __future__ import annotations

import copy
import pickle
from dataclasses import FrozenInstanceError, dataclass, field, fields, replace
from itertools import islice, repeat

import pytest

from ccm_core import records
from ccm_core.quick import maker, many, quick
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


@pytest.mark.parametrize("record", one_of_each(), ids=lambda one: type(one).__name__)
def test_many_at_once_are_what_one_by_one_are(record):
    kind, named = type(record), [one.name for one in fields(record)]
    columns = [
        repeat(getattr(record, name)) if place % 2 else [getattr(record, name), f"{place}", None]
        for place, name in enumerate(named)
    ]
    made = many(kind, 3, columns)
    assert made == [kind(*row) for row in islice(zip(*columns, strict=False), 3)]
    assert {type(one) for one in made} == {kind}
    with pytest.raises(FrozenInstanceError):
        setattr(made[0], named[0], "other")
    assert many(kind, 2, list(map(repeat, range(len(named))))) == [kind(*range(len(named)))] * 2
    assert many(kind, 0, list(map(repeat, named))) == []


def test_a_maker_makes_what_the_class_makes():
    make, given = maker(Made), {"name": "a", "number": 2, "words": ["b"]}
    for made in (make(**given), make(*given.values())):
        assert made == Made(**given)
        assert type(made) is Made
        with pytest.raises(FrozenInstanceError):
            made.name = "other"
    with pytest.raises(TypeError):
        make("a", 2)


def test_columns_of_other_lengths_are_refused():
    with pytest.raises(ValueError, match="zip"):
        many(Made, 2, [["a", "b"], [1], repeat([])])
