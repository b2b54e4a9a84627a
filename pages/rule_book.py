"""Rule book: what the tool checks, who says so, and how often it fired."""

from __future__ import annotations

from typing import Any

import streamlit as st

from ccm_core import rule_book
from ccm_core.findings import Level
from ccm_core.months import Month, said_text
from ccm_core.rules import ALL_RULES
from ccm_core.sources import source
from ccm_core.store import db, queries, reading
from pages.parts import downloads, empty, filters, status, words
from pages.parts.guard import guard, may

who = guard("rule_book")
FAMILIES = {
    "": "All", "E": "Eligibility", "C": "Consent", "P": "Care plan", "T": "Time",
    "D": "Documentation", "X": "Conflicts", "O": "Coverage and stays", "L": "Claim line",
    "M": "Missed revenue",
}  # fmt: skip
LEVELS = {"": "Any level", **{level.value: level.value for level in Level if level != Level.OFF}}


def sources(rule: Any) -> None:
    """Cited sources with link, place and confidence."""
    for cite in rule.cites:
        found = source(cite)
        title = words.plain(f"{found.authority}: {found.title}")
        linked = f"[{title}]({found.url})" if found.url else title
        st.markdown(
            f"- {linked}, {words.plain(found.pinpoint)} · {words.CONFIDENCE[found.confidence]} · "
            f"read {words.plain(said_text(found.read_on))}"
        )


def card(entry: rule_book.Entry, fired: int | None) -> None:
    """One rule, whole."""
    rule = entry.rule
    levels = f"{entry.baseline.value} under the baseline, {entry.strict.value} under the guide"
    with st.expander(f"**{rule.id}** · {words.plain(rule.title)} · {levels}"):
        st.write(words.plain(rule.text))
        st.caption(f"**What to do:** {words.plain(rule.fix)}")
        with st.container(horizontal=True):
            st.html(status.html(entry.baseline.value, f"baseline {entry.baseline.value}"))
            st.html(status.html(entry.strict.value, f"guide {entry.strict.value}"))
            if fired is not None:
                st.caption(f"Fired {words.many(fired, 'time')} in the last 12 months")
        for line in entry.screen:
            st.write(words.plain(line))
        for overlay in entry.overlays:
            st.caption(words.plain(overlay))
        st.markdown("**Sources**")
        sources(rule)
        if entry.golden:
            st.markdown("**Golden cases**")
            st.markdown("\n".join(f"- {words.plain(name)}" for name in entry.golden))


def counts(practice_id: str) -> dict[str, int]:
    with db.session() as opened:
        this = Month.of(filters.today(practice))
        found = queries.rule_counts(opened, practice_id, this)
    total: dict[str, int] = {}
    for one in found:
        total[one.rule] = total.get(one.rule, 0) + one.cases
    return total


st.title("Rule book")
st.write("Every check, in words, with its sources and the confidence we have in them.")
with db.session() as opened:
    practice = reading.practice(opened)
day = Month.of(filters.today(practice)) if practice else None
book = rule_book.entries(day)
with filters.row():
    family = filters.choice("family", "Family", FAMILIES)
    level = filters.choice("level", "Level under the baseline", LEVELS)
    search = filters.search("rule_book", hint="Code, word or rule number")
filters.refused()
shown = [
    entry for entry in book
    if entry.rule.id.startswith(family)
    and (not level or entry.baseline.value == level)
    and entry.has(search)
]  # fmt: skip
st.caption(f"{words.many(len(shown), 'rule')} of {len(ALL_RULES)} · tables {rule_book.version()}")
fired = counts(practice.practice_id) if practice and may(who, "pre_flight", "view") else {}
for entry in shown:
    card(entry, fired.get(entry.rule.id, 0) if fired else None)
if not shown:
    empty.nothing("No rule fits.", "Search for a code, a word or a rule number.")
if may(who, "rule_book", "export"):
    downloads.offer(
        "Printable rule book", f"rule-book-{rule_book.version()}.html",
        lambda: rule_book.as_html(day).encode(), "text/html; charset=utf-8", "rule_book",
    )  # fmt: skip
