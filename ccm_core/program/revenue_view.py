"""The revenue service: the practice's own history as counts, and a scenario made from it.

No patient leaves this module. A count of 1 to 10 is neither shown nor used, for
anybody: a scenario can be put in a link, and a link can be passed on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from ccm_core.access.identity import Identity
from ccm_core.access.permissions import can, require
from ccm_core.money.assumptions import assumption
from ccm_core.money.backtest import BackTest, PastMonth, backtest
from ccm_core.money.disclosure import HIDDEN, is_small, joined_bins, suppress, suppress_row
from ccm_core.money.minutes_mix import code_mix_of
from ccm_core.money.scenario import CHOICES, Scenario, scenario
from ccm_core.months import Month, said_month
from ccm_core.policy import Policy
from ccm_core.program.contract_multiple import contract_multiple
from ccm_core.records import Practice
from ccm_core.store import figures, queries, reading
from ccm_core.store.kept import kept
from ccm_core.store.queries import Only
from ccm_core.store.queries.panel_history import PanelMonth, panel_history, patients_by_payer

if TYPE_CHECKING:
    from sqlmodel import Session

PAGE = "revenue"
ADVANTAGE, USUAL_CODE = "medicare_advantage", "99490"
MONTHS_BACK = 12
MOST_HELD, LEAST_TRAINING = 5, 6
_BIN_MINUTES = 20
_LEAST_MONTHS = 3
_MILLIONTH = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class PastRow:
    """One month as it may be shown: counts as text, dollars only with counts that are shown."""

    month: Month
    enrolled: str
    billed: str
    allowed_usd: Decimal | None
    paid_usd: Decimal | None


@dataclass(frozen=True, slots=True)
class History:
    """What the practice did, in counts that may be shown."""

    practice: Practice
    rows: tuple[PastRow, ...]
    past: tuple[PastMonth, ...]
    """Behind the back-test, for people of the practice; empty when some month is too small."""
    codes: Mapping[str, str]
    """Patient-months with each code, as text."""
    scenario: Scenario | None
    """None when there is too little history to project from."""
    notes: Mapping[str, str]
    """Where each input of the scenario comes from, by name."""
    backtest: BackTest | None = None
    """A forecast judged by what came; None with too little history."""

    @property
    def span(self) -> str:
        """``Dec 2025 to Oct 2026``."""
        return _span(self.rows[0].month, self.rows[-1].month) if self.rows else ""


def own_history(session: Session, who: Identity, today: Month) -> History | None:
    """The last full months of the practice; for readers of aggregates, what was published last.

    None without a practice, or before the first time. Raises: PermissionDenied.
    """
    require(who, PAGE, "view")
    if can(who, "patient", "identify"):
        return history_as(session, today)
    from ccm_core.program import told_texts

    practice = reading.practice(session)
    found = figures.newest(session, practice.practice_id, PAGE) if practice else None
    return told_texts.history_of(found.content, practice) if practice and found else None


def history_as(session: Session, today: Month) -> History | None:
    """The same for the command line, whose user holds the database anyway."""
    practice = reading.practice(session)
    return None if practice is None else history_of(session, practice, today)


@kept(
    "practice", "patient", "status_change", "consent", "payer", "claim_line", "case_result",
    "result_count", "month_step", "step_count", "step_month", "step_mark",
)  # fmt: skip
def history_of(session: Session, practice: Practice, today: Month) -> History:
    """The last full months before one. Shared and never changed."""
    return _Reading(session, practice, today).history()


def judged(past: Sequence[PastMonth]) -> BackTest | None:
    """A forecast of the last months from those before; None with too little history.

    Raises: UsageError.
    """
    held = min(MOST_HELD, len(past) - LEAST_TRAINING)
    return backtest(past, held_out=held) if held > 0 else None


class _Reading:
    """Counts of the last full months, read once."""

    def __init__(self, session: Session, practice: Practice, today: Month) -> None:
        self.session, self.practice, self.today = session, practice, today
        key = (session, practice.practice_id)
        first, last = today.plus(-MONTHS_BACK), today.previous
        months = queries.monthly_history(*key, first, last)
        begun = next((i for i, row in enumerate(months) if row.billed_patients), len(months))
        self.months = months[begun:]
        start = self.months[0].month if self.months else last
        panel = panel_history(*key, start, last)
        self.panel: list[PanelMonth] = panel if self.months else []
        self.claims = queries.claim_counts(*key, start, last)
        self.codes = queries.code_mix(*key, start, last)
        self.notes: dict[str, str] = {}
        self.values: dict[str, object] = {}

    def history(self) -> History:
        shown, _ = self._codes_shown()
        found = self._scenario() if len(self.months) >= _LEAST_MONTHS else None
        past = self._past()
        rows = tuple(map(_row, self.months, self.panel)) if self.months else ()
        return History(self.practice, rows, past, shown, found, self.notes, judged(past))

    def _past(self) -> tuple[PastMonth, ...]:
        if any(is_small(row.reached) for row in self.months):
            return ()
        return tuple(
            PastMonth(row.month, at.panel, at.new, at.left, row.reached, float(row.allowed_usd))
            for row, at in zip(self.months, self.panel, strict=True)
        )

    def _codes_shown(self) -> tuple[dict[str, str], dict[str, int]]:
        """Patient-months of each code as text, and the units of those that are shown.

        Codes that are billed once for a patient-month add up to the months billed, so
        they are hidden together; add-on codes by themselves.
        """
        patients: dict[str, int] = {}
        units: dict[str, int] = {}
        for row in self.codes:
            patients[row.code] = patients.get(row.code, 0) + row.patients
            units[row.code] = units.get(row.code, 0) + row.units
        paths = Policy.on(self.today.previous).paths
        addons = {path.addon.code for path in paths if path.addon}
        shown: dict[str, str] = {}
        for is_addon in (False, True):
            some = {c: n for c, n in sorted(patients.items()) if (c in addons) == is_addon}
            if some:
                shown |= suppress_row(some)[0]
        return shown, {code: n for code, n in units.items() if shown[code] != HIDDEN}

    def _scenario(self) -> Scenario | None:
        now = self.panel[-1]
        if is_small(now.panel) or not now.panel:
            return None
        enrolled = sum(at.panel for at in self.panel)
        _, units = self._codes_shown()
        span = _span(self.months[0].month, self.months[-1].month)
        self._use(f"Own panel at the end of {said_month(now.month)}", starting_panel=now.panel)
        self._use("The program runs already", startup_usd=0)
        if units and enrolled:
            self._use(
                f"Own claims sent, {span}; they passed your checks already",
                code_mix=code_mix_of(units, enrolled), blocked_baseline_share=0,
            )  # fmt: skip
        self._leaving(enrolled, span)
        self._joining(span)
        self._denials(span)
        self._payers(now)
        self._contract(now, units)
        self._minutes(span)
        self._place()
        return scenario("Own history", start=self.today, **self.values)

    def _use(self, note: str, **values: object) -> None:
        self.values |= values
        self.notes |= dict.fromkeys(values, note)

    def _leaving(self, enrolled: int, span: str) -> None:
        left = sum(at.left for at in self.panel)
        if _may_share(left, enrolled):
            share = (Decimal(left) / enrolled).quantize(_MILLIONTH)
            note = f"{left} patients left in {enrolled:,} patient-months, {span}"
            self._use(note, churn_share=share, early_churn_share=share)

    def _joining(self, span: str) -> None:
        """Eligible patients, the share that consents once invited, and the pace of joining."""
        found = queries.funnel(
            self.session, self.practice.practice_id, self.today.previous,
            today=self.today.previous.last_day,
        )  # fmt: skip
        if not found:
            return
        eligible, invited, consented = (
            found[0].patients(step) for step in ("eligible", "invited", "consented")
        )
        new = sum(at.new for at in self.panel)
        if is_small(new) or not new or is_small(eligible) or not _may_share(consented, invited):
            return
        share = (Decimal(consented) / invited).quantize(_MILLIONTH)
        self._use(
            f"{eligible} eligible patients on record", physicians=1, medicare_share=1,
            chronic_share=1, excluded_share=0, patients_per_physician=eligible,
        )  # fmt: skip
        self._use(f"{consented} of {invited} invited patients consented", consent_share=share)
        pace = Decimal(new) / len(self.panel)
        ramp = max(Decimal(1), (share * eligible / pace).quantize(Decimal(1)))
        self._use(f"{new} patients joined in {len(self.panel)} months, {span}", ramp_months=ramp)

    def _denials(self, span: str) -> None:
        c = self.claims
        if c.denial_rate is not None and _may_share(c.denied, c.paid + c.denied):
            note = f"{c.denied} of {c.paid + c.denied} answered claims denied, {span}"
            self._use(note, denial_share=c.denial_rate.quantize(_MILLIONTH))

    def _payers(self, now: PanelMonth) -> None:
        """The share of enrolled patients whose payer is an Advantage plan."""
        key = (self.session, self.practice.practice_id, now.month)
        day = now.month.last_day
        counts = []
        for payer in ("medicare", ADVANTAGE):
            found = queries.funnel(*key, only=Only(payer=payer), today=day)
            counts.append(found[0].patients("consented") if found else 0)
        original, plan = counts
        others = now.panel - original - plan
        if _may_share(plan, original + plan) and not is_small(abs(others)):
            share = (Decimal(plan) / (original + plan)).quantize(_MILLIONTH)
            note = (
                f"{plan} of {original + plan} enrolled Medicare patients in {said_month(now.month)}"
            )
            self._use(note, ma_share=share)

    def _contract(self, now: PanelMonth, units: Mapping[str, int]) -> None:
        """What contracts with Advantage plans pay as a multiple of the fee schedule."""
        plans = patients_by_payer(self.session, self.practice, now.month, ADVANTAGE)
        found = contract_multiple(
            self.practice, ADVANTAGE, plans, units or {USUAL_CODE: 1},
            self.today.previous.last_day, Decimal(assumption("ma_multiple").value),
        )  # fmt: skip
        if found is not None:
            codes = "own codes" if units else USUAL_CODE
            self._use(f"{found.note}; priced for {codes}", ma_multiple=found.value)

    def _minutes(self, span: str) -> None:
        """Counted minutes in bins; a bin with 1 to 10 patient-months joins its neighbour."""
        bins: dict[int, int] = {}
        for row in self.months:
            for first, number in queries.minute_histogram(
                self.session, self.practice.practice_id, row.month, bin_minutes=_BIN_MINUTES
            ):
                bins[first] = bins.get(first, 0) + number
        joined = joined_bins(bins, _BIN_MINUTES)
        if joined:
            text = " ".join(f"{first}-{last}:{number}" for first, last, number in joined)
            self._use(f"Counted minutes of {span}", minutes_histogram=text)

    def _place(self) -> None:
        setting = self.practice.setting
        if setting in CHOICES["setting"]:
            self._use("Settings of the practice", setting=setting)
        self._use("Settings of the practice", locality=self.practice.locality,
                  policy=self.practice.policy)  # fmt: skip


def _span(first: Month, last: Month) -> str:
    return f"{said_month(first)} to {said_month(last)}"


def _may_share(part: int, whole: int) -> bool:
    """Whether a part may be told with its whole: neither it nor the rest is 1 to 10."""
    return part > 0 and not is_small(part) and not is_small(whole - part)


def _row(row: queries.MonthHistory, at: PanelMonth) -> PastRow:
    """The difference of the two counts is a count, too: it may not be small either."""
    is_shown = not is_small(row.billed_patients) and not is_small(at.panel - row.billed_patients)
    return PastRow(
        row.month, suppress(at.panel), str(row.billed_patients) if is_shown else HIDDEN,
        row.allowed_usd if not is_small(row.reached) else None,
        row.paid_usd if is_shown and not is_small(row.paid_patients) else None,
    )  # fmt: skip
