"""Made-up receipts: TA1, 999 and 277CA."""

from __future__ import annotations


def enclosed(functional_id: str, version: str, *sets: str, ta1: str = "") -> str:
    """An interchange around these transaction sets."""
    isa = (
        "ISA*00*          *00*          *ZZ*13282          *ZZ*SUB123         *250403*0800*^*00501*"
        "000000051*0*T*:~"
    )
    if not sets:
        return f"{isa}\n{ta1}IEA*0*000000051~\n"
    return (
        f"{isa}\n{ta1}GS*{functional_id}*13282*SUB123*20250403*0800*51*X*{version}~\n"
        f"{''.join(sets)}GE*{len(sets)}*51~\nIEA*1*000000051~\n"
    )


def transaction(kind: str, control: str, version: str, *segments: str) -> str:
    """ST, the segments, and SE with the right count."""
    body = "".join(f"{one}~\n" for one in segments)
    return f"ST*{kind}*{control}*{version}~\n{body}SE*{body.count('~') + 2}*{control}~\n"


def ta1(interchange: str, word: str = "A", note: str = "000") -> str:
    line = f"TA1*{interchange}*250402*0930*{word}*{note}~\n"
    return enclosed("", "", ta1=line)


def file_receipt(group: str, *segments: str) -> str:
    """A 999 about a group; the segments stand between AK1 and the end."""
    version = "005010X231A1"
    return enclosed("FA", version, transaction(
        "999", "0001", version, f"AK1*HC*{group}*005010X222A1", *segments
    ))  # fmt: skip


def claim_receipt(*answers: tuple[str, str], file_trace: str = "0000000170001",
                  receiver: str = "STC*A1:19:PR*20250403*WQ*461") -> str:  # fmt: skip
    """A 277CA with an STC for each claim number."""
    version = "005010X214"
    claims = [
        segment
        for place, (number, stc) in enumerate(answers, 4)
        for segment in (
            f"HL*{place}*3*PT", "NM1*QC*1*DOE*ANN****MI*1S00A00AA01", f"TRN*2*{number}",
            f"STC*{stc}", f"REF*1K*P{number}", "DTP*472*D8*20250331",
        )
    ]  # fmt: skip
    return enclosed("HN", version, transaction(
        "277", "0001", version, "BHT*0085*08*1*20250403*0800*TH", "HL*1**20*1",
        "NM1*PR*2*DEMO CONTRACTOR*****PI*13282", "TRN*1*T1", "DTP*050*D8*20250402",
        "DTP*009*D8*20250403", "HL*2*1*21*1", "NM1*41*2*CEDAR DEMO CLINIC*****46*SUB123",
        f"TRN*2*{file_trace}", receiver, "QTY*90*2", "AMT*YU*461", "HL*3*2*19*1",
        "NM1*85*2*CEDAR DEMO CLINIC*****XX*1234567893", *claims,
    ))  # fmt: skip
