"""Where the value of an input comes from, in the words of pages and files."""

from __future__ import annotations

from collections.abc import Mapping

from ccm_core.money.assumptions import Assumption, assumption
from ccm_core.money.scenario import Scenario

MARKS = (
    "Marks of sources: VP primary text, VM a Medicare contractor, VS secondary, DER derived, "
    "CONTRA sources differ, MEM not read again or our own assumption: replace it."
)
CHANGED = "Typed, or said by the preset"


def is_default(one: Assumption, value: object) -> bool:
    """Whether a value is the one of the table; the table writes yes and no."""
    return str(value) in (one.value, {"yes": "True", "no": "False"}.get(one.value, one.value))


def comes_from(name: str, scenario: Scenario, notes: Mapping[str, str]) -> str:
    """A default's own source with its mark; another value's note, or that somebody typed it."""
    one = assumption(name)
    if name in notes or not is_default(one, getattr(scenario, name)):
        return notes.get(name) or CHANGED
    return f"{one.source.authority}, {one.pinpoint} [{one.source.confidence}]"
