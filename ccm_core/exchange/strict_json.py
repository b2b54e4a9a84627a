"""JSON without the liberties that Python takes: no NaN, no repeated key, no bottomless nesting."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from ccm_core.exchange import limits
from ccm_core.exchange.rejects import RowProblem

_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_ESCAPED = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")


def loads(text: str, most: int = limits.MAX_JSON_CHARS) -> Any:
    """The value of a JSON text; numbers with a point are Decimal.

    Raises: RowProblem (rules I50, I51, I52).
    """
    if len(text) > most:
        raise RowProblem("I03", f"A record of {len(text):,} characters is more than is read.")
    _require_shallow(text)
    try:
        found = _DECODER.decode(text)
    except (RecursionError, ValueError, ArithmeticError) as bad:
        raise _problem(bad, text) from None
    if _ESCAPED.search(text):
        _require_storable(found)
    return found


def several(text: str) -> Iterator[Any]:
    """The values of JSON texts that stand one after another, as some exports pile them up.

    Raises: RowProblem (rules I50, I51, I52).
    """
    _require_shallow(text)
    at, is_escaped = _BETWEEN.match(text).end(), _ESCAPED.search(text)
    while at < len(text):
        try:
            found, end = _DECODER.raw_decode(text, at)
        except (RecursionError, ValueError, ArithmeticError) as bad:
            raise _problem(bad, text) from None
        if is_escaped:
            _require_storable(found)
        yield found
        at = _BETWEEN.match(text, end).end()


_BETWEEN: Any = re.compile(r"[\s,]*")
"""What may stand between two texts."""


def _problem(bad: Exception, text: str) -> RowProblem:
    if isinstance(bad, RecursionError):
        return RowProblem("I52", _TOO_DEEP)
    where = getattr(bad, "pos", None)
    line = text.count("\n", 0, where) + 1 if where is not None else 1
    place = "" if where is None else f" at character {where - text.rfind(chr(10), 0, where)}"
    place += f" of line {line}" if line > 1 else ""
    return RowProblem("I50", f"Not valid JSON{place}.")


_TOO_DEEP = f"Nested deeper than {limits.MAX_JSON_DEPTH} levels."


def _require_shallow(text: str) -> None:
    if text.count("[") + text.count("{") <= limits.MAX_JSON_DEPTH:
        return
    depth = 0
    for found in re.finditer(r"[\[\]{}]", _STRING.sub("", text)):
        depth += 1 if found.group() in "[{" else -1
        if depth > limits.MAX_JSON_DEPTH:
            raise RowProblem("I52", _TOO_DEEP)


def _require_storable(found: Any) -> None:
    """Refuse half characters and NUL, which no database keeps. Raises: RowProblem."""
    written = json.dumps(found, ensure_ascii=False, default=str)
    try:
        written.encode("utf-8")
    except UnicodeEncodeError:
        raise RowProblem("I50", "A text holds half of a character pair.") from None
    if "\\u0000" in written:
        raise RowProblem("I02", "A text holds a NUL character.")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise RowProblem("I51", "A key stands twice in one object.")
    return found


def _constant(name: str) -> Any:
    raise RowProblem("I50", f"{name} is not a number of JSON.")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_constant=_constant, parse_float=Decimal
)
