"""The legal ways to bill a month, side by side, with the difference in dollars."""

from __future__ import annotations

import streamlit as st

from ccm_core.audit import Outcome, PricedPath
from ccm_core.payment.expected import Expected
from pages.parts import words


def show(outcome: Outcome) -> None:
    """Every legal code family of the month with its amount and the difference."""
    st.header("Legal ways to bill this month")
    if not outcome.paths:
        st.write("The counted minutes earn no code.")
        return
    chosen = outcome.chosen
    for path in outcome.paths:
        with st.container(border=True):
            mark = " (chosen)" if chosen and path.name == chosen.name else ""
            st.markdown(f"**{words.plain(path.label)}**{mark}")
            st.write(words.plain(_path_text(path, chosen)))


def _path_text(path: PricedPath, chosen: PricedPath | None) -> str:
    codes = ", ".join(f"{c} x {n}" for c, n in path.units.items())
    said = f"{codes}: {words.usd(path.allowed_usd, is_estimate=path.estimate)}"
    if chosen is None or path.name == chosen.name:
        return said
    if path.allowed_usd is None or chosen.allowed_usd is None:
        return said
    more = path.allowed_usd - chosen.allowed_usd
    return f"{said}, {words.usd(abs(more))} {'more' if more > 0 else 'less'} than the chosen path"


def parts(of: Expected) -> str:
    """Into which parts the allowed amount goes: they add up to it."""
    named = (
        (of.medicare_usd, "from Medicare"), (of.patient_usd, "from the patient"),
        (of.sequestration_usd, "kept back by sequestration"),
        (of.written_off_usd, "written off, because nobody may collect it"),
    )  # fmt: skip
    said = [f"{words.usd(usd)} {name}" for usd, name in named if usd]
    return f"{words.usd(of.allowed_usd)} allowed are {words.listed(said)}."
