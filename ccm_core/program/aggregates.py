"""The own history for readers of aggregates: nothing that tells how few came, left or were billed.

People of the practice get exact dollars and every month. For the others, amounts are rough,
because exact ones over known fees are counts, and months are left out whose difference or
remainder would be a small count. Dollars that one practitioner earned almost alone are that
person's, not the practice's, and are left out as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING

from ccm_core.money.backtest import PastMonth
from ccm_core.money.disclosure import (
    HIDDEN,
    SMALLEST_SHOWN,
    is_dominated,
    is_small,
    rough_usd,
    suppress_series,
)
from ccm_core.money.scenario import scenario
from ccm_core.program.revenue_view import judged

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ccm_core.money.backtest import BackTest
    from ccm_core.money.scenario import Scenario
    from ccm_core.program.revenue_view import History, PastRow
    from ccm_core.store.queries.dominance import Shares

_SMALL = 1
"""Stands for a count that was hidden before: it stays hidden."""
_NOBODY = Decimal(0)
_NO_STEPS: Mapping[str, str] = MappingProxyType({})
_LEAVING = ("churn_share", "early_churn_share")
_SHARES = ("consent_share", "denial_share", "ma_share")
_ELIGIBLE = (
    "physicians", "medicare_share", "chronic_share", "excluded_share", "patients_per_physician",
)  # fmt: skip


def told(
    history: History, allowed: Shares, paid: Shares, steps: Mapping[str, str] = _NO_STEPS
) -> History:
    """The same history as readers of aggregates may have it.

    ``allowed`` and ``paid``: the largest part of one practitioner in each month's dollars.
    ``steps``: patients at each step at the end of the last month, as they are told.
    """
    is_whole = not any(is_dominated(allowed.get(one.month, _NOBODY)) for one in history.past)
    rows = _rows(_beside(history.rows, steps), allowed, paid)
    found, notes = history.scenario, dict(history.notes)
    if found is not None:
        if HIDDEN in (steps.get("invited"), steps.get("consented")):
            # Of few invited patients the share tells the step that is hidden.
            notes.pop("consent_share", None)
            found = replace(found, consent_share=scenario("default").consent_share)
        found = _rough(found, notes)
        if rows and rows[-1].enrolled == HIDDEN:
            found = replace(found, starting_panel=_rough_panel(found.starting_panel, steps))
    return replace(
        history, rows=rows, past=(), scenario=found, notes=_notes(notes, history.span),
        backtest=_judged(history.past) if is_whole else None,  # it needs every month
    )  # fmt: skip


def _judged(past: Sequence[PastMonth]) -> BackTest | None:
    """The back-test as it may be told: what is worked out of tens tells no more than tens."""
    found = judged(_to_tens(past))
    if found is None:
        return None
    rows = tuple(
        replace(row, low_usd=_rough_float(row.low_usd), median_usd=_rough_float(row.median_usd),
                high_usd=_rough_float(row.high_usd))
        for row in found.rows
    )  # fmt: skip
    return replace(found, rows=rows, is_rough=True)


def _to_tens(past: Sequence[PastMonth]) -> list[PastMonth]:
    """Months in tens of patients and thousands of dollars.

    How many joined and left is to tens for all months up to any: of single months, mostly
    one to ten, nothing would be left.
    """
    rough, joined, left = [], 0, 0
    for one in past:
        new, gone = joined + one.new, left + one.left
        rough.append(
            PastMonth(
                one.month, round(one.panel, -1), round(new, -1) - round(joined, -1),
                round(gone, -1) - round(left, -1), round(one.claims, -1),
                _rough_float(one.allowed_usd),
            )
        )  # fmt: skip
        joined, left = new, gone
    return rough


def _rough_float(amount: float) -> float:
    return float(rough_usd(Decimal(str(amount))))


def _rough_panel(enrolled: Decimal, steps: Mapping[str, str]) -> Decimal:
    """The enrolled to tens, never so that the highest they can be is the fewest that consented."""
    before = [steps[name] for name in ("invited", "eligible") if name in steps]
    last = next((int(text) for text in before if text != HIDDEN), 0)
    is_fewest = steps.get("consented") == HIDDEN and enrolled == last - SMALLEST_SHOWN + 1
    return _tens(enrolled + is_fewest)


def _tens(count: Decimal) -> Decimal:
    """To tens, with the nought: the decimals of 140 to tens are written 1.4E+2."""
    return round(count, -1).quantize(Decimal(1))


def _beside(rows: Sequence[PastRow], steps: Mapping[str, str]) -> tuple[PastRow, ...]:
    """The newest month stands beside the steps of its last day.

    Whoever is enrolled or billed and at no step (does not qualify, was never invited) would
    follow from both: where these are one to ten, the month's count is hidden.
    """
    shown = [int(text) for text in steps.values() if text != HIDDEN]

    def kept(count: str) -> str:
        is_telling = count.isdigit() and any(is_small(abs(int(count) - n)) for n in shown)
        return HIDDEN if is_telling else count

    newest = (replace(r, enrolled=kept(r.enrolled), billed=kept(r.billed)) for r in rows[-1:])
    return (*rows[:-1], *newest)


def _rows(rows: Sequence[PastRow], allowed: Shares, paid: Shares) -> tuple[PastRow, ...]:
    enrolled = suppress_series([int(r.enrolled) if r.enrolled.isdigit() else _SMALL for r in rows])
    billed = _with_company([row.billed for row in rows])
    return tuple(
        replace(
            row, enrolled=people, billed=many,
            allowed_usd=_usd(row.allowed_usd, allowed.get(row.month, _NOBODY)),
            paid_usd=None if many == HIDDEN else _usd(row.paid_usd, paid.get(row.month, _NOBODY)),
        )
        for row, people, many in zip(rows, enrolled, billed, strict=True)
    )  # fmt: skip


def _with_company(counts: list[str]) -> list[str]:
    """One hidden month alone would follow from the codes, which are counted over all months."""
    if counts.count(HIDDEN) != 1 or len(counts) < 2:
        return counts
    first = next(place for place, count in enumerate(counts) if count != HIDDEN)
    return [HIDDEN if place == first else count for place, count in enumerate(counts)]


def _usd(amount: Decimal | None, largest_share: Decimal) -> Decimal | None:
    return None if amount is None or is_dominated(largest_share) else rough_usd(amount)


def _rough(exact: Scenario, notes: Mapping[str, str]) -> Scenario:
    """Inputs so short that they do not tell the counts they were made of; defaults stay."""
    values: dict[str, object] = {
        name: getattr(exact, name).quantize(Decimal("0.001")) for name in _LEAVING
    }
    shares = [name for name in _SHARES if name in notes]
    values |= {name: getattr(exact, name).quantize(Decimal("0.01")) for name in shares}
    if "patients_per_physician" in notes:
        # To tens: beside the funnel of another day, the number tells who few came between.
        values["patients_per_physician"] = _tens(exact.patients_per_physician)
    if "minutes_histogram" in notes:
        values["minutes_histogram"] = _percents(exact.minutes_histogram)
    if exact.code_mix:
        parts = (part.split(":") for part in exact.code_mix.split())
        values["code_mix"] = " ".join(f"{code}:{Decimal(share):.2f}" for code, share in parts)
    return replace(exact, **values)  # type: ignore[arg-type]


def _percents(histogram: str) -> str:
    """Bins in whole percents: counts of months with minutes, less those billed, are a count."""
    bins = [part.split(":") for part in histogram.split()]
    whole = sum(Decimal(number) for _, number in bins)
    if not whole:
        return histogram
    return " ".join(f"{bin_}:{Decimal(number) * 100 / whole:.0f}" for bin_, number in bins)


def _notes(notes: Mapping[str, str], span: str) -> dict[str, str]:
    """The same sources without their counts."""
    told = {
        **dict.fromkeys(_LEAVING, f"Patients who left, {span}"),
        **dict.fromkeys(_ELIGIBLE, "Eligible patients on record, to tens"),
        "consent_share": "Patients who consented, of those invited",
        "ramp_months": f"Patients who joined, {span}",
        "denial_share": f"Answered claims that were denied, {span}",
        "ma_share": "Enrolled Medicare patients",
    }
    return {name: told.get(name, note) for name, note in notes.items()}
