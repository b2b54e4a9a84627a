"""Every amount through imported CMS files, against the shipped tables and published amounts.

CMS-shaped files are made from the shipped figures under a year that no table
covers, so that only what was imported can give an amount. Where the folder with
CMS's own files is at hand, these are imported, too.
"""

from __future__ import annotations

import csv
import io
import os
from collections import Counter
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from ccm_core import fees, overlay, tables
from ccm_core.errors import CcmError, NotInForce
from ccm_core.money.cms_files import read
from ccm_core.money.fee_file import AmountRow
from ccm_core.money.fee_overlay import as_stored, overlay_of
from tests.conftest import ROOT
from tests.money import cms_layouts as cms

LATER = 20
SOME = ("99490", "99439", "99487", "99491", "99454", "G0556", "G0511", "99453")
DAYS = [date(year, 12, 30) for year in range(2019, 2027)] + [date(2024, 3, 1), date(2026, 5, 5)]


def over(*files):
    at = datetime(2026, 11, 21, tzinfo=UTC)
    return overlay.pinned(
        overlay_of([as_stored(file, i, "test", at) for i, file in enumerate(files, start=1)])
    )


def outcome(code, on, place="national", setting="nonfacility"):
    """The amount, or the kind of refusal."""
    try:
        return str(fees.allowed(code, on, place, setting).allowed_usd)
    except CcmError as refused:
        return type(refused).__name__


def rvu_file(on, year):
    """What is in force on a day, as CMS's file of another year."""
    found = []
    for row in tables.load("rvu", "code").in_force(on):
        na = ["NA" if row[f"{s}_na"] == "1" else "" for s in ("nonfacility", "facility")]
        found.append((row["code"], row["status"], row["work_rvu"], row["nonfacility_pe_rvu"],
                      na[0], row["facility_pe_rvu"], na[1], row["mp_rvu"]))  # fmt: skip
    factor = str(fees.allowed("99490", on).conversion_factor)
    data = cms.pprrvu(year, "January", found, factor, extra_column=on.year >= 2026)
    return read("PPRRVU_Jan_nonQPP.csv", data)


def gpci_file(on, year):
    rows = [
        (row["locality"][:5], row["state"], row["locality"][6:], f'"{row["name"]}"',
         row["work_gpci"], row["pe_gpci"], row["mp_gpci"])
        for row in tables.load("gpci", "locality").in_force(on)
    ]  # fmt: skip
    return read("GPCI.csv", cms.gpci(year, rows, pad=on.year % 2 == 0))


@pytest.mark.parametrize("on", DAYS, ids=str)
def test_every_code_and_locality_of_an_unseen_year_to_the_cent(on):
    year = on.year + LATER
    files = [rvu_file(on, year), gpci_file(on, year)]
    assert all(file.is_storable for file in files)
    codes = [row["code"] for row in tables.load("rvu", "code").in_force(on)]
    places = [p.locality for p in fees.localities(on.year)]
    asked = [(code, "national") for code in codes]
    asked += [(code, place) for code in SOME for place in places]
    later = date(year, 12, 30)
    with pytest.raises(NotInForce):
        fees.allowed("99490", later)
    expected = {key: [outcome(key[0], on, key[1], s) for s in fees.SETTINGS] for key in asked}
    with over(*files):
        found = {key: [outcome(key[0], later, key[1], s) for s in fees.SETTINGS] for key in asked}
    assert {key: pair for key, pair in found.items() if pair != expected[key]} == {}
    amounts = [a for pair in found.values() for a in pair if a[0].isdigit()]
    assert len(amounts) > 1_000


@pytest.fixture(scope="module")
def cms_folder():
    folder = Path(os.environ.get("CCM_SHARED", ROOT.parent / "shared")) / "fees"
    if not (folder / "fixtures").is_dir():
        pytest.skip("There is no folder 'shared/fees' beside the project with CMS's own files.")
    return folder


@pytest.fixture(scope="module")
def cms_files(cms_folder):
    names = ("PPRRVU22_JAN.subset.csv", "PPRRVU2025_Oct.subset.csv",
             "PPRRVU2026_Jul_nonQPP.subset.csv", "GPCI2022.csv", "GPCI2025.csv",
             "ZIP5_OCT2025.sample500.txt")  # fmt: skip
    return [read(name, (cms_folder / "fixtures" / name).read_bytes()) for name in names]


def test_cms_own_files_give_every_published_amount(cms_folder, cms_files):
    """190 amounts that others published; 11 are printed though the setting is marked NA."""
    told = Counter()
    with over(*cms_files):
        for row in csv.DictReader((cms_folder / "published_rates.csv").open(encoding="utf-8")):
            place = f"{row['mac']}-{row['locality_number']}" if row["mac"] else "national"
            found = outcome(row["code"], date(int(row["year"]), 12, 30), place, row["setting"])
            is_same = found == row["published_amount"]
            told["same" if is_same else f"{row['setting']} {found}"] += 1
    assert dict(told) == {"same": 179, "facility NotPayable": 11}


def test_cms_own_files_and_the_shipped_tables_agree_wherever_both_have_an_amount(cms_files):
    days = {2022: date(2022, 2, 1), 2025: date(2025, 12, 1), 2026: date(2026, 8, 1)}
    places = ("national", "10112-00", "02102-01", "01112-05", "13202-01")
    asked = [
        (row.code, days[file.year], place, setting)
        for file in cms_files if file.kind == "rvu" for row in file.rows if not row.modifier
        for place in places for setting in fees.SETTINGS
    ]  # fmt: skip
    shipped = [outcome(*key) for key in asked]
    with over(*cms_files):
        imported = [outcome(*key) for key in asked]
    pairs = list(zip(asked, shipped, imported, strict=True))
    assert [pair for pair in pairs if pair[1][0].isdigit() and pair[1] != pair[2]] == []
    assert sum(one[0].isdigit() for one in shipped) > 1_500


def test_cms_own_zip_codes_agree_with_the_shipped_ones(cms_files):
    rows = cms_files[-1].rows
    on = date(2025, 12, 1)
    assert len(rows) == 500
    with over(*cms_files):
        imported = [fees.locality_of_zip(row.zip5, on) for row in rows]
    assert imported == [fees.locality_of_zip(row.zip5, on) for row in rows]


def test_amounts_that_cms_multiplied_out_are_read_to_the_cent(cms_folder):
    name = "PFREV25C.txt"
    file = read(name, (cms_folder / "fixtures" / name).read_bytes())
    assert file.kind == "amounts"
    assert not file.problems
    first = next(row for row in file.rows if isinstance(row, AmountRow))
    text = (cms_folder / "fixtures" / name).read_text(encoding="latin-1")
    (line, *_) = csv.reader(io.StringIO(text))
    assert first.nonfacility_usd == Decimal(line[5])
