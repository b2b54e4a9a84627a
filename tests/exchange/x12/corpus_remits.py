"""Remittances as payers really write them, and broken ones; see corpus.py."""

from __future__ import annotations

from collections.abc import Iterator

from tests.exchange.x12.corpus import CLAIMS, Variant, edit, read, refused
from tests.exchange.x12.made import REMITTANCE, segments


def remittances() -> Iterator[Variant]:
    """What may be said in several ways, and what may not be said."""
    r = REMITTANCE
    clp, cas, svc = ("CLP*C2503-00002*4*90*0*0*MB*ICN0002*11*1", "CAS*CO*97*90",
                     "SVC*HC:99490*90*0**1")  # fmt: skip
    plb = "L6:INT*-5*WO:OLD1*15"

    def paid(text: str) -> bytes:
        return edit(r, ("*230.5*120.25*", f"*230.5*{text}*"))

    yield read("small qualifiers", edit(r, ("N1*PR", "N1*pr"), ("CAS*CO", "CAS*co"),
               ("LQ*HE", "LQ*he"), ("REF*6R", "REF*6r"), ("NM1*QC", "NM1*qc"),
               ("AMT*B6", "AMT*b6"), ("SVC*HC", "SVC*hc")), "small_letters")  # fmt: skip
    back = edit(r, (clp, "CLP*C2503-00002*22*-90*-0*0*MB*ICN0002*11*1"),
                (svc, "SVC*HC:99490*-90*-0**1"), (cas, "CAS*CO*97*-90"))  # fmt: skip
    yield read("a reversal", back, same=False)
    yield read("a second payer", edit(r, (clp, clp.replace("*4*", "*2*"))), same=False)
    yield read("a bundled code", edit(r, (svc, "SVC*HC:99487*90*0**1*HC:99490*1")), same=False)
    yield read("four modifiers and words", edit(r, (svc, "SVC*HC:99490:25:59:GT:95:TEXT*90*0**1")),
               same=False)  # fmt: skip
    yield read("half a unit", edit(r, (svc, "SVC*HC:99490*90*0**.5")), same=False)
    yield read("no charge on a line", edit(r, (svc, "SVC*HC:99490**0**1")), "missing", same=False)
    yield read("no procedure on a line", edit(r, (svc, "SVC*HC*90*0**1")), "procedure", same=False)
    six = "CAS*CO*97*20**45*20**16*10**18*10**50*10**96*20"
    yield read("six reasons in one CAS", edit(r, (cas, six)), same=False)
    yield read("reasons with quantities", edit(r, (cas, "CAS*CO*97*80*1*45*10*1")), same=False)
    yield read("an adjustment below zero", edit(r, (cas, "CAS*CO*97*100**94*-10")), same=False)
    yield refused("a reason without amount", edit(r, (cas, "CAS*CO*97")), "missing")
    yield refused("a group that is none", edit(r, (cas, "CAS*XX*97*90")), "cas_group")
    yield refused("a reason that is none", edit(r, (cas, "CAS*CO*9 7*90")), "cas_reason")
    yield refused("CAS in the head", edit(r, ("LX*1~", "CAS*CO*45*1~LX*1~")), "cas_place")
    yield read("a claim that does not add up", edit(r, (cas, "CAS*CO*97*80")), "claim_balance",
               "line_balance", same=False)  # fmt: skip
    yield read("six provider adjustments", edit(r, (plb, f"{plb}*72:A*1*CS:B*-1*FB:C*2*AM:D*-2")),
               same=False)  # fmt: skip
    yield read("provider adjustments without reference", edit(r, (plb, "L6*-5*WO*15")), same=False)
    yield refused("a provider adjustment of x", edit(r, (plb, "L6:INT*x*WO:OLD1*15")), "number")
    yield refused("PLB before a claim", edit(r, ("LX*1~", "PLB*1*20251231*L6:A*0~LX*1~")),
                  "clp_place")  # fmt: skip
    yield refused("one cent too much", edit(r, ("*110.25*", "*110.26*")), "payment_balance")
    yield refused("a debit", edit(r, ("*110.25*C*", "*110.25*D*")), "payment_balance")
    yield refused("neither credit nor debit", edit(r, ("*110.25*C*", "*110.25*X*")), "credit")
    yield read("nothing is paid out", edit(r, ("BPR*I*110.25*C", "BPR*H*0*C"),
               ("WO:OLD1*15", "WO:OLD1*125.25")), same=False)  # fmt: skip
    yield read("more is taken back than paid", edit(r, ("BPR*I*110.25*C", "BPR*I*-14.75*C"),
               ("WO:OLD1*15", "WO:OLD1*140")), "payment_negative", same=False)  # fmt: skip
    trn = "TRN*1*EFT778*1999999999~\n"
    yield refused("no trace number", edit(r, (trn, "")), "missing")
    yield refused("two trace numbers", edit(r, (trn, trn + trn)), "trn_place")
    yield refused("no BPR", edit(r, (next(s for s in segments(r) if s[:3] == "BPR") + "~\n", "")),
                  "bpr_place")  # fmt: skip
    yield read("remarks for inpatients",
               edit(r, ("MOA***MA01", "MIA*0***0*MA01***************MA02~MOA***MA07")),
               same=False)  # fmt: skip
    yield refused("a remark on no line", edit(r, ("MOA***MA01", "LQ*HE*N1")), "lq_place")
    yield refused("a status that is none", edit(r, (clp, clp.replace("*4*", "*99*"))),
                  "claim_status")  # fmt: skip
    yield refused("no claim number", edit(r, (clp, clp.replace("C2503-00002", ""))), "missing")
    yield read(
        "blanks around a number", edit(r, (clp, clp.replace("C2503-00002", " C2503-00002 ")))
    )
    yield read("no patient share", edit(r, (clp, "CLP*C2503-00002*4*90*0**MB*ICN0002*11*1")))
    yield read("no LX", edit(r, ("LX*1~\n", "")))
    yield refused("a payee inside a claim", edit(r, ("MOA***MA01", "N1*PE*X*XX*1")), "n1_place")
    days = "DTM*150*20250301~DTM*151*20250331"
    yield read("first and last day", edit(r, ("DTM*472*20250331", days)), same=False)
    yield read("a day that is none", edit(r, ("DTM*472*20250331", "DTM*472*20250399")), "date",
               same=False)  # fmt: skip
    yield read("summaries of the provider", edit(r, ("LX*1~", "LX*1~TS3*1*11*20251231*1*5~TS2*1~")))
    yield read("120.250", paid("120.250"))
    for text in ("1E3", "1,000", "", "9" * 16):
        yield refused(f"paid {text or 'nothing'}", paid(text), "number" if text else "missing")
    yield refused("paid 120.255", paid("120.255"), "money")
    for text in (".25", "-0", "-120.25"):
        yield refused(f"paid {text}, not the sum", paid(text), "payment_balance")
    yield refused("another currency", edit(r, ("REF*EV*", "CUR*PR*CAD~REF*EV*")), "currency")
    yield refused("claims", CLAIMS, "transaction_kind")
    yield refused("GS01 of claims", r.replace("GS*HP", "GS*HC"), "functional_id")
