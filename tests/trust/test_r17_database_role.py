"""R17: a consultant's requests have a database role that cannot read a row about a patient."""

from __future__ import annotations

import ast
import threading

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from streamlit.testing.v1 import AppTest

from ccm_core.access import permissions
from ccm_core.access.downloads import DESK
from ccm_core.errors import PermissionDenied, UsageError
from ccm_core.money.scenario import scenario
from ccm_core.program import publishing, saved_scenarios
from ccm_core.store import access_log, consulting, db, figures, reading, sqlite
from ccm_core.store.schema import METADATA
from tests.conftest import ROOT
from tests.pages.page_text import metrics
from tests.pages.signed_in import open_as
from tests.trust.test_r16_services import person

READABLE = {"published_figures", "practice", "fee_version", "saved_scenario"}
"""Written out a second time: a table must not become readable by a slip in the list."""
OTHERS = sorted(set(METADATA.tables) - READABLE)
ROLE_PAGES = sorted(page for role, page, action in permissions.allowed()
                    if (role, action) == ("consultant", "view"))  # fmt: skip


def refused(statement: str, write: bool = False) -> bool:
    """Whether the database, asked as a consultant's request, refuses."""
    try:
        with consulting.bound(True), db.session(write=write) as opened:
            opened.connection().execute(text(statement))
    except PermissionDenied:
        return True
    return False


def test_the_list_names_no_table_with_a_patient():
    assert {name for name, may in consulting.RIGHTS.items() if "SELECT" in may} == READABLE
    for name in READABLE:
        columns = set(METADATA.tables[name].columns.keys())
        assert not columns & {"patient_id", "mrn", "mbi", "family_name", "born_on"}, name


@pytest.mark.usefixtures("small_store")
def test_it_reads_no_row_of_any_other_table():
    assert len(OTHERS) > 50
    allowed = [name for name in OTHERS if not refused(f"SELECT count(*) FROM {name}")]
    # SQLite's log may be counted (its trigger does), PostgreSQL's not even that.
    assert set(allowed) <= {"access_log"}
    for name in OTHERS:
        column = next(iter(METADATA.tables[name].columns.keys()))
        if name != "access_log":
            assert refused(f"SELECT {column} FROM {name}"), name
    assert refused("SELECT object_id FROM access_log")
    assert refused("SELECT reason FROM access_log")


@pytest.mark.usefixtures("small_store")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE patient SET family_name = 'x'", "DELETE FROM time_entry",
        "UPDATE published_figures SET content = ''", "DELETE FROM published_figures",
        "UPDATE practice SET name = 'x'", "DELETE FROM access_log",
        "UPDATE access_log SET reason = ''", "DROP TABLE patient", "CREATE TABLE mine (x int)",
        "SELECT * FROM published_figures UNION SELECT patient_id, mrn, mbi, family_name, 1 "
        "FROM patient",
        "WITH practice AS (SELECT family_name AS name FROM patient) SELECT name FROM practice",
        "SELECT (SELECT family_name FROM patient LIMIT 1) FROM practice",
        "SELECT 1 FROM practice ORDER BY (SELECT min(mrn) FROM patient)",
        "INSERT INTO saved_scenario (user_id, name, content, tables_version, created_at, version,"
        " updated_at) SELECT 'u', mrn, family_name, '', 0, 1, 0 FROM patient",
    ],
)  # fmt: skip
def test_it_changes_nothing_and_finds_no_way_round(statement):
    assert refused(statement, write=True)


@pytest.mark.usefixtures("small_store")
def test_sqlite_opens_no_other_file_and_lifts_no_guard(store_url, tmp_path):
    if not store_url.startswith("sqlite"):
        pytest.skip("of SQLite only")
    for statement in (
        f"ATTACH '{tmp_path / 'store.sqlite3'}' AS again", "PRAGMA writable_schema=1",
        "PRAGMA journal_mode=DELETE", "SELECT load_extension('x')",
        "SELECT sql FROM sqlite_master", "CREATE TEMP VIEW v AS SELECT * FROM patient",
    ):  # fmt: skip
        assert refused(statement, write=True), statement
    with db.consultants_engine(store_url).connect() as connection:
        raw = connection.connection.dbapi_connection  # outside of any transaction
        with pytest.raises(sqlite.library().DatabaseError, match="authoriz"):
            raw.execute(f"VACUUM INTO '{tmp_path / 'copy.sqlite3'}'")
    assert not (tmp_path / "copy.sqlite3").exists()


@pytest.mark.usefixtures("small_store")
def test_postgresql_lets_the_role_become_nobody_else(store_url):
    if store_url.startswith("sqlite"):
        pytest.skip("of PostgreSQL only")
    for statement in (
        "SET ROLE postgres", "SET SESSION AUTHORIZATION postgres", "RESET ROLE; TABLE patient",
        "COPY patient TO STDOUT", "LOCK TABLE patient", "SELECT pg_read_file('/etc/passwd')",
        "ALTER TABLE patient DISABLE ROW LEVEL SECURITY", "TRUNCATE patient",
        "SELECT stavalues1 FROM pg_statistic",
    ):  # fmt: skip
        assert refused(statement), statement
    with consulting.bound(True), db.session() as opened:
        seen = opened.connection().execute(
            text("SELECT count(*) FROM pg_stats WHERE tablename = 'patient'")
        )
        assert seen.scalar() == 0


@pytest.mark.usefixtures("small_store")
@pytest.mark.parametrize("page", ROLE_PAGES)
def test_every_page_of_a_consultant_works_with_it(page, monkeypatch):
    opened_as_program: list[str] = []
    whole = db.engine

    def counted(url: str | None = None):
        opened_as_program.append("bound" if consulting.is_bound() else "program")
        return whole(url)

    monkeypatch.setattr(db, "engine", counted)
    at = open_as("consultant", page)
    assert not at.exception, at.exception
    assert not at.error, at.error[0].value
    assert "bound" not in opened_as_program


@pytest.mark.usefixtures("small_store")
def test_a_page_that_would_show_a_patient_fails_in_the_database(tmp_path):
    """Whatever a page's code says: here one that was given to the wrong role."""
    script = tmp_path / "slip.py"
    script.write_text(
        "from pages.parts.guard import guard\nfrom ccm_core.store import db, reading\n"
        "import streamlit as st\nguard('home')\n"
        "with db.session() as opened:\n    st.write(reading.patient(opened, 'ana').family_name)\n"
    )
    shown = open_as("consultant")
    at = AppTest.from_file(str(script), default_timeout=30)
    at.user = shown.user
    at.run()
    assert at.exception
    assert not at.markdown
    manager = AppTest.from_file(str(script), default_timeout=30)
    manager.user = open_as("practice_manager").user
    assert manager.run().markdown[0].value == "Alder", "the slip itself works"


@pytest.mark.usefixtures("small_store")
def test_saving_a_projection_is_one_transaction_with_its_entry():
    who = person("consultant")
    with consulting.bound(True), db.session(write=True) as opened:
        saved_scenarios.save(opened, who, "First", scenario(months=12))
    with db.session() as opened:
        assert [one.name for one in saved_scenarios.listed(opened, who)] == ["First"]
        assert access_log.newest(opened, 1)[0].object_type == "scenario"
        assert access_log.verify(opened).is_intact


@pytest.mark.usefixtures("small_store")
def test_other_threads_and_roles_keep_the_role_of_the_program():
    seen: list[bool] = []
    with consulting.bound(True):
        other = threading.Thread(target=lambda: seen.append(consulting.is_bound()))
        other.start()
        other.join()
        assert consulting.is_bound()
    assert seen == [False]
    for role in permissions.ROLES:
        assert permissions.is_aggregate_reader(person(role)) is (role == "consultant")


@pytest.mark.usefixtures("small_store")
def test_figures_are_of_one_month_and_made_once_a_day():
    with db.session(write=True) as opened:
        assert publishing.keep_up(opened)
        assert not publishing.keep_up(opened), "not again on the same day"
        practice = reading.practice(opened)
        kept = {view: figures.newest(opened, "p1", view) for view in
                ("home", "program_health", "revenue")}  # fmt: skip
    assert practice is not None
    assert len({one.month for one in kept.values() if one}) == 1
    assert None not in kept.values()


@pytest.mark.usefixtures("small_store")
def test_a_consultant_before_the_first_figures_is_told_to_wait(monkeypatch):
    monkeypatch.setattr(publishing, "keep_up", lambda session: False)
    at = open_as("consultant")
    assert not at.exception
    assert not metrics(at)
    assert "not published yet" in at.info[0].value
    assert "not published yet" in open_as("consultant", "program_health").error[0].value


@pytest.mark.usefixtures("small_store")
def test_without_a_role_nothing_falls_back_to_the_program(store_url, monkeypatch):
    if store_url.startswith("sqlite"):
        pytest.skip("of PostgreSQL only")
    db.dispose_consultants()
    monkeypatch.delenv("CCM_CONSULTANT_URL")
    with pytest.raises(UsageError, match="CCM_CONSULTANT_URL"), consulting.bound(True), \
            db.session():  # fmt: skip
        pass
    at = open_as("consultant")
    assert "database role of their own" in at.error[0].value
    assert not metrics(at)
    monkeypatch.setenv("CCM_CONSULTANT_URL", store_url)  # the role of the program itself
    with pytest.raises((UsageError, DBAPIError), match="more than aggregates"), \
            consulting.bound(True), db.session() as opened:  # fmt: skip
        reading.practice(opened)


def test_downloads_are_made_with_the_role_of_their_reader():
    """The route makes files outside of a page; the same binding stands around the making."""
    source = (ROOT / "ccm_core/access/downloads.py").read_text(encoding="utf-8")
    makes = [
        node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.With)
        and "consulting.bound" in ast.unparse(node.items[0])
        and "offer.make()" in ast.unparse(node)
    ]  # fmt: skip
    assert len(makes) == 1
    assert source.count("offer.make()") == 1
    assert DESK is not None
