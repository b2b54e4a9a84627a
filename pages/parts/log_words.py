"""The access log in words: what is stored keeps its mark in the chain, what is shown is told."""

from __future__ import annotations

import re

from ccm_core.access.permissions import ROLE_NAMES
from ccm_core.months import Month, said_text
from pages.parts import menu, words

_OF_ROLES = frozenset({"add_user", "change_role"})
_OF_FIELDS = frozenset({"edit_patient", "settings"})
_OF_MONTHS = frozenset({"month", "claims", "packets"})
"""What is named by its month, as in ``2026-10``; other names may look like one."""

_NAME = re.compile(r"\b[a-z]+(?:_[a-z]+)*\b")
_MONTH = re.compile(r"\b([A-Z][a-z]{2})[a-z]* (\d{4})\b")


def value(text: str) -> str:
    """One value in words: ``Practice manager``, ``Sign in``, ``User account``."""
    return ROLE_NAMES.get(text) or words.sentence(text) or words.NOTHING


def reason(action: str, text: str) -> str:
    """The reason in words: roles, pages and fields by their names, days as 21 Nov 2026."""
    if action in _OF_ROLES:
        text = _NAME.sub(lambda found: ROLE_NAMES.get(found[0], found[0]), text)
    elif action in _OF_FIELDS:
        text = _NAME.sub(lambda found: found[0].replace("_", " "), text)
    elif action == "export":
        titles = {page.name: page.title for page in menu.PAGES}
        text = _NAME.sub(lambda found: titles.get(found[0], found[0]), text)
    return said_text(text) or words.NOTHING


def which(kind: str, text: str) -> str:
    """What an entry is about: a month by its name."""
    return (said_text(text) if kind in _OF_MONTHS else text) or words.NOTHING


def stored(text: str) -> str:
    """What stands in the log for words that somebody searches as they are shown."""
    for name, shown in ROLE_NAMES.items():
        text = re.sub(rf"\b{shown}\b", name, text, flags=re.IGNORECASE)
    return _MONTH.sub(_month, text)


def _month(found: re.Match[str]) -> str:
    number = words.month_number(found[1])
    return str(Month(int(found[2]), number)) if number else found[0]
