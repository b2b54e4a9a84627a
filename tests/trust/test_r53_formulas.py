"""R53: no text becomes a formula in a spreadsheet, numbers stay numbers, the way back is exact."""

from __future__ import annotations

import csv
import io
import re
import subprocess
import unicodedata
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ccm_core.exchange.safe_cells import Rows, guarded, unguarded

PLAIN = "=+-@"
OTHER_FORMS = "\uff1d\uff0b\uff0d\uff20\ufe62\ufe63\ufe66\ufe6b\u207a\u207c\u208a\u208c"
SIGNS = PLAIN + "\t\r\n\0" + OTHER_FORMS
UNSEEN = (
    "\u3000", "\u2003", "\u2028", "\x85", "\x0b", "\x1f", "\ufeff", "\u200b", "\u200d", "\u2060",
    "\u00ad", "\u200e", "\u202e", "\u2066", "\u180e", "\ufe0f", "\u034f", "\u3164", "\u201c", "`",
)  # fmt: skip
BEFORE = ("", " ", "  ", '"', "'", ' "', "\u00a0", *UNSEEN, "\u3000\ufeff'")


@pytest.mark.parametrize("before", BEFORE)
@pytest.mark.parametrize("sign", SIGNS)
def test_every_sign_is_guarded_also_after_spaces_quotes_and_what_nobody_sees(sign, before):
    text = f"{before}{sign}cmd|' /C calc'!A0"
    assert guarded(text) == f"'{text}"
    assert unguarded(guarded(text)) == text


@given(st.text(max_size=40))
@example("'")
@example("''=")
@example("'=1")
@example(" ")
def test_the_way_back_is_exact_and_nothing_starts_a_formula(text):
    safe = guarded(text)
    assert unguarded(safe) == text
    assert not unicodedata.normalize("NFKC", safe).lstrip().startswith(tuple(PLAIN))


@pytest.mark.parametrize(
    "text",
    ["", "O'Brien", "'t Hooft", "12.50", "a=b", "x@y.example", " ", "\u2014", "\u4e2d=1",
     "\u200bA-1"],
)  # fmt: skip
def test_plain_text_stays_as_it_is(text):
    assert guarded(text) == text
    assert unguarded(text) == text


@given(st.lists(st.lists(st.text(max_size=12), min_size=1, max_size=4), max_size=5))
@example([[""], ["", ""], ["a;b"], ["\r"], ['"']])
def test_lines_are_read_as_they_were_written(rows):
    held = io.StringIO(newline="")
    writer = Rows(held)
    for row in rows:
        writer.writerow(row)
    assert list(csv.reader(io.StringIO(held.getvalue(), newline=""))) == rows


def test_numbers_are_written_as_numbers():
    held = io.StringIO()
    Rows(held, "\n").writerow([Decimal("-12.50"), -3, None, guarded("-12.50")])
    assert held.getvalue() == "-12.50,-3,,'-12.50\n"


@pytest.mark.slow
@pytest.mark.parametrize("cut_at", ["44", "44/59/9"], ids=["commas", "commas, semicolons, tabs"])
def test_libreoffice_finds_no_formula(cut_at, tmp_path, soffice_path):
    """With the separators that its window offers, and with spaces taken away."""
    with (tmp_path / "in.csv").open("w", encoding="utf-8", newline="") as file:
        writer = Rows(file)
        for before in ("", "Ann;", "Ann\t", "Ann,", 'Ann";', "Ann\r", *BEFORE):
            writer.writerow([guarded(f"{before}{sign}1+1") for sign in SIGNS])
        file.write("=1+1\n")  # the one that must be found, or the test sees nothing
    subprocess.run(
        [soffice_path, f"-env:UserInstallation=file://{tmp_path}/profile", "--headless",
         "--convert-to", "fods", "--outdir", "out",
         f"--infilter=CSV:{cut_at},34,76,1,,0,false,true,false,false,true,0,true", "in.csv"],
        cwd=tmp_path, check=True, timeout=150,
    )  # fmt: skip
    made = (tmp_path / "out" / "in.fods").read_text(encoding="utf-8")
    assert re.findall(r'table:formula="([^"]*)"', made) == ["of:=1+1"]
