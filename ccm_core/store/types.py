"""Column types that mean the same on SQLite and PostgreSQL.

Moments are whole epoch seconds and amounts are whole ten-thousandths of a
dollar, both as integers: exact, sortable and summable in SQL on every engine,
and cheap to read by the hundred thousand. Months are ``YYYY-MM`` text, sets and
tuples are JSON text.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import orjson
from sqlalchemy import BigInteger, Integer, String, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from ccm_core.amounts import amount_of, amount_to_whole
from ccm_core.errors import UsageError
from ccm_core.months import Month

RowId = BigInteger().with_variant(Integer(), "sqlite")
"""SQLite numbers rows by itself only in a plain INTEGER key."""


def moment_to_seconds(moment: datetime) -> int:
    """Epoch seconds of an aware moment. Raises: UsageError."""
    if moment.tzinfo is None:
        raise UsageError("A moment without a time zone was to be stored; give it its zone first.")
    return int(moment.timestamp() // 1)


def moment_of(seconds: int) -> datetime:
    """The aware UTC moment of epoch seconds."""
    return datetime.fromtimestamp(seconds, UTC)


class Moment(TypeDecorator[datetime]):
    """An aware UTC moment as epoch seconds."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else moment_to_seconds(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        return None if value is None else moment_of(value)


class Amount(TypeDecorator[Decimal]):
    """An exact Decimal with up to four places as a whole number."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        return None if value is None else amount_to_whole(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Decimal | None:
        return None if value is None else amount_of(value)


class MonthText(TypeDecorator[Month]):
    """A calendar month as ``YYYY-MM``."""

    impl = String(7)
    cache_ok = True

    def process_bind_param(self, value: Month | None, dialect: Dialect) -> str | None:
        return None if value is None else str(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Month | None:
        return None if value is None else Month.parse(value)


class _Json(TypeDecorator[Any]):
    """JSON text; subclasses say which container comes back."""

    impl = Text
    cache_ok = True
    gives: Callable[[Any], Any] | None = None

    def process_bind_param(self, value: Any | None, dialect: Dialect) -> str | None:
        if isinstance(value, frozenset | set):
            value = sorted(value)
        return None if value is None else to_json(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Any:
        if value is None or self.gives is None:
            return None if value is None else orjson.loads(value)
        return self.gives(orjson.loads(value))


class TextTuple(_Json):
    """A tuple of texts."""

    cache_ok = True
    gives = tuple


class TextSet(_Json):
    """A frozenset of texts, stored in order."""

    cache_ok = True
    gives = frozenset


class JsonValue(_Json):
    """Any JSON value. Decimals, dates and months are written as text."""

    cache_ok = True


def to_json(value: Any) -> str:
    """Compact JSON with keys in order, so that equal values give equal text."""
    return orjson.dumps(value, default=_plain, option=_COMPACT).decode()


_COMPACT = orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS | orjson.OPT_PASSTHROUGH_DATACLASS


def _plain(value: Any) -> Any:
    if isinstance(value, frozenset | set):
        return sorted(value)
    return str(value)
