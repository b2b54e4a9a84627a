"""Real exports of other projects, when they are at hand: read, or refused with a reason."""

from __future__ import annotations

import csv
from decimal import Decimal

import pytest

from ccm_core.exchange.x12.claims_in import read_837
from ccm_core.exchange.x12.problems import X12Refused
from ccm_core.exchange.x12.remit_in import read_835
from tests.exchange.x12.made import SAMPLES

X12 = SAMPLES / "x12"
pytestmark = pytest.mark.skipif(not X12.is_dir(), reason="the sample files are not at hand")
CLAIMS = sorted((X12 / "linuxforhealth" / "837p").glob("*.837"))
REMITTANCES = [*sorted((X12 / "linuxforhealth" / "835").glob("*.835")),
               *sorted((X12 / "keironstoddart-835").glob("*.txt"))]  # fmt: skip
OTHERS = sorted((X12 / "linuxforhealth" / "other").glob("*.27*"))


@pytest.mark.parametrize("path", CLAIMS, ids=lambda path: path.name)
def test_claims_are_read(path):
    found = read_837(path.read_bytes())
    assert len(found.claims) == 1
    assert sum(line.charge_usd for line in found.claims[0].lines) == found.claims[0].charge_usd
    assert path.read_text().count("~\nSV1*") == len(found.claims[0].lines)


@pytest.mark.parametrize("path", REMITTANCES, ids=lambda path: path.name)
def test_remittances_are_read(path):
    file = read_835(path.read_bytes())
    payment = file.remittances[0]
    assert payment.claims_paid_usd - payment.withheld_usd == payment.total_usd
    text = path.read_text()
    assert text.replace("\n", "").count("~SVC*") == sum(len(c.lines) for c in payment.claims)
    assert text.replace("\n", "").count("~CLP*") == len(payment.claims)


@pytest.mark.parametrize("path", OTHERS, ids=lambda path: path.name)
def test_other_transactions_are_refused_by_name(path):
    for read in (read_837, read_835):
        with pytest.raises(X12Refused) as refusal:
            read(path.read_bytes())
        assert refusal.value.problems[0].code in ("transaction_kind", "control_number")


@pytest.mark.parametrize(
    "path", [p for p in REMITTANCES if p.suffix == ".txt"], ids=lambda p: p.name
)
def test_lines_equal_the_published_tables(path):
    """Columns as their authors fill them: units billed fall back to units paid."""
    payment = read_835(path.read_bytes()).remittances[0]
    ours = [(claim, line) for claim in payment.claims for line in claim.lines]
    with path.with_suffix(".csv").open(newline="") as table:
        theirs = list(csv.DictReader(table))
    assert len(ours) == len(theirs)
    for (claim, line), row in zip(ours, theirs, strict=True):
        assert (row["marker"], row["code"], row["qualifier"]) == (
            claim.claim_id, line.code, line.qualifier)  # fmt: skip
        assert row["modifier"] == (line.modifiers[0] if line.modifiers else "")
        assert row["patient"].lower() == f"{claim.given} {claim.family}".lower()
        assert row["payer"] == payment.payer_name
        assert row["transaction_date"] == payment.paid_on.isoformat()
        assert (row["start_date"], row["end_date"]) == (
            line.from_on.isoformat(), line.to_on.isoformat())  # fmt: skip
        billed = line.billed_units if line.billed_units is not None else line.paid_units
        for column, value in (
            ("allowed_units", line.paid_units), ("billed_units", billed),
            ("charge_amount", line.charge_usd), ("allowed_amount", line.allowed_usd),
            ("paid_amount", line.paid_usd),
        ):  # fmt: skip
            assert (Decimal(row[column]) if row[column] else None) == value, column
        # Their table keeps the first entry of each CAS only; ours keeps all of them.
        ours_here = {(a.group, a.reason, a.amount_usd) for a in line.adjustments}
        for number in range(2):
            if row.get(f"adj_{number}_code"):
                assert (
                    row[f"adj_{number}_group"],
                    row[f"adj_{number}_code"],
                    Decimal(row[f"adj_{number}_amount"]),
                ) in ours_here
        assert bool(row["adj_0_code"]) == bool(ours_here)
        assert row.get("rem_0_code", "") == (line.remarks[0] if line.remarks else "")
        if row.get("ref_0_qual") and row["ref_0_qual"] == "6R":
            assert row["ref_0_value"] == line.control
