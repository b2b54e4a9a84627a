"""Downloads by one-time tokens, bound to a sign-in and its role, on record when fetched.

The content is made when it is fetched, not when the page is drawn, and its
SHA-256 stands in the file name: two contents never share a name. Tokens live in
this process; with several processes, the proxy must keep a browser on one.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from ccm_core.access import permissions, sessions
from ccm_core.access.door import Door, headers_of, is_same_origin, token_of
from ccm_core.access.identity import Identity
from ccm_core.store import consulting
from ccm_core.store.access_log import record

LIVES_SECONDS = 1800
MOST_OFFERS = 2000


@dataclass(frozen=True, slots=True)
class Offer:
    """One file that one signed-in person may fetch once."""

    key: str
    session_hash: str
    role: str
    page: str
    action: str
    name: str
    mime: str
    make: Callable[[], bytes]
    expires_at: float
    is_emergency: bool = False
    """Made under emergency access, which sees beyond the own panel: it ends with that."""
    is_used: bool = False


class Desk:
    """The offers of this process. A new offer under the same key takes the old one's place."""

    def __init__(self) -> None:
        self._offers: OrderedDict[str, Offer] = OrderedDict()
        self._lock = threading.Lock()

    def offer(
        self, who: Identity, key: str, name: str, make: Callable[[], bytes],
        mime: str, page: str, action: str,
    ) -> str:  # fmt: skip
        """Offer a file; gives the token. The link of an unused offer stays the same.

        Raises:
            PermissionDenied: the role may not do this.
        """
        permissions.require(who, page, action)
        made = Offer(
            key, who.session_hash, who.role, page, action, name, mime, make,
            time.monotonic() + LIVES_SECONDS, who.emergency_until is not None,
        )  # fmt: skip
        with self._lock:
            self._forget_old()
            for token, known in self._offers.items():
                if (known.key, known.session_hash, known.page) == (key, who.session_hash, page):
                    if not known.is_used:
                        self._offers[token] = made
                        return token
                    del self._offers[token]
                    break
            return self._put(made)

    def take(self, token: str, who: Identity) -> Offer | None:
        """Use a token up: the offer, once, for the same sign-in and role."""
        with self._lock:
            found = self._offers.get(token)
            if found is None or found.is_used or not _is_for(found, who):
                return None
            self._offers[token] = replace(found, is_used=True)
            return found

    def again(self, token: str, who: Identity) -> str | None:
        """A new token for a file whose token this sign-in has used up."""
        with self._lock:
            found = self._offers.get(token)
            if found is None or not found.is_used or not _is_for(found, who):
                return None
            del self._offers[token]
            return self._put(replace(found, is_used=False))

    def _put(self, made: Offer) -> str:
        token = secrets.token_urlsafe(32)
        self._offers[token] = made
        return token

    def _forget_old(self) -> None:
        now = time.monotonic()
        for token in [t for t, known in self._offers.items() if known.expires_at < now]:
            del self._offers[token]
        while len(self._offers) >= MOST_OFFERS:
            self._offers.popitem(last=False)


def _is_for(offer: Offer, who: Identity) -> bool:
    """``make`` knows the person as they were at the offer: they may see no less by now."""
    is_same = (offer.session_hash, offer.role) == (who.session_hash, who.role)
    is_over = offer.is_emergency and who.emergency_until is None
    return is_same and not is_over and offer.expires_at >= time.monotonic()


DESK = Desk()
"""The desk of this process: pages put offers on it, the route serves them."""


def named_by_content(name: str, content: bytes) -> str:
    """``claims.csv`` becomes ``claims-1a2b3c4d5e6f.csv``, safe for every file system."""
    path = PurePosixPath(name.replace("\\", "/").split("/")[-1])
    stem = "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "-" for c in path.stem)
    ending = "".join(c for c in path.suffix if c.isascii() and (c.isalnum() or c == "."))
    return f"{stem or 'file'}-{hashlib.sha256(content).hexdigest()[:12]}{ending}"


class DownloadRoutes:
    """``/download/{token}`` and the renewal of a used link."""

    def __init__(self, door: Door, desk: Desk = DESK) -> None:
        self.door, self.desk = door, desk

    def routes(self) -> list[Route]:
        """The routes for the server."""
        return [
            Route("/download/{token}", self.fetch, methods=["GET"]),
            Route("/download-again/{token}", self.renew, methods=["POST"]),
        ]

    async def fetch(self, request: Request) -> Response:
        """The file, once; everything else is 403 without a reason."""
        built = await asyncio.to_thread(self._fetch, request)
        if built is None:
            return PlainTextResponse("This link is not valid, or was used already.", 403)
        name, mime, content = built
        return Response(
            content,
            media_type=mime,
            headers={
                "content-disposition": f'attachment; filename="{name}"',
                "cache-control": "no-store",
                "x-content-type-options": "nosniff",
                "content-security-policy": "sandbox; default-src 'none'",
            },
        )

    async def renew(self, request: Request) -> Response:
        """The next token of a used link, for the page that shows it."""
        who = await asyncio.to_thread(self._who, request)
        token = None
        if who is not None and is_same_origin(headers_of(request.scope)):
            token = self.desk.again(request.path_params["token"], who)
        return JSONResponse({"token": token}, 200 if who else 403)

    def _who(self, request: Request) -> Identity | None:
        token = token_of(request.scope, self.door.cookie_name)
        with self.door.open_db() as db:
            now = sessions.clock()
            return sessions.find(db, sessions.hash_of(token), now, self.door.limits)

    def _fetch(self, request: Request) -> tuple[str, str, bytes] | None:
        """Build the file and put the fetch on record; without the record, no file."""
        who = self._who(request)
        offer = self.desk.take(request.path_params["token"], who) if who else None
        if who is None or offer is None or not permissions.can(who, offer.page, offer.action):
            return None
        with consulting.bound(permissions.is_aggregate_reader(who)):
            content = offer.make()
        name = named_by_content(offer.name, content)
        with self.door.open_db(write=True) as db:
            record(db, who, "export", "download", name, reason=f"{offer.page} {offer.action}")
        return name, offer.mime, content
