"""Chronic or not: AHRQ's indicator for ICD-10-CM, our own map for SNOMED CT."""

from __future__ import annotations

import csv
import json
from collections import Counter, defaultdict
from datetime import date
from pathlib import Path

import pytest

from ccm_core import sources
from ccm_core.chronic import UNKNOWN, group_of, is_incomplete, is_shaped, propose

DATA = Path(__file__).resolve().parents[2] / "data"
DAY = date(2025, 3, 1)


def lines(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def icd(code: str):
    return propose(code, "ICD-10-CM", DAY)


def snomed(code: str):
    return propose(code, "http://snomed.info/sct", DAY)


@pytest.mark.parametrize("code", ["E11.9", "e11.9", "E119", " e119 "])
@pytest.mark.parametrize(
    "system", ["ICD-10-CM", "icd10cm", "ICD10", "http://hl7.org/fhir/sid/icd-10-cm"]
)
def test_icd10_is_read_with_or_without_dot_in_any_case(code, system):
    found = propose(code, system, DAY)
    assert (found.is_chronic, found.group) == (True, "diabetes")
    assert found.label == "Type 2 diabetes mellitus without complications"
    assert sources.source(found.cite).authority == "AHRQ HCUP"


@pytest.mark.parametrize(
    ("code", "is_chronic", "group"),
    [
        ("I10", True, "hypertension"),
        ("N18.30", True, "ckd"),
        ("N18.6", True, "ckd"),
        ("J44.9", True, "copd"),
        ("I50.22", True, "heart_failure"),
        ("F01.50", True, "dementia"),
        ("G30.9", True, "dementia"),
        ("J01.90", False, "J01"),
        ("J18.9", False, "J18"),
        ("R73.03", False, "R73"),
        ("S72.001A", False, "S72"),
        ("Z21", None, "hiv"),
        ("Z94.0", None, "kidney_transplant"),
    ],
)
def test_icd10(code, is_chronic, group):
    assert (icd(code).is_chronic, icd(code).group) == (is_chronic, group)


@pytest.mark.parametrize(
    "code", ["E", "E1", "E11.99", "E1199", "", "XYZ", "44054006", "E11.9,1", "é"]
)
def test_an_unknown_icd10_code_is_undecided(code):
    assert icd(code) == UNKNOWN


@pytest.mark.parametrize("code", ["E11", "e11.2", "I50", "I50.2"])
def test_a_heading_is_chronic_where_all_below_it_are(code):
    assert icd(code).is_chronic is True
    assert icd(code).group == icd(code[:3]).group
    assert propose(code, "icd10cm", date(2015, 9, 30)) == UNKNOWN


def test_a_heading_is_undecided_where_those_below_it_differ():
    flags = defaultdict(set)
    for row in lines(DATA / "chronic_icd10.csv"):
        flags[row["icd10cm"][:3]].add(row["ccir"])
    codes = {row["icd10cm"] for row in lines(DATA / "chronic_icd10.csv")}
    # Some headings were codes once: J82 until 2020.
    differ = [one for one, said in flags.items() if {"0", "1"} <= said and one not in codes]
    assert len(differ) > 100
    assert {icd(one) for one in differ} == {UNKNOWN}
    assert all(map(is_incomplete, differ))


@pytest.mark.parametrize(
    ("code", "is_short"),
    [("E11", True), ("e11.", True), ("E11.9", False), ("I10", False), ("Z99.99Z", False),
     ("ZZZ", True), ("44054006", True), ("", False)],
)  # fmt: skip
def test_what_lacks_characters(code, is_short):
    assert is_incomplete(code) is is_short


def test_an_unknown_system_is_undecided():
    assert propose("E11.9", "LOINC", DAY) == UNKNOWN
    assert propose("E11.9", "", DAY) == UNKNOWN
    assert propose("E11.9", "ICD-9-CM", DAY) == UNKNOWN


def test_before_icd10cm_began_nothing_is_proposed():
    assert propose("E11.9", "ICD-10-CM", date(2015, 9, 30)) == UNKNOWN
    assert propose("E11.9", "ICD-10-CM", date(2015, 10, 1)).is_chronic


def test_two_codes_of_one_disease_share_a_group():
    pairs = [("E11.9", "E10.65"), ("I10", "I11.9"), ("N18.4", "N18.6"), ("M16.0", "M17.9")]
    for one, other in pairs:
        assert icd(one).group == icd(other).group
    assert snomed("44054006").group == icd("E11.42").group == snomed("368581000119106").group
    assert snomed("38341003").group == snomed("59621000").group == icd("I10").group


def test_the_longest_prefix_decides_the_group():
    assert group_of("I09.81", DAY)[0] == "heart_failure"
    assert group_of("K86.1", DAY)[0] == "chronic_pancreatitis"
    assert group_of("K86.8", DAY) == ("K86", "")


@pytest.mark.parametrize("system", ["http://snomed.info/sct", "SNOMED-CT", "snomed", "SNOMED CT"])
def test_snomed_systems(system):
    assert propose("44054006", system, DAY).is_chronic


@pytest.mark.parametrize(
    "code",
    [
        "44054006", "46635009", "59621000", "431855005", "431856006", "433144002", "431857002",
        "433146000", "46177005", "88805009", "84114007", "13645005", "87433001", "63480004",
        "185086009", "195967001", "49436004", "53741008", "26929004", "370143000", "239873007",
        "69896004", "64859006", "82423001", "84757009", "254837009", "363406005", "254637007",
        "55822004", "40930008", "414916001", "78275009", "422034002", "271737000", "90560007",
        "200936003", "24700007", "49049000", "86406008", "128302006", "190905008",
    ],
)  # fmt: skip
def test_diseases_that_care_management_is_for(code):
    found = snomed(code)
    assert found.is_chronic is True
    assert found.group
    assert found.label


@pytest.mark.parametrize(
    "code",
    [
        "444814009", "195662009", "10509002", "65363002", "44465007", "233604007", "91302008",
        "72892002", "22298006", "410429000", "706870000", "132281000119108", "14669001",
        "840539006", "15777000", "714628002", "80394007", "160903007", "73595000", "422650009",
        "105531004", "266948004", "713458007", "449868002", "162573006", "68496003",
    ],
)  # fmt: skip
def test_acute_events_findings_and_circumstances(code):
    assert snomed(code).is_chronic is False


@pytest.mark.parametrize("code", ["1", "", "427089005", "E11.9", "44054006x"])
def test_an_unknown_snomed_code_is_undecided(code):
    assert snomed(code) == UNKNOWN


MAP = lines(DATA / "snomed_chronic.csv")


def test_the_map_is_chronic_only_where_ahrq_is():
    for row in MAP:
        by_icd = icd(row["icd10cm"])
        assert (by_icd == UNKNOWN) == (row["icd10cm"] == ""), row
        assert row["group"] == (by_icd.group or "none"), row
        if row["is_chronic"] == "1":
            assert by_icd.is_chronic is True, row


def test_the_map_holds_well_formed_identifiers_and_own_labels():
    assert len({row["snomed"] for row in MAP}) == len(MAP)
    for row in MAP:
        assert is_verhoeff(row["snomed"]), row
        assert "(" not in row["label"], row
    assert [row["snomed"] for row in MAP] == sorted(row["snomed"] for row in MAP)


def is_verhoeff(digits: str) -> bool:
    """The check digit of SNOMED CT identifiers: products in the dihedral group of order ten."""
    permutation = [list(range(10)), [1, 5, 7, 6, 2, 8, 3, 0, 9, 4]]
    while len(permutation) < 8:
        permutation.append([permutation[-1][value] for value in permutation[1]])
    state = 0
    for place, digit in enumerate(reversed(digits)):
        state = product(state, permutation[place % 8][int(digit)])
    return state == 0


def product(a: int, b: int) -> int:
    """Rotations are 0 to 4, reflections 5 to 9."""
    if a < 5:
        return (a + b) % 5 if b < 5 else 5 + (a + b) % 5
    return 5 + (a - b) % 5 if b < 5 else (a - b) % 5


def sampled_codes(shared: Path) -> Counter[str]:
    """Active conditions of the FHIR sample and all of the CSV sample."""
    found: Counter[str] = Counter()
    with (shared / "samples/fhir-bulk-10/Condition.000.ndjson").open(encoding="utf-8") as text:
        for line in text:
            condition = json.loads(line)
            if condition["clinicalStatus"]["coding"][0]["code"] == "active":
                found[condition["code"]["coding"][0]["code"]] += 1
    found.update(r["CODE"] for r in lines(shared / "samples/synthea-csv-ibm/conditions.csv"))
    return found


def test_the_map_covers_the_sample_exports(shared_folder):
    known = {row["snomed"] for row in MAP}
    assert not sampled_codes(shared_folder).keys() - known


def test_no_sample_condition_that_calls_itself_acute_is_chronic(shared_folder):
    acute = ("acute", "fracture of", "sprain", "laceration", "pregnancy", "burn", "employment")
    for row in lines(shared_folder / "samples/synthea-csv-ibm/conditions.csv"):
        if row["DESCRIPTION"].lower().startswith(acute):
            assert not snomed(row["CODE"]).is_chronic, row["DESCRIPTION"]


def test_every_code_of_the_table_is_shaped_like_one():
    """Else a claim with a real code would be doubted."""
    codes = [row["icd10cm"] for row in lines(DATA / "chronic_icd10.csv")]
    assert len(codes) > 10_000
    assert all(map(is_shaped, codes))
