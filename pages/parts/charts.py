"""Charts of counted things: a few hundred rows at most, never one row for each patient.

Colours keep apart for colour-blind people and on light and dark; words come with
each, so that no chart is read by its colours alone.

Altair builds and checks the specification of a chart once in a process: that takes longer
than all the rest of a page. It holds no data and no name; rows go along with each drawing.
"""

from __future__ import annotations

import copy
import functools
from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd
import pyarrow as pa
import streamlit as st

MOST_ROWS = 1_000
SERIES = ("#3b82c4", "#d98e04", "#009e73", "#c45a9b", "#7b8794", "#d55e00", "#8a6fd1", "#2ca6a4")
MAIN = SERIES[0]
_SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down")
_FONT = 12
_NAMES = alt.ExprRef("windowSize()[0] < 640 ? 120 : 320")
"""Room for the names beside bars: on a phone they would leave none for the bars."""
_TALL = 260

Spec = dict[str, Any]


def counted(rows: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """The same rows. Raises: ValueError when somebody forgot to aggregate."""
    if len(rows) > MOST_ROWS:
        raise ValueError(f"A chart was given {len(rows)} rows; aggregate them in the core first.")
    return rows


def frame(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Rows as a frame, for a picture. Raises: ValueError as above."""
    return pd.DataFrame(counted(rows))


def table(rows: Sequence[Mapping[str, Any]], schema: pa.Schema | None = None) -> pa.Table:
    """Rows as they go to the browser. Raises: ValueError as above."""
    return pa.Table.from_pylist(list(counted(rows)), schema)


def named(name: str) -> alt.NamedData:
    """Data that come along with each drawing."""
    return alt.NamedData(name=name)


def spec_of(chart: alt.Chart | alt.LayerChart) -> Spec:
    """The checked specification, without Altair's own look: Streamlit has its theme."""
    spec: Spec = chart.to_dict()
    spec.pop("config", None)
    return spec


def draw(spec: Spec, tables: Mapping[str, pa.Table], said: str, *, place: Any = st) -> Any:
    """A specification with its data. The specification may be shared and stays as it is."""
    return place.vega_lite_chart(spec={**spec, "datasets": dict(tables)}, alt=said)


def histogram(bins: Sequence[tuple[int, int]], width: int, marks: Sequence[int], said: str) -> None:
    """Patients by counted minutes, with a line at each threshold."""
    rows = [
        {"start": first, "end": first + width, "patients": number, "zero": 0,
         "bin": f"{first} to {first + width - 1} min"}
        for first, number in bins
    ]  # fmt: skip
    lines = [{"mark": mark, "text": f"{mark} min"} for mark in marks]
    draw(_histogram_spec(), {"bins": table(rows), "marks": table(lines)}, said)


@functools.lru_cache(maxsize=1)
def _histogram_spec() -> Spec:
    bars = (
        alt.Chart(named("bins"))
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
    lines = alt.Chart(named("marks"))
    rules = lines.mark_rule(color="#d55e00", strokeDash=[5, 3], strokeWidth=2).encode(x="mark:Q")
    names = lines.mark_text(
        align="center", y=-9, color="#d55e00", fontWeight=600, fontSize=_FONT
    ).encode(x="mark:Q", text="text:N")
    return spec_of((bars + rules + names).properties(height=240, padding={"top": 18}))


def trend(
    rows: Sequence[Mapping[str, Any]], x: str, y: str, series: str, names: Sequence[str],
    said: str, *, title: str = "", form: tuple[str, str] = ("%-d %b", ","),
) -> None:  # fmt: skip
    """Lines over time, one for each name, with points and a legend in words.

    ``form`` says how days on the axis and numbers in the tooltip are written.
    """
    spec = copy.deepcopy(_trend_spec(x, y, series, title, *form))
    for channel, looks in (("color", SERIES), ("shape", _SHAPES)):
        marked = list(names[: len(looks)])
        scale = {"domain": marked, "range": list(looks[: len(marked)])}
        spec["encoding"][channel] |= {"sort": list(names), "scale": scale}
    draw(spec, {"rows": table(rows)}, said)


@functools.lru_cache(maxsize=16)
def _trend_spec(x: str, y: str, series: str, title: str, day_form: str, number_form: str) -> Spec:
    # Years are marked once each; a wide axis would mark them twice.
    axis = alt.Axis(
        format=day_form, labelFontSize=_FONT,
        tickCount=alt.TimeInterval("year") if day_form == "%Y" else alt.Undefined,
    )  # fmt: skip
    chart = (
        alt.Chart(named("rows"))
        .mark_line(point=alt.OverlayMarkDef(size=45, filled=True), strokeWidth=2)
        .encode(
            x=alt.X(f"{x}:T", title=None, axis=axis),
            y=alt.Y(f"{y}:Q", title=title or None, axis=alt.Axis(tickMinStep=1)),
            color=alt.Color(
                f"{series}:N", title=None,
                legend=alt.Legend(orient="top", labelFontSize=_FONT, labelLimit=260),
            ),
            shape=alt.Shape(f"{series}:N", title=None, legend=None),
            tooltip=[alt.Tooltip(f"{x}:T", title="Day", format="%-d %b %Y"),
                     alt.Tooltip(f"{series}:N", title="Of"),
                     alt.Tooltip(f"{y}:Q", title=title or "Number", format=number_form)],
        )
    )  # fmt: skip
    return spec_of(chart.properties(height=_TALL))


def bars(
    rows: Sequence[Mapping[str, Any]], label: str, value: str, said: str, *, title: str = "",
    color: str = MAIN, text: str = "",
) -> None:  # fmt: skip
    """Bars from the longest to the shortest in the order given, the number beside each."""
    spec = _bars_spec(label, value, title, color, text)
    draw({**spec, "height": max(60, 34 * len(rows))}, {"rows": table(rows)}, said)


@functools.lru_cache(maxsize=16)
def _bars_spec(label: str, value: str, title: str, color: str, text: str) -> Spec:
    base = alt.Chart(named("rows")).encode(
        y=alt.Y(f"{label}:N", sort=None, title=None,
                axis=alt.Axis(labelLimit=_NAMES, labelFontSize=_FONT, ticks=False, domain=False,
                              labelOverlap=False)),
        x=alt.X(f"{value}:Q", title=title or None, axis=alt.Axis(grid=False, tickMinStep=1)),
        tooltip=[alt.Tooltip(f"{label}:N", title="Of"),
                 alt.Tooltip(f"{value}:Q", title=title or "Number", format=",")],
    )  # fmt: skip
    drawn = base.mark_bar(color=color, cornerRadiusEnd=3, height={"band": 0.7})
    names = base.mark_text(align="left", dx=5, fontSize=_FONT, color=SERIES[4]).encode(
        text=f"{text}:N" if text else alt.Text(f"{value}:Q", format=",")
    )
    return spec_of(drawn + names)
