"""R57: a canary in every page's error reaches neither the browser nor any log file."""

from __future__ import annotations

import json
import subprocess
import sys

import httpx
import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError

from ccm_core.access import logs
from ccm_core.errors import StoreTrouble
from ccm_core.store import trouble
from pages.parts import menu
from tests.trust.live import ROOT, Server, run

CANARY = "CANARY-IN-ERROR Jane Doe 1S00-A00-AA00"
FAIL = f'''

_guard = guard


def guard(page):
    _guard(page)
    import logging, warnings
    try:
        {{}}["{CANARY}"]
    except KeyError as inner:
        logging.getLogger("some.library").exception("it failed")
        raise ValueError("{CANARY}") from inner
'''
BROKEN_DOWNLOAD = f'''
import streamlit as st
from pages.parts.downloads import offer
from pages.parts.guard import guard

who = guard("home")


def make():
    raise ValueError("{CANARY}")


offer("Get", "x.csv", make, "text/csv", "home", "view")
'''


def leaks(came: bytes) -> bool:
    return b"CANARY" in came.upper() or b"JANE DOE" in came.upper()


@pytest.mark.slow
def test_every_page_that_fails_says_an_id_and_nothing_else(tmp_path):
    server = Server(tmp_path, keep_pages=True)
    with (server.folder / "pages" / "parts" / "guard.py").open("a") as file:
        file.write(FAIL)
    server.prepare()
    server.start()
    try:
        with server.open(server.sign_in("administrator")) as stream:
            for entry in menu.built():
                _, came = run(stream, page=entry.name)
                assert not leaks(came), entry.name
                assert b"Error id: " in came, entry.name
    finally:
        server.stop()
    said = server.log.read_bytes()
    assert not leaks(said)
    assert said.count(b"page_failed") >= len(menu.built())
    assert said.count(b"it failed [KeyError at guard.py") + said.count(b"it failed [KeyError") > 0


@pytest.mark.slow
def test_a_download_that_fails_tells_nothing(tmp_path):
    server = Server(tmp_path)
    (server.folder / "pages" / "home.py").write_text(BROKEN_DOWNLOAD)
    server.prepare()
    server.start()
    try:
        token = server.sign_in("administrator")
        with server.open(token) as stream:
            _, came = run(stream)
        start = came.index(b"/download/")
        path = came[start : came.index(b'"', start)].decode()
        answer = httpx.get(server.url + path, cookies={"ccm_session": token})
        assert answer.status_code >= 400
        assert not leaks(answer.content)
    finally:
        server.stop()
    assert not leaks(server.log.read_bytes())


def test_an_uncaught_error_of_a_process_is_logged_without_its_text():
    script = (
        "from ccm_core.access import logs; logs.configure()\n"
        f"import threading\ndef fail(): raise ValueError({CANARY!r})\n"
        "t = threading.Thread(target=fail); t.start(); t.join()\n"
        f"raise ValueError({CANARY!r})\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, check=False
    )
    assert done.returncode == 1
    assert not leaks(done.stdout + done.stderr)
    last = json.loads(done.stderr.decode().strip().splitlines()[-1])
    assert (last["event"], last["error"]) == ("uncaught", "ValueError")


@pytest.mark.parametrize(
    "said", ["database or disk is full", "attempt to write a readonly database",
             "database is locked", "disk I/O error"]
)  # fmt: skip
def test_the_words_of_the_driver_are_replaced(said):
    error = DBAPIError("INSERT INTO patient VALUES (?)", (CANARY,), Exception(f"{said} {CANARY}"))
    told = trouble.told(error)
    assert isinstance(told, StoreTrouble)
    assert not leaks(str(told).encode())


def test_other_errors_of_the_driver_stay_for_the_id():
    error = IntegrityError("INSERT", (CANARY,), Exception(CANARY))
    assert trouble.told(error) is None
    assert trouble.told(ValueError(CANARY)) is None


def test_fields_that_nobody_looked_at_are_dropped():
    event = logs.known_only(None, "info", {"event": "x", "patient": CANARY, "seq": 3})
    assert event == {"event": "x", "seq": 3, "dropped": 1}
