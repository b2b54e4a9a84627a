"""The schema goes up, down and up again, and says what the tables say."""

from __future__ import annotations

import dataclasses
import multiprocessing

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from ccm_core.errors import UsageError
from ccm_core.record_ids import SAME_BY
from ccm_core.store import db
from ccm_core.store.schema import METADATA, ROW_OF, record_table


def test_from_nothing_to_the_newest_and_back(empty_store_url):
    url = empty_store_url
    assert db.schema_state(url) == "empty"
    db.migrate(url)
    assert db.schema_state(url) == "current"
    with db.changing_schema(url) as connection:
        command.check(db.alembic_config(connection))
    with db.changing_schema(url) as connection:
        command.downgrade(db.alembic_config(connection), "base")
    assert set(inspect(db.engine(url)).get_table_names()) <= {"alembic_version"}
    db.migrate(url)
    db.migrate(url)
    assert set(METADATA.tables) < set(inspect(db.engine(url)).get_table_names())
    db.dispose(url)


def test_an_older_schema_is_brought_up_and_a_newer_one_refused(empty_store_url):
    url = empty_store_url
    with db.changing_schema(url) as connection:
        command.upgrade(db.alembic_config(connection), "0003")
    assert db.schema_state(url) == "older"
    db.require_current(url)
    assert db.schema_state(url) == "current"
    with db.changing_schema(url) as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(UsageError, match="newer version"):
        db.require_current(url)
    db.dispose(url)


def test_the_known_schemas_are_those_of_the_migrations(empty_store_url):
    with db.changing_schema(empty_store_url) as connection:
        script = ScriptDirectory.from_config(db.alembic_config(connection))
    walked = [found.revision for found in script.walk_revisions()]
    assert db.revisions() == walked[::-1]
    assert script.get_current_head() == db.revisions()[-1]
    db.dispose(empty_store_url)


def test_two_programs_may_start_at_once(empty_store_url):
    ours = multiprocessing.get_context("spawn")
    starting = [ours.Process(target=db.migrate, args=(empty_store_url,)) for _ in range(2)]
    for process in starting:
        process.start()
    for process in starting:
        process.join(60)
    assert [process.exitcode for process in starting] == [0, 0]
    assert db.schema_state(empty_store_url) == "current"
    db.dispose(empty_store_url)


@pytest.mark.parametrize("kind", ROW_OF, ids=lambda kind: kind.__name__)
def test_tables_carry_the_fields_of_the_records(kind):
    columns = record_table(kind).c
    names = {part.name for part in dataclasses.fields(kind)}
    assert names <= set(columns.keys())
    assert set(SAME_BY[kind]) <= names
    assert {"id", "version", "practice_id"} <= set(columns.keys())


def test_other_databases_are_refused():
    with pytest.raises(UsageError, match="mysql"):
        db.engine("mysql://localhost/x")


def test_short_postgres_addresses_mean_psycopg():
    assert db.database_url("postgres://h/d") == "postgresql+psycopg://h/d"
    assert db.database_url("postgresql://h/d") == "postgresql+psycopg://h/d"
