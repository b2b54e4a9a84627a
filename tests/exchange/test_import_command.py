"""``ccm import``: the shape of its JSON and its exit status."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from ccm_core.cli import app
from ccm_core.months import Month
from ccm_core.store import db, queries, reading, results
from ccm_core.store.results import standing
from tests.exchange.makers import patients


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CCM_VAR_DIR", str(tmp_path / "var"))
    made = tmp_path / "export"
    made.mkdir()
    (made / "patients.csv").write_bytes(patients("a", "b")[1])
    return made


def run(folder: Path, *more: str) -> Result:
    url = f"sqlite:///{folder.parent / 'store.sqlite3'}"
    return CliRunner().invoke(app, ["import", str(folder), "--db", url, *more])


def counts(result: Result) -> list[tuple[str, int, int, int, int]]:
    return [
        (one["kind"], one["read"], one["accepted"], one["rejected"], one["duplicate"])
        for one in json.loads(result.stdout)["files"]
    ]


def test_a_good_import_and_the_same_again(folder: Path) -> None:
    dry, first, second = run(folder, "--dry-run"), run(folder), run(folder)
    assert [one.exit_code for one in (dry, first, second)] == [0, 0, 0]
    assert counts(dry) == counts(first) == [("patients", 2, 2, 0, 0)]
    assert counts(second) == [("patients", 2, 0, 0, 2)]


def test_a_dry_run_without_a_database_leaves_none(folder: Path) -> None:
    """An empty one in its place would let ``ccm audit`` say that a month has no case."""
    assert json.loads(run(folder, "--dry-run").stdout)["status"] == "dry_run"
    assert [one for one in folder.parent.rglob("*") if "sqlite3" in one.name] == []
    refused = run(folder, "--dry-run", "--time-zone", "Mars/Olympus")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert not (folder.parent / "store.sqlite3").exists()


def test_a_folder_without_files_imports_nothing(folder: Path) -> None:
    (folder / "patients.csv").unlink()
    for more in ([], ["--dry-run"]):
        result = run(folder, *more)
        assert (result.exit_code, result.stdout) == (2, "")
        assert "No file was found" in result.stderr


def test_rejected_rows_give_status_1(folder: Path) -> None:
    (folder / "conditions.csv").write_text("patient_id,code\na,E11.9\nzz,I10\n")
    result = run(folder)
    assert result.exit_code == 1
    (reject,) = json.loads(result.stdout)["rejects"]
    assert (reject["file"], reject["line"], reject["column"], reject["rule"]) == (
        "conditions.csv", 3, "patient_id", "I39",
    )  # fmt: skip


def test_an_open_question_gives_status_2_until_a_mapping_answers(folder: Path) -> None:
    (folder / "log.csv").write_text("Who,When,Spent\na,03/04/2025 10:00,12\n")
    result = run(folder)
    assert (result.exit_code, "log.csv" in result.stderr) == (2, True)
    assert json.loads(result.stdout)["questions"][0]["file"] == "log.csv"
    said = folder.parent / "mapping.json"
    said.write_text(json.dumps({"log.csv": {
        "kind": "time_entries", "date_format": "mdy",
        "columns": {"Who": "patient_id", "When": "started_at", "Spent": "minutes"},
    }}))  # fmt: skip
    answered = run(folder, "--mapping", str(said), "--no-audit")
    assert answered.exit_code == 0
    assert json.loads(answered.stdout)["committed"]


@pytest.mark.parametrize(
    "more", [["--mapping", "nowhere.json"], ["--time-zone", "Mars/Olympus"], ["--db", "mysql://x"]]
)
def test_wrong_usage_gives_status_2_and_a_sentence(folder: Path, more: list[str]) -> None:
    result = run(folder, *more)
    assert result.exit_code == 2
    assert result.stderr.strip()
    assert "Traceback" not in result.stderr


def test_a_path_that_is_not_there(folder: Path) -> None:
    assert run(folder / "nothing").exit_code == 2


def test_a_refused_import_cannot_be_mistaken_for_one_that_was_stored(folder: Path) -> None:
    (folder / "conditions.csv").write_text("patient_id,code\na,E11.9\nzz,I10\n")
    (folder / "log.csv").write_text("Who,When,Spent\na,03/04/2025 10:00,12\n")
    result = run(folder)
    said = json.loads(result.stdout)
    assert (result.exit_code, said["status"], said["committed"]) == (2, "refused", False)
    assert [
        (one["name"], one["read"], one["accepted"], one["rejected"], one["held_back"])
        for one in said["files"]
    ] == [("conditions.csv", 1, 0, 1, 1), ("log.csv", 0, 0, 0, 0), ("patients.csv", 0, 0, 0, 2)]
    assert [(one["file"], one["rule"]) for one in said["refusals"]] == [("log.csv", "I08")]
    (folder / "log.csv").unlink()
    assert json.loads(run(folder, "--dry-run").stdout)["status"] == "dry_run"
    stored = json.loads(run(folder, "--no-audit").stdout)
    assert (stored["status"], stored["refusals"]) == ("stored", [])
    assert "held_back" not in stored["files"][0]


def test_what_names_no_month_makes_audited_months_follow(folder: Path, monkeypatch) -> None:
    """A stay that comes alone bars time of a month whose results were there before it."""
    (folder / "time.csv").write_text(
        "entry_id,patient_id,started_at,seconds,actor\n"
        + "".join(
            f"t{month},a,2025-{month:02d}-10T15:00:00Z,1800,clinical_staff\n"
            for month in range(1, 6)
        )
    )
    assert run(folder).exit_code == 0
    url = f"sqlite:///{folder.parent / 'store.sqlite3'}"
    months = [Month(2025, number) for number in range(1, 6)]
    with db.session(url) as session:
        practice = reading.practice(session)
        for month in months:
            results.refresh(session, practice.practice_id, month)
        assert not standing.outdated(session, practice, months)
    for file in folder.iterdir():
        file.unlink()
    (folder / "stays.csv").write_text(
        "stay_id,patient_id,kind,from_on,to_on\ns1,a,inpatient,2025-01-01,2025-05-31\n"
    )
    assert run(folder).exit_code == 0
    with db.session(url) as session:
        said = [
            "O01"
            in {one.rule for one in queries.findings_of(session, practice.practice_id, "a", m)}
            for m in months
        ]
        assert standing.outdated(session, practice, months) == tuple(months[:2])
        assert said == [False, False, True, True, True]
        for month in months[:2]:
            results.refresh(session, practice.practice_id, month)
        assert not standing.outdated(session, practice, months)
    assert run(folder).exit_code == 0, "the same again touches nothing"
    with db.session(url) as session:
        assert not standing.outdated(session, practice, months)
    db.dispose(url)
