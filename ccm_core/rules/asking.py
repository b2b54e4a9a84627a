"""Which rules a policy asks of a case, with the level and the sources that it gives them."""

from __future__ import annotations

from dataclasses import dataclass

from ccm_core.findings import Level
from ccm_core.policy import MOST_KEPT, Policy
from ccm_core.rule import Check, Rule
from ccm_core.rules.book import ALL_RULES
from ccm_core.rules.subjects import mask_of


@dataclass(frozen=True, slots=True)
class Asked:
    """A rule as one policy asks it."""

    id: str
    level: Level
    layer: str
    cites: tuple[str, ...]
    fix: str


class Asking:
    """The rules that a policy asks in its month, heaviest first; by what a case holds."""

    def __init__(self, policy: Policy) -> None:
        day = policy.month.last_day
        levelled = [(rule, *policy.level(rule)) for rule in ALL_RULES]
        asked = [
            (rule, Asked(rule.id, level, layer, cites_of(rule, policy), rule.fix))
            for rule, level, layer in levelled
            if level is not Level.OFF and rule.applies_on(day)
        ]
        self.rules = sorted(asked, key=lambda pair: -pair[1].level.weight)
        self.masks = [mask_of(rule.needs) for rule, _ in self.rules]
        self.of_request = tuple(rule.check for rule, _ in self.rules if "request" in rule.needs)
        """Rules that find nothing where nobody asked for anything."""
        self.kept: dict[int, tuple[tuple[Check, Asked], ...]] = {}

    def of(self, present: int) -> tuple[tuple[Check, Asked], ...]:
        """The rules whose subjects are there; the others would find nothing."""
        found = self.kept.get(present)
        if found is None:
            if len(self.kept) >= MOST_KEPT:
                self.kept.clear()
            found = self.kept[present] = tuple(
                (rule.check, asked)
                for mask, (rule, asked) in zip(self.masks, self.rules, strict=True)
                if present & mask == mask
            )
        return found


def asked_of(policy: Policy) -> Asking:
    """The asking of a policy, made once. A policy's own hash would cost more than the look-up."""
    found: Asking | None = policy.kept.get(Asking)
    if found is None:
        found = policy.kept[Asking] = Asking(policy)
    return found


def cites_of(rule: Rule, policy: Policy) -> tuple[str, ...]:
    """The rule's sources, and the one that set its level under this policy."""
    row = policy.level_row(rule.id)
    if row is None or row.cite in rule.cites:
        return rule.cites
    return (*rule.cites, row.cite)
