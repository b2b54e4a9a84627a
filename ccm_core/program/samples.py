"""Self-audit samples: design, draw, judge, estimate; everything again from the seed."""

from __future__ import annotations

import io
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ccm_core import tables
from ccm_core.access.identity import Identity
from ccm_core.access.permissions import can, require
from ccm_core.claims.sampling import (
    ErrorRate,
    Estimate,
    Sample,
    Verdict,
    draw_stratified,
    error_rate,
    extrapolate,
    proportional,
    work_paper,
)
from ccm_core.errors import UsageError
from ccm_core.exchange.safe_cells import Rows, guarded
from ccm_core.months import Month
from ccm_core.program.dollars import MOST_USD, amount
from ccm_core.records import Practice
from ccm_core.store import access_log
from ccm_core.store.claiming import samples as kept
from ccm_core.store.claiming.samples import KeptSample, KeptVerdict

if TYPE_CHECKING:
    from sqlmodel import Session

PAGE = "audit_samples"
WAYS = ("", "month", "code", "practitioner")
STATUSES = ("paid", "submitted", "denied")
_LONGEST_REASON = 2000


@dataclass(frozen=True, slots=True)
class Design:
    """What is to be drawn."""

    name: str
    seed: str
    first: Month
    last: Month
    size: int
    stratify_by: str = ""
    statuses: tuple[str, ...] = ("paid",)


@dataclass(frozen=True, slots=True)
class OpenSample:
    """One sample with its verdicts and what follows from them."""

    kept: KeptSample
    items: dict[str, Any]
    verdicts: dict[str, KeptVerdict]
    rate: ErrorRate | None
    """None before the first verdict."""
    estimate: Estimate | None
    """None until every drawn item has a verdict."""
    is_redrawn: bool
    """Whether the kept frame and seed give the same draw again."""
    is_frame_same: bool
    """Whether the claims that could be drawn are still the same."""

    @property
    def missing(self) -> int:
        """Drawn items without a verdict."""
        return len(set(self.kept.sample.item_ids) - set(self.verdicts))


def frame_of(session: Session, practice: Practice, design: Design) -> dict[str, list[str]]:
    """Claims that may be drawn, by stratum."""
    found = kept.frame(session, practice.practice_id, design.first, design.last, design.statuses)
    return kept.by_stratum(found, design.stratify_by)


def draw(frame: dict[str, list[str]], design: Design) -> Sample:
    """The sample of a design: the same frame and seed always give the same. Raises: UsageError."""
    if not frame:
        raise UsageError("A sample was asked for; no claim has these months and statuses.")
    sizes = (
        proportional(frame, design.size)
        if design.stratify_by
        else dict.fromkeys(frame, design.size)
    )
    return draw_stratified(frame, sizes, design.seed)


def make(session: Session, who: Identity, practice: Practice, design: Design) -> int:
    """Draw and keep a sample; gives its number. Raises: PermissionDenied, UsageError."""
    require(who, PAGE, "edit")
    _check(design)
    frame = frame_of(session, practice, design)
    drawn = draw(frame, design)
    number = kept.add(
        session, practice.practice_id, name=design.name.strip(), seed=design.seed,
        first_month=design.first, last_month=design.last, statuses=" ".join(design.statuses),
        stratify_by=design.stratify_by, size=design.size, frame_sha256=drawn.frame_sha256,
        sizes=dict(drawn.sizes),
        strata={"frame": frame, "drawn": {n: list(i) for n, i in drawn.strata.items()}},
        made_by=who.name, tables_version=tables.tables_version(),
    )  # fmt: skip
    access_log.record(session, who, "draw", "sample", str(number))
    return number


def _check(design: Design) -> None:
    if not design.name.strip() or not design.seed.strip():
        raise UsageError("A sample needs a name and a seed; write both.")
    if design.first > design.last:
        raise UsageError("The first month is after the last one. Turn them round.")
    if design.size < 1:
        raise UsageError("A sample needs at least one item.")
    if not design.statuses or set(design.statuses) - set(STATUSES):
        raise UsageError(f"Choose claims that are {', '.join(STATUSES)}.")


def open_sample(session: Session, who: Identity, practice: Practice, sample_id: int) -> OpenSample:
    """One sample with its results. Raises: PermissionDenied, UsageError."""
    require(who, PAGE, "view")
    found = kept.listed(session, practice.practice_id, sample_id)
    if not found:
        raise UsageError("There is no sample of this number. Go back to the list.")
    one = found[0]
    said = kept.verdicts(session, one.id)
    names = {}
    if can(who, PAGE, "identify"):
        names = kept.items(session, practice.practice_id, one.sample.item_ids)
    judged = [_verdict(v) for v in said.values()]
    rate = error_rate(judged) if judged else None
    drawn = set(one.sample.item_ids)
    is_done = drawn <= set(said)
    estimate = extrapolate(one.sample, judged) if is_done and _can_estimate(one) else None
    return OpenSample(
        one, names, said, rate, estimate,
        draw(one.strata["frame"], design_of(one)) == one.sample,
        _is_same(session, practice, one),
    )  # fmt: skip


def _can_estimate(one: KeptSample) -> bool:
    """Two items of each stratum, or all of it: with fewer no spread is known."""
    return all(len(items) >= min(2, one.sizes[name]) for name, items in one.strata["drawn"].items())


def design_of(one: KeptSample) -> Design:
    """The design that a sample was drawn by."""
    return Design(
        one.name, one.seed, one.first_month, one.last_month, one.size, one.stratify_by,
        tuple(one.statuses.split()),
    )  # fmt: skip


def _is_same(session: Session, practice: Practice, one: KeptSample) -> bool:
    frame = frame_of(session, practice, design_of(one))
    return {n: sorted(i) for n, i in frame.items()} == {
        n: sorted(i) for n, i in one.strata["frame"].items()
    }


def _verdict(one: KeptVerdict) -> Verdict:
    return Verdict(one.item_id, one.is_error, one.overpaid_usd, one.reviewer, one.reason)


def judge(
    session: Session, who: Identity, practice: Practice, sample_id: int, verdict: KeptVerdict
) -> None:
    """Store the verdict on one drawn item, by this person.

    Raises: PermissionDenied, UsageError, Conflict when it was changed since it was shown.
    """
    require(who, PAGE, "edit")
    found = kept.listed(session, practice.practice_id, sample_id)
    if not found or verdict.item_id not in found[0].sample.item_ids:
        raise UsageError("A verdict was given on an item that was not drawn.")
    if not verdict.is_error and verdict.overpaid_usd:
        raise UsageError("A correct item has no overpayment; set it to 0 or call it an error.")
    if abs(verdict.overpaid_usd) > MOST_USD or len(verdict.reason) > _LONGEST_REASON:
        raise UsageError("The amount or the reason is too long. Check both.")
    mine = KeptVerdict(
        verdict.item_id, verdict.version, verdict.is_error, verdict.overpaid_usd, who.name,
        verdict.reason.strip(),
    )  # fmt: skip
    kept.put_verdict(session, practice.practice_id, sample_id, mine)
    access_log.record(session, who, "judge", "sample", f"{sample_id}/{verdict.item_id}")


def dollars(text: str) -> Decimal:
    """An amount as a person writes it. Raises: UsageError."""
    plain = text.strip().replace("$", "").replace(",", "") or "0"
    found = amount(plain)
    if found is None:
        raise UsageError(
            f"An amount in whole cents and up to {MOST_USD:,} dollars is needed. Write it as 61.57."
        )
    return found


def paper_csv(session: Session, who: Identity, practice: Practice, sample_id: int) -> bytes:
    """The work paper with seed, frame hash and verdicts. Raises: PermissionDenied."""
    require(who, PAGE, "export")
    one = open_sample(session, who, practice, sample_id)
    text = io.StringIO(newline="")
    writer = Rows(text)
    note = "Synthetic demo data" if practice.is_demo else ""
    for name, value in (
        ("sample", one.kept.name), ("seed", one.kept.seed), ("frame_sha256",
         one.kept.frame_sha256), ("tables", one.kept.tables_version), ("note", note),
    ):  # fmt: skip
        writer.writerow((name, guarded(value)))
    rows = work_paper(one.kept.sample, map(_verdict, one.verdicts.values()))
    columns = ("stratum", "draw", "item", "verdict", "overpaid_usd", "reviewer", "reason")
    writer.writerow((*columns, "month", "paid_usd"))
    for row in rows:
        item = one.items.get(row["item"])
        cells = [row[c] if c in ("draw", "overpaid_usd") else guarded(row[c]) for c in columns]
        more = (item.month, item.paid_usd) if item else ("", "")
        writer.writerow([*cells, *more])
    access_log.record(session, who, "export", "sample", str(sample_id))
    return text.getvalue().encode("utf-8-sig")
