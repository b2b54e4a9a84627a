"""Exports that this project did not write load whole, and a second time not at all."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from ccm_core import records
from ccm_core.exchange import intake, running
from ccm_core.store import db, reading
from tests.exchange.makers import PRACTICE, require_identity


@pytest.fixture
def samples(shared_folder: Path) -> Path:
    return shared_folder / "samples"


def by_type(staged: intake.Staged) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for one in intake.drafts(staged):
        found.setdefault(type(one.record).__name__, []).append(one.record)
    return found


def test_the_bulk_export_is_what_its_readme_says(samples: Path) -> None:
    staged = intake.stage([samples / "fhir-bulk-10"], PRACTICE)
    require_identity(staged.report)
    assert not staged.report.rejects
    assert staged.report.is_readable
    found = by_type(staged)
    assert len(found["Patient"]) == 13
    assert sum(one.died_on is None and one.status != "deceased" for one in found["Patient"]) == 10
    assert len(found["Condition"]) == 555
    assert all(one.system == "snomed" for one in found["Condition"])
    assert sum(one.ended_on is None for one in found["Condition"]) == 107
    assert len(found["Visit"]) + len(found["Stay"]) == 1215
    kinds = Counter(one.kind for one in found["Stay"])
    assert kinds == {"hospital": 48, "home_health": 5, "hospice": 4, "snf_part_a": 1}
    assert sum(one.kind == "emergency" for one in found["Visit"]) == 23
    assert not {one.code for one in found["Visit"]} - {""}
    assert len(found["Practitioner"]) == 43
    assert all(one.credential for one in found["Practitioner"])
    assert "Payer" not in found


def test_the_csv_export_is_what_its_readme_says(samples: Path) -> None:
    staged = intake.stage([samples / "synthea-csv-ibm"], PRACTICE)
    require_identity(staged.report)
    assert not staged.report.rejects
    found = by_type(staged)
    assert len(found["Patient"]) == 1000
    assert sum(one.died_on is None for one in found["Patient"]) == 907
    assert len(found["Condition"]) == 20512
    assert {len(one.zip5) for one in found["Patient"]} <= {0, 5}


def test_a_second_import_changes_nothing(store_url: str, samples: Path) -> None:
    first = running.run([samples / "fhir-bulk-10"], store_url)
    second = running.run([samples / "fhir-bulk-10"], store_url)
    require_identity(second)
    assert first.total("accepted") == first.total("read") == 13 + 555 + 1215 + 43
    assert (second.total("accepted"), second.total("duplicate")) == (0, first.total("read"))
    with db.session(store_url) as session:
        assert reading.practice(session) == records.Practice("practice", "My practice")
