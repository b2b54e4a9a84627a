"""A claim as plain JSON and back, so that what was approved is what leaves.

How a record is written and read is worked out once for each type: a batch holds
thousands of claims of the same few.
"""

from __future__ import annotations

import functools
import types
import typing
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from ccm_core.exchange.x12.claim_records import Claim, PayerName, Provider

Convert = Callable[[Any], Any]
_AS_IT_IS = (str, int, bool)
_SHARED = (Provider, PayerName)
"""Thousands of claims name the same few of these."""


def to_plain(claim: Claim) -> dict[str, Any]:
    """Records as mappings, amounts and days as text."""
    found: dict[str, Any] = _writing(Claim)(claim)
    return found


def claim_of(plain: dict[str, Any]) -> Claim:
    """The claim that `to_plain` wrote down."""
    found: Claim = _reading(Claim)(plain)
    return found


@functools.cache
def _writing(kind: Any) -> Convert:
    if kind in _AS_IT_IS:
        return _same
    if kind in (Decimal, date):
        return str
    inner, is_tuple = _inside(kind)
    if inner is not None:
        return _around(_writing(inner), list if is_tuple else None)
    parts = [(name, _writing(hint)) for name, hint in typing.get_type_hints(kind).items()]

    def write(value: Any) -> dict[str, Any]:
        return {
            name: getattr(value, name) if convert is _same else convert(getattr(value, name))
            for name, convert in parts
        }

    return functools.lru_cache(maxsize=1024)(write) if kind in _SHARED else write


@functools.cache
def _reading(kind: Any) -> Convert:
    if kind in _AS_IT_IS:
        return _same
    if kind is Decimal:
        return Decimal
    if kind is date:
        return date.fromisoformat
    inner, is_tuple = _inside(kind)
    if inner is not None:
        return _around(_reading(inner), tuple if is_tuple else None)
    parts = {name: _reading(hint) for name, hint in typing.get_type_hints(kind).items()}
    converted = [(name, convert) for name, convert in parts.items() if convert is not _same]

    def read(plain: dict[str, Any]) -> Any:
        found = dict(plain)
        for name, convert in converted:
            if name in found:
                found[name] = convert(found[name])
        return kind(**found)

    return read


def _same(value: Any) -> Any:
    return value


def _inside(kind: Any) -> tuple[Any, bool]:
    """The type within ``tuple[X, ...]`` or ``X | None``, and which of the two it is."""
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin is tuple:
        return inner[0], True
    return (inner[0], False) if origin in (types.UnionType, typing.Union) else (None, False)


def _around(convert: Convert, many: Callable[[Any], Any] | None) -> Convert:
    """One value that may be absent, or each of many."""
    if many is None:
        return lambda value: None if value is None else convert(value)
    if convert is _same:
        return many
    return lambda values: many([convert(one) for one in values])
