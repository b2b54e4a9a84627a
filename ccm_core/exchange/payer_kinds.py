"""Which kind of payer an export names, where its type, payer and plan may say different things."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ccm_core.exchange import cells
from ccm_core.exchange.rejects import RowProblem

CONTRADICTS = (
    "Coverage that says Medicare beside another payer, a private insurer, a supplement or "
    "a part without B is of unknown kind. Say which it is on the patient's page."
)
_PRIVATE = re.compile(
    r"\b(?:aetna|anthem|blue ?cross|bcbs|cigna|centene|devoted|elevance|humana|kaiser|molina"
    r"|uhc|united ?health|wellcare)",
    re.IGNORECASE,
)
"""Insurers that also sell Medicare plans."""
_BESIDE_MEDICARE = re.compile(r"supplement|medigap", re.IGNORECASE)
_OTHER_PARTS = re.compile(r"\bparts? [acd]\b|\bpdp\b|prescription|\bdrug", re.IGNORECASE)
_PART_B = re.compile(r"\bb\b", re.IGNORECASE)
_CMS = re.compile(r"\bmedicare\b|\bcms\b", re.IGNORECASE)
_ONLY_PART_B = re.compile(
    r"(?:(?:original|traditional)\s)?(?:medicare|parts?|medicare\sparts?)\s"
    r"(?:a\s(?:and\s)?(?:part\s)?)?b(?:\s(?:only|ffs|primary))?\Z"
)
"""``Part A & B``, ``Medicare (Part B)``: words that name Part B and nothing else."""


def of_name(name: str) -> str:
    """The kind that a payer's name says; ``unknown`` when it says none."""
    return "medicare" if names_part_b(name) else of_words(name)


def names_part_b(name: str) -> bool:
    """Whether a text names Part B of Medicare, alone or with Part A, and nothing else."""
    return _ONLY_PART_B.match(" ".join(re.findall(r"[a-z0-9]+", name.lower()))) is not None


def of_words(name: str) -> str:
    """The kind that the table of words knows; identifiers are made of it and stay as they are."""
    try:
        return cells.read_word("payer_kind", name)
    except RowProblem:
        plain = name.lower()
    if "medicare advantage" in plain:
        return "medicare_advantage"
    return "medicaid" if "medicaid" in plain and "medicare" not in plain else "unknown"


def agreed(stated: str, names: Iterable[str], plans: Iterable[str] = ()) -> tuple[str, bool]:
    """The kind that all of an export's words allow, and whether they contradict each other.

    ``stated``: the kind that a code or a column of its own says. ``names``: texts that may
    tell it, best first. ``plans``: texts that can only narrow it, as every part of Medicare
    is of the group Medicare. Plain Medicare is the least that can be said of a plan: what
    says Advantage beside it wins, and what says something else leaves the kind open.
    A plan that is Part B itself makes it Medicare where no other payer is named: so CMS exports
    its own coverage.
    """
    names, plans = [one for one in names if one], [one for one in plans if one]
    said = [stated, *(of_name(one) for one in names)] if stated else [*map(of_name, names)]
    kind = stated or next((one for one in said if one != "unknown"), "unknown")
    if kind == "unknown" and not stated and any(map(names_part_b, plans)):
        kind = "medicare" if all(_CMS.search(one) for one in names) else kind
    beside = {*said, *map(of_name, plans)} - {"medicare", "unknown"}
    if kind in ("medicare", "unknown") and "medicare_advantage" in beside:
        return "medicare_advantage", False
    if kind == "medicare" and (beside or any(map(_is_not_part_b, [*names, *plans]))):
        return "unknown", True
    return kind, False


def _is_not_part_b(text: str) -> bool:
    """Whether a text names something else than Part B of Medicare itself."""
    if _PRIVATE.search(text) or _BESIDE_MEDICARE.search(text):
        return True
    return _OTHER_PARTS.search(text) is not None and not _PART_B.search(text)
