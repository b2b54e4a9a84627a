"""Published claims beside the projection: what is true in which year, and who says so."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import streamlit as st

from ccm_core.money import presets
from ccm_core.money.published import Figure
from ccm_core.money.scenario import Scenario
from ccm_core.sources import source
from pages.parts import revenue_work, status, tables, words

_NONE = tables.Asked("", 0, "")


def show(preset: str, now: Scenario) -> None:
    """What was published for this preset, put to the test."""
    if preset == "guide":
        _guide(now)
    elif preset == "basu":
        _basu()
    elif preset == "national":
        _national()


CLAIM = (
    tables.Column("year", "Year"),
    tables.Column("is_true", "Over $150,000?"),
    tables.Column("fee", "99490, one claim", is_right=True),
    tables.Column("annual", "200 patients x 12 months", is_right=True),
    tables.Column("difference", "Against the claim", is_right=True),
    tables.Column("after", "After usual losses", is_right=True),
)


def _guide(now: Scenario) -> None:
    setting = "facility" if now.setting == "facility" else "nonfacility"
    years = revenue_work.claim_years(setting, now.locality)
    good = [str(one.year) for one in years if one.is_true]
    st.markdown(words.plain(
        f"The program guide says that 200 patients billed with 99490 every month bring over "
        f"{words.usd(years[0].claimed_usd)} a year. At the fee schedule of this place that holds "
        f"in {words.listed(good) if good else 'no year'}; in the other years it does not."
    ))  # fmt: skip
    rows = [
        {
            "year": str(one.year),
            "is_true": {"mark": "●", "text": "true", "color": status.GOOD} if one.is_true
            else {"mark": "■", "text": "false", "color": status.BAD},
            "fee": ", then ".join(words.usd(fee) for fee in one.fees_usd),
            "annual": words.usd(one.annual_usd),
            "difference": words.usd(one.annual_usd - one.claimed_usd),
            "after": words.usd(one.after_losses_usd),
        }
        for one in years
    ]  # fmt: skip
    tables.listing("claim", CLAIM, rows, 0, _NONE, alt="The claim of the guide, year by year")
    st.caption(
        "Allowed amounts before the patient's share and sequestration. Usual losses: 90% of "
        "the months billed, 5% denied. Below: one year of the same 200 patients with all costs."
    )
    _cited([cite for one in years for cite in one.cites])


FIGURES = (
    tables.Column("label", "Published"),
    tables.Column("value", "Value", is_right=True),
    tables.Column("by", "Source"),
)


def _figures(found: Sequence[Figure], alt: str) -> None:
    rows = [
        {"label": one.label, "value": _value(one), "by": _by(one.cite)} for one in found
    ]  # fmt: skip
    tables.listing(f"figures_{alt}", FIGURES, rows, 0, _NONE, alt=alt)


def _value(one: Figure) -> str:
    if one.unit.startswith("USD"):
        return f"{words.usd(one.value)}{one.unit.removeprefix('USD')}"
    if one.unit == "share":
        return f"{one.value * 100:.1f}%"
    return f"{one.value:,} {one.unit}"


def _by(cite: str) -> str:
    found = source(cite)
    return f"{found.authority}, {found.pinpoint} ({found.confidence})"


REDONE = (
    tables.Column("what", "Worked out again"),
    tables.Column("published", "Published", is_right=True),
    tables.Column("ours", "Here", is_right=True),
    tables.Column("how", "How"),
)


def _basu() -> None:
    found = revenue_work.basu()
    st.markdown(words.plain(
        "Basu and others (2015) modeled that 131 enrolled patients repay a full-time nurse. The "
        "abstract's figures, as far as they can be worked out again, and the same question today:"
    ))  # fmt: skip
    rows = [
        {"what": one.what, "published": _plain(one.published), "ours": _plain(one.ours),
         "how": one.how}
        for one in found.reproductions
    ]  # fmt: skip
    rows += [
        {"what": f"Steady panel that earns its cost today, {word}", "published": words.NOTHING,
         "ours": "none" if panel.first is None else f"{panel.first:,}",
         "how": "This product's default fees and costs, hiring in half posts"
         + (f"; every panel from {panel.safe_from:,} on" if panel.safe_from else "")}
        for word, panel in found.today.items()
    ]  # fmt: skip
    tables.listing("redone", REDONE, rows, 0, _NONE, alt="Basu 2015 worked out again")
    with st.expander("What was published, and what was not"):
        _figures(found.figures, "Figures of Basu 2015")
        st.markdown("**Not published**")
        st.markdown("\n".join(f"- {words.plain(one)}" for one in found.not_published))


def _plain(number: Decimal | None) -> str:
    return words.NOTHING if number is None else f"{number:,}"


def _national() -> None:
    st.markdown(words.plain(
        "What others counted for the whole country. The projection below starts with the mean "
        "panel of a billing provider and bills as many months as CMS counted."
    ))  # fmt: skip
    _figures(presets.national_averages(), "National averages")


def _cited(cites: Sequence[str]) -> None:
    said = {f"{found.authority}: {found.title}" for found in map(source, dict.fromkeys(cites))}
    with st.expander("Sources"):
        for one in sorted(said):
            st.caption(words.plain(one))
