"""Exports that come one after another: people late, words taken back, patients merged."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ccm_core.exchange import intake
from ccm_core.exchange.known import Stored
from ccm_core.exchange.report import Report
from ccm_core.exchange.withdrawn import STILL_COUNTS, STILL_TWO
from ccm_core.store import db, writing
from tests.exchange.makers import (
    PRACTICE,
    condition,
    encounter,
    lines,
    patient,
    require_identity,
    told,
)

Load = Callable[..., Report]
WRONG = {"verificationStatus": {"coding": [{"code": "entered-in-error"}]}}


@pytest.fixture
def load(store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    """Import resources as one file, in a transaction of its own."""
    monkeypatch.setenv("CCM_VAR_DIR", str(tmp_path))
    with db.session(store_url) as session:
        writing.save(session, PRACTICE.practice_id, [PRACTICE])

    def run(*resources: dict[str, Any]) -> Report:
        known_in = PRACTICE.practice_id
        with db.session(store_url) as session:
            content = ("x.ndjson", lines(*resources))
            staged = intake.stage([content], PRACTICE, known=Stored(session, known_in))
            report = intake.commit(staged, session)
        require_identity(report)
        return report

    return run


def consent(**more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Consent", "id": "k", "status": "active", "dateTime": "2025-01-15",
        "patient": {"reference": "Patient/a"}, "category": [{"text": "CCM"}], **more,
    }  # fmt: skip


def test_a_row_whose_patient_comes_later_is_taken_then(load: Load) -> None:
    assert told(load(consent())) == [(1, "patient_id", "I39")]
    load(patient())
    assert load(consent()).total("accepted") == 1


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (condition(), condition(**WRONG)),
        (consent(), consent(status="entered-in-error")),
        (consent(), consent(provision={"type": "deny"})),
        (encounter(), encounter(status="cancelled")),
    ],
)
def test_what_is_taken_back_is_told_to_count_still(
    before: dict[str, Any], after: dict[str, Any], load: Load
) -> None:
    load(patient(), before)
    (reject,) = load(after).rejects
    assert (reject.rule, reject.reason.endswith(STILL_COUNTS)) == ("I57", True)


def test_what_was_never_stored_is_only_rejected(load: Load) -> None:
    (reject,) = load(patient(), condition(**WRONG)).rejects
    assert STILL_COUNTS not in reject.reason


def test_patients_merged_after_both_were_stored_are_told(load: Load) -> None:
    load(patient("a"), patient("b"))
    link = [{"type": "replaced-by", "other": {"reference": "Patient/b"}}]
    report = load(patient("a", link=link), patient("b"))
    assert STILL_TWO in report.files[0].notes
