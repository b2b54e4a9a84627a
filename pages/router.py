"""The entry script: who is here, which pages they have, and the page they asked for."""

from __future__ import annotations

import streamlit as st

from ccm_core.access.identity import Identity
from ccm_core.access.permissions import ROLE_NAMES
from ccm_core.errors import NotSignedIn, UsageError
from ccm_core.records import Practice
from ccm_core.store import db
from ccm_core.store.reading import practice
from pages.parts import emergency, menu, warming, words
from pages.parts.guard import drawing_for, may, who

# Less empty space around a page, numbers that fit into five cards side by side, and, where a
# window is too narrow for them, cards and choices that move to the next line, and links whose
# words do, before anything is cut.
# What is chosen bears the words' own colour: the theme's is too dark for words on a dark page.
_ROOM = """<style>
[data-testid=stMainBlockContainer]{padding:3.2rem 2.2rem 4rem}
[data-testid=stMetricValue]{font-size:1.75rem}
[data-testid=stMetricLabel] *,[data-testid=stCheckbox] label *{white-space:normal!important}
[data-testid=stTab][aria-selected=true],[role=radio][aria-checked=true]{color:inherit!important}
[class*=st-key-filter_month_] button *{gap:0!important}
[class*=st-key-filter_month_] button p{position:absolute;width:1px;height:1px;overflow:hidden;
clip-path:inset(50%);white-space:nowrap}
@media (max-width:1100px){[data-testid=stColumn]{min-width:min(100%,10.5rem)}
[data-testid=stPageLink-NavLink]{height:auto}[role=radiogroup]{flex-wrap:wrap}
[data-testid=stPageLink-NavLink] *{white-space:normal!important;height:auto!important}}
</style>"""


def nothing_yet() -> None:
    st.title("Welcome")
    st.info("The pages of this dashboard are not installed.")


def navigation(identity: Identity) -> st.navigation:  # type: ignore[valid-type]
    """All pages of the role in the menu; the others lead to "No access"."""
    first = "account" if identity.is_held else "home"
    sections: dict[str, list[st.Page]] = {}  # type: ignore[valid-type]
    for entry in menu.built():
        page = menu.page(entry, may(identity, entry.name, "view"), entry.name == first)
        sections.setdefault(entry.section, []).append(page)
    return st.navigation(sections or [st.Page(nothing_yet, title="Welcome")], expanded=True)


def sidebar(identity: Identity, shown: Practice | None) -> None:
    """Who is signed in, where, under which policy, and the way out."""
    with st.sidebar:
        if shown is not None:
            badge = " :orange-badge[demo]" if shown.is_demo else ""
            st.markdown(f"**{words.plain(shown.name)}**{badge}")
            st.caption(f"Policy: {words.policy(shown.policy)}")
        st.caption(f"{words.plain(identity.name)} · {ROLE_NAMES.get(identity.role, identity.role)}")
        st.html('<a href="/sign-out" target="_self" style="color:inherit">Sign out</a>')


def main() -> None:
    st.set_page_config(page_icon=str(menu.FOLDER / "parts" / "icon.png"), layout="wide")
    st.html(_ROOM)
    try:
        identity = who()
    except NotSignedIn:
        st.warning("Your sign-in has ended. Sign in again to go on.")
        st.stop()
    with drawing_for(identity):
        show(identity)


def show(identity: Identity) -> None:
    """The menu, the sidebar and the page."""
    try:
        with db.session() as opened:
            shown = practice(opened)
    except UsageError as refused:  # no database role for consultants yet
        st.error(words.refused(refused))
        st.stop()
    page = navigation(identity)
    sidebar(identity, shown)
    emergency.banner(identity)
    page.run()
    warming.first_page.set()


main()
