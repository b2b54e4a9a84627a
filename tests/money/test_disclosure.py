import itertools

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ccm_core.money.disclosure import (
    HIDDEN,
    is_small,
    suppress,
    suppress_nested,
    suppress_row,
    suppress_table,
)

COUNTS = st.one_of(st.integers(0, 14), st.integers(0, 60))


def test_one_to_ten_is_never_shown_and_zero_and_eleven_are():
    assert [suppress(n) for n in (0, 1, 10, 11)] == ["0", "1-10", "1-10", "11"]


def test_a_lone_small_count_takes_another_with_it():
    row, total = suppress_row({"a": 4, "b": 20, "c": 50})
    assert row == {"a": HIDDEN, "b": HIDDEN, "c": "50"}
    assert total == "74"


def test_two_ones_beside_a_large_count_would_follow_from_the_total():
    row, total = suppress_row({"a": 1, "b": 1, "c": 50})
    assert row["c"] == HIDDEN or total == HIDDEN


def test_a_small_total_is_hidden_too():
    row, total = suppress_row({"a": 3, "b": 4, "c": 0})
    assert (row, total) == ({"a": HIDDEN, "b": HIDDEN, "c": "0"}, HIDDEN)


def test_a_table_without_small_counts_is_shown_whole():
    shown = suppress_table([[11, 0], [30, 12]])
    assert shown.cells == [["11", "0"], ["30", "12"]]
    assert shown.grand_total == "53"


def grid_of(rows):
    grid = [[*row, sum(row)] for row in rows]
    return [*grid, [sum(column) for column in zip(*grid, strict=True)]]


def text_of(shown):
    rows = [[*cells, total] for cells, total in zip(shown.cells, shown.row_totals, strict=True)]
    return [*rows, [*shown.column_totals, shown.grand_total]]


@settings(max_examples=150)
@given(st.integers(1, 4).flatmap(
    lambda width: st.lists(st.lists(COUNTS, min_size=width, max_size=width), min_size=1, max_size=4)
))  # fmt: skip
def test_small_counts_are_hidden_everywhere_and_the_rest_is_true(rows):
    for counts, texts in zip(grid_of(rows), text_of(suppress_table(rows)), strict=True):
        for count, text in zip(counts, texts, strict=True):
            assert text in (HIDDEN, str(count))
            assert not is_small(count) or text == HIDDEN


def readings(shown, most):
    """Every table of counts that a reader who knows the method must hold for possible."""
    text = text_of(shown)
    of_rows = [list(row_readings(row, most)) for row in text[:-1]]
    for rows in itertools.product(*of_rows):
        sums = [sum(column) for column in zip(*rows, strict=True)]
        if fits(sums, text[-1]):
            yield [*rows, sums]


def row_readings(text, most):
    choices = [range(1, most + 1) if cell == HIDDEN else [int(cell)] for cell in text[:-1]]
    for values in itertools.product(*choices):
        row = [*values, sum(values)]
        if fits(row, text):
            yield row


def fits(counts, text):
    return all(
        count > 0 if cell == HIDDEN else int(cell) == count
        for count, cell in zip(counts, text, strict=True)
    )


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.integers(0, 13), min_size=2, max_size=2), min_size=2, max_size=2))
@example([[0, 11], [11, 1]])
def test_no_small_count_can_be_worked_out_by_trying_every_table(rows):
    truth = grid_of(rows)
    seen = [[set() for _ in row] for row in truth]
    for grid in itertools.islice(readings(suppress_table(rows), 15), 5_000):
        for r, row in enumerate(grid):
            for c, count in enumerate(row):
                seen[r][c].add(count)
    for r, row in enumerate(truth):
        for c, count in enumerate(row):
            if is_small(count):
                assert len(seen[r][c]) > 1, (r, c)


@pytest.mark.slow
@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 15), min_size=3, max_size=3))
def test_no_small_count_of_a_row_can_be_worked_out(row):
    truth = grid_of([row])
    possible = list(readings(suppress_table([row]), 46))
    for c, count in enumerate(truth[0]):
        if is_small(count):
            assert len({grid[0][c] for grid in possible}) > 1, row


@given(st.lists(st.integers(0, 60), max_size=8))
def test_steps_that_are_shown_tell_no_small_count_by_their_difference(losses):
    counts = [sum(losses[i:]) for i in range(len(losses))]
    shown = suppress_nested(counts)
    told = [int(text) for text in shown if text != "hidden"]
    assert not any(is_small(n) for n in told)
    assert not any(is_small(a - b) for i, a in enumerate(told) for b in told[i:])
    assert all(text in ("hidden", str(n)) for text, n in zip(shown, counts, strict=True))


def test_steps_far_apart_are_all_shown():
    assert suppress_nested([120, 90, 90, 40, 0]) == ["120", "90", "90", "40", "0"]
    assert suppress_nested([120, 115, 100, 5, 0]) == ["120", "hidden", "100", "hidden", "0"]
