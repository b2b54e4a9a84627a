"""Security headers on every answer, and our session script in the page shell.

The script lets a tab leave by itself when the sign-in ends: Streamlit would
keep showing what it last received.
"""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Any

from ccm_core.access.door import header
from ccm_core.access.gate import PUBLIC_FOLDER, App, Message, Receive, Send

_INLINE = re.compile(rb"<script>(.*?)</script>", re.DOTALL)
_NOSCRIPT = re.compile(rb"<noscript>.*?</noscript>", re.DOTALL)
_AGENT_LINK = re.compile(rb'<link rel="service-desc"[^>]*>')
_SCRIPT_TAG = b'<script src="/session.js" defer></script></head>'


def policy(inline_hashes: tuple[str, ...] = ()) -> str:
    """The content security policy: everything from this origin, framed by nobody.

    Components load their script as a blob and the interface writes its styles at
    run time (unsafe-inline for styles): both are Streamlit's. Charts need no eval.
    """
    scripts = " ".join(("'self'", "blob:", *inline_hashes))
    return "; ".join((
        "default-src 'self'",
        f"script-src {scripts}",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "worker-src 'self' blob:",
        "frame-src 'self' blob: data:",
        "frame-ancestors 'none'",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
    ))  # fmt: skip


class Headers:
    """ASGI middleware around everything else."""

    def __init__(self, app: App, is_tls: bool = False) -> None:
        self.app, self.is_tls = app, is_tls

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if not scope["path"].startswith(PUBLIC_FOLDER):
            # The shell is rewritten below, so it must not arrive compressed.
            wanted = [pair for pair in scope["headers"] if not _asks_for_page(scope, pair)]
            scope = {**scope, "headers": wanted}
        await self.app(scope, receive, _Answer(scope, send, self.is_tls))


def _asks_for_page(scope: Any, pair: tuple[bytes, bytes]) -> bool:
    accepts = header(scope["headers"], b"accept")
    return pair[0].lower() == b"accept-encoding" and "text/html" in accepts


class _Answer:
    """Adds the headers; holds an HTML shell back until it is whole, then adds the script."""

    def __init__(self, scope: Any, send: Send, is_tls: bool) -> None:
        self.scope, self.send, self.is_tls = scope, send, is_tls
        self.start: Message | None = None
        self.body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = self._headers(list(message.get("headers", [])))
            if header(message["headers"], b"content-type").startswith("text/html"):
                self.start = message
                return
        elif self.start is not None and message["type"] == "http.response.body":
            self.body += message.get("body", b"")
            if message.get("more_body"):
                return
            start, self.start = self.start, None
            message = {"type": "http.response.body", "body": self._shell(start)}
            await self.send(start)
        await self.send(message)

    def _headers(self, given: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        ours = {
            b"x-content-type-options": b"nosniff",
            b"x-frame-options": b"DENY",
            b"referrer-policy": b"same-origin",
            b"permissions-policy": b"camera=(), microphone=(), geolocation=()",
            b"cross-origin-opener-policy": b"same-origin",
            b"cross-origin-resource-policy": b"same-origin",
        }
        if not any(key.lower() == b"content-security-policy" for key, _ in given):
            ours[b"content-security-policy"] = policy().encode()
        if not self.scope["path"].startswith(PUBLIC_FOLDER):
            ours[b"cache-control"] = b"no-store"
        if self.is_tls:
            ours[b"strict-transport-security"] = b"max-age=31536000"
        kept = [pair for pair in given if pair[0].lower() not in ours and pair[0] != b"server"]
        return kept + list(ours.items())

    def _shell(self, start: Message) -> bytes:
        """The HTML to send; Streamlit's shell gets the script, other pages stay as they are."""
        if b'<div id="root">' not in self.body:
            return self.body
        page = _NOSCRIPT.sub(b"<noscript>This dashboard needs JavaScript.</noscript>", self.body)
        page = _AGENT_LINK.sub(b"", page).replace(b"<title>Streamlit<", b"<title>CCM dashboard<")
        digests = tuple(
            "'sha256-" + base64.b64encode(hashlib.sha256(text).digest()).decode() + "'"
            for text in _INLINE.findall(page)
        )
        page = page.replace(b"</head>", _SCRIPT_TAG, 1)
        changed = {b"content-length": str(len(page)).encode(),
                   b"content-security-policy": policy(digests).encode()}  # fmt: skip
        kept = [pair for pair in start["headers"]
                if pair[0].lower() not in {*changed, b"etag", b"last-modified"}]  # fmt: skip
        start["headers"] = kept + list(changed.items())
        return page
