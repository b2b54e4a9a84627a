"""A whole import in one call: open the store, stage, commit, audit what changed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from ccm_core.errors import ImportRefused, UsageError
from ccm_core.exchange import intake
from ccm_core.exchange.known import Stored
from ccm_core.exchange.mapping import Mappings
from ccm_core.exchange.report import Report
from ccm_core.months import Month, time_zone
from ccm_core.records import Practice
from ccm_core.store import db, postgres, presence, reading, writing
from ccm_core.store.scratching import scratch

MONTHS_AUDITED = 2
"""Newest months that are audited at once; older ones are audited when somebody asks."""


@dataclass(frozen=True)
class Wish:
    """How an import should run."""

    mappings: Mappings = field(default_factory=Mappings)
    dry_run: bool = False
    time_zone: str = ""
    """The zone of a practice that is made by this import."""
    audit: bool = False


def run(what: Iterable[Any], url: str | None = None, wish: Wish | None = None) -> Report:
    """Import into the database of that URL; unreadable files leave it as it was.

    Raises: UsageError, ImportRefused.
    """
    wish = wish or Wish()
    if wish.dry_run and presence.is_nothing_there(url):
        return _tried(what, wish)
    return _run(what, url, wish)


def _tried(what: Iterable[Any], wish: Wish) -> Report:
    """A try where there is no database yet: against an empty one that is gone afterwards."""
    with scratch() as room:
        empty = f"sqlite:///{room / 'empty.sqlite3'}"
        try:
            return _run(what, empty, wish)
        finally:
            db.dispose(empty)


def _run(what: Iterable[Any], url: str | None, wish: Wish) -> Report:
    db.require_current(url)
    with db.session(url) as session:
        practice = practice_of(session, wish.time_zone)
        known = Stored(session, practice.practice_id)
        staged = intake.stage(what, practice, wish.mappings, known=known)
    if not staged.report.files:
        raise UsageError(
            "No file was found in what was named, so nothing was imported. "
            "Name a folder that holds exports, an archive of them, or the files themselves."
        )
    if wish.dry_run or not staged.report.is_readable:
        return staged.report
    # A transaction of its own: reading may have taken minutes, and others write meanwhile.
    with db.session(url, write=True) as session:
        if reading.practice(session) is None:
            writing.save(session, practice.practice_id, [practice])
        found = intake.commit(staged, session)
    if wish.audit:
        _audit(found, practice, url)
    return found


def practice_of(session: Any, zone: str = "") -> Practice:
    """The practice of the database, or a new one with the usual settings. Raises: UsageError."""
    found = reading.practice(session)
    if zone:
        time_zone(zone)
    if found is None:
        made = Practice(postgres.practice(), "My practice")
        return replace(made, time_zone=zone) if zone else made
    if zone and zone != found.time_zone:
        raise UsageError(
            f"The time zone {zone} was asked; the practice is in {found.time_zone}. "
            "Leave the option out, or change the practice's settings first."
        )
    return found


def require_readable(found: Report) -> Report:
    """The report itself. Raises: ImportRefused with a sentence for each unreadable file."""
    unread = [f"{file.name}: {file.error}" for file in found.files if file.error]
    if unread:
        advice = (
            "Nothing was stored. Correct or leave out these files, or explain them in a "
            "mapping file, then import again."
        )
        raise ImportRefused("\n".join([*unread, advice]))
    return found


def _audit(found: Report, practice: Practice, url: str | None) -> None:
    """Audit the newest months that changed, so that the pages open on fresh results."""
    from ccm_core.program import following_up
    from ccm_core.store import results

    for month in found.months[:MONTHS_AUDITED]:
        with db.session(url) as session:
            results.refresh(session, practice.practice_id, Month.parse(month))
    with db.session(url) as session:  # a file of stays names no month, and may touch all
        following_up.catch_up(session)
