"""A disk in memory that loses and reorders what was not synced when its power goes.

SQLite's own crash tests work so: a VFS keeps what was written and what was synced
apart; at a chosen operation everything stops, and of the writes since the last sync
of each file any part may have reached the disk, in any order, also half a page.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import apsw

SECTOR = 512


class PowerLost(Exception):
    """The power is gone: nothing works any more."""


class Content:
    """One file: as programs see it, as it was at its last sync, and the writes in between."""

    def __init__(self, start: bytes = b"") -> None:
        self.seen, self.synced = bytearray(start), bytes(start)
        self.pending: list[tuple[int, bytes]] = []
        self.is_new = not start

    def after_loss(self, chance: random.Random) -> bytes:
        """What the disk holds: the synced bytes and any part of the pending sectors."""
        found = bytearray(self.synced)
        sectors = [
            (at + shift, part[shift : shift + SECTOR])
            for at, part in self.pending for shift in range(0, len(part), SECTOR)
        ]  # fmt: skip
        share = chance.random()
        for at, part in chance.sample(sectors, int(len(sectors) * share)):
            found.extend(bytes(max(0, at + len(part) - len(found))))
            found[at : at + len(part)] = part
        return bytes(found)


class Disk(apsw.VFS):
    """The files by name. ``stops_at`` is the number of the operation that never happens."""

    def __init__(self, name: str, start: bytes, stops_at: int = 0) -> None:
        self.files = {"/db": Content(start)}
        self.title, self.operations, self.stops_at = name, 0, stops_at
        super().__init__(name, base="")

    def count(self) -> None:
        self.operations += 1
        if self.stops_at and self.operations >= self.stops_at:
            raise PowerLost

    def xOpen(self, name: Any, flags: list[int]) -> Any:
        path = name if isinstance(name, str) else (name.filename() if name else None)
        content = Content() if path is None else self.files.setdefault(path, Content())
        flags[1] = flags[0]
        return _Open(self, content)

    def xFullPathname(self, name: str) -> str:
        return name

    def xAccess(self, path: str, flags: int) -> bool:
        return path in self.files

    def xDelete(self, path: str, sync_folder: bool) -> None:
        self.count()
        if path not in self.files:
            raise apsw.IOError
        del self.files[path]

    def put(self, folder: Path, chance: random.Random) -> Path:
        """Write what the disk holds after the loss to real files; gives the database."""
        for path, content in self.files.items():
            (folder / path.strip("/")).write_bytes(content.after_loss(chance))
        return folder / "db"


class _Open:
    """An open file of that disk."""

    def __init__(self, disk: Disk, content: Content) -> None:
        self.disk, self.content = disk, content

    def xRead(self, amount: int, offset: int) -> bytes:
        return bytes(self.content.seen[offset : offset + amount])

    def xWrite(self, part: bytes, offset: int) -> None:
        self.disk.count()
        seen = self.content.seen
        seen.extend(bytes(max(0, offset + len(part) - len(seen))))
        seen[offset : offset + len(part)] = part
        self.content.pending.append((offset, bytes(part)))

    def xTruncate(self, size: int) -> None:
        self.disk.count()
        del self.content.seen[size:]

    def xSync(self, flags: int) -> None:
        self.disk.count()
        self.content.synced, self.content.pending = bytes(self.content.seen), []

    def xFileSize(self) -> int:
        return len(self.content.seen)

    def xSectorSize(self) -> int:
        return SECTOR

    def xDeviceCharacteristics(self) -> int:
        return 0

    def xFileControl(self, op: int, pointer: int) -> bool:
        return False

    def xCheckReservedLock(self) -> bool:
        return False

    def xLock(self, level: int) -> None:
        """One program alone uses the disk."""

    def xUnlock(self, level: int) -> None:
        """As above."""

    def xClose(self) -> None:
        """Nothing is flushed: closing is not a sync."""


Statement = tuple[str, Any]


def replay(disk: Disk, changes: Iterable[list[Statement]], mode: str, synchronous: str) -> int:
    """Run transactions until the power goes; gives how many were acknowledged."""
    done = 0
    try:
        db = apsw.Connection("/db", vfs=disk.title)
        db.execute("PRAGMA locking_mode=EXCLUSIVE")
        db.execute(f"PRAGMA journal_mode={mode}")
        db.execute(f"PRAGMA synchronous={synchronous}")
        for change in changes:
            db.execute("BEGIN IMMEDIATE")
            for sql, values in change:
                db.execute(sql, values)
            db.execute("COMMIT")
            done += 1
    except (PowerLost, apsw.Error):
        if not disk.stops_at or disk.operations < disk.stops_at:
            raise
    return done
