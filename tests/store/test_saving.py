"""Records go in once and come out equal."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from sqlalchemy import event, func, select

from ccm_core import records as r
from ccm_core.errors import UsageError
from ccm_core.store import db, reading
from ccm_core.store.reading.rows import load, select_records
from ccm_core.store.schema import ROW_OF, PatientRow, record_table, table_of
from ccm_core.store.writing import Written
from ccm_core.store.writing import save as save_now
from tests.store.practices import PRACTICE, a_patient, a_practice, an_entry, one_of_each


def test_every_kind_comes_back_equal(url, save):
    written = one_of_each()
    assert {type(record) for record in written} == set(ROW_OF)
    assert save(written) == Written(new=len(written))
    with db.session(url) as session:
        for record in written:
            found = load(session, type(record), select_records(type(record), PRACTICE))
            assert found == [record]
            assert repr(found[0]) == repr(record) or isinstance(record, r.Staff)


def test_a_second_save_changes_nothing(url, save):
    save(one_of_each())
    assert save(one_of_each()) == Written(same=len(one_of_each()))


def test_a_changed_record_is_changed_once(url, save):
    save(one_of_each())
    moved = replace(one_of_each()[3], location="Annex")
    assert save([moved]) == Written(changed=1)
    assert save([moved]) == Written(same=1)
    with db.session(url) as session:
        assert reading.patient(session, "00123") == moved


def test_the_last_of_two_equal_identifiers_in_one_file_wins(url, save):
    save(a_practice())
    assert save([r.Patient("1", mrn="a"), r.Patient("1", mrn="b")]) == Written(new=1, same=1)
    with db.session(url) as session:
        assert reading.patient(session, "1").mrn == "b"


def test_identifiers_are_text(url, save):
    save([*a_practice(), r.Patient("00123"), r.Patient("123"), r.Patient("12E45"), r.Patient("NA")])
    with db.session(url) as session:
        assert reading.patient(session, "00123").patient_id == "00123"
        assert reading.patient(session, "12E45").patient_id == "12E45"


def test_kept_fields_stay_what_people_set(url, save):
    save([*a_practice(), r.Patient("1", status="consented", mrn="old")])
    keep = {r.Patient: ("status",)}
    assert save([r.Patient("1", mrn="new")], keep=keep) == Written(changed=1)
    assert save([r.Patient("1", mrn="new")], keep=keep) == Written(same=1)
    with db.session(url) as session:
        assert reading.patient(session, "1") == r.Patient("1", status="consented", mrn="new")


def test_a_record_cannot_move_to_another_patient(save):
    save([*a_practice(), *a_patient("1"), *a_patient("2"), an_entry("t", "1")])
    with pytest.raises(UsageError, match="1 TimeEntry identifiers already belong"):
        save([an_entry("t", "2")])


def test_nothing_is_stored_for_an_unknown_patient(url, save):
    save(a_practice())
    with pytest.raises(UsageError, match="store patients first"):
        save([r.Patient("1"), an_entry("t", "nobody")])
    with db.session(url) as session:
        assert reading.patient(session, "1") is None


def test_a_moment_without_zone_is_refused(save):
    save([*a_practice(), *a_patient("1")])
    naive = replace(an_entry("t", "1"), started_at=datetime(2025, 3, 1))  # noqa: DTZ001
    with pytest.raises(UsageError, match="without a time zone"):
        save([naive])


def test_a_moment_in_another_zone_is_the_same_moment(url, save):
    save([*a_practice(), *a_patient("1"), an_entry("t", "1")])
    east = timezone(timedelta(hours=5, minutes=30))
    same = an_entry("t", "1")
    assert save([replace(same, started_at=same.started_at.astimezone(east))]) == Written(same=1)
    with db.session(url) as session:
        (found,) = reading.records_of(session, r.TimeEntry, "1")
    assert found.started_at.tzinfo is UTC


def test_an_amount_too_fine_to_store_is_refused(save):
    save([*a_practice(), *a_patient("1")])
    line = r.ClaimLine("c", 1, "1", one_of_each()[-1].month, "99490", charge_usd=Decimal("0.00001"))
    with pytest.raises(Exception, match="more than 4 decimal places"):
        save([line])


def test_a_changed_entry_is_a_new_version_and_old_news_stays_old(url, save):
    save([*a_practice(), *a_patient("1"), an_entry("t", "1", minutes=20)])
    assert save([an_entry("t", "1", minutes=25)]) == Written(changed=1)
    assert save([an_entry("t", "1", minutes=20)]) == Written(same=1)
    table = record_table(r.TimeEntry)
    with db.session(url) as session:
        rows = session.connection().execute(select(table).order_by(table.c.version)).all()
        (stands,) = reading.records_of(session, r.TimeEntry, "1")
    assert [(x.version, x.seconds, x.is_current) for x in rows] == [
        (1, 1200, False),
        (2, 1500, True),
    ]
    assert rows[1].replaces_id == rows[0].id
    assert stands.seconds == 1500


def test_chronic_groups_follow_the_conditions(url, save):
    save([*a_practice(), r.Patient("1")])
    group = table_of(PatientRow).c.chronic_groups

    def groups() -> int:
        with db.session(url) as session:
            return session.connection().scalar(select(group))

    chronic = r.Condition("a", "1", "E11.9", is_chronic=True, group="diabetes")
    assert groups() == 0
    save([chronic, replace(chronic, condition_id="b", code="E11.65")])
    assert groups() == 1
    save([r.Condition("c", "1", "I10"), r.Condition("d", "1", "I10", confirmed_by="x")])
    assert groups() == 2
    save([replace(chronic, condition_id="e", group="", code="J06.9", is_chronic=False)])
    assert groups() == 2
    save(
        [r.Condition("d", "1", "I10", confirmed_by="x", ended_on=one_of_each()[0].access_proof_on)]
    )
    assert groups() == 1


def test_a_patient_is_rewritten_once_in_a_load_and_only_for_something_new(url):
    """Conditions and time together; an entry between the first and the last changes nothing."""
    patient = [f"{n}" for n in range(3)]
    conditions = [r.Condition(f"c{n}", n, "E11.9", is_chronic=True) for n in patient]
    entries = [an_entry(f"e{n}-{day}", n, day=day) for n in patient for day in (3, 20)]
    between = [an_entry("between", "1", day=9)]
    rewritten = []

    def keep(_conn, _cursor, statement, _parameters, _context, _many):
        rewritten.append(statement) if statement.startswith("UPDATE patient ") else None

    with db.session(url, write=True) as session:
        event.listen(session.connection(), "before_cursor_execute", keep)
        save_now(session, PRACTICE, [*a_practice(), *map(r.Patient, patient)])
        assert not rewritten
        save_now(session, PRACTICE, [*conditions, *entries])
        assert len(rewritten) == 1
        save_now(session, PRACTICE, between)
        assert len(rewritten) == 1


def test_many_records_are_written_in_batches(url, save):
    many = [*a_practice(), *(r.Patient(f"{n:05d}") for n in range(12_345))]
    assert save(many) == Written(new=12_348)
    assert save(many) == Written(same=12_348)
    with db.session(url) as session:
        assert (
            session.connection().scalar(select(func.count()).select_from(table_of(PatientRow)))
            == 12_345
        )
