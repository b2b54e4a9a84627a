"""Every field for a day is filled in the way in which the country writes dates."""

from __future__ import annotations

import ast
import re
from datetime import date
from pathlib import Path

from ccm_core.months import Month
from pages.parts import calendar, words

PAGES = Path(words.__file__).resolve().parents[1]


def day_fields() -> list[tuple[str, ast.Call]]:
    found = []
    for path in sorted(PAGES.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        found += [
            (f"{path.name}:{node.lineno}", node)
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "date_input"
        ]
    return found


def test_every_field_for_a_day_has_the_same_form() -> None:
    fields = day_fields()
    assert len(fields) > 15
    odd = [
        place
        for place, call in fields
        if not any(
            key.arg == "format" and ast.unparse(key.value) == "words.DAY_FIELD"
            for key in call.keywords
        )
    ]
    assert not odd, f"give format=words.DAY_FIELD: {odd}"
    assert words.DAY_FIELD == "MM/DD/YYYY"


def test_the_calendar_begins_its_weeks_on_sunday(monkeypatch) -> None:
    drawn: list[str] = []
    monkeypatch.setattr(calendar.st, "html", drawn.append)
    for month, under in ((Month(2026, 11), "Su"), (Month(2026, 10), "Th"), (Month(2027, 1), "Fr")):
        calendar.month(month, date(2026, 11, 21))
        heads = re.findall(r"<th [^>]*>(\w+)</th>", drawn[-1])
        first = re.findall(r"<td [^>]*>(\d*)</td>", drawn[-1])[:7]
        assert heads[0] == "Su"
        assert heads[first.index("1")] == under
