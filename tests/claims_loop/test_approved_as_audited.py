"""A claim that is put on record leaves its audit standing; any other change is audited anew."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ccm_core import records
from ccm_core.program import billing_settings, claim_files, claim_run
from ccm_core.store import db, reading, results, writing
from ccm_core.store.claiming import basis, batches
from ccm_core.store.reading.rows import load, select_records
from ccm_core.store.schema import CaseResult, table_of
from tests.claims_loop.conftest import MONTH, practice_of, who
from tests.claims_loop.test_round_trip import LEAD, batch, export


def test_a_claim_put_on_record_leaves_its_audit_standing(url):
    practice = practice_of(url)
    made = batch(url)
    with db.session(url, write=True) as session:
        again = results.refresh(session, practice.practice_id, MONTH)
        assert again.audited == 0
        mark = claim_run.settings_mark(session, practice)
        same = basis.unchanged(session, practice.practice_id, MONTH, mark)
    assert len(same) == made.new > 10


def test_what_stands_is_what_an_audit_of_the_case_with_its_claim_says(lite):
    practice = practice_of(lite)
    batch(lite)
    stands = what_is_stored(lite)
    with db.session(lite, write=True) as session:
        session.connection().execute(table_of(CaseResult).update().values(fingerprint=""))
        assert results.refresh(session, practice.practice_id, MONTH).audited == len(stands)
    assert what_is_stored(lite) == stands


def what_is_stored(url):
    c = table_of(CaseResult).c
    names = [n for n in c.keys() if n not in ("id", "fingerprint", "audited_at", "created_at")]  # noqa: SIM118
    with db.session(url) as session:
        rows = session.connection().execute(
            table_of(CaseResult).select().where(c.month == MONTH).order_by(c.patient_id)
        )
        return [tuple(getattr(row, name) for name in names) for row in rows]


def other_settings(session, practice, _one):
    settings, version = billing_settings.read(session, practice)
    changed = replace(settings, billing_name="Another Name")
    billing_settings.save(session, who("administrator"), practice, changed, version)


def other_practitioner(session, practice, _one):
    first = reading.practitioners(session, practice.practice_id)[0]
    writing.save(session, practice.practice_id, [replace(first, name="Newname, Doctor")])


def other_condition(session, practice, one):
    kind = records.Condition
    found = load(session, kind, select_records(kind, practice.practice_id))
    mine = next(c for c in found if c.patient_id == one.patient_id and c.is_chronic)
    writing.save(session, practice.practice_id, [replace(mine, code="I10", label="Other")])


@pytest.mark.parametrize(
    "change", [other_settings, other_practitioner, other_condition], ids=lambda one: one.__name__
)
def test_whatever_goes_on_a_claim_and_changed_holds_it_back(lite, change):
    practice = practice_of(lite)
    made = batch(lite)
    with db.session(lite, write=True) as session:
        one = batches.claims_of(session, practice.practice_id, MONTH)[0]
        change(session, practice, one)
    done = export(lite)
    assert done.claims + len(done.held) == made.new
    assert done.held


def test_settings_put_back_do_not_bring_back_a_claim_made_meanwhile(lite):
    practice = practice_of(lite)
    made = batch(lite)
    with db.session(lite, write=True) as session:
        first, _ = billing_settings.read(session, practice)
        other_settings(session, practice, None)
    assert batch(lite).renewed == made.new
    with db.session(lite, write=True) as session:
        version = billing_settings.read(session, practice)[1]
        billing_settings.save(session, who("administrator"), practice, first, version)
        done = claim_files.export(session, LEAD, practice, MONTH)
    assert (done.claims, len(done.held)) == (0, made.new)
