"""Triggers that mark the patients whose stored steps a change may have made wrong.

The database does this, not the program: whatever writes, nothing is forgotten.
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


def release(connection: Connection) -> None:
    """Drop what `watch` made."""
    triggers.drop(
        connection,
        [f"step_mark_{one.table}_{event.lower()}" for one in WATCHED for event in _ROWS],
    )
