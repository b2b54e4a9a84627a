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

from ccm_core.claims.codes import DUPLICATE, REFUSALS, sort_of
from ccm_core.claims.posted import PENDING, REVERSED, WHOLE_CLAIM, ZERO, Posting

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
    aside: list[Posting] = field(default_factory=list)
    """Denials of what was paid and not taken back: somebody looks at them, the money stands."""

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
        answer = [one for one in some if one.status != PENDING]
        if answer and answer[0].status == REVERSED:
            _take_back(found, answer)
        elif answer:
            found.answers.append(answer)
            found.counted += answer
    _give_way(found)
    return found


def _give_way(found: Stand) -> None:
    """Leave out denials of lines that have an answer already.

    A claim sent twice is denied as a copy of itself (CARC 18), which says nothing of the
    first. Any other denial does not undo a payment either: for that a payer takes it back.
    """
    kept: list[Answer] = []
    gone: set[int] = set()
    for answer in found.answers:
        is_copy = _is_copy(answer)
        rest: Answer = []
        for posting in answer:
            before = _earlier(kept, posting.line)
            stands = before and (is_copy or _paid(before) > 0)
            if posting.status != "denied" or posting.is_secondary or not stands:
                rest.append(posting)
                continue
            gone.add(id(posting))
            if not is_copy:
                found.aside.append(posting)
        if rest:
            kept.append(rest)
    found.answers = kept
    found.counted = [one for one in found.counted if id(one) not in gone]


def _earlier(kept: list[Answer], line: int) -> Answer:
    """What earlier answers say of a line; of all lines for an answer to the claim as a whole."""
    return [
        p for one in kept for p in one
        if line in (p.line, WHOLE_CLAIM) or not _lines(one)
    ]  # fmt: skip


def _is_copy(answer: Answer) -> bool:
    """Whether the payer takes the claim for a copy of another one, and says nothing else."""
    sorts = {sort_of(a.group, a.reason) for p in answer for a in p.adjustments if a.amount_usd > 0}
    return DUPLICATE in sorts and not sorts & (set(REFUSALS) - {DUPLICATE})


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
