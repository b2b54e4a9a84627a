"""The server: ``streamlit run app.py``.

Pages live behind the gate. The entry script is ``pages/router.py``, so that no
folder of pages stands beside it and no page can run without the router.
"""

from __future__ import annotations

import gc

# Nothing that is imported is ever garbage: looking for some takes a sixth of the start.
gc.disable()  # until pages/parts/warming.py has loaded the rest

import os

import streamlit as st
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.routing import Route

from ccm_core.access import logs
from ccm_core.access.door import Door
from ccm_core.access.downloads import DownloadRoutes
from ccm_core.access.first_run import FirstRun
from ccm_core.access.gate import Gate
from ccm_core.access.headers import Headers
from ccm_core.access.signin import SignIn
from ccm_core.access.sockets import Watch
from ccm_core.access.startup import require_safe
from ccm_core.errors import UsageError
from ccm_core.store import db
from pages.parts import failures, older_accounts
from pages.parts.closed import Closed
from pages.parts.frames import is_served, is_user_action, tab_of
from pages.parts.opening import Opening

os.umask(0o077)  # whatever this process writes is for its owner only
logs.configure()
door = Door.from_environment(db.session, is_user_action, tab_of, is_served)
try:
    require_safe(st.get_option, is_tls=door.is_tls)
except UsageError as error:
    raise SystemExit(str(error)) from None
watch = Watch(door)
opening = Opening(FirstRun())
sign_in = SignIn(door, watch, opening.start, lambda: opening.preparing, older_accounts.matches)


async def alive(request: Request) -> PlainTextResponse:
    """The process answers."""
    return PlainTextResponse("ok")


async def ready(request: Request) -> PlainTextResponse:
    """The database answers and nothing is being prepared."""
    if opening.closed or opening.preparing:
        return PlainTextResponse(opening.closed or "preparing", 503)
    try:
        with db.session() as opened:
            opened.connection()
    except Exception as error:
        return PlainTextResponse(f"no database ({logs.report(error, 'not_ready')})", 503)
    return PlainTextResponse("ready")


async def home(request: Request) -> RedirectResponse:
    """The default page has no address of its own; its name leads to it all the same."""
    query = request.url.query
    return RedirectResponse(f"/?{query}" if query else "/", 307)


app = st.App(
    "pages/router.py",
    routes=[
        *sign_in.routes(),
        *DownloadRoutes(door).routes(),
        Route("/home", home),
        Route("/healthz", alive),
        Route("/readyz", ready),
    ],
    middleware=[
        Middleware(Headers, is_tls=door.is_tls),
        Middleware(Closed, why=lambda: opening.closed),
        Middleware(Gate, door=door, watch=watch),
    ],
    lifespan=opening.lifespan,
    on_script_error=failures.show,
)
