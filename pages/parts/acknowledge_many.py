"""On Pre-flight: one word, with its reason, on every open review of one rule."""

from __future__ import annotations

from collections import Counter

import streamlit as st

from ccm_core.access.identity import Identity
from ccm_core.errors import CcmError
from ccm_core.months import Month, said_text
from ccm_core.program import preflight
from ccm_core.rules import find_rule
from ccm_core.store import db
from ccm_core.store.queries import Only
from pages.parts import acting, tables, words
from pages.parts.guard import may

_SAID = (
    tables.Column("said", "What the reviews say"), tables.Column("claims", "Claims", is_right=True),
)  # fmt: skip
_ROWS = 20
_REFUSED = "acknowledge_refused"


def show(who: Identity, month: Month, rule: str, only: Only) -> None:
    """Offered once the list is narrowed to one rule: nobody lets go what was not looked at."""
    if not rule or not may(who, preflight.PAGE, "acknowledge"):
        return
    with db.session() as opened:
        found = preflight.waiting_of_rule(opened, who, month, rule, only)
    if not found:
        return
    with st.expander(f"Acknowledge the open reviews of this rule ({len(found):,})"):
        st.write(f"**{words.plain(find_rule(rule).title)}**. {words.plain(find_rule(rule).fix)}")
        told = Counter(said_text(one.summary) for one in found)
        rows = [{"said": text, "claims": words.number(n)} for text, n in told.most_common(_ROWS)]
        tables.whole("open_reviews", _SAID, rows, alt="What the open reviews say")
        if len(told) > _ROWS:
            st.caption(f"The {_ROWS} most frequent of {len(told):,} different texts.")
        _form(month, rule, tuple(one.finding_id for one in found))


def _form(month: Month, rule: str, finding_ids: tuple[int, ...]) -> None:
    key = f"acknowledge_{rule}_{month}"
    if refused := st.session_state.pop(_REFUSED, ""):
        st.error(refused)
    with st.form(key, border=False):
        st.text_input("Why these claims may go", max_chars=300, key=f"{key}_why",
                      placeholder="What you checked, and found")  # fmt: skip
        st.checkbox("I have looked at these claims; the reason holds for each of them",
                    key=f"{key}_seen")  # fmt: skip
        # What the click means are the reviews of the run that drew the button.
        st.form_submit_button(f"Acknowledge {words.many(len(finding_ids), 'review')}",
                              on_click=_acknowledge, args=(key, rule, finding_ids))  # fmt: skip


def _acknowledge(key: str, rule: str, finding_ids: tuple[int, ...]) -> None:
    reason = str(st.session_state.get(f"{key}_why") or "")
    if not st.session_state.get(f"{key}_seen"):
        st.session_state[_REFUSED] = "Tick that you have looked at the claims; it is on record."
        return
    try:
        number = acting.act(
            preflight.PAGE, "acknowledge",
            lambda s, me: preflight.acknowledge_many(s, me, finding_ids, reason),
        )  # fmt: skip
    except CcmError as refused:
        st.session_state[_REFUSED] = str(refused)
        return
    acting.tell(f"{words.many(number, 'review')} of {rule} acknowledged.")
