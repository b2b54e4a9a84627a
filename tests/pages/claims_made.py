"""Claims small enough to count by hand, for the patients of the small practice.

====== ======== ===== ========= ====== ======================= =======
claim  patient  month status    charge answer                  sent
====== ======== ===== ========= ====== ======================= =======
A      ana      09    paid      95     50.00 on 20 Oct         3 Oct
B      ben      09    denied    95     CO-97 M15               3 Oct
C      cam      10    submitted 95                             3 Nov
D      ana      10    paid      95+72  50.00 + 38.00           3 Nov
E      ben      08    replaced  95     CO-16 M76               3 Sep
F      ben      08    paid      95     50.00 on 5 Nov          20 Oct
G      dee      02    denied    95     CO-50                   3 Mar
====== ======== ===== ========= ====== ======================= =======
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from ccm_core.months import Month
from ccm_core.records import ClaimLine
from ccm_core.store import db
from ccm_core.store.writing import save
from tests.pages import small_practice


def _line(claim, patient, month, status, sent, paid=None, codes=(), line=1, code="99490"):
    charge = Decimal(95) if code == "99490" else Decimal(72)
    return ClaimLine(
        claim, line, patient, Month(2026, month), code, npi=small_practice.NPI,
        service_on=Month(2026, month).last_day, charge_usd=charge, created_on=sent,
        status=status, paid_usd=paid, paid_on=date(2026, 11, 5) if paid is not None else None,
        adjustments=codes,
    )  # fmt: skip


LINES = (
    _line("A", "ana", 9, "paid", date(2026, 10, 3), Decimal(50), ("CO-45", "PR-2")),
    _line("B", "ben", 9, "denied", date(2026, 10, 3), Decimal(0), ("CO-97", "M15")),
    _line("C", "cam", 10, "submitted", date(2026, 11, 3)),
    _line("D", "ana", 10, "paid", date(2026, 11, 3), Decimal(50), ("CO-45", "PR-2")),
    _line("D", "ana", 10, "paid", date(2026, 11, 3), Decimal(38), ("CO-45",), 2, "99439"),
    _line("E", "ben", 8, "replaced", date(2026, 9, 3), Decimal(0), ("CO-16", "M76")),
    _line("F", "ben", 8, "paid", date(2026, 10, 20), Decimal(50), ("CO-45", "PR-2")),
    _line("G", "dee", 2, "denied", date(2026, 3, 3), Decimal(0), ("CO-50",)),
)


def fill() -> None:
    """Store the claims; the small practice must be there."""
    with db.session(write=True) as opened:
        save(opened, small_practice.PRACTICE, LINES)
