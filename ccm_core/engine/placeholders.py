"""Findings that months share but for the names of their entries.

A rule that counts what lies outside clinic hours says the same of every month of a kind with
as many such entries; their names are the only difference. So it is run once over entries
without names: placeholders, which a rule may count and put into its evidence, nothing else.
Whoever writes the finding puts each month's names in their place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, NoReturn

from ccm_core.findings import Finding, Judged
from ccm_core.month_clock import Hours
from ccm_core.records import TimeEntry

MOST = 8
"""Entries without names that are told at once; months with more are looked at one by one."""


class LooksFurther(Exception):
    """A rule has asked for something that is the case's own."""


class Placeholder:
    """An entry without a name."""

    __slots__ = ()

    def _asked(self, *_: object) -> NoReturn:
        raise LooksFurther("the name of an entry")

    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = _asked
    __hash__ = __str__ = __repr__ = __format__ = __bool__ = __len__ = _asked
    __iter__ = __getitem__ = __contains__ = __add__ = __radd__ = __mod__ = __getattr__ = _asked


PLACEHOLDERS: tuple[Any, ...] = tuple(Placeholder() for _ in range(MOST))


class CountedWitness:
    """Counted minutes of which only the number of entries outside clinic hours can be seen."""

    def __init__(self, entries: int, hours: Mapping[date, Hours]) -> None:
        self._entries, self._hours = entries, hours

    def outside(
        self, hours: Mapping[date, Hours], _is_odd: Callable[[TimeEntry], bool]
    ) -> Sequence[Any]:
        """As many placeholders as entries; of other hours the columns have told nothing."""
        if hours is not self._hours and hours != self._hours:
            raise LooksFurther("other hours")
        return list(PLACEHOLDERS[: self._entries])

    def __getattr__(self, name: str) -> NoReturn:
        raise LooksFurther(name)


@dataclass(frozen=True, slots=True)
class Shared:
    """Findings of months with as many entries, one of them with placeholders."""

    findings: tuple[Judged, ...]
    at: int
    """Which of the findings names the entries."""

    @property
    def finding(self) -> Finding:
        return self.findings[self.at].finding

    def named(self, names: Sequence[str]) -> tuple[Judged, ...]:
        """The findings of the month with these entries."""
        evidence = tuple(
            replace(one, ids=tuple(names)) if _is_open(one.ids) else one
            for one in self.finding.evidence
        )
        found = list(self.findings)
        found[self.at] = replace(found[self.at], finding=replace(self.finding, evidence=evidence))
        return tuple(found)

    def around(self, json: Callable[[Any], str]) -> tuple[str, str]:
        """The evidence of that finding as JSON: what stands before the names, and after them."""
        parts, at = [], 0
        for place, one in enumerate(self.finding.evidence):
            if _is_open(one.ids):
                at = place
                parts.append((json((one.name, one.value))[:-1] + ',["', '"]]'))
            else:
                parts.append((json((one.name, one.value, one.ids)), ""))
        before = ",".join([*(text for text, _ in parts[:at]), parts[at][0]])
        after = ",".join([parts[at][1], *(text for text, _ in parts[at + 1 :])])
        return f"[{before}", f"{after}]"


def shared_of(findings: Sequence[Judged], entries: int) -> Shared | None:
    """The findings as months share them; None where they hold the names in another way."""
    at = [
        place for place, one in enumerate(findings)
        if any(_is_open(evidence.ids) for evidence in one.finding.evidence)
    ]  # fmt: skip
    if len(at) != 1:
        return None
    found = Shared(tuple(findings), at[0])
    named = [one.ids for one in found.finding.evidence if _is_open(one.ids)]
    is_whole = len(named) == 1 and len(named[0]) == entries
    return found if is_whole and all(map(_is_same, named[0], PLACEHOLDERS)) else None


def _is_same(one: object, other: object) -> bool:
    return one is other


def _is_open(ids: Sequence[Any]) -> bool:
    return any(type(one) is Placeholder for one in ids)
