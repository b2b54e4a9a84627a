"""Transactions of random changes, each set against what the kept sums say of it."""

from __future__ import annotations

import random
from typing import Any, Protocol

from ccm_core.store import db
from ccm_core.store.summaries import result_counts


class Changes(Protocol):
    """Rows of one table and the ways in which the program changes them."""

    chance: random.Random

    def one(self, session: Any) -> None: ...


def change(url: str, changes: Changes, practice_id: str, rounds: int) -> None:
    """Some of them in each transaction, added up or taken back at times."""
    for _ in range(rounds):
        with db.session(url) as session:
            for _ in range(changes.chance.randint(1, 4)):
                changes.one(session)
            assert result_counts.differences(session, practice_id) == []
            if changes.chance.random() < 0.3:
                result_counts.add_up(session, practice_id)
            if changes.chance.random() < 0.3:
                session.rollback()
