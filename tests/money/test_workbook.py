import io
import re
import subprocess
import sys
import zipfile
from datetime import date
from decimal import Decimal

import pytest
from openpyxl import load_workbook

from ccm_core.money.assumptions import assumption, assumptions
from ccm_core.money.input_sources import CHANGED, MARKS
from ccm_core.money.projection import project
from ccm_core.money.scenario import scenario
from ccm_core.money.workbook import projection_xlsx
from tests.money.formula_oracle import Recalculated

sys.setrecursionlimit(20_000)
MADE_ON = date(2026, 11, 21)
SHOWN = {
    "Gross allowed": "gross_usd", "Denied for good": "denied_usd",
    "Allowed and paid": "allowed_usd",
    "Uncollected": "uncollected_usd", "Revenue of the month's services": "revenue_usd",
    "Cash in": "cash_usd", "Cost": "cost_usd", "Net cash": "net_usd",
    "Revenue less cost": "earned_usd", "Panel": "panel", "Claims": "claims",
    "Staff, FTE": "staff_fte",
}  # fmt: skip
VARIANTS = {
    "defaults": {"months": 14},
    "apcm": {"program": "apcm", "months": 3},
    "outsourced": {"delivery": "outsourced", "months": 4},
    "no sequestration": {"is_sequestered": "no", "months": 3},
    "old codes": {"start": "2020-12", "months": 4},
    "years to come": {"start": "2026-12", "months": 3, "fee_growth_share": "0.031"},
    "everything": {
        "personal_share": "0.1", "qmb_crossover_share": "0.3", "setting": "facility",
        "policy": "strict", "credential": "ma", "tenure_months": 0, "months": 6,
        "software_flat_usd": 99, "payer_lag_months": 0,
    },
}  # fmt: skip


def made(values, **more):
    projection = project(scenario("A test", **{**values, **more}))
    return projection, projection_xlsx(projection, MADE_ON)


def assert_same(projection, book):
    for heading, name in SHOWN.items():
        cells = book.column("Months", heading)
        for line, cell in zip(projection.months, cells, strict=False):
            assert cell == pytest.approx(float(getattr(line, name)), abs=1e-6), (
                heading,
                line.label,
            )
        if name.endswith("usd"):
            assert cells[len(projection.months)] == pytest.approx(
                float(getattr(projection.total, name)), abs=1e-6
            ), heading


@pytest.mark.parametrize("name", VARIANTS)
def test_recalculated_from_its_formulas_the_workbook_says_what_the_app_says(name):
    projection, data = made(VARIANTS[name])
    assert_same(projection, Recalculated(data))


def test_g80_in_the_workbook(g80):
    book = Recalculated(projection_xlsx(project(g80), MADE_ON))
    assert book.column("Months", "Allowed and paid")[12] == pytest.approx(62062.74, abs=1e-9)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("churn_share", "0.05"), ("denial_share", "0.2"), ("ma_share", "0.25"),
        ("wage_lpn_usd", "40"), ("consent_share", "0.5"), ("deductible_open_share", "0.9"),
        ("complex_share", "0.1"), ("ma_multiple", "1.1"), ("hire_step_fte", "1"),
        ("engagement_factor", "1.3"),
    ],
)  # fmt: skip
def test_an_input_typed_into_the_sheet_gives_what_the_app_gives(name, value):
    _, data = made({"months": 4})
    book = Recalculated(data)
    book.set(f"in_{name}", float(value))
    changed = project(scenario(months=4, **{name: Decimal(value)}))
    assert_same(changed, book)


@pytest.mark.parametrize("name", VARIANTS)
def test_the_values_stored_beside_the_formulas_are_the_recalculated_ones(name):
    _, data = made(VARIANTS[name])
    stored = load_workbook(io.BytesIO(data), data_only=True)
    book = Recalculated(data)
    for sheet in ("Months", "Fees", "Years"):
        for row in stored[sheet].iter_rows(min_row=4):
            for cell in row:
                if isinstance(cell.value, int | float):
                    again = book.cell(sheet, cell.coordinate)
                    where = (sheet, cell.coordinate)
                    assert again == pytest.approx(cell.value, rel=1e-6, abs=2e-4), where


def test_parts_add_up_in_the_recalculated_sheet():
    _, data = made({"months": 12})
    book = Recalculated(data)
    words = ("Medicare pays", "Advantage plans pay", "Patients owe", "Advantage patients owe",
             "Sequestration", "QMB share written off", "Medicaid pays for QMB")  # fmt: skip
    parts = [book.column("Months", word) for word in words]
    for at, whole in enumerate(book.column("Months", "Allowed and paid")):
        assert sum(part[at] for part in parts) == pytest.approx(whole, abs=1e-6)
    years = book.column("Years", "Gross allowed")
    assert sum(years) == pytest.approx(book.column("Months", "Gross allowed")[12], abs=1e-6)


def test_every_input_stands_in_the_sheet_with_its_source():
    _, data = made({})
    sheet = load_workbook(io.BytesIO(data))["Inputs"]
    rows = {row[0].value: row for row in sheet.iter_rows(min_row=4)}
    for one in assumptions().values():
        if one.group == "checks":
            continue
        row = rows[one.label]
        assert one.source.authority in row[3].value
        assert one.source.title in row[7].value
        assert row[10].value == one.checked_on
    assert MARKS in {row[0].value for row in sheet.iter_rows()}


def test_a_value_that_is_no_default_says_where_it_comes_from():
    """As on paper: a note of own history, or that somebody typed it; the default's source stays."""
    projection = project(scenario("A test", months=2, denial_share="0.05", churn_share="0.02"))
    notes = {"churn_share": "21 patients left in 1,061 patient-months"}
    sheet = load_workbook(io.BytesIO(projection_xlsx(projection, MADE_ON, notes=notes)))["Inputs"]
    rows = {row[0].value: row for row in sheet.iter_rows(min_row=4)}
    said = {name: rows[assumption(name).label][3].value for name in ("denial_share", *notes)}
    assert said == {"denial_share": CHANGED, **notes}
    assert rows[assumption("denial_share").label][7].value.startswith(
        assumption("denial_share").source.authority
    )


@pytest.mark.parametrize(
    "text", ["=1+1", "+Z9", "-Z9", "@SUM(Z9)", "=cmd|' /C calc'!A0", "\t=1", "&L"]
)
def test_a_name_is_never_a_formula(text):
    projection = project(scenario(text, months=1))
    book = load_workbook(io.BytesIO(projection_xlsx(projection, MADE_ON)))
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    assert sheet.title in ("Months", "Fees", "Years")
                    assert text not in str(cell.value)
    assert book["Read me"]["A4"].value == f"Scenario: {text}"


def test_every_sheet_says_that_it_is_an_estimate_and_a_demo_says_that_it_is_one():
    projection = project(scenario(months=1))
    plain = load_workbook(io.BytesIO(projection_xlsx(projection, MADE_ON)))
    demo = load_workbook(io.BytesIO(projection_xlsx(projection, MADE_ON, is_demo=True)))
    assert all(sheet["A2"].value.startswith("ESTIMATE") for sheet in plain)
    assert all(sheet["A2"].value.startswith("DEMO DATA") for sheet in demo)


def without_stored_values(data):
    """The workbook as its formulas alone, so that whoever opens it must calculate."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name.startswith("xl/worksheets/"):
                content = re.sub(rb"(</f>)<v>[^<]*</v>", rb"\1", content)
            new.writestr(name, content)
    return out.getvalue()


@pytest.mark.slow
@pytest.mark.parametrize("name", VARIANTS)
def test_libreoffice_calculates_the_same(name, tmp_path, soffice_path):
    projection, data = made(VARIANTS[name])
    (tmp_path / "in.xlsx").write_bytes(without_stored_values(data))
    subprocess.run(
        [soffice_path, f"-env:UserInstallation=file://{tmp_path}/profile", "--headless",
         "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", "out", "in.xlsx"],
        cwd=tmp_path, check=True, timeout=150,
    )  # fmt: skip
    book = load_workbook(tmp_path / "out" / "in.xlsx", data_only=True)["Months"]
    at = {cell.value: cell.column for cell in book[3]}
    for heading, shown in SHOWN.items():
        for row, line in enumerate(projection.months, start=4):
            found = book.cell(row, at[heading]).value
            assert found == pytest.approx(float(getattr(line, shown)), abs=1e-6), heading
        if shown.endswith("usd"):
            found = book.cell(4 + len(projection.months), at[heading]).value
            assert found == pytest.approx(float(getattr(projection.total, shown)), abs=1e-6), (
                heading
            )


def test_a_total_is_written_as_its_column_is():
    """The sum of patients who joined is no amount of money."""
    projection, data = made({"months": 3})
    sheet = load_workbook(io.BytesIO(data))["Months"]
    last = 4 + len(projection.months)
    assert sheet.cell(last, 1).value == "Total"
    for heading in sheet[3]:
        of_column, of_total = (sheet.cell(row, heading.column) for row in (4, last))
        if of_total.value and heading.column > 1:
            assert of_total.number_format == of_column.number_format, heading.value
