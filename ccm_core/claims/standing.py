"""Which answers to a claim stand: take-backs find what they are about, lines their latest answer.

A payer may answer a claim in parts (it splits the lines over several claims of its
own), correct one part, pay anew before it takes back, or take back what a second
payer paid. So a later answer speaks for its own lines only, and a take-back names the
answer it is about by the payer's claim number, or else by the amount.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from ccm_core.claims.posted import WHOLE_CLAIM, ZERO, Posting

Answer = list[Posting]
"""The postings of one adjudication."""


@dataclass(slots=True)
class Stand:
    """One claim after all its answers."""

    answers: list[Answer] = field(default_factory=list)
    """What was not taken back, oldest first; a later answer may speak for the same lines."""
    counted: list[Posting] = field(default_factory=list)
    """Postings whose money is on the lines."""
    taken_back: Posting | None = None
    """The last take-back that named no lines."""

    def of_line(self, line: int) -> Answer:
        """The latest answer to a line that was not taken back."""
        for answer in reversed(self.answers):
            found = [p for p in answer if p.line == line]
            if found:
                return found
        return []

    def latest(self) -> list[Posting]:
        """The postings that stand for the claim: each line's latest, oldest answer first."""
        at = {p.line: number for number, answer in enumerate(self.answers) for p in answer}
        whole = [number for number, answer in enumerate(self.answers) if not _lines(answer)]
        first = whole[-1] if whole else 0  # an answer without lines speaks for all of them
        found = []
        for number, answer in enumerate(self.answers[first:], first):
            own = [p for p in answer if p.line == WHOLE_CLAIM or at[p.line] == number]
            stands = any(p.line for p in own) or (number in whole and answer is self.answers[-1])
            found += own if stands else []
        return found


def stand(postings: Iterable[Posting]) -> Stand:
    """Where a claim stands after these postings of it."""
    found = Stand()
    in_order = sorted(postings, key=lambda one: one.paid_on or date.min)
    for _, some in itertools.groupby(in_order, key=lambda one: one.posting_id):
        answer = list(some)
        if answer[0].status == "reversed":
            _take_back(found, answer)
        else:
            found.answers.append(answer)
            found.counted += answer
    return found


def _take_back(found: Stand, back: Answer) -> None:
    at = _about(found.answers, back)
    about = None if at is None else found.answers[at]
    lines = {p.line for p in back}
    if lines == {WHOLE_CLAIM}:
        found.taken_back = back[0]
        gone = {p.posting_id for p in about} if about else {p.posting_id for p in found.counted}
        found.counted = [p for p in found.counted if p.posting_id not in gone]
        lines |= _lines(about) if about else {p.line for one in found.answers for p in one}
    else:
        found.counted += back
    after = len(found.answers) if at is None else at + 1
    before = found.answers[:at] if about else []
    # What an earlier payer said, or paid and never took back, stands again.
    kept = [one for one in before if (about and about[0].is_secondary) or _paid(one) > 0]
    cut = [_without(one, lines) for one in found.answers[:after] if one not in kept]
    found.answers = [*kept, *(one for one in cut if one), *found.answers[after:]]


def _about(answers: list[Answer], back: Answer) -> int | None:
    """Which answer is taken back; None when neither number nor amount tells."""
    amount, number = -_paid(back), back[0].payer_claim_id
    same = [at for at, one in enumerate(answers) if number and one[0].payer_claim_id == number]
    exact = [at for at in same if _paid(answers[at]) == amount]
    if exact:
        return exact[0]
    if same:
        return same[-1]
    alike = [at for at, one in enumerate(answers) if amount and _paid(one) == amount]
    return alike[-1] if alike else None


def _without(answer: Answer, lines: set[int]) -> Answer:
    rest = [p for p in answer if p.line not in lines]
    return rest if _lines(rest) else []


def _lines(answer: Answer) -> set[int]:
    return {p.line for p in answer} - {WHOLE_CLAIM}


def _paid(answer: Answer) -> Decimal:
    return sum((p.paid_usd for p in answer), ZERO)
