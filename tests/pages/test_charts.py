"""A chart's specification is made once in a process, and holds nothing of anybody's rows."""

from __future__ import annotations

import copy
import json
from types import SimpleNamespace

import altair as alt
import pytest

from pages.parts import charts, revenue_charts

SPECS = (charts._histogram_spec, charts._trend_spec, charts._bars_spec,
         revenue_charts._money_spec, revenue_charts._tornado_spec)  # fmt: skip


@pytest.fixture
def drawn(monkeypatch):
    """What the browser would get: specification and data of each chart."""
    found: list[dict] = []
    place = SimpleNamespace(vega_lite_chart=lambda spec, alt: found.append(spec))
    monkeypatch.setattr(charts, "st", place)
    monkeypatch.setattr(charts.draw, "__kwdefaults__", {"place": place})
    return found


def draw_all(mark: str, number: int) -> None:
    """Each kind of chart, once, of a practice whose rows are told apart by ``mark``."""
    charts.histogram([(number, number), (number + 5, 3)], 5, [20 + number], mark)
    rows = [{"on": "2026-11-01", "of": mark, "many": number}]
    charts.trend(rows, "on", "many", "of", [mark, f"{mark} too"], mark, title="Patients")
    charts.bars([{"why": mark, "many": number}] * number, "why", "many", mark, title="Patients")
    swing = {"label": mark, "at_low_usd": -1.0 * number, "at_high_usd": 1.0 * number,
             "low": mark, "high": mark}  # fmt: skip
    revenue_charts.tornado([swing] * number, 5.0 * number, mark)


def without_data(spec: dict) -> dict:
    return {name: value for name, value in spec.items() if name != "datasets"}


def test_altair_builds_and_checks_a_specification_once(drawn, monkeypatch):
    for one in SPECS:
        one.cache_clear()
    built: list[object] = []
    for kind in (alt.Chart, alt.LayerChart):
        whole = kind.to_dict
        monkeypatch.setattr(
            kind,
            "to_dict",
            lambda self, *a, w=whole, **k: (built.append(self), w(self, *a, **k))[1],
        )
    draw_all("SPRUCE", 7)
    first = len(built)
    draw_all("WILLOW", 11)
    assert first
    assert len(built) == first
    assert len(drawn) == 8


def test_a_shared_specification_holds_no_data_and_no_names(drawn):
    draw_all("SPRUCE", 7)
    made = (
        charts._histogram_spec(),
        charts._trend_spec("on", "many", "of", "Patients", "%-d %b", ","),
        charts._bars_spec("why", "many", "Patients", charts.MAIN, ""),
        revenue_charts._tornado_spec(),
    )
    before = copy.deepcopy(made)
    draw_all("WILLOW", 11)
    assert made == before
    for spec in made:
        said = json.dumps(spec)
        assert "SPRUCE" not in said
        assert "WILLOW" not in said
        assert "datasets" not in spec
        assert '"values"' not in said


def test_rows_of_two_practices_never_meet(drawn):
    draw_all("SPRUCE", 7)
    draw_all("WILLOW", 11)
    for place, spec in enumerate(drawn):
        tables = [found.to_pylist() for found in spec["datasets"].values()]
        said = json.dumps([without_data(spec), tables])
        assert ("WILLOW" if place < 4 else "SPRUCE") not in said
        assert all(rows for rows in tables)


def test_too_many_rows_are_refused(drawn):
    with pytest.raises(ValueError, match="aggregate them"):
        charts.bars([{"why": "x", "many": 1}] * 1_001, "why", "many", "")
    assert not drawn


def test_an_axis_of_years_marks_each_once():
    years = charts._trend_spec("from", "usd", "of", "", "%Y", "$,.2f")["encoding"]["x"]
    days = charts._trend_spec("from", "usd", "of", "", "%-d %b", ",")["encoding"]["x"]
    assert years["axis"]["tickCount"] == "year"
    assert "tickCount" not in days["axis"]
