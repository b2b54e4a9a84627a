"""Two policies: what changes under the program guide, in claims and dollars."""

from __future__ import annotations

import streamlit as st

from ccm_core.errors import CcmError
from ccm_core.program import policies
from ccm_core.readings import all_readings
from ccm_core.rules import find_rule
from ccm_core.store import db
from pages.parts import empty, filters, status, tables, words, working
from pages.parts.guard import check, guard

who = guard("policies")
MOVED = (
    tables.Column("rule", "Rule", is_link=True),
    tables.Column("baseline", "Medicare baseline"),
    tables.Column("guide", "Program guide"),
    tables.Column("claims", "Claims", is_right=True),
    tables.Column("usd", "Allowed", is_right=True),
)


def tally(name: str, found: policies.Tally) -> None:
    """One policy's month."""
    with st.container(border=True, height="stretch"):
        in_use = " (in use)" if name == practice.policy else ""
        st.markdown(f"**{words.policy(name)}**{in_use}")
        for kind in policies.STATUSES:
            st.html(status.html(kind, f"{found.claims[kind]:,} {kind}"))
            st.caption(words.plain(f"{words.usd(found.usd[kind])} allowed"))


def moves(found: policies.Comparison) -> None:
    """The rules that make the difference."""
    if not found.moved:
        empty.nothing("Both policies judge this month alike.")
        return
    rows = [
        {"key": m.rule[0], "rule": f"{m.rule} {find_rule(m.rule).title}",
         "baseline": status.cell(m.baseline), "guide": status.cell(m.strict),
         "claims": words.number(m.claims), "usd": words.usd(m.usd)}
        for m in found.moved
    ]  # fmt: skip
    tables.whole(
        "moved", MOVED, rows, alt="Rules that make the difference", opens=("rule_book", "family")
    )


st.title("Two policies")
st.write("The same month under Medicare's rules and under the program guide to the letter.")
with db.session() as opened:
    practice = empty.practice_or_doors(opened)
with filters.row():
    month = filters.month(practice, is_billing=True)
filters.refused()
try:
    with working.shown("Judging the month twice"), db.session() as opened:
        found = policies.compare(opened, check("policies", "view"), month)
except CcmError as refused:
    st.error(words.refused(refused))
    st.stop()
if found.cases:
    st.caption(
        f"{words.many(found.cases, 'claim')} of {words.month(month)}, before acknowledgements, "
        "as of the last audit of each"
    )
    for place, name in zip(st.columns(2), words.POLICIES, strict=True):
        with place:
            tally(name, found.tallies[name])
    st.header("Rules that make the difference")
    moves(found)
else:  # nobody judged anything: that is not "alike"
    empty.nothing(
        f"There is no audited claim of {words.month(month)} to compare.",
        "Run the audit on Pre-flight, or choose another month.",
    )
st.header("Where the guides and Medicare differ")
st.table([
    {"Question": r.topic, "Program guide": r.guide_says, "Medicare": r.medicare_says,
     "Rules": ", ".join(r.rules), "Source": f"{r.medicare.authority} ({r.medicare.confidence})"}
    for r in all_readings()
])  # fmt: skip
st.caption("Sources: " + " · ".join(words.CONFIDENCE.values()))
