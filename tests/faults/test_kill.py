"""R24, R33, R34, R40: killed at any moment, the work is there whole or not at all."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from alembic import command

from ccm_core import demo
from ccm_core.exchange import running
from ccm_core.program import billing_settings, claim_files, claim_run, remitting, simulated
from ccm_core.store import access_log, db, reading, sqlite
from tests.claims_loop.conftest import MONTH, NOW, TODAY, practice_of, who
from tests.exchange.makers import table
from tests.faults.killing import many

pytestmark = pytest.mark.slow

LEAD = who("billing_lead")
PEOPLE, ENTRIES = 40, 400


class Place:
    """One database file, put back to its beginning before each kill."""

    def __init__(self, template: Path, file: Path) -> None:
        self.template, self.file, self.url = template, file, f"sqlite:///{file}"

    def renew(self) -> None:
        db.dispose(self.url)
        for old in self.file.parent.glob(f"{self.file.name}*"):
            old.unlink()
        shutil.copyfile(self.template, self.file)

    def ask(self, *statements: str) -> list[Any]:
        """One number for each statement; the file must be sound."""
        raw = sqlite.library().connect(str(self.file))
        try:
            assert raw.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
            assert raw.execute("PRAGMA foreign_key_check").fetchone() is None
            return [raw.execute(statement).fetchone()[0] for statement in statements]
        finally:
            raw.close()

    def log_is_intact(self) -> bool:
        with db.session(self.url) as session:
            found = access_log.verify(session).is_intact
        db.dispose(self.url)
        return found


@pytest.fixture
def place(_migrated_sqlite: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CCM_VAR_DIR", str(tmp_path / "var"))
    access_log.key()
    made = Place(_migrated_sqlite, tmp_path / "killed.sqlite3")
    yield made
    db.dispose(made.url)


def logged(action: str) -> str:
    return f"SELECT count(*) FROM access_log WHERE action = '{action}'"


def test_an_import_is_whole_or_not_there_and_comes_once(place):
    people = [[f"p{n}", f"M{n}", f"N{n}", "1948-05-17"] for n in range(PEOPLE)]
    times = [[f"p{n % PEOPLE}", f"2025-03-{1 + n % 28:02d} 09:{n % 60:02d}", str(1 + n // 60)]
             for n in range(ENTRIES)]  # fmt: skip
    files = [
        ("people.csv", table(["patient_id", "mrn", "family_name", "born_on"], people)),
        ("times.csv", table(["patient_id", "started_at", "minutes"], times)),
    ]

    def load() -> None:
        running.run(files, place.url)

    def prepare() -> Callable[[], None]:
        place.renew()
        return load

    def counts() -> list[Any]:
        return place.ask(
            "SELECT count(*) FROM patient", "SELECT count(*) FROM time_entry",
            "SELECT count(*) FROM import_batch", "SELECT count(*) FROM import_file",
            logged("import"),
        )  # fmt: skip

    whole = [PEOPLE, ENTRIES, 1, 2, 1]

    def judge() -> bool:
        found = counts()
        assert found in (whole, [0, 0, 0, 0, 0]), found
        is_there = found == whole
        assert place.log_is_intact()
        load()  # whoever is not sure imports once more
        assert counts()[:2] == whole[:2]
        return is_there

    many(prepare, judge)


def test_a_migration_is_old_or_new(place, tmp_path):
    old = tmp_path / "old.sqlite3"
    with db.changing_schema(f"sqlite:///{old}") as connection:
        command.upgrade(db.alembic_config(connection), "0005")
    db.dispose(f"sqlite:///{old}")
    place.template = old

    def prepare() -> Callable[[], None]:
        place.renew()
        return lambda: db.migrate(place.url)

    def judge() -> bool:
        (version,) = place.ask("SELECT version_num FROM alembic_version")
        (has_log,) = place.ask("SELECT count(*) FROM sqlite_master WHERE name = 'access_log'")
        state = db.schema_state(place.url)
        assert (state, has_log, version == "0005") in (("older", 0, True), ("current", 1, False))
        db.migrate(place.url)
        assert db.schema_state(place.url) == "current"
        return state == "current"

    many(prepare, judge)


@pytest.fixture
def billed(place, monkeypatch, tmp_path):
    """A month whose claims have left, and one answer of a payer."""
    monkeypatch.setattr("ccm_core.months.clock", lambda: NOW)
    place.renew()
    with db.session(place.url, write=True) as session:
        demo.load(session, patients=60, months=2, today=TODAY)
        practice = reading.practice(session)
        assert practice is not None
        billing_settings.seed_demo(session, practice)
    practice = practice_of(place.url)
    with db.session(place.url, write=True) as session:
        claim_run.make(session, LEAD, practice, MONTH)
        done = claim_files.export(session, LEAD, practice, MONTH)
    db.dispose(place.url)
    filled = tmp_path / "billed.sqlite3"
    shutil.copyfile(place.file, filled)
    place.template = filled
    return simulated.answer(practice, max(done.files, key=lambda file: len(file.content)))


def test_a_posting_is_whole_or_not_there_and_comes_once(place, billed):
    name, content = billed
    asked = ("SELECT count(*) FROM posting", "SELECT count(*) FROM remittance_payment",
             "SELECT count(*) FROM remittance_file", logged("post"))  # fmt: skip
    before = place.ask(*asked)
    practice = practice_of(place.url)

    def post() -> None:
        with db.session(place.url, write=True) as session:
            remitting.post(session, LEAD, practice, name, content)

    def prepare() -> Callable[[], None]:
        place.renew()
        return post

    prepare()()
    whole = place.ask(*asked)
    assert whole[0] > before[0]

    def judge() -> bool:
        found = place.ask(*asked)
        assert found in (before, whole), found
        assert place.log_is_intact()
        post()
        assert place.ask(*asked)[:3] == whole[:3]
        return bool(found == whole)

    many(prepare, judge)


@pytest.mark.usefixtures("billed")
def test_the_close_of_a_month_is_whole_or_not_there(place):
    asked = ("SELECT count(*) FROM month_close WHERE month = '2026-10'", logged("close"))
    before = place.ask(*asked)
    practice = practice_of(place.url)

    def close() -> None:
        with db.session(place.url, write=True) as session:
            claim_run.close(session, LEAD, practice, MONTH)

    def prepare() -> Callable[[], None]:
        place.renew()
        return close

    def judge() -> bool:
        found = place.ask(*asked)
        assert found in (before, [n + 1 for n in before]), found
        assert place.log_is_intact()
        return bool(found != before)

    many(prepare, judge)
