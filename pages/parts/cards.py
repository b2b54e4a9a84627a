"""The cards of the home page: three to five numbers for each role, each with its list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from ccm_core import sources
from ccm_core.money.disclosure import HIDDEN
from ccm_core.program.home_told import HomeTold
from ccm_core.program.progress import HoursLeft
from ccm_core.store.queries import Home
from pages.parts import links, status, words


@dataclass(frozen=True, slots=True)
class Card:
    """One number: what it counts, what to know about it, and the list behind it."""

    label: str
    value: str
    note: str
    page: str
    said: str
    filters: Sequence[tuple[str, str]] = ()


def show(cards: Sequence[Card]) -> None:
    for place, card in zip(st.columns(len(cards)), cards, strict=True):
        with place:
            links.number(
                card.label, card.value, card.page, card.said, card.note, **dict(card.filters)
            )


def of_role(role: str, home: Home, hours: HoursLeft, mark: int, zone: str) -> list[Card]:
    """The cards that answer what this role has to do today."""
    if role == "auditor":
        return _auditor(home, zone)
    made = {
        "billing_lead": _billing, "care_manager": _care,
        "practitioner": _practitioner,
    }.get(role, _manager)  # fmt: skip
    return made(home, hours, mark)


def _manager(home: Home, hours: HoursLeft, mark: int) -> list[Card]:
    return [_stalled(home), _within(home, mark), _hours(hours), _bucket(home, "clean"),
            _denied(home)]  # fmt: skip


def _billing(home: Home, hours: HoursLeft, mark: int) -> list[Card]:
    buckets = [_bucket(home, name) for name in ("clean", "review", "blocked")]
    return [*buckets, _denied(home), _close(home)]


def _care(home: Home, hours: HoursLeft, mark: int) -> list[Card]:
    return [_within(home, mark), _reached(home, mark), _none(home), _hours(hours), _stalled(home)]


def _practitioner(home: Home, hours: HoursLeft, mark: int) -> list[Card]:
    return [_within(home, mark), _reached(home, mark), _none(home), _bucket(home, "review")]


def _auditor(home: Home, zone: str) -> list[Card]:
    p = home.preflight
    unsure = [s for s in sources.all_sources().values() if not s.confidence.startswith("V")]
    return [
        Card("Audited claims", words.number(sum(b.claims for b in (p.clean, p.review, p.blocked))),
             f"{words.month(home.billing_month)}, last on {words.day_at(p.audited_at, zone)}.",
             "pre_flight", "Open", (("month", str(home.billing_month)),)),
        _bucket(home, "review"),
        Card("Acknowledged reviews", words.number(home.preflight.acknowledged),
             f"Claims of {words.month(home.billing_month)} that a person let through.",
             "pre_flight", "Show them",
             (("month", str(home.billing_month)), ("status", "clean"))),
        Card("Sources not verified", words.number(len(unsure)),
             f"Of {len(sources.all_sources())} sources that the tables rest on.",
             "rule_book", "Open Rule book"),
        _close(home),
    ]  # fmt: skip


def of_aggregates(told: HomeTold) -> list[Card]:
    """The cards of those who see no patient: of the end of the last full month."""
    at = words.month(told.month)
    allowed = HIDDEN if told.allowed_usd is None else f"${told.allowed_usd:,.0f}"
    return [
        Card("Patients with consent", told.steps["consented"],
             f"At the end of {at}, of {told.steps['eligible']} eligible.", "program_health",
             "Open"),
        Card("Reached a threshold", told.steps["threshold"], f"{at}.", "program_health", "Open"),
        Card("Allowed last month", allowed,
             f"{at}, clean and to review, to the nearest thousand"
             f"{'; partly estimates' if told.is_estimate else ''}.",
             "revenue", "Compare"),
        Card("Which codes for these minutes?", "What if", "Made-up months, real rules and fees.",
             "what_if", "Try a month"),
    ]  # fmt: skip


def _stalled(home: Home) -> Card:
    steps = {"invited": "to invite", "consented": "to consent", "care_plan": "without care plan"}
    waiting = {step: home.stalled(step) for step in steps}
    first = max(waiting, key=lambda step: waiting[step])
    note = ", ".join(f"{words.number(waiting[step])} {said}" for step, said in steps.items())
    return Card("Stalled enrollments", words.number(sum(waiting.values())), f"{note}.",
                "enrollment", "Show them", (("step", first),))  # fmt: skip


def _within(home: Home, mark: int) -> Card:
    return Card(f"Can still reach {mark} minutes", words.number(home.reach.within),
                f"{words.many(home.workdays_left, 'workday')} left in {words.month(home.month)}.",
                "minutes", "Show them", (("reach", "within"),))  # fmt: skip


def _reached(home: Home, mark: int) -> Card:
    return Card(f"Reached {mark} minutes", words.number(home.reach.reached),
                f"Of {words.number(home.reach.total)} this month.",
                "minutes", "Show them", (("reach", "reached"),))  # fmt: skip


def _none(home: Home) -> Card:
    return Card("Not active this month", words.number(home.stalled("active")),
                "Care plan made, no time logged yet.", "enrollment", "Show them",
                (("step", "active"),))  # fmt: skip


def _hours(hours: HoursLeft) -> Card:
    if hours.short is None:
        value, note = words.NOTHING, "No weekly hours are recorded for the team."
    else:
        value = f"{hours.short:,.1f} h"
        note = f"{hours.needed:,.1f} hours needed, {hours.available:,.0f} available."
    return Card("Staff hours short", value, note, "minutes", "Show them",
                (("reach", "within"),))  # fmt: skip


def _bucket(home: Home, name: str) -> Card:
    found: Any = getattr(home.preflight, name)
    where = f"{words.many(found.claims, 'claim')} of {words.month(home.billing_month)}"
    return Card(status.look(name).title, words.usd_in_short(found.allowed_usd),
                f"{where}{', partly estimates' if found.has_estimate else ''}.",
                "pre_flight", "Show them",
                (("month", str(home.billing_month)), ("status", name)))  # fmt: skip


def _denied(home: Home) -> Card:
    rate = home.claims.denial_rate
    if rate is None:
        note = "No claim was answered yet."
    else:
        note = (f"{words.usd(home.denied_usd)} charged. "
                f"{words.share(rate)} of answered claims stand denied.")  # fmt: skip
    return Card("Denied lines, still open", words.number(home.denied_lines), note,
                "claims", "Show them", (("status", "denied"),))  # fmt: skip


def _close(home: Home) -> Card:
    value = "closed" if home.is_closed else "open"
    return Card(f"{words.month(home.billing_month)} is", value,
                "A closed month keeps the versions it was billed with.",
                "pre_flight", "Open the month", (("month", str(home.billing_month)),))  # fmt: skip
