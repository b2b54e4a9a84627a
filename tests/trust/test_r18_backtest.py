"""R18: the back-test that consultants get tells no month's few who joined or left."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from random import Random

import pytest

from ccm_core.money.backtest import PastMonth
from ccm_core.money.disclosure import is_small
from ccm_core.months import Month, utc_now
from ccm_core.program import aggregates, publishing, revenue_view, told_texts
from ccm_core.program.revenue_view import History, PastRow
from ccm_core.records import Practice
from ccm_core.store import db, figures, reading
from ccm_core.store.writing import save
from tests.trust.test_r16_services import person

FIRST = Month(2025, 11)
Change = Callable[[PastMonth, int], PastMonth]
CHANGES: dict[str, Change] = {
    "new": lambda one, n: replace(one, new=n),
    "left": lambda one, n: replace(one, left=n),
    "panel": lambda one, n: replace(one, panel=one.panel + n - 5),
    "claims": lambda one, n: replace(one, claims=one.claims + n - 5),
}


def made_up(seed: int) -> list[PastMonth]:
    """A year of a practice: few join and few leave in each month."""
    chance = Random(seed)
    panel, found = chance.randint(30, 400), []
    for place in range(12):
        new, left = chance.randint(0, 10), chance.randint(0, 6)
        panel += new - left
        claims = chance.randint(panel // 2 + 6, panel)
        found.append(PastMonth(FIRST.plus(place), panel, new, left, claims, claims * 66.13))
    return found


def published(past: list[PastMonth]) -> str:
    """The text that is kept for consultants."""
    rows = tuple(PastRow(one.month, "60", "40", None, None) for one in past)
    history = History(Practice("p", "P"), rows, tuple(past), {}, None, {},
                      revenue_view.judged(past))  # fmt: skip
    return told_texts.of_history(aggregates.told(history, {}, {}))


def fits(past: list[PastMonth], place: int, name: str) -> set[int]:
    """What one count of one month may be for somebody who knows everything else, and the method."""
    told, found = published(past), set()
    for n in range(-5, 16):
        other = [*past]
        other[place] = CHANGES[name](past[place], n)
        if published(other) == told:
            found.add(n)
    return found


@pytest.fixture(autouse=True)
def few_paths(monkeypatch: pytest.MonkeyPatch) -> None:
    """The method is the same with fewer of them."""
    monkeypatch.setattr(
        revenue_view, "backtest", lambda past, held_out: plain(past, held_out, draws=200)
    )


plain = revenue_view.backtest


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("name", ["new", "left"])
def test_no_count_of_a_month_follows_from_the_back_test(seed, name):
    past = made_up(seed)
    place = next(i for i in range(7) if is_small(getattr(past[i], name)))
    found = fits(past, place, name)
    assert getattr(past[place], name) in found, "the attack itself is wrong"
    assert len(found) > 4


@pytest.mark.parametrize("name", ["panel", "claims"])
def test_nor_does_who_was_there(name):
    """Differences of exact panels of two months would be few, too."""
    assert len(fits(made_up(3), 6, name)) > 4


def test_exact_counts_would_tell():
    """Of the forecast of people of the practice, the attack finds the one that is true."""
    past = made_up(1)
    told = revenue_view.judged(past)
    others = [[*past[:3], replace(past[3], left=n), *past[4:]] for n in range(12)]
    assert [one[3].left for one in others if revenue_view.judged(one) == told] == [past[3].left]


def names_of(found: object) -> Iterator[str]:
    """All names of fields in a text, at any depth."""
    parts = found.values() if isinstance(found, dict) else found if isinstance(found, list) else ()
    if isinstance(found, dict):
        yield from found
    for part in parts:
        yield from names_of(part)


def test_the_text_has_the_finished_back_test_and_nothing_behind_it():
    text = published(made_up(2))
    names = set(names_of(json.loads(text)))
    assert {"median_usd", "trained_months"} <= names
    assert not names & {"past", "new", "left", "panel", "claims", "joined"}
    rows = json.loads(text)["backtest"]["rows"]
    assert rows
    usd = [row[name] for row in rows for name in row if name.endswith("_usd")]
    assert all(amount % 1000 == 0 for amount in usd)
    told = told_texts.history_of(text, Practice("p", "P"))
    assert told is not None
    assert told.past == ()
    assert told.backtest is not None
    assert "to tens" in told.backtest.verdict
    assert told_texts.of_history(told) == text


@pytest.mark.usefixtures("small_store")
def test_a_text_of_an_older_version_is_replaced_at_once():
    """One that was published before this version has the months, and so have earlier ones."""
    older = json.dumps({
        "rows": [], "codes": {}, "scenario": None, "notes": {},
        "past": [{"month": "2026-10", "panel": 60, "new": 3, "left": 1, "claims": 40,
                  "allowed_usd": 3000.0}],
    })  # fmt: skip
    with db.session(write=True) as opened:
        practice = reading.practice(opened)
        assert practice is not None
        publishing.publish(opened, practice, utc_now().date())
        kept = figures.newest(opened, practice.practice_id, revenue_view.PAGE)
        assert kept is not None
        for month in (kept.month.previous, kept.month):
            figures.put(opened, practice.practice_id, month, {"revenue": older}, utc_now())
    with db.session() as opened:
        told = revenue_view.own_history(opened, person("consultant"), kept.month)
    assert told is None or told.past == ()
    with db.session(write=True) as opened:
        assert publishing.keep_up(opened)
        new = figures.newest(opened, practice.practice_id, revenue_view.PAGE)
        assert new is not None
        assert "past" not in set(names_of(json.loads(new.content)))
        assert not publishing.keep_up(opened), "once is enough"


def test_texts_of_earlier_months_go(store_url):
    practice = Practice("p1", "P")
    with db.session(store_url, write=True) as opened:
        save(opened, "p1", [practice])
        for month in (Month(2026, 9), Month(2026, 10)):
            figures.put(opened, "p1", month, {"revenue": str(month)}, utc_now())
        assert figures.made_at(opened, "p1", Month(2026, 9)) is None
        newest = figures.newest(opened, "p1", "revenue")
    assert newest is not None
    assert newest.content == "2026-10"
