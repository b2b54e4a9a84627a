"""Triggers that stamp a practice whenever rows change that kept answers rest on.

The database does this, not the program: whatever writes, nothing is forgotten. A stamp is
random, so that no state of any database is ever taken for another. SQLite has one writer,
who changes the one row of a subject. On PostgreSQL each transaction has rows of its own, so
that writers never wait for each other; `ccm_core.store.stamping` replaces them at times.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from ccm_core.store.migrations import triggers


@dataclass(frozen=True, slots=True)
class Stamped:
    """One subject of stamps: a table, or updates of some of its columns only."""

    subject: str
    table: str
    columns: tuple[str, ...] = ()
    is_updates_only: bool = False

    @property
    def events(self) -> tuple[str, ...]:
        return ("UPDATE",) if self.is_updates_only else ("INSERT", "UPDATE", "DELETE")


_TABLES = (
    "practice", "practitioner", "staff", "status_change", "consent", "payer", "time_entry",
    "claim_line", "case_result", "result_count", "finding", "acknowledgement", "audit_run",
    "month_close", "month_step", "step_count", "step_month", "step_mark",
)  # fmt: skip
_OF_PATIENTS = ("patient_id", "died_on", "practitioner_npi", "care_manager_id", "location",
                "status", "chronic_groups")  # fmt: skip
STAMPED = (
    *(Stamped(table, table) for table in _TABLES),
    # Every entry of time moves the last contact; who is cared for where changes seldom.
    Stamped("patient", "patient", _OF_PATIENTS),
    Stamped("contact", "patient", ("last_contact_at",), is_updates_only=True),
)
_ROWS = {
    "INSERT": {"NEW": "new_rows"},
    "UPDATE": {"OLD": "old_rows", "NEW": "new_rows"},
    "DELETE": {"OLD": "old_rows"},
}
_RANDOM = {"sqlite": "random() / 4", "postgresql": "hashtextextended(gen_random_uuid()::text, 0)"}
_OR_CHANGE = "ON CONFLICT (practice_id, subject, lane) DO UPDATE SET token = excluded.token"
_UNLESS_OURS = "WHERE data_stamp.xmin <> pg_current_xact_id()::xid"
"""On PostgreSQL a transaction stamps once: a row changed a thousand times in one transaction
is a thousand rows to walk past. A restored row of the same number is not this transaction's."""


def fill(connection: Connection) -> None:
    """The first stamps of every practice there is. The tables' owner sees all meanwhile."""
    kind = connection.dialect.name
    if kind == "postgresql":
        connection.exec_driver_sql("ALTER TABLE practice NO FORCE ROW LEVEL SECURITY")
    connection.exec_driver_sql(_first("SELECT practice_id FROM practice", kind))
    if kind == "postgresql":
        connection.exec_driver_sql("ALTER TABLE practice FORCE ROW LEVEL SECURITY")


def _first(practices: str, kind: str) -> str:
    subjects = " UNION ALL ".join(f"SELECT '{one.subject}' AS subject" for one in STAMPED)
    return (
        "INSERT INTO data_stamp (practice_id, subject, lane, token) "
        f"SELECT p.practice_id, s.subject, 0, {_RANDOM[kind]} "
        f"FROM ({practices}) p CROSS JOIN ({subjects}) s WHERE true {_OR_CHANGE}"
    )


def watch(connection: Connection) -> None:
    """Make the triggers."""
    kind = connection.dialect.name
    for stamped in STAMPED:
        for event in stamped.events:
            if kind == "sqlite":
                connection.exec_driver_sql(_of_rows(stamped, event))
            else:
                _of_statements(connection, f"stamp_{stamped.subject}", stamped, event)
    if kind == "sqlite":
        first = _first("SELECT NEW.practice_id AS practice_id", kind)
        connection.exec_driver_sql(
            f"CREATE TRIGGER stamp_first AFTER INSERT ON practice BEGIN {first}; END"
        )
    else:
        first = _first("SELECT DISTINCT practice_id FROM new_rows", kind)
        triggers.of_statement(
            connection, "stamp_first", "practice", "INSERT", _ROWS["INSERT"], first
        )


def _of_rows(stamped: Stamped, event: str) -> str:
    """One trigger of SQLite. A statement of many rows stamps once for each."""
    columns = f" OF {', '.join(stamped.columns)}" if event == "UPDATE" and stamped.columns else ""
    changed = " OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in stamped.columns)
    when = f" WHEN {changed}" if columns else ""
    of = " OR ".join(f"practice_id = {row}.practice_id" for row in _ROWS[event])
    return (
        f"CREATE TRIGGER stamp_{stamped.subject}_{event.lower()} AFTER {event}{columns} "
        f"ON {stamped.table}{when} BEGIN UPDATE data_stamp SET token = {_RANDOM['sqlite']} "
        f"WHERE ({of}) AND subject = '{stamped.subject}'; END"
    )


def _of_statements(connection: Connection, name: str, stamped: Stamped, event: str) -> None:
    """Function and trigger of PostgreSQL; a statement without rows stamps nothing."""
    rows = " UNION ALL ".join(f"SELECT practice_id FROM {rows}" for rows in _ROWS[event].values())
    if event == "UPDATE" and stamped.columns:
        names = ", ".join(("practice_id", "id", *stamped.columns))
        rows = (
            f"(SELECT {names} FROM new_rows EXCEPT SELECT {names} FROM old_rows) UNION ALL "
            f"(SELECT {names} FROM old_rows EXCEPT SELECT {names} FROM new_rows)"
        )
    stamping = (
        "INSERT INTO data_stamp (practice_id, subject, lane, token) "
        f"SELECT p.practice_id, '{stamped.subject}', txid_current(), {_RANDOM['postgresql']} "
        f"FROM (SELECT DISTINCT r.practice_id FROM ({rows}) r) p "
        f"{_OR_CHANGE} {_UNLESS_OURS}"
    )
    triggers.of_statement(
        connection, f"{name}_{event.lower()}", stamped.table, event, _ROWS[event], stamping
    )


def release(connection: Connection) -> None:
    """Drop what `watch` made."""
    names = [f"stamp_{one.subject}_{event.lower()}" for one in STAMPED for event in one.events]
    triggers.drop(connection, [*names, "stamp_first"])
