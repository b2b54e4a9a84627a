"""Dated tables refuse what would silently give a wrong value."""

from __future__ import annotations

import csv
import time
from datetime import date
from pathlib import Path

import pytest

from ccm_core import long_tables, sources, tables
from ccm_core.errors import NotInForce, TableError

DATA = Path(__file__).resolve().parents[2] / "data"
HEADER = "code,value,valid_from,valid_to,checked_on,source_id,pinpoint"
DAY = date(2025, 3, 1)


def table(folder: Path, *rows: str, header: str = HEADER, name: str = "amounts") -> Path:
    path = folder / f"{name}.csv"
    path.write_text("\n".join((header, *rows, "")), encoding="utf-8")
    return path


@pytest.fixture
def own_folder(tmp_path, monkeypatch):
    """A data folder of the test's own, with one source."""
    table(
        tmp_path,
        "known,CMS,A file,,2024-01-01,2026-11-21,VP",
        header="source_id,authority,title,url,published_on,read_on,confidence",
        name="sources",
    )
    monkeypatch.setenv("CCM_DATA_DIR", str(tmp_path))
    forget()
    yield tmp_path
    forget()


def forget():
    for cached in (tables._shipped, tables._declared, tables._shipped_version, long_tables.load):
        cached.cache_clear()


def test_a_row_holds_from_its_first_to_its_last_day(tmp_path):
    rows = ("A,1,2024-01-01,2024-12-31,,,", "A,2,2025-01-01,,2026-11-21,,")
    found = tables.read(table(tmp_path, *rows), ("code",))
    assert [found.get("A", on=date(2024, month, 31))["value"] for month in (1, 12)] == ["1", "1"]
    assert found.get("A", on=date(2025, 1, 1)).number("value") == 2
    assert found.get("A", on=date(2099, 1, 1)).whole("value") == 2
    assert found.find("A", on=date(2023, 12, 31)) is None
    assert [row.line for row in found.history("A")] == [2, 3]
    assert len(found.in_force(DAY)) == 1


def test_a_missing_value_says_what_was_asked_and_what_there_is(tmp_path):
    found = tables.read(table(tmp_path, "A,1,2024-01-01,2024-12-31,,,"), ("code",))
    with pytest.raises(NotInForce, match=r"A on 2025-03-01 was asked.*2024-01-01 to 2024-12-31"):
        found.get("A", on=DAY)
    with pytest.raises(NotInForce, match="no such entry"):
        found.get("B", on=DAY)


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (("A,1,2024-01-01,2024-12-31,,,", "A,2,2024-12-31,,x,,"), r"amounts.csv:3: overlaps .*:2"),
        (("A,1,,,x,,", "A,2,2024-12-31,,x,,"), "overlaps"),
        (("A,1,2024-01-01,2023-12-31,,,",), "valid_to is before valid_from"),
        (("A,1,2024-02-30,,x,,",), "amounts.csv:2: '2024-02-30' is not a date"),
        (("A,1,1.1.2024,,x,,",), "is not a date"),
        ((",1,2024-01-01,,x,,",), "the key is empty"),
        (("A,1,2024-01-01",), "number of cells"),
        (("A,1,2024-01-01,,x,,,",), "number of cells"),
    ],
)
def test_a_malformed_row_is_refused_with_file_and_line(tmp_path, rows, says):
    with pytest.raises(TableError, match=says):
        tables.read(table(tmp_path, *rows), ("code",))


def test_a_malformed_header_is_refused(tmp_path):
    with pytest.raises(TableError, match="stands twice"):
        tables.read(table(tmp_path, header="code,code"), ("code",))
    with pytest.raises(TableError, match="column code is missing"):
        tables.read(table(tmp_path, header="value"), ("code",))
    with pytest.raises(TableError, match="no such table"):
        tables.read(tmp_path / "nothing.csv", ("code",))


def test_a_cell_that_is_no_number_is_refused_where_it_is_read(tmp_path):
    row = tables.read(table(tmp_path, "A,many,,,x,,"), ("code",)).get("A", on=DAY)
    with pytest.raises(TableError, match=r"amounts\.csv:2: value is not a number"):
        row.number("value")
    with pytest.raises(TableError, match="value is not a whole number"):
        row.whole("value")


def test_an_unknown_source_is_refused(own_folder):
    table(own_folder, "A,1,2024-01-01,2024-12-31,,known,page 1")
    assert tables.load("amounts", "code").rows[0].cite == "known#page 1"
    forget()
    table(own_folder, "A,1,2024-01-01,2024-12-31,,hearsay,")
    with pytest.raises(TableError, match=r"amounts.csv:2: .*'hearsay'"):
        tables.load("amounts", "code")


def test_a_row_without_an_end_needs_the_day_it_was_checked(own_folder):
    table(own_folder, "A,1,2024-01-01,,,known,")
    with pytest.raises(TableError, match="checked on"):
        tables.load("amounts", "code")


def declare(folder: Path, *columns: str):
    rows = [
        f"amounts,{column},{required},x" for column, required in (c.split(":") for c in columns)
    ]
    table(folder, *rows, header="table,column,is_required,meaning", name="columns")


def test_an_undeclared_or_lost_column_is_refused(own_folder):
    declare(own_folder, "code:1", "value:1")
    table(own_folder, "A,1,2", header="code,value,valeu")
    with pytest.raises(TableError, match="disagrees about column valeu"):
        tables.load("amounts", "code")
    forget()
    table(own_folder, "A", header="code")
    with pytest.raises(TableError, match="disagrees about column value"):
        tables.load("amounts", "code")


def test_an_empty_cell_that_must_be_filled_is_refused(own_folder):
    declare(own_folder, "code:1", "value:1")
    table(own_folder, "A,", header="code,value")
    with pytest.raises(TableError, match=r"amounts\.csv:2: value is empty"):
        tables.load("amounts", "code")


def test_a_table_without_a_key_is_a_plain_list(tmp_path):
    assert len(tables.read(table(tmp_path, "A,1,,,x,,", "A,1,,,x,,"), ()).rows) == 2


def test_the_version_changes_with_any_value(own_folder):
    table(own_folder, "A,1,2024-01-01,2024-12-31,,known,")
    before = tables.tables_version()
    forget()
    table(own_folder, "A,2,2024-01-01,2024-12-31,,known,")
    assert tables.tables_version() != before
    assert len(before) == 12


LONG = {"zip_localities": "zip5", "chronic_icd10": "icd10cm"}


@pytest.mark.parametrize(("name", "key"), LONG.items())
def test_a_long_table_agrees_with_the_full_reading(name, key):
    full = tables.read(DATA / f"{name}.csv", (key,))
    quick = long_tables.load(name)
    assert len(quick.lines) == len(full.rows)
    for row in full.rows[::97]:
        assert quick.history(row[key]) == full.history(row[key])
        assert quick.find(row[key], DAY) == full.find(row[key], on=DAY)
    tables.check(full)


@pytest.mark.parametrize("name", LONG)
def test_a_long_table_opens_fast(name):
    long_tables.load.cache_clear()
    started = time.process_time()
    long_tables.load(name)
    assert time.process_time() - started < 0.2


@pytest.mark.parametrize("key", ["", "E119,", "E119,1", '"', "zz", "\n"])
def test_a_long_table_finds_nothing_for_odd_keys(key):
    assert long_tables.load("chronic_icd10").find(key, DAY) is None


def test_a_long_table_refuses_disorder_and_overlap(own_folder):
    table(own_folder, "B,1,,,x,,", "A,1,,,x,,")
    with pytest.raises(TableError, match="not sorted"):
        long_tables.load("amounts")
    table(own_folder, "A,1,,,x,,", "A,2,2024-01-01,,x,,")
    with pytest.raises(TableError, match="overlaps"):
        long_tables.load("amounts").history("A")
    with pytest.raises(TableError, match="no such table"):
        long_tables.load("nothing")


FEES = ("conversion_factors", "gpci", "rvu", "zip_localities")
OWN = (*FEES, "addons", "chronic_icd10", "condition_groups", "ncci_pairs", "payment_status")


@pytest.mark.parametrize("name", FEES)
def test_fees_end(name):
    assert all(row["valid_from"] and row["valid_to"] for row in raw(name))


def raw(name: str) -> list[dict[str, str]]:
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


@pytest.mark.parametrize("name", sorted(path.stem for path in DATA.glob("*.csv")))
def test_every_table_is_utf8_with_line_feeds_and_known_sources(name):
    text = (DATA / f"{name}.csv").read_bytes()
    assert b"\r" not in text
    assert text.endswith(b"\n")
    tables.load(name)


@pytest.mark.parametrize("name", [*OWN, "unit_limits", "snomed_chronic"])
def test_columns_of_the_extracts_are_declared_in_their_order(name):
    declared = [row["column"] for row in raw("columns") if row["table"] == name]
    assert list(raw(name)[0]) == declared


def test_every_source_is_complete_and_of_a_known_confidence():
    for source in sources.all_sources().values():
        assert source.authority
        assert source.title
        assert date.fromisoformat(source.read_on)


def test_the_chronic_indicator_is_cited_as_its_authors_ask():
    source = sources.source("ahrq-ccir-2026")
    for words in ("Healthcare Cost and Utilization Project", "Agency for Healthcare Research"):
        assert words in source.title
    assert "hcup-us.ahrq.gov" in source.url
