"""From counted minutes to codes: every legal path of a month, and the choice among them.

``legal_paths`` says what the minutes earn; ``choose`` says which one to bill.
The two are kept apart because the law answers the first and the practice the second.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from ccm_core.cases import SECONDS_PER_MINUTE
from ccm_core.errors import UsageError
from ccm_core.policy import MOST_KEPT, PREFERENCES, PathSpec, Threshold

if TYPE_CHECKING:
    from ccm_core.minutes import Counted
    from ccm_core.policy import Policy

Price = Callable[[Mapping[str, int]], Decimal | None]
_MANY_CONDITIONS = "many"


@dataclass(frozen=True, slots=True)
class Path:
    """One legal code family with the units that the month earns."""

    spec: PathSpec
    units: Mapping[str, int]
    used_seconds: int

    @property
    def name(self) -> str:
        return self.spec.name


def legal_paths(counted: Counted, policy: Policy, mdm: str, conditions: int) -> tuple[Path, ...]:
    """Every code family that the month earns; at most one of them may be billed.

    Kept by whole minutes, for thresholds are whole minutes: most months of a practice
    earn what another month has earned.
    """
    kept: dict[tuple[int, int, str, int], tuple[Path, ...]] = policy.kept.setdefault(Path, {})
    minutes = (
        counted.total_seconds // SECONDS_PER_MINUTE,
        counted.practitioner_seconds // SECONDS_PER_MINUTE,
    )
    found = kept.get((*minutes, mdm, conditions))
    if found is None:
        if len(kept) >= MOST_KEPT:
            kept.clear()
        found = kept[*minutes, mdm, conditions] = _legal_paths(counted, policy, mdm, conditions)
    return found


def _legal_paths(counted: Counted, policy: Policy, mdm: str, conditions: int) -> tuple[Path, ...]:
    found = []
    for spec in suited_paths(policy, conditions):
        if spec.mdm and mdm not in spec.mdm:
            continue
        path = earn(spec, counted.seconds_for(spec.whose_time))
        if path is not None:
            found.append(path)
    return tuple(found)


def suited_paths(policy: Policy, conditions: int) -> tuple[PathSpec, ...]:
    """The code families that fit so many chronic conditions, in table order."""
    found: tuple[PathSpec, ...] | None = policy.kept.get(("suited", conditions))
    if found is None:
        found = tuple(p for p in policy.paths if suits_conditions(p, policy, conditions))
        policy.kept["suited", conditions] = found
    return found


def suits_conditions(spec: PathSpec, policy: Policy, conditions: int) -> bool:
    """CCM asks for several chronic conditions, PCM for one."""
    many = conditions >= policy.whole("ccm_condition_count")
    if spec.conditions == _MANY_CONDITIONS:
        return many
    return not many and conditions >= policy.whole("pcm_condition_count")


def earn(spec: PathSpec, seconds: int) -> Path | None:
    """Units of one family that so much counted time earns, or None."""
    if not spec.base.units_earned(seconds):
        return None
    units = {spec.base.code: 1}
    used = spec.base.first_seconds
    if spec.addon is not None:
        extra = spec.addon.units_earned(seconds)
        if extra:
            units[spec.addon.code] = extra
            used = spec.addon.seconds_for(extra)
    return Path(spec, units, used)


def choose(paths: tuple[Path, ...], counted: Counted, preference: str, price: Price) -> Path | None:
    """The path to bill. Raises: UsageError for an unknown preference.

    ``natural``: the practitioner's own path when every counted minute is theirs,
    else the complex path, else the staff path. ``highest``: the highest allowed
    amount; a path without a known amount is never preferred to one with.
    """
    if preference not in PREFERENCES:
        raise UsageError(
            f"preference {preference!r} was asked; there are {' and '.join(PREFERENCES)}."
        )
    if not paths:
        return None
    if preference == "highest":
        return _highest(paths, price)
    return _natural(paths, counted)


def _highest(paths: tuple[Path, ...], price: Price) -> Path:
    best, best_usd = paths[0], price(paths[0].units)
    for path in paths[1:]:
        usd = price(path.units)
        if usd is not None and (best_usd is None or usd > best_usd):
            best, best_usd = path, usd
    return best


def _natural(paths: tuple[Path, ...], counted: Counted) -> Path:
    if len(paths) == 1:
        return paths[0]
    own = [p for p in paths if p.spec.whose_time == "practitioner"]
    if own and counted.is_all_practitioner:
        return own[0]
    complex_ones = [p for p in paths if p.spec.mdm]
    staff = [p for p in paths if p.spec.whose_time == "all" and not p.spec.mdm]
    return (complex_ones or staff or own)[0]


def next_threshold(path: PathSpec, seconds: int) -> Threshold | None:
    """The code whose next unit lies ahead in this family, or None when it is capped."""
    ahead = _ahead(path, seconds)
    return ahead[0] if ahead else None


def _ahead(path: PathSpec, seconds: int) -> tuple[Threshold, int] | None:
    """That code, with the units of it that are earned already."""
    if not path.base.units_earned(seconds):
        return path.base, 0
    addon = path.addon
    if addon is None:
        return None
    earned = addon.units_earned(seconds)
    capped = addon.max_units is not None and earned >= addon.max_units
    return None if capped else (addon, earned)


def seconds_to_next(path: PathSpec, seconds: int) -> tuple[int, int] | None:
    """The next threshold of a family and what is missing to it, both in seconds."""
    ahead = _ahead(path, seconds)
    if ahead is None:
        return None
    threshold, earned = ahead
    mark = threshold.seconds_for(earned + 1)
    return mark, mark - seconds
