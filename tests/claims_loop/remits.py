"""Remittances of a made-up payer, written segment by segment."""

from __future__ import annotations

from decimal import Decimal

from ccm_core.program import remitting
from ccm_core.store import db
from tests.claims_loop.conftest import practice_of, who


def transaction(trace: str, day: str, total: str, *segments: str, control: str = "0001") -> str:
    """One 835 with these claims; ``day`` is BPR16."""
    body = [
        f"ST*835*{control}", f"BPR*I*{total}*C*ACH************{day}", f"TRN*1*{trace}*1999999999",
        f"DTM*405*{day}", "N1*PR*MADE UP PAYER*XV*99999", "N3*1 RD", "N4*ALBANY*NY*12207",
        "N1*PE*CLINIC*XX*1234567893", "LX*1", *segments,
    ]  # fmt: skip
    return "~\n".join([*body, f"SE*{len(body) + 1}*{control}"]) + "~\n"


def interchange(*sets: str) -> bytes:
    head = (
        "ISA*00*          *00*          *ZZ*99999          *ZZ*SUB123         *261120*0800*^*00501*"
        "000000031*0*T*:~\nGS*HP*99999*SUB123*20261120*0800*31*X*005010X221A1~\n"
    )
    return (head + "".join(sets) + f"GE*{len(sets)}*31~\nIEA*1*000000031~\n").encode()


def answer(claim, paid: str, *cas: str, status: str = "1", number: str = "ICN1") -> list[str]:
    """One claim of one line, paid so much; each adjustment as ``CO*45*10``."""
    line = claim.lines[0]
    sign = "-" if status == "22" else ""
    patient = sum((Decimal(c.split("*")[2]) for c in cas if c.startswith("PR")), Decimal(0))
    return [
        f"CLP*{claim.claim_id}*{status}*{sign}{line.charge_usd}*{paid}*{patient or ''}*MB*{number}"
        "*11*1",
        f"SVC*HC:{line.code}*{sign}{line.charge_usd}*{paid}**{line.units}",
        f"DTM*472*{line.from_on:%Y%m%d}", *(f"CAS*{one}" for one in cas),
        f"REF*6R*{line.control}",
    ]  # fmt: skip


def post(url: str, *sets: str, name: str = "answer.835"):
    with db.session(url, write=True) as session:
        return remitting.post(
            session, who("billing_lead"), practice_of(url), name, interchange(*sets)
        )
