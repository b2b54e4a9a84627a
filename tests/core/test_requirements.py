"""Each requirement of the sources is held by a rule, a table or the count, or says why not."""

from __future__ import annotations

import re

from ccm_core import tables
from ccm_core.rules import ALL_RULES
from ccm_core.sources import source

ROWS = tables.load("requirements", "requirement").rows
RULE_IDS = {rule.id for rule in ALL_RULES}
COUNT = "minutes"


def test_what_holds_a_requirement_exists() -> None:
    for row in ROWS:
        for name in row["held_by"].split():
            if re.fullmatch(r"[A-Z]\d\d", name):
                assert name in RULE_IDS, (row.where, name)
            elif name != COUNT:
                assert (tables.data_folder() / f"{name}.csv").is_file(), (row.where, name)


def test_a_requirement_is_held_or_says_why_not() -> None:
    for row in ROWS:
        assert bool(row["held_by"]) != bool(row["not_judged"]), row.where
        assert source(row.cite).title


def test_every_rule_holds_some_requirement() -> None:
    named = {name for row in ROWS for name in row["held_by"].split()}
    assert named >= RULE_IDS, sorted(RULE_IDS - named)
