"""A download link that works once, for one person, and is on record when it is used."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from html import escape

import streamlit as st

from ccm_core.access.downloads import DESK
from pages.parts.guard import may_draw

_STYLE = (
    "display:inline-block;padding:.4rem .9rem;border:1px solid currentColor;border-radius:8px;"
    "text-decoration:none;color:inherit;font-weight:500"
)
_ROW = "display:flex;flex-wrap:wrap;gap:1rem"
_TAB, _TAB_BYTES = "tab of downloads", 9


Kind = tuple[str, str, str, Callable[[], bytes]]
"""Label, name of the file, media type, and what makes it."""


def offer(
    label: str, name: str, make: Callable[[], bytes], mime: str, page: str, action: str = "export"
) -> None:
    """Draw a link that downloads what ``make`` gives at the moment of the click.

    ``make`` must take everything it needs from scalar values and ask the core: it runs
    after this page run is over, outside of Streamlit.

    Raises:
        PermissionDenied: the role may not export from this page.
    """
    offer_some([(label, name, mime, make)], page, action)


def offer_some(files: Sequence[Kind], page: str, action: str = "export") -> None:
    """The same for several files, side by side in one piece: a browser draws it at once.

    Raises:
        PermissionDenied: the role may not export from this page.
    """
    identity = may_draw(page, action)
    links = []
    for label, name, mime, make in files:
        token = DESK.offer(identity, f"{_tab()}/{label}/{name}", name, make, mime, page, action)
        links.append(
            f'<a style="{_STYLE}" href="/download/{token}" target="_self" download>'
            f"{escape(label)}</a>"
        )
    st.html(f'<div style="{_ROW}">{"".join(links)}</div>' if len(links) > 1 else "".join(links))


def _tab() -> str:
    """A mark of this tab: another one of the same sign-in shows other filters and inputs."""
    if _TAB not in st.session_state:
        st.session_state[_TAB] = secrets.token_urlsafe(_TAB_BYTES)
    return str(st.session_state[_TAB])
