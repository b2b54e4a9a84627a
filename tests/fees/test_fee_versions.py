"""Imported fee files from the bytes to the cent: stored, used everywhere, taken back."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from typer.testing import CliRunner

from ccm_core import fees, months, overlay, tables
from ccm_core.access.identity import Identity
from ccm_core.cli import app
from ccm_core.errors import Conflict, ImportRefused, NotInForce, PermissionDenied, UsageError
from ccm_core.fees import compare
from ccm_core.program import fee_versions
from ccm_core.sources import source
from ccm_core.store import db, fees_in_force
from ccm_core.store.access_log import AccessLog
from ccm_core.store.schema import table_of
from tests.money import cms_layouts as cms

OF_2027 = (("99490", "A", "1.00", "0.95", "", "0.25", "", "0.08"),
           ("99454", "A", "0.00", "1.60", "", "1.60", "NA", "0.01"))  # fmt: skip
RVU_2027 = cms.pprrvu(2027, "January", OF_2027, "34.0000", "11/20/2026", extra_column=True)
JULY_2027 = cms.pprrvu(
    2027, "July", (("99490", "A", "1.01", "0.95", "", "0.25", "", "0.08"),), "34.0000",
    "06/20/2027", extra_column=True,
)  # fmt: skip
GPCI_2027 = cms.gpci(2027, [cms.ALABAMA, cms.ALASKA, ("99999", "ZZ", "1", "NEW", "1", "1.1", "1")])
ON = date(2027, 3, 15)
OLD = date(2026, 3, 15)


@pytest.fixture
def session(store_url):
    with db.session(store_url, write=True) as opened:
        yield opened
    db.dispose(store_url)


@pytest.fixture(autouse=True)
def _shipped_again():
    yield
    overlay.use(overlay.EMPTY)


def as_(role: str) -> Identity:
    return Identity("u1", "u1", "Uma One", role, "0" * 64)


def store(session, *files, first_day=None):
    staged = fee_versions.stage(session, as_("billing_lead"), files, first_day)
    made = fee_versions.commit(session, as_("billing_lead"), staged)
    fees_in_force.put_in_force(session)
    return made


def usd(code="99490", on=ON, place="national", setting="nonfacility"):
    return str(fees.allowed(code, on, place, setting).allowed_usd)


def test_amounts_of_an_unseen_year_to_the_cent(session):
    with pytest.raises(NotInForce):
        usd()
    store(session, ("PPRRVU2027_Jan_nonQPP.csv", RVU_2027), ("GPCI2027.csv", GPCI_2027))
    # (1.00 + 0.95 + 0.08) x 34 and the same with indices, worked out by hand.
    assert usd() == "69.02"
    assert usd(setting="facility") == "45.22"
    assert usd(place="10112-00") == "65.19"
    assert usd(place="99999-01") == "72.25"
    found = fees.allowed("99490", ON, "10112-00")
    assert not found.estimate
    assert {p.locality for p in fees.localities(2027)} == {"10112-00", "02102-01", "99999-01"}
    assert compare.ranking("99490", ON)[0].locality == "02102-01"
    assert date(2027, 1, 1) in compare.starts()


def test_cites_name_file_person_and_moment(session):
    store(session, ("PPRRVU2027_Jan_nonQPP.csv", RVU_2027))
    (cite,) = fees.allowed("99490", ON).cites
    found = source(cite)
    assert found.source_id.startswith("import-")
    assert "PPRRVU2027_Jan_nonQPP.csv" in found.title
    assert "Uma One" in found.title
    assert "UTC" in found.title


def test_taking_a_version_back_restores_what_was_before(session):
    before = tables.tables_version()
    (january,) = store(session, ("PPRRVU2027_Jan_nonQPP.csv", RVU_2027))
    with_january = tables.tables_version()
    (july,) = store(session, ("PPRRVU2027_Jul_nonQPP.csv", JULY_2027))
    assert len({before, with_january, tables.tables_version()}) == 3
    assert [usd(on=date(2027, m, 15)) for m in (6, 7)] == ["69.02", "69.36"]
    cite = fees.allowed("99490", date(2027, 7, 15)).cites[0]
    fee_versions.revert(session, as_("administrator"), july.id, "wrong release")
    fees_in_force.put_in_force(session)
    assert usd(on=date(2027, 7, 15)) == "69.02"
    assert tables.tables_version() == with_january
    assert source(cite).source_id == cite.partition("#")[0]
    fee_versions.revert(session, as_("administrator"), january.id)
    fees_in_force.put_in_force(session)
    assert tables.tables_version() == before
    with pytest.raises(NotInForce):
        usd()
    with pytest.raises(Conflict):
        fee_versions.revert(session, as_("administrator"), january.id)
    assert [v.is_active for v in fee_versions.listed(session, as_("auditor"))] == [False, False]


def test_a_file_may_come_again_after_it_was_taken_back(session):
    (first,) = store(session, ("PPRRVU2027.csv", RVU_2027))
    staged = fee_versions.stage(session, as_("billing_lead"), [("again.csv", RVU_2027)])
    assert not staged.is_storable
    fee_versions.revert(session, as_("billing_lead"), first.id)
    (second,) = store(session, ("PPRRVU2027.csv", RVU_2027))
    assert (first.number, second.number) == (1, 2)
    assert usd() == "69.02"


def test_days_before_the_first_release_of_a_year_are_estimates(session):
    store(session, ("PPRRVU2027_Jul_nonQPP.csv", JULY_2027))
    found = fees.allowed("99490", ON)
    assert (found.estimate, str(found.allowed_usd)) == (True, "69.36")
    assert any("no release of that day" in note for note in found.notes)
    assert not fees.allowed("99490", date(2027, 7, 1)).estimate
    # An earlier release takes these days, and a shipped table is never an estimate's victim.
    store(session, ("PPRRVU2027_Jan_nonQPP.csv", RVU_2027))
    assert not fees.allowed("99490", ON).estimate


def test_a_shipped_day_stays_as_it_is_when_a_release_starts_later(session):
    before = usd(on=OLD)
    rows = (("99490", "A", "2.00", "0.91", "", "0.24", "", "0.07"),)
    data = cms.pprrvu(2026, "July", rows, "33.4009", "06/30/2026", extra_column=True)
    store(session, ("PPRRVU2026_Jul_nonQPP.csv", data))
    assert usd(on=OLD) == before
    assert usd(on=date(2026, 7, 1)) == "99.53"
    assert not fees.allowed("99490", OLD).estimate


def test_the_first_day_may_be_said(session):
    store(session, ("PPRRVU2027.csv", RVU_2027), first_day=date(2027, 3, 9))
    assert fees.allowed("99490", date(2027, 3, 8)).estimate
    assert not fees.allowed("99490", date(2027, 3, 9)).estimate


def test_two_stores_may_date_the_same_file_differently(session, tmp_path, monkeypatch):
    moment = datetime(2026, 11, 21, 12, tzinfo=UTC)
    monkeypatch.setattr(months, "clock", lambda: moment)
    store(session, ("PPRRVU2027.csv", RVU_2027))
    assert not fees.allowed("99490", date(2027, 3, 8)).estimate
    url = f"sqlite:///{tmp_path / 'another.sqlite3'}"
    db.migrate(url)
    with db.session(url, write=True) as another:
        store(another, ("PPRRVU2027.csv", RVU_2027), first_day=date(2027, 3, 9))
    db.dispose(url)
    assert fees.allowed("99490", date(2027, 3, 8)).estimate


def test_a_code_that_is_not_paid_there_stays_refused(session):
    store(session, ("PPRRVU2027.csv", RVU_2027))
    assert fees.price_plan({"99454": 1}, ON, "national", "facility").allowed_usd is None
    assert fees.price_plan({"99454": 1}, ON, "national", "office").allowed_usd == Decimal("54.74")


@pytest.mark.parametrize(
    "data",
    [
        b"patient,minutes\n1,20\n",
        b"",
        RVU_2027.replace(b"34.0000", b"35.0000", 1),
        RVU_2027.replace(b"2.03", b"2.04"),
    ],
)
def test_a_wrong_file_is_refused_and_nothing_changes(session, data):
    before = tables.tables_version()
    with pytest.raises(ImportRefused):
        store(session, ("GPCI2027.csv", GPCI_2027), ("wrong.csv", data))
    fees_in_force.put_in_force(session)
    assert fee_versions.listed(session, as_("auditor")) == []
    assert tables.tables_version() == before


def test_the_preview_shows_the_change_and_stores_nothing(session):
    staged = fee_versions.stage(session, as_("billing_lead"), [("PPRRVU2027.csv", RVU_2027)])
    (office, facility) = [m for m in staged.moved if m.code == "99490"]
    assert (office.before_usd, str(office.after_usd)) == (None, "69.02")
    assert (facility.setting, str(facility.after_usd)) == ("facility", "45.22")
    assert fee_versions.listed(session, as_("auditor")) == []
    assert fees_in_force.of_store(session) is overlay.EMPTY


def test_published_amounts_are_held_against_the_formula(session):
    rows = [
        ("2027", "10112", "00", "99490", "  ", paid, "0000043.60", " ", "3", "A", "0",
         *["0000000.00"] * 2, "9", *["0000000.00"] * 2)
        for paid in ("0000065.19",)
    ]  # fmt: skip
    store(session, ("PPRRVU2027.csv", RVU_2027), ("GPCI2027.csv", GPCI_2027))
    facility = usd(place="10112-00", setting="facility")
    rows = [tuple(facility if cell == "0000043.60" else cell for cell in row) for row in rows]
    good = fee_versions.stage(session, as_("billing_lead"), [("PF27.txt", cms.amounts(*rows))])
    assert "2 of 2 published amounts" in good.files[0].problems[-1].reason
    off = [tuple("0000065.20" if cell == "0000065.19" else cell for cell in row) for row in rows]
    bad = fee_versions.stage(session, as_("billing_lead"), [("PF27.txt", cms.amounts(*off))])
    assert bad.files[0].problems[-1].level == "warning"
    assert "65.20, here 65.19" in bad.files[0].problems[-1].reason


@pytest.mark.parametrize("role", ["consultant", "care_manager", "auditor"])
def test_only_some_roles_may_import(session, role):
    for refused in (
        lambda: fee_versions.stage(session, as_(role), [("a.csv", RVU_2027)]),
        lambda: fee_versions.commit(session, as_(role), fee_versions.Staged((), (), ())),
        lambda: fee_versions.revert(session, as_(role), 1),
    ):
        with pytest.raises(PermissionDenied):
            refused()


def test_who_imported_and_took_back_is_on_record(session):
    (made,) = store(session, ("PPRRVU2027.csv", RVU_2027))
    fee_versions.revert(session, as_("administrator"), made.id, "not ours")
    with pytest.raises(UsageError):
        fee_versions.revert(session, as_("administrator"), 999)
    table = table_of(AccessLog)
    rows = session.connection().execute(table.select().order_by(table.c.seq)).all()
    told = [(row.action, row.object_type, row.object_id, row.user_id) for row in rows]
    assert told == [
        ("import", "fee_version", "rvu 1", "u1"),
        ("revert", "fee_version", "rvu 1", "u1"),
    ]


def test_caches_never_give_one_version_for_another(session):
    store(session, ("PPRRVU2027.csv", RVU_2027))
    first = fees_in_force.of_store(session)
    store(session, ("PPRRVU2027_Jan_b.csv", RVU_2027.replace(b"34.0000", b"35.0000")))
    second = fees_in_force.of_store(session)
    for _ in range(2):
        for over, expected in ((first, "69.02"), (second, "71.05"), (first, "69.02")):
            with overlay.pinned(over):
                assert usd() == expected
                assert str(fees.price_plan({"99490": 2}, ON, "national", "office").allowed_usd) == (
                    str(Decimal(expected) * 2)
                )


def test_the_commands(store_url, tmp_path, monkeypatch):
    monkeypatch.setenv("CCM_VAR_DIR", str(tmp_path / "var"))
    file = tmp_path / "PPRRVU2027_nonQPP.csv"
    file.write_bytes(RVU_2027)

    def ccm(*words):
        return CliRunner().invoke(app, [*words, "--db", store_url])

    asked = ("fee", "99490", "--on", "2027-03-15")
    tried = ccm("fees", "import", str(file), "--dry-run")
    assert tried.exit_code == 0, tried.output
    assert json.loads(tried.stdout)["stored"] == []
    assert ccm(*asked).exit_code == 2
    done = json.loads(ccm("fees", "import", str(file)).stdout)
    assert [v["number"] for v in done["stored"]] == [1]
    assert json.loads(ccm(*asked).stdout)["allowed_usd"] == "69.02"
    assert ccm("fees", "import", str(file)).exit_code == 1
    assert len(json.loads(ccm("fees", "list").stdout)["versions"]) == 1
    assert json.loads(ccm("fees", "revert", "rvu-1").stdout)["reverted"]["is_active"] is False
    assert ccm(*asked).exit_code == 2
    assert ccm("fees", "revert", "rvu-9").exit_code == 2
    (tmp_path / "x.csv").write_text("a,b\n1,2\n")
    assert ccm("fees", "import", str(tmp_path / "x.csv")).exit_code == 2
    db.dispose(store_url)
