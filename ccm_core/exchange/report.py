"""What an import came to, file by file: read = accepted + rejected + duplicate."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from ccm_core.exchange.drafts import Draft
from ccm_core.exchange.rejects import Reject
from ccm_core.exchange.x12.claim_records import Address
from ccm_core.exchange.x12.remit_records import RemittanceFile


@dataclass(frozen=True, slots=True)
class Question:
    """Something only a person can say before a file can be read."""

    file: str
    rule: str
    text: str
    about: str
    """``kind``, ``columns`` or ``date_format``: the part of a mapping that answers it."""
    choices: tuple[str, ...] = ()
    header: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Item:
    """One draft with its place in its file."""

    line: int
    record: int
    draft: Draft


@dataclass(frozen=True, slots=True)
class Correction:
    """A claim of an 837P that takes the place of an earlier one."""

    claim_id: str
    original: str
    """REF F8: the payer's number of the original, or the sender's own."""
    is_void: bool
    lines: frozenset[int]
    is_settled: bool
    """Whether the original stands in the same file and was left out for it."""


@dataclass
class StagedFile:
    """One file as it was read, before it meets the other files and the store."""

    name: str
    kind: str = ""
    sha256: str = ""
    size: int = 0
    encoding: str = ""
    items: list[Item] = field(default_factory=list)
    remittance: RemittanceFile | None = None
    """What an 835 says; each claim that it answers is one row."""
    homes: dict[str, Address] = field(default_factory=dict)
    """Where the people of claims live, by member number; fills a gap, overwrites nothing."""
    dependents: dict[str, date | None] = field(default_factory=dict)
    """Claims for somebody insured through another person, with that somebody's day of birth."""
    corrections: list[Correction] = field(default_factory=list)
    """Claims that replace or void another one."""
    rejects: list[Reject] = field(default_factory=list)
    unused: Counter[str] = field(default_factory=Counter)
    """Resources and rows that have no place here, counted by reason; not part of ``read``."""
    notes: Counter[str] = field(default_factory=Counter)
    unknown_columns: tuple[str, ...] = ()
    error: str = ""
    question: Question | None = None

    @property
    def read(self) -> int:
        payments = self.remittance.remittances if self.remittance else ()
        answered = sum(len(payment.claims) for payment in payments)
        return len(self.items) + answered + len(self.rejects)


@dataclass(frozen=True, slots=True)
class FileReport:
    """The counts of one file."""

    name: str
    kind: str
    read: int
    accepted: int
    rejected: int
    duplicate: int
    unused: int = 0
    sha256: str = ""
    size: int = 0
    encoding: str = ""
    notes: tuple[str, ...] = ()
    unknown_columns: tuple[str, ...] = ()
    error: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """The whole import, ready to be shown, stored or printed."""

    files: tuple[FileReport, ...]
    rejects: tuple[Reject, ...]
    questions: tuple[Question, ...] = ()
    observations: tuple[str, ...] = ()
    """What a person should look at although no row is wrong."""
    is_committed: bool = False
    batch_id: int | None = None
    months: tuple[str, ...] = ()
    """Months whose time, claims or stays changed, newest first."""

    @property
    def is_readable(self) -> bool:
        """Whether every file could be read: no refusal and no open question."""
        return not any(file.error for file in self.files)

    @property
    def status(self) -> str:
        """``stored``, ``refused`` (nothing is stored) or ``dry_run`` (nothing was to be)."""
        if self.is_committed:
            return "stored"
        return "dry_run" if self.is_readable else "refused"

    def total(self, what: str) -> int:
        """The sum over all files of ``read``, ``accepted``, ``rejected`` or ``duplicate``."""
        return sum(int(getattr(file, what)) for file in self.files)

    def as_json(self) -> dict[str, Any]:
        """The report in the shape of the command line's contract.

        Of a refused import no row is accepted: those that could have been are ``held_back``,
        and like everything that is not taken they are not part of ``read``.
        """
        is_refused = self.status == "refused"
        return {
            "status": self.status,
            "committed": self.is_committed,
            "files": [
                _file_json(_held_back(file) if is_refused else file)
                | ({"held_back": file.accepted} if is_refused else {})
                for file in self.files
            ],
            "refusals": [
                {"file": file.name, "rule": file.error.partition(":")[0], "reason": file.error}
                for file in self.files if file.error
            ],
            "rejects": [
                {
                    "file": one.file, "line": one.line, "column": one.column,
                    "rule": one.rule, "reason": one.reason, "value": one.value,
                }
                for one in self.rejects
            ],
            "questions": [
                {
                    "file": one.file, "rule": one.rule, "question": one.text,
                    "about": one.about, "choices": list(one.choices),
                    "header": list(one.header),
                }
                for one in self.questions
            ],
            "observations": list(self.observations),
            "batch": self.batch_id,
        }  # fmt: skip


def _held_back(file: FileReport) -> FileReport:
    return replace(file, read=file.read - file.accepted, accepted=0)


def _file_json(file: FileReport) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": file.name, "kind": file.kind, "read": file.read, "accepted": file.accepted,
        "rejected": file.rejected, "duplicate": file.duplicate, "unused": file.unused,
        "sha256": file.sha256,
    }  # fmt: skip
    for name in ("encoding", "error"):
        if getattr(file, name):
            found[name] = getattr(file, name)
    for name in ("notes", "unknown_columns"):
        if getattr(file, name):
            found[name] = list(getattr(file, name))
    return found


def sentences(file: StagedFile) -> tuple[str, ...]:
    """The notes of a file as sentences, with how often each was needed."""
    told = [_aside(reason, count) for reason, count in file.unused.items()]
    told += [text if count == 1 else f"{text} ({count:,} times)" for text, count in
             file.notes.items()]  # fmt: skip
    return tuple(told)


EXAMPLE_ROW = "example rows of the template"


def _aside(reason: str, count: int) -> str:
    kind, colon, what = reason.partition(": ")
    if colon and kind == "look-ups":
        return f"{count:,} {what} were read for the names in them; nothing of them is stored."
    if reason == EXAMPLE_ROW:
        return "The example row of the template was left out."
    return f"{count:,} {reason} have no place here and were left out."
