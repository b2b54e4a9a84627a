"""In whatever order somebody starts, pauses, stops and crashes: no second is lost or made up."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from ccm_core import months
from ccm_core.errors import Conflict
from ccm_core.program import timer
from ccm_core.store import db
from tests.pages import small_practice
from tests.time_log.desk import NURSE, Clock, draft, standing

_LONGEST = 3 * 60 * 60


class Crash(Exception):
    """The server is gone before the transaction ends."""


class Timers(RuleBasedStateMachine):
    """A model that adds up seconds, beside the service on a real database."""

    template: Path

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.mkdtemp(prefix="timer_")
        file = Path(self.folder) / "store.sqlite3"
        shutil.copyfile(self.template, file)
        self.url = f"sqlite:///{file}"
        self.clock = Clock()
        self.patches = [
            mock.patch.object(months, "clock", self.clock),
            mock.patch.dict(os.environ, {"CCM_DATABASE_URL": self.url}),
        ]
        for patch in self.patches:
            patch.start()
        self.state, self.worked, self.logged, self.own = "none", 0, 0, 0

    def teardown(self) -> None:
        db.dispose(self.url)
        for patch in reversed(self.patches):
            patch.stop()
        shutil.rmtree(self.folder)

    def do(self, what, *more, crashes: bool = False):
        """One call of the service in a transaction, which a crash rolls back."""
        with suppress(Crash), db.session(write=True) as opened:
            found = timer.mine(opened, NURSE)
            args = more if what is timer.start else (found.id if found else self.own, *more)
            given = what(opened, NURSE, *args)
            if crashes:
                raise Crash
            return given

    @rule(seconds=st.integers(0, 2_000))
    def time_passes(self, seconds: int) -> None:
        if self.state != "running" or self.worked + seconds < _LONGEST:
            self.clock.move(seconds=seconds)
            self.worked += seconds if self.state == "running" else 0

    @rule(crashes=st.booleans())
    def start(self, crashes: bool) -> None:
        self.do(timer.start, "ben", crashes=crashes)
        if not crashes and self.state == "none":
            self.state, self.worked = "running", 0

    @precondition(lambda self: self.state != "none")
    @rule(crashes=st.booleans())
    def start_elsewhere(self, crashes: bool) -> None:
        with pytest.raises(Conflict):
            self.do(timer.start, "ana", crashes=crashes)

    @precondition(lambda self: self.state != "none")
    @rule(crashes=st.booleans())
    def pause(self, crashes: bool) -> None:
        self.do(timer.pause, crashes=crashes)
        self.state = self.state if crashes else "paused"

    @precondition(lambda self: self.state != "none")
    @rule(crashes=st.booleans())
    def go_on(self, crashes: bool) -> None:
        self.do(timer.go_on, crashes=crashes)
        self.state = self.state if crashes else "running"

    @precondition(lambda self: self.state != "none")
    @rule(crashes=st.booleans())
    def stop(self, crashes: bool) -> None:
        self.do(timer.finish, draft("ben", late_reason="on call"), crashes=crashes)
        if not crashes:
            self.logged += self.worked
            self.state, self.worked = "none", 0

    @rule(
        parts=st.lists(st.tuples(st.integers(0, 900), st.integers(0, 900)), min_size=1, max_size=4)
    )
    def work_in_stretches(self, parts: list[tuple[int, int]]) -> None:
        """A common course of a call; single clicks alone seldom come in this order."""
        if self.worked + sum(work for work, _ in parts) > _LONGEST:
            return
        self.start(False)
        self.go_on(False)
        for work, rest in parts:
            self.time_passes(work)
            self.pause(False)
            self.time_passes(rest)
            self.every_second_is_there_once()
            self.go_on(False)

    @precondition(lambda self: self.state != "none")
    @rule()
    def discard(self) -> None:
        self.do(timer.discard, "started by mistake")
        self.state, self.worked = "none", 0

    @precondition(lambda self: self.state == "none")
    @rule()
    def stop_again(self) -> None:
        with pytest.raises(Conflict):
            self.do(timer.finish, draft("ben"))

    @rule()
    def server_starts_again(self) -> None:
        db.dispose(self.url)

    @invariant()
    def every_second_is_there_once(self) -> None:
        with db.session() as opened:
            found = timer.mine(opened, NURSE)
        assert (found is None) == (self.state == "none")
        if found is not None:
            assert found.seconds(self.clock.now) == self.worked
            assert found.is_paused == (self.state == "paused")
        kept = [e for e in standing("ben") if e.entry_id != "ben-t"]
        assert sum(e.seconds for e in kept) == self.logged
        kept.sort(key=lambda e: e.started_at)
        for before, after in zip(kept, kept[1:], strict=False):
            assert before.ended_at <= after.started_at


@pytest.fixture(scope="module")
def template(_migrated_sqlite, tmp_path_factory):
    file = tmp_path_factory.mktemp("timer") / "template.sqlite3"
    shutil.copyfile(_migrated_sqlite, file)
    url = f"sqlite:///{file}"
    moved = mock.patch.object(months, "clock", Clock())
    with moved, mock.patch.dict(os.environ, {"CCM_DATABASE_URL": url}):
        small_practice.fill()
        with db.session(write=True) as opened:
            opened.connection().exec_driver_sql("SELECT 1")
        db.engine(url).connect().exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    db.dispose(url)
    return file


@pytest.mark.slow
def test_no_order_of_clicks_and_crashes_changes_a_second(template):
    Timers.template = template
    machine = Timers.TestCase
    machine.settings = settings(
        max_examples=30, stateful_step_count=30, deadline=None,
        phases=[Phase.generate],  # making a failure smaller would take minutes here
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    machine("runTest").runTest()
