"""What happens when the server starts: schema, demo practice or first-run link."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from typing import Any

import structlog
from sqlalchemy.exc import DBAPIError

from ccm_core.access import first_run, logs, sessions, timeouts, users
from ccm_core.errors import CcmError, UsageError
from ccm_core.months import time_zone, utc_now
from ccm_core.program import following_up, publishing
from ccm_core.store import backup, consulting, db, log_anchors, trouble
from ccm_core.store.reading import practice
from ccm_core.store.summaries import keeping
from pages.parts import warming

FIRST_ROUND_SECONDS = 3.0
"""Daily work begins so long after the start: whoever waits for the first page comes before it."""


RETRY_SECONDS = 5.0
"""A database that cannot be used is tried again so often: it may be busy, or not up yet."""


class Opening:
    """The state of the start.

    ``preparing`` says what is still going on, ``closed`` why the database cannot be used.
    """

    def __init__(self, start: first_run.FirstRun) -> None:
        self.start = start
        self.preparing = ""
        self.closed = ""

    @asynccontextmanager
    async def lifespan(self, app: Any) -> AsyncIterator[dict[str, Any]]:
        """Bring the schema up to date, then prepare the rest while the port is open."""
        await asyncio.to_thread(self.open)
        work = asyncio.create_task(self._work())
        yield {}
        work.cancel()

    async def _work(self) -> None:
        while self.closed:
            await asyncio.sleep(RETRY_SECONDS)
            await asyncio.to_thread(self.open)
        warming.start()
        await asyncio.gather(every_day(), timeouts_every_minute(), figures_every_minute())

    def open(self) -> None:
        """Make the database ready, or keep every page closed and say why."""
        try:
            db.require_current()
            for setting in db.require_durable():
                structlog.get_logger().warning("advised_setting_is_off", module=setting)
            if not has_role_of_consultants():
                structlog.get_logger().warning("no_role_of_consultants", module=consulting.ADDRESS)
            self.first_accounts()
            self.closed = ""
        except Exception as error:
            said = why_closed(error)
            if said != self.closed:  # not again at each try
                logs.report(error, "database_not_opened")
                sys.stderr.write(f"\nThe dashboard stays closed. {said}\n\n")
            self.closed = said

    def first_accounts(self) -> None:
        """An empty database gets the demo practice, or a link for its first administrator."""
        with db.session() as opened:
            shown, accounts = practice(opened), users.count(opened)
        if shown is None and not accounts and wants_demo():
            self.preparing = "The demo practice is being made. This takes a few seconds, once."
            threading.Thread(target=self._load_demo, daemon=True).start()
        elif shown is not None and shown.is_demo:
            with db.session(write=True) as opened:
                first_run.ensure_demo_accounts(opened, sessions.clock())
        elif not accounts:
            self._print_link()

    def _load_demo(self) -> None:
        try:
            demo = import_module("ccm_core.demo")
            with db.session(write=True) as opened:
                demo.load(opened, progress=self._tell)
                first_run.ensure_demo_accounts(opened, sessions.clock())
                publishing.keep_up(opened)
        except Exception as error:
            logs.report(error, "demo_failed")
            self._print_link()
        finally:
            self.preparing = ""

    def _tell(self, what: str, done: int, total: int) -> None:
        self.preparing = f"The demo practice is being made: {what} {done} of {total}."

    def _print_link(self) -> None:
        token = self.start.issue()
        sys.stderr.write(
            "\nThis database has no account yet. Make the first administrator at\n"
            f"    <address of this server>/first-run?token={token}\n"
            "or with: ccm users add\n\n"
        )


def has_role_of_consultants() -> bool:
    """Whether consultants can be served: SQLite needs nothing, PostgreSQL a role of their own."""
    try:
        with db.consultants_engine().connect():
            return True
    except (UsageError, DBAPIError):
        return False


def why_closed(error: Exception) -> str:
    """What to tell whoever asks for a page; never the driver's words, which quote statements."""
    told = error if isinstance(error, CcmError) else trouble.told_at_start(error)
    return str(told) if told else (
        "The database cannot be used as it is; the log names the place of the error. Restore a "
        "backup, or name another database in CCM_DATABASE_URL."
    )  # fmt: skip


def wants_demo() -> bool:
    """A named database or ``CCM_EMPTY=1`` means a real practice."""
    return not os.environ.get("CCM_DATABASE_URL") and os.environ.get("CCM_EMPTY") != "1"


async def every_day() -> None:
    """Soon and once a day: the log's head, coming steps, months by new rules, old copies."""
    await asyncio.sleep(FIRST_ROUND_SECONDS)
    while True:
        for work, failed in (
            (_keep_head, "log_head_not_kept"), (_keep_steps, "steps_not_kept"),
            (_catch_up, "months_not_audited_anew"), (backup.sweep, "copies_not_swept"),
        ):  # fmt: skip
            try:
                await asyncio.to_thread(work)
            except Exception as error:
                logs.report(error, failed)
        await asyncio.sleep(86_400)


async def timeouts_every_minute() -> None:
    """Put sign-ins that ended by time on record."""
    limits = sessions.Limits.from_environment()
    while True:
        try:
            await asyncio.to_thread(timeouts.note_ended, db.session, sessions.clock(), limits)
        except Exception as error:
            logs.report(error, "time_outs_not_noted")
        await asyncio.sleep(timeouts.EVERY_SECONDS)


async def figures_every_minute() -> None:
    """Publish what consultants read, soon after it is due; they cannot work it out."""
    await asyncio.sleep(FIRST_ROUND_SECONDS)
    while True:
        try:
            await asyncio.to_thread(_publish)
        except Exception as error:
            logs.report(error, "figures_not_published")
        await asyncio.sleep(timeouts.EVERY_SECONDS)


def _publish() -> None:
    with db.session() as opened:
        publishing.keep_up(opened)


def _keep_steps() -> None:
    with db.session() as opened:
        if (shown := practice(opened)) is not None:
            today = utc_now().astimezone(time_zone(shown.time_zone)).date()
            keeping.keep_up(opened, shown.practice_id, today)


def _catch_up() -> None:
    """After an upgrade: the newest months by the new rules and tables."""
    with db.session() as opened:
        following_up.catch_up(opened)


def _keep_head() -> None:
    with db.session() as opened:
        head = log_anchors.keep(opened)
    if head is not None:
        is_kept = log_anchors.anchor_file() is not None
        structlog.get_logger().info("log_head", seq=head.seq, head=head.head, is_kept=is_kept)
