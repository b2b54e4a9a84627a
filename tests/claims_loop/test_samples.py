"""Self-audit samples: the same draw from the same seed, verdicts kept, the estimate as computed."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from ccm_core.claims.sampling import Verdict, error_rate, extrapolate
from ccm_core.errors import Conflict, PermissionDenied, UsageError
from ccm_core.program import samples
from ccm_core.store import db
from ccm_core.store.claiming import batches
from ccm_core.store.claiming import samples as kept
from ccm_core.store.claiming.samples import KeptVerdict
from tests.claims_loop.conftest import MONTH, practice_of, who
from tests.pages.page_text import listings, text_of
from tests.pages.signed_in import open_as

MANAGER = who("practice_manager")
DESIGN = samples.Design(
    "Autumn", "seed-1", MONTH.plus(-2), MONTH, 8, statuses=("paid", "submitted", "denied")
)


def make(url, design=DESIGN, asker=MANAGER):
    with db.session(url, write=True) as session:
        return samples.make(session, asker, practice_of(url), design)


def look(url, number, asker=MANAGER):
    with db.session(url) as session:
        return samples.open_sample(session, asker, practice_of(url), number)


def judge(url, number, item, is_error=False, usd="0", version=0, asker=MANAGER):
    with db.session(url, write=True) as session:
        said = KeptVerdict(item, version, is_error, Decimal(usd), "", "because")
        samples.judge(session, asker, practice_of(url), number, said)


@pytest.mark.parametrize("way", samples.WAYS)
def test_the_same_seed_draws_the_same_and_says_so(url, way):
    design = replace(DESIGN, stratify_by=way, size=12 if way == "practitioner" else 10)
    first = look(url, make(url, design))
    again = look(url, make(url, replace(design, name="Again")))
    other = look(url, make(url, replace(design, name="Other", seed="seed-2")))
    assert first.kept.sample == again.kept.sample
    assert first.kept.sample.item_ids != other.kept.sample.item_ids
    assert first.is_redrawn
    assert first.is_frame_same


def test_the_draw_stands_when_claims_change_and_the_page_is_told(lite):
    number = make(lite)
    with db.session(lite, write=True) as session:
        practice_id = practice_of(lite).practice_id
        frame = look(lite, number).kept.strata["frame"]["all"]
        batches.mark_lines(session, practice_id, frame[:1], "voided")
    found = look(lite, number)
    assert found.is_redrawn
    assert not found.is_frame_same


def test_verdicts_give_the_estimate_of_the_core(lite):
    number = make(lite)
    drawn = look(lite, number).kept.sample
    assert look(lite, number).estimate is None
    for place, item in enumerate(drawn.item_ids):
        judge(lite, number, item, place < 2, "61.57" if place < 2 else "0")
    found = look(lite, number)
    said = [
        Verdict(item, place < 2, Decimal("61.57") if place < 2 else Decimal(0))
        for place, item in enumerate(drawn.item_ids)
    ]
    assert found.estimate == extrapolate(drawn, said)
    assert found.rate is not None
    assert found.rate.interval == error_rate(said).interval
    assert found.missing == 0
    assert {one.reviewer for one in found.verdicts.values()} == {MANAGER.name}


def test_a_verdict_that_somebody_changed_is_not_written_over(lite):
    number = make(lite)
    item = look(lite, number).kept.sample.item_ids[0]
    judge(lite, number, item, True, "10")
    with pytest.raises(Conflict):
        judge(lite, number, item)
    judge(lite, number, item, version=1)
    with pytest.raises(Conflict):
        judge(lite, number, item, version=1)


def test_what_makes_no_sense_is_refused_with_a_sentence(lite):
    number = make(lite)
    with pytest.raises(UsageError, match="exists already"):
        make(lite)
    with pytest.raises(UsageError, match="not drawn"):
        judge(lite, number, "nothing")
    item = look(lite, number).kept.sample.item_ids[0]
    with pytest.raises(UsageError, match="no overpayment"):
        judge(lite, number, item, usd="5")
    for wrong in ("abc", "1.234", "NaN"):
        with pytest.raises(UsageError):
            samples.dollars(wrong)
    with pytest.raises(UsageError, match="holds"):
        make(lite, replace(DESIGN, name="Huge", size=4999))


@pytest.mark.parametrize("role", ["billing_lead", "auditor"])
def test_readers_read_and_do_not_judge(lite, role):
    number = make(lite)
    item = look(lite, number, who(role)).kept.sample.item_ids[0]
    with pytest.raises(PermissionDenied):
        judge(lite, number, item, asker=who(role))
    with pytest.raises(PermissionDenied):
        make(lite, replace(DESIGN, name="Mine"), who(role))


@pytest.mark.parametrize("role", ["care_manager", "consultant"])
def test_others_see_nothing(lite, role):
    number = make(lite)
    with pytest.raises(PermissionDenied):
        look(lite, number, who(role))


def test_the_work_paper_has_seed_frame_and_verdicts(lite):
    number = make(lite)
    found = look(lite, number)
    judge(lite, number, found.kept.sample.item_ids[0], True, "61.57")
    with db.session(lite, write=True) as session:
        paper = samples.paper_csv(session, who("auditor"), practice_of(lite), number)
    text = paper.decode("utf-8-sig")
    assert found.kept.frame_sha256 in text
    assert "seed-1" in text
    assert "61.57" in text
    assert all(item in text for item in found.kept.sample.item_ids)


def test_the_page_draws_judges_and_shows(lite, monkeypatch):
    monkeypatch.setenv("CCM_DATABASE_URL", lite)
    number = make(lite)
    at = open_as("practice_manager", "audit_samples")
    assert not at.exception
    assert "Draw a new sample" in str(at.expander)
    at = open_as("practice_manager", "audit_samples", sample=str(number))
    assert not at.exception
    rows = next(x for x in listings(at) if x["alt"].startswith("Work paper"))["rows"]
    at = open_as("practice_manager", "audit_samples", sample=str(number), item=rows[0]["key"])
    assert not at.exception
    at.radio[0].set_value("error")
    at.text_input[0].set_value("12.50")
    next(b for b in at.button if b.label == "Save the verdict").click().run()
    assert not at.exception
    assert look(lite, number).verdicts[rows[0]["key"]].overpaid_usd == Decimal("12.50")
    with db.session(lite) as session:
        assert len(kept.listed(session, practice_of(lite).practice_id)) == 1
    at = open_as("auditor", "audit_samples", sample=str(number), item=rows[0]["key"])
    assert not at.exception
    assert "Save the verdict" not in [b.label for b in at.button]
    assert "Error rate" in text_of(at)
