"""Remittances (835) onto claim lines: what the payer's newest answer says of each.

One row per adjudicated claim. An answer replaces what an older one said, it is
never added to it, so that reading a file again changes nothing. Which of our
lines a paid line belongs to is decided where claims are matched everywhere else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from ccm_core.claims.matching import match_lines
from ccm_core.claims.posted import WHOLE_CLAIM, SentClaim
from ccm_core.exchange.rejects import RowProblem
from ccm_core.exchange.x12.remit_records import DENIED, PaidClaim, PaidLine
from ccm_core.records import ClaimLine

_ENDED = ("voided", "replaced")
Lines = dict[int, ClaimLine]
"""The lines of one claim by their number."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One adjudicated claim of a payment."""

    line: int
    record: int
    paid: PaidClaim
    paid_on: date | None
    payment: str
    """What tells this payment from others."""

    @property
    def order(self) -> tuple[date, str, int]:
        """Older answers first; within one payment as the payer wrote them."""
        return self.paid_on or date.min, self.payment, self.record


def problem(answer: Answer, lines: Mapping[int, ClaimLine]) -> RowProblem | None:
    """Why an answer cannot be taken, if it cannot."""
    if not lines:
        return RowProblem(
            "I56",
            "No claim of this number is stored or in this import. Import the claims (837P) too.",
            "claim_id",
            answer.paid.claim_id,
        )
    if answer.paid.is_secondary:
        return RowProblem("I60", "Answers of a second payer are not posted by the import.")
    return None


def fold(lines: Lines, answers: Iterable[Answer]) -> Lines:
    """The lines after these answers, oldest first; those before the stored one are old news."""
    known_on = max((one.paid_on for one in lines.values() if one.paid_on), default=date.min)
    for answer in sorted(answers, key=lambda one: one.order):
        if (answer.paid_on or date.min) >= known_on:
            lines = _applied(lines, answer)
    return lines


def _applied(lines: Lines, answer: Answer) -> Lines:
    if answer.paid.is_reversal:
        return {number: _taken_back(line, answer) for number, line in lines.items()}
    first = next(iter(lines.values()))
    sent = SentClaim(first.claim_id, first.patient_id, tuple(lines.values()))
    found = dict(lines)
    for paid, number in match_lines(sent, answer.paid):
        if number != WHOLE_CLAIM:
            found[number] = _answered(lines[number], paid, answer)
    if not answer.paid.lines:
        found = {number: _as_a_whole(line, answer, len(lines)) for number, line in lines.items()}
    return found


def _taken_back(line: ClaimLine, answer: Answer) -> ClaimLine:
    return replace(
        line, status=_status(line, "submitted"), paid_usd=line.paid_usd and line.paid_usd * 0,
        paid_on=answer.paid_on, adjustments=(),
    )  # fmt: skip


def _answered(line: ClaimLine, paid: PaidLine, answer: Answer) -> ClaimLine:
    amount = paid.paid_usd if paid.paid_usd is not None else line.paid_usd
    has_share = paid.patient_share_usd > 0
    is_denied = not amount and not has_share
    codes = [one.code for one in (*paid.adjustments, *answer.paid.adjustments)]
    return replace(
        line, status=_status(line, "denied" if is_denied else "paid"), paid_usd=amount,
        paid_on=answer.paid_on, adjustments=tuple(dict.fromkeys(codes)),
    )  # fmt: skip


def _as_a_whole(line: ClaimLine, answer: Answer, count: int) -> ClaimLine:
    """An answer without lines: the amount is known only for a claim of one line."""
    codes = tuple(dict.fromkeys(one.code for one in answer.paid.adjustments))
    is_denied = answer.paid.status == DENIED or not answer.paid.paid_usd
    return replace(
        line, status=_status(line, "denied" if is_denied else "paid"),
        paid_usd=answer.paid.paid_usd if count == 1 else line.paid_usd,
        paid_on=answer.paid_on, adjustments=codes,
    )  # fmt: skip


def _status(line: ClaimLine, word: str) -> str:
    return line.status if line.status in _ENDED else word
