"""What every page and file of a projection says about itself: an estimate, and from which fees."""

from __future__ import annotations

from ccm_core.fees import NATIONAL
from ccm_core.money.projection import Projection
from ccm_core.money.rates import last_schedule_on
from ccm_core.months import Month, said_month
from ccm_core.tables import tables_version


def label(is_demo: bool) -> str:
    """The line that no page of a file goes without."""
    made_up = "DEMO DATA, no real practice. " if is_demo else ""
    return f"{made_up}ESTIMATE, not a promise of payment. Not billing advice."


def basis(projection: Projection) -> str:
    """Year, place and source of the fees behind every amount, and which months are estimates."""
    scenario, last = projection.scenario, last_schedule_on().year
    guessed = [month_said(line.label) for line in projection.months if line.is_estimate]
    used = [min(int(line.label[:4]), last) for line in projection.months]
    years = " to ".join(dict.fromkeys((str(used[0]), str(used[-1]))))
    place = "national amounts" if scenario.locality == NATIONAL else f"locality {scenario.locality}"
    told = (
        f" {len(guessed)} of {len(projection.months)} months, from {guessed[0]}, rest on a "
        "schedule or index carried over from an earlier year: estimates."
        if guessed
        else ""
    )
    return (
        f"Fees: CMS physician fee schedule, {years}, {place}, "
        f"{scenario.setting}.{told} Tables {tables_version()[:12]}."
    )


def month_said(text: str) -> str:
    """``Nov 2026`` for ``2026-11``."""
    return said_month(Month.parse(text))
