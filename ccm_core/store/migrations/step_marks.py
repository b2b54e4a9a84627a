"""Triggers that mark the patients whose stored steps a change may have made wrong.

The database does this, not the program: whatever writes, nothing is forgotten. SQLite marks
row by row. PostgreSQL does it once for each statement: a row at a time, the marks and the
stamps of the marks were a third of what it did in a load.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from ccm_core.store.migrations import triggers


@dataclass(frozen=True, slots=True)
class Watched:
    """One table that steps rest on; ``columns`` and ``when`` say which updates matter."""

    table: str
    month: str = "''"
    day: str = "CAST(NULL AS INTEGER)"
    columns: str = ""
    when: str = ""

    @property
    def compared(self) -> str:
        """What tells two versions of a row apart, where not every update matters."""
        return f"id, practice_id, patient_id, {self.columns}" + (", month" if self.when else "")


WATCHED = (
    Watched("patient", columns="status, died_on, chronic_groups, practitioner_npi, "
            "care_manager_id, location"),
    Watched("status_change"),
    Watched("consent"),
    Watched("care_plan"),
    Watched("payer"),
    Watched("time_entry", day="CAST({row}.started_at / 86400 AS INTEGER)"),
    Watched("claim_line", month="{row}.month"),
    Watched("case_result", month="{row}.month", columns="path", when="OLD.path <> NEW.path"),
)  # fmt: skip
_ROWS = {"INSERT": ("NEW",), "UPDATE": ("OLD", "NEW"), "DELETE": ("OLD",)}


def _marking(watched: Watched, event: str) -> str:
    """The statement that marks the patients of the changed row."""
    marked = (
        f"SELECT {row}.practice_id, {row}.patient_id, {watched.month.format(row=row)}, "
        f"{watched.day.format(row=row)}"
        for row in _ROWS[event]
    )
    return f"INSERT INTO step_mark (practice_id, patient_id, month, day) {' UNION '.join(marked)};"


def _of(watched: Watched, event: str) -> str:
    return f"UPDATE OF {watched.columns}" if event == "UPDATE" and watched.columns else event


def _when(watched: Watched, event: str) -> str:
    return f"WHEN ({watched.when})" if event == "UPDATE" and watched.when else ""


def watch(connection: Connection) -> None:
    """Make the triggers."""
    for watched in WATCHED:
        for event in _ROWS:
            name = f"step_mark_{watched.table}_{event.lower()}"
            head = f"CREATE TRIGGER {name} AFTER {_of(watched, event)} ON {watched.table}"
            head += f" FOR EACH ROW {_when(watched, event)}"
            marking = _marking(watched, event)
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql(f"{head} BEGIN {marking} END")
                continue
            connection.exec_driver_sql(
                f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
                f"$$ BEGIN {marking} RETURN NULL; END $$"
            )
            connection.exec_driver_sql(f"{head} EXECUTE FUNCTION {name}()")


def watch_statements(connection: Connection) -> None:
    """Make those of PostgreSQL that mark all rows of a statement together."""
    for watched in WATCHED:
        for event, rows in _ROWS.items():
            name = f"step_mark_{watched.table}_{event.lower()}"
            marking = (
                "INSERT INTO step_mark (practice_id, patient_id, month, day) "
                f"SELECT DISTINCT r.practice_id, r.patient_id, {watched.month.format(row='r')}, "
                f"{watched.day.format(row='r')} FROM ({_touched(watched, event)}) r"
            )
            tables = {row: f"{row.lower()}_rows" for row in rows}
            triggers.of_statement(connection, name, watched.table, event, tables, marking)


def _touched(watched: Watched, event: str) -> str:
    """The rows of a statement that matter, as they are and as they were.

    Set against each other and not joined: PostgreSQL keeps the plan that it made for the
    first statement, and a plan for one row would compare each of a thousand with each.
    """
    if event != "UPDATE" or not watched.columns:
        return " UNION ALL ".join(f"SELECT * FROM {row.lower()}_rows" for row in _ROWS[event])
    new, old = (f"SELECT {watched.compared} FROM {row}_rows" for row in ("new", "old"))
    return f"({new} EXCEPT {old}) UNION ALL ({old} EXCEPT {new})"


def release(connection: Connection) -> None:
    """Drop what `watch` or `watch_statements` made."""
    triggers.drop(
        connection,
        [f"step_mark_{one.table}_{event.lower()}" for one in WATCHED for event in _ROWS],
    )
