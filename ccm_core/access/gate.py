"""The gate before everything this server answers: pages, sockets, files, uploads, metrics.

Without a live sign-in only the sign-in itself, the static shell and the health
check are reachable. With one, the gate tells Streamlit who it is by a header
that no client can set, so that knowing a Streamlit session id opens nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from typing import Any
from urllib.parse import quote

from starlette.responses import PlainTextResponse, RedirectResponse, Response

from ccm_core.access import permissions, sessions
from ccm_core.access.door import (
    IDENTITY_HEADER,
    Door,
    header,
    headers_of,
    is_same_origin,
    token_of,
)
from ccm_core.access.identity import Identity
from ccm_core.access.sockets import Watch

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Any, Receive, Send], Awaitable[None]]

PUBLIC = frozenset({
    "/sign-in", "/sign-out", "/first-run", "/session", "/session.js", "/favicon.png",
    "/_stcore/health", "/healthz", "/readyz",
})  # fmt: skip
PUBLIC_FOLDER = "/static/"
NO_PAGE = (
    "/_stcore", "/media", "/component", "/download", "/auth", "/oauth2callback", "/app/",
)  # fmt: skip
"""Places that answer programs: they refuse with 401, where a page leads to the sign-in."""
UPLOADS = "/_stcore/upload_file/"
MOST_UPLOADED_BYTES = 1_000_000_000
"""Kept in memory for the open tabs of one sign-in: five files of the largest size."""
LARGEST_UPLOAD_BYTES = 200_000_000
CLOSED = ("/_stcore/agent", "/_stcore/script-health-check")
"""Streamlit's interfaces for programs, which nobody uses here."""
METRICS = "/_stcore/metrics"
SOCKET_PATH = "/_stcore/stream"
ENDED_CODE = 4401
MOST_TABS = 32
"""Open at a time with one sign-in: each keeps a page's state in memory."""


def is_public(path: str) -> bool:
    """Whether a path may be asked for without a sign-in."""
    return path in PUBLIC or (path.startswith(PUBLIC_FOLDER) and ".." not in path.split("/"))


class Gate:
    """ASGI middleware; the outermost but for the security headers."""

    def __init__(self, app: App, door: Door, watch: Watch | None = None) -> None:
        self.app, self.door = app, door
        self.watch = watch or Watch(door)
        self._tabs: dict[str, str] = {}
        """Streamlit session id to sign-in, of the sockets that are open."""
        self._uploaded: dict[str, int] = {}
        """Bytes that came for each of them."""

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._socket(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    def _find(self, session_hash: str, *, is_action: bool) -> Identity | None:
        """Who stands behind a session; with ``is_action`` its idle time starts afresh."""
        now = sessions.clock()
        with self.door.open_db() as db:
            identity = sessions.find(db, session_hash, now, self.door.limits)
            is_due = is_action and sessions.is_touch_due(db, session_hash, now)
        if identity is not None and is_due:
            with self.door.open_db(write=True) as db:
                sessions.touch(db, session_hash, now, self.door.limits)
        return identity

    async def _who(self, scope: Any, *, is_action: bool) -> Identity | None:
        token = token_of(scope, self.door.cookie_name)
        if not token:
            return None
        return await asyncio.to_thread(self._find, sessions.hash_of(token), is_action=is_action)

    async def _http(self, scope: Any, receive: Receive, send: Send) -> None:
        path = scope["path"]
        scope = _without_identity(scope)
        refusal = self.door.refusal(scope)
        if refusal and path not in ("/_stcore/health", "/healthz"):
            await PlainTextResponse(refusal, 403)(scope, receive, send)
            return
        if is_public(path):
            await self.app(scope, receive, send)
            return
        is_page = scope["method"] in ("GET", "HEAD") and not path.startswith(NO_PAGE)
        identity = await self._who(scope, is_action=is_page)
        if identity is None:
            await _turned_away(scope, is_page=is_page)(scope, receive, send)
            return
        if not self._is_theirs(path, identity):
            await PlainTextResponse("This is not open to you.", 403)(scope, receive, send)
            return
        if path.startswith(UPLOADS) and not self._has_room(scope, identity):
            said = "Too much was uploaded from the open tabs. Reload the page, then go on."
            await PlainTextResponse(said, 413)(scope, receive, send)
            return
        await self.app(_with_identity(scope, identity), receive, send)

    def _is_theirs(self, path: str, who: Identity) -> bool:
        """Whether this address is for this person: uploads go to the own tabs only.

        Streamlit takes a file from whoever knows a session id, which stands in addresses.
        """
        if path.startswith(UPLOADS):
            is_own_tab = self._tabs.get(path.split("/")[3]) == who.session_hash
            return is_own_tab and permissions.may_upload(who)
        if path == METRICS:
            return who.role == "administrator"
        return not path.startswith(CLOSED)

    def _has_room(self, scope: Any, who: Identity) -> bool:
        """Count an upload; whether the open tabs of this sign-in may hold it as well."""
        if scope["method"] not in ("PUT", "POST"):
            return True
        said = header(headers_of(scope), b"content-length")
        size = int(said) if said.isascii() and said.isdigit() else LARGEST_UPLOAD_BYTES
        kept = [n for tab, n in self._uploaded.items() if self._tabs.get(tab) == who.session_hash]
        if sum(kept) + size > MOST_UPLOADED_BYTES:
            return False
        tab = scope["path"].split("/")[3]
        self._uploaded[tab] = self._uploaded.get(tab, 0) + size
        return True

    async def _socket(self, scope: Any, receive: Receive, send: Send) -> None:
        scope = _without_identity(scope)
        is_ours = scope["path"] == SOCKET_PATH and is_same_origin(headers_of(scope))
        identity = None
        if is_ours and not self.door.refusal(scope):
            identity = await self._who(scope, is_action=False)
        if identity is None or self.watch.open_of(identity.session_hash) >= MOST_TABS:
            await receive()
            await send({"type": "websocket.close", "code": 1008})
            return
        await self._guarded(_with_identity(scope, identity), receive, send, identity)

    async def _guarded(self, scope: Any, receive: Receive, send: Send, who: Identity) -> None:
        """Run the socket until it closes or the sign-in ends, whichever comes first."""
        ended = self.watch.enter(who.session_hash)
        actions, tab = 0, ""

        async def checked_receive() -> Message:
            nonlocal actions
            while True:
                message = await _first(receive, ended)
                if message["type"] != "websocket.receive":
                    return message
                if self.door.is_served(frame := message.get("bytes") or b""):
                    break
            is_action = self.door.is_user_action(frame)
            actions += is_action
            # The first run of a socket is the page loading or reconnecting by itself.
            still = await asyncio.to_thread(
                self._find, who.session_hash, is_action=is_action and actions > 1
            )
            if still is None or still.role != who.role:
                ended.set()
                return {"type": "websocket.disconnect", "code": ENDED_CODE}
            return message

        async def checked_send(message: Message) -> None:
            nonlocal tab
            if not tab and (tab := self.door.tab_of(message.get("bytes") or b"")):
                self._tabs[tab] = who.session_hash
            if not ended.is_set():
                await send(message)

        try:
            await self.app(scope, checked_receive, checked_send)
        finally:
            self.watch.leave(who.session_hash, ended)
            self._tabs.pop(tab, None)
            self._uploaded.pop(tab, None)
            if ended.is_set():
                with suppress(Exception):  # the client may have gone at the same moment
                    await send({"type": "websocket.close", "code": ENDED_CODE})


async def _first(receive: Receive, ended: asyncio.Event) -> Message:
    """The next message, or a disconnect as soon as the sign-in ends."""
    message = asyncio.ensure_future(receive())
    ending = asyncio.ensure_future(ended.wait())
    try:
        await asyncio.wait({message, ending}, return_when=asyncio.FIRST_COMPLETED)
        if not ended.is_set():
            return await message
        return {"type": "websocket.disconnect", "code": ENDED_CODE}
    finally:
        ending.cancel()
        if not message.done():
            message.cancel()


def _without_identity(scope: Any) -> Any:
    """The scope without identity headers that a client sent, however they are spelled."""
    kept = [
        (key, value)
        for key, value in headers_of(scope)
        if key.lower().replace(b"_", b"-") != IDENTITY_HEADER
    ]
    return {**scope, "headers": kept}


def _with_identity(scope: Any, identity: Identity) -> Any:
    named = (IDENTITY_HEADER, identity.session_hash.encode())
    return {**scope, "headers": [*headers_of(scope), named]}


def _turned_away(scope: Any, *, is_page: bool) -> Response:
    if not is_page:
        return PlainTextResponse("Sign in first.", 401)
    query = scope.get("query_string", b"").decode("latin-1")
    target = scope["path"] + (f"?{query}" if query else "")
    where = "/sign-in" if target == "/" else f"/sign-in?next={quote(target, safe='')}"
    return RedirectResponse(where, 303)
