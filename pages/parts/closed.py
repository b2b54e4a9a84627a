"""While the database cannot be used, every page says why, and nothing else is answered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.responses import HTMLResponse

from ccm_core.access import signin_page
from ccm_core.access.gate import App, Receive, Send

ALWAYS = ("/healthz", "/readyz", "/_stcore/health")
"""They answer programs, and know themselves what to say."""
TRY_AGAIN_LATER = 1013


class Closed:
    """ASGI middleware before the gate, which could not ask who is signed in."""

    def __init__(self, app: App, why: Callable[[], str]) -> None:
        self.app, self.why = app, why

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        said = self.why()
        if not said or scope["type"] == "lifespan" or scope["path"] in ALWAYS:
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": TRY_AGAIN_LATER})
        else:
            headers = {"content-security-policy": signin_page.POLICY, "retry-after": "5"}
            await HTMLResponse(signin_page.closed(said), 503, headers)(scope, receive, send)
