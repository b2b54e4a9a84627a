"""A part of Claims: what payers paid against what was expected of them."""

from __future__ import annotations

from typing import Any

import streamlit as st

from ccm_core.access.identity import Identity
from ccm_core.months import Month
from ccm_core.program import short_paid
from ccm_core.records import Practice
from ccm_core.store import db
from ccm_core.store.claiming.short_paid import PayerPay, ShortLine
from pages.parts import filters, tables, words
from pages.parts.guard import may

MONTHS = 12
PAYERS = (
    tables.Column("payer", "Payer"),
    tables.Column("lines", "Lines paid", is_right=True),
    tables.Column("paid", "Paid", is_right=True),
    tables.Column("patient", "Patients' share", is_right=True),
    tables.Column("days", "Days to pay", is_right=True),
    tables.Column("short", "Lines allowed too little", is_right=True),
    tables.Column("missing", "Allowed too little", is_right=True),
)
LINES = (
    tables.Column("patient", "Patient", is_link=True),
    tables.Column("claim", "Claim / line"),
    tables.Column("code", "Code"),
    tables.Column("payer", "Payer"),
    tables.Column("on", "Paid on"),
    tables.Column("allowed", "Allowed", is_right=True),
    tables.Column("expected", "Expected", is_right=True),
    tables.Column("by", "Expected by"),
    tables.Column("missing", "Too little", is_right=True),
)


def _months(practice: Practice) -> tuple[Month, Month]:
    last = Month.of(filters.today(practice))
    return last.plus(1 - MONTHS), last


def show(who: Identity, practice: Practice) -> None:
    """Payers side by side."""
    with db.session() as opened:
        found = short_paid.by_payer(opened, who, practice, *_months(practice))
    if not found:
        return
    st.header("Paid against expected")
    tables.whole(
        "paid_by_payer", PAYERS, [_payer(one) for one in found],
        alt="Paid lines of the last twelve months by payer",
    )  # fmt: skip
    st.caption(
        "Payments of the last twelve months, by the latest answer to each line. Expected is what "
        "the contract with the payer allows, or the fee table where there is none. "
        "What an import brought in as paid stands under What became of claims."
    )


def lines(who: Identity, practice: Practice) -> None:
    """Each line that was allowed too little, for those who may see whose it is."""
    if not may(who, "claims", "identify"):
        return
    at = tables.asked(LINES, "", "short_")
    with db.session() as opened:
        page = short_paid.lines(opened, who, practice, *_months(practice), at.offset)
    if not page.total:
        return
    st.header("Lines allowed too little")
    tables.listing(
        "short_lines", LINES, [_line(who, one) for one in page.rows], page.total, at,
        alt="Lines that a payer allowed too little for, the most dollars first",
    )  # fmt: skip


def _payer(one: PayerPay) -> dict[str, Any]:
    return {
        "payer": one.payer or words.NOTHING,
        "lines": words.number(one.lines),
        "paid": words.usd(one.paid_usd),
        "patient": words.usd(one.patient_usd),
        "days": words.NOTHING if one.days_to_pay is None else str(one.days_to_pay),
        "short": f"{one.short_lines:,} of {one.compared:,}",
        "missing": words.usd(one.short_usd),
    }


def _line(who: Identity, one: ShortLine) -> dict[str, Any]:
    return {
        "key": tables.patient_key(who, one.patient_id),
        "patient": tables.patient_name(one),
        "claim": f"{one.claim_id} / {one.line}",
        "code": one.code,
        "payer": one.payer or words.NOTHING,
        "on": words.day(one.paid_on),
        "allowed": words.usd(one.allowed_usd),
        "expected": words.usd(one.expected_usd),
        "by": one.expected_by or words.NOTHING,
        "missing": words.usd(-one.variance_usd),
    }
