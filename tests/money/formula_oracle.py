"""Recalculates a workbook from its formulas alone, ignoring the values stored beside them.

Written for the tests, against the meaning of the few functions that our sheets
use; it shares nothing with the code that writes them.
"""

import io
import re
from decimal import ROUND_HALF_UP, ROUND_UP, Decimal

from openpyxl import load_workbook
from openpyxl.formula import Tokenizer
from openpyxl.formula.tokenizer import Token
from openpyxl.utils import range_boundaries


def flat(values):
    for value in values:
        if isinstance(value, list):
            yield from flat(value)
        else:
            yield value


def numbers(values):
    return [v for v in flat(values) if isinstance(v, int | float) and not isinstance(v, bool)]


def rounded(value, digits, mode):
    # A spreadsheet rounds what it shows: fifteen digits, not the binary tail behind them.
    shown = Decimal(f"{value:.15g}")
    return float(shown.quantize(Decimal(1).scaleb(-int(digits)), mode))


FUNCTIONS = {
    "SUM": lambda *v: sum(numbers(v)),
    "MIN": lambda *v: min(numbers(v)),
    "MAX": lambda *v: max(numbers(v)),
    "ROUND": lambda v, n: rounded(v, n, ROUND_HALF_UP),
    "ROUNDUP": lambda v, n: rounded(v, n, ROUND_UP),
    "IF": lambda test, yes, no: yes if test else no,
    "SUMIF": lambda keys, key, values: sum(
        v for k, v in zip(flat(keys), flat(values), strict=True) if k == key
    ),
    "SUMPRODUCT": lambda *columns: sum(
        a * b * (c[0] if c else 1) for a, b, *c in zip(*map(flat, columns), strict=True)
    ),
}
OPERATORS = {"^": "**", "=": "==", "<>": "!="}


class Recalculated:
    def __init__(self, data):
        self.book = load_workbook(io.BytesIO(data))
        self.known = {}

    def cell(self, sheet, address):
        key = (sheet, address)
        if key not in self.known:
            value = self.book[sheet][address].value
            if isinstance(value, str) and value.startswith("=") and self.is_formula(sheet, address):
                value = self.evaluate(sheet, value)
            self.known[key] = value
        return self.known[key]

    def is_formula(self, sheet, address):
        return self.book[sheet][address].data_type == "f"

    def evaluate(self, sheet, formula):
        parts = [self.python(sheet, token) for token in Tokenizer(formula).items]
        return eval("".join(parts), {"__builtins__": {}}, {"f": FUNCTIONS, "r": self.area})

    def python(self, sheet, token):
        if token.type == Token.FUNC:
            return f"f[{token.value[:-1]!r}](" if token.subtype == Token.OPEN else ")"
        if token.type == Token.OPERAND and token.subtype == Token.RANGE:
            return f"r({sheet!r},{token.value!r})"
        if token.type in (Token.SEP, Token.PAREN, Token.OPERAND):
            return token.value
        return OPERATORS.get(token.value, token.value)

    def area(self, sheet, text):
        if text in self.book.defined_names:
            text = self.book.defined_names[text].attr_text
        if "!" in text:
            sheet, text = text.split("!")
        text = text.replace("$", "")
        if re.fullmatch(r"[A-Z]+\d+", text):
            return self.cell(sheet, text)
        left, top, right, bottom = range_boundaries(text)
        return [
            [self.cell(sheet, self.book[sheet].cell(row, column).coordinate)
             for column in range(left, right + 1)]
            for row in range(top, bottom + 1)
        ]  # fmt: skip

    def column(self, sheet, heading):
        """The recalculated cells under a heading (headings stand on the third row)."""
        for cell in self.book[sheet][3]:
            if cell.value == heading:
                rows = range(4, self.book[sheet].max_row + 1)
                return [self.cell(sheet, f"{cell.column_letter}{row}") for row in rows]
        raise KeyError(heading)

    def set(self, name, value):
        """Another value for an input, as a person would type it."""
        sheet, address = self.book.defined_names[name].attr_text.replace("$", "").split("!")
        self.book[sheet][address].value = value
        self.known.clear()
