"""The shared databases are fresh for each test, on both kinds of store."""

from __future__ import annotations

import pytest
import sqlalchemy

from ccm_core.store import db


@pytest.mark.parametrize("turn", ["first", "second"])
def test_each_test_gets_a_store_of_its_own(store_url, turn):
    with db.engine(store_url).begin() as connection:
        connection.execute(sqlalchemy.text("CREATE TABLE left_behind (turn TEXT)"))
    assert "left_behind" in sqlalchemy.inspect(db.engine(store_url)).get_table_names()


def test_an_empty_store_is_empty(empty_store_url):
    assert sqlalchemy.inspect(db.engine(empty_store_url)).get_table_names() == []
