"""Charts of a projection: money by month with a band, and which inputs matter most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import streamlit as st

from pages.parts import charts

_AXIS = alt.Axis(format="%b %Y", labelFontSize=12, labelOverlap=True)
_USD = alt.Axis(format="$,.0f", labelFontSize=12, tickCount=6)


def money(
    labels: Sequence[str], values: Sequence[float], band: Mapping[float, Sequence[float]] | None,
    title: str, said: str, mark: str | None = None, fees: Sequence[str] = (),
) -> None:  # fmt: skip
    """One amount by month, with the middle 80 % of the simulated futures when they are known."""
    st.altair_chart(money_chart(labels, values, band, title, mark, fees), alt=said)


def money_chart(
    labels: Sequence[str], values: Sequence[float], band: Mapping[float, Sequence[float]] | None,
    title: str, mark: str | None = None, fees: Sequence[str] = (),
) -> alt.LayerChart:  # fmt: skip
    """The same as a picture. ``fees`` says of each month whether its fees are published."""
    rows: list[dict[str, Any]] = [
        {"month": f"{label}-15", "usd": value, "fees": said}
        for label, value, said in zip(labels, values, fees or [""] * len(labels), strict=True)
    ]
    layers = [_zero()]
    if band is not None:
        for row, low, mid, high in zip(rows, band[0.10], band[0.50], band[0.90], strict=True):
            row |= {"low": low, "mid": mid, "high": high}
    base = alt.Chart(charts.frame(rows)).encode(x=alt.X("month:T", title=None, axis=_AXIS))
    tips = [
        alt.Tooltip("month:T", title="Month", format="%b %Y"),
        alt.Tooltip("usd:Q", title=f"{title} (estimate)", format="$,.0f"),
        alt.Tooltip("fees:N", title="Fees"),
    ]
    if band is not None:
        layers.append(
            base.mark_area(opacity=0.22, color=charts.MAIN).encode(y="low:Q", y2="high:Q")
        )
        middle = base.mark_line(color=charts.SERIES[1], strokeDash=[6, 4], strokeWidth=2)
        layers.append(middle.encode(y="mid:Q"))
        tips += [
            alt.Tooltip("low:Q", title="1 of 10 is below", format="$,.0f"),
            alt.Tooltip("mid:Q", title="Half are below", format="$,.0f"),
            alt.Tooltip("high:Q", title="1 of 10 is above", format="$,.0f"),
        ]
    layers.append(
        base.mark_line(
            color=charts.MAIN, strokeWidth=2.5, point=alt.OverlayMarkDef(size=30, filled=True)
        ).encode(y=alt.Y("usd:Q", title=None, axis=_USD), tooltip=tips)
    )
    if mark is not None:
        layers += _marked(mark)
    return alt.layer(*layers).properties(height=260)


def _zero() -> alt.Chart:
    zero = alt.Chart(charts.frame([{"zero": 0}]))
    return zero.mark_rule(color=charts.SERIES[4], strokeWidth=1).encode(y="zero:Q")


def _marked(month: str) -> list[alt.Chart]:
    """A line at the month of break-even, with its words."""
    line = alt.Chart(charts.frame([{"month": f"{month}-15", "text": "breaks even"}]))
    rule = line.mark_rule(color="#009e73", strokeDash=[5, 3], strokeWidth=2).encode(x="month:T")
    word = line.mark_text(
        align="left", dx=5, y=10, color="#009e73", fontWeight=600, fontSize=12
    ).encode(x="month:T", text="text:N")
    return [rule, word]


def tornado(bars: Sequence[Mapping[str, Any]], base_usd: float, said: str) -> None:
    """One bar for each input, from its low to its high end, around the projection's own value."""
    st.altair_chart(tornado_chart(bars, base_usd), alt=said)


def tornado_chart(bars: Sequence[Mapping[str, Any]], base_usd: float) -> alt.LayerChart:
    """The same as a picture."""
    rows = []
    for bar in bars:
        for end, usd in (("low", bar["at_low_usd"]), ("high", bar["at_high_usd"])):
            rows.append({
                "input": bar["label"], "usd": usd, "base": base_usd,
                "end": f"at its {end} end", "at": bar[end],
            })  # fmt: skip
    frame = charts.frame(rows)
    names = [bar["label"] for bar in bars]
    drawn = alt.Chart(frame).mark_bar(height={"band": 0.65}).encode(
        y=alt.Y("input:N", sort=names, title=None,
                axis=alt.Axis(labelLimit=420, labelFontSize=12, labelOverlap=False,
                            ticks=False, domain=False)),
        x=alt.X("usd:Q", title="Net over the horizon", axis=_USD),
        x2="base:Q",
        color=alt.Color(
            "end:N", title=None, legend=alt.Legend(orient="top", labelFontSize=12),
            scale=alt.Scale(domain=["at its low end", "at its high end"],
                            range=[charts.SERIES[1], charts.SERIES[0]]),
        ),
        tooltip=[alt.Tooltip("input:N", title="Input"), alt.Tooltip("end:N", title="End"),
                 alt.Tooltip("at:N", title="Value there"),
                 alt.Tooltip("usd:Q", title="Net (estimate)", format="$,.0f")],
    )  # fmt: skip
    line = alt.Chart(charts.frame([{"base": base_usd}])).mark_rule(
        color=charts.SERIES[4], strokeWidth=2
    ).encode(x="base:Q")  # fmt: skip
    return (drawn + line).properties(height=max(80, 30 * len(names)))
