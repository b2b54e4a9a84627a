"""Why claims come back: the Pareto of denials, and the rule that should have caught each."""

from __future__ import annotations

import functools
import itertools
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from ccm_core import tables
from ccm_core.claims.codes import REFUSALS, carc, sort_of
from ccm_core.claims.posted import NO_ANSWER, ZERO, Posting
from ccm_core.errors import TableError
from ccm_core.exchange.x12.remit_records import Adjustment

NO_RULE = "no rule: candidate"
DENIAL_SORTS = REFUSALS
ACTIONS = ("resend", "appeal", "documents", "write_off")


@dataclass(frozen=True, slots=True)
class Denial:
    """One denied adjustment of one line, with what the table knows about it."""

    claim_id: str
    line: int
    code: str
    """Adjustment as people write it: ``CO-97``."""
    reason: str
    remarks: tuple[str, ...]
    amount_usd: Decimal
    procedure: str
    payer: str
    rules: tuple[str, ...]
    action: str
    """A word of ACTIONS: what to do first."""
    cause: str
    fix: str

    @property
    def caught_by(self) -> str:
        """Rule ids that should have seen it, or ``no rule: candidate``."""
        return " ".join(self.rules) or NO_RULE


@dataclass(frozen=True, slots=True)
class ParetoBar:
    """One reason in the order of its dollars, with the running share."""

    code: str
    meaning: str
    count: int
    amount_usd: Decimal
    share: Decimal
    cumulative: Decimal


@dataclass(frozen=True, slots=True)
class Explained:
    """The table's line for a reason and its remarks."""

    rules: tuple[str, ...]
    action: str
    cause: str
    fix: str
    where: str


@functools.cache
def _known() -> dict[tuple[str, str], Explained]:
    return {
        (row["carc"], row["rarc"]): Explained(
            tuple(row["rules"].split()), _action(row), row["cause"], row["fix"], row.where
        )
        for row in tables.load("denial_rules", "carc", "rarc").rows
    }


def _action(row: tables.Row) -> str:
    if row["action"] not in ACTIONS:
        raise TableError(f"{row.where}: action is not one of {', '.join(ACTIONS)}.")
    return row["action"]


def explain(reason: str, remarks: Iterable[str] = ()) -> Explained:
    """Cause, fix and rules of a denial; the line for its remark goes before the general one."""
    known = _known()
    for remark in remarks:
        if (reason, remark) in known:
            return known[reason, remark]
    found = known.get((reason, ""))
    return found or Explained(
        (), ACTIONS[0], carc(reason).meaning, "Read the remarks; ask the payer.", ""
    )


def denials(postings: Iterable[Posting]) -> list[Denial]:
    """Every denied adjustment, reversals left out.

    A line that is denied and gives no denial as its reason (status 4 with CO-45 alone, or
    nothing at all in the whole answer) counts with the reason that it gives: somebody has to
    ask the payer.
    """
    found = []
    for _, answer in itertools.groupby(postings, key=lambda one: one.posting_id):
        some = [one for one in answer if one.status not in NO_ANSWER]
        reasons = [
            (one, entry) for one in some for entry in one.adjustments
            if entry.amount_usd > 0 and sort_of(entry.group, entry.reason) in DENIAL_SORTS
        ]  # fmt: skip
        unsaid = [
            (one, _first_reason(one)) for one in some
            if one.status == "denied" and one.charge_usd > 0
            and (one.is_refused_unsaid or not reasons)
        ]  # fmt: skip
        found += [_denial(one, entry) for one, entry in (*reasons, *unsaid)]
    return found


def _first_reason(posting: Posting) -> Adjustment:
    """What a denied line gives as its reason, for the whole of its charge."""
    said = max(posting.adjustments, key=lambda entry: entry.amount_usd, default=None)
    group, reason = (said.group, said.reason) if said else ("no", "reason")
    return Adjustment(group, reason, posting.charge_usd)


def _denial(posting: Posting, entry: Adjustment) -> Denial:
    said = explain(entry.reason, posting.remarks)
    return Denial(
        posting.claim_id, posting.line, entry.code, entry.reason, posting.remarks,
        entry.amount_usd, posting.code, posting.payer, said.rules, said.action, said.cause,
        said.fix,
    )  # fmt: skip


def pareto(found: Iterable[Denial]) -> list[ParetoBar]:
    """Denials by adjustment code, the most dollars first."""
    money: dict[str, Decimal] = defaultdict(lambda: ZERO)
    count: dict[str, int] = defaultdict(int)
    reasons: dict[str, str] = {}
    for one in found:
        money[one.code] += one.amount_usd
        count[one.code] += 1
        reasons[one.code] = one.reason
    total = sum(money.values(), ZERO)
    bars, running = [], ZERO
    for code in sorted(money, key=lambda code: (-money[code], code)):
        running += money[code]
        bars.append(
            ParetoBar(
                code,
                carc(reasons[code]).meaning,
                count[code],
                money[code],
                money[code] / total,
                running / total,
            )
        )
    return bars


def by_rule(found: Iterable[Denial]) -> dict[str, list[Denial]]:
    """Denials under each rule that should have caught them; ``no rule: candidate`` last."""
    groups: dict[str, list[Denial]] = defaultdict(list)
    for one in found:
        for rule in one.rules or (NO_RULE,):
            groups[rule].append(one)
    order = sorted(groups, key=lambda rule: (rule == NO_RULE, -len(groups[rule]), rule))
    return {rule: groups[rule] for rule in order}


def missed_by(found: Iterable[Denial], fired: Iterable[tuple[str, str]]) -> list[Denial]:
    """Denials that a rule exists for, but that none of these rules said on this claim.

    ``fired`` holds (claim number, rule id) of the findings made before the claim left.
    """
    said = set(fired)
    return [
        one for one in found
        if one.rules and not any((one.claim_id, rule) in said for rule in one.rules)
    ]  # fmt: skip
