"""Is there a database at an address? A question about what it holds must not make an empty one."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from ccm_core.errors import UsageError
from ccm_core.store import db, trouble

_SQLITE = b"SQLite format 3\0"
"""How every SQLite file begins."""
_ADVICE = "Correct the address, or make a database there with 'ccm import' or 'ccm demo'."


def require_there(asked: str, url: str | None = None) -> None:
    """Go on only with a database of this program; ``asked`` says what was wanted from it.

    Raises: UsageError, or StoreTrouble when the database does not answer.
    """
    if (missing := _missing_file(db.database_url(url))) is not None:
        raise UsageError(f"{asked} asked for; {missing}. {_ADVICE}")
    try:
        state = db.schema_state(url)
    except DBAPIError as error:
        if (said := trouble.told_at_start(error)) is None:
            raise
        # Without the cause: its text holds the address.
        raise said from None
    if state == "empty":
        raise UsageError(
            f"{asked} asked for; the database at that place holds nothing of this program. "
            f"{_ADVICE}"
        )


def is_nothing_there(url: str | None = None) -> bool:
    """No file stands where the SQLite database would be; a server is never asked."""
    try:
        place = make_url(db.database_url(url))
    except ArgumentError:
        return False
    path = place.database
    return place.get_backend_name() == "sqlite" and bool(path) and not Path(str(path)).exists()


def _missing_file(address: str) -> str | None:
    """Why there is no SQLite file to open; None where there is one, or a server is named."""
    try:
        place = make_url(address)
    except ArgumentError:
        return None  # the engine says it, without repeating a password
    if place.get_backend_name() != "sqlite" or not place.database:
        return None
    path = Path(place.database)
    if not path.is_file():
        return "there is no database at that place"
    try:
        with path.open("rb") as file:
            start = file.read(len(_SQLITE))
    except OSError as refused:
        return f"the database at that place cannot be read: {refused.strerror}"
    return None if start == _SQLITE else "the file at that place is no database"
