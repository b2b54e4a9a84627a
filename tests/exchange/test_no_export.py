"""Files that only have the name of an export are refused by what they are."""

from __future__ import annotations

import pytest

from ccm_core.errors import ImportRefused
from ccm_core.exchange import sorting

PNG = b"\x89PNG\r\n\x1a\n" + bytes(200)
PAGE = b"\xef\xbb\xbf\n<!DOCTYPE html><html><body>Session expired</body></html>"


@pytest.mark.parametrize("is_named", [True, False])
@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("patients.csv", b"%PDF-1.7\n\xe2\xe3\xcf\xd3", "this is a PDF, whatever its name says"),
        ("time.txt", b"MZ\x90\x00" + bytes(50), "this is a program"),
        ("visits.xlsx", PNG, "this is a picture"),
        ("notes.tsv", rb"{\rtf1\ansi hello}", "text document"),
        ("patients.csv", PAGE, "this is a web page, no export"),
        ("patients.xls", PAGE, "a web page or XML under the name of a workbook"),
    ],
)
def test_it_is_told_what_the_file_is(name, content, said, is_named):
    with pytest.raises(ImportRefused, match="I04") as refused:
        sorting.family(name, content, is_named=is_named)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("name", "content", "family"),
    [
        ("a.csv", b"MZ,born_on\nP1,1950-01-01\n", sorting.TABLE),
        ("a.json", b'{"resourceType": "Bundle"}', sorting.FHIR),
        ("a.txt", b"<patient>|<born>\n1|2\n", sorting.TABLE),
    ],
)
def test_headings_that_look_alike_are_read(name, content, family):
    assert sorting.family(name, content, is_named=True) == family


def test_a_picture_beside_the_files_of_a_folder_is_left_out():
    assert sorting.family("logo.png", PNG, is_named=False) == sorting.UNUSED
