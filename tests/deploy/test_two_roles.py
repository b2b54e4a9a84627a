"""The owner migrates, the program's role works and owns nothing: as the files of deploy/ say."""

from __future__ import annotations

import shlex

import psycopg
import pytest

from ccm_core import records
from ccm_core.errors import PermissionDenied, UsageError
from ccm_core.store import consulting, db, postgres, reading, writing
from tests.deploy.conftest import PASSWORDS

pytestmark = pytest.mark.postgres


@pytest.fixture
def program(site, monkeypatch, tmp_path):
    """The program's environment in a container: the address of its own role."""
    monkeypatch.setenv("CCM_VAR_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("CCM_DATABASE_URL", site.address("ccm_app"))
    monkeypatch.setenv("CCM_CONSULTANT_URL", site.address("ccm_consultant"))
    yield site
    db.dispose()


def test_the_script_refuses_an_empty_password(new_site):
    for name in ("OWNER_PASSWORD", "APP_PASSWORD", "CONSULTANT_PASSWORD"):
        done = new_site.run_script(**{name: ""})
        assert done.returncode != 0
        assert "fill in database.env" in done.stderr


def test_each_role_has_its_own_password_and_no_privilege(site):
    for role in PASSWORDS:
        with site.raw(role) as raw:
            asked = """SELECT rolsuper OR rolbypassrls OR rolcreaterole OR rolreplication
                OR (rolcreatedb AND rolname <> 'ccm_owner') FROM pg_roles
                WHERE rolname = current_user"""
            assert raw.execute(asked).fetchone() == (False,)
        with pytest.raises(psycopg.OperationalError, match="authentication failed"):
            site.raw(role, "another")


def test_no_password_reached_the_log_of_the_server(site):
    said = site.run_script()  # again: the roles are there, so the statements fail
    assert said.returncode != 0
    seen = (site.server.folder / "log").read_text(errors="replace") + said.stderr + said.stdout
    assert "already exists" in seen
    for password in PASSWORDS.values():
        assert password not in seen
        assert shlex.quote(password) not in seen
        assert password.replace("'", "''") not in seen


def test_the_program_refuses_an_empty_database_until_the_owner_migrated(program):
    with program.look() as raw:
        raw.execute("DROP SCHEMA public CASCADE")
        raw.execute("CREATE SCHEMA public AUTHORIZATION pg_database_owner")
        raw.execute("GRANT USAGE ON SCHEMA public TO PUBLIC")  # as in a new database
    with pytest.raises(UsageError, match="ccm migrate"):
        db.require_current()
    for _ in range(2):  # compose runs it at each `up`
        done = program.migrate()
        assert done.returncode == 0, done.stderr
        assert "Rights are granted." in done.stdout
    db.require_current()
    assert db.require_durable() == []


def test_row_level_security_binds_the_program_and_the_owner(program, monkeypatch):
    assert program.migrate().returncode == 0
    with db.session(write=True) as session:
        writing.save(session, postgres.USUAL_PRACTICE, [
            records.Practice(postgres.USUAL_PRACTICE, "Ours"), records.Patient("p"),
        ])  # fmt: skip
        assert reading.patient(session, "p") is not None
    for role in ("ccm_owner", "ccm_app"):
        with program.raw(role) as raw:
            assert raw.execute("SELECT count(*) FROM patient").fetchone() == (0,)
    refused = psycopg.errors.InsufficientPrivilege
    with program.raw("ccm_consultant") as raw, pytest.raises(refused):
        raw.execute("SELECT count(*) FROM patient")
    with consulting.bound(True), db.session() as session:
        assert reading.practice(session) is not None
    with consulting.bound(True), pytest.raises(PermissionDenied), db.session() as session:
        reading.patient(session, "p")
    with program.look() as raw:
        owners = raw.execute("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname='public'")
        assert owners.fetchall() == [("ccm_owner",)]


def test_rows_that_are_refused_leave_no_value_in_the_log_of_the_server(program):
    assert program.migrate().returncode == 0
    twice = """INSERT INTO setting (key, value, version, updated_at)
        VALUES (%(key)s, '1', 1, 0), (%(key)s, '1', 1, 0)"""
    for role in ("ccm_owner", "ccm_app"):
        with program.raw(role) as raw, pytest.raises(psycopg.errors.UniqueViolation):
            raw.execute(twice, {"key": "CANARY-MRN"})
    seen = (program.server.folder / "log").read_text(errors="replace")
    assert "duplicate key value" in seen
    assert "DETAIL:  Key" not in seen
    assert "CANARY-MRN" not in seen


def test_the_program_changes_no_table(program):
    assert program.migrate().returncode == 0
    for statement in (
        "CREATE TABLE mine (x int)", "CREATE TEMP TABLE mine (x int)", "DROP TABLE patient",
        "DELETE FROM access_log", "SET ROLE ccm_owner",
    ):  # fmt: skip
        with program.raw("ccm_app") as raw, pytest.raises(psycopg.errors.InsufficientPrivilege):
            raw.execute(statement)


def test_the_owner_backs_up_and_drills(program, tmp_path):
    given = {
        "CCM_BACKUP_KEY": str(tmp_path / "backup.key"),
        "CCM_PG_BIN": str(program.server.programs),
        "CCM_LOG_KEY": "b" * 64,
    }
    assert program.migrate(**given).returncode == 0
    for words in (
        ("backup", "--new-key", given["CCM_BACKUP_KEY"]), ("backup", str(tmp_path / "kept")),
        ("drill", str(tmp_path / "kept")),
    ):  # fmt: skip
        done = program.run_program("ccm", *words, **given)
        assert done.returncode == 0, done.stderr + done.stdout
