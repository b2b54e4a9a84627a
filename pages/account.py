"""My account: a new password, and one-time codes as a second factor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from ccm_core.access import credentials, recovery, second_factor, sessions, users
from ccm_core.access.permissions import ROLE_NAMES
from ccm_core.errors import CcmError, PermissionDenied
from ccm_core.store import db
from pages.parts import emergency, words
from pages.parts.guard import check, guard

who = guard("account")


def change_own(password: str, change: Callable[..., Any]) -> None:
    """Change the own account after the current password was given once more."""
    try:
        actor = check("account", "edit")
        with db.session() as opened:
            mine = users.get(opened, actor.username)
        if mine.is_demo:
            raise PermissionDenied("Accounts of the demo practice stay as they are.")
        credentials.confirm(db.session, actor, password, sessions.clock())
        with db.session(write=True) as opened:
            change(opened, actor.username, now=sessions.clock(), actor=actor)
    except CcmError as refused:
        st.error(words.refused(refused))
        return
    st.success("Done. You are signed out everywhere; sign in again in a moment.")
    st.stop()


def password_form() -> None:
    with st.form("password"):
        current = st.text_input("Current password", type="password")
        new = st.text_input("New password", type="password", help="15 to 200 characters.")
        again = st.text_input("New password again", type="password")
        if st.form_submit_button("Change password"):
            if new != again:
                st.error("The two new passwords differ.")
                return
            change_own(
                current,
                lambda opened, name, **more: users.set_password(opened, name, new, **more),
            )


def code_form(username: str) -> None:
    secret = st.session_state.setdefault("account_secret", second_factor.new_secret())
    st.write("Scan this with an authenticator app, or add the key below. Then type its code.")
    picture = second_factor.setup_picture(secret, username)
    st.html(f'<img alt="QR code of the key below" src="{picture}">')
    st.code(" ".join(secret[i : i + 4] for i in range(0, len(secret), 4)), language=None)
    with st.expander("Link for apps on this device"):
        st.code(second_factor.setup_link(secret, username), language=None)
    with st.form("code"):
        current = st.text_input("Current password", type="password")
        code = st.text_input("Code", max_chars=8)
        if st.form_submit_button("Switch one-time codes on"):
            change_own(
                current,
                lambda opened, name, **more: users.set_second_factor(
                    opened, name, secret, code, **more
                ),
            )


def recovery_form(left: int) -> None:
    """New recovery codes, shown once, for the own account."""
    st.write(
        f"{left} unused recovery codes. Each stands in for a one-time code once, when the phone "
        "is lost. New codes void the old ones."
    )
    with st.form("recovery", clear_on_submit=True):
        current = st.text_input("Current password", type="password")
        if not st.form_submit_button("Make new recovery codes"):
            return
    try:
        made = new_codes(current)
    except CcmError as refused:
        st.error(words.refused(refused))
        return
    st.warning("Write these down now. They are not shown again.")
    st.code("\n".join(made), language=None)


def new_codes(password: str) -> tuple[str, ...]:
    """Raises: UsageError for a wrong password."""
    actor = check("account", "edit")
    credentials.confirm(db.session, actor, password, sessions.clock())
    with db.session(write=True) as opened:
        return recovery.issue(opened, users.get(opened, actor.username), actor)


with db.session() as opened:
    mine = users.get(opened, who.username)
    codes_left = recovery.left(opened, mine)
st.title("My account")
if who.must_change_password:
    st.warning("Somebody else chose your password. Choose your own to go on.")
if who.must_add_factor:
    st.warning("Every account here needs one-time codes. Set them up below to go on.")
st.write(f"You sign in as **{mine.username}** and work as {ROLE_NAMES[mine.role].lower()}.")
st.header("Password")
password_form()
st.header("One-time codes")
if mine.totp_secret:
    st.write("Signing in asks for a code. An administrator can switch this off.")
    recovery_form(codes_left)
else:
    code_form(mine.username)
emergency.form(who)
