"""The key of the backups: a file of its own, named in ``CCM_BACKUP_KEY``, never beside them."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from ccm_core.errors import UsageError
from ccm_core.small_files import read_small

_BYTES = 32
_MOST_BYTES = 4096
"""A key has 64 digits; with whatever stands around it, still no more than this."""


def make_key(path: Path) -> None:
    """Write a new random key that only its owner reads. Raises: UsageError when it exists."""
    try:
        made = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise UsageError(
            f"{path.name} exists already. A key is never overwritten: backups made with it "
            "could not be opened any more."
        ) from None
    except OSError as error:
        raise UsageError(f"The key cannot be written there: {error.strerror}.") from error
    with os.fdopen(made, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(_BYTES) + "\n")


def read_key() -> bytes:
    """The key as 32 bytes. Raises: UsageError with what to do when there is none."""
    named = os.environ.get("CCM_BACKUP_KEY")
    if not named:
        raise UsageError(
            "Backups are encrypted, and no key is named. Make one with 'ccm backup --new-key "
            "FILE', keep a copy of it away from the backups, and set CCM_BACKUP_KEY=FILE."
        )
    try:
        key = bytes.fromhex(read_small(Path(named), _MOST_BYTES).decode("ascii").strip())
    except (OSError, ValueError) as error:
        raise UsageError(
            "The file named in CCM_BACKUP_KEY cannot be read as a key of 64 hexadecimal digits."
        ) from error
    if len(key) != _BYTES:
        raise UsageError("The key in CCM_BACKUP_KEY must have 64 hexadecimal digits.")
    return key
