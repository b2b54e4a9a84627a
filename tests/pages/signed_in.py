"""Open the dashboard in AppTest as somebody: ``at = open_as("auditor", "users")``."""

from __future__ import annotations

import functools
from pathlib import Path
from uuid import uuid4

from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from ccm_core.access import sessions, users
from ccm_core.access.startup import IDENTITY_KEY
from ccm_core.program import publishing
from ccm_core.store import db
from ccm_core.store.access_log import System

ROUTER = Path(__file__).resolve().parents[2] / "pages" / "router.py"
PASSWORD = "four unrelated green words"

# AppTest reads the description of every installed package for each app that it opens, to
# find components that packages bring along. One look answers for all tests of a process.
manifest_scanner.scan_component_manifests = functools.cache(
    manifest_scanner.scan_component_manifests
)


def sign_in(role: str, staff_id: str = "") -> str:
    """Add an account of this role to the default store; gives the hash of a new sign-in."""
    now = sessions.clock()
    with db.session(write=True) as opened:
        wanted = users.NewAccount(f"{role}-{uuid4().hex[:6]}", role.title(), role, staff_id)
        user = users.add(opened, wanted, PASSWORD, now=now, actor=System("test"))
        return sessions.hash_of(sessions.begin(opened, user.user_id, now))


def publish() -> None:
    """What the server does soon after its start and once a day: figures for consultants."""
    with db.session(write=True) as opened:
        publishing.keep_up(opened)


def open_as(role: str, page: str = "", staff_id: str = "", **query: str) -> AppTest:
    """The router as this role sees it, run once, on a page if one is named.

    The store is the one of ``CCM_DATABASE_URL``: point it at ``store_url`` first.
    """
    if role == "consultant":
        publish()
    at = AppTest.from_file(str(ROUTER), default_timeout=60)
    at.user = {IDENTITY_KEY: sign_in(role, staff_id)}
    for name, value in query.items():
        at.query_params[name] = value
    at.run()
    if page:
        at.switch_page(f"{page}.py").run()
    return at
