"""A column of Arrow as Python values, each distinct one made once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from itertools import chain, repeat
from typing import Any

from ccm_core.engine.columns import READ

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = _EPOCH.toordinal()
_PAST = int(datetime(9999, 1, 1, tzinfo=UTC).timestamp())
"""Seconds before and after 1970 beyond which there may be no datetime."""
_MICROSECONDS = 1_000_000
_NO_DAY = -(2**31)
_UNKNOWN = 2
_FLAGS = (False, True, None)


class _Days(dict[int, Any]):
    """Days by their number since 1970, made when they are first asked for."""

    def __missing__(self, number: int) -> date:
        self[number] = found = date.fromordinal(_EPOCH_DAY + number)
        return found


_days = _Days({_NO_DAY: None})


def values_of(column: Any, said: str, default: Any) -> Iterable[Any]:
    """The values of a chunked column, for a field of that type.

    Endless where all of them are one: whoever takes them goes by another column's length.
    A text that is missing is the field's default.
    """
    read = _READERS.get(said, _words)
    parts = [read(chunk, said, default) for chunk in column.chunks if len(chunk)]
    if len(parts) == 1:
        return parts[0]
    finite = [
        list(_first(part, len(chunk)))
        for part, chunk in zip(parts, (c for c in column.chunks if len(c)), strict=True)
    ]
    return list(chain.from_iterable(finite))


def _first(part: Iterable[Any], count: int) -> Iterable[Any]:
    return (value for value, _ in zip(part, range(count), strict=False))


def _words(chunk: Any, said: str, default: Any) -> Iterable[Any]:
    """Texts, and whatever is written as one: each distinct text is read once."""
    import pyarrow as pa

    if chunk.null_count == len(chunk):
        return repeat(default)
    if not pa.types.is_dictionary(chunk.type):
        if said == "str" and not chunk.null_count:
            plain: list[Any] = chunk.to_pylist()
            return plain
        chunk = chunk.dictionary_encode()
    read: Callable[[str], Any] = READ[said]
    meaning = [read(text) for text in chunk.dictionary.to_pylist()]
    if chunk.null_count:
        meaning.append(default)
        places = chunk.indices.fill_null(len(meaning) - 1)
    else:
        places = chunk.indices
    if len(meaning) == 1:
        return repeat(meaning[0])
    return list(map(meaning.__getitem__, places.to_numpy(zero_copy_only=False).tolist()))


def _dates(chunk: Any, _said: str, _default: Any) -> Iterable[Any]:
    if chunk.null_count == len(chunk):
        return repeat(None)
    numbers = chunk.cast("int32")
    if chunk.null_count:
        numbers = numbers.fill_null(_NO_DAY)
    whole = numbers.to_numpy(zero_copy_only=False)
    if whole[0] == whole[-1] and (whole == whole[0]).all():
        return repeat(_days[int(whole[0])])
    return list(map(_days.__getitem__, whole.tolist()))


def _moments(chunk: Any, _said: str, _default: Any) -> Iterable[Any]:
    """Moments in whole seconds, as the store keeps them."""
    if chunk.null_count == len(chunk):
        return repeat(None)
    seconds = chunk.drop_null().cast("int64").to_numpy() // _MICROSECONDS
    if seconds.min() > -_PAST // 5 and seconds.max() < _PAST:
        # The same moments at a third of what fromtimestamp costs.
        made = map(_EPOCH.__add__, seconds.astype("m8[s]").tolist())
    else:
        made = map(datetime.fromtimestamp, seconds.tolist(), repeat(UTC))
    if not chunk.null_count:
        return list(made)
    return [next(made) if there else None for there in chunk.is_valid().to_pylist()]


def _flags(chunk: Any, _said: str, default: Any) -> Iterable[Any]:
    if chunk.null_count == len(chunk):
        return repeat(default)
    whole = chunk.cast("int8").fill_null(_UNKNOWN).to_numpy(zero_copy_only=False)
    if whole[0] == whole[-1] and (whole == whole[0]).all():
        return repeat(_FLAGS[whole[0]])
    if chunk.null_count:
        # An empty cell means the same whether or not its fellows are empty too.
        return list(map((*_FLAGS[:_UNKNOWN], default).__getitem__, whole.tolist()))
    return list(map(_FLAGS.__getitem__, whole.tolist()))


def _numbers(chunk: Any, _said: str, default: Any) -> Iterable[Any]:
    if chunk.null_count:
        return [default if value is None else value for value in chunk.to_pylist()]
    whole: list[Any] = chunk.to_numpy(zero_copy_only=False).tolist()
    return whole


_READERS: dict[str, Callable[[Any, str, Any], Iterable[Any]]] = {
    "date": _dates, "datetime": _moments, "bool": _flags, "int": _numbers,
}  # fmt: skip
