"""Every way an envelope can be broken is refused with its own code and place."""

from __future__ import annotations

import time

import pytest

from ccm_core.exchange.x12.claims_in import read_837
from ccm_core.exchange.x12.envelope import read_envelope
from ccm_core.exchange.x12.kinds import kind_of
from ccm_core.exchange.x12.problems import X12Refused
from tests.exchange.x12.made import REMITTANCE, changed, claim, segments, written

GOOD = written(claim(1), claim(2)).text


def code_of(content: bytes) -> str:
    with pytest.raises(X12Refused) as refusal:
        read_837(content)
    problem = next(problem for problem in refusal.value.problems if problem.is_error)
    assert problem.message
    return problem.code


def test_a_good_file_has_no_warning():
    found = read_837(GOOD.encode())
    assert (len(found.claims), found.refused, found.warnings) == (2, (), ())


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("IEA*1*000000017", "IEA*1*000000018", "control_number"),
        ("IEA*1*000000017", "IEA*2*000000017", "group_count"),
        ("IEA*1*000000017", "IEA*x*000000017", "group_count"),
        ("GE*1*17", "GE*1*18", "control_number"),
        ("GE*1*17", "GE*2*17", "set_count"),
        ("*250402*", "*25040*", "isa_length"),
        ("ISA*00*          *", "ISA*00**", "isa_length"),
        ("*SUB123         *ZZ*", "*SUB123*ZZ*", "isa_length"),
        ("*00501*", "*00401*", "version"),
        ("*T*:~", "*T*^~", "separators"),
        ("*T*:~", "*T*A~", "separators"),
        ("GS*HC*", "GS*HP*", "functional_id"),
        ("005010X222A1~\nBHT", "005010X999A1~\nBHT", "version"),
        ("ST*837*", "ST*276*", "transaction_kind"),
        ("GE*1*17~\n", "", "envelope_order"),
        ("GS*HC*", "GZ*HC*", "envelope_order"),
        ("HL*1**20*1~", "~HL*1**20*1~", "empty_segment"),
        ("HL*1**20*1~", "H L*1**20*1~", "segment_id"),
        ("HL*1**20*1~", "HL*1**2\x000*1~", "control_character"),
        ("HL*1**20*1~", "ZZZ*1~HL*1**20*1~", "segment_count"),
    ],
)  # fmt: skip
def test_one_change_breaks_it(old, new, code):
    assert old in GOOD
    assert code_of(GOOD.replace(old, new).encode()) == code


def test_set_trailer_must_fit():
    trailer = next(part for part in segments(GOOD) if part.startswith("SE*"))
    count = trailer.split("*")[1]
    assert code_of(GOOD.replace(trailer, f"SE*{count}*0002").encode()) == "control_number"
    assert code_of(GOOD.replace(trailer, f"SE*{int(count) + 1}*0001").encode()) == "segment_count"
    assert code_of(changed(GOOD, "HL*1**20*1", "XYZ*1")) == "segment_unknown"


def test_every_truncation_is_refused():
    whole = GOOD.rstrip()
    for length in range(len(whole)):
        with pytest.raises(X12Refused):
            read_837(whole[:length].encode())


@pytest.mark.parametrize(
    "content", [b"", b"   \r\n", b"hello", b"\x00\x01", b"ST", b"ISA", b"PK\x03\x04"]
)
def test_what_is_no_x12_is_refused(content):
    assert code_of(content) in {"empty", "not_x12", "truncated"}


@pytest.mark.parametrize(
    ("change", "warning"),
    [
        (lambda text: text.replace("\n", ""), None),
        (lambda text: text.replace("\n", "\r\n"), None),
        (lambda text: "\n\n" + text + "\n\n", None),
        (lambda text: text.replace("~\n", "\n"), None),
        (lambda text: text.replace("~\n", "\r"), None),
        (lambda text: text.replace("*", "|").replace("~", "\x1d"), None),
        (lambda text: text.replace("*^*00501*", "*U*00501*"), None),
        (lambda text: "\ufeff" + text, "byte_order_mark"),
        (lambda text: text.replace("2 OAK", "2 O\nAK"), "line_break"),
    ],
)
def test_layout_does_not_matter(change, warning):
    found = read_837(change(GOOD).encode())
    assert [claim.claim_id for claim in found.claims] == ["C2503-00001", "C2503-00002"]
    assert {note.code for note in found.warnings} == ({warning} if warning else set())


def test_other_encodings_are_read_and_said():
    assert read_837(GOOD.encode("utf-16")).warnings[0].code == "encoding"
    accented = GOOD.replace("NUNEZ", "NUÑEZ")
    assert read_837(accented.encode("cp1252")).claims[0].subscriber.family == "O'NEIL-NUÑEZ"
    assert (
        code_of(GOOD.replace("NUNEZ", "NU\x01EZ").encode().replace(b"\x01", b"\x81")) == "encoding"
    )


def test_several_interchanges_and_sets_are_all_read():
    second = written(claim(3)).text.replace("000000017", "000000018")
    found = read_envelope((GOOD + second).encode())
    assert [each.interchange_control for each in found.transaction_sets] == [
        "000000017",
        "000000018",
    ]
    assert code_of((GOOD + "junk").encode()) == "after_iea"


def test_a_bad_set_is_refused_whole_and_the_good_one_is_kept():
    parts = segments(GOOD)
    start = next(i for i, part in enumerate(parts) if part.startswith("ST*"))
    end = next(i for i, part in enumerate(parts) if part.startswith("SE*"))
    copy = [part.replace("*0001", "*0002") if part[:2] in ("ST", "SE") else part
            for part in parts[start : end + 1]]  # fmt: skip
    copy[-2] = copy[-2] + "*X*Y"
    copy = [part for part in copy if not part.startswith("DTP*472")]
    both = "~".join([*parts[: end + 1], *copy, "GE*2*17", parts[-1]]) + "~"
    found = read_837(both.encode())
    assert [claim.claim_id for claim in found.claims] == ["C2503-00001", "C2503-00002"]
    assert [refused.control for refused in found.refused] == ["0002"]
    assert "segment_count" in {problem.code for problem in found.refused[0].problems}


def test_a_position_points_at_the_segment():
    broken = GOOD.replace("GE*1*17", "GE*1*99")
    with pytest.raises(X12Refused) as refusal:
        read_837(broken.encode())
    problem = refusal.value.problems[0]
    assert broken[problem.position :].startswith("GE*1*99")
    assert segments(broken)[problem.segment_index - 1] == "GE*1*99"


def test_a_file_without_envelope_is_read_with_a_warning():
    bare = GOOD[GOOD.index("ST*837") : GOOD.index("GE*1*17")]
    found = read_837(bare.encode())
    assert len(found.claims) == 2
    assert [note.code for note in found.warnings] == ["envelope_missing"]
    assert code_of(bare[: len(bare) // 2].encode()) == "truncated"


def test_messages_hold_no_name_or_member_number():
    for old, new in (
        ("HL*1**20*1", "HL*1**20*1*O'NEIL"),
        ("NM1*IL*1", "NM1 IL*1"),
        ("DMG*D8*", "DMGG*"),
    ):
        with pytest.raises(X12Refused) as refusal:
            read_837(GOOD.replace(old, new).replace("SE*", "SE*9").encode())
        said = str(refusal.value) + "".join(map(str, refusal.value.problems))
        assert "NEIL" not in said
        assert "1S00A00" not in said


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (GOOD.encode(), "837P"),
        (GOOD.encode("utf-16"), "837P"),
        (GOOD[GOOD.index("ST*837") :].encode(), "837P"),
        (GOOD.replace("X222A1", "X223A2").encode(), "837I"),
        (GOOD.replace("ST*837", "ST*276").encode(), "276"),
        (REMITTANCE.encode(), "835"),
        (b"", "unknown"),
        (b"ISA", "unknown"),
        (b"STREET,CITY", "unknown"),
        (b"\x81\x8d\x8f", "unknown"),
        (b"\xc3", "unknown"),
    ],
)
def test_the_kind_of_a_file_is_told_at_a_glance(content, kind):
    assert kind_of(content) == kind


def test_a_file_of_too_many_segments_is_refused(monkeypatch):
    monkeypatch.setattr("ccm_core.exchange.x12.segments.MOST_SEGMENTS", 20)
    assert code_of(GOOD.encode()) == "too_large"


def _seconds_for(sets: int) -> float:
    """Processor time to read so many sets of one segment."""
    head = (
        "ISA*00*          *00*          *ZZ*13282          *ZZ*SUB123         *250420*0800*^*00501*"
    )
    body = "".join(f"ST*837*{at:06d}~BHT*0019~SE*3*{at:06d}~" for at in range(sets))
    text = (
        f"{head}000000031*0*T*:~GS*HC*1*2*20250420*0800*31*X*005010X222A1~{body}"
        f"GE*{sets}*31~IEA*1*000000031~"
    )
    before = time.process_time()
    assert len(read_envelope(text.encode()).transaction_sets) == sets
    return time.process_time() - before


def test_a_file_of_many_small_sets_is_read_in_proportion():
    few, many = (min(_seconds_for(sets) for _ in range(3)) for sets in (1_000, 16_000))
    assert many < 100 * few  # sixteen times as many: in proportion 16, by pairs 256
