"""The claims service: what became of sent claims, why they came back, and what is open."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from ccm_core import tables
from ccm_core.access.identity import Identity
from ccm_core.access.permissions import require
from ccm_core.claims.codes import carc, sort_of
from ccm_core.claims.denials import DENIAL_SORTS, explain
from ccm_core.claims.terms import aging_edges, term
from ccm_core.exchange.safe_cells import Rows, guarded
from ccm_core.money.published import Figure
from ccm_core.program import panel
from ccm_core.store.queries import receivables
from ccm_core.store.queries.claims import ClaimRow
from ccm_core.store.queries.common import Page
from ccm_core.store.queries.receivables import DenialGroup, Span, Standing, Wanted

if TYPE_CHECKING:
    from sqlmodel import Session

PAGE = "claims"


@dataclass(frozen=True, slots=True)
class Target:
    """A published target and the value beyond which people should worry."""

    good: Figure
    alarm: Figure

    def judge(self, value: Decimal | None) -> str:
        """``good``, ``between`` or ``alarm``; empty without a value."""
        if value is None:
            return ""
        higher_is_better = self.good.value > self.alarm.value
        sign = 1 if higher_is_better else -1
        if sign * value >= sign * self.good.value:
            return "good"
        return "alarm" if sign * value < sign * self.alarm.value else "between"


def target(name: str) -> Target:
    """The newest target of ``denial_rate``, ``ar_days`` or ``clean_claim_rate``."""
    row = tables.load("program_targets", "name").history(name)[-1]
    good, alarm = (
        Figure(name, "target", row[end], row["unit"], row["label"], row.cite)
        for end in ("target", "alarm")
    )
    return Target(good, alarm)


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason for denial with the rules that should see it before the claim leaves."""

    code: str
    meaning: str
    lines: int
    open_lines: int
    charge_usd: Decimal
    cumulative: Decimal
    """Share of all denied charges down to this reason, 0 to 1."""
    rules: tuple[str, ...]
    action: str
    cause: str
    fix: str


@dataclass(frozen=True, slots=True)
class Age:
    """Open lines of one age in days; the last bucket has no end."""

    first_day: int
    last_day: int | None
    waiting: int
    denied: int
    charge_usd: Decimal

    @property
    def label(self) -> str:
        return (
            f"{self.first_day}-{self.last_day}" if self.last_day else f"over {self.first_day - 1}"
        )


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything above the list."""

    standing: Standing
    days_in_receivables: Decimal | None
    period_days: int
    reasons: tuple[Reason, ...]
    ages: tuple[Age, ...]


def overview(session: Session, who: Identity, asked: Span, today: date) -> Overview:
    """The claims of some months at a glance. Raises: PermissionDenied."""
    require(who, PAGE, "view")
    span = _narrowed(who, asked)
    groups = receivables.denied_groups(session, span)
    ages = _ages(receivables.open_by_day(session, span), today)
    days = term("ar_period_days", today)
    charged = receivables.charged_between(session, span, today - timedelta(days - 1), today)
    open_usd = sum((age.charge_usd for age in ages), Decimal(0))
    return Overview(
        standing=receivables.standing(session, span),
        days_in_receivables=(open_usd * days / charged).quantize(Decimal("0.1"))
        if charged
        else None,
        period_days=days,
        reasons=tuple(reasons(groups)),
        ages=ages,
    )


def lines(
    session: Session, who: Identity, asked: Span, wanted: Wanted, today: date, sort: str,
    offset: int,
) -> Page[ClaimRow]:  # fmt: skip
    """One page of claim lines with their patients. Raises: PermissionDenied."""
    require(who, PAGE, "identify")
    span = _narrowed(who, asked)
    return receivables.lines_page(session, span, wanted, today, sort=sort, offset=offset)


def _narrowed(who: Identity, asked: Span) -> Span:
    return Span(asked.practice_id, asked.first, asked.last, panel.narrowed(who, asked.only))


@dataclass(slots=True)
class _Sum:
    lines: int = 0
    open_lines: int = 0
    charge_usd: Decimal = Decimal(0)
    remarks: set[str] = field(default_factory=set)


def reasons(groups: Sequence[DenialGroup]) -> list[Reason]:
    """Denials by reason, the most dollars first. A line counts under each of its reasons."""
    sums: dict[str, _Sum] = {}
    for group in groups:
        remarks = {code for code in group.adjustments if "-" not in code}
        for code in _denying(group.adjustments):
            one = sums.setdefault(code, _Sum())
            one.lines += group.lines
            one.open_lines += group.open_lines
            one.charge_usd += group.charge_usd
            one.remarks |= remarks
    total = sum((one.charge_usd for one in sums.values()), Decimal(0))
    found, running = [], Decimal(0)
    for code, one in sorted(sums.items(), key=lambda item: (-item[1].charge_usd, item[0])):
        running += one.charge_usd
        reason = code.partition("-")[2]
        said = explain(reason, sorted(one.remarks))
        found.append(Reason(
            code, carc(reason).meaning, one.lines, one.open_lines, one.charge_usd,
            running / total if total else Decimal(0), said.rules, said.action, said.cause,
            said.fix,
        ))  # fmt: skip
    return found


def _denying(adjustments: Sequence[str]) -> list[str]:
    """The codes that mean a denial; all of them when none is known to."""
    coded = [code for code in adjustments if "-" in code]
    parts = [(code, *code.split("-", 1)) for code in coded]
    denying = [code for code, group, reason in parts if sort_of(group, reason) in DENIAL_SORTS]
    return denying or coded


def _ages(rows: Sequence[tuple[date, str, int, Decimal]], today: date) -> tuple[Age, ...]:
    edges = aging_edges(today)
    waiting, denied = [0] * (len(edges) + 1), [0] * (len(edges) + 1)
    charge = [Decimal(0)] * (len(edges) + 1)
    for sent_on, status, number, usd in rows:
        place = sum((today - sent_on).days > edge for edge in edges)
        if status == "denied":
            denied[place] += number
        else:
            waiting[place] += number
        charge[place] += usd
    firsts, lasts = (0, *(edge + 1 for edge in edges)), (*edges, None)
    return tuple(map(Age, firsts, lasts, waiting, denied, charge))


def lines_csv(session: Session, who: Identity, asked: Span, wanted: Wanted, today: date) -> bytes:
    """Every claim line of a list, whole and not a page of it. Raises: PermissionDenied."""
    require(who, PAGE, "identify")
    require(who, PAGE, "export")
    text = io.StringIO(newline="")
    writer = Rows(text)
    writer.writerow((
        "mrn", "family_name", "given_name", "claim_id", "line", "month", "code", "units",
        "practitioner_npi", "service_on", "sent_on", "status", "charge_usd", "paid_usd",
        "paid_on", "adjustments",
    ))  # fmt: skip
    for r in receivables.lines_rows(session, _narrowed(who, asked), wanted, today):
        cells = (
            r.mrn, r.family_name, r.given_name, r.claim_id, r.line, r.month, r.code, r.units,
            r.npi, r.service_on, r.created_on, r.status, r.charge_usd, r.paid_usd, r.paid_on,
            " ".join(r.adjustments),
        )  # fmt: skip
        # What a payer took back stays a number, with its sign.
        writer.writerow(guarded(cell) if isinstance(cell, str) else cell for cell in cells)
    return text.getvalue().encode("utf-8-sig")
