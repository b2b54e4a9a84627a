"""What is wrong with an X12 file, said with a place in it.

A problem never quotes a name, a member number or any other value of a person:
it names the segment, the element and the character position instead.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ccm_core.errors import ImportRefused


@dataclass(frozen=True, slots=True)
class X12Problem:
    """One fault. ``segment_index`` counts segments of the file from 1; 0 means the whole file."""

    code: str
    message: str
    segment_index: int = 0
    position: int = 0
    """Characters from the start of the file to the start of the segment."""
    segment_id: str = ""
    is_error: bool = True
    """False for a warning: the file was read, but a person should know."""

    def __str__(self) -> str:
        if not self.segment_index:
            return f"{self.message} [{self.code}]"
        return (
            f"Segment {self.segment_index} ({self.segment_id}) at character {self.position}: "
            f"{self.message} [{self.code}]"
        )


class X12Refused(ImportRefused):
    """Nothing of this file was read. ``problems`` says why, the first one in the message."""

    def __init__(self, problems: Iterable[X12Problem]) -> None:
        self.problems = tuple(problems)
        errors = [problem for problem in self.problems if problem.is_error]
        first = str((errors or list(self.problems))[0])
        more = f" ({len(errors) - 1} more)" if len(errors) > 1 else ""
        super().__init__(f"{first}{more}")


def refuse(
    code: str, message: str, *, segment_index: int = 0, position: int = 0, segment_id: str = ""
) -> X12Refused:
    """The refusal for one fault, ready to raise."""
    return X12Refused([X12Problem(code, message, segment_index, position, segment_id)])
