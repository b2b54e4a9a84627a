"""Do something that changes records: asked again who it is, in one transaction, refusals said."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import streamlit as st
from sqlmodel import Session

from ccm_core.access.identity import Identity
from ccm_core.errors import CcmError, PermissionDenied
from ccm_core.store import db
from ccm_core.store.access_log import record
from pages.parts import words
from pages.parts.guard import check
from pages.parts.working import shown

_SAID = "acting_said"
_ROUND = "acting_round/"
Service = Callable[[Session, Identity], Any]


def act(page: str, action: str, service: Service) -> Any:
    """Run a core service in a transaction of its own; a refusal is on record too.

    Raises: whatever the service raises.
    """
    who = check(page, action)
    try:
        with db.session(write=True) as session:
            return service(session, who)
    except PermissionDenied:
        with db.session(write=True) as session:
            record(session, who, "refused", "page", page, "denied", action)
        raise


def fresh(form: str) -> str:
    """The key of a form, or of its fields, that is another one each time it was stored.

    So a form begins empty after what it held is stored, and keeps every word when the core
    refuses: Streamlit's own ``clear_on_submit`` empties it in both cases.
    """
    stored = st.session_state.get(_ROUND + form, 0)
    return f"{form}/{stored}" if stored else form


def begin_anew(form: str) -> None:
    """What this form held is stored: it is drawn empty from the next run on."""
    st.session_state[_ROUND + form] = st.session_state.get(_ROUND + form, 0) + 1


def attempt(
    page: str, action: str, service: Service, said: str | Callable[[Any], str], working: str = "",
    clears: str = "",
) -> None:  # fmt: skip
    """Run it and show the page anew with one sentence; a refusal is shown where it happened.

    ``working`` names work that takes long: then a bar and a button to stop it are shown.
    ``clears`` names the form (see ``fresh``) that is empty once this is done.
    """
    try:
        with shown(working) if working else nullcontext():
            found = act(page, action, service)
    except CcmError as refused:
        st.error(words.refused(refused))
        return
    if clears:
        begin_anew(clears)
    tell(said if isinstance(said, str) else said(found))
    st.rerun()


def tell(said: str) -> None:
    """One sentence for the next run of the page."""
    if said:
        st.session_state.setdefault(_SAID, []).append(said)


def told() -> None:
    """Show what was done in the run before.

    In a place of its own: when the words go, what stands below must not move up, since a
    browser closes the expanders of a page whose parts have moved.
    """
    place = st.empty()
    if found := st.session_state.pop(_SAID, []):
        with place.container():
            for said in found:
                st.success(words.plain(said), icon=":material/check_circle:")
