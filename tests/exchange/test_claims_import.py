"""837P claims become claim lines of the patients with those member numbers."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from ccm_core import records
from ccm_core.claims.simulated_payer import reversal
from ccm_core.exchange import intake, running
from ccm_core.exchange.x12.remit_in import read_835
from ccm_core.exchange.x12.remit_out import write_835
from ccm_core.exchange.x12.remit_records import ProviderAdjustment
from ccm_core.exchange.x12.writing import Controls, Party
from ccm_core.program import claim_accounts, remitting
from ccm_core.store import db, reading, writing
from ccm_core.store.claiming import answers, postings, rework
from tests.claims.made import PAID_ON, WRITTEN_AT, batch, payer, result
from tests.claims.made import file_of as file_of_claims
from tests.exchange.makers import stage, table
from tests.exchange.x12 import made, receipts_made

CLAIMS = made.written().text


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


def test_a_claim_tells_where_a_patient_without_a_street_lives(store_url: str) -> None:
    running.run([people("1S00A00AA01", "1S00A00AA02")], store_url)
    with db.session(store_url, write=True) as session:
        two = reading.patient(session, "p2")
        assert two is not None
        writing.save(session, "practice", [replace(two, street="9 Elm St", city="Troy")])
    running.run([file_of(made.claim(1), made.claim(2))], store_url)
    with db.session(store_url) as session:
        one, two = reading.patient(session, "p1"), reading.patient(session, "p2")
    assert one is not None
    assert two is not None
    assert (one.street, one.city, one.state, one.zip5) == ("2 OAK AVE", "ALBANY", "NY", "12207")
    assert (two.street, two.city) == ("9 Elm St", "Troy")
    assert running.run([file_of(made.claim(1), made.claim(2))], store_url).total("accepted") == 0


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


def everything_posted(url: str) -> tuple[object, ...]:
    """Postings, payments, queue and claim lines, without the numbers of rows and files."""
    with db.session(url) as session:
        practice = reading.practice(session)
        assert practice is not None
        paid = answers.payments(session, practice.practice_id)
        queue = rework.page(session, practice.practice_id).rows
        return (
            postings.read(session, practice.practice_id),
            [replace(one, file_id=0) for one in paid],
            [replace(one, id=0) for one in queue],
            lines_of(url),
        )


def test_an_import_posts_as_the_claims_page_does(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    fresh = request.getfixturevalue("_migrated_sqlite")
    *others, answer = sent_and_answered()
    by_import, by_page = (f"sqlite:///{shutil.copyfile(fresh, tmp_path / name)}" for name in "ab")
    running.run([*others, answer], by_import)
    running.run(others, by_page)
    with db.session(by_page, write=True) as session:
        practice = reading.practice(session)
        assert practice is not None
        remitting.post_as(session, practice, *answer, None)
    assert everything_posted(by_page) == everything_posted(by_import)
    with db.session(by_page, write=True) as session:
        assert remitting.post_as(session, practice, *answer, None).is_again
    assert running.run([answer], by_page).total("duplicate") == 2


def test_money_that_came_before_its_claims_waits_and_is_posted_with_them(store_url: str) -> None:
    *others, answer = sent_and_answered()
    assert {one.rule for one in running.run([answer], store_url).rejects} == {"I56"}
    running.run(others, store_url)
    assert {one.status for one in lines_of(store_url)} == {"submitted"}
    assert running.run([answer], store_url).total("accepted") == 2
    assert {one.status for one in lines_of(store_url)} == {"paid"}
    with db.session(store_url) as session:
        practice = reading.practice(session)
        assert practice is not None
        (payment,) = answers.payments(session, practice.practice_id)
    assert payment.unmatched_usd == 0
    assert payment.posted_usd == payment.total_usd


def test_a_reversal_takes_the_payment_back(store_url: str) -> None:
    files = sent_and_answered()
    running.run(list(files), store_url)
    payment = read_835(files[-1][1]).remittances[0]
    back = tuple(reversal(one) for one in payment.claims)
    total = sum((one.paid_usd for one in back), Decimal(0))
    owed = ProviderAdjustment("1999999984", "FB", "X1", total)
    later = replace(
        payment, claims=back, trace="T2", paid_on=date(2025, 6, 1), total_usd=Decimal(0),
        provider_adjustments=(owed,),
    )  # fmt: skip
    me = Party("PAYER", "PAYER1")
    text = write_835(
        [later], sender=me, receiver=me, controls=Controls(7, 7), written_at=WRITTEN_AT
    )  # fmt: skip
    assert running.run([("back.835", text.encode())], store_url).total("accepted") == 2
    assert {(one.status, one.paid_usd) for one in lines_of(store_url)} == {
        ("submitted", Decimal(0))
    }


@pytest.mark.parametrize(
    ("content", "kind", "said"),
    [
        (receipts_made.ta1("000000017"), "TA1", "in the view Claim run"),
        (receipts_made.file_receipt("17", "AK9*A*1*1*1"), "999", "in the view Claim run"),
        (
            receipts_made.claim_receipt(("C1", "A2:20*20250403*WQ*90")),
            "277",
            "in the view Claim run",
        ),
        (CLAIMS.replace("X222A1", "X223A2"), "837I", "as a table (CSV or XLSX)"),
        (CLAIMS.lower(), "unknown", "small letters"),
        (CLAIMS[:60], "unknown", "60 of the 106 characters"),
        ("ISA of nothing", "unknown", "characters of ISA"),
    ],
)
def test_x12_that_is_not_imported_is_named_and_told_where_to_go(
    content: str, kind: str, said: str
) -> None:
    file = stage(("file.837", content.encode())).report.files[0]
    assert (file.kind, file.accepted) == (kind, 0)
    assert said in file.error


def test_blanks_around_a_claim_number_keep_no_payment_from_its_claim(store_url: str) -> None:
    claims = CLAIMS.replace("CLM*C2503-00001*", "CLM*C2503-00001  *").encode()
    remittance = made.REMITTANCE.replace("CLP*C2503-00001*", "CLP*C2503-00001  *").encode()
    running.run([people("1S00A00AA01"), ("claims.837", claims)], store_url)
    running.run([("remit.835", remittance)], store_url)
    with db.session(store_url) as session:
        practice = reading.practice(session)
        assert practice is not None
        posted = postings.read(session, practice.practice_id)
    assert {one.claim_id for one in posted} == {"C2503-00001"}


@pytest.mark.parametrize("is_stored", [True, False])
def test_a_dependents_claim_goes_to_nobody_else(store_url: str, is_stored: bool) -> None:
    born = {"p1": date(1948, 5, 17), "p2": date(1951, 2, 3)}
    patients = people("1S00A00AA01", "1S00A00AA02")
    own = made.claim(1, subscriber=replace(made.subscriber(1), born_on=born["p1"]))
    of_wife = made.Person("O'Neil", "May", born_on=born["p2"], sex="F",
                          address=made.subscriber(1).address)  # fmt: skip
    hers = replace(own, claim_id="C2503-00002", patient=of_wife, relation="01")
    his = replace(hers, claim_id="C2503-00003", patient=replace(of_wife, born_on=born["p1"]))
    batches = [[patients], [file_of(own, hers, his)]]
    for files in batches if is_stored else [[*batches[0], *batches[1]]]:
        report = running.run(files, store_url)
    assert {(one.rule, one.column) for one in report.rejects} == {("I39", "patient_id")}
    assert len(report.rejects) == 2
    assert {one.claim_id for one in lines_of(store_url)} == {"C2503-00001", "C2503-00003"}


def test_codes_of_a_table_have_one_spelling() -> None:
    header = ["patient_id", "claim_id", "line", "code", "service_on", "status", "adjustments"]
    row = ["p1", "C1", "1", "99490", "2025-03-31", "denied", "CO45; pr-002; b7; ma1; N0390; see"]
    staged = stage(people("1S00A00AA01"), ("claims.csv", table(header, [row])))
    (line,) = [one.record for one in intake.drafts(staged) if hasattr(one.record, "claim_id")]
    assert line.adjustments == ("CO-45", "PR-2", "B7", "MA01", "N390", "see")


PAYERS_NUMBER = "ICN0001"


def standing(url: str) -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for one in lines_of(url):
        found.setdefault(one.claim_id, []).append((one.code, one.status))
    return found


@pytest.mark.parametrize(("frequency", "ended"), [("7", "replaced"), ("8", "voided")])
@pytest.mark.parametrize("is_together", [True, False])
@pytest.mark.parametrize("named", [PAYERS_NUMBER, "C2503-00001"])
def test_a_correction_under_a_new_number_ends_its_original(
    store_url: str, frequency: str, ended: str, is_together: bool, named: str
) -> None:
    original, answer = file_of(made.claim()), ("r.835", made.REMITTANCE.encode())
    new = made.claim(claim_id="NEW-1", frequency=frequency, original_reference=named)
    correction = "new.837", made.written(new).text.encode()
    files = [people("1S00A00AA01"), original, answer, correction]
    for some in [files] if is_together else [files[:2], [answer], [correction], [original]]:
        running.run(some, store_url)
    assert standing(store_url) == {
        "C2503-00001": [("99490", ended), ("99439", ended)],
        "NEW-1": [(code, "voided" if frequency == "8" else "submitted")
                  for code in ("99490", "99439")],
    }  # fmt: skip


def test_a_correction_whose_original_is_not_known_is_told_and_read_again_later(
    store_url: str,
) -> None:
    new = made.claim(claim_id="NEW-1", frequency="7", original_reference=PAYERS_NUMBER)
    correction = "new.837", made.written(new).text.encode()
    running.run([people("1S00A00AA01"), file_of(made.claim())], store_url)
    (said,) = running.run([correction], store_url).files[0].notes
    assert "not known here" in said
    assert {status for _, status in standing(store_url)["C2503-00001"]} == {"submitted"}
    running.run([("r.835", made.REMITTANCE.encode())], store_url)
    assert running.run([correction], store_url).files[0].notes == ()
    assert {status for _, status in standing(store_url)["C2503-00001"]} == {"replaced"}


def test_a_line_that_a_replacement_leaves_out_stops_counting(store_url: str) -> None:
    original = made.claim()
    one = original.lines[:1]
    less = replace(original, frequency="7", lines=one, charge_usd=one[0].charge_usd,
                   original_reference=PAYERS_NUMBER)  # fmt: skip
    running.run([people("1S00A00AA01"), file_of(original)], store_url)
    assert running.run([file_of(less)], store_url).files[0].notes == ()
    assert standing(store_url) == {"C2503-00001": [("99490", "submitted"), ("99439", "replaced")]}
    with db.session(store_url) as session:
        practice = reading.practice(session)
        assert practice is not None
        (account,) = claim_accounts.accounts(session, practice, ["C2503-00001"])
    assert (account.charge_usd, account.payer_open_usd) == (Decimal("90.00"), Decimal("90.00"))


def test_a_correction_of_another_patients_claim_ends_nothing(store_url: str) -> None:
    new = made.claim(2, claim_id="NEW-1", frequency="7", original_reference="C2503-00001")
    files = [people("1S00A00AA01", "1S00A00AA02"), file_of(made.claim(1))]
    running.run(files, store_url)
    assert running.run([("new.837", made.written(new).text.encode())], store_url).files[0].notes
    assert {status for _, status in standing(store_url)["C2503-00001"]} == {"submitted"}


@pytest.mark.parametrize(
    ("first", "last", "stored"),
    [(1, date(2025, 3, 31), date(2025, 3, 31)), (20, date(2025, 3, 25), date(2025, 3, 25)),
     (20, date(2025, 4, 19), date(2025, 3, 31))],
)  # fmt: skip
def test_a_line_of_several_days_is_of_its_first_month_and_its_last_day_there(
    store_url: str, first: int, last: date, stored: date
) -> None:
    from_on = date(2025, 3, first)
    one = replace(made.claim().lines[0], from_on=from_on, to_on=last)
    sent = made.claim(lines=(one,), claim_id="OURS")
    running.run([people("1S00A00AA01"), file_of(sent)], store_url)
    (line,) = lines_of(store_url)
    assert (str(line.month), line.service_on) == ("2025-03", stored)
    if last == stored:  # the payer does not know our number: member, days and code find it
        days = f"DTM*150*{from_on:%Y%m%d}~\nDTM*151*{last:%Y%m%d}"
        text = made.REMITTANCE.replace("SVC*HC:99439*140.5*73.03**2~\nDTM*472*20250331", "")
        text = text.replace("DTM*472*20250331", days, 1)
        running.run([("r.835", _of_one_line(text).encode())], store_url)
        assert lines_of(store_url)[0].paid_usd == Decimal("47.22")


def _of_one_line(text: str) -> str:
    """The remittance with the first line of its first claim alone."""
    parts = made.segments(text)
    gone = next(i for i, one in enumerate(parts) if one.startswith("CAS*CO*45*47.35"))
    end = next(i for i, one in enumerate(parts) if one.startswith("CLP*C2503-00002"))
    del parts[gone:end]
    text = made.recount(parts)
    for old, new in (("230.5*120.25*30.68", "90*47.22*12.05"), ("BPR*I*110.25", "BPR*I*37.22"),
                     ("REF*6R*C2503-00001-1~\n", "REF*6R*THEIRS-1~\n")):  # fmt: skip
        assert old in text
        text = text.replace(old, new)
    return text.replace("C2503-00001*1*", "THEIRS*1*")
