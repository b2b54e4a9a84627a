"""CMS files as they come: other years, other columns, other containers; read right or refused."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal

import openpyxl
import pytest

from ccm_core import fees, overlay
from ccm_core.errors import ImportRefused
from ccm_core.money.cms_files import read, read_package
from ccm_core.money.fee_overlay import as_stored, overlay_of
from tests.money import cms_layouts as cms

VALUES = (("99490", "A", "1.00", "0.95", "", "0.25", "", "0.08"),)
PLACES = [cms.ALABAMA, ("01112", "CA", "05", "SAN FRANCISCO (BAY), CA", "1.05", "1.3", "0.5")]


def plain_rvu(year, month="January"):
    return cms.pprrvu(year, month, VALUES, "34.0000", "11/20/2018")


def rows_of(data):
    return list(csv.reader(io.StringIO(data.decode())))


def as_csv(rows, encoding="utf-8"):
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode(encoding)


def as_workbook(rows, *, as_numbers=True):
    book = openpyxl.Workbook()
    sheet = book.active
    for row in rows:
        sheet.append([_cell(text) if as_numbers else text for text in row])
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def _cell(text):
    """A number where a spreadsheet would make one: leading zeros and trailing zeros are lost."""
    try:
        return float(text) if "." in text else int(text)
    except ValueError:
        return text or None


def packed(*members):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as package:
        for name, data in members:
            package.writestr(name, data)
    return held.getvalue()


def more_titles(rows):
    return [["", "", "Sent on 12/15/2018"], ["Copyright 2017 by nobody"], *rows]


def a_column_first(rows):
    return [["", *row] for row in rows]


def columns_at_the_end(rows):
    return [[*row, "", "0.00", "note"] for row in rows]


def blanks_around(rows):
    return [[f"  {cell} \t" for cell in row] for row in rows]


def breaks_in_headings(rows):
    return [[cell.replace(" RVU", "\nRVU").replace("FACILITY ", "FACILITY\xa0") for cell in row]
            for row in rows]  # fmt: skip


def one_heading_line(rows):
    """The four heading lines as one, with the words of a spreadsheet person."""
    merged = [
        " ".join(filter(None, cells)).replace("CONV FACTOR", "Conversion factor")
        for cells in zip(*[row + [""] * (27 - len(row)) for row in rows[2:6]], strict=True)
    ]
    merged[:2] = ["HCPCS", "Modifier"]
    return [*rows[:2], merged, *rows[6:]]


def empty_rows_below(rows):
    return [*rows, [""] * 27, []]


ODD = (more_titles, a_column_first, columns_at_the_end, blanks_around, breaks_in_headings,
       one_heading_line, empty_rows_below)  # fmt: skip


def allowed(files, year, place="national"):
    stored = [as_stored(file, i, "test", datetime(2026, 11, 21, tzinfo=UTC))
              for i, file in enumerate(files, start=1)]  # fmt: skip
    with overlay.pinned(overlay_of(stored)):
        fee = fees.allowed("99490", date(year, 12, 30), place)
        return str(fee.allowed_usd), fee.estimate


@pytest.mark.parametrize("year", range(2019, 2028))
@pytest.mark.parametrize("change", ODD)
def test_relative_values_in_odd_forms_of_every_year(year, change):
    data = as_csv(change(rows_of(plain_rvu(year))))
    file = read("PPRRVU_Jan_nonQPP.csv", data)
    assert (file.year, file.is_storable) == (year, True)
    # (1.00 + 0.95 + 0.08) x 34
    assert allowed([file], year) == ("69.02", False)


@pytest.mark.parametrize("year", [2019, 2026, 2027])
def test_relative_values_and_indices_as_workbooks(year):
    values = read("PPRRVU_nonQPP.xlsx", as_workbook(rows_of(plain_rvu(year))))
    indices = read("GPCI.xlsx", as_workbook(gpci_rows(year)))
    assert [row.locality for row in indices.rows] == ["10112-00", "01112-05"]
    assert indices.rows[1].name == "SAN FRANCISCO (BAY), CA"
    # (1.00 x 1 + 0.95 x 0.888 + 0.08 x 0.921) x 34 = 65.1857..., worked out by hand.
    assert allowed([values, indices], year, "10112-00") == ("65.19", False)


def gpci_rows(year):
    """Indices with quoted commas, footnotes, a column that tells of the floor, and two titles."""
    head = ["Medicare Administrative\nContractor (MAC)", "State", "Locality  Number",
            "Locality Name", f"{year} PW GPCI (without 1.0 Floor)",
            f"{year} PW GPCI (with 1.0 Floor)", f"{year} PE GPCI", f"{year} MP GPCI"]  # fmt: skip
    body = [[*place[:4], "0.9", *place[4:]] for place in PLACES]
    title = [f"ADDENDUM E. FINAL CY {year} GPCIs, released 11/01/{year - 1}"]
    return [title, [], head, *body, [], ["* Frontier state, floor of 1.0", "1", "2"]]


@pytest.mark.parametrize("year", range(2019, 2028))
def test_indices_with_more_columns_titles_and_footnotes(year):
    file = read("GPCI.csv", as_csv(gpci_rows(year), "cp1252"))
    assert (file.year, file.is_storable, len(file.rows)) == (year, True, 2)
    assert str(file.rows[0].work_gpci) == "1"


def test_windows_text_is_read_and_its_letters_kept():
    rows = gpci_rows(2027)
    rows[3][3] = "CAÑON “CITY”"
    assert read("GPCI.csv", as_csv(rows, "cp1252")).rows[0].name == "CAÑON “CITY”"


def test_counties_by_their_headings():
    rows = [["COUNTIES OF 2027 LOCALITIES"], [],
            ["No.", "Medicare Adminstrative Contractor", "Locality Number", "State ",
             "Fee Schedule Area ", "Counties"],
            ["1", "10112", "0", "ALABAMA ", "STATEWIDE ", "ALL COUNTIES"],
            ["2", "1112", "5", "", "BAY *", "MARIN, NAPA"]]  # fmt: skip
    for file in (read("c.csv", as_csv(rows)), read("c.xlsx", as_workbook(rows))):
        assert [(r.locality, r.state_name, r.counties) for r in file.rows] == [
            ("10112-00", "ALABAMA", "ALL COUNTIES"), ("01112-05", "ALABAMA", "MARIN, NAPA"),
        ]  # fmt: skip


ZIP_HEAD = ["STATE", "ZIP CODE", "CARRIER", "LOCALITY", "RURAL IND", "LAB CB LOCALITY",
            "RURAL IND2", "PLUS 4 FLAG", "PART B PAYMENT INDICATOR", "YEAR/QTR"]  # fmt: skip
ZIP_ROWS = [["NY", "00501", "13282", "02", "", "Z9", "", "0", "A", "20271"],
            ["AK", "99619", "02102", "01", "B", "Z9", "B", "1", "", "20271"]]  # fmt: skip


@pytest.mark.parametrize("form", ["fixed", "short", "crlf", "csv", "xlsx"])
def test_zip_codes_in_every_form(form):
    lines = [f"{s}{z}{c}{n}{r or ' '}Z9   {f} A" for s, z, c, n, r, _, _, f, _, _ in ZIP_ROWS]
    made = {
        "fixed": lambda: cms.zip5(*lines, stamp="20271"),
        "short": lambda: b"\n\n" + cms.zip5(*lines, stamp="20271").rstrip(b"\n"),
        "crlf": lambda: cms.zip5(*lines, stamp="20271").replace(b"\n", b"\r\n"),
        "csv": lambda: as_csv([ZIP_HEAD, *ZIP_ROWS]),
        "xlsx": lambda: as_workbook([ZIP_HEAD, *ZIP_ROWS]),
    }[form]()
    file = read("ZIP5_JAN2027", made)
    assert file.valid_from == date(2027, 1, 1)
    assert [(r.zip5, r.locality, r.state, r.rural, r.is_split) for r in file.rows] == [
        ("00501", "13282-02", "NY", "", False), ("99619", "02102-01", "AK", "B", True),
    ]  # fmt: skip
    assert not file.problems


def test_members_of_a_package_may_have_any_name_and_copies_count_once():
    values, indices = plain_rvu(2025, "July"), as_csv(gpci_rows(2025))
    package = packed(
        ("RVU25C/a.TXT", values), ("RVU25C/A.xlsx", as_workbook(rows_of(values))),
        ("RVU25C/other name.xlsx", as_workbook(rows_of(values))), ("b.csv", indices),
        ("__MACOSX/._b.csv", b"\0\0"), ("inner.zip", packed(("x.csv", values))),
        ("RVU25C.pdf", b"%PDF"),
    )  # fmt: skip
    found, skipped = read_package("rvu25c.zip", package)
    assert [(f.name, f.kind) for f in found] == [("a.TXT", "rvu"), ("b.csv", "gpci")]
    assert [word for word in ("A.xlsx was read", "other name.xlsx says the same", "inner.zip is a")
            if not any(word in said for said in skipped)] == []  # fmt: skip
    assert found[0].valid_from == date(2025, 7, 1)
    assert str(sum(Decimal(r.work_rvu) for r in found[0].rows)) == "1.00"


def two_years():
    """Indices of a year and of the next one side by side: which to take is not ours to say."""
    rows = gpci_rows(2027)
    return as_csv([[*row, "2028 PE GPCI" if i == 2 else "1"] if len(row) > 3 else row
                   for i, row in enumerate(rows)])  # fmt: skip


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.pdf", b"%PDF-1.7\n\0\0", "not a text file"),
        ("fixed.txt", b"99490  SHORT TEXT A 1.00\n", "Import the CSV or XLSX file of the package"),
        ("zip9.txt", b"AK995010210201 Z9   10001A" + b" " * 49 + b"20271\n", "is a ZIP9 file"),
        ("zip5.txt", b"AK995010210201 Z9   0 A\n", "year and quarter"),
        ("no factor.csv", plain_rvu(2025).replace(b"CONV,", b"OTHER,"), "headed CONV FACTOR"),
        ("no year.csv", plain_rvu(2025).replace(b",,2025 National", b",,National"), "no year"),
        ("two years.csv", two_years(), "columns for PE"),
        ("empty.csv", b"", "none of the CMS fee files"),
        ("empty.xlsx", as_workbook([]), "empty workbook"),
        ("other.xlsx", as_workbook([["a", "b"], ["1", "2"]]), "none of the CMS fee files"),
        ("locked.zip", b"PK\x03\x04broken", "damaged package"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_in_a_sentence(name, data, said):
    with pytest.raises(ImportRefused) as refused:
        read_package(name, data)
    assert said in str(refused.value)
    assert str(refused.value).endswith(".")


def test_a_workbook_names_the_row_that_a_person_sees():
    rows = rows_of(plain_rvu(2027))
    rows.insert(6, [])
    rows[7][5] = "=1+1"
    (bad,) = [p for p in read("nonQPP.xlsx", as_workbook(rows)).problems if p.level == "error"][:1]
    assert (bad.line, bad.column) == (8, "WORK RVU")


def test_a_proposed_schedule_is_not_stored():
    proposed = read("x.csv", plain_rvu(2027).replace(b"National", b"Proposed National"))
    assert not proposed.is_storable
    assert "proposed schedule" in " ".join(p.reason for p in proposed.problems)


def test_a_release_is_known_by_the_title_or_the_name_or_asked_for():
    titled = plain_rvu(2025, "April")
    unsaid = titled.replace(b"April Release", b"")
    first = {
        ("a.csv", titled): 4, ("a.csv", titled.replace(b"April R", b"April 2025 R")): 4,
        ("PPRRVU25_JUL.csv", unsaid): 7, ("PPRRVU2025_Oct.csv", unsaid): 10,
        ("marigold.csv", unsaid): 1, ("PPRRVU25C.csv", unsaid): 7, ("rvu2025d.csv", unsaid): 10,
        ("RVU24BR.csv", unsaid): 4, ("rvu25_all.csv", unsaid): 1,
    }  # fmt: skip
    assert {key: read(*key).valid_from.month for key in first} == first
    assert ["warning", "release"] in [[p.level, p.column] for p in read("a.csv", unsaid).problems]


def test_a_remark_below_the_table_is_no_row_and_a_row_cut_off_is_no_remark():
    values, indices = rows_of(plain_rvu(2027)), gpci_rows(2027)
    remarks = [[], ["Note: 1.0 floor for frontier states"], ["** Puerto Rico", "", ""]]
    for rows in (values, indices):
        assert read("nonQPP.csv", as_csv([*rows, *remarks])).is_storable
        for cut in (["99439"], ["1112", "", ""]):
            assert not read("nonQPP.csv", as_csv([*rows, cut])).is_storable, cut


def test_a_copyright_in_one_cell_hides_no_year_in_the_next():
    rows = [["Copyright"], *rows_of(plain_rvu(2027))]
    assert read("nonQPP.csv", as_csv(rows)).year == 2027
    rows = [["", "", "CPT codes only are copyright 2026 AMA"], *rows_of(plain_rvu(2027))]
    assert read("nonQPP.csv", as_csv(rows)).year == 2027


AS_SAVED = {
    "tabs": lambda text: text.replace(",", "\t").encode(),
    "semicolons": lambda text: text.replace(",", ";").encode(),
    "unicode text": lambda text: text.replace(",", "\t").encode("utf-16"),
    "other headings": lambda text: text.replace("HCPCS,MOD,", "HCPCS Code,Modifier,").encode(),
}


@pytest.mark.parametrize("form", AS_SAVED)
@pytest.mark.parametrize("year", [2022, 2025, 2026])
def test_what_a_spreadsheet_saved_in_a_form_of_its_own(form, year):
    """Tab, semicolon and "Unicode text": the same amount as from the comma of CMS."""
    name = "PPRRVU_Jan_nonQPP.csv"
    saved = AS_SAVED[form](plain_rvu(year).decode())
    assert allowed([read(name, saved)], year) == allowed([read(name, plain_rvu(year))], year)


def test_indices_with_other_words_lost_zeros_and_stars():
    rows = rows_of(cms.gpci(2027, [cms.ALABAMA, cms.ALASKA]))
    at = next(i for i, row in enumerate(rows) if "GPCI" in row[-1])
    plain = read("g.csv", as_csv(rows)).rows
    rows[at] = ["Carrier", "State", "Locality", "Locality Name", "2027 Work GPCI",
                "2027 Practice Expense GPCI", "2027 Malpractice GPCI"]  # fmt: skip
    for row in rows[at + 1 :]:
        if len(row) > 6 and row[0].isdigit():
            row[0], row[2], row[4] = f"{int(row[0])}.0", f"{int(row[2])}.0", f"{row[4]}*"
    file = read("g.csv", as_csv(rows))
    assert not [p for p in file.problems if p.level == "error"]
    assert file.rows == plain
