"""Who says so: the cited sources, each with a confidence; imported files are sources, too."""

from __future__ import annotations

from dataclasses import dataclass

from ccm_core import overlay, tables
from ccm_core.errors import TableError

CONFIDENCES = ("VP", "VM", "VS", "MEM", "CONTRA", "DER")
MAY_BLOCK = frozenset({"VP", "VM", "VS"})


@dataclass(frozen=True, slots=True)
class Source:
    """One document or data file, as far as it could be verified."""

    source_id: str
    authority: str
    title: str
    url: str
    published_on: str
    read_on: str
    confidence: str
    pinpoint: str = ""

    @property
    def cite(self) -> str:
        return f"{self.source_id}#{self.pinpoint}" if self.pinpoint else self.source_id


@overlay.cached(8)
def all_sources() -> dict[str, Source]:
    """Every source by id. Raises: TableError."""
    found = {}
    for row in tables.load("sources", "source_id").rows:
        if row["confidence"] not in CONFIDENCES:
            raise TableError(f"{row.where}: confidence {row['confidence']!r} is not one of ours.")
        found[row["source_id"]] = Source(
            *(row[name] for name in (
                "source_id", "authority", "title", "url", "published_on", "read_on", "confidence",
            ))
        )  # fmt: skip
    return found


@overlay.cached(4096)
def source(cite: str) -> Source:
    """The source behind ``id#pinpoint``. Raises: TableError."""
    source_id, _, pinpoint = cite.partition("#")
    known = all_sources().get(source_id)
    if known is None:
        raise TableError(f"source {source_id!r} is cited; data/sources.csv does not list it.")
    return Source(
        known.source_id, known.authority, known.title, known.url,
        known.published_on, known.read_on, known.confidence, pinpoint,
    )  # fmt: skip
