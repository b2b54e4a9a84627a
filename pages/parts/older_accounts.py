"""Accounts of an earlier dashboard that used streamlit-authenticator: its hashes stay good.

Only its hash check is used, here and nowhere else: never its cookie, e-mail or codes.
"""

from __future__ import annotations

import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ccm_core.access import passwords
from ccm_core.access.users import NewAccount
from ccm_core.errors import UsageError

LONGEST_BYTES = 72
"""bcrypt reads no further; a longer password cannot be the one that was hashed."""


def matches(password: str, stored: str) -> bool:
    """Whether a password belongs to a bcrypt hash, as streamlit-authenticator judges."""
    from streamlit_authenticator.utilities.hasher import Hasher

    if len(password.encode()) > LONGEST_BYTES or "\0" in password:
        return False
    if not passwords.is_bearable(stored):
        return False
    try:
        return bool(Hasher.check_pw(password, stored))
    except ValueError:
        return False


def read(raw: bytes, role: str) -> list[tuple[NewAccount, str]]:
    """The accounts of a credentials file (YAML) and their bcrypt hashes.

    Raises:
        UsageError: it is not such a file, or a password in it is not hashed.
    """
    from streamlit_authenticator.utilities.hasher import Hasher

    try:
        listed = _document(raw)["credentials"]["usernames"]
        found = [
            (_account(str(name), about, role), str(about["password"]))
            for name, about in listed.items()
        ]
    except Exception as bad:  # its YAML reader has errors of its own; all mean the same here
        raise UsageError(
            "This is not a credentials file of streamlit-authenticator: it has no list "
            "credentials / usernames with passwords."
        ) from bad
    plain = [account.username for account, stored in found if not Hasher.is_hash(stored)]
    if plain:
        raise UsageError(f"{len(plain)} passwords in this file are not hashed. Hash them first.")
    return found


def _document(raw: bytes) -> Any:
    """The file as that package reads it (safe YAML: no objects are made).

    Raises: ValueError where it refers to its own parts, which that package never writes: a
    page of such lines unfolds to more than the server's memory.
    """
    from streamlit_authenticator.utilities.helpers import Helpers

    if set(re.findall(rb"&([\w-]+)", raw)) & set(re.findall(rb"\*([\w-]+)", raw)):
        raise ValueError("aliases")
    with TemporaryDirectory() as folder:
        file = Path(folder) / "credentials.yaml"
        file.write_bytes(raw)
        return Helpers.read_config_file(str(file))


def _account(username: str, about: dict[str, Any], role: str) -> NewAccount:
    parts = (about.get("first_name", ""), about.get("last_name", ""))
    name = about.get("name") or " ".join(part for part in parts if part)
    return NewAccount(username, str(name or ""), role)
