"""Answers in parts, corrections before their take-backs, and what a second payer takes back."""

from __future__ import annotations

from decimal import Decimal

import pytest

from ccm_core.claims.ledger import account, apply
from ccm_core.claims.matching import ClaimBook
from ccm_core.claims.posting import post
from ccm_core.exchange.x12.remit_in import read_835
from tests.claims.made import batch, fee, sent
from tests.claims_loop.remits import interchange, transaction

CLAIM = sent(batch().claims[0])
FIRST, ADDON = CLAIM.lines
"""99490 once and 99439 twice."""


def clp(status, number, *lines):
    """One CLP; each line as (our line, paid, adjustments...)."""
    sign = -1 if status == "22" else 1
    charge = sum(sign * line.charge_usd for line, *_ in lines)
    paid = sum(Decimal(amount) for _, amount, *_ in lines)
    found = [f"CLP*{CLAIM.claim_id}*{status}*{charge}*{paid}**MB*{number}*11*1"]
    for line, amount, *cas in lines:
        found += [f"SVC*HC:{line.code}*{sign * line.charge_usd}*{amount}**{line.units}",
                  "DTM*472*20250331", *(f"CAS*{one}" for one in cas)]  # fmt: skip
    return found


def whole(status, number, paid, *cas):
    sign = "-" if status == "22" else ""
    return [f"CLP*{CLAIM.claim_id}*{status}*{sign}{CLAIM.charge_usd}*{paid}**MB*{number}*11*1",
            *(f"CAS*{one}" for one in cas)]  # fmt: skip


def after(*payments):
    """Account and lines after payments of (total, segments...), a day apart."""
    sets = [
        transaction(f"T{at}", f"202504{20 + at}", total, *segments, control=f"{at:04d}")
        for at, (total, *segments) in enumerate(payments, 1)
    ]
    done = post(read_835(interchange(*sets)).remittances, ClaimBook.of([CLAIM]), fee)
    assert done.is_reconciled
    return account(CLAIM, done.postings), apply(CLAIM.lines, done.postings)


def shown(lines):
    return [(line.status, line.paid_usd) for line in lines]


DENIED = clp("4", "ICN1", (FIRST, "0", f"CO*97*{FIRST.charge_usd}"))
PAID = clp("1", "ICN2", (ADDON, "91.86", f"CO*45*{ADDON.charge_usd - Decimal('91.86')}"))


@pytest.mark.parametrize(
    "payments",
    [
        [("91.86", *DENIED, *PAID)],
        [("91.86", *PAID, *DENIED)],
        [("0", *DENIED), ("91.86", *PAID)],
        [("91.86", *PAID), ("0", *DENIED)],
    ],
)
def test_a_claim_that_the_payer_split_is_not_paid_while_a_part_is_denied(payments):
    one, lines = after(*payments)
    assert (one.status, one.paid_usd) == ("partial", Decimal("91.86"))
    assert one.payer_open_usd == FIRST.charge_usd
    assert one.written_off_usd == ADDON.charge_usd - Decimal("91.86")
    assert shown(lines) == [("denied", 0), ("paid", Decimal("91.86"))]


def both(status, number, first, second, *cas):
    """Both lines answered; the rest of each charge is CO-45."""
    rest = [f"CO*45*{(-1 if status == '22' else 1) * line.charge_usd - Decimal(paid)}"
            for line, paid in ((FIRST, first), (ADDON, second))]  # fmt: skip
    return clp(status, number, (FIRST, first, rest[0], *cas), (ADDON, second, rest[1], *cas))


OLD, NEW = both("1", "ICN1", "60.49", "91.86"), both("1", "ICN2", "60.49", "40")


@pytest.mark.parametrize("number", ["ICN1", "ICN7"])
@pytest.mark.parametrize("is_whole", [True, False], ids=["whole claim", "by line"])
@pytest.mark.parametrize("is_one_set", [True, False])
def test_a_correction_before_its_take_back_stands(number, is_whole, is_one_set):
    back = both("22", number, "-60.49", "-91.86")
    if is_whole:
        back = whole("22", number, "-152.35", f"CO*45*{Decimal('152.35') - CLAIM.charge_usd}")
    later = [("-51.86", *NEW, *back)] if is_one_set else [("100.49", *NEW), ("-152.35", *back)]
    one, lines = after(("152.35", *OLD), *later)
    assert (one.status, one.paid_usd, one.payer_open_usd) == ("paid", Decimal("100.49"), 0)
    assert shown(lines) == [("paid", Decimal("60.49")), ("paid", Decimal(40))]


def test_a_take_back_of_one_part_leaves_the_other():
    first = clp("1", "ICN1", (FIRST, "60.49", f"CO*45*{FIRST.charge_usd - Decimal('60.49')}"))
    back = whole("22", "ICN1", "-60.49", f"CO*45*{Decimal('60.49') - CLAIM.charge_usd}")
    one, lines = after(("60.49", *first), ("91.86", *PAID), ("-60.49", *back))
    assert (one.paid_usd, one.payer_open_usd) == (Decimal("91.86"), FIRST.charge_usd)
    assert shown(lines) == [("submitted", 0), ("paid", Decimal("91.86"))]


@pytest.mark.parametrize("is_whole", [True, False])
def test_what_a_second_payer_takes_back_leaves_the_first_payers_answer(is_whole):
    left = FIRST.charge_usd - Decimal(60)
    primary = clp("1", "ICN1", (FIRST, "60", f"CO*45*{left - 15}", "PR*2*15"),
                  (ADDON, "90", f"CO*45*{ADDON.charge_usd - 100}", "PR*2*10"))  # fmt: skip
    second = clp("2", "SEC1", (FIRST, "15", f"OA*23*{FIRST.charge_usd - 15}"),
                 (ADDON, "10", f"OA*23*{ADDON.charge_usd - 10}"))  # fmt: skip
    back = clp("22", "SEC1", (FIRST, "-15", f"OA*23*{15 - FIRST.charge_usd}"),
               (ADDON, "-10", f"OA*23*{10 - ADDON.charge_usd}"))  # fmt: skip
    if is_whole:
        back = whole("22", "SEC1", "-25", f"OA*23*{25 - CLAIM.charge_usd}")
    one, lines = after(("150", *primary), ("25", *second), ("-25", *back))
    assert (one.status, one.paid_usd, one.patient_usd) == ("paid", 150, 25)
    assert one.payer_open_usd == 0
    assert shown(lines) == [("paid", 60), ("paid", 90)]


def test_what_the_first_payer_paid_is_not_denied_when_the_second_one_denies():
    left = FIRST.charge_usd - Decimal(60)
    primary = clp("1", "ICN1", (FIRST, "60", f"CO*45*{left - 15}", "PR*2*15"),
                  (ADDON, "0", f"CO*97*{ADDON.charge_usd}"))  # fmt: skip
    second = clp("2", "SEC1", (FIRST, "0", f"OA*23*{FIRST.charge_usd - 15}", "CO*29*15"),
                 (ADDON, "0", f"CO*97*{ADDON.charge_usd}"))  # fmt: skip
    one, lines = after(("60", *primary), ("0", *second))
    assert (one.status, one.paid_usd) == ("partial", 60)
    assert shown(lines) == [("paid", 60), ("denied", 0)]


def test_an_earlier_payment_that_nobody_took_back_stands_after_a_later_one_was():
    more, back = both("1", "ICN2", "5", "5"), both("22", "ICN2", "-5", "-5")
    one, lines = after(("152.35", *OLD), ("10", *more), ("-10", *back))
    assert (one.status, one.paid_usd) == ("paid", Decimal("152.35"))
    assert shown(lines) == [("paid", Decimal("60.49")), ("paid", Decimal("91.86"))]
