"""Made-up claims and remittances for the tests. No real person, practice or payer."""

from __future__ import annotations

import io
import os
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pyx12.params
import pyx12.x12n_document

from ccm_core.exchange.x12.claim_records import (
    Address,
    Claim,
    PayerName,
    Person,
    Provider,
    ServiceLine,
)
from ccm_core.exchange.x12.claims_out import WrittenFile, write_837
from ccm_core.exchange.x12.writing import Controls, Party

SHARED = Path(os.environ.get("CCM_SHARED", Path(__file__).resolve().parents[4] / "shared"))
SAMPLES = SHARED / "samples"
SENDER = Party("Cedar Demo Clinic", "SUB123", contact_name="Billing desk", phone="518-555-0100")
RECEIVER = Party("Demo Contractor", "13282")
WRITTEN_AT = datetime(2025, 4, 2, 9, 30)  # noqa: DTZ001
BILLING = Provider(
    "Cedar Demo Clinic", "1234567893", tin="12-1234567", taxonomy="207Q00000X",
    address=Address("1 Main St", "Suite 2", "Albany", "NY", "12207-1234"),
)  # fmt: skip
RENDERING = Provider("Ray", "1222222220", given="Rosa", is_person=True, taxonomy="207R00000X")
PAYER = PayerName("Medicare Part B Demo", "13282", "MB")


def subscriber(number: int = 1) -> Person:
    return Person(
        "O'Neil-Núñez", "Ann", "B", f"1S00A00AA{number:02d}", date(1940, 2, 3), "F",
        Address("2 Oak Ave", "", "Albany", "NY", "12207"),
    )  # fmt: skip


def service_line(
    number: int = 1, code: str = "99490", charge: str = "90.00", **change
) -> ServiceLine:
    given = {
        "number": number, "code": code, "charge_usd": Decimal(charge), "units": Decimal(1),
        "from_on": date(2025, 3, 31), "to_on": date(2025, 3, 31), "pointers": (1, 2),
    }  # fmt: skip
    return ServiceLine(**(given | change))


def claim(number: int = 1, **change) -> Claim:
    lines = change.pop("lines", None) or (
        service_line(),
        service_line(2, "99439", "140.50", units=Decimal(2)),
    )
    given = {
        "claim_id": f"C2503-{number:05d}",
        "charge_usd": sum((line.charge_usd for line in lines), Decimal(0)), "lines": lines,
        "billing": BILLING, "subscriber": subscriber(number % 100), "payer": PAYER, "place": "11",
        "diagnoses": ("E11.9", "I10"), "rendering": RENDERING,
    }  # fmt: skip
    return Claim(**(given | change))


def written(*claims: Claim, **change) -> WrittenFile:
    given = {
        "sender": SENDER, "receiver": RECEIVER, "controls": Controls(17, 17, 1),
        "written_at": WRITTEN_AT, "is_test": True,
    }  # fmt: skip
    return write_837(claims or (claim(),), **(given | change))


def pyx12_accepts(text: str) -> bool:
    """What pyx12, an independent validator, says of a file."""
    found = pyx12.x12n_document.x12n_document(pyx12.params.params(), io.StringIO(text), None, None)
    return bool(found)


def recount(lines: list[str]) -> str:
    """Segments joined again, with SE01 set to the right count."""
    at = next(i for i, line in enumerate(lines) if line.startswith("ST*"))
    end = next(i for i, line in enumerate(lines) if line.startswith("SE*"))
    control = lines[end].split("*")[2]
    lines[end] = f"SE*{end - at + 1}*{control}"
    return "~\n".join(lines) + "~\n"


def segments(text: str) -> list[str]:
    return [part.strip() for part in text.split("~") if part.strip()]


def changed(text: str, old: str, new: str) -> bytes:
    """The file with one segment replaced (or removed when ``new`` is empty), counted anew."""
    parts = segments(text)
    assert old in parts, old
    at = parts.index(old)
    parts[at : at + 1] = segments(new)
    return recount(parts).encode()


REMITTANCE = """\
ISA*00*          *00*          *ZZ*13282          *ZZ*SUB123         *250420*0800*^*00501*\
000000031*0*T*:~
GS*HP*13282*SUB123*20250420*0800*31*X*005010X221A1~
ST*835*0001~
BPR*I*110.25*C*ACH*CCP*01*011000015*DA*1234*1999999999**01*021000021*DA*5678*20250421~
TRN*1*EFT778*1999999999~
REF*EV*SUB123~
DTM*405*20250420~
N1*PR*MEDICARE PART B DEMO*XV*13282~
N3*1 PAYER RD~
N4*ALBANY*NY*12207~
PER*BL*HELP*TE*5185550111~
N1*PE*CEDAR DEMO CLINIC*XX*1234567893~
REF*TJ*121234567~
LX*1~
CLP*C2503-00001*1*230.5*120.25*30.68*MB*ICN0001*11*1~
NM1*QC*1*DOE*ANN****MI*1S00A00AA01~
NM1*82*1*RAY*ROSA****XX*1222222220~
MOA***MA01~
SVC*HC:99490*90*47.22**1~
DTM*472*20250331~
CAS*CO*45*29.77**253*0.96~
CAS*PR*2*12.05~
REF*6R*C2503-00001-1~
AMT*B6*60.23~
SVC*HC:99439*140.5*73.03**2~
DTM*472*20250331~
CAS*CO*45*47.35**253*1.49~
CAS*PR*2*18.63~
REF*6R*C2503-00001-2~
AMT*B6*93.15~
CLP*C2503-00002*4*90*0*0*MB*ICN0002*11*1~
NM1*QC*1*ROE*BEN****MI*1S00A00AA02~
SVC*HC:99490*90*0**1~
DTM*472*20250331~
CAS*CO*97*90~
REF*6R*C2503-00002-1~
LQ*HE*N390~
PLB*1234567893*20251231*L6:INT*-5*WO:OLD1*15~
SE*37*0001~
GE*1*31~
IEA*1*000000031~
"""
