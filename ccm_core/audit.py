"""The pre-submission audit: a case in, an outcome with findings out. Pure, no input or output."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from ccm_core import overlay
from ccm_core.allocation import Path, choose, legal_paths, seconds_to_next, suited_paths
from ccm_core.cases import SECONDS_PER_MINUTE, Case, Work
from ccm_core.eligibility import chronic_count, payer_on
from ccm_core.fees import price_plan
from ccm_core.findings import Evidence, Finding, Judged, Level
from ccm_core.minutes import Counted, Excluded, count
from ccm_core.outcome import Outcome, PricedPath, Settled
from ccm_core.payment.by_payer import expected_by
from ccm_core.payment.expected import Expected
from ccm_core.policy import Policy
from ccm_core.quick import maker
from ccm_core.rule import Check, Rule
from ccm_core.rules import ALL_RULES
from ccm_core.rules.amount import amount_of
from ccm_core.rules.asking import Asked, asked_of
from ccm_core.rules.coverage import payer_of
from ccm_core.rules.seen import subjects_of
from ccm_core.service_date import choose_day, threshold_day
from ccm_core.tables import tables_version

__all__ = ["CheckLine", "Outcome", "PricedPath", "audit_case", "audit_cases", "checklist"]
PolicyFor = Callable[[Case], Policy]
_HELD = 20_000
"""Priced paths kept with a policy, and no more."""
_STATUS = {Level.BLOCK: "blocked", Level.REVIEW: "review"}


_outcome, _judged, _work = maker(Outcome), maker(Judged), maker(Work)


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One line of the checklist: a rule and how the case fares under it."""

    rule: str
    title: str
    result: str
    """PASS, NOTE, REVIEW, BLOCK, or OFF when the policy does not ask."""
    layer: str
    summary: str
    evidence: tuple[Evidence, ...]
    cites: tuple[str, ...]
    fix: str


def policy_of(case: Case, name: str | None = None) -> Policy:
    """The policy of a case: its practice's choice, state, payer and setting."""
    payer = payer_on(case.payers, case.month.last_day)
    practice = case.practice
    state = case.patient.state or practice.state
    kind = payer.kind if payer else "unknown"
    return Policy.on(case.month, name or practice.policy, state, kind, practice.setting)


def work_out(case: Case, policy: Policy) -> Work:
    """Count minutes, find legal paths, choose one, and set the date of service."""
    case.answers.clear()
    return work_from(case, policy, count(case, policy))


def work_from(case: Case, policy: Policy, counted: Counted) -> Work:
    """The same of minutes that are counted."""
    paths = legal_paths(counted, policy, case.mdm, chronic_count(case))
    chosen = choose(paths, counted, case.practice.preference, price_at(case, policy))
    plan = _plan(case, chosen)
    reached_on = threshold_day(counted, policy, plan)
    service_on = choose_day(case, policy, plan, reached_on)
    work = case.work = _work(counted, paths, chosen, plan, service_on, reached_on)
    return work


def _plan(case: Case, chosen: Path | None) -> Mapping[str, int]:
    if case.request is not None and case.request.units:
        return dict(case.request.units)
    return chosen.units if chosen else {}


def price_at(case: Case, policy: Policy) -> Callable[[Mapping[str, int]], Decimal | None]:
    """What units would bring at month end, for whoever prefers the highest path."""

    def price(units: Mapping[str, int]) -> Decimal | None:
        day = case.month.last_day
        return price_plan(units, day, case.practice.locality, policy.setting).allowed_usd

    return price


def audit_case(case: Case, policy: Policy) -> Outcome:
    """Judge one case under one policy."""
    work = work_out(case, policy)
    findings = judge(case, policy)
    return outcome_of(case, policy, work, settle(case, policy, work), findings)


def settle(case: Case, policy: Policy, work: Work) -> Settled:
    """The amounts of a worked-out case, and the threshold ahead of it."""
    paths = _priced(case, policy, work)
    chosen = paths[work.paths.index(work.chosen)] if work.chosen else None
    return Settled(
        paths,
        chosen,
        amount_of(case, policy).allowed_usd if work.plan else None,
        _expected(case, policy, chosen) if chosen is not None else None,
        work.chosen.used_seconds if work.chosen else 0,
        _next_mark(case, policy, work),
    )


def outcome_of(
    case: Case, policy: Policy, work: Work, settled: Settled, findings: tuple[Judged, ...]
) -> Outcome:
    """All that the audit says of a case, put together."""
    counted = work.counted
    seconds = counted.total_seconds, counted.practitioner_seconds, counted.logged_seconds
    whose = case.patient_id, case.npi, str(case.month), policy.name
    claim = work.plan, work.service_on
    return put_together(whose, seconds, counted.excluded, claim, settled, findings)


def put_together(
    whose: tuple[str, str, str, str], seconds: tuple[int, int, int],
    excluded: tuple[Excluded, ...], claim: tuple[Mapping[str, int], date | None],
    settled: Settled, findings: tuple[Judged, ...],
) -> Outcome:  # fmt: skip
    """An outcome out of its parts.

    ``whose``: patient, NPI, month and policy; ``seconds``: in total, the practitioner's, logged;
    ``claim``: planned units and date of service.
    """
    patient_id, npi, month, policy_name = whose
    total, own, logged = seconds
    plan, service_on = claim
    ahead = settled.ahead
    has_no_claim = settled.chosen is None and not plan
    return _outcome(
        status=status_of(findings),
        month=month,
        patient_id=patient_id,
        npi=npi,
        staff_seconds=total - own,
        practitioner_seconds=own,
        total_seconds=total,
        logged_seconds=logged,
        excluded=excluded,
        leftover_seconds=total - settled.used_seconds,
        paths=settled.paths,
        chosen=settled.chosen,
        planned_units=plan,
        planned_usd=settled.planned_usd,
        service_on=service_on,
        expected=settled.expected,
        next_threshold_minutes=ahead[0] if ahead else None,
        minutes_to_next=ahead[1] if ahead else None,
        findings=findings,
        policy_name=policy_name,
        tables_version=tables_version(),
        has_no_claim=has_no_claim,
        is_below_threshold=has_no_claim and ahead is not None,
    )


def _priced(case: Case, policy: Policy, work: Work) -> tuple[PricedPath, ...]:
    """The paths with their amounts, kept by paths, day, place and imported fees."""
    if not work.paths:
        return ()
    on, locality = work.service_on, case.practice.locality
    day = on if on is not None and on in case.month else case.month.last_day
    kept: dict[Any, Any] = policy.kept.setdefault(PricedPath, {})
    # Paths are held beside the answer: as long as they live, no others can have their identity.
    key = (id(work.paths), day, locality, overlay.current())
    found: tuple[Any, tuple[PricedPath, ...]] | None = kept.get(key)
    if found is None:
        if len(kept) >= _HELD:
            kept.clear()
        priced = tuple(_priced_path(path, day, locality, policy.setting) for path in work.paths)
        found = kept[key] = (work.paths, priced)
    return found[1]


def _priced_path(path: Path, day: date, locality: str, setting: str) -> PricedPath:
    priced = price_plan(path.units, day, locality, setting)
    return PricedPath(path.name, path.spec.label, path.units, priced.allowed_usd, priced.estimate)


def _expected(case: Case, policy: Policy, chosen: PricedPath) -> Expected | None:
    on = case.service_on or case.month.last_day
    day = on if on in case.month else case.month.last_day
    place = (case.practice.locality, policy.setting)
    return expected_by(
        case.practice.practice_id, payer_of(case), chosen.units, day, place, chosen.allowed_usd
    )


def _next_mark(case: Case, policy: Policy, work: Work) -> tuple[int, int] | None:
    """Minutes of the next threshold, and minutes missing to it: of the path in use, or the nearest.

    Complex CCM is never the nearest: its decision making is not documented yet.
    """
    counted = work.counted
    if work.chosen is not None:
        spec = work.chosen.spec
        ahead = seconds_to_next(spec, counted.seconds_for(spec.whose_time))
    else:
        specs = [p for p in suited_paths(policy, chronic_count(case)) if not p.mdm]
        marks = [seconds_to_next(spec, counted.seconds_for(spec.whose_time)) for spec in specs]
        ahead = min((m for m in marks if m is not None), key=lambda m: (m[1], m[0]), default=None)
    if ahead is None:
        return None
    mark, missing = ahead
    return mark // SECONDS_PER_MINUTE, -(-missing // SECONDS_PER_MINUTE)


def judge(case: Case, policy: Policy) -> tuple[Judged, ...]:
    """Run every rule in force over a worked-out case, heaviest findings first."""
    return judged_by(asked_of(policy).of(subjects_of(case, policy)), case, policy)


def judged_by(
    rules: Iterable[tuple[Check, Asked]], case: Case, policy: Policy
) -> tuple[Judged, ...]:
    """What these rules find in a worked-out case, in their order."""
    found = []
    for check, asked in rules:
        finding = check(case, policy)
        if finding is not None:
            found.append(judged(asked, finding))
    return tuple(found)


def judged(asked: Asked, finding: Finding) -> Judged:
    """A finding at the level that the policy gives its rule."""
    return _judged(asked.id, asked.level, asked.layer, finding, asked.cites, asked.fix)


def status_of(findings: Sequence[Judged]) -> str:
    """The weight of the first finding: the heaviest stands first."""
    return _STATUS.get(findings[0].level, "clean") if findings else "clean"


def checklist(case: Case, policy: Policy) -> tuple[CheckLine, ...]:
    """Every rule with its result for this case, PASS lines with their evidence."""
    work_out(case, policy)
    lines = []
    for rule in ALL_RULES:
        level, layer = policy.level(rule)
        if level is Level.OFF or not rule.applies_on(case.month.last_day):
            lines.append(_line(rule, "OFF", layer, "Not asked under this policy.", ()))
            continue
        finding = rule.check(case, policy)
        if finding is None:
            lines.append(_line(rule, "PASS", layer, "", rule.shows(case, policy)))
        else:
            lines.append(_line(rule, level.value, layer, finding.summary, finding.evidence))
    return tuple(lines)


def _line(
    rule: Rule, result: str, layer: str, summary: str, evidence: tuple[Evidence, ...]
) -> CheckLine:
    return CheckLine(rule.id, rule.title, result, layer, summary, evidence, rule.cites, rule.fix)


def audit_cases(cases: Iterable[Case], policy_for: PolicyFor = policy_of) -> Iterator[Outcome]:
    """Judge many cases, one after the other."""
    for case in cases:
        yield audit_case(case, policy_for(case))
