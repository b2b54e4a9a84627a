import io
from datetime import date

import pytest

from ccm_core.money.backtest import PastMonth, backtest
from ccm_core.money.basis import basis
from ccm_core.money.chart import Box, Scale
from ccm_core.money.projection import project
from ccm_core.money.report import projection_pdf, rank_sentence, usd
from ccm_core.money.scenario import scenario
from ccm_core.money.tornado import tornado
from ccm_core.money.uncertainty import simulate
from ccm_core.months import Month

MADE_ON = date(2026, 11, 21)


def text_of(data):
    pypdf = pytest.importorskip("pypdf")
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages)


def test_the_basis_names_year_place_source_and_estimates():
    said = basis(project(scenario(months=14, locality="10112-00")))
    assert "CMS physician fee schedule, 2026, locality 10112-00, office." in said
    assert "2 of 14 months, from Jan 2027" in said
    assert "estimates" not in basis(project(scenario(months=3, start="2025-01")))


def test_a_full_report_is_a_pdf_and_the_same_every_time():
    made = scenario("Zwei Praxen, 100% \u0141\u00f3d\u017a", months=24)
    history = [
        PastMonth(Month(2025, 1).plus(i), 100 + i, 5, 4, 85 + i, 66.13 * (85 + i))
        for i in range(18)
    ]
    arguments = {
        "simulation": simulate(made, 300), "bars": tornado(made), "backtest": backtest(history),
        "is_demo": True,
    }  # fmt: skip
    one = projection_pdf(project(made), MADE_ON, **arguments)
    assert one.startswith(b"%PDF-")
    assert one == projection_pdf(project(made), MADE_ON, **arguments)


def test_a_projection_above_most_paths_is_called_a_hopeful_case():
    made = scenario(physicians=3, credential="ma")
    sentence = rank_sentence(simulate(made, 1000), project(made))
    assert "ends above 9" in sentence
    assert "hopeful case" in sentence


@pytest.mark.parametrize(
    ("amounts", "ticks"), [((0, 83.0), [0, 20, 40, 60, 80]), ((-7.0, 2.0), [-6, -4, -2, 0, 2])]
)
def test_ticks_are_round(amounts, ticks):
    assert Scale(Box(0, 0, 1, 1), amounts).ticks() == ticks


def test_the_report_says_what_it_is():
    made = project(scenario("Plain", months=12))
    text = text_of(projection_pdf(made, MADE_ON, is_demo=True))
    assert "DEMO DATA, no real practice. ESTIMATE" in text
    assert usd(made.total.net_usd) in text
    assert "Scenario: Plain" in text
    for words in ("Jan 2026 to Dec 2026", "Made on 21 Nov 2026", "VS secondary", "54%"):
        assert words in text, words


def test_an_input_says_where_its_value_comes_from():
    made = project(scenario("Own", months=12, starting_panel=50, startup_usd=0))
    text = text_of(projection_pdf(made, MADE_ON, notes={"starting_panel": "Own panel in Dec 2025"}))
    assert "Own panel in Dec 2025" in text
    assert "Typed, or said by the preset" in text


@pytest.mark.parametrize("values", [{"months": 1}, {"consent_share": 0}, {"months": 120}])
def test_odd_horizons_are_drawn_too(values):
    assert projection_pdf(project(scenario(**values)), MADE_ON).startswith(b"%PDF-")


@pytest.mark.parametrize(
    ("start", "months", "years"),
    [("2019-07", 6, "2019"), ("2020-01", 36, "2020 to 2022"), ("2026-01", 36, "2026"),
     ("2027-03", 12, "2026")],
)  # fmt: skip
def test_the_years_of_the_fees_are_those_that_were_used(start, months, years):
    """Not the last ones published, where no month lies in them; none that was never published."""
    said = basis(project(scenario(start=start, months=months, code_mix="99490:1")))
    assert f"fee schedule, {years}, national amounts" in said
