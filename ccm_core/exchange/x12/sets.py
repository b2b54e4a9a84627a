"""The transaction sets of a file, one after the other: taken whole or refused whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from ccm_core.exchange.x12.claim_records import RefusedSet
from ccm_core.exchange.x12.envelope import Envelope
from ccm_core.exchange.x12.problems import X12Problem, X12Refused
from ccm_core.exchange.x12.transaction import TransactionSet

T = TypeVar("T")
ReadSet = Callable[[TransactionSet], tuple[Sequence[T], list[X12Problem]]]
"""What a set holds, and what is wrong with it."""


@dataclass(slots=True)
class Sets(Generic[T]):
    """What the good sets of a file hold, which sets were refused, and the warnings."""

    found: list[T] = field(default_factory=list)
    refused: list[RefusedSet] = field(default_factory=list)
    warnings: list[X12Problem] = field(default_factory=list)

    def refuse(self, control: str, problems: Iterable[X12Problem]) -> None:
        """Note a set of which nothing is taken."""
        self.refused.append(RefusedSet(control, tuple(problems)))

    def read(self, envelope: Envelope, read_set: ReadSet[T]) -> None:
        """Every set of the file; one with any error is refused whole."""
        self.warnings.extend(envelope.warnings)
        for source in envelope.transaction_sets:
            taken, problems = read_set(source)
            if any(problem.is_error for problem in problems):
                self.refuse(source.control, problems)
            else:
                self.found.extend(taken)
                self.warnings.extend(problems)

    def need_some(self, code: str, message: str) -> None:
        """Raises: X12Refused when nothing could be taken, with every reason or this one."""
        if not self.found:
            raise X12Refused(
                [problem for each in self.refused for problem in each.problems]
                or [X12Problem(code, message)]
            )
