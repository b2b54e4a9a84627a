"""Heads of the access log kept outside the database.

A chain that was cut at its end, or written anew by somebody with the key, verifies
in itself. It shows only against a head that was kept elsewhere before: one line a
day in the file named by ``CCM_LOG_ANCHOR``, on another volume than the database.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from ccm_core.errors import UsageError
from ccm_core.months import utc_now
from ccm_core.small_files import read_small
from ccm_core.store import access_log
from ccm_core.store.private import private_folder
from ccm_core.store.schema import AccessLog, table_of

MOST_BYTES = 64 * 1024 * 1024
"""Of the file of heads: a line a day for more than a thousand years."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """The head of the log at one moment."""

    at: str
    seq: int
    head: str


@dataclass(frozen=True, slots=True)
class Checked:
    """The chain and what it was held against."""

    chain: access_log.Verified
    file: Path | None
    anchors: int
    newest: Anchor | None
    broken: Anchor | None
    """The oldest kept head that the log does not have any more."""

    @property
    def is_intact(self) -> bool:
        return self.chain.is_intact and self.broken is None

    @property
    def age_seconds(self) -> int | None:
        """Age of the newest kept head: what was written since is held by the chain alone."""
        if self.newest is None:
            return None
        return int((utc_now() - datetime.fromisoformat(self.newest.at)).total_seconds())

    @property
    def is_beside(self) -> bool:
        """Whether the anchor lies with the database, where one hand reaches both."""
        return self.file is not None and private_folder().resolve() in self.file.resolve().parents

    def sentences(self) -> list[str]:
        """What was found, in words: also what was not looked at."""
        found = [f"{self.chain.entries:,} entries were read."]
        if not self.chain.is_intact:
            found.append(f"Entry {self.chain.first_bad_seq} is not what was written, or missing.")
        else:
            found.append("Every entry carries the mark of the one before.")
        if self.chain.set_back_seq is not None:
            found.append(
                f"The clock was set back before entry {self.chain.set_back_seq}: it bears a time "
                "well before that of an entry written earlier. Times from there on may be wrong."
            )
        if self.broken is not None:
            found.append(
                f"The head kept at {self.broken.at} (entry {self.broken.seq}) is not in the log: "
                "its end was cut off, or it was written anew."
            )
        elif self.newest is None:
            found.append(
                "No head kept outside was compared (CCM_LOG_ANCHOR is not set or empty): a log "
                "that was cut at its end or written anew would not show."
            )
        else:
            found.append(
                f"{self.anchors:,} heads kept in {self.file} fit; the newest is of "
                f"{self.newest.at} (entry {self.newest.seq})."
            )
        if self.is_beside:
            found.append("That file lies with the database; keep it on another volume.")
        return found


def anchor_file() -> Path | None:
    """The file of ``CCM_LOG_ANCHOR``, if one is named."""
    named = os.environ.get("CCM_LOG_ANCHOR")
    return Path(named) if named else None


def head(session: Session) -> Anchor | None:
    """The head as it is now; None for an empty log."""
    found = access_log.newest(session, 1)
    if not found:
        return None
    return Anchor(utc_now().isoformat(timespec="seconds"), found[0].seq, found[0].hash)


def keep(session: Session) -> Anchor | None:
    """Append the head to the anchor file, if there are both; gives the head.

    Raises: UsageError when the log does not continue the heads kept before, or the
    file cannot be written.
    """
    now, file = head(session), anchor_file()
    if file is None:
        return now
    broken = first_broken(session, kept(file))
    if broken is not None:
        raise UsageError(
            f"The log does not hold the head kept at {broken.at} (entry {broken.seq}). No new "
            "head was kept. Find out who changed the database."
        )
    if now is not None:
        _append(file, now)
    return now


def kept(file: Path) -> list[Anchor]:
    """The heads of the file, oldest first. Raises: UsageError for a line that is none."""
    try:
        lines = read_small(file, MOST_BYTES).decode("ascii").splitlines()
        return [Anchor(**json.loads(line)) for line in lines if line]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, TypeError) as error:
        raise UsageError(
            "The file named in CCM_LOG_ANCHOR cannot be read as kept heads of the log."
        ) from error


def first_broken(session: Session, anchors: list[Anchor]) -> Anchor | None:
    """The oldest kept head that the log does not have."""
    table = table_of(AccessLog)
    for anchor in anchors:
        found = session.connection().scalar(select(table.c.hash).where(table.c.seq == anchor.seq))
        if found != anchor.head:
            return anchor
    return None


def check(session: Session) -> Checked:
    """Verify the whole chain and hold it against every kept head."""
    file = anchor_file()
    anchors = kept(file) if file else []
    return Checked(
        access_log.verify(session), file, len(anchors), anchors[-1] if anchors else None,
        first_broken(session, anchors),
    )  # fmt: skip


def put_on_record(session: Session, actor: Any, checked: Checked) -> None:
    """A verification is an event of the log too."""
    outcome = "ok" if checked.is_intact else "failed"
    reason = f"{checked.chain.entries} entries, {checked.anchors} kept heads"
    access_log.record(session, actor, "verify", "access_log", "", outcome, reason)


def _append(file: Path, anchor: Anchor) -> None:
    try:
        with file.open("a", encoding="ascii") as lines:
            lines.write(json.dumps(asdict(anchor)) + "\n")
            lines.flush()
            os.fsync(lines.fileno())
    except OSError as error:
        raise UsageError(
            f"The head of the access log could not be kept: {error.strerror}. Correct "
            "CCM_LOG_ANCHOR."
        ) from error
