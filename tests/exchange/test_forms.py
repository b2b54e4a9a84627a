"""Templates come back in, mappings explain foreign headers, known exports need neither."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ccm_core import records
from ccm_core.errors import UsageError
from ccm_core.exchange import forms, intake, mapping, templates
from ccm_core.months import Month
from tests.exchange.makers import only, patients, stage, table


@pytest.mark.parametrize("kind", templates.kinds())
@pytest.mark.parametrize("made", [templates.csv_template, templates.xlsx_template])
def test_a_template_is_read_back_without_its_example(kind: str, made: Any) -> None:
    name = "mine.csv" if made is templates.csv_template else "mine.xlsx"
    (file,) = stage((name, made(kind))).report.files
    assert (file.kind, file.read, file.unused, file.error) == (kind, 0, 1, "")
    assert not file.unknown_columns


@pytest.mark.parametrize("kind", templates.kinds())
def test_the_example_row_is_a_good_row(kind: str) -> None:
    content = templates.csv_template(kind).replace(b"EXAMPLE-", b"X-")
    people = table(["patient_id", "family_name", "born_on"], [["X-1", "A", "1948-05-17"]])
    files = [("mine.csv", content)]
    if kind != "patients":
        files.append(("patients.csv", people))
    staged = stage(*files)
    assert not staged.report.rejects
    assert staged.report.files[0].accepted == 1


def test_every_record_of_a_practice_has_a_template() -> None:
    wanted = {"patients", "conditions", "consents", "care_plans", "time_entries", "stays", "visits",
              "coverage", "claims", "staff", "practitioners", "status_changes"}  # fmt: skip
    assert wanted <= set(templates.kinds())
    for kind in wanted - {"coverage"}:
        names = {column.name for column in forms.form(kind).columns.values()}
        assert all(column.meaning for column in forms.form(kind).columns.values()), names


def test_a_claim_with_everything() -> None:
    header = ["Claim Number", "MRN", "CPT", "Units", "Mod", "DOS", "Charge", "Dx", "Claim Status",
              "Paid Amount", "CARC"]  # fmt: skip
    row = ["C1", "a", "99490", "1", "25 59", "2025-03-31", "$1,075.00", "E11.9;I10", "Billed",
           "60.49", "CO-97"]  # fmt: skip
    staged = stage(("claims.csv", table(header, [row])), patients("a"))
    found = staged.files[0].items[0].draft.record
    assert found == records.ClaimLine(
        "C1", 1, "a", Month(2025, 3), "99490", 1, ("25", "59"), service_on=date(2025, 3, 31),
        diagnoses=("E11.9", "I10"), charge_usd=Decimal("1075.00"), status="submitted",
        paid_usd=Decimal("60.49"), adjustments=("CO-97",),
    )  # fmt: skip


def test_time_from_day_start_and_end_columns() -> None:
    header = ["Patient ID", "Date", "Start Time", "End Time", "Role"]
    row = ["a", "2025-03-04", "11:50 PM", "11:58 PM", "RN"]
    found = stage(("log.csv", table(header, [row])), patients("a")).files[0].items[0].draft.record
    assert (found.seconds, found.actor) == (480, "clinical_staff")
    assert found.started_at.isoformat() == "2025-03-05T04:50:00+00:00"


FOREIGN = table(["Kundennr", "Wann", "Dauer", "Wer"], [["a", "04.03.2025 10:00", "7", "Schwester"]])
SAID = {
    "log*.csv": {
        "kind": "time_entries",
        "columns": {"Kundennr": "patient_id", "Wann": "started_at", "Dauer": "minutes",
                    "Wer": "actor"},
        "values": {"actor": {"Schwester": "clinical_staff"}},
        "constants": {"activity": "Phone call"},
        "date_format": "dmy",
        "time_zone": "Europe/Berlin",
    }
}  # fmt: skip


def test_a_mapping_explains_foreign_headers() -> None:
    assert stage(("log1.csv", FOREIGN)).report.questions
    staged = stage(("log1.csv", FOREIGN), patients("a"), mapping=SAID)
    found = staged.files[0].items[0].draft.record
    assert found.started_at.isoformat() == "2025-03-04T09:00:00+00:00"
    assert (found.actor, found.activity, found.seconds) == ("clinical_staff", "Phone call", 420)


def test_a_mapping_file_is_json_or_toml(tmp_path: Path) -> None:
    as_json, as_toml = tmp_path / "m.json", tmp_path / "m.toml"
    as_json.write_text(json.dumps({"a.csv": {"kind": "patients", "columns": {"X": None}}}))
    as_toml.write_text('["a.csv"]\nkind = "patients"\ncolumns = { X = "" }\n')
    assert mapping.load(as_json) == mapping.load(as_toml)


@pytest.mark.parametrize(
    ("said", "match"),
    [
        ({"a.csv": {"kind": "patient"}}, "not a kind"),
        ({"a.csv": {"kind": "patients", "columns": {"X": "shoe_size"}}}, "shoe_size"),
        ({"a.csv": {"colums": {}}}, "colums"),
        ({"a.csv": {"date_format": "american"}}, "date_format"),
        ({"a.csv": {"time_zone": "Mars/Olympus"}}, "time zone"),
        ({"a.csv": []}, "not an object"),
        ([], "object"),
    ],
)
def test_a_wrong_mapping_says_what_is_wrong(said: Any, match: str) -> None:
    with pytest.raises(UsageError, match=match):
        mapping.of(said)


def test_a_mapping_of_a_column_that_is_not_there_is_a_question() -> None:
    said = {"log1.csv": {"kind": "time_entries", "columns": {"Nope": "patient_id"}}}
    (question,) = stage(("log1.csv", FOREIGN), mapping=said).report.questions
    assert (question.about, "Nope" in question.text) == ("columns", True)


UUID = "87ba3fec-791b-4565-87b6-cf9ce1dec85"
SYNTHEA = {
    "patients.csv": "Id,BIRTHDATE,DEATHDATE,SSN,DRIVERS,PASSPORT,PREFIX,FIRST,MIDDLE,LAST,SUFFIX,"
    "MAIDEN,MARITAL,RACE,ETHNICITY,GENDER,BIRTHPLACE,ADDRESS,CITY,STATE,COUNTY,FIPS,ZIP,LAT,LON,"
    "HEALTHCARE_EXPENSES,HEALTHCARE_COVERAGE,INCOME\n"
    f"{UUID}1,1940-03-29,2020-01-05,999-47-2873,,,Mr.,Bert593,M,Schneider199,,,,white,irish,M,"
    "Boston,1 Way,Boston,Massachusetts,Suffolk,25025,02108,42.1,-71.2,1.5,2.5,10\n",
    "conditions.csv": "START,STOP,PATIENT,ENCOUNTER,SYSTEM,CODE,DESCRIPTION\n"
    f"2010-05-21,,{UUID}1,{UUID}2,http://snomed.info/sct,44054006,Diabetes mellitus type 2\n",
    "encounters.csv": "Id,START,STOP,PATIENT,ORGANIZATION,PROVIDER,PAYER,ENCOUNTERCLASS,CODE,"
    "DESCRIPTION,BASE_ENCOUNTER_COST,TOTAL_CLAIM_COST,PAYER_COVERAGE,REASONCODE,REASONDESCRIPTION\n"
    f"{UUID}3,2018-03-01T09:00:00Z,2018-03-01T09:30:00Z,{UUID}1,{UUID}4,{UUID}5,{UUID}6,wellness,"
    "162673000,General exam,1,1,0,,\n"
    f"{UUID}7,2018-03-01T09:00:00Z,2018-03-05T09:30:00Z,{UUID}1,{UUID}4,{UUID}5,{UUID}6,inpatient,"
    "32485007,Hospital admission,1,1,0,,\n"
    f"{UUID}8,2018-03-05T09:00:00Z,2018-03-25T09:30:00Z,{UUID}1,{UUID}4,{UUID}5,{UUID}6,snf,"
    "449411000124106,Admission to skilled nursing facility,1,1,0,,\n",
    "careplans.csv": "Id,START,STOP,PATIENT,ENCOUNTER,CODE,DESCRIPTION,REASONCODE,"
    "REASONDESCRIPTION\n"
    f"{UUID}9,2010-05-21,,{UUID}1,{UUID}2,698360004,Diabetes self management plan,44054006,DM2\n",
    "payer_transitions.csv": "PATIENT,MEMBERID,START_DATE,END_DATE,PAYER,SECONDARY_PAYER,"
    "PLAN_OWNERSHIP,OWNER_NAME\n"
    f"{UUID}1,{UUID}a,2005-03-29T00:00:00Z,2020-01-05T00:00:00Z,{UUID}6,,Self,Bert\n",
    "payers.csv": "Id,NAME,OWNERSHIP,ADDRESS,CITY,STATE_HEADQUARTERED,ZIP,PHONE\n"
    f"{UUID}6,Medicare,GOVERNMENT,x,Baltimore,MD,21244,1-800\n",
    "providers.csv": "Id,ORGANIZATION,NAME,GENDER,SPECIALITY,ADDRESS,CITY,STATE,ZIP,LAT,LON,"
    "ENCOUNTERS,PROCEDURES\n"
    f"{UUID}5,{UUID}4,Ann Doc,F,GENERAL PRACTICE,x,Boston,MA,02108,42,-71,3,4\n",
    "organizations.csv": "Id,NAME,ADDRESS,CITY,STATE,ZIP,LAT,LON,PHONE,REVENUE,UTILIZATION\n"
    f"{UUID}4,Clinic,x,Boston,MA,02108,42,-71,1,0,3\n",
    "observations.csv": "DATE,PATIENT,ENCOUNTER,CATEGORY,CODE,DESCRIPTION,VALUE,UNITS,TYPE\n"
    f"2018-03-01T09:00:00Z,{UUID}1,{UUID}3,vital-signs,8302-2,Height,170,cm,numeric\n",
}  # fmt: skip


def synthea(**changed: str) -> intake.Staged:
    files = {**SYNTHEA, **{f"{name}.csv": text for name, text in changed.items()}}
    return stage(*((name, text.encode()) for name, text in files.items()))


def test_a_synthea_export_needs_no_mapping() -> None:
    staged = synthea()
    assert staged.report.is_readable
    assert not staged.report.rejects
    kinds = {one.name: one.kind for one in staged.report.files}
    assert kinds["observations.csv"] == kinds["organizations.csv"] == "unused"
    assert kinds["payers.csv"] == "look-up"
    found: dict[str, list[Any]] = {}
    for one in intake.drafts(staged):
        found.setdefault(type(one.record).__name__, []).append(one.record)
    (person,) = found["Patient"]
    assert (person.zip5, person.state, person.sex, person.status) == (
        "02108",
        "MA",
        "M",
        "deceased",
    )
    assert found["Condition"][0].is_chronic
    assert [one.kind for one in found["Visit"]] == ["wellness"]
    assert [one.kind for one in found["Stay"]] == ["hospital", "snf_part_a"]
    assert found["CarePlan"][0].condition_codes == {"44054006"}
    (cover,) = found["Payer"]
    assert (cover.kind, cover.name, cover.from_on) == ("medicare", "Medicare", date(2005, 3, 29))
    assert found["Practitioner"][0].name == "Ann Doc"


def test_older_spellings_of_synthea() -> None:
    staged = synthea(
        patients=SYNTHEA["patients.csv"].replace("Id,", "ID,", 1).replace("02108", "2108.0"),
        conditions="START,STOP,PATIENT,ENCOUNTER,CODE,DESCRIPTION\n"
        f"2010-05-21,2011-01-01,{UUID}1,{UUID}2,44054006,Diabetes\n",
        payer_transitions=f"PATIENT,START_YEAR,END_YEAR,PAYER,OWNERSHIP\n{UUID}1,2005,2020,"
        f"{UUID}f,Self\n",
        encounters="ID,START,STOP,PATIENT,CODE,DESCRIPTION,COST,REASONCODE,REASONDESCRIPTION\n"
        f"{UUID}3,2018-03-01,2018-03-01,{UUID}1,185345009,Encounter for symptom,1,,\n",
    )
    assert not staged.report.rejects
    assert staged.report.is_readable
    found = {type(one.record).__name__: one.record for one in intake.drafts(staged)}
    assert found["Patient"].zip5 == "02108"
    assert (found["Payer"].kind, found["Payer"].to_on) == ("unknown", date(2020, 12, 31))


def test_two_files_of_one_header_are_told_by_name_or_asked() -> None:
    header = "START,STOP,PATIENT,ENCOUNTER,CODE,DESCRIPTION\n"
    allergies = (
        "allergies.csv",
        (header + f"1973-11-02,,{UUID}1,{UUID}2,300913006,Nuts\n").encode(),
    )
    assert stage(allergies).report.files[0].kind == "unused"


def test_only_one_record_is_made_of_a_row() -> None:
    assert only(stage(patients("a"))).patient_id == "a"
