"""Audit samples: draw claims by a seed, judge them, and see what that says of all."""

from __future__ import annotations

import secrets
from typing import Any

import streamlit as st

from ccm_core.errors import CcmError
from ccm_core.months import Month
from ccm_core.program import samples
from ccm_core.store import db
from ccm_core.store.claiming import samples as kept
from pages.parts import empty, filters, sample_work, tables, words
from pages.parts.guard import check, guard, may

who = guard("audit_samples")
WAYS = {"": "None: a simple sample", "month": "Service month", "code": "First code of the claim",
        "practitioner": "Practitioner"}  # fmt: skip
COLUMNS = (
    tables.Column("name", "Sample", is_link=True),
    tables.Column("months", "Service months"),
    tables.Column("size", "Drawn of", is_right=True),
    tables.Column("strata", "Strata"),
    tables.Column("seed", "Seed"),
    tables.Column("by", "Drawn by"),
)


def design(is_first: bool) -> None:
    """The form that draws a new sample; open when there is nothing else to look at."""
    this = Month.of(filters.today(practice))
    known = [this.plus(-n) for n in range(1, 37)]
    with st.expander("Draw a new sample", expanded=is_first), st.form("sample_design"):
        name = st.text_input("Name", max_chars=80, placeholder="Third quarter self-audit")
        first = st.selectbox("First month", known, 2, format_func=words.month)
        last = st.selectbox("Last month", known, 0, format_func=words.month)
        statuses = st.multiselect("Claims that are", samples.STATUSES, ["paid"])
        way = st.selectbox("Strata", samples.WAYS, format_func=WAYS.get)
        size = st.number_input("Claims to draw", 2, 5000, 30)
        seed = st.text_input(
            "Seed", value=secrets.token_hex(4), max_chars=64,
            help="Any text: it decides which claims are drawn. The same seed over the same "
            "claims always draws the same sample, so that anybody can draw it again.",
        )  # fmt: skip
        is_asked = st.form_submit_button("Draw", type="primary")
    if is_asked:
        draw(samples.Design(name, seed, first, last, int(size), way or "", tuple(statuses)))


def draw(wanted: samples.Design) -> None:
    """Draw, keep, and open the sample."""
    try:
        asker = check("audit_samples", "edit")
        with db.session(write=True) as opened:
            number = samples.make(opened, asker, practice, wanted)
    except CcmError as refused:
        st.error(words.refused(refused))
        return
    filters.put("sample", str(number))
    st.rerun()


def row(one: kept.KeptSample) -> dict[str, Any]:
    months = words.month(one.first_month)
    if one.last_month != one.first_month:
        months += f" to {words.month(one.last_month)}"
    return {
        "key": str(one.id),
        "name": one.name,
        "months": months,
        "size": f"{len(one.sample.item_ids):,} of {sum(one.sizes.values()):,}",
        "strata": f"{len(one.sizes)} by {one.stratify_by}" if one.stratify_by else "simple",
        "seed": one.seed,
        "by": one.made_by,
    }


with db.session() as opened:
    practice = empty.practice_or_doors(opened, "Audit samples")

if "sample" in st.query_params:
    sample_work.show(who, practice)
    st.stop()

st.title("Audit samples")
st.write(
    "Look at a random sample of your own claims before somebody else does: claims are drawn by "
    "chance, a reviewer judges each of them, and the estimate says what that means for all."
)
with db.session() as opened:
    found = kept.listed(opened, practice.practice_id)
is_drawer = may(who, "audit_samples", "edit")
if is_drawer:
    design(is_first=not found)
if found:
    tables.whole(
        "samples", COLUMNS, [row(one) for one in found], alt="Samples, the newest first",
        opens=("audit_samples", "sample"),
    )  # fmt: skip
else:
    do = "Draw the first one above." if is_drawer else "An administrator or manager draws one."
    empty.nothing("No sample was drawn yet.", do)
filters.refused()
