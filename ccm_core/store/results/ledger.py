"""What an audit of a whole month must know of everybody, in a file until the run ends.

Names, marks and signals of a million patients are more than a gigabyte of memory; here only
those of the patients in hand are held. A month of ten thousand stays in the file's cache.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

from ccm_core.cases import Signal
from ccm_core.store.results.earlier import Earlier, Marked
from ccm_core.store.sqlite import library

_MADE = (
    "PRAGMA journal_mode = OFF",
    "PRAGMA synchronous = OFF",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA cache_size = -65536",
    # One transaction that never ends: what fits into the cache is not written.
    "BEGIN",
    "CREATE TABLE member (patient_id TEXT PRIMARY KEY) WITHOUT ROWID",
    """CREATE TABLE stored (
        patient_id TEXT PRIMARY KEY, fingerprint TEXT, signals_mark TEXT, is_same INTEGER DEFAULT 0
    ) WITHOUT ROWID""",
    """CREATE TABLE seen (
        place INTEGER PRIMARY KEY, patient_id TEXT, kind TEXT, said TEXT, ids TEXT
    )""",
    "CREATE INDEX seen_of ON seen (patient_id)",
)
_AMONG = "(SELECT value FROM json_each(?))"


@dataclass(frozen=True, slots=True)
class Piece:
    """Some cases of the month, in the order of their names."""

    members: Sequence[str]
    stored: Marked
    """Marks of their results as the run found them; those without a result are missing."""
    same: AbstractSet[str]
    """Those whose own records are what they were."""


class Ledger:
    """The file, asked and filled by pieces."""

    def __init__(self, opened: Any) -> None:
        self.opened = opened

    def keep_members(self, patient_ids: Iterable[str]) -> int:
        """Keep who is a case of the month; gives how many they are."""
        rows = ((one,) for one in patient_ids)
        self.opened.executemany("INSERT INTO member VALUES (?)", rows)
        return int(self.opened.execute("SELECT count(*) FROM member").fetchone()[0])

    def keep_stored(self, marks: Iterable[Earlier]) -> None:
        """Keep the marks of stored results as the run found them."""
        named = "INSERT INTO stored (patient_id, fingerprint, signals_mark) VALUES (?, ?, ?)"
        self.opened.executemany(named, marks)

    def keep_same(self, patient_ids: Iterable[str]) -> None:
        """Keep whose own records are what they were when their result was stored."""
        rows = ((one,) for one in patient_ids)
        self.opened.executemany("UPDATE stored SET is_same = 1 WHERE patient_id = ?", rows)

    def keep_signals(self, signals: Mapping[str, Sequence[Signal]]) -> None:
        """Keep what was seen across patients, behind what was kept of them before."""
        rows = (
            (patient_id, one.kind, one.summary, json.dumps(one.ids))
            for patient_id, found in signals.items()
            for one in found
        )
        self.opened.executemany(
            "INSERT INTO seen (patient_id, kind, said, ids) VALUES (?, ?, ?, ?)", rows
        )

    def has_news(self) -> bool:
        """Whether a case has changed, or a result is there of somebody who is no case now."""
        same = "SELECT patient_id FROM stored WHERE is_same"
        asked = f"SELECT EXISTS (SELECT patient_id FROM member EXCEPT {same}) OR EXISTS ({_GONE})"
        return bool(self.opened.execute(asked).fetchone()[0])

    def pieces(self, size: int) -> Iterator[Piece]:
        """The cases of the month, so many at a time."""
        last = None
        while members := self._names("SELECT patient_id FROM member", last, size):
            rows = self._of(members, "SELECT * FROM stored WHERE patient_id IN")
            stored = {patient_id: (mark, seen) for patient_id, mark, seen, _ in rows}
            yield Piece(members, stored, {row[0] for row in rows if row[-1]})
            last = members[-1]

    def gone(self, size: int) -> Iterator[list[str]]:
        """Who has a result and is no case of the month, so many at a time."""
        last = None
        while names := self._names(_GONE, last, size):
            yield names
            last = names[-1]

    def signals_of(self, patient_ids: Sequence[str]) -> dict[str, tuple[Signal, ...]]:
        """What was seen of these patients, in the order in which it was found."""
        columns = "SELECT patient_id, kind, said, ids FROM seen WHERE patient_id IN"
        found: dict[str, list[Signal]] = {}
        for patient_id, kind, said, ids in self._of(patient_ids, columns, "ORDER BY place"):
            signal = Signal(kind, said, tuple(json.loads(ids)))
            found.setdefault(patient_id, []).append(signal)
        return {patient_id: tuple(signals) for patient_id, signals in found.items()}

    def _of(self, patient_ids: Sequence[str], asked: str, order: str = "") -> list[Any]:
        named = (json.dumps(patient_ids),)
        rows: list[Any] = self.opened.execute(f"{asked} {_AMONG} {order}", named).fetchall()
        return rows

    def _names(self, asked: str, last: str | None, size: int) -> list[str]:
        beyond = "? IS NULL" if last is None else "patient_id > ?"
        asked = f"SELECT patient_id FROM ({asked}) WHERE {beyond} ORDER BY 1 LIMIT ?"
        return [one for (one,) in self.opened.execute(asked, (last, size))]


_GONE = "SELECT patient_id FROM stored WHERE patient_id NOT IN (SELECT patient_id FROM member)"


@contextmanager
def opened() -> Iterator[Ledger]:
    """A ledger in the folder for copies that nobody else may read; gone afterwards."""
    from ccm_core.store.scratching import scratch

    with (
        scratch() as room,
        closing(library().connect(room / "month.sqlite3", isolation_level=None)) as connection,
    ):
        for statement in _MADE:
            connection.execute(statement)
        yield Ledger(connection)
