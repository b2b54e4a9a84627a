"""Audit packets: everything in the asked order, the same bytes each time, any name."""

from __future__ import annotations

import csv
import hashlib
import io
import time
import zipfile
from dataclasses import replace

import pypdf
import pytest

from ccm_core import records
from ccm_core.errors import PermissionDenied, UsageError
from ccm_core.exchange.packet.words import NOTE, shown
from ccm_core.program import packets
from ccm_core.store import db, reading, writing
from ccm_core.store.claiming import months
from tests.claims_loop.conftest import MONTH, practice_of, who

AUDITOR = who("auditor")
BILLED = MONTH.previous
ORDER = (
    "1. Beneficiary", "2. Signatures", "3. Comprehensive care plan", "4. Chronic conditions",
    "5. Significant risk", "6. Total time of the month", "7. Initiating visit", "8. Consent",
    "9. What the consent says", "10. Waiver of liability", "11. Time log",
    "12. Findings of the audit", "13. Sources", "14. Policy and table versions",
)  # fmt: skip


def text_of(content: bytes) -> str:
    reader = pypdf.PdfReader(io.BytesIO(content))
    return "\n".join(page.extract_text() for page in reader.pages)


def billed(url):
    with db.session(url) as session:
        return sorted(months.standing(session, practice_of(url).practice_id, BILLED))


def packet(url, patient_id, asker=AUDITOR):
    with db.session(url, write=True) as session:
        return packets.one(session, asker, patient_id, BILLED)


def test_a_packet_has_everything_in_the_asked_order(lite):
    practice = practice_of(lite)
    patient_id = billed(lite)[0]
    made = packet(lite, patient_id)
    text = text_of(made.packet.content)
    places = [text.index(title) for title in ORDER]
    assert places == sorted(places)
    with db.session(lite) as session:
        patient = reading.patient(session, patient_id)
        (case,) = reading.cases(session, practice.practice_id, BILLED, [patient_id])
    assert patient.family_name in text
    assert patient.mbi in text
    for entry in case.entries:
        assert f"{entry.seconds // 60}:{entry.seconds % 60:02d}" in text
    assert "DEMO - synthetic data" in text
    assert made.packet.content_sha256 in text
    assert case.practice.policy in text


def test_the_same_facts_give_the_same_bytes(url):
    patient_id = billed(url)[0]
    first = packet(url, patient_id)
    time.sleep(1.1)
    assert packet(url, patient_id).packet.content == first.packet.content
    with db.session(url, write=True) as session:
        practice = practice_of(url)
        consents = reading.records_of(session, records.Consent, patient_id)
        changed = [replace(one, mode="written") for one in consents if one.mode == "verbal"]
        writing.save(session, practice.practice_id, changed)
    if changed:
        assert packet(url, patient_id).packet.content_sha256 != first.packet.content_sha256


def test_a_zip_has_a_manifest_that_is_true(lite):
    with db.session(lite, write=True) as session:
        content, number = packets.many(session, AUDITOR, BILLED)
    archive = zipfile.ZipFile(io.BytesIO(content))
    rows = list(csv.DictReader(io.StringIO(archive.read("manifest.csv").decode("utf-8-sig"))))
    assert len(rows) == number == len(billed(lite))
    assert [row["patient_month"] for row in rows] == [f"{p}|{BILLED}" for p in billed(lite)]
    for row in rows:
        assert hashlib.sha256(archive.read(row["file"])).hexdigest() == row["sha256"]
        assert row["file"].startswith("demo-")
        assert row["patient_month"].split("|")[0] not in row["file"]
    assert set(archive.namelist()) == {"manifest.csv", *(row["file"] for row in rows)}


@pytest.mark.parametrize(
    ("family", "seen", "has_note"),
    [
        ("Núñez-Öztürk", "Núñez-Öztürk", False),
        ("Łukaszewič", "Lukaszewic", True),
        ("Жукова", "<U+0416>", True),
        ("王", "<U+738B>", True),
        ("O\u2019Hara \x00\u202e", "O'Hara", False),
    ],
)
def test_names_in_other_letters_are_shown_and_said(lite, family, seen, has_note):
    practice, patient_id = practice_of(lite), billed(lite)[0]
    with db.session(lite, write=True) as session:
        patient = reading.patient(session, patient_id)
        name = family.replace("\x00", "")
        writing.save(session, practice.practice_id, [replace(patient, family_name=name)])
    text = text_of(packet(lite, patient_id).packet.content)
    assert seen in text
    assert (NOTE[:40] in text) is has_note
    assert "\x00" not in shown(family)


@pytest.mark.parametrize("role", ["care_manager", "consultant"])
def test_others_get_no_packet(lite, role):
    patient_id = billed(lite)[0]
    with pytest.raises(PermissionDenied):
        packet(lite, patient_id, who(role))
    with pytest.raises(PermissionDenied), db.session(lite, write=True) as session:
        packets.many(session, who(role), BILLED)


def test_an_unknown_patient_and_an_empty_month_are_refused(lite):
    with pytest.raises(UsageError, match="no such patient"):
        packet(lite, "nobody")
    with (
        pytest.raises(UsageError, match="no patient was billed"),
        db.session(lite, write=True) as session,
    ):
        packets.many(session, AUDITOR, MONTH.plus(-40))
