"""A projection on paper: what it says, how sure it is, what it rests on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from types import MappingProxyType

from fpdf import FPDF

from ccm_core.money import chart
from ccm_core.money.backtest import BackTest
from ccm_core.money.basis import basis, label, month_said
from ccm_core.money.projection import Line, Projection
from ccm_core.money.report_inputs import inputs_table
from ccm_core.money.tornado import Bar
from ccm_core.money.uncertainty import Simulation
from ccm_core.months import said_day
from ccm_core.tables import tables_version

_YEAR_COLUMNS = (
    ("Year", 16), ("Panel", 18), ("Gross allowed", 28), ("Paid in the end", 28), ("Cash in", 28),
    ("Cost", 28), ("Net cash", 28),
)  # fmt: skip
_MOST_BARS = 12
_LOPSIDED = 0.6


def projection_pdf(
    projection: Projection,
    made_on: date,
    *,
    simulation: Simulation | None = None,
    bars: Sequence[Bar] = (),
    backtest: BackTest | None = None,
    is_demo: bool = False,
    notes: Mapping[str, str] = MappingProxyType({}),
) -> bytes:
    """The report. Parts that are not given are left out; ``notes`` say where inputs come from."""
    paper = _Paper(label(is_demo), made_on)
    paper.heading("CCM revenue projection", projection)
    paper.years(projection)
    paper.running(projection, simulation)
    if simulation is not None:
        paper.odds(simulation, projection)
    if backtest is not None:
        paper.paragraph("Back-test", backtest.verdict)
    if bars:
        paper.tornado(bars)
    inputs_table(paper, projection.scenario, notes)
    return bytes(paper.output())


class _Paper(FPDF):
    """One report with the warning on every page."""

    def __init__(self, note: str, made_on: date) -> None:
        super().__init__(format="Letter")
        self._note = note
        self.set_creation_date(datetime(made_on.year, made_on.month, made_on.day, tzinfo=UTC))
        self.set_title("CCM revenue projection")
        self.set_lang("en")
        self.set_auto_page_break(True, margin=18)
        self._made_on = made_on
        self.add_page()

    def footer(self) -> None:
        self.set_y(-14)
        self.set_font("Helvetica", "I", 7)
        made = f"{self._note} Made on {said_day(self._made_on)}, tables {tables_version()}."
        self.cell(0, 5, made)
        self.cell(0, 5, f"{self.page_no()}", align="R")

    def heading(self, title: str, projection: Projection) -> None:
        self.set_font("Helvetica", "B", 16)
        self.cell(0, 9, title, new_x="LMARGIN", new_y="NEXT")
        scenario = projection.scenario
        first, last = month_said(str(scenario.start)), month_said(projection.months[-1].label)
        broken = projection.break_even_month
        self.paragraph(
            f"Scenario: {chart.plain(scenario.name)[:80]}",
            f"{first} to {last}, {scenario.program.upper()}, "
            f"{scenario.delivery.replace('_', '-')}, {scenario.policy} policy, {scenario.setting}, "
            f"locality {scenario.locality}. Running net stays at or above zero from: "
            f"{month_said(broken) if broken else 'not within the horizon'}. "
            f"Still to come in at the end: {usd(projection.receivable_usd)}. Discounted net: "
            f"{usd(projection.present_value_usd)}. {basis(projection)}",
        )

    def paragraph(self, title: str, text: str) -> None:
        self.set_font("Helvetica", "B", 10)
        self.cell(0, 6, title, new_x="LMARGIN", new_y="NEXT")
        self.set_font("Helvetica", size=9)
        self.multi_cell(0, 4.5, chart.plain(text), align="L", new_x="LMARGIN", new_y="NEXT")
        self.ln(2)

    def years(self, projection: Projection) -> None:
        self.set_font("Helvetica", "B", 9)
        for name, width in _YEAR_COLUMNS:
            self.cell(width, 6, name, border="B", align="L" if name == "Year" else "R")
        self.ln()
        self.set_font("Helvetica", size=9)
        for line in (*projection.years, projection.total):
            self.set_font("Helvetica", "B" if line.label == "Total" else "", size=9)
            for text, (name, width) in zip(_year_cells(line), _YEAR_COLUMNS, strict=True):
                self.cell(width, 5, text, align="L" if name == "Year" else "R")
            self.ln()
        self.set_font("Helvetica", size=7)
        said = (
            "Net cash is cash in less cost. A year may be a part of a calendar year. The panel of "
            "a year, and of the total, is that of its last month."
        )
        self.cell(0, 5, said, new_x="LMARGIN", new_y="NEXT")
        self.ln(2)

    def running(self, projection: Projection, simulation: Simulation | None) -> None:
        self.paragraph(
            "Running net",
            "Line: the projection." + (" Area: 80% of simulated paths." if simulation else ""),
        )
        box = chart.Box(35, self.get_y() + 1, 160, 41)
        net = [float(amount) for amount in projection.running_net_usd]
        bands = simulation.bands("running") if simulation else {}
        scale = chart.Scale(box, [*net, *bands.get(0.10, ()), *bands.get(0.90, ())])
        if bands:
            chart.band(self, box, scale, bands[0.10], bands[0.90])
        chart.axis(self, box, scale, [month_said(line.label) for line in projection.months])
        chart.line(self, box, scale, net, chart.BLUE)
        self.set_y(box.y + box.height + 8)

    def odds(self, simulation: Simulation, projection: Projection) -> None:
        totals = simulation.total_bands("net")
        self.paragraph(
            "How sure",
            f"{simulation.draws:,} draws, seed {simulation.seed}, inputs drawn apart from each "
            f"other between their low and high ends. Net over the horizon: 10% of paths end below "
            f"{chart.dollars(totals[0.10])}, half below {chart.dollars(totals[0.50])}, 10% above "
            f"{chart.dollars(totals[0.90])}. {simulation.break_even_share:.0%} of paths end at or "
            f"above zero. {rank_sentence(simulation, projection)} Simulated amounts are floating "
            "point.",
        )

    def tornado(self, bars: Sequence[Bar]) -> None:
        shown = bars[:_MOST_BARS]
        height = 4.8 * len(shown)
        if self.get_y() + height + 18 > self.page_break_trigger:
            self.add_page()
        self.paragraph("What matters most", "Net at each input's low (amber) and high (blue) end.")
        box = chart.Box(85, self.get_y() + 1, 110, height)
        rows = [(bar.label, bar.at_low_usd, bar.at_high_usd) for bar in shown]
        chart.bars(self, box, rows, shown[0].base_usd)
        self.set_y(box.y + height + 8)


def rank_sentence(simulation: Simulation, projection: Projection) -> str:
    """Where the projection stands among the simulated paths, and why it may stand high."""
    rank = simulation.rank_of(float(projection.total.net_usd))
    text = f"The projection, at the most likely value of each input, ends above {rank:.0%} of them."
    if rank > _LOPSIDED:
        text += (
            " It is a hopeful case: most ranges reach further to the costly side, and posts are "
            "hired in steps. Plan with the middle of the paths."
        )
    return text


def usd(amount: Decimal) -> str:
    """``-$1,234.50``."""
    return f"{'-' if amount < 0 else ''}${abs(amount):,.2f}"


def _year_cells(line: Line) -> tuple[str, ...]:
    amounts = (line.gross_usd, line.allowed_usd, line.cash_usd, line.cost_usd, line.net_usd)
    return line.label, f"{line.panel:,.1f}", *map(usd, amounts)
