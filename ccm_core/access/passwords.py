"""Password rules and hashes: Argon2id with OWASP's parameters, no silent shortening.

Source: OWASP Password Storage Cheat Sheet (m=19456 KiB, t=2, p=1); NIST SP 800-63B-4.
"""

from __future__ import annotations

import threading
import unicodedata
from collections.abc import Callable
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from ccm_core.errors import UsageError

SHORTEST_ALONE = 15
SHORTEST_WITH_CODE = 8
LONGEST = 200
MOST_OLDER_COST = 14
"""Of a bcrypt hash: about a second. Its usual cost is 12."""
_MOST_PARTS = 4
"""Characters that one of NFC can be typed as at most (Unicode Annex 15)."""
BLOCKLIST = Path(__file__).resolve().parents[2] / "data" / "common_passwords.txt"

Check = Callable[[str, str], bool]
"""Answers whether a password belongs to a stored hash."""

_HASHER = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)
# Each hash takes 19 MiB and a good part of a core: four at once at most, the others queue.
_SLOTS = threading.BoundedSemaphore(4)


def normal(password: str) -> str:
    """The password in Unicode NFC, so that it is the same from every keyboard."""
    return unicodedata.normalize("NFC", password)


@cache
def _common() -> frozenset[str]:
    return frozenset(BLOCKLIST.read_text(encoding="utf-8").splitlines())


def check_new(password: str, username: str = "", *, has_second_factor: bool = False) -> None:
    """Refuse a password that is too short, too long or easy to guess.

    Raises:
        UsageError: says which rule it breaks; the password itself is never repeated.
    """
    password = normal(password)
    if any(unicodedata.category(letter) == "Cs" for letter in password):
        raise UsageError("The password is not UTF-8 text. Check the setting of the terminal.")
    shortest = SHORTEST_WITH_CODE if has_second_factor else SHORTEST_ALONE
    if not shortest <= len(password) <= LONGEST:
        raise UsageError(
            f"The password has {len(password)} characters; it needs {shortest} to {LONGEST}. "
            "Four or five unrelated words are a good choice."
        )
    plain = password.casefold()
    if len(set(plain)) < 5 or plain in _common() or plain.rstrip("0123456789!.") in _common():
        raise UsageError("The password is on the list of easily guessed ones. Choose another.")
    if username and len(username) > 3 and username.casefold() in plain:
        raise UsageError("The password contains the user name. Choose another.")


def hashed(password: str) -> str:
    """The Argon2id hash to store, with its parameters and salt."""
    with _SLOTS:
        return _HASHER.hash(normal(password))


def matches(password: str, stored: str) -> bool:
    """Whether the password belongs to the stored hash. A broken hash matches nothing."""
    # Counted as when it was set: letters typed in parts (NFD) are more characters than in NFC.
    if len(password) > LONGEST * _MOST_PARTS or len(password := normal(password)) > LONGEST:
        return False
    try:
        with _SLOTS:
            return _HASHER.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


def is_older(stored: str) -> bool:
    """Whether the hash is bcrypt, as streamlit-authenticator makes them."""
    return stored.startswith("$2")


def is_bearable(stored: str) -> bool:
    """Whether a bcrypt hash asks for no more work than one sign-in may take.

    Its cost is part of the hash, and each step doubles the work: at 31 one try takes days
    of a thread that all sign-ins share.
    """
    cost = stored.split("$")[2] if stored.count("$") > 2 else ""
    return cost.isdecimal() and int(cost) <= MOST_OLDER_COST


def never(password: str, stored: str) -> bool:
    """The check of older hashes where there are none."""
    return False


def is_outdated(stored: str) -> bool:
    """Whether the hash was made with other parameters than today's."""
    try:
        return _HASHER.check_needs_rehash(stored)
    except InvalidHashError:
        return True


@cache
def decoy() -> str:
    """A hash to compare with when the user is unknown, so that both answers take as long."""
    return hashed("nobody has this password")
