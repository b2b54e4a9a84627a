"""What leaves the page Revenue as a file: it says that it estimates, where, when and from what."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import pytest

from ccm_core.money.backtest import PastMonth
from ccm_core.money.projection import project
from ccm_core.money.scenario import scenario
from ccm_core.months import Month
from ccm_core.program.revenue_view import judged
from pages.parts import revenue_files, revenue_inputs

NAME = "Own <history> & more"


@pytest.fixture(scope="module")
def link():
    return scenario(months=14, locality="10112-00").to_link()


def test_the_pictures_say_what_they_are(link):
    svg = revenue_files._pictures(link, NAME, True, "svg").decode()
    assert svg.startswith("<svg")
    said = " ".join(re.findall(r">([^<>]+)<", svg))
    for words in ("DEMO DATA", "ESTIMATE, not a promise", "locality 10112-00", "2 of 14 months",
                  "Own &lt;history&gt; &amp; more", "Net of each month", "Net of all months so far",
                  "Which inputs matter most", "seed 1"):  # fmt: skip
        assert words in said, words
    total = project(scenario(months=14, locality="10112-00")).total
    assert f"${total.cash_usd:,.2f} come in" in said
    assert "http" not in re.sub(r'xmlns(:\w+)?="[^"]+"', "", svg)


def test_a_picture_of_pixels_and_a_report(link):
    assert revenue_files._pictures(link, NAME, False, "png").startswith(b"\x89PNG\r\n")
    past = tuple(PastMonth(Month(2025, 1).plus(i), 100, 5, 4, 90, 66.13 * 90) for i in range(12))
    made = revenue_files._report(link, NAME, False, date(2026, 1, 31), judged(past), {})
    assert made.startswith(b"%PDF-")
    assert judged(past) is not None
    assert judged(past[:6]) is None


def test_pictures_hold_no_more_than_the_link(link):
    """A file is made from the inputs alone: the same link gives the same picture to everybody."""
    one, other = (revenue_files._pictures(link, NAME, False, "svg") for _ in range(2))
    assert re.sub(rb"clip\d+|gradient_\d+", b"", one) == re.sub(
        rb"clip\d+|gradient_\d+", b"", other
    )


def test_a_link_with_an_exponent_shows_plain_numbers():
    """Tens are kept as 1.4E+2, and old links hold them so."""
    rough = scenario("Tens", starting_panel=Decimal("1.4E+2"))
    rows = revenue_inputs.table(rough, {})
    (shown,) = [row["value"] for row in rows if row["input"].startswith("Patients enrolled when")]
    assert shown == "140"
    assert not any("E+" in row["value"] for row in rows)
