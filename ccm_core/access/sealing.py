"""Small secrets in the database are encrypted with a key that is not in the database."""

from __future__ import annotations

import hmac
import os
import secrets
from base64 import urlsafe_b64encode
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from ccm_core.errors import UsageError
from ccm_core.store.private import private_folder


def _key() -> bytes:
    """``CCM_ACCESS_KEY``, or ``access.key`` in the private folder, made on first use."""
    named = os.environ.get("CCM_ACCESS_KEY")
    if named:
        if len(named) < 32:
            raise UsageError("CCM_ACCESS_KEY is shorter than 32 characters; give a longer one.")
        return named.encode()
    path = private_folder() / "access.key"
    if not path.exists():
        _write(path, secrets.token_hex(32).encode())
    return path.read_bytes().strip()


def _write(path: Path, made: bytes) -> None:
    """Write the key for its owner only; another process may have been faster."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(made)
    with suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()


def _box() -> Fernet:
    return Fernet(urlsafe_b64encode(sha256(_key()).digest()))


def mark_of(text: str) -> str:
    """A mark that only this server can make for a text (HMAC-SHA256)."""
    return hmac.new(_key(), text.encode(), sha256).hexdigest()


def seal(secret: str) -> str:
    """The secret as it is stored."""
    return _box().encrypt(secret.encode()).decode()


def unseal(sealed: str) -> str:
    """The secret again.

    Raises:
        UsageError: it was sealed with another key.
    """
    try:
        return _box().decrypt(sealed.encode()).decode()
    except InvalidToken as bad:
        raise UsageError(
            "A stored secret does not open with this server's key. Put back access.key or "
            "CCM_ACCESS_KEY, or switch the one-time codes of that account off."
        ) from bad
