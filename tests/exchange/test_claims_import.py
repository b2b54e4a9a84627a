"""837P claims become claim lines of the patients with those member numbers."""

from __future__ import annotations

from ccm_core.exchange import intake
from tests.exchange.makers import stage, table
from tests.exchange.x12 import made


def people(*mbis: str) -> tuple[str, bytes]:
    header = ["patient_id", "mbi", "family_name", "born_on"]
    rows = [[f"p{number}", mbi, "A", "1948-05-17"] for number, mbi in enumerate(mbis, 1)]
    return "patients.csv", table(header, rows)


def file_of(*claims: made.Claim) -> tuple[str, bytes]:
    return "claims.837", made.written(*claims).text.encode()


def test_claim_lines_find_their_patient_by_member_number() -> None:
    staged = stage(file_of(made.claim()), people("1S00A00AA01"))
    (file, _) = staged.report.files
    assert (file.kind, file.read, file.accepted) == ("837P", 2, 2)
    found = [one.record for one in intake.drafts(staged)][:2]
    assert [(one.code, one.units, one.line) for one in found] == [("99490", 1, 1), ("99439", 2, 2)]
    assert all(one.status == "submitted" for one in found)


def test_claims_of_unknown_people_are_rejected() -> None:
    report = stage(file_of(made.claim()), people("1S99A99AA99")).report
    assert {one.rule for one in report.rejects} == {"I39"}
    assert report.files[0].rejected == 2


def test_a_broken_claim_file_is_refused_and_a_remittance_named() -> None:
    _, content = file_of(made.claim())
    for broken in (content[:200], content.replace(b"SE*", b"SE*9", 1)):
        assert stage(("x.837", broken)).report.files[0].error.startswith("I60")
    remittance = content.replace(b"ST*837", b"ST*835")
    assert "remittance" in stage(("x.835", remittance)).report.files[0].error
