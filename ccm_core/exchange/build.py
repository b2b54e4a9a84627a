"""The values of one table row to one record, kind by kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from ccm_core import chronic, records
from ccm_core.exchange import cells, dates, durations, encounters, payer_kinds, people, statuses
from ccm_core.exchange.clock_texts import is_clock
from ccm_core.exchange.dates import Calendar
from ccm_core.exchange.drafts import Draft, derived_id, draft, field_names
from ccm_core.exchange.rejects import RowProblem
from ccm_core.exchange.x12 import adjustment_codes
from ccm_core.months import Month, noon

Values = dict[str, Any]


def build(kind: str, values: Values, calendar: Calendar) -> Draft:
    """The draft of a row; ``values`` holds the filled cells only. Raises: RowProblem."""
    if "-" in values.get("code", "") and kind in _BILLED:
        values["code"], *beside = values["code"].split("-")
        found = (*beside, *values.get("modifiers", ()))
        values |= {"modifiers": tuple(dict.fromkeys(found))} if kind != "encounters" else {}
    return BUILDERS[kind](values, calendar)


_BILLED = frozenset({"visits", "encounters", "claims"})
"""Kinds whose code may stand with its modifiers in one cell."""


def _condition(values: Values, calendar: Calendar) -> Draft:
    statuses.end_condition(values, calendar)
    people.in_order(values, "onset_on", "ended_on")
    encounter = values.pop("encounter", "")
    code = values["code"]
    shape = cells.code_system(code)
    if values.setdefault("system", shape) != shape:
        raise RowProblem("I37", "The code does not have the shape of its system.", "code", code)
    values.setdefault("condition_id", derived_id(
        "condition", values["patient_id"], shape, code.replace(".", ""),
        values.get("onset_on", ""), values.get("label", ""), encounter,
    ))  # fmt: skip
    return draft(records.Condition, values | proposal(code, shape, calendar))


def proposal(code: str, system: str, calendar: Calendar) -> Values:
    """What the tables say of a code: chronic or not, and its group."""
    found = chronic.propose(code, system, calendar.today)
    return {"is_chronic": found.is_chronic, "group": found.group}


def _consent(values: Values, _: Calendar) -> Draft:
    statuses.require_standing(values, "consent_status", "revoked_on")
    people.in_order(values, "given_on", "revoked_on")
    values.setdefault("consent_id", derived_id(
        "consent", values["patient_id"], values["given_on"], values.get("npi", "")
    ))  # fmt: skip
    return draft(records.Consent, values)


def _care_plan(values: Values, _: Calendar) -> Draft:
    statuses.require_standing(values, "plan_status", "ended_on")
    people.in_order(values, "created_on", "reviewed_on")
    people.in_order(values, "created_on", "ended_on")
    for name in ("elements", "condition_codes"):
        if name in values:
            values[name] = frozenset(values[name])
            values["is_detailed"] = True
    values.setdefault(
        "plan_id", derived_id("care_plan", values["patient_id"], values["created_on"])
    )
    return draft(records.CarePlan, values)


def _time_entry(values: Values, calendar: Calendar) -> Draft:
    statuses.require_standing(values, "time_status")
    program = cells.meaning("other_program", values.pop("program", ""))
    if program:
        values.setdefault("counted_for", program)
    seconds = _duration(values)
    found = _started(values, seconds, calendar)
    is_known = isinstance(found, datetime)
    if isinstance(found, datetime) and seconds and "ended_at" in values:
        _require_room(values["ended_at"], found, seconds, calendar)
    content = ("patient_id", "seconds", "staff_id", "actor", "activity", "note")
    values |= {
        "seconds": seconds or _lasted(values, found, calendar),
        "started_at": found if isinstance(found, datetime) else noon(found, calendar.zone),
        "is_start_known": is_known,
    }
    for name in ("on", "start_time", "ended_at", *_LENGTHS):
        values.pop(name, None)
    own = [values.get(name, "") for name in content]
    own.insert(1, values["started_at"] if is_known else found)
    values.setdefault("entry_id", derived_id("time", *own))
    return draft(records.TimeEntry, values)


def _started(values: Values, seconds: int | None, calendar: Calendar) -> datetime | date:
    """When the work began; only the day where the row tells no time of day."""
    found: datetime | date | None = values.get("started_at", values.get("on"))
    if found is None:
        raise RowProblem("I22", "The day of the work is needed.", "started_at")
    if "start_time" in values:
        day = _day(values.get("on", found), calendar)
        found = dates.on_the_clock(day, values["start_time"], calendar)
    elif not isinstance(found, datetime) and seconds and "ended_at" in values:
        found = _ended(values["ended_at"], found, calendar) - timedelta(seconds=seconds)
    if _day(found, calendar) > calendar.today:
        raise RowProblem("I26", "Time in the future cannot be logged.", "started_at")
    return found


def _day(found: datetime | date, calendar: Calendar) -> date:
    return found.astimezone(calendar.zone).date() if isinstance(found, datetime) else found


def _duration(values: Values) -> int | None:
    stated = {values[name] for name in ("seconds", *_LENGTHS) if name in values}
    if len(stated) > 1:
        raise RowProblem("I29", "Two columns tell two durations.", "seconds")
    beside = int(stated.pop()) if stated else None
    return durations.with_hours(values.pop("hours"), beside) if "hours" in values else beside


_LENGTHS = ("minutes", "hours_minutes", "minutes_seconds")
"""Columns with a duration, beside the one that is stored."""


def _lasted(values: Values, began: datetime | date, calendar: Calendar) -> int:
    if "ended_at" not in values:
        raise RowProblem("I22", "A duration or an end is needed.", "minutes")
    if not isinstance(began, datetime):
        said = "Without a start the end tells no duration; give the minutes or the start."
        raise RowProblem("I22", said, "minutes")
    text = values["ended_at"]
    end = _ended(text, _day(began, calendar), calendar)
    try:
        return durations.plausible(int((end - began).total_seconds()), text)
    except RowProblem as problem:
        problem.column = "ended_at"
        raise


def _require_room(text: str, began: datetime, seconds: int, calendar: Calendar) -> None:
    """Refuse a duration that is longer than the time from start to end. Raises: RowProblem (I29).

    An end that cannot be read, or is the start again, tells no length; pauses make one shorter.
    """
    try:
        end = _ended(text, _day(began, calendar), calendar)
    except RowProblem:
        return
    if end < began and is_clock(text.strip()):
        end += timedelta(days=1)  # past midnight
    if end != began and end + _MINUTE < began + timedelta(seconds=seconds):
        said = "The duration is longer than the time from start to end."
        raise RowProblem("I29", said, "ended_at", text)


_MINUTE = timedelta(minutes=1)
"""By which clocks without seconds may differ from a timer that rounds up."""


def _ended(text: str, day: date, calendar: Calendar) -> datetime:
    """The end of the work: a moment, or a time of day on the day on which it began."""
    try:
        return dates.read_moment(text, calendar)
    except RowProblem:
        return dates.on_the_clock(day, dates.read_clock(text), calendar)


def _stay(values: Values, calendar: Calendar) -> Draft:
    is_over = statuses.require_met(values)
    people.in_order(values, "from_on", "to_on")
    if "to_on" not in values:
        if is_over:
            statuses.require_last_day("to_on")
        is_asked = values["kind"] in encounters.FACILITY
        calendar.notes.update([encounters.LASTING] if is_asked else [])
    values.setdefault(
        "stay_id", derived_id("stay", values["patient_id"], values["kind"], values["from_on"])
    )
    return draft(records.Stay, values)


def _visit(values: Values, _: Calendar) -> Draft:
    statuses.require_met(values)
    content = ("patient_id", "on", "code", "npi", "modifiers", "kind")
    values.setdefault("visit_id", derived_id("visit", *(values.get(name, "") for name in content)))
    return draft(records.Visit, values)


def _encounter(values: Values, _: Calendar) -> Draft:
    is_over = statuses.require_met(values)
    content = ("patient_id", "started_at", "class", "type_code", "code")
    made = derived_id("encounter", *(values.get(name, "") for name in content))
    classes = (values.get("class", ""), values.get("type_label", ""))
    return encounters.to_draft(encounters.Encounter(
        encounter_id=values.get("encounter_id", made),
        patient_id=values["patient_id"],
        from_on=values["started_at"],
        to_on=values.get("ended_at"),
        classes=classes if classes[0] else classes[1:0],
        type_codes=(values.get("type_code", ""),),
        code=values.get("code", ""),
        npi=values.get("npi", ""),
        is_over=is_over,
    ))  # fmt: skip


def _coverage(values: Values, calendar: Calendar) -> Draft:
    statuses.require_standing(values, "coverage_status", "to_on")
    people.in_order(values, "from_on", "to_on")
    name, stated = values.get("name", ""), values.get("kind", "")
    content = [stated or payer_kinds.of_words(name), name]
    values["kind"], is_contradiction = payer_kinds.agreed(stated, [name])
    calendar.notes.update([payer_kinds.CONTRADICTS] if is_contradiction else [])
    values |= part_b(values)
    content += [values.get("member_id", ""), values.get("from_on", "")]
    values.setdefault("payer_id", derived_id("payer", values["patient_id"], *content))
    return draft(records.Payer, values)


def part_b(values: Values) -> Values:
    """Whether Part B is in force, as far as the payer's kind and name tell."""
    if "has_part_b" in values or values["kind"] != "unknown":
        return {}
    is_none = values.get("name", "").lower().replace("_", " ") in _NO_COVERAGE
    return {"has_part_b": False if is_none else None}


_NO_COVERAGE = frozenset({"no insurance", "uninsured", "self pay", "none"})


def _claim(values: Values, _: Calendar) -> Draft:
    if "month" not in values:
        if "service_on" not in values:
            raise RowProblem("I22", "A service month or date is needed.", "month")
        values["month"] = Month.of(values["service_on"])
    values.setdefault("line", 1)
    if "adjustments" in values:
        values["adjustments"] = tuple(map(adjustment_codes.written, values["adjustments"]))
    return draft(records.ClaimLine, values)


def _plain(kind: type[Any]) -> Callable[[Values, Calendar], Draft]:
    names = field_names(kind)

    def build_one(values: Values, _: Calendar) -> Draft:
        return draft(kind, {name: value for name, value in values.items() if name in names})

    return build_one


BUILDERS: Mapping[str, Callable[[Values, Calendar], Draft]] = {
    "patients": people.patient,
    "conditions": _condition,
    "consents": _consent,
    "care_plans": _care_plan,
    "time_entries": _time_entry,
    "stays": _stay,
    "visits": _visit,
    "encounters": _encounter,
    "coverage": _coverage,
    "claims": _claim,
    "staff": _plain(records.Staff),
    "practitioners": _plain(records.Practitioner),
    "status_changes": _plain(records.StatusChange),
    "complexity": _plain(records.Complexity),
}
"""How each kind of row becomes a record."""
