"""Marks: what tells whether a stored result is still that of its case, without the case."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterable
from pathlib import Path

from ccm_core import records, tables
from ccm_core.store import reading

_CORE = Path(tables.__file__).parent
_DECIDING = ("*.py", "rules/*.py", "fees/*.py", "payment/*.py")
"""Whose text decides what an audit says (tests/store/test_rules_version.py)."""


def common_mark(practice: records.Practice) -> str:
    """Changes with the practice's own settings, with any table, and with the rules."""
    return repr((practice, tables.tables_version(), rules_version()))


def case_fingerprint(common: str, marks: reading.CaseMarks, signals: str) -> str:
    """Changes with anything that the audit of a case may read.

    ``signals`` is the mark of what was seen across patients.
    """
    parts = (common, marks.rows, signals, marks.first_service_on, marks.last_contact_at)
    return with_claims(_digest(repr(parts)), marks.claims)


def with_claims(fingerprint: str, claims: Iterable[tuple[int, int]]) -> str:
    """The fingerprint of the same case with these claim lines beside those that it had."""
    for row in claims:
        fingerprint = _digest(f"{fingerprint}{row}")
    return fingerprint


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


@functools.cache
def rules_version() -> str:
    """Twelve hexadecimal digits over the program text that decides an outcome."""
    digest = hashlib.sha256()
    for path in deciding_files():
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


def deciding_files() -> list[Path]:
    """The program text that decides an outcome."""
    return sorted(path for pattern in _DECIDING for path in _CORE.glob(pattern))
