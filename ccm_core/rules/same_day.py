"""X, continued: same-day pairs, visits and transitions around the claim."""

from __future__ import annotations

from datetime import timedelta

from ccm_core.cases import Case
from ccm_core.findings import Evidence, Finding, Level
from ccm_core.policy import Policy
from ccm_core.rule import rule
from ccm_core.rules.services import (
    CCM,
    Service,
    entries,
    plans_family,
    services,
    shows_services,
)
from ccm_core.tables import Row

_NEVER = "0"
_TCM, _AWV = "tcm", "awv"
_VISIT_MODIFIER = "25"
_UNBUNDLE = frozenset({"25", "59", "XE", "XP", "XS", "XU"})


def _pairs(case: Case, policy: Policy) -> list[tuple[str, Service, Row]]:
    found = []
    for service in services(case):
        if service.on != case.service_on or service.by != "same":
            continue
        for code in sorted(case.plan):
            row = policy.same_day_pair(code, service.code)
            if row is not None:
                found.append((code, service, row))
    return found


def _pair_finding(code: str, service: Service, row: Row, said: str) -> Finding:
    return Finding(
        f"{code} and {service.code} on {service.on.isoformat()}: {said}.",
        (
            Evidence(
                "pair", f"{row['column1']} / {row['column2']}", (service.service_id, row.where)
            ),
        ),
    )


@rule(
    "X05",
    "Transitional care in the month",
    level=Level.REVIEW,
    needs=("plans_ccm", "transition"),
    cites=("caravan-tcm-2020#Table 20", "seed-3#service stacking"),
    fix="CMS pays both since 2020 when no minute is used twice; the program guide waits a month.",
    shows=shows_services,
)
def transition_in_month(case: Case, policy: Policy) -> Finding | None:
    """The program guide never bills CCM and TCM in one month; CMS allows both since 2020."""
    planned = _planned(case, policy, _TCM)
    found = [s for s in _transitions(case, policy) if s.on in case.month]
    met = [(code, "same") for code in planned] + [(s.code, s.by) for s in found]
    care = [code for code in case.plan if policy.family(code) in CCM]
    if any(policy.monthly_conflict(c, code, by) for c in care for code, by in met):
        return None
    if planned:
        return Finding(
            f"{planned[0]} is planned in the same month.",
            (Evidence("transitional care", planned[0]),),
        )
    if not found:
        return None
    first = found[0]
    return Finding(
        f"{first.code} on {first.on.isoformat()} lies in the service month.",
        (Evidence("transitional care", first.code, (first.service_id,)),),
    )


@rule(
    "X21",
    "Time within 30 days of transitional care",
    level=Level.NOTE,
    needs=("plans_ccm", "transition", "counted"),
    cites=("caravan-tcm-2020#Table 20", "seed-3#service stacking"),
    fix="CMS pays both since 2020 when no minute is used twice. The program guide counts time "
    "for CCM again once the 30 days are over.",
    shows=shows_services,
)
def within_transition(case: Case, policy: Policy) -> Finding | None:
    """Transitional care of the month before may still run: it pays for 30 days.

    The program guide forbids both in one 30-day period; its own example bills TCM in
    January and CCM in February. So the guide asks for a look, and blocks only TCM in the
    service month itself (X05). Silent when all counted time lies after the 30 days.
    """
    window = timedelta(days=policy.whole("tcm_window_days"))
    earlier = [s for s in _transitions(case, policy) if s.on < case.month.first_day]
    counted = [e for e in case.counted.entries if e.counted_seconds]
    for service in earlier:
        inside = [e for e in counted if e.on < service.on + window]
        if inside:
            return Finding(
                f"{entries(len(inside))} within 30 days of {service.code} on "
                f"{service.on.isoformat()}.",
                (
                    Evidence("transitional care", service.code, (service.service_id,)),
                    Evidence("entries", len(inside), tuple(e.entry.entry_id for e in inside)),
                ),
            )
    return None


def _transitions(case: Case, policy: Policy) -> list[Service]:
    """Transitional care on record, if CCM is planned."""
    if not plans_family(case, policy, CCM):
        return []
    return [s for s in services(case) if policy.family(s.code) == _TCM]


def _planned(case: Case, policy: Policy, family: str) -> list[str]:
    """Codes of a family that stand on the same request as CCM."""
    if not plans_family(case, policy, CCM):
        return []
    return sorted(code for code in case.plan if policy.family(code) == family)


def _wellness(case: Case, policy: Policy) -> list[Service]:
    return [s for s in services(case) if s.on in case.month and policy.family(s.code) == _AWV]


@rule(
    "X06",
    "Wellness visit in the month without modifier 25",
    level=Level.NOTE,
    needs=("plans_ccm", "wellness"),
    cites=("seed-3#service stacking", "cms-ncci-2024q3#no pair with wellness visits"),
    fix="Medicare needs no modifier; the program guide appends 25 to the wellness visit.",
    shows=shows_services,
)
def wellness_without_modifier(case: Case, policy: Policy) -> Finding | None:
    """No NCCI edit exists between wellness visits and CCM; the program guide wants modifier 25."""
    if not plans_family(case, policy, CCM):
        return None
    planned = _planned(case, policy, _AWV)
    if planned and _VISIT_MODIFIER not in case.modifiers:
        return Finding(
            f"{planned[0]} is planned without modifier 25.",
            (Evidence("wellness visit", planned[0]),),
        )
    found = [s for s in _wellness(case, policy) if _VISIT_MODIFIER not in s.modifiers]
    if not found:
        return None
    return Finding(
        f"{found[0].code} on {found[0].on.isoformat()} has no modifier 25.",
        (Evidence("wellness visit", found[0].code, (found[0].service_id,)),),
    )


@rule(
    "X07",
    "Modifier 25 on a wellness visit is not needed for CCM",
    level=Level.REVIEW,
    needs=("plans_ccm", "wellness"),
    cites=("cms-ncci-2024q3#no pair with wellness visits",),
    fix="Drop modifier 25, unless a separate visit on that day asks for it.",
    shows=shows_services,
)
def needless_modifier(case: Case, policy: Policy) -> Finding | None:
    """Medicare asks for no modifier 25 here: it belongs to a separate visit on the same day."""
    if not plans_family(case, policy, CCM):
        return None
    found = [s for s in _wellness(case, policy) if _VISIT_MODIFIER in s.modifiers]
    if not found:
        return None
    return Finding(
        f"{found[0].code} on {found[0].on.isoformat()} carries modifier 25; no edit asks for it.",
        (Evidence("wellness visit", found[0].code, (found[0].service_id,)),),
    )


@rule(
    "X13",
    "Same-day pair that costs this line",
    level=Level.BLOCK,
    needs=("plan", "same_day"),
    cites=("cms-ncci-2024q3#indicator 0", "x12-codes-2024#236"),
    fix="Choose another date of service in the month, on or after the threshold was met.",
    shows=shows_services,
)
def never_same_day(case: Case, policy: Policy) -> Finding | None:
    """NCCI pairs with indicator 0 are never paid together on one day.

    The code in column 2 is denied, whatever modifier it carries.
    """
    for code, service, row in _pairs(case, policy):
        if row["modifier_indicator"] == _NEVER and row["column2"] == code:
            return _pair_finding(code, service, row, "never paid together on one day")
    for one, two in case.planned_pairs():
        row_of = policy.same_day_pair(one, two)
        if row_of is not None and row_of["modifier_indicator"] == _NEVER:
            return Finding(
                f"{one} and {two} on one claim: never paid together on one day.",
                (Evidence("pair", f"{one} / {two}", (row_of.where,)),),
            )
    return None


@rule(
    "X16",
    "Same-day pair that costs the other line",
    level=Level.REVIEW,
    needs=("plan", "service_on_day"),
    cites=("cms-ncci-2024q3#indicator 0", "x12-codes-2024#236"),
    fix="Choose another date of service, or expect the other line to be denied.",
    shows=shows_services,
)
def other_line_denied(case: Case, policy: Policy) -> Finding | None:
    """NCCI pairs with indicator 0 in which the other service stands in column 2."""
    for code, service, row in _pairs(case, policy):
        if row["modifier_indicator"] == _NEVER and row["column1"] == code:
            return _pair_finding(code, service, row, "the other line is denied on one day")
    return None


@rule(
    "X14",
    "Same-day pair that needs a modifier",
    level=Level.REVIEW,
    needs=("plan", "service_on_day"),
    cites=("cms-ncci-2024q3#indicator 1", "x12-codes-2024#97"),
    fix="Put modifier 25 on a visit, 59 or XE, XP, XS, XU on another service whose work was "
    "distinct, or choose another date of service.",
    shows=shows_services,
)
def modifier_needed(case: Case, policy: Policy) -> Finding | None:
    """NCCI pairs with indicator 1 are paid together when a modifier shows distinct work."""
    for code, service, row in _pairs(case, policy):
        if row["modifier_indicator"] == _NEVER:
            continue
        if _UNBUNDLE & (set(service.modifiers) | set(case.modifiers)):
            continue
        return _pair_finding(code, service, row, "paid together only with a modifier")
    return _planned_without_modifier(case, policy)


def _planned_without_modifier(case: Case, policy: Policy) -> Finding | None:
    """Two planned codes share one claim and its day."""
    if _UNBUNDLE & set(case.modifiers):
        return None
    for one, two in case.planned_pairs():
        row = policy.same_day_pair(one, two)
        if row is not None and row["modifier_indicator"] != _NEVER:
            return Finding(
                f"{one} and {two} on one claim: paid together only with a modifier.",
                (Evidence("pair", f"{row['column1']} / {row['column2']}", (row.where,)),),
            )
    return None
