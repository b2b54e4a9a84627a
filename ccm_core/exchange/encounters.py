"""What an encounter is to care management: days in an institution, or a visit on one day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from ccm_core import records, tables
from ccm_core.exchange.drafts import Draft, draft
from ccm_core.exchange.rejects import RowProblem
from ccm_core.exchange.statuses import require_last_day


@dataclass(frozen=True, slots=True)
class Encounter:
    """An encounter of any export, in plain words."""

    encounter_id: str
    patient_id: str
    from_on: date
    to_on: date | None
    classes: tuple[str, ...]
    """Codes and texts of the class, best first."""
    type_codes: tuple[str, ...] = ()
    code: str = ""
    npi: str = ""
    stamp: str = ""
    is_over: bool = False
    """Whether its status says that it has ended."""


def to_draft(met: Encounter) -> Draft:
    """A stay or a visit. The type (hospice, skilled nursing) speaks before the class.

    A code that is billed makes a visit of what is done at home: an episode of home health
    has none, excludes nothing, and as a stay it would lose the code.
    """
    if met.to_on is not None and met.to_on < met.from_on:
        raise RowProblem("I38", "The encounter ends before it begins.")
    shape, kind, notes = kind_of(met)
    if shape == "stay" and not (kind == "home_health" and met.code):
        return _stay(met, kind, notes)
    stated: dict[str, Any] = {
        "visit_id": met.encounter_id, "patient_id": met.patient_id, "on": met.from_on,
        "kind": kind,
    }  # fmt: skip
    stated |= {"code": met.code} if met.code else {}
    stated |= {"npi": met.npi} if met.npi else {}
    return draft(records.Visit, stated, met.stamp, notes)


def _stay(met: Encounter, kind: str, notes: tuple[str, ...]) -> Draft:
    stated: dict[str, Any] = {
        "stay_id": met.encounter_id, "patient_id": met.patient_id,
        "kind": kind, "from_on": met.from_on,
    }  # fmt: skip
    if met.to_on is not None:
        stated["to_on"] = met.to_on
    elif met.is_over and kind != "home_health":  # of which an encounter is one visit, not the care
        require_last_day()
    else:
        notes += (LASTING if kind in FACILITY else "Stays without an end are taken as lasting.",)
    return draft(records.Stay, stated, met.stamp, notes)


FACILITY = frozenset({"hospital", "snf_part_a"})
LASTING = (
    "Stays without an end are taken as lasting: time after their first day is left out, and O18 "
    "asks. Enter the last day on the patient's page, or import it."
)


def kind_of(met: Encounter) -> tuple[str, str, tuple[str, ...]]:
    """``stay`` or ``visit``, its kind, and notes on what was not known."""
    known = tables.load("encounter_kinds", "what", "code")
    for what, codes in (("type", met.type_codes), ("class", met.classes)):
        for code in _lowered(codes):
            row = known.find(what, code, on=met.from_on)
            if row is not None:
                return row["record"], row["kind"], ()
    said = list(_lowered(met.classes))
    # The order of the table: ``Outpatient hospice consult`` is no stay.
    for row in known.rows:
        if row["what"] == "word" and any(row["code"] in one for one in said):
            return row["record"], row["kind"], ()
    lasted = met.to_on is not None and (met.to_on - met.from_on).days > 1
    note = (_NIGHTS if lasted else _UNKNOWN,) if said else ()
    named = next((one for one in said if not one.isdigit()), "")  # not a vendor's own number
    return "visit", named.replace(" ", "_")[:40], note


_UNKNOWN = "Encounters of a class that is not known here were taken as visits."
_NIGHTS = (
    "Encounters over several nights of a class that is not known here were taken as visits on "
    "their first day. Give those that were stays in a hospital or nursing facility as stays."
)


def _lowered(codes: Iterable[str]) -> Iterator[str]:
    return (code.strip().lower() for code in codes if code.strip())
