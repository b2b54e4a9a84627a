"""The month at a glance: days gone, today, workdays left, the day it ends."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from html import escape

import streamlit as st

from ccm_core import workdays
from ccm_core.months import Month
from pages.parts import words

_WEEK = ("Su", "Mo", "Tu", "We", "Th", "Fr", "Sa")
"""Weeks begin on Sunday, as calendars of the country do."""
_SATURDAY = 5


def month(of: Month, today: date) -> None:
    """Seven columns as a real table; today and the last day are marked in words too."""
    before = (of.first_day.weekday() + 1) % len(_WEEK)
    days: list[date | None] = [None] * before + list(of.days())
    weeks = [days[n : n + 7] for n in range(0, len(days), 7)]
    head = "".join(f'<th scope="col" style="{_CELL}opacity:.7">{name}</th>' for name in _WEEK)
    off = {one.on: one.name for one in workdays.holidays(of.first_day, of.last_day)}
    body = "".join(
        "<tr>" + "".join(_day(day, today, of.last_day, off) for day in week) + "</tr>"
        for week in weeks
    )
    st.html(
        f'<table style="border-collapse:collapse;font-variant-numeric:tabular-nums;'
        f'table-layout:fixed;width:100%;max-width:17rem">'
        f"<caption style='text-align:left;font-weight:600;padding:.3rem 0'>{words.month(of)}"
        f"</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


_CELL = "padding:.25rem .3rem;text-align:right;border:none;"


def _day(day: date | None, today: date, last: date, off: Mapping[date, str]) -> str:
    if day is None:
        return f'<td style="{_CELL}"></td>'
    style, about = _CELL, [off[day]] if day in off else []
    if day.weekday() >= _SATURDAY or day in off or day < today:
        style += "opacity:.6;"
    if day == today:
        style += "opacity:1;font-weight:700;outline:2px solid currentColor;"
        about.append("today")
    if day == last:
        style += "font-weight:700;text-decoration:underline;"
        about.append("the month ends")
    said = escape(", ".join(about))
    title = f' title="{said}" aria-label="{day.day}, {said}"' if said else ""
    return f'<td style="{style}border-radius:6px"{title}>{day.day}</td>'
