"""Triggers that let the access log only grow."""

from __future__ import annotations

from sqlalchemy import Connection

_REFUSAL = "the access log is append-only"
_SQLITE = (
    f"""CREATE TRIGGER access_log_no_update BEFORE UPDATE ON access_log
        BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END""",
    f"""CREATE TRIGGER access_log_no_delete BEFORE DELETE ON access_log
        BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END""",
    # An INSERT OR REPLACE deletes silently; a number must simply never come again.
    f"""CREATE TRIGGER access_log_no_replace BEFORE INSERT ON access_log
        WHEN EXISTS (SELECT 1 FROM access_log WHERE seq = NEW.seq)
        BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END""",
)
_POSTGRESQL = (
    f"""CREATE FUNCTION access_log_refuse() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION '{_REFUSAL}'; END $$""",
    """CREATE TRIGGER access_log_no_change BEFORE UPDATE OR DELETE ON access_log
        FOR EACH ROW EXECUTE FUNCTION access_log_refuse()""",
    """CREATE TRIGGER access_log_no_truncate BEFORE TRUNCATE ON access_log
        FOR EACH STATEMENT EXECUTE FUNCTION access_log_refuse()""",
)


def guard(connection: Connection) -> None:
    """Make the triggers."""
    for statement in _SQLITE if connection.dialect.name == "sqlite" else _POSTGRESQL:
        connection.exec_driver_sql(statement)


def release(connection: Connection) -> None:
    """Drop what `guard` made beside the table, before the table itself is dropped."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("DROP FUNCTION access_log_refuse() CASCADE")
