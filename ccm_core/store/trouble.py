"""What the database says about the machine, told to people: disk full, read only, busy, gone."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError

from ccm_core.errors import StoreTrouble

_DONE = "Nothing of this change was stored."
_SAID = (
    (
        ("disk is full", "no space left", "could not extend file"),
        f"The disk of the database is full. {_DONE} Make room, then try again.",
    ),
    (
        ("readonly database", "read-only", "unable to open database", "permission denied"),
        f"The database cannot be written. {_DONE} Check the rights and the mount of its folder.",
    ),
    (
        ("disk i/o error", "input/output error", "malformed", "not a database"),
        f"The disk or the database file is failing. {_DONE} Stop, keep the file, restore a backup.",
    ),
    (
        ("database is locked", "lock timeout"),
        f"The database is busy with another change. {_DONE} Try again in a moment.",
    ),
)


def told(error: BaseException) -> StoreTrouble | None:
    """The sentence for an error of the driver; None when it is of another kind."""
    if not isinstance(error, DBAPIError):
        return None
    said = str(error.orig).lower()
    for signs, sentence in _SAID:
        if any(sign in said for sign in signs):
            return StoreTrouble(sentence)
    return None
