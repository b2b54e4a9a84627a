"""Projections that people save under a name: inputs only, never a patient, never a small count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from ccm_core.access.identity import Identity
from ccm_core.access.permissions import require
from ccm_core.errors import UsageError
from ccm_core.money.scenario import Scenario, from_text
from ccm_core.store import access_log, scenario_rows
from ccm_core.tables import tables_version

if TYPE_CHECKING:
    from sqlmodel import Session

PAGE = "revenue"
MOST = 50
LONGEST_NAME = 60
MOST_COMPARED = 6


@dataclass(frozen=True, slots=True)
class Saved:
    """One saved projection of one person."""

    name: str
    scenario: Scenario
    saved_at: datetime
    is_older: bool
    """Whether fees or other tables changed since it was saved: its amounts may differ now."""

    @property
    def link(self) -> str:
        """The inputs as a text for a query string; the name is not in it."""
        return self.scenario.to_link()


def listed(session: Session, who: Identity) -> list[Saved]:
    """The person's own projections by name. Raises: PermissionDenied."""
    require(who, PAGE, "view")
    now = tables_version()
    return [
        Saved(row.name, from_text(row.content), row.updated_at, row.tables_version != now)
        for row in scenario_rows.of_user(session, who.user_id)
    ]


def save(session: Session, who: Identity, name: str, scenario: Scenario) -> None:
    """Keep a projection; one of the same name is replaced. Raises: PermissionDenied, UsageError."""
    require(who, PAGE, "edit")
    name = _name(name)
    known = {row.name for row in scenario_rows.of_user(session, who.user_id)}
    if name not in known and len(known) >= MOST:
        raise UsageError(f"{MOST} projections are saved already; delete one first.")
    content = scenario.shareable().to_text()
    scenario_rows.put(session, who.user_id, name, content, tables_version())
    access_log.record(session, who, "edit", "scenario", "", "ok", "saved a projection")


def _name(typed: str) -> str:
    name = typed.strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise UsageError(f"A name of 1 to {LONGEST_NAME} characters is needed for a projection.")
    return name


def rename(session: Session, who: Identity, name: str, to: str) -> None:
    """Give a projection of one's own another name; none is replaced.

    Raises: PermissionDenied, UsageError.
    """
    require(who, PAGE, "edit")
    to = _name(to)
    if to != name and to in {row.name for row in scenario_rows.of_user(session, who.user_id)}:
        raise UsageError("A projection of that name is saved already; choose another name.")
    if not scenario_rows.rename(session, who.user_id, name, to):
        raise UsageError("That projection was asked for; it is not saved (any more).")
    access_log.record(session, who, "edit", "scenario", "", "ok", "renamed a projection")


def delete(session: Session, who: Identity, name: str) -> None:
    """Drop a projection of one's own. Raises: PermissionDenied, UsageError."""
    require(who, PAGE, "edit")
    if not scenario_rows.drop(session, who.user_id, name):
        raise UsageError("That projection was asked for; it is not saved (any more).")
    access_log.record(session, who, "edit", "scenario", "", "ok", "deleted a projection")


def chosen(saved: Sequence[Saved], names: Sequence[str]) -> list[Saved]:
    """Those to compare, in the order of the list. Raises: UsageError."""
    if len(names) > MOST_COMPARED:
        raise UsageError(f"{len(names)} projections were chosen; {MOST_COMPARED} fit side by side.")
    return [one for one in saved if one.name in names]
