"""Writing remittances: 835, 005010X221A1. For the demo payer and tests, not for practices."""

from __future__ import annotations

from datetime import date, datetime

from ccm_core.exchange.x12.remit_records import (
    Adjustment,
    PaidClaim,
    PaidLine,
    ProviderAdjustment,
    Remittance,
)
from ccm_core.exchange.x12.writing import (
    Controls,
    Party,
    SegmentWriter,
    amount,
    composite,
    day,
    enclose,
    exact,
    plain,
)

VERSION = "005010X221A1"


def write_835(
    payments: list[Remittance], *, sender: Party, receiver: Party, controls: Controls,
    written_at: datetime, is_test: bool = False,
) -> str:  # fmt: skip
    """One interchange with one transaction set per payment."""
    sets = [
        _transaction_set(payment, controls.first_set + at, written_at.date())
        for at, payment in enumerate(payments)
    ]
    return enclose(
        sets, functional_id="HP", version=VERSION, sender=sender, receiver=receiver,
        controls=controls, written_at=written_at, is_test=is_test,
    )  # fmt: skip


def _transaction_set(payment: Remittance, control: int, written_on: date) -> str:
    out = SegmentWriter("835", control, "")
    paid_on = payment.paid_on or written_on
    out.add("BPR", payment.handling or "I", amount(payment.total_usd), "C",
            payment.method or "NON", *("",) * 11, day(paid_on))  # fmt: skip
    out.add("TRN", "1", exact(payment.trace), exact(payment.payer_trace_id))
    out.add("DTM", "405", day(payment.produced_on or written_on))
    out.add("N1", "PR", plain(payment.payer_name))
    out.add("N3", "1 PAYER ROAD")
    out.add("N4", "ALBANY", "NY", "12207")
    if payment.payer_id:
        out.add("REF", "2U", exact(payment.payer_id))
    out.add("PER", "BL", "PROVIDER SERVICES", "TE", "5185550100")
    out.add("N1", "PE", plain(payment.payee_name), "XX", exact(payment.payee_npi))
    if payment.payee_tin:
        out.add("REF", "TJ", exact(payment.payee_tin))
    if payment.claims:
        out.add("LX", "1")
    for claim in payment.claims:
        _claim(out, claim)
    for entry in payment.provider_adjustments:
        _provider_adjustment(out, entry, paid_on)
    return out.close()


def _claim(out: SegmentWriter, claim: PaidClaim) -> None:
    out.add("CLP", claim.claim_id, claim.status, amount(claim.charge_usd), amount(claim.paid_usd),
            amount(claim.patient_share_usd) if claim.patient_share_usd else "", claim.filing,
            exact(claim.payer_claim_id), claim.place, claim.frequency)  # fmt: skip
    _adjustments(out, claim.adjustments)
    out.add("NM1", "QC", "1", plain(claim.family), plain(claim.given), "", "", "", "MI",
            exact(claim.member_id))  # fmt: skip
    if claim.rendering_npi:
        out.add("NM1", "82", "1", "", "", "", "", "", "XX", exact(claim.rendering_npi))
    if claim.remarks:
        out.add("MOA", "", "", *claim.remarks[:5])
    for line in claim.lines:
        _line(out, line)


def _line(out: SegmentWriter, line: PaidLine) -> None:
    units = amount(line.paid_units) if line.paid_units is not None else ""
    out.add("SVC", composite(line.qualifier, line.code, *line.modifiers),
            amount(line.charge_usd) if line.charge_usd is not None else "",
            amount(line.paid_usd) if line.paid_usd is not None else "", "", units)  # fmt: skip
    if line.from_on is not None:
        out.add("DTM", "472", day(line.from_on))
    _adjustments(out, line.adjustments)
    for kind, value in line.references:
        out.add("REF", kind, exact(value))
    if line.allowed_usd is not None:
        out.add("AMT", "B6", amount(line.allowed_usd))
    for remark in line.remarks:
        out.add("LQ", "HE", remark)


def _adjustments(out: SegmentWriter, adjustments: tuple[Adjustment, ...]) -> None:
    """One CAS per group, up to six reasons in each."""
    groups = dict.fromkeys(adjustment.group for adjustment in adjustments)
    for group in groups:
        cells: list[str] = []
        for adjustment in adjustments:
            if adjustment.group == group:
                cells += [adjustment.reason, amount(adjustment.amount_usd), ""]
        out.add("CAS", group, *cells)


def _provider_adjustment(out: SegmentWriter, entry: ProviderAdjustment, paid_on: date) -> None:
    year_end = entry.year_ends_on or paid_on.replace(month=12, day=31)
    out.add("PLB", exact(entry.provider_id), day(year_end),
            composite(entry.reason, exact(entry.reference)), amount(entry.amount_usd))  # fmt: skip
