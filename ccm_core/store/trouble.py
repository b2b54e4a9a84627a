"""What the database says about the machine, told to people: disk full, read only, busy, gone."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError

from ccm_core.errors import StoreTrouble

_DONE = "Nothing of this change was stored."
_SAID = (
    (
        ("disk is full", "no space left", "could not extend file"),
        "The disk of the database is full.",
        "Make room, then try again.",
    ),
    (
        ("readonly database", "read-only", "unable to open database", "permission denied"),
        "The database cannot be written.",
        "Check the rights and the mount of its folder.",
    ),
    (
        ("disk i/o error", "input/output error", "malformed", "not a database"),
        "The disk or the database file is failing.",
        "Stop, keep the file, restore a backup.",
    ),
    (
        ("database is locked", "lock timeout"),
        "The database is busy with another change.",
        "Try again in a moment.",
    ),
    (
        (
            "connection failed",
            "connection refused",
            "could not connect",
            "starting up",
            "connection is bad",
            "connection is lost",
            "the connection is closed",
            "closed the connection",
            "terminating connection",
            "failed to resolve host",
            "connection timeout",
            "shutting down",
        ),
        "The server of the database does not answer.",
        "Start it, or correct its address in CCM_DATABASE_URL.",
    ),
)


def told(error: BaseException) -> StoreTrouble | None:
    """The sentences for an error of the driver; None when it is of another kind."""
    found = _found(error)
    return StoreTrouble(f"{found[0]} {_DONE} {found[1]}") if found else None


def told_at_start(error: BaseException) -> StoreTrouble | None:
    """The same where nobody has changed anything yet."""
    found = _found(error)
    return StoreTrouble(" ".join(found)) if found else None


def _found(error: BaseException) -> tuple[str, str] | None:
    """What is the matter, and what to do."""
    if not isinstance(error, DBAPIError):
        return None
    said = str(error.orig).lower()
    for signs, matter, advice in _SAID:
        if any(sign in said for sign in signs):
            return matter, advice
    return None
