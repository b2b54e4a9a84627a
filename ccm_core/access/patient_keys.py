"""Names for patients in addresses: random to everybody but the sign-in they were made for.

An address ends up in histories and logs, so it never holds an identifier. A key
opens the patient for the same sign-in in this process; elsewhere it means nothing.
"""

from __future__ import annotations

import hmac
import secrets
import threading
from base64 import b32encode
from collections import OrderedDict

MOST_KEYS = 50_000


class PatientKeys:
    """The keys of this process, the ones longest unused dropped first."""

    def __init__(self, most: int = MOST_KEYS) -> None:
        self._secret = secrets.token_bytes(32)
        self._patients: OrderedDict[str, str] = OrderedDict()
        self._lock = threading.Lock()
        self._most = most

    def key_for(self, session_hash: str, patient_id: str) -> str:
        """The key of a patient for one sign-in; the same one while this process runs."""
        text = f"{session_hash}/{patient_id}".encode()
        digest = hmac.digest(self._secret, text, "sha256")
        # Letters and digits alone: Streamlit refuses two underscores in the key of a list.
        key = b32encode(digest[:15]).decode().lower()
        with self._lock:
            self._patients[key] = patient_id
            self._patients.move_to_end(key)
            while len(self._patients) > self._most:
                self._patients.popitem(last=False)
        return key

    def patient_of(self, session_hash: str, key: str) -> str | None:
        """The patient behind a key, if this sign-in was given it."""
        with self._lock:
            found = self._patients.get(key)
        if found is None:
            return None
        made = self.key_for(session_hash, found)
        return found if hmac.compare_digest(made, key) else None


KEYS = PatientKeys()
"""The keys of this process."""
