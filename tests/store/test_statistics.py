"""What SQLite knows of its indexes: enough to find one patient's entries by the patient."""

from __future__ import annotations

from datetime import date

import pytest

from ccm_core.store import db, writing
from ccm_core.store.summaries import keeping
from tests.bench import made

PRACTICE = made.PRACTICE.practice_id
PATIENTS = 300
ENTRIES = 4 * PATIENTS


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_a_practice_is_known_to_have_all_entries(store_url):
    """Of a thousand rows SQLite learnt that a practice has a thousand, and walked the month."""
    with db.session(store_url, write=True) as session:
        writing.save(session, PRACTICE, made.practice_records(PATIENTS))
        keeping.keep_up(session, PRACTICE, date(2025, 3, 28))
        known = session.connection().exec_driver_sql(
            "SELECT idx, stat FROM sqlite_stat1 WHERE tbl = 'time_entry'"
        )
        stats = {name: list(map(int, said.split())) for name, said in known}
    assert stats["ix_time_entry_practice_id_started_at"][:2] == [ENTRIES, ENTRIES]
    assert stats["ix_time_entry_practice_id_patient_id_started_at"][2] == ENTRIES // PATIENTS
