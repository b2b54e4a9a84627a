"""R42: unsafe settings are refused at the start; killed servers lose and halve no import."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError

from ccm_core.errors import CcmError, UsageError
from ccm_core.exchange import running
from ccm_core.store import access_log, db, postgres
from tests.conftest import missing
from tests.exchange.makers import table
from tests.faults import postgres_server
from tests.servers import NoServerError, database

PEOPLE, ENTRIES, KILLS = 30, 300, 6


def answering(*values: str) -> SimpleNamespace:
    """A connection whose server has these settings."""
    return SimpleNamespace(exec_driver_sql=lambda _: SimpleNamespace(one=lambda: values))


@pytest.mark.parametrize(
    ("settings", "off"),
    [(("off", "on", "on"), "fsync"), (("on", "off", "on"), "full_page_writes"),
     (("on", "on", "off"), "synchronous_commit"), (("off", "off", "off"), "fsync, full_page_wr")],
)  # fmt: skip
def test_a_server_that_may_lose_what_it_acknowledged_is_refused(settings, off):
    with pytest.raises(UsageError, match=off):
        postgres.require_durable(answering(*settings, "on"))


def test_missing_checksums_are_told_and_not_refused():
    assert postgres.require_durable(answering("on", "on", "on", "off")) == ["data_checksums"]
    assert postgres.require_durable(answering("on", "on", "remote_apply", "on")) == []


@pytest.fixture(scope="module")
def own_server():
    programs = postgres_server.folder_of_programs()
    if programs is None:
        missing("No initdb was found.")
    try:
        made = postgres_server.OwnServer(programs)
    except NoServerError as reason:
        missing(str(reason))
    yield made
    made.stop()


@pytest.fixture
def url(own_server, monkeypatch, tmp_path):
    monkeypatch.setenv("CCM_VAR_DIR", str(tmp_path / "var"))
    with database(own_server.url) as made:
        db.migrate(made)
        yield made
        db.dispose(made)


def files(practice_part: str) -> list[tuple[str, bytes]]:
    people = [[f"{practice_part}{n}", f"M{practice_part}{n}", "X", "1948-05-17"]
              for n in range(PEOPLE)]  # fmt: skip
    times = [[f"{practice_part}{n % PEOPLE}", f"2025-03-{1 + n % 28:02d} 09:{n % 60:02d}",
              str(1 + n // 60)] for n in range(ENTRIES)]  # fmt: skip
    return [
        ("people.csv", table(["patient_id", "mrn", "family_name", "born_on"], people)),
        ("times.csv", table(["patient_id", "started_at", "minutes"], times)),
    ]


def counts(url: str) -> list[int]:
    with db.session(url) as session:
        assert access_log.verify(session).is_intact
        return [
            session.connection().scalar(text(sql))
            for sql in ("SELECT count(*) FROM patient", "SELECT count(*) FROM time_entry",
                        "SELECT count(*) FROM import_batch",
                        "SELECT count(*) FROM access_log WHERE action = 'import'")
        ]  # fmt: skip


class Trap:
    """Counts the statements of an import and kills the server before one of them."""

    def __init__(self, url: str, at: int, kill: Callable[[int], None]) -> None:
        self.seen, self.at, self.kill, self.engine = 0, at, kill, db.engine(url)

    def __enter__(self) -> Trap:
        event.listen(self.engine, "before_cursor_execute", self._before)
        event.listen(self.engine, "commit", self._commit)
        return self

    def __exit__(self, *_: object) -> None:
        event.remove(self.engine, "before_cursor_execute", self._before)
        event.remove(self.engine, "commit", self._commit)

    def _before(self, connection: Any, *_: Any) -> None:
        self._count(connection)

    def _commit(self, connection: Any) -> None:
        self._count(connection)

    def _count(self, connection: Any) -> None:
        self.seen += 1
        if self.seen == self.at:
            self.kill(connection.connection.dbapi_connection.info.backend_pid)


def answers(url: str) -> None:
    """Wait until the server has recovered."""
    for _ in range(300):
        db.dispose(url)
        try:
            with db.engine(url).connect():
                return
        except DBAPIError:
            time.sleep(0.1)
    raise AssertionError("the server did not come back")


def never(_pid: int) -> None:
    """Kill nothing."""


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.parametrize("victim", ["backend", "postmaster"])
def test_a_killed_server_keeps_imports_whole(own_server, url, victim):
    with Trap(url, 0, never) as counted:
        running.run(files("a"), url)
    before, fell = counts(url), []
    assert before == [PEOPLE, ENTRIES, 1, 1]
    assert counted.seen > KILLS
    moments = [1 + (counted.seen - 1) * n // (KILLS - 1) for n in range(KILLS)]
    for number, moment in enumerate([*moments, counted.seen + 1]):
        name, is_acknowledged = chr(ord("b") + number), False
        kill = own_server.kill_backend if victim == "backend" else lambda _: own_server.kill()
        with Trap(url, moment, kill) as trap, suppress(DBAPIError, CcmError):
            running.run(files(name), url)
            is_acknowledged = True
        if victim == "postmaster":
            if trap.seen < moment:
                own_server.kill()
            own_server.start()
        answers(url)
        after = counts(url)
        grown = [now - then for now, then in zip(after, before, strict=True)]
        assert grown in ([PEOPLE, ENTRIES, 1, 1], [0, 0, 0, 0]), (moment, grown)
        assert grown[0] or not is_acknowledged, "what was acknowledged is not there"
        fell.append(bool(grown[0]))
        running.run(files(name), url)
        before = counts(url)
        assert before[:2] == [PEOPLE * (number + 2), ENTRIES * (number + 2)]
    assert fell.count(False) >= KILLS - 2  # later imports may need fewer statements than the first
    assert fell[-1], "killed after the acknowledgement, and kept"
    print(f"{len(fell)} kills of the {victim}: {fell.count(False)} before the commit")


@pytest.mark.slow
@pytest.mark.postgres
def test_the_settings_of_a_real_server_are_read(own_server, url):
    assert db.require_durable(url) == []
    own_server.kill()
    own_server.start("-c fsync=off")
    db.dispose(url)
    with pytest.raises(UsageError, match="fsync"):
        db.require_durable(url)
    own_server.kill()
    own_server.start()
    db.dispose(url)
