import contextlib
import io
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ccm_core import fees, overlay
from ccm_core.errors import ImportRefused, NotInForce, NotPayable, UnknownLocality, UsageError
from ccm_core.money.assumptions import assumptions
from ccm_core.money.cms_files import read, read_package
from ccm_core.money.fee_checks import Stored, checked, clashes, odd_indices
from ccm_core.money.fee_overlay import as_stored, overlay_of
from ccm_core.money.payer_schedules import percent_of_medicare, read_schedule
from ccm_core.money.projection import project
from ccm_core.money.scenario import scenario
from ccm_core.money.uncertainty import simulate
from tests.money import cms_layouts as cms

RVU_2022 = cms.pprrvu(2022, "January", cms.OF_2022, "34.6062")
RVU_2025 = cms.pprrvu(2025, "October", cms.OF_2025, "32.3465", "09/11/2025")
RVU_2026 = cms.pprrvu(2026, "July", cms.OF_2026, "33.4009", "06/30/2026", extra_column=True)
GPCI_2022 = cms.gpci(2022, [cms.ALABAMA, cms.ALASKA], pad=False)


def levels(file):
    return [problem.level for problem in file.problems]


@pytest.mark.parametrize(
    ("data", "factor", "first", "columns"),
    [
        (RVU_2022, "34.6062", date(2022, 1, 1), "27 columns"),
        (RVU_2025, "32.3465", date(2025, 10, 1), "27 columns"),
        (RVU_2026, "33.4009", date(2026, 7, 1), "28 columns"),
    ],
)
def test_each_layout_is_found_by_its_headings(data, factor, first, columns):
    file = read("PPRRVU.csv", data)
    assert (file.kind, file.valid_from, file.problems) == ("rvu", first, ())
    assert file.valid_to == date(first.year, 12, 31)
    assert file.layout.startswith(columns)
    assert {row.conversion_factor for row in file.rows} == {Decimal(factor)}
    assert file.is_storable


def test_the_qualifying_file_is_known_by_its_name():
    names = {
        "PPRRVU2026_Jul_nonQPP.csv": False,
        "PPRRVU2026_Jul_QPP.csv": True,
        "PPRRVU22.csv": None,
    }
    data = RVU_2026.replace(b"33.4009", b"33.5000")
    assert {name: read(name, data).is_qp for name in names} == names
    # A renamed file is known by its conversion factor, where that is on record.
    assert [read("a.csv", RVU_2026.replace(b"33.4009", usd)).is_qp for usd in (
        b"33.4009", b"33.5675")] == [False, True]  # fmt: skip
    (unsaid,) = read("a.csv", data).problems
    assert (unsaid.level, unsaid.column) == ("warning", "participants")


def test_no_descriptor_is_kept():
    named = RVU_2022.replace(b"99490,,,A", b"99490,,A description of the AMA,A")
    file = read("x.csv", named)
    assert file.rows[0].code == "99490"
    assert "AMA" not in repr(file.rows)


def test_a_total_that_is_not_its_parts_is_an_error():
    file = read("x.csv", RVU_2022.replace(b"1.85,1.49", b"1.86,1.49"))
    assert levels(file) == ["error"]
    assert "make 1.85; the file says 1.86" in file.problems[0].reason
    assert not file.is_storable


@pytest.mark.parametrize(
    ("old", "new", "column"),
    [
        (b"99490,,,A,,1.00", b"99490,,,A,,one", "WORK RVU"),
        (b"99490,,,A,,1.00", b"99490,,,A,,-1.00", "WORK RVU"),
        (b"99490,,,A,,1.00", b"99490,,,A,,NaN", "WORK RVU"),
        (b"99490,,,A", b"9949,,,A", "HCPCS"),
        (b"99490,,,A", b"99490,,,AB", "STATUS CODE"),
        (b"1.60,NA,0.01", b"1.60,YES,0.01", "FACILITY NA INDICATOR"),
    ],
)
def test_a_bad_cell_is_named_with_its_line(old, new, column):
    file = read("x.csv", RVU_2022.replace(old, new))
    problem = file.problems[0]
    assert (problem.level, problem.column) == ("error", column)
    assert problem.line in (7, 9)


def test_a_code_twice_and_two_conversion_factors_are_errors():
    twice = cms.pprrvu(2022, "January", cms.OF_2022[:1] * 2, "34.6062")
    assert levels(read("x.csv", twice)) == ["warning"]  # the same row twice harms nobody
    other = (("99490", "A", "2.00", "0.78", "", "0.42", "", "0.07"),)
    two = cms.pprrvu(2022, "January", cms.OF_2022[:1] + other, "34.6062")
    assert levels(read("x.csv", two)) == ["error"]
    mixed = read("x.csv", RVU_2022.replace(b",34.6062,09,0", b",33.0000,09,0", 1))
    assert "One conversion factor is needed" in mixed.problems[-1].reason


def test_a_file_released_after_its_first_day_asks_for_a_look():
    file = read("x.csv", cms.pprrvu(2024, "January", cms.OF_2025, "33.2875", "03/08/2024"))
    assert levels(file) == ["warning"]
    moved = file.dated(date(2024, 3, 9), date(2024, 12, 31))
    assert moved.valid_from == date(2024, 3, 9)
    with pytest.raises(UsageError):
        file.dated(date(2024, 3, 9), date(2024, 3, 8))


def test_headings_that_are_not_there_or_stand_twice_are_refused():
    with pytest.raises(ImportRefused, match="0 columns headed CONV FACTOR"):
        read("x.csv", RVU_2022.replace(b"FACTOR", b"FACTER"))
    with pytest.raises(ImportRefused, match="names no year"):
        read("x.csv", RVU_2022.replace(b"2022 National", b"National").replace(b"12/15/2021", b""))


def test_gpci_with_and_without_leading_zeros_and_footnotes():
    file = read("GPCI2022.csv", GPCI_2022)
    assert [row.locality for row in file.rows] == ["10112-00", "02102-01"]
    assert file.rows[1].name == "ALASKA"
    assert file.rows[1].work_gpci == Decimal("1.5")
    assert (file.year, file.problems) == (2022, ())


def test_of_two_work_indices_the_one_with_the_floor_counts():
    text = GPCI_2022.decode().replace(
        "2022 PW GPCI (with 1.0 Floor)",
        "2022 PW GPCI (without 1.0 Floor),2022 PW GPCI (with 1.0 Floor)",
    )
    rows = text.replace("ALABAMA,1,", "ALABAMA,0.97,1,").replace("ALASKA*,1.5", "ALASKA*,1.4,1.5")
    assert read("g.csv", rows.encode()).rows[0].work_gpci == 1


def test_a_shifted_index_is_noticed():
    odd = cms.gpci(2022, [cms.ALABAMA, (*cms.ALASKA[:4], "0.614", "1.5", "1.118")])
    assert odd_indices(read("g.csv", odd)) == ["02102-01"]
    wrong = cms.gpci(2022, [(*cms.ALASKA[:4], "150", "1", "1")])
    assert levels(read("g.csv", wrong)) == ["error"]


def test_counties_repeat_the_state_above_and_one_row_twice_is_harmless():
    file = read("c.csv", cms.counties(
        "1182,18,CALIFORNIA,LOS ANGELES,LOS ANGELES", "1112,52,,MARIN,MARIN", ",,,,",
        "5302,99,MISSOURI,REST OF STATE*,ALL OTHER COUNTIES",
        "5302,99,,REST OF STATE* ,ALL OTHER COUNTIES",
    ))  # fmt: skip
    assert [row.state_name for row in file.rows] == ["CALIFORNIA", "CALIFORNIA", "MISSOURI"]
    assert levels(file) == ["warning"]
    assert file.is_storable


def test_zip_codes_by_position():
    file = read("ZIP5.txt", cms.zip5("AK995010210201 Z9   0 A", "AL363171011200RZ9R  1 A"))
    assert [(r.zip5, r.locality, r.rural, r.is_split) for r in file.rows] == [
        ("99501", "02102-01", "", False),
        ("36317", "10112-00", "R", True),
    ]
    assert file.valid_from == date(2025, 10, 1)


def test_zip_lines_of_another_quarter_or_shape_are_errors():
    good, odd = "AK995010210201 Z9   0 A", "AK9950X0210201 Z9   0 A"
    file = read("z.txt", cms.zip5(good, odd) + cms.zip5("AK995030210201 Z9   0 A", stamp="20253"))
    assert levels(file) == ["error", "error"]
    with pytest.raises(ImportRefused):
        read("z.txt", f"{good}\n".encode())


def test_published_amounts_without_their_trailer():
    row = ("2025", "01112", "05", "99490", "  ", "0000072.10", "0000058.31", " ", "0", "A",
           "0", "0", "0", "9", "0", "0")  # fmt: skip
    file = read("PFREV25C.txt", cms.amounts(row))
    assert file.kind == "amounts"
    assert (file.rows[0].locality, file.rows[0].nonfacility_usd) == ("01112-05", Decimal("72.10"))
    assert file.problems == ()


@pytest.mark.parametrize(
    "data", [b"", b"a,b\n1,2\n", b"\x00\x01" * 50, b"PK\x03\x04 not a zip", b'"\n']
)
def test_other_files_are_refused_with_a_sentence(data):
    with pytest.raises(ImportRefused) as refused:
        read_package("x.csv", data)
    assert str(refused.value).startswith(("x.csv", "Line"))


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300), st.integers(0, 900))
def test_damage_is_a_refusal_or_a_problem_and_never_a_crash(noise, at):
    damaged = RVU_2022[:at] + noise + RVU_2022[at + len(noise) :]
    with contextlib.suppress(ImportRefused):
        read("x.csv", damaged)


def package(**members):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in members.items():
            made.writestr(name.replace("__", "."), data)
    return held.getvalue()


def test_a_package_gives_what_it_holds_once():
    data = package(PPRRVU22__csv=RVU_2022, copy__txt=RVU_2022, GPCI2022__csv=GPCI_2022,
                   read_me__txt=b"nothing here", notes__pdf=b"%PDF")  # fmt: skip
    found, skipped = read_package("rvu22a.zip", data)
    assert [file.kind for file in found] == ["rvu", "gpci"]
    assert len(skipped) == 2


def test_a_package_that_unpacks_without_end_is_refused():
    with pytest.raises(ImportRefused, match="unpacks to more"):
        read_package("bomb.zip", package(a__csv=b"0" * (65 * 1024 * 1024)))
    with pytest.raises(ImportRefused, match="holds no fee file"):
        read_package("empty.zip", package(a__pdf=b"x"))
    with pytest.raises(ImportRefused, match="at most 200"):
        read_package("many.zip", package(**{f"a{i}__csv": b"" for i in range(201)}))


def over(*files):
    """The shipped tables with these files laid over them, as after an import of each in turn."""
    at = datetime(2026, 11, 21, tzinfo=UTC)
    return overlay.pinned(
        overlay_of([as_stored(file, i, "test", at) for i, file in enumerate(files, start=1)])
    )


@pytest.fixture
def imported():
    files = [read("r22", RVU_2022), read("r25", RVU_2025), read("PPRRVU2026_nonQPP.csv", RVU_2026),
             read("g22", GPCI_2022), read("z", cms.zip5("AK995010210201 Z9   0 A"))]  # fmt: skip
    return over(*files)


@pytest.mark.parametrize(
    ("on", "locality", "setting"),
    [
        (date(2022, 6, 30), "national", "nonfacility"), (date(2022, 6, 30), "national", "facility"),
        (date(2022, 6, 30), "10112-00", "nonfacility"), (date(2022, 6, 30), "02102-01", "facility"),
        (date(2025, 11, 30), "national", "nonfacility"),
        (date(2026, 8, 31), "national", "facility"),
    ],
)  # fmt: skip
def test_imported_fees_equal_the_shipped_tables(imported, on, locality, setting):
    shipped = fees.allowed("99490", on, locality, setting)
    with imported:
        ours = fees.allowed("99490", on, locality, setting)
    assert ours.allowed_usd == shipped.allowed_usd
    assert not ours.estimate
    assert ours.cites[0].startswith("import-")


def test_what_has_no_amount_raises_and_is_never_zero(imported):
    june = date(2022, 6, 30)
    with imported:
        for code, setting in (
            ("99454", "facility"),
            ("G0511", "nonfacility"),
            ("90952", "nonfacility"),
        ):
            with pytest.raises(NotPayable):
                fees.allowed(code, june, setting=setting)
        with pytest.raises(NotInForce, match="99999 on 2022-06-30 was asked"):
            fees.allowed("99999", june)
        with pytest.raises(UnknownLocality):
            fees.allowed("99490", june, "99999-99")
        with pytest.raises(UsageError):
            fees.allowed("99490", june, setting="home")


def test_places(imported):
    with imported:
        assert fees.locality_of_zip("99501", date(2025, 11, 1)) == "02102-01"
        assert {"02102-01", "10112-00"} <= {place.locality for place in fees.localities(2022)}
        with pytest.raises(UnknownLocality):
            fees.locality_of_zip("00000", date(2025, 11, 1))


def test_a_later_release_takes_over_on_its_first_day():
    older = cms.pprrvu(2022, "January", cms.OF_2022, "34.6062")
    newer = cms.pprrvu(2022, "July", cms.OF_2025, "34.6062", "06/30/2022")
    with over(read("b", newer), read("a", older)):
        shown = [fees.allowed("99490", date(2022, 6 + i, 30 - 29 * i)).rvu["pe"] for i in (0, 1)]
    assert shown == [Decimal("0.78"), Decimal("0.81")]


def test_a_projection_at_imported_fees():
    newer = cms.pprrvu(2027, "January", cms.OF_2026, "34.0000", "12/20/2026", extra_column=True)
    plain = scenario(start="2026-12", months=2, minutes_histogram="20:1", starting_panel=10,
                     consent_share=0, churn_share=0, ma_share=0, complex_share=0,
                     blocked_baseline_share=0)  # fmt: skip
    with over(read("r27", newer)):
        made = project(plain)
        still = simulate(plain, 2, certain=frozenset(assumptions()), has_chance=False)
    assert [line.is_estimate for line in made.months] == [False, False]
    assert [line.gross["99490"] for line in made.months] == [Decimal("661.30"), Decimal("673.20")]
    assert still.paths["gross"][0] == pytest.approx([661.30, 673.20])


def test_an_imported_index_counts_with_the_shipped_values_and_the_other_way_round():
    on = date(2026, 8, 31)
    index = cms.gpci(2026, [("10112", "AL", "00", "ALABAMA", "1", "0.9", "0.5")])
    with over(read("g26", index)):
        fee = fees.allowed("99490", on, "10112-00")
    weighted = Decimal("1.00") + Decimal("0.91") * Decimal("0.9") + Decimal("0.07") / 2
    assert fee.allowed_usd == (weighted * Decimal("33.4009")).quantize(Decimal("0.01"))
    assert not fee.estimate
    june = date(2022, 6, 30)
    shipped = fees.allowed("99490", june, "10112-00").allowed_usd
    with over(read("r22", RVU_2022)):
        assert fees.allowed("99490", june, "10112-00").allowed_usd == shipped


def test_a_file_of_later_in_the_year_gives_way_to_the_shipped_table(imported):
    with imported:
        assert not fees.allowed("99490", date(2025, 3, 31)).estimate
    future = cms.pprrvu(2031, "July", cms.OF_2026, "30.0000", "06/30/2031", extra_column=True)
    with over(read("r31", future)):
        assert fees.allowed("99490", date(2031, 2, 1)).estimate


def test_two_files_for_the_same_days_in_one_import_are_errors():
    one, other = (read(f"{name}.csv", RVU_2022 + end) for name, end in (("a", b""), ("b", b"\r\n")))
    assert [levels(file) for file in clashes([one, other, read("g", GPCI_2022)])] == [
        ["error"], ["error"], [],
    ]  # fmt: skip


def test_checks_before_storing():
    file = read("r22", RVU_2022)
    assert "of our codes" in checked(file).problems[0].reason
    same = Stored("rvu", file.sha256, file.valid_from, file.valid_to, None, 3)
    assert levels(checked(file, [same])) == ["warning", "error"]
    amended = Stored("rvu", "0", file.valid_from, file.valid_to, None, 4)
    running = Stored("rvu", "1", date(2021, 10, 1), date(2022, 12, 31), None, 5)
    later = Stored("rvu", "2", date(2022, 7, 1), date(2022, 12, 31), None, 6)
    other = Stored("gpci", "3", file.valid_from, file.valid_to, None, 7)
    qualifying = Stored("rvu", "4", file.valid_from, file.valid_to, True, 8)
    told = checked(file, [amended, running, later, other, qualifying])
    assert levels(told) == ["warning", "warning", "notice", "notice"]
    assert told.is_storable


def test_a_percentage_of_medicare():
    plan = percent_of_medicare("Plan A", Decimal("97"))
    assert (plan.payer, plan.multiple) == ("Plan A", Decimal("0.97"))
    assert plan.is_storable
    with pytest.raises(UsageError):
        percent_of_medicare("Plan A", Decimal("0.97"))


def test_a_flat_table_with_a_percentage_for_the_rest():
    heading = b"code,amount_usd,valid_from,valid_to\n"
    data = heading + b"99490,$70.00,2025-01-01,2025-12-31\n\n99439,50.00,,\n"
    plan = read_schedule("Plan B", "b.csv", data, multiple=Decimal("1.1"))
    assert [(a.code, str(a.amount_usd), a.valid_from.year) for a in plan.amounts] == [
        ("99490", "70.00", 2025), ("99439", "50.00", 1),
    ]  # fmt: skip
    assert plan.multiple == Decimal("1.1")
    assert plan.is_storable


@pytest.mark.parametrize(
    "row",
    ["99490,0", "99490,x", "99490,1.234", "9949,10", "99490,10,2025-13-01,",
     "99490,10,2025-02-01,2025-01-01", "99490,10,,\n99490,11,,"],
)  # fmt: skip
def test_bad_rows_of_a_flat_table_are_errors(row):
    plan = read_schedule(
        "Plan C", "c.csv", f"code,amount_usd,valid_from,valid_to\n{row}\n".encode()
    )
    assert not plan.is_storable
    assert plan.problems[0].level == "error"


@pytest.mark.parametrize(
    "data", [b"", b"code\n", b"code,amount_usd,note\n", b"code,code,amount_usd\n"]
)
def test_other_tables_are_refused(data):
    with pytest.raises(ImportRefused):
        read_schedule("Plan D", "d.csv", data)
