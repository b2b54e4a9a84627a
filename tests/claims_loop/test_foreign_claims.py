"""A claims file made elsewhere: matched, audited, nothing stored."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from ccm_core.errors import ImportRefused, PermissionDenied
from ccm_core.program import claim_files, claim_run, foreign_claims
from ccm_core.store import db, writing
from ccm_core.store.claiming import batches
from tests.claims_loop.conftest import MONTH, practice_of, who

LEAD = who("billing_lead")


def file_of(url) -> str:
    """The claims of the month as a file; the store forgets that they were made."""
    practice = practice_of(url)
    with db.session(url, write=True) as session:
        claim_run.make(session, LEAD, practice, MONTH)
        made = claim_files.export(session, LEAD, practice, MONTH)
        session.rollback()
    return made.files[0].content.decode()


def check(url, text, asker=LEAD):
    with db.session(url, write=True) as session:
        return foreign_claims.check(session, asker, practice_of(url), "file.837", text.encode())


def test_our_own_claims_come_back_matched_and_not_blocked(url):
    text = file_of(url)
    found = check(url, text)
    assert len(found.claims) == text.count("CLM*")
    assert found.count("blocked", "unmatched") == 0
    assert {one.matched_by for one in found.claims} == {"member number"}
    with db.session(url) as session:
        assert batches.claims_of(session, practice_of(url).practice_id, MONTH) == []


def test_too_many_units_are_blocked_and_a_stranger_is_said(lite):
    text = file_of(lite)
    claims = text.split("CLM*")
    first = claims[1]
    greedy = first.replace("*UN*1*", "*UN*9*", 1)
    assert greedy != first
    found = check(lite, text.replace(first, greedy))
    bad = next(one for one in found.claims if one.status == "blocked")
    assert any(level == "BLOCK" for _, level, _ in bad.findings)
    member = text.split("*MI*")[1].split("~")[0]
    stranger = text.replace(member, "1S00A00AA99").replace("*D8*19", "*D8*18")
    lost = [one for one in check(lite, stranger).claims if one.status == "unmatched"]
    assert lost
    assert all(one.reason and one.segment_index for one in lost)


def test_a_claim_that_we_sent_under_another_number_is_seen_as_a_second_bill(lite):
    practice = practice_of(lite)
    with db.session(lite, write=True) as session:
        claim_run.make(session, LEAD, practice, MONTH)
        text = claim_files.export(session, LEAD, practice, MONTH).files[0].content.decode()
    assert check(lite, text).count("blocked") == 0
    number = text.split("CLM*")[1].split("*")[0]
    found = check(lite, text.replace(number, "OTHER-1"))
    assert next(one for one in found.claims if one.claim_id == "OTHER-1").status == "blocked"


def test_a_replacement_under_another_number_is_no_second_bill(lite):
    practice = practice_of(lite)
    with db.session(lite, write=True) as session:
        claim_run.make(session, LEAD, practice, MONTH)
        text = claim_files.export(session, LEAD, practice, MONTH).files[0].content.decode()
    claim = text.split("CLM*")[1]
    number = claim.split("*")[0]
    new = claim.replace(f"{number}*", "OTHER-1*", 1).replace(":B:1", ":B:7", 1)
    new = new.replace("HI*", f"REF*F8*{number}~\nHI*", 1)
    count = int(text.split("SE*")[1].split("*")[0])
    found = check(lite, text.replace(claim, new).replace(f"SE*{count}*", f"SE*{count + 1}*"))
    assert next(one for one in found.claims if one.claim_id == "OTHER-1").status != "blocked"


@pytest.mark.parametrize("broken", ["", "ISA*00", "hello", "ISA" + "*x" * 60])
def test_a_broken_file_is_refused_with_a_sentence(lite, broken):
    with pytest.raises(ImportRefused):
        check(lite, broken)


@pytest.mark.parametrize("role", ["care_manager", "consultant", "auditor"])
def test_others_may_not(lite, role):
    with pytest.raises(PermissionDenied):
        check(lite, "", who(role))


def institutional(text: str) -> str:
    """The same claims as a clinic would bill them (837I)."""
    for old, new in (
        ("X222A1", "X223A2"), (r"SV1\*(HC:[^*]*\*[^*]*\*UN\*[0-9]+)[^~]*", r"SV2*0521*\1"),
        (r"\*11:B:", "*71:A:"), (r"NM1\*82", "NM1*71"), (r"PRV\*PE", "PRV*AT"), (r"\*MB~", "*MA~"),
    ):  # fmt: skip
        text = re.sub(old, new, text)
    return text


@pytest.mark.parametrize("setting", ["rhc", "fqhc", "office"])
def test_a_clinics_file_is_matched_and_judged_by_its_setting(lite, setting):
    text = file_of(lite)
    plain = check(lite, text)
    practice = practice_of(lite)
    with db.session(lite, write=True) as session:
        writing.save(session, practice.practice_id, [replace(practice, setting=setting)])
    found = check(lite, institutional(text))
    assert [one.claim_id for one in found.claims] == [one.claim_id for one in plain.claims]
    assert found.count("unmatched") == 0
    assert ("setting" in [one.code for one in found.problems]) == (setting == "office")
    old = institutional(text.replace("HC:99490", "HC:G0511"))
    late = check(lite, old)
    assert late.count("blocked") >= sum("G0511" in one.codes for one in late.claims) > 0
