"""A database that cannot be used: every page says why in plain words, and opens when it can."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3

import pytest
from sqlalchemy.exc import OperationalError
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from ccm_core.access.first_run import FirstRun
from ccm_core.errors import StoreTrouble
from ccm_core.store import db, sqlite, trouble
from pages.parts import opening
from pages.parts.closed import Closed


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A file that this program made."""
    made = tmp_path_factory.mktemp("whole") / "ccm.sqlite3"
    db.migrate(f"sqlite:///{made}")
    return made


@pytest.fixture
def place(tmp_path, monkeypatch, whole):
    found = tmp_path / "ccm.sqlite3"
    monkeypatch.setenv("CCM_DATABASE_URL", f"sqlite:///{found}")
    monkeypatch.setattr(sqlite, "_BUSY_MS", 10)
    yield found
    db.dispose()


def newer(place, whole):
    shutil.copy(whole, place)
    with sqlite3.connect(place) as raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
    raw.close()


def damaged(place, whole):
    place.write_bytes(b"no database at all " * 500)


def cut(place, whole):
    place.write_bytes(whole.read_bytes()[: whole.stat().st_size // 3])


def folder(place, whole):
    place.mkdir()


def foreign(place, whole):
    with sqlite3.connect(place) as raw:
        raw.execute("CREATE TABLE patient (name TEXT)")
    raw.close()


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (newer, "written by a newer version"),
        (damaged, "database file is failing. Stop"),
        (cut, "database file is failing. Stop"),
        (folder, "cannot be written. Check the rights"),
        (foreign, "cannot be used as it is"),
    ],
)
def test_it_says_what_is_the_matter_once(place, whole, capsys, spoil, said):
    spoil(place, whole)
    found = opening.Opening(FirstRun())
    found.open()
    found.open()
    assert said in found.closed
    assert "Nothing of this change" not in found.closed
    printed = capsys.readouterr().err
    assert printed.count("The dashboard stays closed.") == 1
    assert "Traceback" not in printed
    assert "CREATE TABLE" not in printed


def test_a_locked_file_opens_when_it_is_free(place, whole, capsys):
    shutil.copy(whole, place)
    # The same library as the program: locks of one process do not bind another copy in it.
    holding = sqlite.library().connect(place, isolation_level=None)
    holding.execute("PRAGMA locking_mode=EXCLUSIVE")
    holding.execute("BEGIN EXCLUSIVE")
    found = opening.Opening(FirstRun())
    found.open()
    assert "busy with another change" in found.closed
    holding.close()
    found.open()
    assert found.closed == ""
    assert "first-run?token=" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("/var/lib/ccm.sqlite3", "is not the address of a database"),
        ("mysql://ann:secret@127.0.0.1/ccm", "A mysql database was asked for"),
        ("postgresql://ann:secret@127.0.0.1:1/ccm", "does not answer. Start it"),
    ],
)
def test_an_address_that_leads_nowhere(monkeypatch, capsys, url, said):
    monkeypatch.setenv("CCM_DATABASE_URL", url)
    found = opening.Opening(FirstRun())
    found.open()
    assert said in found.closed
    assert "secret" not in found.closed + capsys.readouterr().err


def test_the_server_goes_on_trying(monkeypatch):
    """And begins its work when the database is there."""
    tries, begun = [], []
    found = opening.Opening(FirstRun())

    def fail_twice():
        tries.append(1)
        found.closed = "busy" if len(tries) < 3 else ""

    async def work():
        begun.append(len(tries))

    monkeypatch.setattr(found, "open", fail_twice)
    monkeypatch.setattr(opening, "RETRY_SECONDS", 0)
    monkeypatch.setattr(opening.warming, "start", lambda: None)
    monkeypatch.setattr(opening, "every_day", work)
    monkeypatch.setattr(opening, "timeouts_every_minute", work)

    async def serve():
        async with found.lifespan(None):
            while len(begun) < 2:
                await asyncio.sleep(0)

    asyncio.run(serve())
    assert begun == [3, 3]


async def told(request):
    return PlainTextResponse("inside")


@pytest.mark.parametrize("path", ["/", "/sign-in", "/patient", "/media/x", "/_stcore/host-config"])
def test_every_page_says_why(path):
    why = ["The <disk> is full."]
    served = Starlette(
        routes=[Route("/{rest:path}", told)], middleware=[Middleware(Closed, why=lambda: why[0])]
    )
    client = TestClient(served)
    answer = client.get(path)
    assert answer.status_code == 503
    assert "The &lt;disk&gt; is full." in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert client.post(path).status_code == 503
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/_stcore/stream"):
        pass
    assert client.get("/healthz").text == "inside"
    why[0] = ""
    assert client.get(path).text == "inside"


async def gone(request):
    raise StoreTrouble("The server of the <database> does not answer. Start it.")


def test_a_database_that_goes_away_is_said_on_every_page_and_ends_sockets():
    async def socket(websocket):
        await gone(None)

    routes = [Route("/{rest:path}", gone, methods=["GET", "POST"]), WebSocketRoute("/s", socket)]
    served = Starlette(routes=routes, middleware=[Middleware(Closed, why=str)])
    client = TestClient(served)
    for answer in (client.get("/sign-in"), client.post("/sign-in"), client.get("/minutes")):
        assert answer.status_code == 503
        assert "The server of the &lt;database&gt; does not answer." in answer.text
        assert "tries again" in answer.text
    with pytest.raises(WebSocketDisconnect) as closed, client.websocket_connect("/s"):
        pass
    assert closed.value.code == 1013


@pytest.mark.parametrize(
    "words",
    [
        'connection is bad: connection to server on socket "/x" failed: No such file or directory',
        "failed to resolve host 'db.example': [Errno -2] Name or service not known",
        "terminating connection due to administrator command",
        "consuming input failed: server closed the connection unexpectedly",
        "the connection is closed",
    ],
)
def test_a_server_of_the_database_that_stops_is_told(words):
    error = trouble.told(OperationalError("SELECT 1", {}, Exception(words)))
    assert "does not answer" in str(error)
    assert "Start it" in str(error)
