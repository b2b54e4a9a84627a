"""Records of a claim as text: letter for letter what ``repr`` says, at a fraction of its cost.

Fingerprints of claims that were sent rest on that text, so that it may never change.
"""

from __future__ import annotations

import functools
import types
import typing
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from operator import attrgetter
from typing import Any

from ccm_core.exchange.x12.claim_records import PayerName, Provider

Tell = Callable[[Any], str]
_SHARED = (Provider, PayerName)
"""Thousands of claims name the same few of these."""


def text_of(record: Any) -> str:
    """The text of a record."""
    kind: Any = type(record)
    return _telling(kind)(record)


@functools.cache
def _telling(kind: Any) -> Tell:
    """How a value of this type is told; worked out once for each type."""
    inner: list[Any] = [one for one in typing.get_args(kind) if is_dataclass(one)]
    if inner and typing.get_origin(kind) is tuple:
        return functools.partial(_many, _telling(inner[0]))
    if inner and typing.get_origin(kind) in (types.UnionType, typing.Union):
        return functools.partial(_perhaps, _telling(inner[0]))
    return _of_record(kind) if is_dataclass(kind) else repr


def _of_record(kind: Any) -> Tell:
    hints = typing.get_type_hints(kind)
    names = [one.name for one in fields(kind)]
    ways = [_telling(hints[name]) for name in names]
    nested = [(at, way) for at, way in enumerate(ways) if way is not repr]
    said = ", ".join(
        f"{name}=%{'r' if way is repr else 's'}" for name, way in zip(names, ways, strict=True)
    )
    template, read = f"{kind.__name__}({said})", attrgetter(*names)

    def tell(record: Any) -> str:
        parts = list(read(record))
        for at, tell_part in nested:
            parts[at] = tell_part(parts[at])
        return template % tuple(parts)

    return functools.lru_cache(maxsize=1024)(tell) if kind in _SHARED else tell


def _many(tell: Tell, records: tuple[Any, ...]) -> str:
    inside = ", ".join(map(tell, records))
    return f"({inside},)" if len(records) == 1 else f"({inside})"


def _perhaps(tell: Tell, record: Any) -> str:
    return "None" if record is None else tell(record)
