"""Which of our claims does an adjudicated claim belong to, and which line to which."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from ccm_core.claims.posted import WHOLE_CLAIM, ZERO, SentClaim
from ccm_core.exchange.x12.remit_records import PaidClaim, PaidLine
from ccm_core.records import ClaimLine

BY_NUMBER, BY_PAYER, BY_FACTS = "claim number", "payer number", "member, day and code"


@dataclass(slots=True)
class ClaimBook:
    """The claims that we sent, found by number, by the payer's number, or by their facts."""

    by_id: dict[str, SentClaim]
    by_payer_number: dict[str, str] = field(default_factory=dict)
    by_facts: dict[tuple[str, str, str], set[str]] = field(default_factory=dict)

    @classmethod
    def of(
        cls, sent: Iterable[SentClaim], payer_numbers: Mapping[str, str] | None = None
    ) -> ClaimBook:
        """A book of these claims. ``payer_numbers`` maps a payer's claim number to ours."""
        by_id = {claim.claim_id: claim for claim in sent}
        facts: dict[tuple[str, str, str], set[str]] = defaultdict(set)
        for claim in by_id.values():
            for line in claim.lines:
                if claim.member_id and line.service_on:
                    facts[claim.member_id, line.service_on.isoformat(), line.code].add(
                        claim.claim_id
                    )
        return cls(by_id, dict(payer_numbers or {}), dict(facts))

    def place(self, paid: PaidClaim) -> tuple[SentClaim | None, str]:
        """Like `find`, and remembers the payer's number for answers that name nothing else."""
        sent, how = self.find(paid)
        if sent is not None and paid.payer_claim_id:
            self.by_payer_number.setdefault(paid.payer_claim_id, sent.claim_id)
        return sent, how

    def find(self, paid: PaidClaim) -> tuple[SentClaim | None, str]:
        """Our claim and how it was found; the surest way first."""
        own = self.by_id.get(paid.claim_id)
        if own is not None:
            return own, BY_NUMBER
        known = self.by_payer_number.get(paid.payer_claim_id)
        if known in self.by_id:
            return self.by_id[known], BY_PAYER
        return self._by_facts(paid)

    def _by_facts(self, paid: PaidClaim) -> tuple[SentClaim | None, str]:
        """One claim, and one only, that has every line's member, day and code."""
        candidates: set[str] | None = None
        for line in paid.lines:
            code = line.billed_code or line.code
            found = {
                claim_id
                for on in _days(paid, line)
                for claim_id in self.by_facts.get((paid.member_id, on.isoformat(), code), ())
            }
            candidates = found if candidates is None else candidates & found
        if not candidates:
            return None, "No claim has this number, nor this member, day and code."
        if len(candidates) > 1:
            return None, "Several claims have this member, day and code."
        return self.by_id[next(iter(candidates))], BY_FACTS


def _days(paid: PaidClaim, line: PaidLine) -> set[date]:
    """First and last day that an answer names: a claim of several days is ours by its last."""
    named = (line.from_on, line.to_on) if line.from_on else (paid.from_on, paid.to_on)
    return {on for on in named if on is not None}


def match_lines(sent: SentClaim, paid: PaidClaim) -> list[tuple[PaidLine, int]]:
    """Each adjudicated line with the number of our line, 0 when there is none.

    The line control number decides; without one, the code as billed and the day, each of our
    lines used once. A line of ours that the payer split is one line again, with everything
    added up.
    """
    free = {line.line: line for line in sent.lines}
    found: dict[int, int] = {}
    for at, line in enumerate(paid.lines):
        number = _by_control(sent, line)
        if number in {ours.line for ours in sent.lines}:
            found[at] = number
            free.pop(number, None)
    for at, line in enumerate(paid.lines):
        if at not in found:
            number = _by_code(free, paid, line) or _part_of(sent, paid, line)
            found[at] = number
            free.pop(number, None)
    parts: dict[int, list[PaidLine]] = defaultdict(list)
    alone = []
    for at, line in enumerate(paid.lines):
        if found[at] == WHOLE_CLAIM:
            alone.append((line, WHOLE_CLAIM))
        else:
            parts[found[at]].append(line)
    return [*((_joined(lines), number) for number, lines in parts.items()), *alone]


def _part_of(sent: SentClaim, paid: PaidClaim, line: PaidLine) -> int:
    """The line of ours of which this is a part: the charges of one code add up to it."""
    code = line.billed_code or line.code
    same = [one for one in paid.lines if (one.billed_code or one.code) == code]
    charge = sum((abs(one.charge_usd or ZERO) for one in same), ZERO)
    ours = [one for one in sent.lines if one.code == code]
    return ours[0].line if len(ours) == 1 and ours[0].charge_usd == charge else WHOLE_CLAIM


def _joined(lines: list[PaidLine]) -> PaidLine:
    """The parts of a line as one."""
    first = lines[0]
    if len(lines) == 1:
        return first
    allowed = [one.allowed_usd for one in lines if one.allowed_usd is not None]
    units = [one.paid_units for one in lines if one.paid_units is not None]
    return replace(
        first,
        charge_usd=sum((one.charge_usd or ZERO for one in lines), ZERO),
        paid_usd=sum((one.paid_usd or ZERO for one in lines), ZERO),
        paid_units=sum(units, ZERO) if units else None,
        allowed_usd=sum(allowed, ZERO) if len(allowed) == len(lines) else None,
        adjustments=tuple(each for one in lines for each in one.adjustments),
        remarks=tuple(dict.fromkeys(each for one in lines for each in one.remarks)),
    )


def _by_control(sent: SentClaim, line: PaidLine) -> int:
    head, _, tail = line.control.rpartition("-")
    return int(tail) if head == sent.claim_id and tail.isascii() and tail.isdigit() else WHOLE_CLAIM


def _by_code(free: Mapping[int, ClaimLine], paid: PaidClaim, line: PaidLine) -> int:
    """The free line with that code; when several have it, that of the day, then of the charge.

    A claim may ask for one code in two months, and a payer may answer them in any order.
    """
    code, days = line.billed_code or line.code, _days(paid, line)
    charge = None if line.charge_usd is None else abs(line.charge_usd)
    same = [number for number, ours in free.items() if ours.code == code]
    return min(
        same, default=WHOLE_CLAIM,
        key=lambda at: (
            free[at].service_on not in days, free[at].charge_usd != charge,
            set(free[at].modifiers) != set(line.modifiers), at,
        ),
    )  # fmt: skip
