"""Triggers that keep, beside the findings of a month, how many cases each rule fires in.

As with the sums of results, the database does this. On PostgreSQL each statement writes rows
of its own, which nobody changes: one transaction that changed the same rows a hundred times
would walk past all that it has changed before.
`ccm_core.store.summaries.result_counts` adds them up.
"""

from __future__ import annotations

from sqlalchemy import Connection

from ccm_core.store.migrations import triggers

_GROUP = ("practice_id", "month", "level", "rule")
_NAMES = ", ".join(_GROUP)
_ROWS = {"INSERT": {"NEW": 1}, "UPDATE": {"OLD": -1, "NEW": 1}, "DELETE": {"OLD": -1}}
_INTO = f"INSERT INTO finding_count ({_NAMES}, lane, cases)"
_OWN_LANE = "hashtextextended(gen_random_uuid()::text, 0)"


def fill(connection: Connection) -> None:
    """Count what is there. The owner of the tables sees every practice meanwhile."""
    is_bound = connection.dialect.name == "postgresql"
    if is_bound:
        connection.exec_driver_sql("ALTER TABLE finding NO FORCE ROW LEVEL SECURITY")
    connection.exec_driver_sql(
        f"{_INTO} SELECT {_NAMES}, 0, COUNT(*) FROM finding GROUP BY {_NAMES}"
    )
    if is_bound:
        connection.exec_driver_sql("ALTER TABLE finding FORCE ROW LEVEL SECURITY")


def watch(connection: Connection) -> None:
    """Make the triggers."""
    for event, signs in _ROWS.items():
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql(_of_rows(event))
            continue
        rows = {row: f"{row.lower()}_rows" for row in signs}
        name = f"finding_count_{event.lower()}"
        triggers.of_statement(connection, name, "finding", event, rows, _counting(event))


def _of_rows(event: str) -> str:
    """One trigger of SQLite, which counts each changed row at once."""
    columns = f" OF {_NAMES}" if event == "UPDATE" else ""
    counted = " ".join(
        f"{_INTO} VALUES ({', '.join(f'{row}.{name}' for name in _GROUP)}, 0, {sign}) "
        f"ON CONFLICT (practice_id, month, lane, level, rule) "
        "DO UPDATE SET cases = finding_count.cases + excluded.cases;"
        for row, sign in _ROWS[event].items()
    )
    name = f"finding_count_{event.lower()}"
    return f"CREATE TRIGGER {name} AFTER {event}{columns} ON finding BEGIN {counted} END"


def _counting(event: str) -> str:
    """What PostgreSQL does: count all rows of a statement together."""
    rows = " UNION ALL ".join(
        f"SELECT {sign} AS sign, {_NAMES} FROM {row.lower()}_rows"
        for row, sign in _ROWS[event].items()
    )
    return (
        f"{_INTO} SELECT {_NAMES}, {_OWN_LANE}, SUM(r.sign) FROM ({rows}) r "
        f"GROUP BY {_NAMES} HAVING SUM(r.sign) <> 0"
    )


def release(connection: Connection) -> None:
    """Drop what `watch` made."""
    triggers.drop(connection, [f"finding_count_{event.lower()}" for event in _ROWS])
