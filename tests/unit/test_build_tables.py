"""The tables are what the build program makes of the extracts: nothing was typed by hand."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tools import build_tables, extract_coding, extract_fees
from tools.dated import write_table

DATA = Path(__file__).resolve().parents[2] / "data"


@pytest.fixture(scope="session")
def rebuilt(shared_folder, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("rebuilt")
    build_tables.build(shared_folder / "fees", folder)
    return folder


@pytest.mark.parametrize("name", [name for name, _, _ in build_tables.TABLES])
def test_a_rebuild_writes_the_same_bytes(rebuilt, name):
    assert (rebuilt / f"{name}.csv").read_bytes() == (DATA / f"{name}.csv").read_bytes()


def extract(folder: Path, name: str, header: str, *rows: str) -> None:
    (folder / f"{name}.csv").write_text("\n".join((header, *rows, "")), encoding="utf-8")


RVU = (
    "year,quarter,code,work_rvu,pe_rvu_nonfacility,pe_rvu_facility,mp_rvu,status_code,release,"
    "nonfac_na,fac_na"
)


def spans(folder: Path, *rows: str) -> list[tuple[str, ...]]:
    extract(folder, "rvu", RVU, *rows)
    wanted = ("code", "status", "work_rvu", "facility_na", "valid_from", "valid_to", "pinpoint")
    return [tuple(row[name] for name in wanted) for row in extract_fees.rvu(folder)]


def test_the_only_release_of_a_year_covers_the_year(tmp_path):
    found = spans(tmp_path, "2025,4,A,1.00,1,1,1,A,RVU25D,,NA")
    assert found == [("A", "A", "1.00", "1", "2025-01-01", "2025-12-31", "RVU25D")]


def test_equal_quarters_merge_and_a_change_splits(tmp_path):
    found = spans(
        tmp_path,
        "2020,1,A,1.00,1,1,1,N,RVU20A,,",
        "2020,2,A,2.00,1,1,1,A,RVU20B,,",
        "2020,3,A,2.00,1,1,1,A,RVU20C,,",
    )
    assert [row[1:3] + row[4:] for row in found] == [
        ("N", "1.00", "2020-01-01", "2020-03-31", "RVU20A"),
        ("A", "2.00", "2020-04-01", "2020-12-31", "RVU20B to RVU20C"),
    ]


def test_a_code_that_pauses_has_a_gap(tmp_path):
    found = spans(
        tmp_path,
        "2021,1,A,1.00,1,1,1,A,RVU21A,,",
        "2021,1,B,1.00,1,1,1,A,RVU21A,,",
        "2021,2,B,1.00,1,1,1,A,RVU21B,,",
        "2021,3,A,1.00,1,1,1,A,RVU21C,,",
    )
    assert [row[4:6] for row in found if row[0] == "A"] == [
        ("2021-01-01", "2021-03-31"),
        ("2021-07-01", "2021-12-31"),
    ]


def test_a_release_inside_a_quarter_starts_on_its_own_day(tmp_path):
    found = spans(
        tmp_path,
        "2024,1,A,1.00,1,1,1,A,RVU24A,,",
        "2024,1,A,3.00,1,1,1,A,RVU24AR,,",
        "2024,2,A,3.00,1,1,1,A,RVU24B,,",
    )
    assert [row[4:6] for row in found] == [
        ("2024-01-01", "2024-03-08"),
        ("2024-03-09", "2024-12-31"),
    ]


def test_a_release_without_flags_borrows_them(tmp_path):
    found = spans(
        tmp_path,
        "2024,3,A,1.00,1,1,1,A,RVU24C,,NA",
        "2024,4,A,1.00,1,1,1,,RVU24D,,",
    )
    assert [row[1:4] for row in found] == [("A", "1.00", "1")]


def test_a_proposed_factor_is_left_out(tmp_path):
    header = "effective_from,effective_to,payment_basis,conversion_factor,rule_status,source"
    extract(
        tmp_path,
        "conversion_factors",
        header,
        "2026-01-01,2026-12-31,nonqualifying_apm,33.4009,final,x",
        "2027-01-01,2027-12-31,nonqualifying_apm,32.8409,proposed,x",
    )
    found = extract_fees.conversion_factors(tmp_path)
    assert [(row["basis"], row["valid_to"]) for row in found] == [("nonqualifying", "2026-12-31")]


def test_a_limit_that_changed_since_2024_stops_the_build(tmp_path):
    extract(
        tmp_path,
        "mue",
        "code,mue_value,mai,rationale,effective_date",
        "99439,3,2,CMS Policy,2026-04-01",
    )
    with pytest.raises(SystemExit, match="99439"):
        extract_coding.unit_limits(tmp_path)


def test_limits_reach_back_with_the_source_that_each_rests_on():
    with (DATA / "unit_limits.csv").open(encoding="utf-8", newline="") as text:
        rows = [row for row in csv.DictReader(text) if row["code"] == "99439"]
    assert [(row["max_units"], row["valid_from"], row["source_id"]) for row in rows] == [
        ("2", "2015-01-01", "mue-carried-back"),
        ("2", "2024-07-01", "cms-ncci-2024q3"),
        ("2", "2026-04-01", "cms-mue-2026q2"),
    ]


def test_rows_are_sorted_by_key_and_day(tmp_path):
    dated = dict.fromkeys(("valid_to", "checked_on", "source_id", "pinpoint"), "")
    records = [
        {"code": code, "valid_from": first, **dated}
        for code, first in (("B", "2024"), ("A", "2025"), ("A", "2024"))
    ]
    assert write_table(tmp_path / "t.csv", ["code"], records) == 3
    text = (tmp_path / "t.csv").read_text(encoding="utf-8").splitlines()
    assert [line[:6] for line in text[1:]] == ["A,2024", "A,2025", "B,2024"]


def test_wrong_usage_is_told(capsys):
    assert build_tables.main([]) == 2
    assert "usage" in capsys.readouterr().err
