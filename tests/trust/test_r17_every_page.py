"""R01, R15, R17 over the wire: every role asks for every page of a demo practice, byte by byte."""

from __future__ import annotations

import re
import sqlite3

import pytest

from ccm_core.access.permissions import ROLES, allowed
from pages.parts import menu
from tests.trust.live import Server, run

pytestmark = pytest.mark.slow

PREPARE = """
from ccm_core import demo
from ccm_core.store import db
db.require_current()
with db.session(write=True) as opened:
    demo.load(opened, patients=60, months=4)
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    made = Server(tmp_path_factory.mktemp("live"), keep_pages=True)
    made.prepare(PREPARE)
    made.start()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def identifiers(server):
    """Everything in the patient table that says who somebody is, as bytes to look for."""
    with sqlite3.connect(server.folder.parent / "var" / "ccm.sqlite3", timeout=15) as db:
        db.row_factory = sqlite3.Row
        rows = [dict(row) for row in db.execute("SELECT * FROM patient")]
    kinds = ("patient_id", "mbi", "mrn", "phone")
    found = {str(row[kind]) for row in rows for kind in kinds if row.get(kind)}
    found |= {f"{row['family_name']}, {row['given_name']}" for row in rows}
    found |= {f"{row['given_name']} {row['family_name']}" for row in rows}
    assert len(found) > 100
    return [value.encode() for value in found if len(value) >= 5]


REFUSED = b"Your role does not include this page"
PAGES = [entry.name for entry in menu.built()]


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("role", ROLES)
def test_each_role_gets_its_pages_and_no_others(server, identifiers, role, page):
    with server.open(server.sign_in(role)) as stream:
        _, came = run(stream, page="" if page == "home" else page)
    if (role, page, "view") in allowed():
        assert b"Error id" not in came
        assert REFUSED not in came
    else:
        assert REFUSED in came
    if (role, page, "identify") not in allowed():
        leaked = [value for value in identifiers if re.search(rb"\b" + re.escape(value), came)]
        assert not leaked, f"{len(leaked)} identifiers reached a {role} on {page}: {leaked[:3]}"
