"""Whatever the bytes: a file that was read, or a typed refusal. Never another exception."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from ccm_core.exchange.x12.claims_in import read_837
from ccm_core.exchange.x12.envelope import read_envelope
from ccm_core.exchange.x12.problems import X12Refused
from ccm_core.exchange.x12.remit_in import read_835
from tests.exchange.x12.made import REMITTANCE, claim, written

SEEDS = (written(claim(1), claim(2)).text, REMITTANCE)
MARKS = [
    "*", "~", ":", "^", ">", "\n", "", "-", ".", "0", "9" * 30, "\u00b2",
    "\u0661", "\x00", "\u00e9",
    "\ufeff", "ISA", "ST*837*1~", "SE*1*1~", "GE*1*1~", "NaN", "1E5", "HL*9*1*22~", "CLM*", "LX*1~",
    "PLB*", "SVC*HC:~", "CAS*CO~", "HI*~", "SV1*~", "DTP*472*D8*~", "CLP*~", "N1*PR~",
]  # fmt: skip


def read_both(content: bytes) -> None:
    """Read as claims and as a remittance; of a set that was taken, nothing may be missing."""
    try:
        claims = read_837(content).claims
        found = (len(claims), sum(len(claim.lines) for claim in claims))
        assert found == (count(content, "837", "CLM"), count(content, "837", "SV1"))
    except X12Refused:
        pass
    try:
        payments = read_835(content).remittances
        paid = [claim for payment in payments for claim in payment.claims]
        assert len(paid) == count(content, "835", "CLP")
        assert sum(len(claim.lines) for claim in paid) == count(content, "835", "SVC")
    except X12Refused:
        pass


def count(content: bytes, kind: str, name: str) -> int:
    """Segments of that name in the file's transaction sets; refused sets make it unequal."""
    return sum(
        segment.id == name
        for one in read_envelope(content).transaction_sets
        if one.kind == kind and not one.is_refused
        for segment in one.segments
    )


@given(st.binary(max_size=400))
@settings(max_examples=200, deadline=None)
def test_any_bytes(content):
    read_both(content)


@st.composite
def mutated(draw) -> bytes:
    text = draw(st.sampled_from(SEEDS))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(text)))
        length = draw(st.sampled_from([0, 1, 1, 2, 5, 40]))
        text = text[:at] + draw(st.sampled_from(MARKS)) + text[at + length :]
    return text.encode("utf-8")


@given(mutated())
@settings(max_examples=600, deadline=None)
def test_mutated_files(content):
    read_both(content)


@st.composite
def reshuffled(draw) -> bytes:
    """Whole segments dropped, doubled or moved, with the count set right again."""
    parts = draw(st.sampled_from(SEEDS)).split("~\n")[:-1]
    start = next(i for i, part in enumerate(parts) if part.startswith("ST*")) + 1
    end = next(i for i, part in enumerate(parts) if part.startswith("SE*"))
    body = parts[start:end]
    for _ in range(draw(st.integers(1, 5))):
        at = draw(st.integers(0, len(body) - 1))
        one = body.pop(at) if draw(st.booleans()) else body[at]
        if draw(st.booleans()):
            body.insert(draw(st.integers(0, len(body))), one)
        if draw(st.booleans()) and body:
            at = draw(st.integers(0, len(body) - 1))
            cells = body[at].split("*")
            body[at] = "*".join(cells[: draw(st.integers(1, len(cells)))])
    control = parts[end].split("*")[2]
    return "~\n".join(
        [*parts[:start], *body, f"SE*{len(body) + 2}*{control}", *parts[end + 1 :], ""]
    ).encode()


@given(reshuffled())
@settings(max_examples=600, deadline=None)
def test_reshuffled_segments(content):
    read_both(content)
