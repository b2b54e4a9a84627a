"""Triggers that keep the sums of a month's results beside them.

The database does this, not the program: whatever writes, nothing is forgotten. SQLite
has one writer, who changes the one row of a count. On PostgreSQL each transaction counts
in rows of its own, so that two who move patients between the same counts never wait for
each other; `ccm_core.store.summaries.result_counts` adds them up from time to time.
"""

from __future__ import annotations

from sqlalchemy import Connection

from ccm_core.store.migrations import triggers

_SAME = ("practice_id", "month", "status", "effective_status", "is_below_threshold", "is_estimate")
_NEVER = 1_000_000
_WORKED_OUT = {
    "has_path": "{r}.path <> ''",
    "has_time": "{r}.counted_seconds <> 0",
    "minutes_to_next": f"COALESCE({{r}}.minutes_to_next, {_NEVER})",
    "counted_minutes": "{r}.counted_seconds / 60",
}
_DOLLARS = ("allowed_usd", "expected_medicare_usd")
_SUMS = ("patients", *_DOLLARS)
_GROUP = (*_SAME, *_WORKED_OUT)
_KEY = ", ".join(("lane", *_GROUP))
_ADD = ", ".join(f"{name} = result_count.{name} + excluded.{name}" for name in _SUMS)
_WATCHED = (*_SAME, "path", "counted_seconds", "minutes_to_next", *_DOLLARS)
_ROWS = {"INSERT": {"NEW": 1}, "UPDATE": {"OLD": -1, "NEW": 1}, "DELETE": {"OLD": -1}}
_INTO = f"INSERT INTO result_count ({_KEY}, {', '.join(_SUMS)})"
_OR_ADD = f"ON CONFLICT ({_KEY}) DO UPDATE SET {_ADD}"


def _group_of(row: str) -> list[str]:
    same = [f"{row}.{name}" for name in _SAME]
    return same + [f"({said.format(r=row)})" for said in _WORKED_OUT.values()]


def fill(connection: Connection) -> None:
    """Count what is there. The owner of the tables sees every practice meanwhile."""
    is_bound = connection.dialect.name == "postgresql"
    if is_bound:
        connection.exec_driver_sql("ALTER TABLE case_result NO FORCE ROW LEVEL SECURITY")
    group = ", ".join(_group_of("r"))
    sums = ", ".join(f"COALESCE(SUM(r.{name}), 0)" for name in _DOLLARS)
    connection.exec_driver_sql(
        f"{_INTO} SELECT 0, {group}, COUNT(*), {sums} FROM case_result r GROUP BY {group}"
    )
    if is_bound:
        connection.exec_driver_sql("ALTER TABLE case_result FORCE ROW LEVEL SECURITY")


def watch(connection: Connection) -> None:
    """Make the triggers."""
    for event, signs in _ROWS.items():
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql(_of_rows(event))
        else:
            rows = {row: f"{row.lower()}_rows" for row in signs}
            name = f"result_count_{event.lower()}"
            triggers.of_statement(connection, name, "case_result", event, rows, _counting(event))


def _of_rows(event: str) -> str:
    """One trigger of SQLite, which counts each changed row at once."""
    columns = f" OF {', '.join(_WATCHED)}" if event == "UPDATE" else ""
    changed = " OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in _WATCHED)
    when = f" WHEN {changed}" if event == "UPDATE" else ""
    counted = " ".join(
        f"{_INTO} VALUES (0, {', '.join(_group_of(row))}, {sign}, "
        f"{', '.join(f'{sign} * COALESCE({row}.{name}, 0)' for name in _DOLLARS)}) {_OR_ADD};"
        for row, sign in _ROWS[event].items()
    )
    name = f"result_count_{event.lower()}"
    return f"CREATE TRIGGER {name} AFTER {event}{columns} ON case_result{when} BEGIN {counted} END"


def _counting(event: str) -> str:
    """What PostgreSQL does: count all rows of a statement together."""
    rows = " UNION ALL ".join(
        f"SELECT {sign} AS sign, {row}_rows.* FROM {row}_rows" for row, sign in _ROWS[event].items()
    )
    group = ", ".join(_group_of("r"))
    sums = ["SUM(r.sign)", *(f"COALESCE(SUM(r.sign * r.{name}), 0)" for name in _DOLLARS)]
    any_change = " OR ".join(f"{total} <> 0" for total in sums)
    return (
        f"{_INTO} SELECT txid_current(), {group}, {', '.join(sums)} FROM ({rows}) r "
        f"GROUP BY {group} HAVING {any_change} {_OR_ADD}"
    )


def release(connection: Connection) -> None:
    """Drop what `watch` made."""
    triggers.drop(connection, [f"result_count_{event.lower()}" for event in _ROWS])
