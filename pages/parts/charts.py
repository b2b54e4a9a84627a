"""Charts of counted things: a few hundred rows at most, never one row for each patient.

Colours keep apart for colour-blind people and on light and dark; words come with
each, so that no chart is read by its colours alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd
import streamlit as st

MOST_ROWS = 1_000
SERIES = ("#3b82c4", "#d98e04", "#009e73", "#c45a9b", "#7b8794", "#d55e00", "#8a6fd1", "#2ca6a4")
MAIN = SERIES[0]
_FONT = 12
_TALL = 260


def frame(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Rows as a frame. Raises: ValueError when somebody forgot to aggregate."""
    if len(rows) > MOST_ROWS:
        raise ValueError(f"A chart was given {len(rows)} rows; aggregate them in the core first.")
    return pd.DataFrame(rows)


def histogram(bins: Sequence[tuple[int, int]], width: int, marks: Sequence[int], said: str) -> None:
    """Patients by counted minutes, with a line at each threshold."""
    data = frame([
        {"start": first, "end": first + width, "patients": number, "zero": 0,
         "bin": f"{first} to {first + width - 1} min"}
        for first, number in bins
    ])  # fmt: skip
    bars = (
        alt.Chart(data)
        .mark_bar(color=MAIN, cornerRadiusEnd=2)
        .encode(
            x=alt.X("start:Q", scale=alt.Scale(nice=False), title="Counted minutes",
                    axis=alt.Axis(tickMinStep=20, labelFontSize=_FONT)),
            x2="end:Q",
            y=alt.Y("patients:Q", title="Patients", axis=alt.Axis(tickMinStep=1)),
            y2="zero:Q",
            tooltip=[alt.Tooltip("bin:N", title="Minutes"),
                     alt.Tooltip("patients:Q", title="Patients", format=",")],
        )
    )  # fmt: skip
    lines = alt.Chart(frame([{"mark": m, "text": f"{m} min"} for m in marks]))
    rules = lines.mark_rule(color="#d55e00", strokeDash=[5, 3], strokeWidth=2).encode(x="mark:Q")
    names = lines.mark_text(
        align="center", y=-9, color="#d55e00", fontWeight=600, fontSize=_FONT
    ).encode(x="mark:Q", text="text:N")
    st.altair_chart((bars + rules + names).properties(height=240, padding={"top": 18}), alt=said)


def trend(
    rows: Sequence[Mapping[str, Any]], x: str, y: str, series: str, names: Sequence[str],
    said: str, *, title: str = "", form: tuple[str, str] = ("%-d %b", ","),
) -> None:  # fmt: skip
    """Lines over time, one for each name, with points and a legend in words.

    ``form`` says how days on the axis and numbers in the tooltip are written.
    """
    shapes = ["circle", "square", "triangle-up", "diamond", "cross", "triangle-down"]
    marked = names[: len(shapes)]
    chart = (
        alt.Chart(frame(rows))
        .mark_line(point=alt.OverlayMarkDef(size=45, filled=True), strokeWidth=2)
        .encode(
            x=alt.X(f"{x}:T", title=None, axis=alt.Axis(format=form[0], labelFontSize=_FONT)),
            y=alt.Y(f"{y}:Q", title=title or None, axis=alt.Axis(tickMinStep=1)),
            color=alt.Color(
                f"{series}:N", title=None, sort=list(names),
                scale=alt.Scale(domain=list(names), range=list(SERIES[: len(names)])),
                legend=alt.Legend(orient="top", labelFontSize=_FONT, labelLimit=260),
            ),
            shape=alt.Shape(
                f"{series}:N", title=None, sort=list(names), legend=None,
                scale=alt.Scale(domain=list(marked), range=shapes[: len(marked)]),
            ),
            tooltip=[alt.Tooltip(f"{x}:T", title="Day", format="%-d %b %Y"),
                     alt.Tooltip(f"{series}:N", title="Of"),
                     alt.Tooltip(f"{y}:Q", title=title or "Number", format=form[1])],
        )
    )  # fmt: skip
    st.altair_chart(chart.properties(height=_TALL), alt=said)


def bars(
    rows: Sequence[Mapping[str, Any]], label: str, value: str, said: str, *, title: str = "",
    color: str = MAIN, text: str = "",
) -> None:  # fmt: skip
    """Bars from the longest to the shortest in the order given, the number beside each."""
    data = frame(rows)
    base = alt.Chart(data).encode(
        y=alt.Y(f"{label}:N", sort=None, title=None,
                axis=alt.Axis(labelLimit=260, labelFontSize=_FONT, ticks=False, domain=False,
                              labelOverlap=False)),
        x=alt.X(f"{value}:Q", title=title or None, axis=alt.Axis(grid=False, tickMinStep=1)),
        tooltip=[alt.Tooltip(f"{label}:N", title="Of"),
                 alt.Tooltip(f"{value}:Q", title=title or "Number", format=",")],
    )  # fmt: skip
    drawn = base.mark_bar(color=color, cornerRadiusEnd=3, height={"band": 0.7})
    names = base.mark_text(align="left", dx=5, fontSize=_FONT, color=SERIES[4]).encode(
        text=f"{text}:N" if text else alt.Text(f"{value}:Q", format=",")
    )
    st.altair_chart((drawn + names).properties(height=max(60, 34 * len(data))), alt=said)
