"""What one claim line should bring: Medicare's part, the patient's part, what is cut or lost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ccm_core.errors import UsageError
from ccm_core.payment import medicare
from ccm_core.payment.cents import ZERO, cents

PLAN_PAYERS = ("medicare_advantage", "commercial", "medicaid", "unknown")


@dataclass(frozen=True, slots=True)
class Expected:
    """One line's allowed amount in parts; the parts sum to it, to the cent.

    ``allowed = medicare (or plan) + patient + sequestration + written off``.
    ``written_off_usd`` is the cost share that nobody may collect from a QMB
    patient; the state's Medicaid program may pay some of it.
    """

    allowed_usd: Decimal
    medicare_usd: Decimal
    patient_usd: Decimal
    sequestration_usd: Decimal
    written_off_usd: Decimal
    deductible_usd: Decimal
    """The part of the cost share that meets the yearly deductible."""
    payer: str
    is_estimate: bool
    """True where a plan's contract, not a published rule, decides."""
    cites: tuple[str, ...] = ()
    is_contract: bool = False
    """Whether the allowed amount is that of an imported contract, not Medicare's."""

    @property
    def cost_share_usd(self) -> Decimal:
        return self.patient_usd + self.written_off_usd


def expected(
    allowed_usd: Decimal,
    on: date,
    qmb: bool = False,
    payer: str = "medicare",
    deductible_left_usd: Decimal = ZERO,
    plan_patient_share: Decimal | None = None,
) -> Expected:
    """Expected payment of one claim line with that allowed amount and date of service.

    Order of law: deductible first, then coinsurance on the rest, then
    sequestration on Medicare's part only. Other payers pay by contract: no
    sequestration, and ``plan_patient_share`` (unknown: Medicare's coinsurance,
    marked as an estimate).

    Raises: UsageError, NotInForce.
    """
    _check(allowed_usd, deductible_left_usd, payer)
    allowed = cents(allowed_usd)
    if payer != "medicare":
        return _by_contract(allowed, on, qmb, payer, plan_patient_share)
    coinsurance = medicare.number("coinsurance_share", on)
    cut = medicare.number("sequestration_share", on)
    deductible = min(allowed, cents(deductible_left_usd))
    cost_share = deductible + cents((allowed - deductible) * coinsurance.value)
    sequestration = cents((allowed - cost_share) * cut.value)
    return Expected(
        allowed_usd=allowed,
        medicare_usd=allowed - cost_share - sequestration,
        patient_usd=ZERO if qmb else cost_share,
        sequestration_usd=sequestration,
        written_off_usd=cost_share if qmb else ZERO,
        deductible_usd=deductible,
        payer=payer,
        is_estimate=False,
        cites=(coinsurance.cite, cut.cite, *(("noridian-qmb",) if qmb else ())),
    )


def _by_contract(
    allowed: Decimal, on: date, qmb: bool, payer: str, patient_share: Decimal | None
) -> Expected:
    share = medicare.coinsurance_share(on) if patient_share is None else patient_share
    cost_share = cents(allowed * share)
    return Expected(
        allowed_usd=allowed,
        medicare_usd=allowed - cost_share,
        patient_usd=ZERO if qmb else cost_share,
        sequestration_usd=ZERO,
        written_off_usd=cost_share if qmb else ZERO,
        deductible_usd=ZERO,
        payer=payer,
        is_estimate=True,
        cites=("cms-ma-memo-2015",) if payer == "medicare_advantage" else (),
    )


def _check(allowed_usd: Decimal, deductible_left_usd: Decimal, payer: str) -> None:
    if allowed_usd < 0 or deductible_left_usd < 0:
        raise UsageError("An amount below zero was given; allowed and deductible start at zero.")
    if payer != "medicare" and payer not in PLAN_PAYERS:
        known = ", ".join(("medicare", *PLAN_PAYERS))
        raise UsageError(f"Payer {payer!r} is not known. Use one of: {known}.")


def total(lines: list[Expected]) -> dict[str, Decimal]:
    """The sums of several lines, part by part: sums of cents, never rounded again."""
    names = (
        "allowed_usd", "medicare_usd", "patient_usd", "sequestration_usd", "written_off_usd",
    )  # fmt: skip
    return {name: sum((getattr(line, name) for line in lines), ZERO) for name in names}
