"""R15: one table, deny by default; the cells that matter are written out by hand."""

from __future__ import annotations

import ast

import pytest

from ccm_core.access.identity import Identity
from ccm_core.access.permissions import ROLES, allowed, can, require
from ccm_core.errors import PermissionDenied, TableError
from pages.parts import menu

# role -> what it may and may not do: page, action, allowed.
BY_HAND = """
administrator     users          manage      yes
administrator     access_log     view        yes
administrator     settings       edit        yes
practice_manager  users          view        no
practice_manager  access_log     view        no
practice_manager  settings       edit        no
practice_manager  enrollment     edit        yes
practice_manager  pre_flight     approve     yes
practice_manager  imports        import      yes
billing_lead      pre_flight     run         yes
billing_lead      pre_flight     acknowledge yes
billing_lead      pre_flight     export      yes
billing_lead      claims         edit        yes
billing_lead      patient        edit        no
billing_lead      log_time       view        no
billing_lead      users          view        no
billing_lead      enrollment     edit        no
care_manager      log_time       edit        yes
care_manager      minutes        edit        yes
care_manager      minutes        export      no
care_manager      patient        edit        yes
care_manager      pre_flight     view        no
care_manager      revenue        view        no
care_manager      claims         view        no
care_manager      users          view        no
care_manager      imports        view        no
auditor           access_log     view        yes
auditor           patient        view        yes
auditor           patient        edit        no
auditor           pre_flight     view        yes
auditor           pre_flight     acknowledge no
auditor           pre_flight     approve     no
auditor           imports        import      no
auditor           users          view        yes
auditor           users          manage      no
auditor           settings       edit        no
consultant        revenue        view        yes
consultant        fee_tables     view        yes
consultant        what_if        view        yes
consultant        home           identify    no
consultant        patient        view        no
consultant        minutes        view        no
consultant        enrollment     identify    no
consultant        pre_flight     view        no
consultant        claims         view        no
consultant        imports        view        no
consultant        access_log     view        no
consultant        users          view        no
"""
CELLS = [line.split() for line in BY_HAND.split("\n") if line]


def person(role: str) -> Identity:
    return Identity("1", "x", "X", role, "0" * 64)


@pytest.mark.parametrize(("role", "page", "action", "answer"), CELLS)
def test_cells_by_hand(role, page, action, answer):
    assert can(person(role), page, action) is (answer == "yes")
    if answer == "no":
        with pytest.raises(PermissionDenied):
            require(person(role), page, action)


def test_consultants_see_nobody_and_auditors_change_nothing():
    assert not [cell for cell in allowed() if cell[0] == "consultant" and cell[2] == "identify"]
    changing = {"edit", "run", "acknowledge", "approve", "import", "manage"}
    own = ("auditor", "account", "edit")
    assert not [c for c in allowed() if c[0] == "auditor" and c[2] in changing and c != own]


@pytest.mark.parametrize("role", ["", "root", "Administrator", "care manager"])
def test_what_is_not_listed_is_denied(role):
    assert not any(can(person(role), entry.name) for entry in menu.PAGES)
    assert not can(None, "home")
    assert not can(person("administrator"), "no_such_page")
    assert not can(person("administrator"), "home", "no_such_action")


def test_every_role_has_a_home_and_every_row_a_page():
    pages = {entry.name for entry in menu.PAGES}
    assert {page for _, page, _ in allowed()} <= pages
    assert all(can(person(role), "home") and can(person(role), "account") for role in ROLES)
    acting = {(role, page) for role, page, _ in allowed()}
    assert all((role, page, "view") in allowed() for role, page in acting)


@pytest.mark.parametrize(
    "row", ["king,home,view", "auditor,home,fly", "auditor,home,view\nauditor,home,view"]
)
def test_a_broken_table_is_refused(tmp_path, row):
    file = tmp_path / "permissions.csv"
    file.write_text(f"role,page,action\n{row}\n")
    with pytest.raises(TableError, match=r"permissions\.csv, line"):
        allowed(file)


@pytest.mark.parametrize("entry", menu.built(), ids=lambda entry: entry.name)
def test_every_page_begins_with_its_guard(entry):
    """Nothing but imports and definitions may stand before ``who = guard("<its name>")``."""
    body = ast.parse(entry.file.read_text(encoding="utf-8")).body
    harmless = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef, ast.If)
    first = next(
        node
        for node in body
        if not isinstance(node, harmless)
        and not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
    )
    assert ast.unparse(first) == f"who = guard('{entry.name}')"


def test_no_page_is_left_out_of_the_menu():
    there = {file.stem for file in menu.FOLDER.glob("*.py")} - {"router", "__init__"}
    assert there <= {entry.name for entry in menu.PAGES}
