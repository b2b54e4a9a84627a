"""What the status beside a row says: whether the record holds, has ended, or never was.

Systems write such columns in words of their own (``Stable``, ``Billed``): a word that no table
knows says nothing, and the row is read as if the column were not there.
"""

from __future__ import annotations

import re
from typing import Any, NoReturn

from ccm_core.exchange import cells, dates
from ccm_core.exchange.dates import Calendar
from ccm_core.exchange.drafts import INACTIVE
from ccm_core.exchange.rejects import RowProblem

_REMARK = re.compile(r"\s-\s|[(,:/]|\sby\s")
"""What parts ``No show - charged`` and ``Canceled by patient`` from their remarks."""


def require_met(values: dict[str, Any]) -> bool:
    """Refuse a visit that was cancelled or missed; whether it is said to be over.

    Raises: RowProblem (rule I57).
    """
    said = values.pop("status", "")
    meant = _meaning("met_status", said)
    if meant == "wrong":
        raise RowProblem("I57", "The export calls it cancelled or missed.", "status", said)
    return meant == "over"


def is_over(said: str) -> bool:
    """Whether a word for an encounter's status says that it has ended."""
    return _meaning("met_status", said) == "over"


def require_last_day(column: str = "") -> NoReturn:
    """Refuse a stay that is over on a day that nobody knows.

    Kept without an end it would bar all time for ever, kept for a day it would bar too little.
    Raises: RowProblem (rule I54).
    """
    raise RowProblem(
        "I54", "The stay is over, and no date says since when. Add its last day.", column
    )


def require_standing(values: dict[str, Any], name: str, end: str = "") -> None:
    """Refuse a row that does not count, or that has ended without a day in the column ``end``.

    Raises: RowProblem (rules I54, I57).
    """
    said = values.pop("status", "")
    meant = _meaning(name, said)
    if meant == "wrong":
        reason = "The export calls it void, declined, not billable or not in force."
        raise RowProblem("I57", reason, "status", said)
    if meant == "ended" and end not in values:
        raise RowProblem("I54", "It has ended, and no date says when.", "status", said)


def end_condition(values: dict[str, Any], calendar: Calendar) -> None:
    """A condition that is called ended has an end. Raises: RowProblem (rules I54, I57)."""
    said = values.pop("status", "")
    meant = _meaning("condition_status", said)
    if meant == "wrong":
        raise RowProblem("I57", "The export calls it wrong, ruled out or not sure.", "status", said)
    if meant != "ended" or "ended_on" in values:
        return
    if "onset_on" not in values:
        raise RowProblem("I54", "It has ended, and no date says when.", "status", said)
    calendar.notes["Ended conditions without an end were ended on their first day."] += 1
    values["ended_on"] = values["onset_on"]


def deceased(text: str, calendar: Calendar) -> dict[str, Any]:
    """What a cell under ``Deceased`` says: yes or no, or the day. Raises: RowProblem (I34)."""
    if not text or cells.is_null("deceased", text):
        return {}
    said = cells.meaning("deceased", text)
    if said:
        return {"status": "deceased"} if said == "yes" else {}
    try:
        return {"died_on": dates.read_past_day(text, calendar)}
    except RowProblem:
        raise RowProblem("I34", "Neither yes, no nor a day.", "deceased", text) from None


_MAY_STILL_BE = frozenset({"", "eligible", "invited", "consented", "paused"})


def active(said: str, status: str) -> tuple[dict[str, Any], tuple[str, ...]]:
    """What a chart that is no longer active says of the patient's status, with a note."""
    if not said.strip() or status not in _MAY_STILL_BE:
        return {}, ()
    meant = cells.meaning("patient_active", said.strip().removesuffix(".0"))
    if meant == "no":
        return {"status": "ineligible"}, (INACTIVE,)
    if meant == "deceased":
        return {"status": "deceased"}, ()
    return {}, () if meant else (_NEITHER,)


_NEITHER = "Words that call a patient neither active nor inactive were left out."


def _meaning(name: str, said: str) -> str:
    begins = _REMARK.split(said, maxsplit=1)[0]
    return cells.meaning(name, said) or cells.meaning(name, begins)
