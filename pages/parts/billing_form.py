"""A part of Settings: what a claim file needs beside the claims, and what is still missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import streamlit as st

from ccm_core.access.identity import Identity
from ccm_core.program import billing_settings
from ccm_core.program.billing_settings import FILINGS, BillingSettings
from ccm_core.records import Practice
from ccm_core.store import db
from pages.parts import acting, conflict, words
from pages.parts.guard import may

SENDER = {
    "submitter_name": "Name of the submitter", "submitter_id": "Number of the submitter",
    "submitter_contact": "Contact person", "submitter_phone": "Telephone of the submitter",
    "receiver_name": "Name of the receiver", "receiver_id": "Number of the receiver",
}  # fmt: skip
PROVIDER = {
    "billing_name": "Billing provider", "billing_npi": "NPI of the billing provider",
    "billing_tin": "Tax number of the billing provider", "billing_taxonomy": "Taxonomy code",
    "street": "Street", "street_2": "Second line of the street", "city": "City",
    "state": "State (two letters)", "zip_code": "ZIP code of nine digits",
}  # fmt: skip
LABELS = {
    **SENDER, **PROVIDER, "charge_multiple": "Charge: allowed amount times",
    "prices": "Prices of the practice", "is_test": "Mark files as test files",
    "payers": "Payers",
}  # fmt: skip
KINDS = {"medicare": "Medicare", "medicare_advantage": "Medicare Advantage",
         "commercial": "Commercial", "medicaid": "Medicaid"}  # fmt: skip
PARTS = {"name": "Name on the claim", "payer_id": "Payer number", "filing": "Filing indicator"}
LONGEST = {"billing_npi": 10, "billing_tin": 10, "state": 2, "zip_code": 10, "submitter_id": 15,
           "receiver_id": 15, "submitter_phone": 20, "billing_taxonomy": 10}  # fmt: skip
NEW = "new"
Payers = Mapping[str, Mapping[str, str]]


def show(who: Identity, practice: Practice) -> None:
    """The form for those who may change it; for others what is missing."""
    st.header("Claims: sender, provider, payers")
    if practice.setting not in billing_settings.PLACES:
        st.caption("Rural health clinics and FQHCs bill institutional claims, which are not made "
                   "here; the billing report is.")  # fmt: skip
        return
    with db.session() as opened:
        stored, _ = billing_settings.read(opened, practice)
    lacking = billing_settings.missing(stored)
    if lacking:
        st.warning(words.plain(f"No claim can be made yet. Missing: {'; '.join(lacking)}."))
    else:
        st.caption("Complete: claims can be made with these settings.")
    if may(who, "settings", "edit"):
        with st.expander("Change the settings for claims", expanded=bool(lacking)):
            _edit(practice)


def _edit(practice: Practice) -> None:
    def read() -> conflict.Shown:
        with db.session() as opened:
            stored, version = billing_settings.read(opened, practice)
        return conflict.Shown(version, _flat(stored))

    def save(version: int, values: conflict.Values) -> None:
        acting.act("settings", "edit", lambda s, me: billing_settings.save(
            s, me, practice, _settings(values), version
        ))  # fmt: skip
        acting.tell("The settings for claims are saved.")

    form = conflict.Guarded("billing_settings", LABELS, read, save, {"payers": _payers_text})
    if form.is_contested():
        form.screen()
        return
    shown = form.hold().values
    with st.form(form.key("form")):
        values = _fields(form, shown)
        if st.form_submit_button("Save the settings for claims", type="primary"):
            form.submit(values)


def _fields(form: conflict.Guarded, shown: conflict.Values) -> dict[str, Any]:
    found: dict[str, Any] = {}
    left, right = st.columns(2)
    for place, part in ((left, SENDER), (right, PROVIDER)):
        with place:
            for name, label in part.items():
                found[name] = st.text_input(
                    label, shown[name], key=form.key(name), max_chars=LONGEST.get(name, 60)
                ).strip()
    with left:
        found["charge_multiple"] = st.text_input(
            LABELS["charge_multiple"], shown["charge_multiple"], key=form.key("charge_multiple"),
            max_chars=8, help="A price below goes before it.",
        ).strip()  # fmt: skip
        found["prices"] = st.text_area(
            LABELS["prices"], shown["prices"], key=form.key("prices"), max_chars=2000,
            help="One code and its price on each line, for example 99490 95.00.",
        )  # fmt: skip
        found["is_test"] = st.checkbox(LABELS["is_test"], shown["is_test"], key=form.key("is_test"))
    found["payers"] = _payers(form, shown["payers"])
    return found


def _payers(form: conflict.Guarded, shown: Payers) -> dict[str, dict[str, str]]:
    """Three fields for each kind of coverage and each payer that has numbers of its own."""
    st.markdown("**Payers.** The numbers that your clearing house gave. A payer that is named "
                "as in the coverage of patients goes before its kind.")  # fmt: skip
    found = {}
    for name in (*KINDS, *sorted(set(shown) - set(KINDS))):
        found[name] = _payer(form, name, KINDS.get(name, name), shown.get(name, {}))
    added = st.text_input(
        "Another payer, named as in the coverage of patients", key=form.key("payer/added"),
        max_chars=60,
    ).strip()  # fmt: skip
    another = _payer(form, NEW, "Another payer", {})
    if added:
        found[added] = another
    return {name: parts for name, parts in found.items() if parts["name"] or parts["payer_id"]}


def _payer(
    form: conflict.Guarded, name: str, title: str, shown: Mapping[str, str]
) -> dict[str, str]:
    found = {}
    usual = {"filing": FILINGS.get(name, "CI")}
    for place, (part, label) in zip(
        st.columns((3, 2, 1), vertical_alignment="bottom"), PARTS.items(), strict=True
    ):
        found[part] = place.text_input(
            f"{title}: {label.lower()}", shown.get(part, usual.get(part, "")),
            key=form.key(f"payer/{name}/{part}"), max_chars=60 if part == "name" else 20,
        ).strip()  # fmt: skip
    return found


def _flat(stored: BillingSettings) -> dict[str, Any]:
    values = asdict(stored)
    prices = values.pop("price_list")
    values["prices"] = "\n".join(f"{code} {price}" for code, price in sorted(prices.items()))
    return values


def _settings(values: conflict.Values) -> BillingSettings:
    """What was typed as settings; what is wrong with it is said after saving."""
    given = {name: value for name, value in values.items() if name != "prices"}
    given["state"] = given["state"].upper()
    lines = [line.split() for line in values["prices"].splitlines() if line.strip()]
    prices = {line[0].upper(): line[1] if len(line) == 2 else "" for line in lines}
    return BillingSettings(**given, price_list=prices)


def _payers_text(payers: Payers) -> str:
    return "; ".join(
        f"{name}: {one.get('name', '')} {one.get('payer_id', '')} {one.get('filing', '')}"
        for name, one in sorted(payers.items())
    )
