"""Browsers from which somebody has signed in before: strangers' guesses do not make them wait.

Without this, anybody who knows a user name could keep its owner out by guessing. The
mark opens nothing: it only has a count of failures of its own.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

from ccm_core.access.sealing import mark_of

LIVES_SECONDS = 90 * 86_400


def issue(username: str) -> str:
    """A mark for the browser that has just signed in as this person."""
    number = secrets.token_urlsafe(16)
    return f"{number}.{_mark(username, number)}"


def key_of(username: str, cookie: str) -> str:
    """The key of the browser's own count; empty when the mark is not of this person."""
    number, _, mark = cookie.partition(".")
    if not number or not hmac.compare_digest(mark.encode(), _mark(username, number).encode()):
        return ""
    return prefix_of(username) + hashlib.sha256(number.encode()).hexdigest()


def prefix_of(username: str) -> str:
    """What the keys of all browsers of one person begin with."""
    return f"device:{hashlib.sha256(username.encode()).hexdigest()}:"


def _mark(username: str, number: str) -> str:
    return mark_of(f"device/{username}/{number}")
