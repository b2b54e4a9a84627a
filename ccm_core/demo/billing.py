"""Claims of past months: what the audit lets through is sent, and most of it is paid."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from ccm_core.audit import Outcome, audit_case
from ccm_core.audit import policy_of as policy_of_case
from ccm_core.claims.planned import claim_id
from ccm_core.demo import settling
from ccm_core.demo.shape import PRACTICE_ID, Chart, Span
from ccm_core.eligibility import payer_on
from ccm_core.fees import price_plan
from ccm_core.findings import Level
from ccm_core.months import Month
from ccm_core.payment.cents import cents
from ccm_core.payment.expected import expected
from ccm_core.records import ClaimLine, Practice

# The demo's own price list; what is not on it costs one hundred dollars.
PRICES = {
    "99490": 95, "99439": 72, "99487": 190, "99489": 105, "99491": 125, "99437": 90,
    "99424": 122, "99425": 88, "99426": 96, "99427": 74, "G0506": 92,
}  # fmt: skip
_OTHER_PRICE = 100
_PAID_CODES = ("CO-45", "CO-253", "PR-2")
_PLAN_CODES = ("CO-45", "PR-2")
_DENIALS = (
    (("CO-B20",), 22), (("CO-16", "M76"), 17), (("CO-97", "M15"), 15), (("CO-109",), 8),
    (("CO-27",), 9), (("CO-50",), 8), (("CO-252", "N706"), 8), (("CO-18",), 5),
    (("CO-22",), 4), (("CO-B7",), 4),
)  # fmt: skip
_PLAN_DENIALS = ((("CO-197",), 45), (("CO-204",), 25), (("CO-16", "M76"), 30))
_DENIED_SHARE = 0.052


@dataclass(frozen=True, slots=True)
class Lag:
    """Days from month end to the claim, and from the claim to its answer."""

    sent: int
    answered: int

    @classmethod
    def draw(cls, rng: Random) -> Lag:
        """Three runs a month; an answer takes two to five weeks."""
        sent = rng.choices((rng.randint(3, 8), rng.randint(10, 15), rng.randint(17, 25)),
                           (64, 24, 12))[0]  # fmt: skip
        return cls(sent, int(rng.triangular(13, 36, 16)))


def audited(c: Chart, practice: Practice, month: Month) -> Outcome | None:
    """The audit of one month without a claim; None without any time."""
    if not c.entries.get(month):
        return None
    case = c.case(practice, month)
    return audit_case(case, policy_of_case(case))


def bill(c: Chart, practice: Practice, span: Span, seed: int) -> None:
    """Claims of every closed month that is not blocked, as far as they were sent by today."""
    for month in span.closed:
        outcome = audited(c, practice, month)
        if outcome is None or not outcome.planned_units or outcome.status == "blocked":
            continue
        if month == span.closed[-1] and _waits(outcome, seed):
            continue
        c.claims += _claim(c, practice, span, outcome, month)


def _waits(outcome: Outcome, seed: int) -> bool:
    """Whether somebody still has to look at the last month's claim before it leaves."""
    return any(
        judged.level is Level.REVIEW
        and not settling.reason(seed, 1, outcome.patient_id, judged.rule)
        for judged in outcome.findings
    )


def _claim(
    c: Chart, practice: Practice, span: Span, outcome: Outcome, month: Month
) -> list[ClaimLine]:
    lag = Lag.draw(c.rng)
    created_on = month.last_day + timedelta(days=lag.sent)
    if created_on >= span.today:
        return []
    number = claim_id(PRACTICE_ID, c.patient_id, month)
    sent = lines(c, month, outcome.planned_units, outcome.service_on, created_on, number)
    answered_on = created_on + timedelta(days=lag.answered)
    if answered_on >= span.today:
        return sent
    if c.rng.random() >= _DENIED_SHARE:
        return [pay(line, c, practice, answered_on) for line in sent]
    return _denied(c, practice, span, sent, answered_on)


def lines(
    c: Chart, month: Month, units: object, on: date | None, created_on: date, number: str
) -> list[ClaimLine]:
    """A submitted claim; the base code stands first."""
    assert isinstance(units, dict)
    chronic = tuple(k.code for k in c.conditions if k.is_chronic and k.system == "icd10cm")
    return [
        ClaimLine(
            claim_id=number,
            line=place,
            patient_id=c.patient_id,
            month=month,
            code=code,
            units=count,
            npi=c.npi,
            service_on=on,
            place="11",
            diagnoses=chronic[:4],
            charge_usd=Decimal(PRICES.get(code, _OTHER_PRICE)) * count,
            created_on=created_on,
            status="submitted",
        )
        for place, (code, count) in enumerate(sorted(units.items(), key=_base_first), start=1)
    ]


def _base_first(item: tuple[str, int]) -> tuple[bool, str]:
    code = item[0]
    return code in ("99439", "99489", "99437", "99425", "99427", "G0506"), code


def pay(line: ClaimLine, c: Chart, practice: Practice, on: date) -> ClaimLine:
    """The line as paid: what the fee table makes one expect; one in fifty falls short."""
    payer = payer_on(c.payers, line.service_on or line.month.last_day)
    kind = payer.kind if payer else "medicare"
    day = line.service_on or line.month.last_day
    priced = price_plan({line.code: line.units}, day, practice.locality, practice.setting)
    # No fee on file: the remittance is the only source; here it is made up from the charge.
    allowed = priced.allowed_usd or cents((line.charge_usd or Decimal(0)) * Decimal("0.64"))
    is_plan = kind != "medicare"
    paid = expected(allowed, day, bool(payer and payer.is_qmb), kind).medicare_usd
    if c.rng.random() < 0.02:
        paid = cents(paid * Decimal("0.79"))
    codes = _PLAN_CODES if is_plan else _PAID_CODES
    return replace(line, status="paid", paid_usd=paid, paid_on=on, adjustments=codes)


def _denied(
    c: Chart, practice: Practice, span: Span, sent: list[ClaimLine], answered_on: date
) -> list[ClaimLine]:
    """A denial; half of them are corrected, sent again and paid, a few are voided."""
    payer = payer_on(c.payers, sent[0].service_on or sent[0].month.last_day)
    is_plan = payer is not None and payer.kind != "medicare"
    table = _PLAN_DENIALS if is_plan else _DENIALS
    codes = c.rng.choices([k for k, _ in table], [w for _, w in table])[0]
    denied = [
        replace(ln, status="denied", paid_usd=Decimal(0), paid_on=answered_on, adjustments=codes)
        for ln in sent
    ]
    drawn = c.rng.random()
    again_on = answered_on + timedelta(days=c.rng.randint(6, 20))
    if again_on >= span.today or drawn >= 0.38:
        return denied
    if drawn < 0.06:
        return [replace(line, status="voided") for line in denied]
    number = f"{sent[0].claim_id}-1"
    again = [replace(line, claim_id=number, created_on=again_on) for line in sent]
    paid_on = again_on + timedelta(days=c.rng.randint(14, 35))
    if paid_on < span.today:
        again = [pay(line, c, practice, paid_on) for line in again]
    return [*(replace(line, status="replaced") for line in denied), *again]
