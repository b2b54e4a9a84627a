"""R18: all that is told of one day, taken together as equations, pins no small count down.

The attacker knows the method, reads steps, waits, moves, rates and the own history of one
day, and keeps for each unknown every value that some value of the others allows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise
from random import Random

import pytest

from ccm_core import demo
from ccm_core.money.disclosure import HIDDEN, is_small, suppress
from ccm_core.money.scenario import scenario
from ccm_core.months import Month
from ccm_core.program import aggregates, health, publishing, revenue_view, told_texts
from ccm_core.program.health import Health
from ccm_core.program.revenue_view import History, PastRow
from ccm_core.records import Practice
from ccm_core.store import db, figures, reading
from ccm_core.store.queries.enrollment import Funnel, FunnelStep
from ccm_core.store.summaries.names import STEPS

TODAY, OCTOBER = date(2026, 11, 21), Month(2026, 10)
SMALL = frozenset(range(1, 11))
MOST = 600
WAITS = dict(health.WAITING)

Known = dict[str, set[int]]


@dataclass(frozen=True)
class Truth:
    """What nobody tells: the exact counts of one day."""

    whole: Funnel
    week: dict[str, int]
    grown: int
    enrolled: int
    billed: int

    def secrets(self) -> dict[str, int]:
        found = {step.step: step.patients for step in self.whole.steps}
        for before, step in pairwise(self.whole.steps):
            found[f"loss of {step.step}"] = before.patients - step.patients
            if step.step in WAITS:
                found[f"wait of {step.step}"] = step.waiting
                gone = before.patients - step.patients - step.waiting
                found[f"gone of {step.step}"] = gone
        joined = self.week[health.JOINED]
        found |= {"joined": joined, "grown": self.grown, "joined before": self.grown - joined}
        found |= {"enrolled": self.enrolled, "billed months": self.billed}
        found["at no step"] = self.enrolled - self.whole.patients("consented")
        found["billed at no step"] = self.billed - self.whole.patients("billed")
        return found


def told_steps(steps: dict[str, str]) -> Known:
    """A hidden step is small, or one to ten fewer than the last that is shown."""
    known, last = {}, MOST
    for name, text in steps.items():
        if text == HIDDEN:
            known[name] = {n for n in range(1, last) if n in SMALL or is_small(last - n)}
        else:
            known[name], last = {int(text)}, int(text)
    return known


def told_count(text: str) -> set[int]:
    """One count: a number, ``1-10``, or anything when it is hidden."""
    if text == suppress(1):
        return set(SMALL)
    return set(range(MOST)) if text == HIDDEN else {int(text)}


def share_of(known: Known, part: str, whole: str, share: Decimal) -> None:
    """Keep the counts whose share, rounded to hundredths, is the one that is told."""
    fits = [
        (a, b) for a in known[part] for b in known[whole]
        if b and (Decimal(a) / b).quantize(Decimal("0.01")) == share
    ]  # fmt: skip
    known[part], known[whole] = {a for a, _ in fits}, {b for _, b in fits}


def sums(known: Known, whole: str, *parts: str) -> bool:
    """Keep what some values of the others allow: whole = sum of parts. True if any fell away."""
    before = sum(len(known[name]) for name in (whole, *parts))
    for left_out in parts:
        others = {0}
        for name in parts:
            if name != left_out:
                others = {a + b for a in others for b in known[name]}
        known[left_out] &= {w - n for w in known[whole] for n in others}
    reached = {0}
    for name in parts:
        reached = {a + b for a in reached for b in known[name]}
    known[whole] &= reached
    return sum(len(known[name]) for name in (whole, *parts)) < before


def attack(found: Health, history: History | None) -> Known:
    """Every value that each unknown may still have."""
    steps, week = dict(found.steps), dict(found.week)
    known = told_steps(steps)
    equations: list[tuple[str, ...]] = []
    for before, step in pairwise(steps):
        known[f"loss of {step}"] = set(range(MOST))
        equations.append((before, step, f"loss of {step}"))
        if step in WAITS:
            known[f"wait of {step}"] = told_count(week[WAITS[step]])
            known[f"gone of {step}"] = set(range(MOST))
            equations.append((f"loss of {step}", f"wait of {step}", f"gone of {step}"))
    grown = found.measure("enrollment_growth")
    known["joined"] = told_count(week[health.JOINED])
    known["grown"] = set(range(MOST)) if grown.value is None else {int(grown.value)}
    known["joined before"] = set(range(MOST))
    equations.append(("grown", "joined", "joined before"))
    rate = found.measure("enrollment_rate")
    if rate.value is not None:
        share_of(known, "consented", "eligible", rate.value)
    if history is not None and history.rows:
        equations += told_history(known, history)
    while any(sums(known, *equation) for equation in equations):
        pass
    return known


def told_history(known: Known, history: History) -> list[tuple[str, ...]]:
    """The newest month of the own history: of the same day as the steps."""
    newest = history.rows[-1]
    known["enrolled"], known["billed months"] = (
        told_count(newest.enrolled),
        told_count(newest.billed),
    )
    known["at no step"], known["billed at no step"] = set(range(MOST)), set(range(MOST))
    if history.scenario is not None:
        panel = int(history.scenario.starting_panel)
        if "starting_panel" in history.notes:
            known["enrolled"] &= set(range(panel - 6, panel + 6))
        if "consent_share" in history.notes:
            share_of(known, "consented", "invited", history.scenario.consent_share)
    return [("enrolled", "consented", "at no step"),
            ("billed months", "billed", "billed at no step")]  # fmt: skip


def held(truth: Truth, found: Health, history: History | None) -> None:
    """The attacker is right about everything, and knows no small count."""
    known = attack(found, history)
    for name, count in truth.secrets().items():
        if name in known:
            assert count in known[name], f"{name}: the attack itself is wrong"
            if is_small(count):
                assert len(known[name]) > 1, f"{name} follows: {count}"


def made_up(seed: int) -> Truth:
    """A practice of 12 to 400 eligible patients, whose steps lose few or many."""
    chance = Random(seed)
    here, steps, before = chance.randint(12, chance.choice((60, 400))), [], 0
    for name in STEPS:
        if before:
            lost = chance.choice((0, chance.randint(1, 12), chance.randint(0, before)))
            here = before - min(before, lost)
        left = chance.randint(0, before - here) if steps and chance.random() < 0.6 else 0
        waiting = before - here - left if steps else 0
        steps.append(FunnelStep(name, here, None, None, 0, waiting, left))
        before = here
    whole = Funnel("", tuple(steps))
    grown = chance.randint(0, 40)
    week = {health.JOINED: max(0, grown - chance.choice((0, 3, 9, 15))), "Lost": 0}
    enrolled = whole.patients("consented") + chance.choice((0, 3, 8, 20))
    billed = min(enrolled, whole.patients("billed") + chance.choice((0, 2, 15)))
    return Truth(whole, week, grown, enrolled, billed)


def own_history(truth: Truth) -> History:
    """The month's row and the inputs that its funnel gives, as people of the practice have them."""
    is_shown = not is_small(truth.billed) and not is_small(truth.enrolled - truth.billed)
    row = PastRow(
        OCTOBER, suppress(truth.enrolled), str(truth.billed) if is_shown else HIDDEN, None, None
    )
    if is_small(truth.enrolled) or not truth.enrolled:
        return History(Practice("p", "P"), (row,), (), {}, None, {})
    values, notes = {"starting_panel": truth.enrolled}, {"starting_panel": "Own panel"}
    invited, consented = truth.whole.patients("invited"), truth.whole.patients("consented")
    if revenue_view._may_share(consented, invited):
        values |= {"consent_share": round(Decimal(consented) / invited, 6)}
        notes |= {"consent_share": f"{consented} of {invited} consented"}
    made = scenario("Own history", **values)
    return History(Practice("p", "P"), (row,), (), {}, made, notes)


@pytest.fixture
def told(monkeypatch):
    """The published health of made-up counts."""

    def work_out(truth: Truth) -> Health:
        raw = [
            health._Raw("enrollment_rate", truth.whole.patients("consented"),
                        truth.whole.patients("eligible")),
            health._Raw("enrollment_growth", part=truth.grown, number=Decimal(truth.grown)),
        ]  # fmt: skip
        monkeypatch.setattr(health, "_whole", lambda *_: truth.whole)
        monkeypatch.setattr(health, "_claims", lambda *_: [])
        monkeypatch.setattr(health, "_people", lambda *_: raw)
        monkeypatch.setattr(health, "_moves", lambda *_: tuple(truth.week.items()))
        return health.work_out_told(None, Practice("p", "P"), TODAY)

    return work_out


FOUND = (70, 296, 336, 412)
"""Practices of which a small count followed once."""
BLOCKS = (*(range(first, first + 15) for first in range(0, 90, 15)), FOUND)


@pytest.mark.parametrize("seeds", BLOCKS, ids=lambda seeds: f"from {seeds[0]}")
def test_no_small_count_of_a_made_up_practice_follows(told, seeds):
    for seed in seeds:
        truth = made_up(seed)
        found = told(truth)
        held(truth, found, aggregates.told(own_history(truth), {}, {}, dict(found.steps)))


@pytest.fixture
def empty_store(store_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("CCM_DATABASE_URL", store_url)
    yield
    db.dispose(store_url)


def in_practice(seed: int, **size: int) -> None:
    """The texts that are published for a demo practice."""
    with db.session(write=True) as opened:
        demo.load(opened, seed=seed, today=TODAY, **size)
        practice = reading.practice(opened)
        publishing.publish(opened, practice, TODAY)
        kept = {
            page: figures.newest(opened, practice.practice_id, page).content
            for page in (health.PAGE, revenue_view.PAGE)
        }
        whole, day = health._whole(opened, practice, OCTOBER), OCTOBER.last_day
        raw, week = health._found(opened, practice, day, OCTOBER, whole)
        reader = revenue_view._Reading(opened, practice, OCTOBER.following)
    grown = next(one.part for one in raw if one.name == "enrollment_growth")
    truth = Truth(
        whole, dict(week), grown, reader.panel[-1].panel, reader.months[-1].billed_patients
    )
    history = told_texts.history_of(kept[revenue_view.PAGE], practice)
    held(truth, told_texts.health_of(kept[health.PAGE], practice), history)


@pytest.mark.parametrize("seed", [1, 7])
def test_no_small_count_of_a_small_demo_practice_follows(empty_store, seed):
    in_practice(seed, patients=60, months=3)


@pytest.mark.slow
def test_no_small_count_of_the_demo_follows(empty_store):
    in_practice(demo.SEED)
