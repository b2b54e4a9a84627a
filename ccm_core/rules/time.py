"""T: counted time against what each code asks for."""

from __future__ import annotations

from ccm_core.activities import activity_of
from ccm_core.allocation import suited_paths
from ccm_core.cases import SECONDS_PER_MINUTE, Case
from ccm_core.eligibility import chronic_count, relation
from ccm_core.findings import Evidence, Finding, Level
from ccm_core.policy import Policy, Threshold
from ccm_core.rule import rule
from ccm_core.rules.services import entries, shows_minutes, shows_plan
from ccm_core.rules.unchecked import is_uncapped

_FULL_TIME = ("aafp-midpoint-2019#para-4", "seed-3#minimum time")


def _minutes(seconds: int) -> int:
    return seconds // SECONDS_PER_MINUTE


@rule(
    "T01",
    "No threshold is reached",
    level=Level.BLOCK,
    needs=("no_plan",),
    cites=(*_FULL_TIME, "aafp-2015#Q2"),
    fix="Nothing may be billed for this month; minutes never carry over.",
    shows=shows_minutes,
)
def below_threshold(case: Case, policy: Policy) -> Finding | None:
    """The first code asks for its full time within the calendar month.

    19 minutes and 59 seconds earn nothing: nothing is rounded up, the CPT midpoint
    rule does not apply, and minutes neither carry over nor add up across months.
    """
    if case.chosen is not None or case.plan:
        return None
    conditions = chronic_count(case)
    bases = [p.base for p in suited_paths(policy, conditions) or policy.paths]
    if not bases:
        return Finding(f"No care management code is in force in {case.month} for this setting.")
    lowest = min(bases, key=lambda t: (t.first_seconds, t.whose_time, t.code))
    if lowest.units_earned(case.whole_seconds_for(lowest.whose_time)):
        return None  # the time is there and the conditions are not: E01 says so
    logged = _minutes(case.counted.logged_seconds)
    return Finding(
        f"{case.counted_minutes} minutes counted of {logged} logged; "
        f"{lowest.code} needs {lowest.first_minutes}.",
        shows_minutes(case, policy),
    )


@rule(
    "T02",
    "Complex CCM without moderate or high decision making",
    level=Level.BLOCK,
    needs=("plans_complex",),
    codes=("99487", "99489"),
    cites=("oig-2021#background", "cms-ncci-2024q3#99487"),
    fix="Bill the staff path, or let the practitioner document the decision making of this month.",
)
def complex_without_mdm(case: Case, policy: Policy) -> Finding | None:
    """Complex CCM asks for moderate or high medical decision making by the practitioner.

    Time alone never makes a month complex.
    """
    for path in policy.paths:
        codes = {t.code for t in (path.base, path.addon) if t}
        if path.mdm and codes & set(case.plan) and case.mdm not in path.mdm:
            needed = " or ".join(sorted(path.mdm, reverse=True))
            return Finding(
                f"Decision making is {case.mdm}; {path.base.code} needs {needed}.",
                (Evidence("decision making", case.mdm),),
            )
    return None


def _short(case: Case, threshold: Threshold) -> Finding | None:
    """A finding when fewer units are earned than planned."""
    planned = case.planned(threshold.code)
    seconds = case.whole_seconds_for(threshold.whose_time)
    earned = threshold.units_earned(seconds)
    if planned <= earned:
        return None
    whose = "practitioner " if threshold.whose_time == "practitioner" else ""
    minutes = _minutes(seconds)
    return Finding(
        f"{planned} unit{'' if planned == 1 else 's'} of {threshold.code} planned; "
        f"{minutes} {whose}minutes earn {earned}.",
        (
            Evidence(f"counted {whose}minutes", minutes, _serving(case, threshold.whose_time)),
            Evidence("units earned", earned, (threshold.where,)),
        ),
    )


def _serving(case: Case, whose_time: str) -> tuple[str, ...]:
    """Entries whose time a code of this kind may use."""
    if whose_time != "practitioner":
        return case.counted_entry_ids
    return tuple(e.entry.entry_id for e in case.counted.entries if e.own_seconds)


@rule(
    "T03",
    "More add-on units planned than the minutes earn",
    level=Level.BLOCK,
    needs=("plan", "plan_differs"),
    codes=("99439", "99489", "99437", "99425", "99427", "G2058"),
    cites=("aafp-midpoint-2019#para-4", "medicalcodingrights#full 30 minutes", "regence-122#99439"),
    fix="Lower the units to what the counted minutes earn.",
    shows=shows_plan,
)
def addon_units_not_earned(case: Case, policy: Policy) -> Finding | None:
    """Each add-on unit asks for its full further time.

    A part of a unit earns nothing: the code asks for its full time, so the CPT
    midpoint rule does not apply. Some add-ons are capped per month.
    """
    for path in policy.paths:
        if path.addon is not None and case.planned(path.addon.code):
            found = _short(case, path.addon)
            if found is not None:
                return found
    return None


@rule(
    "T04",
    "The base code's time is not reached",
    level=Level.BLOCK,
    needs=("plan", "plan_differs"),
    codes=("99490", "99487", "99491", "99424", "99426", "G2064", "G2065", "G0511"),
    cites=(*_FULL_TIME, "cms-faq-2017#Q1"),
    fix="Plan only codes whose time is reached; staff minutes never serve as practitioner minutes.",
    shows=shows_minutes,
)
def base_not_earned(case: Case, policy: Policy) -> Finding | None:
    """A base code asks for its full time, by the people that the code names.

    Practitioner minutes may serve as staff minutes; staff minutes never serve as
    practitioner minutes.
    """
    for base in _bases(case, policy):
        found = _short(case, base)
        if found is not None and not _may_rest_elsewhere(case, base):
            return found
    return None


def _bases(case: Case, policy: Policy) -> list[Threshold]:
    """Planned base codes; of paths that share one, the path that suits the conditions."""
    conditions = chronic_count(case)
    planned = [p for p in policy.paths if case.planned(p.base.code)]
    suited = [p for p in suited_paths(policy, conditions) if case.planned(p.base.code)]
    taken = {p.base.code for p in suited}
    return [p.base for p in planned if p.base.code not in taken or p in suited]


def _may_rest_elsewhere(case: Case, base: Threshold) -> bool:
    """Whether the code has no cap of its own and its first unit is earned (T13 looks at more)."""
    return is_uncapped(base) and base.units_earned(case.whole_seconds_for(base.whose_time)) > 0


@rule(
    "T05",
    "Overlapping entries were counted once",
    level=Level.NOTE,
    needs=("excluded",),
    cites=("cpt-time#simultaneous staff",),
    fix="Check that both entries are right; only one of the overlapping minutes counts.",
)
def overlapping_entries(case: Case, policy: Policy) -> Finding | None:
    """Two people on one patient at one moment are one stretch of time."""
    for excluded in case.counted.excluded:
        if excluded.reason.startswith("overlap"):
            return Finding(
                f"{_minutes(excluded.seconds)} overlapping minutes were counted once.",
                (Evidence("overlap", _minutes(excluded.seconds), excluded.entry_ids),),
            )
    return None


@rule(
    "T06",
    "One person worked on two patients at once",
    level=Level.REVIEW,
    needs=("signals",),
    cites=("derived#one minute one patient",),
    fix="Correct the start or length of one entry: each minute belongs to one patient.",
)
def staff_on_two_patients(case: Case, policy: Policy) -> Finding | None:
    """A minute of one person belongs to one patient."""
    found = [s for s in case.signals if s.kind == "staff_overlap"]
    if not found:
        return None
    ids = tuple(i for s in found for i in s.ids)
    return Finding(found[0].summary, (Evidence("entries", len(ids), ids),))


@rule(
    "T07",
    "No live contact with the patient this month",
    level=Level.NOTE,
    needs=("plan", "no_contact"),
    cites=("noridian-contact#Q3",),
    fix="CMS asks for no monthly contact; some payers and vendors do.",
    shows=shows_minutes,
)
def no_live_contact(case: Case, policy: Policy) -> Finding | None:
    """CMS does not ask for a conversation each month; a month without one is worth a look."""
    if not case.plan or not case.entries or any(e.is_contact is not False for e in case.entries):
        return None
    return Finding("All time of the month was without contact with patient or caregiver.")


@rule(
    "T08",
    "Time on the day of a visit",
    level=Level.REVIEW,
    needs=("plan", "counted", "office_visit"),
    cites=("cpt-same-day#same-day visit",),
    fix="Check that the minutes were not part of the visit, then acknowledge.",
)
def time_on_visit_day(case: Case, policy: Policy) -> Finding | None:
    """Time inside a visit never counts; distinct time on that day may."""
    days = {
        v.on
        for v in case.visits
        if policy.family(v.code) == "em_office" and relation(case, v) == "same"
    }
    ids, seconds = case.counted.counted_on(days)
    if not case.plan or not ids:
        return None
    return Finding(
        f"{_minutes(seconds)} counted minutes lie on the day of an office visit.",
        (Evidence("entries", len(ids), ids),),
    )


@rule(
    "T09",
    "An entry crosses the month's edge",
    level=Level.NOTE,
    needs=("excluded",),
    cites=("aafp-2015#Q2",),
    fix="Only the part within the month counts here.",
)
def crosses_month(case: Case, policy: Policy) -> Finding | None:
    """The unit is the calendar month in the practice's time zone."""
    for excluded in case.counted.excluded:
        if excluded.reason == "outside the month":
            return Finding(
                f"{_minutes(excluded.seconds)} minutes lie outside {case.month}.",
                (Evidence("entries", len(excluded.entry_ids), excluded.entry_ids),),
            )
    return None


@rule(
    "T10",
    "An activity is not in the activity list",
    level=Level.REVIEW,
    needs=("odd_activity",),
    cites=("seed-1#activities that do not count",),
    fix="Choose an activity from the list, so that everybody sees whether it counts.",
)
def unknown_activity(case: Case, policy: Policy) -> Finding | None:
    """Work is counted by kind; an unknown kind is counted but must be looked at."""
    odd = [
        e.entry
        for e in case.counted.entries
        if e.counted_seconds and e.entry.activity and activity_of(e.entry.activity) is None
    ]
    if not odd:
        return None
    ids = tuple(e.entry_id for e in odd)
    return Finding(
        f"{entries(len(odd))} with an activity that is not in the list.",
        (Evidence("entries", len(odd), ids),),
    )
