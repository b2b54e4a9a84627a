"""Words that columns may hold: a stay of a kind that no rule knows would leave its month clean.

Imports refuse such words row by row; a folder of columns is refused as a whole, since whoever
wrote it wrote all of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ccm_core import records as r
from ccm_core.errors import UsageError
from ccm_core.policy import POLICIES, PREFERENCES
from ccm_core.procedure_codes import code_and_modifiers

if TYPE_CHECKING:
    from ccm_core.engine.facts import Part

_WORDS: dict[tuple[type[Any], str], tuple[str, ...]] = {
    (r.Patient, "status"): r.PATIENT_STATUSES,
    (r.StatusChange, "status"): r.PATIENT_STATUSES,
    (r.Consent, "mode"): r.CONSENT_MODES,
    (r.TimeEntry, "actor"): r.ACTORS,
    (r.Stay, "kind"): r.STAY_KINDS,
    (r.Visit, "practice"): ("", "same", "other"),
    (r.Payer, "kind"): r.PAYER_KINDS,
    (r.Complexity, "mdm"): r.MDM_LEVELS,
    (r.ClaimLine, "status"): r.CLAIM_STATUSES,
}
"""Elements of a consent may be other words: the rules ask for those that are not there."""
_CODES = ((r.Visit, "code"), (r.ClaimLine, "code"))


def refuse_odd(part: Part) -> None:
    """Refuse what no rule would understand. Raises: UsageError."""
    _refuse_unknown_words(part)
    _refuse_negative_lengths(part)
    _refuse_reversed_stays(part)


def _refuse_unknown_words(part: Part) -> None:
    """Refuse words that no rule would understand, without naming one: it may be anything.

    Raises: UsageError.
    """
    for (kind, name), allowed in _WORDS.items():
        if kind is part.kind and not _all(part, name, allowed.__contains__):
            raise UsageError(_unknown(kind, name, allowed))
    for kind, name in _CODES:
        if kind is part.kind and not _all(part, name, _is_plain_code):
            raise UsageError(
                f"The column {name} of {kind.__name__} holds a code in small letters, with spaces "
                "or with modifiers; write codes in capitals alone, for example 99213, and "
                "modifiers in their own column."
            )


def _refuse_negative_lengths(part: Part) -> None:
    """Refuse time entries that end before they begin. Raises: UsageError."""
    import pyarrow.compute as pc

    if part.kind is r.TimeEntry and len(part):
        least = pc.min(part.table["seconds"]).as_py()
        if least is not None and least < 0:
            raise UsageError(
                "The column seconds of TimeEntry holds numbers below 0; correct these rows, or "
                "leave them out."
            )


def _refuse_reversed_stays(part: Part) -> None:
    """Refuse stays that end before they begin: no day would lie in one. Raises: UsageError."""
    import pyarrow.compute as pc

    if part.kind is not r.Stay or part.table is None or "to_on" not in part.table.column_names:
        return
    is_odd = pc.less(part.table["to_on"], part.table["from_on"])
    if pc.any(is_odd, min_count=0).as_py():
        raise UsageError(
            "Rows of Stay have a to_on before their from_on; correct these rows, or leave them out."
        )


def refuse_unknown_practice(practice: r.Practice) -> None:
    """The same for the practice. Raises: UsageError."""
    for name, allowed in (
        ("setting", r.SETTINGS), ("policy", tuple(POLICIES)), ("preference", PREFERENCES),
    ):  # fmt: skip
        if getattr(practice, name) not in allowed:
            raise UsageError(_unknown(r.Practice, name, allowed))


def _all(part: Part, name: str, test: Any) -> bool:
    if part.table is None or name not in part.table.column_names:
        return True
    return bool(part.words(name).which(test).all())


def _unknown(kind: type[Any], name: str, allowed: Iterable[str]) -> str:
    return (
        f"The column {name} of {kind.__name__} holds a word that no rule knows; "
        f"there are: {', '.join(filter(None, allowed))}."
    )


def _is_plain_code(text: str) -> bool:
    """Whether no other text is meant; what is no code at all concerns no rule."""
    found = code_and_modifiers(text)
    return found is None or found == (text, ())
