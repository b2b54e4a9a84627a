"""Open WebSockets by sign-in, closed within seconds when the sign-in ends."""

from __future__ import annotations

import asyncio
from collections import defaultdict

import structlog

from ccm_core.access import sessions
from ccm_core.access.door import Door

POLL_SECONDS = 2.0
_LOG = structlog.get_logger()


class Watch:
    """Asks the database every two seconds which sign-ins with open sockets still live.

    The row is asked, not this process's memory: a sign-in that is ended by the
    command line or by another server ends here too.
    """

    def __init__(self, door: Door) -> None:
        self.door = door
        self._open: defaultdict[str, set[asyncio.Event]] = defaultdict(set)
        self._poll: asyncio.Task[None] | None = None

    def enter(self, session_hash: str) -> asyncio.Event:
        """Watch one socket; the event is set when it must close."""
        ended = asyncio.Event()
        self._open[session_hash].add(ended)
        if self._poll is None or self._poll.done():
            self._poll = asyncio.create_task(self._run())
        return ended

    def open_of(self, session_hash: str) -> int:
        """How many sockets of a sign-in are open."""
        return len(self._open.get(session_hash, ()))

    def leave(self, session_hash: str, ended: asyncio.Event) -> None:
        """Stop watching a socket that closed by itself."""
        self._open[session_hash].discard(ended)
        if not self._open[session_hash]:
            del self._open[session_hash]

    def end(self, session_hash: str) -> None:
        """Close every socket of a sign-in at once."""
        for ended in self._open.get(session_hash, ()):
            ended.set()

    async def _run(self) -> None:
        while self._open:
            await asyncio.sleep(POLL_SECONDS)
            watched = list(self._open)
            try:
                living = await asyncio.to_thread(self._living, watched)
            except Exception as error:  # a busy database must not end the watch
                _LOG.warning("session_watch_failed", error=type(error).__name__)
                continue
            for session_hash in set(watched) - living:
                self.end(session_hash)

    def _living(self, session_hashes: list[str]) -> set[str]:
        with self.door.open_db() as db:
            return sessions.live(db, session_hashes, sessions.clock(), self.door.limits)
