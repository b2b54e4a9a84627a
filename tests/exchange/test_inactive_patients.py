"""Patients whom an export calls inactive are not billed without a question."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ccm_core.exchange import intake
from ccm_core.exchange.drafts import INACTIVE
from tests.exchange.makers import PATIENT_HEADER, lines, only, patient, stage, table

ROW = ["a", "Family", "Given", "1948-05-17", "", "66202", ""]


def one(header: str, said: str, **more: str):
    names = [*PATIENT_HEADER, header, *more]
    return stage(("patients.csv", table(names, [[*ROW, said, *more.values()]])))


def is_told(staged) -> bool:
    return INACTIVE in staged.report.files[0].notes


@pytest.mark.parametrize(
    ("header", "said", "status"),
    [
        ("Active", "N", "ineligible"), ("Active", "No", "ineligible"),
        ("Active", "0", "ineligible"), ("Active", "0.0", "ineligible"),
        ("Is Active", "FALSE", "ineligible"), ("Patient Status", "Inactive", "ineligible"),
        ("Patient Status", "Deceased", "deceased"), ("Patient Status", "Active", "eligible"),
        ("Active", "Y", "eligible"), ("Active", "1", "eligible"), ("Active", "", "eligible"),
        ("Active", "Some word", "eligible"), ("Status", "Inactive", "unenrolled"),
    ],
)  # fmt: skip
def test_tables(header: str, said: str, status: str) -> None:
    staged = one(header, said)
    assert only(staged).status == status
    assert is_told(staged) is (status == "ineligible")


def test_a_word_that_says_neither_is_told() -> None:
    assert "neither" in " ".join(one("Active", "Some word").report.files[0].notes)


@pytest.mark.parametrize(("said", "status"), [("Enrolled", "ineligible"), ("Declined", "declined")])
def test_beside_a_status_of_the_program(said: str, status: str) -> None:
    assert only(one("Active", "N", **{"CCM Status": said})).status == status


def test_death_goes_before() -> None:
    assert only(one("Active", "N", Deceased="Yes")).status == "deceased"


def test_fhir() -> None:
    staged = stage(("x.ndjson", lines(patient(active=False))))
    assert (only(staged).status, is_told(staged)) == ("ineligible", True)
    assert only(stage(("x.ndjson", lines(patient(active=True))))).status == "eligible"


@pytest.mark.parametrize(
    ("stored", "after"),
    [("eligible", "ineligible"), ("consented", "consented"), ("paused", "paused")],
)
def test_a_status_that_people_set_stays(stored: str, after: str) -> None:
    (draft,) = intake.drafts(one("Active", "N"))
    assert draft.onto(replace(draft.record, status=stored)).status == after
