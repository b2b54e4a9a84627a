"""FHIR comes as lines, as arrays, as bundles within bundles, and under any name."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ccm_core.exchange import json_texts
from tests.exchange.makers import condition, lines, patient, stage, told

PAIR = [patient("a"), condition("c", "a")]


def bundle(*resources: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": "collection",
            "entry": [{"resource": one} for one in resources], **more}  # fmt: skip


def pretty(value: Any) -> bytes:
    return json.dumps(value, indent=2).encode()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("all.json", pretty(PAIR)),
        ("all.json", pretty([bundle(PAIR[0]), bundle(PAIR[1])])),
        ("all.json", b"\n".join(pretty(one) for one in PAIR)),
        ("all.json", pretty({**bundle(bundle(*PAIR)), "type": "batch-response"})),
        ("all.ndjson", pretty(bundle(*PAIR))),
        ("all.ndjson", b"[" + b",\n".join(json.dumps(one).encode() for one in PAIR) + b"]"),
        ("all.ndjson", b"[\n" + b"\n,".join(json.dumps(one).encode() for one in PAIR) + b"\n]"),
        ("all.json", json.dumps(bundle(*PAIR)).encode("utf-16")),
        ("all.ndjson", b"\xef\xbb\xbf\r\n" + lines(*PAIR).replace(b"\n", b"\r\n\r\n")),
        ("all.txt", lines(*PAIR)),
    ],
)
def test_the_same_two_resources(name: str, content: bytes) -> None:
    report = stage((name, content)).report
    assert [(one.read, one.accepted) for one in report.files] == [(2, 2)], report


def test_an_empty_search_is_no_error() -> None:
    found = {"resourceType": "Bundle", "type": "searchset", "total": 0}
    report = stage(("none.json", pretty(found)), ("p.ndjson", lines(PAIR[0]))).report
    assert report.is_readable
    assert report.files[0].notes == ("The file holds no resource.",)
    wrong = stage(("b.json", pretty({**found, "entry": {"resource": 1}}))).report
    assert [one.rule for one in wrong.rejects] == ["I55"]


def test_a_page_of_a_search_says_that_it_goes_on() -> None:
    page = bundle(*PAIR, link=[{"relation": "next", "url": "https://x.example/2"}])
    assert "goes on" in stage(("b.json", pretty(page))).report.files[0].notes[0]


def test_what_the_export_deleted_is_a_reject_that_names_its_type() -> None:
    asked = {"resourceType": "Bundle", "type": "transaction", "entry": [
        {"request": {"method": "DELETE", "url": "Condition/c9"}},
        {"request": {"method": "DELETE", "url": "Observation/o9"}},
        {"response": {"status": "404"}}, "text",
    ]}  # fmt: skip
    report = stage(("deleted.json", json.dumps(asked).encode())).report
    assert [(one.rule, one.withdrawn) for one in report.rejects] == [
        ("I57", ("Condition", "c9")), ("I53", ("", "")),
    ]  # fmt: skip
    assert report.files[0].unused == 2


def test_each_resource_knows_its_line() -> None:
    broken = {"resourceType": "Condition", "id": "x"}
    assert [line for line, _, _ in told(stage(("a.json", pretty([PAIR[0], broken]))).report)] == [
        16
    ]
    both = [bundle(PAIR[0]), bundle(broken)]
    (line, _, _), = told(stage(("a.json", pretty(both))).report)  # fmt: skip
    text = pretty(both).decode().split("\n")
    assert '"resource"' in text[line]


def test_an_address_gives_an_id_to_a_resource_without_one() -> None:
    one = {name: value for name, value in PAIR[0].items() if name != "id"}
    entry = {"fullUrl": "https://x.example/fhir/Patient/77", "resource": one}
    found = stage(("b.json", pretty({"resourceType": "Bundle", "entry": [entry]})))
    assert [item.draft.record.patient_id for item in found.files[0].items] == ["77"]


@pytest.mark.parametrize("cut", [5, 40, 200])
def test_json_that_breaks_off_is_refused_with_its_line(cut: int) -> None:
    report = stage(("b.json", pretty(bundle(*PAIR))[:-cut])).report
    assert report.files[0].error.startswith("I50: Not valid JSON at character ")
    assert " of line " in report.files[0].error


def test_lines_that_are_all_broken_stay_rows() -> None:
    report = stage(("p.ndjson", b'{"resourceType": "Patient", \n{"resourceType": "Pa\n')).report
    assert [rule for _, _, rule in told(report)] == ["I50", "I50"]


def test_places_of_brackets_that_never_close() -> None:
    assert json_texts.places(b']}\n{"entry": [\n{').entries == {(0, 0): [3]}
