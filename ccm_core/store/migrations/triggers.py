"""What the triggers of several migrations have in common."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection


def of_statement(
    connection: Connection, name: str, table: str, event: str, rows: Mapping[str, str], does: str
) -> None:
    """Function and trigger of PostgreSQL, run once for each statement.

    ``rows``: the name under which ``does`` asks for the rows as they are (NEW) or were (OLD).
    """
    tables = " ".join(f"{row} TABLE AS {named}" for row, named in rows.items())
    connection.exec_driver_sql(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN {does}; RETURN NULL; END $$"
    )
    connection.exec_driver_sql(
        f"CREATE TRIGGER {name} AFTER {event} ON {table} REFERENCING {tables} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {name}()"
    )


def drop(connection: Connection, names: Iterable[str]) -> None:
    """Drop triggers; on PostgreSQL with the functions of the same names."""
    for name in names:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        else:
            connection.exec_driver_sql(f"DROP FUNCTION {name}() CASCADE")
