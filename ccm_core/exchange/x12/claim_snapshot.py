"""A claim as plain JSON and back, so that what was approved is what leaves."""

from __future__ import annotations

import dataclasses
import types
import typing
from datetime import date
from decimal import Decimal
from typing import Any

from ccm_core.exchange.x12.claim_records import Claim


def to_plain(value: Any) -> Any:
    """Records as mappings, amounts and days as text."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            part.name: to_plain(getattr(value, part.name)) for part in dataclasses.fields(value)
        }
    if isinstance(value, tuple):
        return [to_plain(one) for one in value]
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


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


_HINTS: dict[Any, dict[str, Any]] = {}


def _hints(kind: Any) -> dict[str, Any]:
    if kind not in _HINTS:
        _HINTS[kind] = typing.get_type_hints(kind)
    return _HINTS[kind]
