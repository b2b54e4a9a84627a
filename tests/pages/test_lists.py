"""Lists draw under any name: Streamlit refuses two underscores in the key of a component."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from ccm_core.access.patient_keys import PatientKeys


def a_list(name: str) -> None:
    from pages.parts import tables

    column = tables.Column("codes", "Codes")
    tables.whole(name, [column], [{"codes": "99490"}], alt="Codes")


@pytest.mark.parametrize("name", ["codes", "my__export.csv", "___", "ends_", "_"])
def test_a_list_draws_under_any_name(name):
    ran = AppTest.from_function(a_list, kwargs={"name": name}).run()
    assert not ran.exception


def test_keys_of_patients_may_stand_in_the_name_of_a_list():
    keys = PatientKeys()
    some = [keys.key_for("session", str(number)) for number in range(2_000)]
    assert len(set(some)) == len(some)
    assert all(key.isascii() and key.isalnum() for key in some)
    assert {len(key) for key in some} == {24}
