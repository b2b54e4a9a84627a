"""Any day and any time, in every spelling that is read, comes back as itself or is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ccm_core.exchange import dates, durations
from ccm_core.exchange.dates import Calendar
from ccm_core.exchange.diagnosis_cells import diagnoses
from ccm_core.exchange.diagnosis_columns import groups
from ccm_core.exchange.rejects import RowProblem
from ccm_core.months import time_zone
from tests.exchange.makers import require_identity, stage

TODAY = date(2026, 1, 31)
ZONE = time_zone("America/New_York")
FULL = (
    "%Y-%m-%d", "%Y%m%d", "%Y/%m/%d", "%m/%d/%Y", "%b %d, %Y", "%d-%b-%Y", "%d %B %Y", "%d%b%Y",
    "%A, %B %d, %Y", "%a %m/%d/%Y",
)  # fmt: skip
SHORT = ("%m/%d/%y", "%d-%b-%y")
CLOCKS = ("%H:%M:%S", "%I:%M:%S %p", "%I.%M.%S.000000 %p", "%H:%M:%S.000")
DAYS = st.dates(date(1900, 1, 1), TODAY)
MOMENTS = st.datetimes(datetime.fromisoformat("2015-01-01"), datetime.fromisoformat("2026-01-30"))
WORDS = st.text(st.sampled_from("0123456789/-.: TZAPMESTDCJanFebmarch,+"), max_size=24)


def calendar() -> Calendar:
    return Calendar(ZONE, TODAY, "mdy")


def outcome(read: Callable[[str, Calendar], Any], text: str) -> tuple[Any, str]:
    """What a text is read as, or the rule that it breaks."""
    try:
        return read(text, calendar()), ""
    except RowProblem as problem:
        return None, problem.rule


@given(DAYS, st.sampled_from(FULL))
def test_a_day_comes_back(day: date, form: str) -> None:
    assert dates.read_past_day(day.strftime(form), calendar()) == day


@given(DAYS, st.sampled_from(SHORT))
def test_a_day_of_two_digits_is_the_latest_that_fits(day: date, form: str) -> None:
    found, rule = outcome(dates.read_past_day, day.strftime(form))
    if rule:  # 29 February of a year that has none in the other century
        assert (day.month, day.day, rule) == (2, 29, "I25")
        return
    assert (found.month, found.day, found.year % 100) == (day.month, day.day, day.year % 100)
    assert found <= TODAY < found.replace(year=found.year + 100, day=min(found.day, 28))


@given(MOMENTS, st.sampled_from(FULL), st.sampled_from(CLOCKS))
def test_a_moment_comes_back(moment: datetime, form: str, clock: str) -> None:
    text = moment.strftime(f"{form} {clock}")
    plain = moment.replace(microsecond=0)
    found, rule = outcome(dates.read_moment, text)
    assert rule in ("", "I28")
    if found:
        assert found.astimezone(ZONE).replace(tzinfo=None) == plain


@given(MOMENTS, st.sampled_from(["Z", "+00", "+0000", " +00:00", " UTC", " GMT"]))
def test_a_moment_in_utc_comes_back(moment: datetime, zone: str) -> None:
    text = moment.strftime("%Y-%m-%d %H:%M:%S") + zone
    assert dates.read_moment(text, calendar()) == moment.replace(microsecond=0, tzinfo=UTC)


@given(WORDS)
@settings(max_examples=300)
def test_other_text_is_refused_with_a_rule(text: str) -> None:
    for read in (dates.read_day, dates.read_birth_day, dates.read_moment, dates.read_start):
        found, rule = outcome(read, text)
        assert isinstance(found, date) or rule in {"I25", "I26", "I27", "I28"}


@given(st.integers(1, 86_400))
def test_a_duration_comes_back(seconds: int) -> None:
    span = str(timedelta(seconds=seconds)) if seconds < 86_400 else "24:00:00"
    assert durations.read_minutes(span) == durations.read_seconds(f"{seconds:,}") == seconds
    assert durations.read_minutes(f"PT{seconds // 60}M{seconds % 60}S") == seconds


CELLS = st.text(st.sampled_from("IE109.;,|/ \n-()[]ABCabc:5\"'"), max_size=40)


@given(CELLS)
def test_a_cell_of_diagnoses_is_taken_whole_or_in_parts(cell: str) -> None:
    found = diagnoses(cell, TODAY)
    assert found
    assert all(code in cell or code in cell.upper() for code, _ in found)


@given(st.lists(st.text(max_size=12), max_size=8))
def test_no_header_breaks_the_search_for_diagnoses(header: list[str]) -> None:
    for group in groups(tuple(header)):
        assert all(place < len(header) for place in group.places.values())


@given(st.lists(st.lists(CELLS, min_size=5, max_size=5), min_size=1, max_size=4))
@settings(max_examples=60, deadline=None)
def test_no_cell_breaks_a_panel(rows: list[list[str]]) -> None:
    header = ["patient_id", "patient name", "dob", "dx1", "icd10_2"]
    quoted = [",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows]
    staged = stage(("panel.csv", "\n".join([",".join(header), *quoted]).encode()))
    require_identity(staged.report)
