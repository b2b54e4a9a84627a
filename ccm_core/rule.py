"""The card of a rule: a function over one case, plus what a reader must know about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from ccm_core.findings import Evidence, Finding, Level

if TYPE_CHECKING:
    from ccm_core.cases import Case
    from ccm_core.policy import Policy

Check = Callable[["Case", "Policy"], Finding | None]
Shows = Callable[["Case", "Policy"], tuple[Evidence, ...]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: its card and its function. The function's docstring is the rule's text."""

    id: str
    title: str
    level: Level
    codes: tuple[str, ...]
    cites: tuple[str, ...]
    fix: str
    check: Check
    shows: Shows
    in_force: tuple[date | None, date | None]
    needs: tuple[str, ...] = ()
    """Subjects without which the rule finds nothing; see ``rules/subjects.py``."""

    @property
    def family(self) -> str:
        return self.id[:1]

    @property
    def text(self) -> str:
        """The rule as the auditor reads it: the function's docstring."""
        return (self.check.__doc__ or "").strip()

    def applies_on(self, day: date) -> bool:
        """Whether the rule is in force on that day."""
        first, last = self.in_force
        return (first is None or first <= day) and (last is None or day <= last)


def nothing_shown(case: Case, policy: Policy) -> tuple[Evidence, ...]:
    """A rule that has no evidence to show for a pass."""
    return ()


def rule(  # noqa: PLR0913 - a card has so many fields
    id: str,
    title: str,
    *,
    level: Level,
    cites: tuple[str, ...],
    fix: str,
    codes: tuple[str, ...] = (),
    needs: tuple[str, ...] = (),
    shows: Shows = nothing_shown,
    in_force: tuple[date | None, date | None] = (None, None),
) -> Callable[[Check], Rule]:
    """Make a Rule of a function. ``shows`` gives the evidence behind a PASS."""

    def card(check: Check) -> Rule:
        return Rule(id, title, level, codes, cites, fix, check, shows, in_force, needs)

    return card
