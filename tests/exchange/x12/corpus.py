"""Files as senders really write them, and files that are broken: each with what must come of it.

A variant is a name, the bytes, and either the codes of its warnings (it is read, and
gives the same claims as the plain file) or the code of its refusal.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tests.exchange.x12.made import REMITTANCE, claim, recount, segments, written

CLAIMS = written(claim(1), claim(2)).text
ISA_END = 106
OTHER_PAYER = (
    "SBR*S*18*GRP******CI~CAS*PR*1*10*1*2*5~CAS*CO*45*3.5~AMT*D*50~OI***Y*P**Y~"
    "MOA***N130~NM1*IL*1*OTHER*PERSON****MI*ZZZ999~N3*9 OTHER RD~N4*ELSEWHERE*TX*75001~"
    "NM1*PR*2*OTHER PAYER*****PI*99999~DTP*573*D8*20250401~REF*F8*OTHERCLAIM"
)
OTHER_LINE = "SVD*99999*50*HC:99490**1~CAS*CO*45*30**59*1~CAS*PR*2*5~DTP*573*D8*20250401~AMT*EAF*10"


@dataclass(frozen=True)
class Variant:
    """One file. ``code`` is that of its refusal, or empty when it must be read."""

    name: str
    content: bytes
    code: str = ""
    warnings: frozenset[str] = frozenset()
    is_same: bool = True
    """Whether it says exactly what the plain file says."""

    def __str__(self) -> str:
        return self.name


def edit(text: str, *pairs: tuple[str, str]) -> bytes:
    """The file with every occurrence replaced, and its segments counted anew."""
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new)
    return recount(segments(text)).encode()


def read(name: str, content: bytes | str, *warnings: str, same: bool = True) -> Variant:
    plain = content if isinstance(content, bytes) else content.encode()
    return Variant(name, plain, warnings=frozenset(warnings), is_same=same)


def refused(name: str, content: bytes | str, code: str) -> Variant:
    return Variant(name, content if isinstance(content, bytes) else content.encode(), code)


def _wrapped(text: str, end: str) -> str:
    plain = text.replace("\n", "")
    return end.join(plain[at : at + 80] for at in range(0, len(plain), 80))


def layouts(text: str) -> Iterator[Variant]:
    """The same file in other clothes: everything must be read as before."""
    yield read("one line", text.replace("\n", ""))
    yield read("CRLF", text.replace("\n", "\r\n"))
    yield read("CR", text.replace("\n", "\r"))
    yield read("two line breaks", text.replace("\n", "\r\n\r\n"))
    yield read("blanks between", text.replace("\n", " \t\n "))
    yield read("line break ends segments", text.replace("~\n", "\n"))
    yield read("CRLF ends segments", text.replace("~\n", "\r\n"))
    yield read("bars and bangs", text.replace("*", "|").replace("~", "!"))
    yield read("control characters", text.replace("*", "\x1d").replace("~", "\x1c"))
    yield read("tabs between elements", text.replace("*", "\t"))
    yield read("commas between elements", text.replace("*", ","))
    yield read("components by >", text.replace(":", ">"))
    yield read("components by >, declared :", text[:ISA_END] + text[ISA_END:].replace(":", ">"),
               "component_separator")  # fmt: skip
    yield read("no repetition separator", text.replace("*^*00501", "*U*00501"))
    yield read("another repetition separator", text.replace("*^*00501", "*{*00501"))
    yield read("byte order mark", b"\xef\xbb\xbf" + text.encode(), "byte_order_mark")
    yield read("UTF-16", text.encode("utf-16"), "encoding")
    yield read("wrapped at 80", _wrapped(text, "\n"), "line_break")
    yield read("wrapped at 80 with CRLF", _wrapped(text, "\r\n"), "line_break")
    yield read("Ctrl-Z at the end", text + "\x1a", "end_mark")
    yield read("NULs at the end", text + "\0\0\0\r\n", "end_mark")
    yield read("TA1 before the group", text.replace("GS*", "TA1*000000016*250402*0930*A*000~GS*"))
    bare = text[text.index("ST*") : text.index("GE*1")]
    yield read("no envelope", bare, "envelope_missing")


def envelopes(text: str) -> Iterator[Variant]:
    """Envelopes that do not fit."""
    isa, gs, *body, ge, iea = segments(text)
    st, se = body[0], body[-1]
    control, group = isa.split("*")[13], gs.split("*")[6]
    yield refused("nothing", b"", "empty")
    yield refused("only blanks", b" \r\n\t ", "empty")
    yield refused("words", b"Dear payer, enclosed please find", "not_x12")
    yield refused("UTF-16 without a mark", text.encode("utf-16-le"), "not_x12")
    yield refused("UTF-32", text.encode("utf-32"), "not_x12")
    yield refused("starts with GS", text[text.index("GS*") :], "not_x12")
    yield refused("small letters", text.lower(), "not_x12")
    yield refused("ISA alone", isa + "~", "truncated")
    yield refused("half an ISA", isa[:60], "truncated")
    yield refused("an ISA without its last element", isa[:-2], "truncated")
    yield refused("a zip archive", b"PK\x03\x04" + text.encode(), "not_x12")
    yield refused("a PDF", b"%PDF-1.7\n" + text.encode(), "not_x12")
    yield refused("ISA too short", text.replace("SUB123         ", "SUB123        ", 1),
                  "isa_length")  # fmt: skip
    yield refused("ISA too long", text.replace("SUB123         ", "SUB123          ", 1),
                  "isa_length")  # fmt: skip
    yield refused("elements end segments", text.replace("~", "*"), "isa_length")
    yield refused("a letter separates", text.replace("*T*:~", "*T*Q~"), "separators")
    yield refused("equal separators", text.replace("*T*:~", "*T*^~"), "separators")
    yield refused("version 4010", text.replace("*00501*", "*00401*"), "version")
    yield refused("version 6020", text.replace("*00501*", "*00602*"), "version")
    yield refused("IEA counts two", text.replace(iea, f"IEA*2*{control}"), "group_count")
    yield refused("IEA counts nothing", text.replace(iea, f"IEA**{control}"), "group_count")
    yield refused("IEA of another", text.replace(iea, "IEA*1*000000099"), "control_number")
    yield refused("IEA without number", text.replace(iea, "IEA*1"), "control_number")
    yield refused("GE counts zero", text.replace(ge, f"GE*0*{group}"), "set_count")
    yield refused("GE of another", text.replace(ge, "GE*1*99"), "control_number")
    yield refused("SE counts one less", text.replace(se, f"SE*{len(body) - 1}*0001"),
                  "segment_count")  # fmt: skip
    yield refused("SE counts in words", text.replace(se, "SE*many*0001"), "segment_count")
    yield refused("SE of another", text.replace(se, f"SE*{len(body)}*0002"), "control_number")
    yield refused("no SE", text.replace(se + "~\n", ""), "envelope_order")
    yield refused("no GE", text.replace(ge + "~\n", ""), "envelope_order")
    yield refused("no IEA", text.replace(iea + "~\n", ""), "truncated")
    yield refused("no GS", text.replace(gs + "~\n", ""), "envelope_order")
    yield refused("no ST", text.replace(st + "~\n", ""), "envelope_order")
    yield refused("two GS", text.replace(gs, f"{gs}~\n{gs}"), "envelope_order")
    yield refused("two ST", text.replace(st, f"{st}~\n{st}"), "envelope_order")
    yield refused("ISA inside", text.replace(st, f"{isa}~\n{st}"), "envelope_order")
    yield refused("a segment behind GE", text.replace(iea, f"REF*1*2~\n{iea}"), "envelope_order")
    yield refused("words behind IEA", text + "xyz", "after_iea")
    yield refused("TA1 alone", f"{isa}~TA1*000000016*250402*0930*A*000~IEA*0*{control}~",
                  "no_transaction_set")  # fmt: skip
    yield refused("nothing between", f"{isa}~IEA*0*{control}~", "no_transaction_set")
    yield refused("empty group", f"{isa}~{gs}~GE*0*{group}~IEA*1*{control}~", "no_transaction_set")
    yield refused("two segment ends", text.replace(se, f"~{se}"), "empty_segment")
    yield refused("NUL inside", text.replace("ALBANY", "ALB\0NY"), "control_character")
    yield refused("form feed between", text.replace("~\n", "~\f"), "control_character")
    yield refused("no break space between", text.replace("~\n", "~\u00a0"), "segment_id")
    yield refused("neither UTF-8 nor 1252", text.encode().replace(b"ALBANY", b"\x81\x8dANY"),
                  "encoding")  # fmt: skip
    yield refused("a segment without end", text.rstrip()[:-1], "truncated")
    yield refused("an unknown segment", edit(text, (se, f"ZZZ*1~\n{se}")), "segment_unknown")
    yield refused("a segment of 21,000 characters", text.replace("ALBANY", "A" * 21_000),
                  "segment_too_long")  # fmt: skip


def claims() -> Iterator[Variant]:
    """Claims: what may be said in several ways, and what may not be said."""
    g = CLAIMS
    sv1, dtp = "SV1*HC:99490*90*UN*1***1:2", "DTP*472*D8*20250331"
    clm = "CLM*C2503-00001*230.5***11:B:1*Y*A*Y*Y"
    nm1 = "NM1*IL*1*O'NEIL-NUNEZ*ANN*B***MI*1S00A00AA01~\n"
    yield read("small qualifiers", edit(g, ("NM1*IL", "NM1*il"), ("HI*ABK", "HI*abk"),
               (dtp, dtp.replace("D8", "d8")), ("REF*6R", "REF*6r"), ("HC:", "hc:")),
               "small_letters")  # fmt: skip
    yield refused("small segment names", g.replace("CLM*", "clm*"), "segment_id")
    yield refused("institutional", g.replace("X222A1", "X223A2"), "claim_kind")
    yield refused("dental", g.replace("X222A1", "X224A2"), "claim_kind")
    yield refused("GS08 of 4010", g.replace("005010X222A1", "004010X098A1"), "version")
    yield refused("an 835", REMITTANCE, "transaction_kind")
    yield refused("GS01 of a remittance", g.replace("GS*HC", "GS*HP"), "functional_id")
    yield read("no BHT", edit(g, ("BHT*0019*00*0000000170001*20250402*0930*CH~\n", "")),
               "bht_missing")  # fmt: skip
    yield read("one other payer", edit(g, ("LX*1~", f"{OTHER_PAYER}~LX*1~")))
    third = OTHER_PAYER.replace("SBR*S", "SBR*T")
    yield read("two other payers", edit(g, ("LX*1~", f"{OTHER_PAYER}~{third}~LX*1~")))
    yield read("an other payer's doctor",
               edit(g, ("LX*1~", f"{OTHER_PAYER}~NM1*82*1~REF*G2*123~LX*1~")))  # fmt: skip
    yield read("what another payer paid", edit(g, (dtp, f"{dtp}~{OTHER_LINE}")))
    yield read("two other payers on a line", edit(g, (dtp, f"{dtp}~{OTHER_LINE}~{OTHER_LINE}")))
    yield read("notes and free text", edit(g, ("HI*", "K3*ANY:TEXT~NTE*ADD*CALLED: TWICE~HI*")))
    yield read("a pay-to address", edit(g, ("REF*EI*", "NM1*87*2~N3*PO BOX 9~N4*TROY*NY*12180~"
               "NM1*85*2*CEDAR DEMO CLINIC*****XX*1234567893~N3*1 MAIN ST*SUITE 2~"
               "N4*ALBANY*NY*122071234~REF*EI*")))  # fmt: skip
    yield read("a range of one day", edit(g, (dtp, "DTP*472*RD8*20250331-20250331")))
    yield read("a range", edit(g, (dtp, "DTP*472*RD8*20250301-20250331")), same=False)
    yield refused("a range backwards", edit(g, (dtp, "DTP*472*RD8*20250331-20250301")),
                  "date_order")  # fmt: skip
    for name, text in {
        "a range said to be a day": "D8*20250301-20250331", "a day said to be a range":
        "RD8*20250331", "a time": "DT*202503311200", "30 February": "D8*20250230",
        "a short day": "D8*250331", "year 1": "D8*00010331", "year 9999": "D8*99990331",
        "no day": "D8", "foreign digits": "D8*\u0662\u0660\u0662\u06650331",
    }.items():  # fmt: skip
        yield refused(name, edit(g, (dtp, f"DTP*472*{text}")), "date")
    yield refused("two dates of service", edit(g, (dtp, f"{dtp}~DTP*472*D8*20250401")),
                  "date_twice")  # fmt: skip
    yield refused("no date of service", edit(g, (dtp + "~\n", "")), "missing")
    for text in ("90.", "90.0", "0090", "90.00", " 90", "90 "):
        yield read(f"charge {text!r}", edit(g, (sv1, sv1.replace("*90*", f"*{text}*"))))
    for text in ("1E3", "1,000", "+90", "$90", "NaN", "Infinity", "9" * 20, "\u0669\u0660", "--90"):
        yield refused(f"charge {text}", edit(g, (sv1, sv1.replace("*90*", f"*{text}*"))), "number")
    yield refused("charge 90.001", edit(g, (sv1, sv1.replace("*90*", "*90.001*"))), "money")
    yield refused("charge of 15 digits", edit(g, (sv1, sv1.replace("*90*", f"*{'9' * 15}*"))),
                  "money")  # fmt: skip
    yield refused("charge -90", edit(g, (sv1, sv1.replace("*90*", "*-90*"))), "charge")
    for text in (".5", "-0", "0"):
        yield refused(f"charge {text}, not the sum",
                      edit(g, (sv1, sv1.replace("*90*", f"*{text}*"))), "charge_sum")  # fmt: skip
    half = (("*230.5*", "*141*"), (sv1, sv1.replace("*90*", "*.5*")))
    yield read("charge .5", edit(g, *half), same=False)
    yield read("units 1.0", edit(g, (sv1, sv1.replace("UN*1*", "UN*1.0*"))))
    yield read("minutes with decimals", edit(g, (sv1, sv1.replace("UN*1*", "MJ*20.5*"))),
               "minutes", same=False)  # fmt: skip
    for text in ("1.5", "0", "-1", "99999999"):
        yield refused(f"units {text}", edit(g, (sv1, sv1.replace("UN*1*", f"UN*{text}*"))), "units")
    yield read("four modifiers", edit(g, ("HC:99490", "HC:99490:25:59:GT:95")), same=False)
    yield read("a description", edit(g, ("HC:99490", "HC:99490:::::SOME TEXT")))
    yield refused("no procedure", edit(g, ("HC:99490", "HC:")), "procedure")
    yield refused("SV1 before LX", edit(g, (f"LX*1~\n{sv1}", f"{sv1}~\nLX*1")), "sv1_place")
    yield refused("SV1 twice", edit(g, (sv1, f"{sv1}~{sv1}")), "sv1_place")
    yield refused("LX without SV1", edit(g, (sv1 + "~\n", "")), "missing")
    yield refused("HI behind LX", edit(g, ("LX*1~", "LX*1~HI*ABK:I10~")), "hi_place")
    yield refused("two principal diagnoses", edit(g, ("ABF:I10", "ABK:I10")), "hi_code")
    for text in ("A:B", "0", "5", "13", "1:2:9"):
        yield refused(f"pointer {text}", edit(g, (sv1, sv1.replace("1:2", text))), "pointer")
    yield refused("no pointer", edit(g, (sv1, "SV1*HC:99490*90*UN*1")), "pointer")
    yield refused("no subscriber level", edit(g, ("HL*2*1*22*0~\n", "")), "clm_place")
    yield refused("no provider level", edit(g, ("HL*1**20*1~\n", "")), "hl_parent")
    yield refused("a parent that is not there", g.replace("HL*2*1*22*0", "HL*2*9*22*0"),
                  "hl_parent")  # fmt: skip
    yield refused("a level twice", g.replace("HL*3*1*22*0", "HL*2*1*22*0"), "hl_number")
    yield refused("the person behind the claim", edit(g, (nm1, ""), (clm, f"{clm}~\n{nm1[:-2]}")),
                  "no_person")  # fmt: skip
    yield refused("no claim number", edit(g, ("CLM*C2503-00001*", "CLM**")), "missing")
    yield refused("no place", edit(g, ("11:B:1", "")), "place")
    yield refused("a place in letters", edit(g, ("11:B:1", "1A:B:1")), "place")
    yield refused("frequency 9", edit(g, ("11:B:1", "11:B:9")), "frequency")
    yield read("a replacement of nothing", edit(g, ("11:B:1", "11:B:7")), "original_reference",
               same=False)  # fmt: skip
    yield read("dollars by name", edit(g, ("REF*EI*", "CUR*85*USD~REF*EI*")))
    yield refused("another currency", edit(g, ("REF*EI*", "CUR*85*CAD~REF*EI*")), "currency")
