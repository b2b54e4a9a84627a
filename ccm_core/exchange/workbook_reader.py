"""A process of its own that reads a workbook: ``python -m ccm_core.exchange.workbook_reader``.

Takes the bytes of an XLSX file on standard input and writes one JSON line for
each sheet and row. The process that starts it ends it when it takes too long.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from ccm_core.exchange import limits


def cell_text(cell: Any) -> str | list[str]:
    """The text of a cell, or the rule that it breaks as ``["I41"]``."""
    value = cell.value
    if value is None:
        return ""
    if cell.data_type in {"f", "e"}:
        return ["I41"]
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        found = _number(value)
        return _as_shown(found, cell.number_format) if isinstance(found, str) else found
    return _time(value)


def _number(value: float) -> str | list[str]:
    """A number as it was typed; beyond 15 digits a spreadsheet has lost some."""
    if not abs(value) < 10**15:
        return ["I42"]
    return str(int(value)) if value == int(value) else repr(round(value, 10))


def _as_shown(digits: str, number_format: str) -> str:
    """The number with the leading zeros that its format shows: ``000000`` makes 001234 of 1234.

    So workbooks keep record numbers; without the zeros it would be another patient's.
    """
    is_padded = digits.isdigit() and set(number_format) == {"0"}
    return digits.zfill(len(number_format)) if is_padded else digits


def _time(value: Any) -> str | list[str]:
    if isinstance(value, datetime):
        whole = (value + timedelta(microseconds=500_000)).replace(microsecond=0)
        if whole.time() == time():
            return whole.date().isoformat()
        return whole.isoformat(" ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return value.replace(microsecond=0).isoformat()
    if isinstance(value, timedelta):
        seconds = round(value.total_seconds())
        return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return ["I41"]


def lines(content: bytes) -> Iterator[list[Any]]:
    """``["sheet", name]`` and then ``[row number, cells]`` for each filled row.

    A hidden sheet is ``["hidden", name]`` alone: what nobody sees nobody meant to hand over.
    """
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, keep_links=False)
    for sheet in book.worksheets:
        if sheet.sheet_state != "visible":
            yield ["hidden", sheet.title]
            continue
        yield ["sheet", sheet.title]
        sheet.reset_dimensions()
        filled = 0
        for number, row in enumerate(sheet.iter_rows(), 1):
            if number > limits.MAX_XLSX_ROW_NUMBER:
                yield ["refused", "I03"]
                return
            cells = [cell_text(cell) for cell in row]
            while cells and not cells[-1]:
                cells.pop()
            if not cells:
                continue
            filled += 1
            if filled > limits.MAX_XLSX_ROWS or len(cells) > limits.MAX_COLUMNS:
                yield ["refused", "I03"]
                return
            yield [number, cells]


def main() -> None:
    """Read standard input, write standard output, within fixed memory."""
    limit_memory(limits.WORKBOOK_MEMORY_BYTES)
    written = 0
    for line in lines(sys.stdin.buffer.read()):
        text = json.dumps(line)
        written += len(text)
        if written > limits.MAX_XLSX_TEXT_BYTES:
            text = json.dumps(["refused", "I03"])
        sys.stdout.write(text + "\n")
        if written > limits.MAX_XLSX_TEXT_BYTES:
            return


def limit_memory(most: int) -> None:
    """Bound the address space where the system can (not on Windows)."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


if __name__ == "__main__":
    main()
