"""Rows are broken in known ways at known places: the rejects are exactly those."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.exchange.makers import patients, stage, told

HEADER = [
    "entry_id", "patient_id", "started_at", "minutes", "actor", "staff_id", "activity",
    "face_to_face", "note", "recorded_at",
]  # fmt: skip
Row = list[str]
KNOWN = ("a", "b", "00123")


def good_row(number: int) -> Row:
    """A time entry that is right in every cell; numbers differ."""
    day = date(2025, 1, 6) + timedelta(days=number % 300)
    if day == date(2025, 3, 9):
        day = date(2025, 3, 10)
    return [
        f"t{number}", KNOWN[number % 3], f"{day} 10:{number % 60:02d}", str(1 + number % 45),
        "clinical_staff", "S1", "Medication review", "no", 'said "yes", then left', f"{day} 17:00",
    ]  # fmt: skip


def put(column: str, text: str) -> Callable[[Row], Row]:
    place = HEADER.index(column)
    return lambda row: [*row[:place], text, *row[place + 1 :]]


Mutation = tuple[str, str, str, Callable[[Row], Row]]
"""Name, column and rule of the reject, and how the row is broken."""

MUTATIONS: list[Mutation] = [
    ("no patient", "patient_id", "I22", put("patient_id", "")),
    ("blank patient", "patient_id", "I22", put("patient_id", "   ")),
    ("unknown patient", "patient_id", "I39", put("patient_id", "zz")),
    ("zero lost", "patient_id", "I39", put("patient_id", "123")),
    ("bidi in the patient", "patient_id", "I24", put("patient_id", "a\u202eb")),
    ("zero width in the patient", "patient_id", "I24", put("patient_id", "a\u200b")),
    ("long patient", "patient_id", "I23", put("patient_id", "p" * 200)),
    ("long identifier", "entry_id", "I23", put("entry_id", "e" * 129)),
    ("no start", "started_at", "I22", put("started_at", "")),
    ("day only, and no such day", "started_at", "I25", put("started_at", "2025-02-30")),
    ("no such day", "started_at", "I25", put("started_at", "2025-02-30 10:00")),
    ("no such hour", "started_at", "I27", put("started_at", "2025-02-03 24:00")),
    ("no such minute", "started_at", "I27", put("started_at", "2025-02-03 10:60")),
    ("skipped hour", "started_at", "I28", put("started_at", "2025-03-09 02:30")),
    ("start in the future", "started_at", "I26", put("started_at", "2999-01-04 10:00")),
    ("words for a start", "started_at", "I27", put("started_at", "this morning")),
    ("no minutes", "minutes", "I22", put("minutes", "")),
    ("negative minutes", "minutes", "I30", put("minutes", "-12")),
    ("a fraction", "minutes", "I31", put("minutes", "12.5")),
    ("more than a day", "minutes", "I32", put("minutes", "1441")),
    ("nothing", "minutes", "I33", put("minutes", "0")),
    ("minutes in words", "minutes", "I29", put("minutes", "about 10")),
    ("a float that is no number", "minutes", "I29", put("minutes", "nan")),
    ("an exponent", "minutes", "I29", put("minutes", "1e1")),
    ("hours and minutes", "minutes", "I29", put("minutes", "1:30")),
    ("a comma", "minutes", "I29", put("minutes", "12,5")),
    ("more than a day on the clock", "minutes", "I32", put("minutes", "25:00:00")),
    ("unknown actor", "actor", "I34", put("actor", "astronaut")),
    ("unknown flag", "face_to_face", "I34", put("face_to_face", "perhaps")),
    ("long note", "note", "I23", put("note", "n" * 40_000)),
    ("broken second moment", "recorded_at", "I25", put("recorded_at", "2025-99-01 10:00")),
    ("a case changed", "patient_id", "I39", put("patient_id", "A")),
    ("a look-alike letter", "patient_id", "I39", put("patient_id", "\u0430")),
    ("a full-width letter", "patient_id", "I39", put("patient_id", "\uff41")),
    ("another calendar's year", "started_at", "I25", put("started_at", "0000-02-03 10:00")),
    ("no such month", "started_at", "I25", put("started_at", "2025-13-03 10:00")),
    ("no leap year", "started_at", "I25", put("started_at", "2025-02-29 10:00")),
    ("a formula", "minutes", "I29", put("minutes", "=1+9")),
    ("digits of another script", "minutes", "I29", put("minutes", "\u0661\u0662")),
    ("a superscript", "minutes", "I29", put("minutes", "1\u00b2")),
    ("infinite minutes", "minutes", "I29", put("minutes", "inf")),
    ("a huge number", "minutes", "I29", put("minutes", "9" * 30)),
    ("a cell too few", "", "I20", lambda row: row[:-1]),
    ("a cell too many", "", "I20", lambda row: [*row, "x"]),
    ("one cell", "", "I20", lambda row: row[:1]),
]


def written(rows: list[Row]) -> tuple[bytes, list[int]]:
    """The file and the physical line of each row."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    lines = []
    for row in rows:
        lines.append(text.getvalue().count("\n") + 1)
        writer.writerow(row)
    return text.getvalue().encode(), lines


def test_every_mutation_is_caught_alone() -> None:
    assert len(MUTATIONS) >= 40
    assert len({name for name, *_ in MUTATIONS}) == len(MUTATIONS)
    assert len({rule for _, _, rule, _ in MUTATIONS}) >= 15
    for name, column, rule, break_it in MUTATIONS:
        rows = [good_row(number) for number in range(7)]
        rows[3] = break_it(rows[3])
        content, lines = written(rows)
        report = stage(patients(*KNOWN), ("time.csv", content)).report
        assert told(report) == [(lines[3], column, rule)], name


RAGGED = "I20"


def test_a_missing_cell_and_a_quoted_line_break_lose_no_other_row() -> None:
    rows = [good_row(number) for number in range(3)]
    rows[1][8] = "a note\nof two lines"
    rows[1] = rows[1][:-1] if len(rows[1]) > len(HEADER) else rows[1][1:]
    report = stage(("time.csv", written(rows)[0]), patients(*KNOWN)).report
    assert report.files[0].accepted == 2
    assert {rule for _, _, rule in told(report)} <= {RAGGED, "I21"}
    assert told(report)


@settings(max_examples=40)
@given(st.data())
def test_the_rejects_are_exactly_the_broken_rows(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 60))
    rows = [good_row(number) for number in range(count)]
    has_two_lines = data.draw(st.booleans())
    places = data.draw(st.dictionaries(
        st.integers(0, count - 1), st.sampled_from(MUTATIONS), max_size=count
    ))  # fmt: skip
    if has_two_lines and places.get(0, ("", "", "", None))[2] != RAGGED:
        # A row with a quoted line break *and* a missing cell is told as an open quote, line by
        # line: nobody can know which it was. See the test below.
        rows[0][8] = "a note\nof two lines"
    for place, (_, _, _, break_it) in places.items():
        rows[place] = break_it(rows[place])
    content, lines = written(rows)
    report = stage(("time.csv", content), patients(*KNOWN)).report
    expected = [(lines[place], places[place][1], places[place][2]) for place in sorted(places)]
    assert told(report) == expected
    assert report.files[0].accepted == count - len(places)


def test_a_bad_identifier_of_a_patient_takes_their_rows_along() -> None:
    header = "patient_id,family_name,born_on\n"
    content = header + "a,A,1948-05-17\nb,B,1948-02-30\nc,C,1948-05-17\nc,D,1948-05-17\n"
    rows = [good_row(number) for number in range(3)]
    for row, who in zip(rows, "abc", strict=True):
        row[1] = who
    report = stage(("time.csv", written(rows)[0]), ("patients.csv", content.encode())).report
    assert [(one.file, one.line, one.rule) for one in report.rejects] == [
        ("time.csv", 3, "I39"), ("time.csv", 4, "I39"), ("patients.csv", 3, "I25"),
        ("patients.csv", 4, "I40"), ("patients.csv", 5, "I40"),
    ]  # fmt: skip


@settings(max_examples=60)
@given(st.binary(max_size=300), st.sampled_from(["x.csv", "x.ndjson", "x.json", "x.xlsx", "x.zip"]))
def test_any_bytes_are_read_or_refused_but_never_break_the_import(
    content: bytes, name: str
) -> None:
    stage((name, content))


@settings(max_examples=100)
@given(st.text(max_size=400))
def test_any_text_is_read_or_refused(text: str) -> None:
    content = ("patient_id,family_name,born_on\n" + text).encode("utf-8", "surrogatepass")
    stage(("patients.csv", content))
