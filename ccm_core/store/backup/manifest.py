"""What a backup holds, written inside of it: rows of each table, head of the log, versions."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from ccm_core.errors import UsageError


@dataclass(frozen=True, slots=True)
class Manifest:
    """The facts that a restore is held against."""

    database: str
    """``sqlite`` or ``postgresql``."""
    created_at: str
    schema_version: str
    log_seq: int
    log_head: str
    rows: dict[str, int]
    size_bytes: int
    sha256: str

    def as_bytes(self) -> bytes:
        return json.dumps(asdict(self), sort_keys=True).encode()

    @classmethod
    def parse(cls, raw: bytes) -> Manifest:
        """Read it back. Raises: UsageError."""
        try:
            return cls(**json.loads(raw))
        except (ValueError, TypeError) as error:
            raise UsageError("The list of contents in this backup cannot be read.") from error

    def differences(self, found: dict[str, Any]) -> list[str]:
        """One sentence for each fact that a restored database does not share."""
        said = []
        for name in sorted(self.rows.keys() | found["rows"].keys()):
            here, there = found["rows"].get(name), self.rows.get(name)
            if here != there:
                said.append(f"The table {name} has {here} rows and should have {there}.")
        return said + [
            f"{name} is {found[name]} and should be {getattr(self, name)}."
            for name in ("schema_version", "log_seq", "log_head")
            if found[name] != getattr(self, name)
        ]
