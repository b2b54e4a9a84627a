"""837P claims become claim lines of the patients with those member numbers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from ccm_core import records
from ccm_core.exchange import intake, running
from ccm_core.exchange.answers import Answer, fold
from ccm_core.exchange.x12.remit_in import read_835
from ccm_core.exchange.x12.remit_records import REVERSAL
from ccm_core.exchange.x12.writing import Controls
from ccm_core.store import db, reading
from tests.claims.made import PAID_ON, WRITTEN_AT, batch, payer, result
from tests.claims.made import file_of as file_of_claims
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


def test_a_broken_claim_file_is_refused() -> None:
    _, content = file_of(made.claim())
    for broken in (content[:200], content.replace(b"SE*", b"SE*9", 1)):
        assert stage(("x.837", broken)).report.files[0].error.startswith("I60")


def sent_and_answered() -> tuple[tuple[str, bytes], ...]:
    """Patients, their coverage, their claims, and the payer's answer."""
    claims = list(batch(*(result(patient_id=f"p{number}") for number in (1, 2))).claims)
    text = file_of_claims(claims).text
    answer = payer().answer(
        text, paid_on=PAID_ON, written_at=WRITTEN_AT, controls=Controls(1, 1)
    )  # fmt: skip
    rows = [[f"p{n}", one.claim.subscriber.member_id] for n, one in enumerate(claims, 1)]
    cover = table(["patient_id", "member id", "payer name"], [[*row, "Medicare"] for row in rows])
    return (
        people("", ""),
        ("coverage.csv", cover),
        ("c.837", text.encode()),
        ("r.835", answer.encode()),
    )


def test_a_remittance_pays_the_claims_of_the_same_import() -> None:
    staged = stage(*sent_and_answered())
    assert [(one.kind, one.read, one.accepted) for one in staged.report.files] == [
        ("patients", 2, 2), ("coverage", 2, 2), ("837P", 4, 4), ("835", 2, 2),
    ]  # fmt: skip
    assert not staged.report.rejects


def test_a_remittance_without_its_claims_is_rejected() -> None:
    *_, answer = sent_and_answered()
    assert {one.rule for one in stage(answer).report.rejects} == {"I56"}


def lines_of(url: str) -> list[records.ClaimLine]:
    with db.session(url) as session:
        return [
            one for who in ("p1", "p2")
            for one in reading.records_of(session, records.ClaimLine, who)
        ]  # fmt: skip


def test_claims_and_answers_may_come_again_in_any_order(store_url: str) -> None:
    patients, cover, claims, answer = sent_and_answered()
    counted = [
        running.run(list(files), store_url).total("accepted")
        for files in ((patients, cover, claims), (answer,), (answer,), (claims,), (answer, claims))
    ]
    assert counted == [8, 2, 0, 0, 0]
    found = lines_of(store_url)
    assert {one.status for one in found} == {"paid"}
    assert {one.paid_on for one in found} == {PAID_ON}
    assert {one.paid_usd for one in found} == {Decimal("47.42"), Decimal("72.02")}
    assert {"CO-45", "PR-2", "CO-253"} <= {code for one in found for code in one.adjustments}


def test_a_reversal_takes_the_payment_back(store_url: str) -> None:
    patients, cover, claims, answer = sent_and_answered()
    running.run([patients, cover, claims, answer], store_url)
    paid = read_835(answer[1]).remittances[0].claims[0]
    later = Answer(1, 1, replace(paid, status=REVERSAL), date(2025, 6, 1), "x")
    lines = {one.line: one for one in lines_of(store_url) if one.claim_id == paid.claim_id}
    after = fold(lines, [later])
    assert {(one.status, one.paid_usd) for one in after.values()} == {("submitted", Decimal(0))}
    again = Answer(1, 1, paid, date(2025, 6, 2), "y")
    assert {one.status for one in fold(after, [again]).values()} == {"paid"}
    assert fold(after, [replace(again, paid_on=date(2025, 4, 1))]) == after
