"""What was not taken in: each rejected row with its place, its rule and a masked value."""

from __future__ import annotations

from dataclasses import dataclass

RULES = {
    "I01": "The text encoding is known and whole",
    "I02": "Text holds no NUL character",
    "I03": "The file keeps the limits of size, rows, columns and time",
    "I04": "The file is what its kind promises",
    "I05": "An archive holds plain files only",
    "I06": "Every column has one name of its own",
    "I07": "The columns that a record needs are there",
    "I08": "The kind of the records is known",
    "I09": "The order of day and month is known",
    "I10": "The separator between cells is known",
    "I20": "A row has as many cells as the header, more than one of them filled",
    "I21": "Quotes are closed",
    "I22": "A needed cell is filled",
    "I23": "A cell is not longer than allowed",
    "I24": "An identifier holds visible characters only",
    "I25": "A date is a day of the calendar",
    "I26": "A date is plausible",
    "I27": "A moment has a day and a time of day",
    "I28": "The clock showed this time",
    "I29": "A duration is minutes, seconds or H:MM:SS",
    "I30": "A duration is not negative",
    "I31": "A duration is whole seconds or whole minutes",
    "I32": "A duration is at most 24 hours",
    "I33": "A duration is more than nothing",
    "I34": "A word is one of those allowed",
    "I35": "A number or amount is a plain decimal",
    "I36": "A count is a whole number in range",
    "I37": "An identifier has the shape of its kind",
    "I38": "An end is not before its beginning",
    "I39": "The patient is known",
    "I40": "Rows with one identifier agree",
    "I41": "A cell holds a value, not a formula or an error",
    "I42": "A number kept all its digits",
    "I50": "A line is valid JSON",
    "I51": "No key stands twice in a JSON object",
    "I52": "JSON is not nested too deep",
    "I53": "A resource says its type and identifier",
    "I54": "An element that is needed is there",
    "I55": "An element has the shape of FHIR R4",
    "I56": "A reference leads to something",
    "I57": "The export does not call the record wrong or cancelled",
    "I58": "A code is from a system that is read here",
    "I60": "A claim file keeps the rules of X12",
}
"""Title of each import rule. Below I20 a whole file is refused, from I20 on one row."""


@dataclass(frozen=True, slots=True)
class Reject:
    """One row that was not taken in. ``value`` is masked already."""

    file: str
    line: int
    column: str
    rule: str
    reason: str
    value: str = ""
    record: int = 0
    """Number of the record within the file, the first being 1."""
    withdrawn: tuple[str, ...] = ("", "")
    """Type and id of a resource or row that the export itself calls wrong or cancelled."""


class RowProblem(Exception):
    """Why one row cannot be taken in. Caught where its file and line are known."""

    def __init__(self, rule: str, reason: str, column: str = "", value: str = "") -> None:
        super().__init__(reason)
        self.rule, self.reason, self.column = rule, reason, column
        self.value = mask(value)
        self.withdrawn: tuple[str, ...] = ("", "")

    def at(self, file: str, line: int, record: int = 0) -> Reject:
        """The reject of this problem at that place."""
        return Reject(
            file, line, self.column, self.rule, self.reason, self.value, record, self.withdrawn
        )


class SetAside(Exception):
    """A valid resource that is not taken as a record; the message says why."""


def mask(value: str) -> str:
    """The first character and the length: enough to find the cell, too little to know a person.

    >>> mask("12345678A")
    '1… (9 characters)'
    """
    if not value:
        return ""
    first = value[0] if value[0].isprintable() else "?"
    if len(value) == 1:
        return "… (1 character)"
    return f"{first}… ({len(value)} characters)"
