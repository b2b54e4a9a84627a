"""The lists that the import reads by agree with each other and with the code."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from ccm_core import tables
from ccm_core.exchange import cells, forms, layout, rejects, rows_in
from ccm_core.exchange.build import BUILDERS
from ccm_core.rules.care_plan import PLAN_ELEMENTS

CODE = Path(rejects.__file__).parent


def test_every_rule_that_is_told_has_a_title_and_every_title_is_told() -> None:
    text = "".join(path.read_text() for path in CODE.glob("*.py") if path.name != "rejects.py")
    told = set(re.findall(r"\"(I\d\d)\b", text)) | set(re.findall(r"\b(I\d\d): ", text))
    assert told == set(rejects.RULES)


def test_every_column_can_be_read_and_every_kind_built() -> None:
    assert set(forms.forms()) == set(BUILDERS)
    for form in forms.forms().values():
        for column in form.columns.values():
            cells.reader(column.reads)
            family, _, name = column.reads.partition(":")
            assert family not in ("word", "words") or name in cells.WORDS, column


def test_synonyms_lead_to_columns_and_only_to_one() -> None:
    rows = tables.load("header_synonyms", "kind", "column", "synonym").rows
    for row in rows:
        kinds = forms.forms() if row["kind"] == "*" else {row["kind"]: None}
        assert any(row["column"] in forms.form(kind).columns for kind in kinds), row.where
    count = Counter((row["kind"], layout.plain(row["synonym"])) for row in rows)
    assert [key for key, times in count.items() if times > 1] == []


def test_words_mean_words() -> None:
    for row in tables.load("import_words", "list", "said").rows:
        assert row["means"] in cells.WORDS[row["list"]], row.where
        assert row["said"] == row["said"].lower(), row.where


def test_foreign_columns_exist() -> None:
    for row in tables.load("foreign_exports", "export", "file", "header").rows:
        known = set(rows_in.FOREIGN_COLUMNS) | {""}
        if row["kind"] in forms.forms():
            known |= set(forms.form(row["kind"]).columns)
        else:
            known |= {"id", "name", "ownership"}
        assert row["column"] in known, row.where
        assert row["header"] == layout.plain(row["header"]), row.where


def test_the_template_of_care_plans_uses_elements_that_are_known() -> None:
    example = forms.form("care_plans").columns["elements"].example
    assert set(example.split("; ")) <= set(PLAN_ELEMENTS)


@pytest.mark.parametrize("value", ["", "x", "12345", "\u202eabc", "1S00A00AA00"])
def test_a_mask_never_holds_the_value(value: str) -> None:
    assert not value or value not in rejects.mask(value)
