"""The first statement of every page, callback and fragment: who asks, and may they?

The identity is read from the database in every rerun, and once more for every action.
Streamlit's session state is never asked: it belongs to whoever holds the browser tab.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import streamlit as st

from ccm_core import overlay
from ccm_core.access import permissions, sessions
from ccm_core.access.identity import Identity
from ccm_core.access.startup import IDENTITY_KEY
from ccm_core.errors import NotSignedIn, PermissionDenied
from ccm_core.store import consulting, db, fees_in_force
from ccm_core.store.access_log import record
from pages.parts.failures import no_access

_reader: ContextVar[Identity | None] = ContextVar("reader", default=None)


def who() -> Identity:
    """The person at this tab, as the database knows them now.

    From here on the thread has the database role of that person.

    Raises:
        NotSignedIn: the sign-in ended or never was.
    """
    session_hash = st.user.get(IDENTITY_KEY)
    if not isinstance(session_hash, str) or not session_hash:
        raise NotSignedIn("Nobody is signed in at this tab.")
    with consulting.bound(False), db.session() as opened:
        # Another process may have imported fees since the last run.
        fees_in_force.put_in_force(opened)
        found = sessions.resolve(opened, session_hash, sessions.clock())
    consulting.bind(permissions.is_aggregate_reader(found))
    return found


@contextmanager
def drawing_for(found: Identity) -> Iterator[None]:
    """One drawing of a whole page, for the person that the router has just looked up.

    Forgotten at its end. Callbacks come before it, and parts of a page are redrawn without it:
    they look up anew. Fees stay what they were at its beginning: with the next one a change
    is seen, but an amount worked out in between is never kept under the version of another.
    """
    before = _reader.set(found)
    try:
        with overlay.pinned(overlay.current()):
            yield
    finally:
        _reader.reset(before)


def reader() -> Identity:
    """For whom this rerun draws; only for what is shown. What changes something asks ``check``."""
    return _reader.get() or who()


def guard(page: str) -> Identity:
    """Let only people whose role includes this page go on; everybody else stops here."""
    try:
        return may_draw(page, "view")
    except NotSignedIn:
        st.warning("Your sign-in has ended. Sign in again to go on.")
        st.stop()
    except PermissionDenied:
        no_access()
        st.stop()


def check(page: str, action: str) -> Identity:
    """For callbacks, fragments and everything that changes something.

    Raises:
        NotSignedIn: the sign-in ended.
        PermissionDenied: the role may not do this; the refusal is on record.
    """
    return _permitted(who(), page, action)


def may_draw(page: str, action: str) -> Identity:
    """The same for what a rerun only shows. Raises as ``check`` does."""
    return _permitted(reader(), page, action)


def _permitted(identity: Identity, page: str, action: str) -> Identity:
    if not permissions.can(identity, page, action):
        with db.session(write=True) as opened:
            record(opened, identity, "refused", "page", page, "denied", action)
    permissions.require(identity, page, action)
    if page == permissions.OWN_PAGE:
        consulting.bind(False)  # password and codes are rows that no other page may reach
    return identity


def may(identity: Identity, page: str, action: str) -> bool:
    """Whether to offer a control at all. The control itself still calls ``check``."""
    return permissions.can(identity, page, action)
