"""Users: who may sign in, with which role. Administrators change; auditors read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import streamlit as st

from ccm_core.access import sessions, users
from ccm_core.access.permissions import ROLE_NAMES, ROLES
from ccm_core.errors import CcmError
from ccm_core.store import db, reading
from pages.parts import acting, emergency, older_accounts, words
from pages.parts.guard import check, guard, may

who = guard("users")


def changed(text: str, change: Callable[..., Any], clears: str = "") -> None:
    """Make one change as the person who asks for it, and say what came of it."""
    try:
        actor = check("users", "manage")
        with db.session(write=True) as opened:
            change(opened, now=sessions.clock(), actor=actor)
    except CcmError as refused:
        st.error(words.refused(refused))
        return
    if clears:  # a first password stays in no field, and a second click adds nobody
        acting.begin_anew(clears)
    st.session_state["users_said"] = text
    st.rerun()


def shown(user: Any) -> dict[str, Any]:
    return {
        "User name": user.username,
        "Name": user.name,
        "Role": ROLE_NAMES.get(user.role, user.role),
        "Status": "active" if user.is_active else "disabled",
        "One-time code": "on" if user.totp_secret else "off",
        "Last sign-in": words.moment(user.last_login_at, zone),
    }


def add_form() -> None:
    with st.form(acting.fresh("add")):
        left, right = st.columns(2)
        username = left.text_input("User name", max_chars=63)
        name = right.text_input("Name", max_chars=120)
        role = left.selectbox("Role", ROLES, index=None, format_func=ROLE_NAMES.__getitem__)
        password = right.text_input(
            "First password",
            type="password",
            help="15 to 200 characters. They choose another at their first sign-in.",
        )
        if st.form_submit_button("Add account", type="primary"):
            wanted = users.NewAccount(username, name, role or "", must_change_password=True)
            changed(
                f"{username} can sign in now.",
                lambda opened, **more: users.add(opened, wanted, password, **more),
                clears="add",
            )


def change_form(known: dict[str, Any]) -> None:
    username = st.selectbox("Account", list(known), index=None, key="users_account")
    if username is None:
        return
    user = known[username]
    st.caption("Every change ends all sessions of this person at once.")
    role = st.selectbox(
        "Role", ROLES, index=ROLES.index(user.role), format_func=ROLE_NAMES.__getitem__
    )
    row = st.container(horizontal=True)
    if row.button("Change role", disabled=role == user.role):
        changed(
            f"{username} is {ROLE_NAMES[role].lower()} now.",
            lambda opened, **more: users.set_role(opened, username, role, **more),
        )
    word = "Disable" if user.is_active else "Enable"
    if row.button(f"{word} account"):
        changed(
            f"{username} is {'disabled' if user.is_active else 'enabled'} now.",
            lambda opened, **more: users.set_active(opened, username, not user.is_active, **more),
        )
    if row.button("Forgive failed sign-ins"):
        changed(
            f"{username} may try again now.",
            lambda opened, now, actor: users.unlock(opened, username, actor=actor),
        )
    if row.button("Switch one-time code off", disabled=not user.totp_secret):
        changed(
            f"{username} signs in without a code now.",
            lambda opened, **more: users.set_second_factor(opened, username, "", "", **more),
        )
    with st.form("password", clear_on_submit=True):
        password = st.text_input("New password", type="password")
        if st.form_submit_button("Set password"):
            changed(
                f"{username} has a new password now.",
                lambda opened, **more: users.set_password(opened, username, password, **more),
            )


def adopt_form() -> None:
    st.write(
        "Accounts of a streamlit-authenticator file keep their passwords: each hash is checked "
        "once more by that package and renewed at the first sign-in."
    )
    file = st.file_uploader("Credentials file", type=["yaml", "yml"], max_upload_size=1)
    role = st.selectbox(
        "Role of these accounts", ROLES, index=None, format_func=ROLE_NAMES.__getitem__
    )
    if st.button("Take over", disabled=file is None or role is None) and file and role:
        try:
            found = older_accounts.read(file.getvalue(), role)
        except CcmError as refused:
            st.error(words.refused(refused))
            return

        def take_over(opened: Any, **more: Any) -> None:
            for wanted, older_hash in found:
                users.adopt(opened, wanted, older_hash, **more)

        changed(f"{len(found)} accounts were taken over.", take_over)


st.title("Users")
st.write("Who may sign in to this practice, and as what.")
if said := st.session_state.pop("users_said", ""):
    st.success(said)
with db.session() as opened:
    accounts = users.listed(opened)
    practice = reading.practice(opened)
zone = practice.time_zone if practice else "UTC"
st.dataframe(pd.DataFrame([shown(user) for user in accounts]), hide_index=True, alt="Accounts")
if may(who, "users", "manage"):
    st.header("Add an account")
    add_form()
    st.header("Change an account")
    change_form({user.username: user for user in accounts})
    emergency.manage(zone)
    with st.expander("Take over accounts from an earlier dashboard"):
        adopt_form()
