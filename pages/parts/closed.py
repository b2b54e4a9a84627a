"""While the database cannot be used, every page says why, and nothing else is answered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.responses import HTMLResponse

from ccm_core.access import logs, signin_page
from ccm_core.access.gate import App, Message, Receive, Send
from ccm_core.errors import StoreTrouble

ALWAYS = ("/healthz", "/readyz", "/_stcore/health")
"""They answer programs, and know themselves what to say."""
TRY_AGAIN_LATER = 1013


class Closed:
    """ASGI middleware before the gate, which could not ask who is signed in."""

    def __init__(self, app: App, why: Callable[[], str]) -> None:
        self.app, self.why = app, why

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        said = self.why()
        if scope["type"] == "lifespan" or scope["path"] in ALWAYS:
            await self.app(scope, receive, send)
        elif said:
            if scope["type"] == "websocket":
                await receive()
            await _say(said, scope, receive, send)
        else:
            await self._pass(scope, receive, send)

    async def _pass(self, scope: Any, receive: Receive, send: Send) -> None:
        """Let it through. A database that went away meanwhile is said the same way."""
        is_begun = False

        async def noted(message: Message) -> None:
            nonlocal is_begun
            is_begun = True
            await send(message)

        try:
            await self.app(scope, receive, noted)
        except StoreTrouble as trouble:
            logs.report(trouble, "store_trouble")
            if is_begun:
                raise
            await _say(str(trouble), scope, receive, send)


async def _say(said: str, scope: Any, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": TRY_AGAIN_LATER})
        return
    headers = {"content-security-policy": signin_page.POLICY, "retry-after": "5"}
    await HTMLResponse(signin_page.closed(said), 503, headers)(scope, receive, send)
