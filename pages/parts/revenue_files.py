"""The projection as files: workbook, months, report and pictures, each saying what it is."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import partial

import altair as alt
import streamlit as st

from ccm_core.access.identity import Identity
from ccm_core.money import report
from ccm_core.money.backtest import BackTest
from ccm_core.money.basis import basis, label
from ccm_core.money.projection import Projection, project
from ccm_core.money.scenario import from_link
from ccm_core.money.tornado import tornado
from ccm_core.money.uncertainty import Simulation, simulate
from ccm_core.money.workbook import projection_xlsx
from ccm_core.program import revenue_presets as named
from ccm_core.program.revenue_view import History
from pages.parts import downloads, filters, revenue_charts, revenue_work
from pages.parts.guard import may

PAGE = "revenue"
XLSX_MIME = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_WIDTH, _SCALE = 860, 2


def offers(
    who: Identity, link: str, name: str, is_demo: bool, history: History | None,
    notes: Mapping[str, str],
) -> None:  # fmt: skip
    """One link for each form. What they hold is made when somebody follows the link.

    They bear the day on which the page was opened, on the calendar of the practice: a file is made
    without a look at the practice, so that nothing but the inputs decides what it holds.
    """
    if not may(who, PAGE, "export"):
        return
    judged = history.backtest if history is not None else None
    day = filters.today_here()
    forms = (
        ("Workbook with formulas (XLSX)", "xlsx", XLSX_MIME,
         partial(_workbook, day=day, notes=notes)),
        ("Every month (CSV)", "csv", "text/csv; charset=utf-8", _months),
        ("Report with charts (PDF)", "pdf", "application/pdf",
         partial(_report, day=day, judged=judged, notes=notes)),
        ("Charts (PNG)", "png", "image/png", partial(_pictures, form="png")),
        ("Charts (SVG)", "svg", "image/svg+xml", partial(_pictures, form="svg")),
    )  # fmt: skip
    st.header("Export")
    stem = f"{'demo-' if is_demo else ''}revenue"
    downloads.offer_some(
        [
            (said, f"{stem}.{suffix}", mime, partial(make, link, name, is_demo))
            for said, suffix, mime, make in forms
        ],
        PAGE,
    )


def _of(link: str, name: str) -> Projection:
    return project(replace(from_link(link), name=name))


def _workbook(link: str, name: str, is_demo: bool, day: date, notes: Mapping[str, str]) -> bytes:
    return projection_xlsx(_of(link, name), day, is_demo, notes)


def _months(link: str, name: str, is_demo: bool) -> bytes:
    return named.projection_csv(_of(link, name), is_demo)


def _report(
    link: str, name: str, is_demo: bool, day: date, judged: BackTest | None,
    notes: Mapping[str, str],
) -> bytes:  # fmt: skip
    scenario = from_link(link)
    return report.projection_pdf(
        _of(link, name), day, simulation=simulate(scenario, revenue_work.DRAWS),
        bars=tornado(scenario), backtest=judged, is_demo=is_demo, notes=notes,
    )  # fmt: skip


def _pictures(link: str, name: str, is_demo: bool, form: str) -> bytes:
    """Net by month, net so far, and what matters most, under each other as one picture."""
    held = io.BytesIO() if form == "png" else io.StringIO()
    sheet(link, name, is_demo).save(held, format=form, scale_factor=_SCALE if form == "png" else 1)
    made = held.getvalue()
    return made if isinstance(made, bytes) else made.encode()


def sheet(link: str, name: str, is_demo: bool) -> alt.VConcatChart:
    """The three charts with what a reader needs to trust them."""
    of, found = _of(link, name), simulate(from_link(link), revenue_work.DRAWS)
    bars = revenue_work.ranked(link)
    drawn = [*_by_month(of, found)]
    if bars:
        swings = revenue_charts.tornado_chart(bars, bars[0]["base_usd"])
        drawn.append(swings.properties(width=_WIDTH // 2, title="Which inputs matter most"))
    total = of.total
    said = [
        label(is_demo),
        f"{len(of.months)} months: ${total.cash_usd:,.2f} come in, ${total.cost_usd:,.2f} go out. "
        f"Band: 8 of 10 of {found.draws:,} simulated futures, seed {found.seed}.",
        *_lines(basis(of)),
    ]
    title = alt.TitleParams(f"CCM revenue projection: {name}", subtitle=said, anchor="start")
    made = alt.vconcat(*drawn).resolve_scale(color="independent", shape="independent")
    return made.properties(title=title, background="white")


def _by_month(of: Projection, found: Simulation) -> list[alt.LayerChart]:
    labels = [line.label for line in of.months]
    fees = [revenue_work.fees_said(line) for line in of.months]
    each = revenue_charts.money_chart(
        labels, [float(line.net_usd) for line in of.months], found.bands("net"), "Net", None, fees
    )
    so_far = revenue_charts.money_chart(
        labels, [float(usd) for usd in of.running_net_usd], found.bands("running"), "Net so far",
        of.break_even_month, fees,
    )  # fmt: skip
    return [
        each.properties(width=_WIDTH, title="Net of each month"),
        so_far.properties(width=_WIDTH, title="Net of all months so far"),
    ]


def _lines(text: str) -> list[str]:
    """One sentence a line, so that none is cut at the edge."""
    return [f"{part.rstrip('.')}." for part in text.split(". ")]
