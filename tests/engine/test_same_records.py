"""One list of what makes a record the same: the store, imports and files of columns go by it."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime

import pytest

from ccm_core import records
from ccm_core.engine import columns, run
from ccm_core.errors import UsageError
from ccm_core.exchange.drafts import key_of
from ccm_core.record_ids import SAME_BY
from ccm_core.store import db, schema, writing
from tests.store.practices import MARCH, PRACTICE, a_messy_practice, one_of_each


def audited(found, folder):
    columns.write_records(found, folder)
    return run.audit_month([], MARCH, None, None, "local", run.Cluster(source=str(folder)))


def test_every_kind_is_in_the_list_and_unique_by_it_in_the_store():
    assert set(SAME_BY) == set(columns.KINDS) == set(schema.ROW_OF)
    for kind, names in SAME_BY.items():
        assert set(names) <= {one.name for one in fields(kind)}
        table = schema.record_table(kind)
        held = [
            {column.name for column in one.columns} - {"practice_id", "version"}
            for one in (*table.constraints, *table.indexes)
            if getattr(one, "unique", True) and len(one.columns) > 0
        ]
        assert (set(names) - {"practice_id"}) in held, kind


def test_an_import_knows_a_record_by_the_same_fields():
    for record in one_of_each():
        kind = type(record)
        assert key_of(record) == (kind, *(getattr(record, name) for name in SAME_BY[kind]))


def test_an_insurers_number_may_stand_for_many_patients(tmp_path, store_url):
    found = [one for one in a_messy_practice(12, 3) if not isinstance(one, records.Payer)]
    found += [records.Payer("SHARED", f"P{number:04d}") for number in range(12)]
    assert audited(found, tmp_path / "rows")
    with db.session(store_url) as session:
        assert writing.save(session, PRACTICE, found).same == 0


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (records.StatusChange("P0001", "invited", MARCH.first_day), "other reason"),
        (records.Complexity("P0001", MARCH, "moderate"), "another note"),
        (records.Payer("pay", "P0001"), "another name"),
    ],
    ids=lambda one: type(one).__name__,
)
def test_two_rows_of_one_record_are_refused_in_files(tmp_path, first, second):
    word = {records.StatusChange: "reason", records.Complexity: "note", records.Payer: "name"}
    again = replace(first, **{word[type(first)]: second})
    found = [one for one in a_messy_practice(3, 5) if not isinstance(one, type(first))]
    with pytest.raises(UsageError, match="repeat an identifier"):
        audited([*found, first, again], tmp_path / "rows")


def test_a_month_in_which_nobody_logged_time_is_audited(tmp_path):
    found = [one for one in a_messy_practice(30, 7) if not isinstance(one, records.TimeEntry)]
    nobody = records.TimeEntry("e1", "P0001", datetime(2025, 3, 9, 15, tzinfo=UTC), 600)
    assert audited([*found, nobody], tmp_path / "rows")
