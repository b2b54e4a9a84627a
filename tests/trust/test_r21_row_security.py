"""R21: on PostgreSQL a transaction reaches the rows of one practice, and without one no row."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

import psycopg
import pytest
from psycopg import errors, sql
from sqlalchemy.engine import make_url
from typer.testing import CliRunner

from ccm_core import records
from ccm_core.cli import app
from ccm_core.engine import run
from ccm_core.errors import UsageError
from ccm_core.months import Month
from ccm_core.store import bulk, db, postgres, reading, writing
from ccm_core.store.access_log import System, record
from ccm_core.store.migrations import row_security
from ccm_core.store.schema import METADATA

pytestmark = pytest.mark.postgres
PASSWORD = "four-unrelated-green-words"
WHEN = datetime(2026, 10, 5, 14, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Store:
    """One database: as its owner, and as the role of the program."""

    owner: str
    program: str
    role: str

    def raw(self, practice: str = "") -> psycopg.Connection:
        """A bare connection as the program's role, its practice set or not."""
        address = self.program.replace("postgresql+psycopg://", "postgresql://")
        opened = psycopg.connect(address)
        if practice:
            opened.execute("SELECT set_config('app.practice', %s, true)", (practice,))
        return opened


@pytest.fixture
def store(_migrated_postgres: str, pg_url: str, monkeypatch, tmp_path) -> Iterator[Store]:
    """Practices A and B with one patient each; the program's role owns nothing."""
    from tests import servers

    monkeypatch.setenv("CCM_VAR_DIR", str(tmp_path / "var"))
    role = f"ccm_app_{uuid.uuid4().hex[:8]}"
    plain = pg_url.replace("postgresql+psycopg://", "postgresql://")
    with psycopg.connect(plain, autocommit=True) as server:
        server.execute(
            sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(
                sql.Identifier(role), sql.Literal(PASSWORD)
            )
        )
    with servers.database(pg_url, _migrated_postgres) as owner:
        with db.changing_schema(owner) as connection:
            postgres.grant(connection, role)
        for practice in ("A", "B"):
            with db.session(owner, write=True) as session:
                writing.save(session, practice, of(practice))
        program = make_url(owner).set(username=role, password=PASSWORD)
        made = Store(owner, program.render_as_string(hide_password=False), role)
        yield made
        db.dispose(made.program)
        db.dispose(owner)
    with psycopg.connect(plain, autocommit=True) as server:
        server.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(role)))


def of(practice: str) -> list[object]:
    """A practice, its nurse, a patient and ten minutes."""
    return [
        records.Practice(practice, f"Practice {practice}"),
        records.Staff("s", "Nurse"),
        records.Patient("p", family_name=f"OF-{practice}", born_on=date(1948, 5, 17)),
        records.TimeEntry("e", "p", WHEN, 600, staff_id="s"),
    ]


def names(raw: psycopg.Connection) -> list[str]:
    return [row[0] for row in raw.execute("SELECT family_name FROM patient ORDER BY 1")]


def test_each_practice_reads_its_own_rows(store, monkeypatch):
    for practice in ("A", "B"):
        monkeypatch.setenv("CCM_PRACTICE", practice)
        with db.session(store.program) as session:
            assert reading.practice_ids(session) == [practice]
            found = reading.patient(session, "p")
            assert found is not None
            assert found.family_name == f"OF-{practice}"
    with store.raw("A") as raw:
        assert names(raw) == ["OF-A"]
        assert names(raw) == ["OF-A"], "the setting lasts for the transaction"


def test_without_a_practice_there_is_no_row_in_any_table(store):
    with store.raw() as raw:
        tables = [t.name for t in METADATA.sorted_tables if "practice_id" in t.c]
        assert len(tables) > 30
        for table in tables:
            found = raw.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table)))
            assert found.fetchone() == (0,), table


@pytest.mark.parametrize("practice", ["", "nobody", "a", "A' OR 'x'='x", "%", "A "])
def test_a_forged_practice_reaches_nothing(store, practice):
    with store.raw(practice) as raw:
        assert names(raw) == []


def test_rows_of_another_practice_are_not_written(store):
    wrong = """INSERT INTO practice (practice_id, name, time_zone, setting, locality, state, npi,
        tin, policy, preference, is_demo, version, created_at, updated_at)
        VALUES ('C', 'x', '', '', '', '', '', '', '', '', false, 1, 0, 0)"""
    with store.raw("A") as raw, pytest.raises(errors.InsufficientPrivilege):
        raw.execute(wrong)
    with store.raw("A") as raw, pytest.raises(errors.InsufficientPrivilege):
        raw.execute("UPDATE patient SET practice_id = 'B'")
    with store.raw("A") as raw:
        for statement in (
            "UPDATE patient SET family_name = 'X' WHERE practice_id = 'B'",
            "DELETE FROM time_entry WHERE practice_id = 'B'",
        ):
            assert raw.execute(statement).rowcount == 0
    with store.raw("B") as raw:
        assert names(raw) == ["OF-B"]


def test_rows_in_bulk_are_bound_as_one_row_is(store, monkeypatch):
    monkeypatch.setattr(bulk, "FROM_ROWS", 2)
    monkeypatch.setenv("CCM_PRACTICE", "A")
    many = [records.Patient(f"q{n}", family_name=f"NEW-{n}") for n in range(5)]
    with pytest.raises(Exception, match=r"row-level security|written"), \
            db.session(store.program, write=True) as session:  # fmt: skip
        writing.save(session, "B", many)
    with db.session(store.program, write=True) as session:
        assert writing.save(session, "A", many).new == 5
    with store.raw("A") as raw:
        assert len(names(raw)) == 6


def test_an_audit_in_columns_is_bound_as_the_pages_are(store, monkeypatch):
    monkeypatch.setenv("CCM_PRACTICE", "A")
    where = run.Cluster(source=store.program, output=store.program)
    tally = run.audit_to_output([], Month(2025, 3), None, None, "local", where)
    assert len(tally.output_ids) == 1
    with store.raw("A") as raw, store.raw("B") as other:
        asked = "SELECT DISTINCT practice_id FROM audit_output"
        assert raw.execute(asked).fetchall() == [("A",)]
        assert other.execute(asked).fetchall() == []


def test_the_program_cannot_save_into_another_practice(store, monkeypatch):
    monkeypatch.setenv("CCM_PRACTICE", "A")
    theirs = records.Patient("q", family_name="NEW")
    with pytest.raises(Exception, match=r"row-level security|written"), \
            db.session(store.program, write=True) as session:  # fmt: skip
        writing.save(session, "B", [theirs])
    with store.raw("B") as raw:
        assert names(raw) == ["OF-B"]


def test_a_pooled_connection_keeps_no_practice(store, monkeypatch):
    monkeypatch.setenv("CCM_PRACTICE", "A")
    with db.session(store.program) as session:
        reading.practice_ids(session)
    with db.engine(store.program).connect() as connection:
        raw = connection.connection.dbapi_connection
        assert raw.execute("SELECT count(*) FROM patient").fetchone() == (0,)
        raw.rollback()
    monkeypatch.setenv("CCM_PRACTICE", "B")
    with db.session(store.program) as session:
        assert reading.practice_ids(session) == ["B"]


def test_every_table_of_a_practice_is_guarded_and_forced(store):
    with db.engine(store.owner).connect() as connection:
        assert row_security.unprotected(connection) == []
        found = connection.exec_driver_sql(
            "SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity"
        )
        guarded = {row[0] for row in found}
    assert guarded == {t.name for t in METADATA.sorted_tables if "practice_id" in t.c} | {
        "timer_stretch"
    }


@pytest.mark.parametrize(
    "statement",
    ["TRUNCATE patient", "DROP TABLE patient", "ALTER TABLE patient DISABLE ROW LEVEL SECURITY",
     "DROP POLICY one_practice ON patient", "ALTER TABLE patient NO FORCE ROW LEVEL SECURITY",
     "CREATE TABLE mine (x int)", "UPDATE access_log SET reason = ''", "DELETE FROM access_log",
     "TRUNCATE access_log", "UPDATE alembic_version SET version_num = '0001'",
     "ALTER TABLE access_log DISABLE TRIGGER ALL", "SET ROLE postgres"],
)  # fmt: skip
def test_the_role_of_the_program_cannot_lift_it(store, statement):
    with store.raw("A") as raw, pytest.raises(errors.InsufficientPrivilege):
        raw.execute(statement)


def test_the_role_of_the_program_can_do_its_work(store, monkeypatch):
    monkeypatch.setenv("CCM_PRACTICE", "A")
    db.require_current(store.program)
    with db.session(store.program, write=True) as session:
        record(session, System("x"), "view", "patient", "p")
        writing.save(session, "A", [records.Patient("q", family_name="SECOND")])
    with store.raw("A") as raw:
        assert names(raw) == ["OF-A", "SECOND"]


def test_an_older_form_is_for_the_owner(store):
    from alembic import command

    with db.changing_schema(store.owner) as connection:
        command.downgrade(db.alembic_config(connection), "-1")
    with pytest.raises(UsageError, match="ccm migrate"):
        db.require_current(store.program)
    done = CliRunner().invoke(app, ["migrate", "--db", store.owner, "--app-role", store.role])
    assert done.exit_code == 0, done.output
    db.require_current(store.program)


@pytest.mark.parametrize("role", ["postgres", "no_such_role"])
def test_a_role_that_nothing_binds_gets_no_rights(store, role):
    with pytest.raises(UsageError, match="role"), db.changing_schema(store.owner) as connection:
        postgres.grant(connection, role)


def test_a_name_that_is_no_practice_is_refused(monkeypatch):
    monkeypatch.setenv("CCM_PRACTICE", "A'; DROP")
    with pytest.raises(UsageError, match="CCM_PRACTICE"):
        postgres.practice()
