"""What one claim brings: the allowed amount in parts, by code, year, place and setting."""

from __future__ import annotations

from datetime import date
from typing import Any

import streamlit as st

from ccm_core import fees
from ccm_core import tables as dated
from ccm_core.errors import CcmError
from ccm_core.fees import compare
from ccm_core.money.scenario import Scenario
from ccm_core.payment.expected import expected
from pages.parts import empty, filters, links, tables, words

FAMILIES = ("ccm_staff", "ccm_complex", "ccm_personal", "pcm", "apcm")
COLUMNS = (
    tables.Column("code", "Code"),
    tables.Column("label", "Service"),
    tables.Column("allowed", "Allowed", is_right=True),
    tables.Column("medicare", "Medicare pays", is_right=True),
    tables.Column("patient", "Patient's share", is_right=True),
    tables.Column("cut", "Sequestration", is_right=True),
)


def show(now: Scenario) -> None:
    """One row for each code of the program, in the year that is chosen."""
    st.header("What one claim brings")
    today = filters.today_here()
    years = {str(on.year): str(on.year) for on in reversed(compare.starts())}
    year = filters.choice("year", "Fee year", years, next(iter(years)), width=120)
    filters.refused()
    on = min(max(today, date(int(year), 1, 1)), date(int(year), 12, 31))
    setting = "facility" if now.setting == "facility" else "nonfacility"
    rows, refused = [], []
    for row in _codes(on):
        try:
            rows.append(_row(row["code"], row["label"], on, now, setting))
        except CcmError as none:
            refused.append(f"{row['code']}: {none}")
    if rows:
        tables.listing(
            "claim_parts", COLUMNS, rows, 0, tables.Asked("", 0, ""), alt="What one claim brings"
        )
        st.caption(words.plain(
            f"Date of service {words.day(on)}; original Medicare, deductible met. Allowed = "
            "Medicare pays + patient's share + sequestration. The fee tables show what each "
            "amount is made from."
        ))  # fmt: skip
    else:
        empty.nothing("No code of the program has an amount here.", "Choose another year or place.")
    with st.expander("Codes without an amount") if refused else st.container():
        for said in refused:
            st.caption(words.plain(said))
    links.to(
        "fee_tables", "Open the fee tables", ":material/arrow_forward:", year=year,
        locality="" if now.locality == fees.NATIONAL else now.locality,
    )  # fmt: skip


def _codes(on: date) -> list[dated.Row]:
    rows = dated.load("codes", "code").in_force(on)
    priced = set(compare.priced_codes(on))
    return sorted(
        (row for row in rows if row["family"] in FAMILIES and row["code"] in priced),
        key=lambda row: (FAMILIES.index(row["family"]), row["code"]),
    )


def _row(code: str, label: str, on: date, now: Scenario, setting: str) -> dict[str, Any]:
    fee = fees.allowed(code, on, now.locality, setting, now.is_qp)
    parts = expected(fee.allowed_usd, on)
    return {
        "code": code,
        "label": label,
        "allowed": words.usd(fee.allowed_usd, is_estimate=fee.estimate),
        "medicare": words.usd(parts.medicare_usd),
        "patient": words.usd(parts.patient_usd),
        "cut": words.usd(parts.sequestration_usd),
    }
