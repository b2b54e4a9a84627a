"""One case as plain JSON or TOML: everything that is not said is in order.

Shapes: ``read_case(mapping) -> (Case, Policy)``; ``outcome_json(outcome) -> dict``.
Used by the command line, by golden cases and by the page that asks what a month
would earn.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from ccm_core import case_defaults as default
from ccm_core.case_fields import (
    DAY_MINUTES,
    MONTH_MINUTES,
    clock,
    day,
    flag,
    in_utc,
    known,
    listed,
    moment,
    number,
    text,
    word,
    words,
)
from ccm_core.case_places import locality, place, state
from ccm_core.case_records import care_plans, consents, initiating, services, stays
from ccm_core.cases import SECONDS_PER_MINUTE, Case, Request, Signal
from ccm_core.chronic import propose
from ccm_core.errors import UsageError
from ccm_core.minutes import free_days
from ccm_core.months import Month, day_start, noon, time_zone
from ccm_core.policy import POLICIES, PREFERENCES, Policy
from ccm_core.records import (
    ACTORS,
    MDM_LEVELS,
    PATIENT_STATUSES,
    PAYER_KINDS,
    SETTINGS,
    Complexity,
    Condition,
    Patient,
    Payer,
    Practice,
    TimeEntry,
)

Said = Mapping[str, Any]


def read_case(said: Said) -> tuple[Case, Policy]:
    """A case and the policy to judge it by. Raises: UsageError naming the field."""
    if not isinstance(said, Mapping):
        raise UsageError("A case is an object with at least a month, for example 2025-03.")
    known(said, default.CASE_FIELDS, "case")
    if "month" not in said:
        raise UsageError('The case has no "month". Write it as YYYY-MM, for example 2025-03.')
    month = _month(said["month"])
    practice = _practice(said)
    npi = text(said, "npi", default.NPI)
    own = npi or default.NPI
    patient = _patient(said, month)
    conditions, count = _conditions(said, month)
    case = Case(
        practice=practice,
        patient=patient,
        month=month,
        npi=npi,
        conditions=conditions,
        chronic_count=count,
        consents=consents(said, month, own),
        care_plans=care_plans(said, month),
        stays=tuple(stays(said)),
        visits=(*initiating(said, month, own), *services(said, own)),
        payers=(_payer(said),),
        complexity=Complexity(
            patient.patient_id, month, word(said, "mdm", MDM_LEVELS, "none"), own
        ),
        request=_request(said),
        first_service_on=_start(said, month),
        signals=tuple(_signals(said)),
    )
    kind = word(said, "payer", PAYER_KINDS, "medicare")
    policy = Policy.on(month, practice.policy, patient.state, kind, practice.setting)
    case.entries = tuple(_entries(said, case, policy))
    return case, policy


def _month(said: Any) -> Month:
    """The month as text, or as TOML writes its first day."""
    return Month.of(said) if isinstance(said, date) and said.day == 1 else Month.parse(said)


def _practice(said: Said) -> Practice:
    zone = text(said, "time_zone", default.TIME_ZONE)
    time_zone(zone)
    return Practice(
        practice_id="case",
        name="",
        time_zone=zone,
        setting=word(said, "setting", SETTINGS, "office"),
        locality=locality(said),
        state=state(said),
        npi=text(said, "npi", default.NPI),
        policy=word(said, "policy", POLICIES, "baseline"),
        preference=word(said, "preference", PREFERENCES, "natural"),
        access_proof_on=default.LONG_AGO if flag(said, "access_24_7", True) else None,
    )


def _patient(said: Said, month: Month) -> Patient:
    visit = said.get("initiating_visit")
    claims_visit = isinstance(visit, Mapping) and not default.counts_as_visit(visit)
    return Patient(
        patient_id=text(said, "patient", default.PATIENT),
        died_on=day(said, "died_on"),
        state=state(said),
        practitioner_npi=text(said, "npi", default.NPI),
        status=word(said, "status", PATIENT_STATUSES, "consented"),
        is_new=flag(said, "new_patient", False) or claims_visit,
        risk_documented_on=month.first_day if flag(said, "risk_documented", True) else None,
        in_model=text(said, "in_model", ""),
    )


def _conditions(said: Said, month: Month) -> tuple[tuple[Condition, ...], int | None]:
    given = said.get("chronic_conditions", default.CONDITIONS)
    by = default.NPI if flag(said, "conditions_confirmed", True) else ""
    if isinstance(given, bool) or not isinstance(given, int | list | tuple):
        raise UsageError("chronic_conditions is a number or a list of ICD-10-CM codes.")
    if isinstance(given, int):
        if given < 0:
            raise UsageError("chronic_conditions cannot be negative.")
        return (), given
    return tuple(_condition(code, i, month, by) for i, code in enumerate(given)), None


def _condition(code: Any, index: int, month: Month, confirmed_by: str) -> Condition:
    if not isinstance(code, str) or not code.strip():
        raise UsageError("chronic_conditions lists codes as text, for example E11.9.")
    proposal = propose(code, "icd10cm", month.last_day)
    return Condition(
        condition_id=f"condition-{index + 1}",
        patient_id=default.PATIENT,
        code=code.strip().upper().replace(".", ""),
        label=proposal.label,
        is_chronic=proposal.is_chronic,
        group=proposal.group,
        confirmed_by=confirmed_by,
    )


def _start(said: Said, month: Month) -> date:
    """CCM starts with an explicit consent, else with the month."""
    consent = said.get("consent")
    given = day(consent, "on") if isinstance(consent, Mapping) else None
    return given or month.first_day


def _entries(said: Said, case: Case, policy: Policy) -> list[TimeEntry]:
    entries: list[TimeEntry] = []
    for field, actor in _SHORT_FORMS:
        minutes = number(said, field, MONTH_MINUTES)
        if minutes:
            seconds = int(minutes * SECONDS_PER_MINUTE)
            days = _clean_days(case, policy)
            entries += default.spread(days, case.practice, seconds, actor, len(entries))
    return entries + [_entry(e, i, case.practice) for i, e in enumerate(listed(said, "time"))]


_SHORT_FORMS = (("staff_minutes", "clinical_staff"), ("practitioner_minutes", "practitioner"))


def _clean_days(case: Case, policy: Policy) -> list[date]:
    """Days on which time may count, without a visit and on weekdays if there are any."""
    request = case.request
    asked = (request.service_on or request.created_on) if request else None
    last = asked if asked is not None and asked in case.month else None
    days = default.weekdays(case.month, last)
    every = [d for d in case.month.days() if last is None or d <= last]
    # Time on the day of a visit is asked about, so clean entries lie on other days.
    visited = {v.on for v in case.visits}
    for quiet in ([d for d in days if d not in visited], [d for d in every if d not in visited]):
        free = free_days(case, policy, quiet)
        if free:
            return free
    return free_days(case, policy, days) or free_days(case, policy, every) or days


def _entry(given: Said, index: int, practice: Practice) -> TimeEntry:
    name = f"time[{index}]"
    known(given, default.TIME_FIELDS, name)
    on = day(given, "on")
    if on is None:
        raise UsageError(f'{name} has no "on". Write the day as YYYY-MM-DD.')
    actor = word(given, "role", ACTORS, "clinical_staff")
    is_start_known = flag(given, "start_known", True)
    if not is_start_known and given.get("start") is not None:
        raise UsageError(f"{name} has a start and says that it is not known; only one can be.")
    return TimeEntry(
        entry_id=text(given, "id", f"time-{index + 1}"),
        patient_id=default.PATIENT,
        started_at=_moment(on, given.get("start"), index, practice)
        if is_start_known
        else in_utc(noon(on, time_zone(practice.time_zone))),
        seconds=_seconds(given, name),
        actor=actor,
        staff_id=text(given, "staff", default.STAFF[actor]),
        activity=text(given, "activity", ""),
        face_to_face=flag(given, "face_to_face", False),
        outside_us=flag(given, "outside_us", False),
        counted_for=text(given, "counted_for", "").strip().upper(),
        note=text(given, "note", default.note(index)),
        is_contact=flag(given, "contact", True),
        recorded_at=moment(given, "recorded_at", practice),
        late_reason=text(given, "late_reason", ""),
        is_start_known=is_start_known,
    )


def _seconds(given: Said, name: str) -> int:
    minutes = number(given, "minutes", DAY_MINUTES)
    seconds = number(given, "seconds", DAY_MINUTES * SECONDS_PER_MINUTE)
    if minutes is None and seconds is None:
        raise UsageError(f'{name} has neither "minutes" nor "seconds".')
    return int((minutes or Decimal(0)) * SECONDS_PER_MINUTE + (seconds or Decimal(0)))


def _moment(on: date, start: Any, index: int, practice: Practice) -> datetime:
    zone = time_zone(practice.time_zone)
    if start is None:
        # Entries without a start never overlap: each begins an hour after the one before.
        begin = day_start(on, zone) + default.FIRST_HOUR_SECONDS + index % 12 * 3600
        return datetime.fromtimestamp(begin, UTC)
    return in_utc(datetime.combine(on, clock(start), tzinfo=zone))


def _payer(said: Said) -> Payer:
    return Payer(
        payer_id="coverage",
        patient_id=default.PATIENT,
        kind=word(said, "payer", PAYER_KINDS, "medicare"),
        is_qmb=flag(said, "qmb", False),
        has_part_b=flag(said, "part_b", True) if flag(said, "part_b_known", True) else None,
        is_primary=flag(said, "medicare_primary", True),
    )


def _request(said: Said) -> Request | None:
    units = said.get("requested")
    if units is not None and not isinstance(units, Mapping):
        raise UsageError('requested maps codes to units, for example {"99490": 1}.')
    wanted: dict[str, int] = {}
    for code, count in (units or {}).items():
        if isinstance(count, bool) or not isinstance(count, int) or count < 0:
            raise UsageError(f"requested: {code} has no whole number of units.")
        name = str(code).strip().upper()
        if not name:
            raise UsageError("requested names a code that is empty.")
        if name in wanted:
            raise UsageError(f"requested names {name} twice; only one number can be meant.")
        if count:
            wanted[name] = count
    diagnoses = words(said, "diagnoses") if said.get("diagnoses") is not None else None
    return Request(
        units=wanted,
        service_on=day(said, "date_of_service"),
        modifiers=tuple(m.upper() for m in words(said, "modifiers")),
        created_on=day(said, "claim_created_on"),
        place=place(said),
        diagnoses=diagnoses,
        billed_to=word(said, "billed_to", default.BILLED_TO, ""),
    )


def _signals(said: Said) -> list[Signal]:
    found = []
    for index, given in enumerate(listed(said, "signals")):
        known(given, ("kind", "summary", "ids"), f"signals[{index}]")
        found.append(
            Signal(text(given, "kind", ""), text(given, "summary", ""), words(given, "ids"))
        )
    return found
