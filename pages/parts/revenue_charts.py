"""Charts of a projection: money by month with a band, and which inputs matter most."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import pyarrow as pa
import streamlit as st

from ccm_core.money.chart import dollars
from pages.parts import charts

_AXIS = alt.Axis(format="%b %Y", labelFontSize=12, labelOverlap=True)
_USD = alt.Axis(format="$,.0f", labelFontSize=12, tickCount=6)
_QUANTILES = {"low": 0.10, "mid": 0.50, "high": 0.90}
_TOLD = tuple(f"{name}_told" for name in _QUANTILES)
_UNKNOWN = "being worked out"


def _texts_and_numbers(texts: Sequence[str], numbers: Sequence[str]) -> pa.Schema:
    return pa.schema([*((name, pa.string()) for name in texts),
                      *((name, pa.float64()) for name in numbers)])  # fmt: skip


_COLUMNS = {
    "months": _texts_and_numbers(("month", "fees", *_TOLD), ("usd", *_QUANTILES)),
    "zero": _texts_and_numbers((), ("zero",)),
    "mark": _texts_and_numbers(("month", "text"), ()),
}


def money(
    labels: Sequence[str], values: Sequence[float], band: Mapping[float, Sequence[float]] | None,
    title: str, said: str, mark: str | None = None, fees: Sequence[str] = (), *, place: Any = st,
) -> Any:  # fmt: skip
    """One amount by month, with the middle 80% of the simulated futures when they are known.

    Gives the place of the chart: another one drawn there keeps the picture and moves its lines.
    """
    rows = _rows(labels, values, band, mark, fees)
    tables = {name: charts.table(some, _COLUMNS[name]) for name, some in rows.items()}
    return charts.draw(_money_spec(title), tables, said, place=place)


def money_chart(
    labels: Sequence[str], values: Sequence[float], band: Mapping[float, Sequence[float]] | None,
    title: str, mark: str | None = None, fees: Sequence[str] = (),
) -> alt.LayerChart:  # fmt: skip
    """The same as a picture. ``fees`` says of each month whether its fees are published."""
    rows = _rows(labels, values, band, mark, fees)
    return _layers({name: charts.frame(some) for name, some in rows.items()}, title)


@functools.lru_cache(maxsize=16)
def _money_spec(title: str) -> dict[str, Any]:
    """The chart without its numbers: checked once by Altair, which takes longer than all the rest.

    It is the same with and without band and break-even: a browser that gets another one throws
    its chart away and makes a new one, which takes it longer than all the rest of a change.
    """
    return charts.spec_of(_layers({name: charts.named(name) for name in _COLUMNS}, title))


def _rows(
    labels: Sequence[str], values: Sequence[float], band: Mapping[float, Sequence[float]] | None,
    mark: str | None, fees: Sequence[str],
) -> dict[str, list[dict[str, Any]]]:  # fmt: skip
    """The numbers of a chart by the name of their data."""
    rows: list[dict[str, Any]] = [
        {"month": f"{label}-15", "usd": value, "fees": said, **dict.fromkeys(_TOLD, _UNKNOWN)}
        for label, value, said in zip(labels, values, fees or [""] * len(labels), strict=True)
    ]
    for name, share in _QUANTILES.items() if band is not None else ():
        for row, usd in zip(rows, band[share], strict=True):
            row |= {name: usd, f"{name}_told": dollars(usd)}
    marks = [] if mark is None else [{"month": f"{mark}-15", "text": "breaks even"}]
    return {"months": rows, "zero": [{"zero": 0}], "mark": marks}


def _layers(data: Mapping[str, Any], title: str) -> alt.LayerChart:
    """Zero, the band, the projection's own line, and the month of break-even."""
    base = alt.Chart(data["months"]).encode(x=alt.X("month:T", title=None, axis=_AXIS))
    zero = alt.Chart(data["zero"]).mark_rule(color=charts.SERIES[4], strokeWidth=1)
    tips = [
        alt.Tooltip("month:T", title="Month", format="%b %Y"),
        alt.Tooltip("usd:Q", title=f"{title} (estimate)", format="$,.0f"),
        alt.Tooltip("fees:N", title="Fees"),
        alt.Tooltip("low_told:N", title="1 of 10 is below"),
        alt.Tooltip("mid_told:N", title="Half are below"),
        alt.Tooltip("high_told:N", title="1 of 10 is above"),
    ]
    line = base.mark_line(
        color=charts.MAIN, strokeWidth=2.5, point=alt.OverlayMarkDef(size=30, filled=True)
    ).encode(y=alt.Y("usd:Q", title=None, axis=_USD), tooltip=tips)
    layers = [zero.encode(y="zero:Q"), *_band(base), line, *_marked(alt.Chart(data["mark"]))]
    return alt.layer(*layers).properties(height=260)


def _band(base: alt.Chart) -> list[alt.Chart]:
    """The middle of the futures, and eight of ten of them."""
    area = base.mark_area(opacity=0.22, color=charts.MAIN).encode(y="low:Q", y2="high:Q")
    middle = base.mark_line(color=charts.SERIES[1], strokeDash=[6, 4], strokeWidth=2)
    return [area, middle.encode(y="mid:Q")]


def _marked(line: alt.Chart) -> list[alt.Chart]:
    """A line at the month of break-even, with its words."""
    rule = line.mark_rule(color="#009e73", strokeDash=[5, 3], strokeWidth=2).encode(x="month:T")
    word = line.mark_text(
        align="left", dx=5, y=10, color="#009e73", fontWeight=600, fontSize=12
    ).encode(x="month:T", text="text:N")
    return [rule, word]


def tornado(bars: Sequence[Mapping[str, Any]], base_usd: float, said: str) -> None:
    """One bar for each input, from its low to its high end, around the projection's own value."""
    rows = _ends(bars, base_usd)
    tables = {name: charts.table(some) for name, some in rows.items()}
    charts.draw({**_tornado_spec(), "height": _tall(bars)}, tables, said)


def tornado_chart(bars: Sequence[Mapping[str, Any]], base_usd: float) -> alt.LayerChart:
    """The same as a picture."""
    rows = _ends(bars, base_usd)
    drawn = _swings({name: charts.frame(some) for name, some in rows.items()})
    return drawn.properties(height=_tall(bars))


@functools.lru_cache(maxsize=1)
def _tornado_spec() -> dict[str, Any]:
    return charts.spec_of(_swings({name: charts.named(name) for name in ("ends", "base")}))


def _tall(bars: Sequence[Mapping[str, Any]]) -> int:
    return max(80, 30 * len(bars))


def _ends(bars: Sequence[Mapping[str, Any]], base_usd: float) -> dict[str, list[dict[str, Any]]]:
    """Both ends of each bar in the order of the bars, and the value that they lie around."""
    rows = []
    for bar in bars:
        for end, usd in (("low", bar["at_low_usd"]), ("high", bar["at_high_usd"])):
            rows.append({
                "input": bar["label"], "usd": usd, "base": base_usd,
                "end": f"at its {end} end", "at": bar[end],
            })  # fmt: skip
    return {"ends": rows, "base": [{"base": base_usd}]}


def _swings(data: Mapping[str, Any]) -> alt.LayerChart:
    """The bars, and a line at the value that they lie around."""
    drawn = alt.Chart(data["ends"]).mark_bar(height={"band": 0.65}).encode(
        y=alt.Y("input:N", sort=None, title=None,
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
    line = alt.Chart(data["base"]).mark_rule(color=charts.SERIES[4], strokeWidth=2)
    return drawn + line.encode(x="base:Q")
