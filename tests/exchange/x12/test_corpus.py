"""Every variant of the corpus is read as it says, or refused with its code and a place."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ccm_core.exchange.x12.claims_in import read_837
from ccm_core.exchange.x12.problems import X12Refused
from ccm_core.exchange.x12.remit_in import read_835
from tests.exchange.x12 import corpus, corpus_remits
from tests.exchange.x12.made import REMITTANCE

WHOLE_FILE = {"empty", "encoding", "no_transaction_set", "too_large"}
OF_CLAIMS = [*corpus.layouts(corpus.CLAIMS), *corpus.envelopes(corpus.CLAIMS), *corpus.claims()]
OF_REMITTANCES = [*corpus.layouts(REMITTANCE), *corpus.envelopes(REMITTANCE),
                  *corpus_remits.remittances()]  # fmt: skip


def said(content, read):
    """What a file says, without the places where it says it."""
    found = read(content)
    assert not found.refused
    if read is read_837:
        return tuple(replace(one, segment_index=0) for one in found.claims), found
    plain = []
    for payment in found.remittances:
        claims = [
            replace(c, segment_index=0, lines=tuple(replace(ln, segment_index=0) for ln in c.lines))
            for c in payment.claims
        ]
        plain.append(replace(payment, claims=tuple(claims), is_test=True))
    return tuple(plain), found


def judge(variant, plain, read):
    if variant.code:
        with pytest.raises(X12Refused) as refusal:
            read(variant.content)
        errors = [one for one in refusal.value.problems if one.is_error]
        assert variant.code in {one.code for one in errors}, [str(one) for one in errors]
        named = next(one for one in errors if one.code == variant.code)
        assert variant.code in WHOLE_FILE or named.segment_index > 0
        return
    now, found = said(variant.content, read)
    assert {one.code for one in found.warnings} == variant.warnings
    assert (now == said(plain.encode(), read)[0]) == variant.is_same


@pytest.mark.parametrize("variant", OF_CLAIMS, ids=str)
def test_claims(variant):
    judge(variant, corpus.CLAIMS, read_837)


@pytest.mark.parametrize("variant", OF_REMITTANCES, ids=str)
def test_remittances(variant):
    judge(variant, REMITTANCE, read_835)


@pytest.mark.parametrize(
    ("plain", "read"), [(corpus.CLAIMS, read_837), (REMITTANCE, read_835)], ids=["837", "835"]
)
def test_no_part_of_a_file_is_taken_for_the_whole(plain, read):
    content = plain.rstrip().encode()
    for length in range(len(content)):
        with pytest.raises(X12Refused) as refusal:
            read(content[:length])
        assert refusal.value.problems


def test_two_interchanges_of_one_number_are_both_read_and_said():
    found = read_837((corpus.CLAIMS * 2).encode())
    assert len(found.claims) == 4
    assert [one.code for one in found.warnings] == ["interchange_twice"]


def test_two_sets_of_one_number_are_not_both_taken():
    isa, gs, *body, _, iea = corpus.segments(corpus.CLAIMS)
    both = "~".join([isa, gs, *body, *body, "GE*2*17", iea]) + "~"
    found = read_837(both.encode())
    assert len(found.claims) == 2
    assert [p.code for one in found.refused for p in one.problems] == ["control_number"]


def test_the_corpus_is_not_small():
    assert len(OF_CLAIMS) + len(OF_REMITTANCES) > 200
