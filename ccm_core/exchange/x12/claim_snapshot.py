"""A claim as plain JSON and back, so that what was approved is what leaves."""

from __future__ import annotations

import dataclasses
import functools
import types
import typing
from datetime import date
from decimal import Decimal
from typing import Any

from ccm_core.exchange.x12.claim_records import Claim, PayerName, Provider


def to_plain(value: Any) -> Any:
    """Records as mappings, amounts and days as text."""
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, tuple):
        return [to_plain(one) for one in value]
    if isinstance(value, Provider | PayerName):
        return _shared(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    return {name: to_plain(getattr(value, name)) for name in _names(type(value))}


@functools.lru_cache(maxsize=1024)
def _shared(value: Provider | PayerName) -> dict[str, Any]:
    """A provider or payer: thousands of claims name the same few."""
    return {name: to_plain(getattr(value, name)) for name in _names(type(value))}


_NAMES: dict[Any, tuple[str, ...]] = {}


def _names(kind: Any) -> tuple[str, ...]:
    if kind not in _NAMES:
        _NAMES[kind] = tuple(part.name for part in dataclasses.fields(kind))
    return _NAMES[kind]


def claim_of(plain: dict[str, Any]) -> Claim:
    """The claim that `to_plain` wrote down."""
    found: Claim = _read(Claim, plain)
    return found


def _read(kind: Any, value: Any) -> Any:
    if value is None or kind in (str, int, bool):
        return value
    if kind is Decimal:
        return Decimal(value)
    if kind is date:
        return date.fromisoformat(value)
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin is tuple:
        return tuple(_read(inner[0], one) for one in value)
    if origin in (types.UnionType, typing.Union):
        return _read(inner[0], value)
    hints = _hints(kind)
    return kind(**{name: _read(hints[name], part) for name, part in value.items()})


@functools.cache
def _hints(kind: Any) -> dict[str, Any]:
    return typing.get_type_hints(kind)
