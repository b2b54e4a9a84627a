"""A part of Claims: money by month and payer, and what patients paid of their share."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import streamlit as st

from ccm_core.access.identity import Identity
from ccm_core.months import Month
from ccm_core.program import patient_money
from ccm_core.records import Practice
from ccm_core.store import db
from ccm_core.store.claiming.patient_payments import Income, PatientPayment
from pages.parts import acting, empty, filters, tables, words
from pages.parts.guard import may

MONTHS = 12
INCOME = (
    tables.Column("month", "Paid in"),
    tables.Column("payer", "From"),
    tables.Column("claims", "Claims", is_right=True),
    tables.Column("paid", "Collected", is_right=True),
)
PAYMENTS = (
    tables.Column("on", "Paid on"),
    tables.Column("patient", "Patient"),
    tables.Column("claim", "Claim"),
    tables.Column("amount", "Amount", is_right=True),
    tables.Column("note", "Note"),
    tables.Column("by", "Recorded by"),
)


def show(who: Identity, practice: Practice) -> None:
    """Collections of the last months, and the payments of patients."""
    st.header("Collections")
    acting.told()
    last = Month.of(filters.today(practice))
    with db.session() as opened:
        found = patient_money.income(opened, who, practice, last.plus(1 - MONTHS), last)
    if found:
        _income(found)
    else:
        empty.nothing("No money came in during the last twelve months.",
                      "Post a remittance, or record what a patient paid.")  # fmt: skip
    st.header("Paid by patients")
    if may(who, "claims", "edit"):
        _form(practice)
    if may(who, "claims", "identify"):
        _payments(who, practice)


def _income(found: list[Income]) -> None:
    rows = [
        {"month": words.month(one.month), "payer": one.payer, "claims": words.number(one.claims),
         "paid": words.usd(one.paid_usd)}
        for one in reversed(found)
    ]  # fmt: skip
    total = sum((one.paid_usd for one in found), Decimal(0))
    rows.append({"month": "Total", "payer": "", "claims": "", "paid": words.usd(total)})
    tables.whole("income", INCOME, rows, alt="Money collected by month and payer")
    st.caption(
        "By the day of payment; what a payer took back counts in the month it did so. Money of "
        "posted remittances and of patients: what an import brought in as paid stands under What "
        "became of claims."
    )


def _form(practice: Practice) -> None:
    today = filters.today(practice)
    with st.form(acting.fresh("patient_payment")):
        left, middle, right = st.columns(3)
        claim_id = left.text_input("Number of the claim", max_chars=40)
        paid_on = middle.date_input("Paid on", today, max_value=today, format=words.DAY_FIELD)
        amount = right.text_input(
            "Amount in dollars", max_chars=12, help="With a minus: money that was given back."
        )
        note = st.text_input("Note", max_chars=patient_money.LONGEST_NOTE)
        is_saved = st.form_submit_button("Record the payment")
    if is_saved:
        acting.attempt(
            "claims", "edit",
            lambda s, me: patient_money.record(s, me, practice, claim_id, paid_on, amount, note),
            lambda said: f"The payment is recorded. {said}".strip(),
            clears="patient_payment",
        )  # fmt: skip


def _payments(who: Identity, practice: Practice) -> None:
    with db.session() as opened:
        found = patient_money.payments(opened, who, practice)
    if found:
        tables.whole(
            "patient_payments", PAYMENTS, [_row(one) for one in found],
            alt="Payments of patients, the newest first",
        )  # fmt: skip
    else:
        st.caption("No payment of a patient was recorded yet.")


def _row(one: PatientPayment) -> dict[str, Any]:
    return {
        "on": words.day(one.paid_on),
        "patient": tables.patient_name(one),
        "claim": one.claim_id,
        "amount": words.usd(one.amount_usd),
        "note": one.note or words.NOTHING,
        "by": one.recorded_by,
    }
