"""Long work that is stopped at any of its steps leaves nothing behind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from ccm_core import working
from ccm_core.program import claim_run, packets, policies, preflight
from ccm_core.store import access_log, db, log_anchors, reading, writing
from ccm_core.store.backup import keys, making
from ccm_core.store.results import refreshing
from ccm_core.store.schema import METADATA
from tests.claims_loop.conftest import MONTH, who

LEAD, AUDITOR = who("billing_lead"), who("auditor")


class Stop(BaseException):
    """A click on the button that stops."""


def everything(url: str) -> dict[str, list[Any]]:
    """Every row of every table."""
    with db.session(url) as session:
        return {
            table.name: sorted(map(repr, session.connection().execute(select(table))))
            for table in METADATA.sorted_tables
        }


def steps_of(url: str, work: Callable[[Any], Any]) -> int:
    """How often the work tells how far it is; what it does is taken back."""
    told: list[str] = []
    with pytest.raises(Stop), db.session(url, write=True) as session:  # noqa: PT012
        with working.heard(lambda what, _done, _total: told.append(what)):
            work(session)
        raise Stop
    return len(told)


def audit(session: Any) -> None:
    preflight.run(session, LEAD, reading.practice(session).practice_id, MONTH)


def approve(session: Any) -> None:
    claim_run.make(session, LEAD, reading.practice(session), MONTH)


def export(session: Any) -> None:
    approve(session)
    packets.many(session, AUDITOR, MONTH)


@pytest.mark.parametrize("work", [audit, approve, export])
def test_nothing_is_half_done(url, work, monkeypatch):
    monkeypatch.setattr(refreshing, "_STEP", 40)
    monkeypatch.setattr(writing, "_CHUNK", 10)
    before = everything(url)
    steps = steps_of(url, work)
    assert steps >= 3
    assert everything(url) == before
    for stop_at in {0, 1, steps // 2, steps - 1}:
        heard = iter(range(steps))

        def listen(_what: str, _done: float, _total: int, heard=heard, stop_at=stop_at) -> None:
            if next(heard) == stop_at:
                raise Stop

        with pytest.raises(Stop), working.heard(listen), db.session(url, write=True) as session:
            work(session)
        assert everything(url) == before


def test_what_only_reads_tells_how_far_it_is(url, monkeypatch):
    monkeypatch.setattr(access_log, "_TOLD", 1)
    monkeypatch.setattr(policies, "_TOLD", 20)
    with db.session(url, write=True) as session:
        approve(session)
    told = []
    with working.heard(lambda *said: told.append(said)), db.session(url) as session:
        policies.compare(session, AUDITOR, MONTH)
        log_anchors.check(session)
    assert [done for what, done, _ in told if what == "Claims judged twice"][:2] == [0, 20]
    assert any("entries read" in what for what, _, _ in told)


def test_nobody_need_listen():
    working.tell("Anything", 1, 2)
    with working.heard(lambda *_: None):
        working.tell("Anything")


def test_a_backup_that_is_stopped_leaves_no_file(lite, tmp_path, monkeypatch):
    monkeypatch.setenv("CCM_BACKUP_KEY", str(tmp_path / "backup.key"))
    keys.make_key(tmp_path / "backup.key")
    told = []

    def listen(what: str, *_rest: float) -> None:
        told.append(what)
        if what.startswith("Encrypting"):
            raise Stop

    with pytest.raises(Stop), working.heard(listen):
        making.make(tmp_path / "kept", lite)
    assert told[0] == "Copying the database"
    assert not list((tmp_path / "kept").iterdir())
