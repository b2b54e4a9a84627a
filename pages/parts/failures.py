"""What a person sees when a page fails: a plain sentence and an id, never a traceback."""

from __future__ import annotations

import streamlit as st

from ccm_core.access import logs
from ccm_core.errors import CcmError, NotSignedIn, PermissionDenied
from pages.parts import words


def no_access() -> None:
    """The page for somebody whose role may not open it."""
    st.title("No access")
    st.info("Your role does not include this page. Ask an administrator if you need it.")


def show(error: Exception) -> bool:
    """Show an error of a page; True tells Streamlit not to show its own."""
    if isinstance(error, NotSignedIn):
        st.warning("Your sign-in has ended. Sign in again to go on.")
        return True
    if isinstance(error, PermissionDenied):
        no_access()
        return True
    error_id = logs.report(error, "page_failed")
    # Our own errors are written for people and hold no patient's data.
    said = words.refused(error) if isinstance(error, CcmError) else (
        "Something went wrong on this page. Nothing was changed by halves. Reload the page; if "
        "it happens again, tell your administrator the id."
    )  # fmt: skip
    st.error(f"{said}\n\nError id: {error_id}")
    return True
