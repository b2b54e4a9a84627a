"""R01, R02, R03, R20, R51: attacks on a running server by people with a sign-in of their own."""

from __future__ import annotations

import csv
import io
import re
import socket
import sqlite3
import zipfile
from contextlib import suppress

import httpx
import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from ccm_core.access.permissions import allowed
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
HTML = "<img src=//evil.example/x onerror=alert(1)>"
MARKDOWN = "![b](//evil.example/y)[c](javascript:alert(2))"
FORMULA = '=HYPERLINK("http://evil.example")'
STARTS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
TEXTS = ("patient.given_name", "patient.family_name", "staff.name", "practitioner.name",
         "practice.name", "time_entry.note", "condition.label", "payer.name", "outreach.note",
         "visit.practice", "user_account.name")  # fmt: skip


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The demo practice, with an attack at the front of every stored text."""
    made = Server(tmp_path_factory.mktemp("live"), keep_pages=True)
    made.prepare(PREPARE)
    with sqlite3.connect(made.folder.parent / "var" / "ccm.sqlite3") as db:
        for place in TEXTS:
            table, column = place.split(".")
            db.execute(f'UPDATE "{table}" SET "{column}" = ? || "{column}"', (FORMULA + HTML,))
            db.execute(f'UPDATE "{table}" SET "{column}" = "{column}" || ?', (MARKDOWN,))
    made.start()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def tokens(server):
    return {role: server.sign_in(role) for role in {role for role, _, _ in allowed()}}


@pytest.fixture(scope="module")
def identifiers(server):
    """Identifier to the care manager of the patient."""
    with sqlite3.connect(server.folder.parent / "var" / "ccm.sqlite3", timeout=15) as db:
        rows = db.execute("SELECT care_manager_id, patient_id, mrn, mbi, phone FROM patient")
        return {value.encode(): row[0] for row in rows for value in row[1:] if len(value) >= 5}


def messages(stream, **rerun) -> list[bytes]:
    """Every frame of one run of the script."""
    message = BackMsg()
    message.rerun_script.page_name = rerun.get("page", "")
    message.rerun_script.query_string = rerun.get("query", "")
    for widget, field, value in rerun.get("states", ()):
        state = message.rerun_script.widget_states.widgets.add()
        state.id = widget
        if field == "string_array_value":
            state.string_array_value.data.extend(value)
        else:
            setattr(state, field, value)
    stream.send(message.SerializeToString())
    frames = []
    while True:
        frames.append(stream.recv(timeout=60))
        if ForwardMsg.FromString(frames[-1]).WhichOneof("type") == "script_finished":
            return frames


def elements(frames):
    for frame in frames:
        forward = ForwardMsg.FromString(frame)
        if forward.WhichOneof("type") == "delta":
            element = forward.delta.new_element
            if kind := element.WhichOneof("type"):
                yield kind, getattr(element, kind)


def pages_of(role: str) -> list[str]:
    built = [entry.name for entry in menu.built()]
    return [name for name in built if (role, name, "view") in allowed()]


def found_in(frames: list[bytes], wanted) -> list[bytes]:
    came = b"".join(frames)
    return [one for one in wanted if re.search(rb"\b" + re.escape(one) + rb"\b", came)]


def test_nobody_uploads_into_the_tab_of_somebody_else(server, tokens):
    with server.open(tokens["practice_manager"]) as mine:
        tab, _ = run(mine, page="imports")
        for role, status in (("consultant", 403), ("practice_manager", 204)):
            with httpx.Client(base_url=server.url, cookies={"ccm_session": tokens[role]}) as client:
                client.get("/_stcore/health")
                xsrf = {"x-xsrftoken": client.cookies.get("_streamlit_xsrf", "")}
                there = f"/_stcore/upload_file/{tab}/some-id"
                put = client.put(there, files={"file": ("x.csv", b"patient_id")}, headers=xsrf)
                assert put.status_code == status
                assert client.delete(there, headers=xsrf).status_code == status
    cookies = {"ccm_session": tokens["practice_manager"]}
    gone = httpx.put(f"{server.url}/_stcore/upload_file/{tab}/some-id", cookies=cookies)
    assert gone.status_code == 403, "the tab is closed"


@pytest.mark.parametrize("path", ["/_stcore/agent/openapi.json", "/_stcore/script-health-check"])
def test_interfaces_that_nobody_uses_are_closed(server, tokens, path):
    for token in tokens.values():
        assert httpx.get(server.url + path, cookies={"ccm_session": token}).status_code == 403


def test_metrics_are_for_administrators_and_hold_no_person(server, tokens, identifiers):
    for role, token in tokens.items():
        answer = httpx.get(f"{server.url}/_stcore/metrics", cookies={"ccm_session": token})
        assert answer.status_code == (200 if role == "administrator" else 403)
        assert not found_in([answer.content], identifiers)
        assert b"demo-" not in answer.content


@pytest.mark.parametrize("kind", ["debug_shutdown_runtime", "debug_disconnect_websocket"])
def test_debugging_messages_do_nothing(server, tokens, kind):
    with server.open(tokens["consultant"]) as stream:
        message = BackMsg()
        setattr(message, kind, True)
        stream.send(message.SerializeToString())
        assert messages(stream)
    assert httpx.get(f"{server.url}/healthz").status_code == 200


@pytest.mark.parametrize("role", ["practice_manager", "auditor", "care_manager"])
def test_stored_texts_are_never_markup_and_never_formulas(server, tokens, role):
    links: set[str] = set()
    with server.open(tokens[role]) as stream:
        for page in pages_of(role):
            frames = messages(stream, page="" if page == "home" else page)
            assert b"Error id" not in b"".join(frames), page
            for kind, element in elements(frames):
                if kind == "html":
                    assert HTML not in element.body, page
                elif kind == "markdown":
                    assert not (element.allow_html and HTML in element.body), page
                if kind not in ("selectbox", "multiselect", "bidi_component", "component_instance"):
                    said = str(element)  # the others draw plain text
                    assert "![b](//" not in said, (page, kind)
                    assert "[c](javascript" not in said, (page, kind)
            links |= set(re.findall(r"/download/[\w-]+", b"".join(frames).decode("latin-1")))
    assert links or role == "care_manager"
    for link in links:
        answer = httpx.get(server.url + link, cookies={"ccm_session": tokens[role]}, timeout=60)
        require_harmless(answer)


def require_harmless(answer: httpx.Response) -> None:
    """A download holds no formula, no markup and no header that a stored text made."""
    name = answer.headers["content-disposition"]
    assert re.fullmatch(r'attachment; filename="[\w.-]+"', name)
    kind = answer.headers["content-type"]
    if kind.startswith("text/csv"):
        for row in csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))):
            for cell in row:
                is_number = re.fullmatch(r"[-+]?[\d.,]+%?", cell.strip())
                assert is_number or cell.lstrip()[:1] not in STARTS, name
    elif kind.startswith("text/html"):
        assert HTML not in answer.text
    elif answer.content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(answer.content)) as book:
            for part in book.namelist():
                assert not re.search(rb"<f>[^<]*HYPERLINK", book.read(part)), (name, part)


FORGED = [
    ("string_value", "Everybody"), ("string_value", "' OR 1=1 --"), ("string_value", "%"),
    ("string_array_value", ["Everybody", "x"]), ("trigger_value", True), ("bool_value", True),
    ("int_value", 99_999), ("json_value", '{"sort": "mrn; DROP", "open": "1", "offset": 9}'),
]  # fmt: skip


@pytest.mark.parametrize("role", ["consultant", "care_manager"])
def test_forged_states_of_widgets_reach_nobody_else(server, tokens, identifiers, role):
    """Every widget of every page is sent values that its options do not have."""
    with sqlite3.connect(server.folder.parent / "var" / "ccm.sqlite3", timeout=15) as db:
        (own,) = db.execute(
            "SELECT staff_id FROM user_account WHERE username = 'demo-care-manager'"
        ).fetchone()
    foreign = [one for one, whose in identifiers.items() if role == "consultant" or whose != own]
    assert foreign
    for page in pages_of(role):
        name = "" if page == "home" else page
        with server.open(tokens[role]) as stream:
            frames = messages(stream, page=name)
            assert not found_in(frames, foreign), page
            ids = [x.id for _, x in elements(frames) if getattr(x, "id", "")]
            for field, value in FORGED:
                states = [(widget, field, value) for widget in ids]
                assert not found_in(messages(stream, page=name, states=states), foreign), page


@pytest.mark.parametrize(
    "value", [HTML, MARKDOWN, "' OR 1=1 --", "%", "-1", "9" * 400, "\x00", "2026-13", "NaN"]
)
def test_forged_addresses_are_neither_obeyed_nor_repeated(server, tokens, value):
    source = "".join(
        file.read_text() for file in (*menu.FOLDER.glob("*.py"), *menu.FOLDER.glob("parts/*.py"))
    )
    names = set(re.findall(r'query_params(?:\.get\(|\[)"(\w+)"', source))
    names |= set(re.findall(r'filters\.\w+\(\s*"(\w+)"', source))
    assert len(names) > 15
    query = str(httpx.QueryParams(dict.fromkeys(sorted(names), value)))
    with server.open(tokens["practice_manager"]) as stream:
        for page in pages_of("practice_manager"):
            frames = messages(stream, page="" if page == "home" else page, query=query)
            assert b"Error id" not in b"".join(frames), page
            for kind, element in elements(frames):
                if kind in ("html", "markdown", "alert"):
                    assert value not in (HTML, MARKDOWN) or value not in str(element), page


def test_consultants_export_no_row_of_a_patient(server, tokens, identifiers):
    """There is no Safe Harbor export; what a consultant can fetch names nobody."""
    links: set[str] = set()
    with server.open(tokens["consultant"]) as stream:
        for page in pages_of("consultant"):
            frames = messages(stream, page="" if page == "home" else page)
            links |= set(re.findall(r"/download/[\w-]+", b"".join(frames).decode("latin-1")))
    assert links
    for link in links:
        answer = httpx.get(server.url + link, cookies={"ccm_session": tokens["consultant"]},
                           timeout=60)  # fmt: skip
        parts = [answer.content]
        if answer.content.startswith(b"PK"):
            with zipfile.ZipFile(io.BytesIO(answer.content)) as book:
                parts = [book.read(part) for part in book.namelist()]
        assert not found_in(parts, identifiers), answer.headers["content-disposition"]
        stolen = httpx.get(server.url + link, cookies={"ccm_session": tokens["administrator"]})
        assert stolen.status_code == 403, "a link is for one sign-in, and once"


RAW = {
    "two lengths": b"POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 6\r\n"
    b"Content-Length: 5\r\n\r\nabcdef",
    "odd encoding": b"POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: xchunked"
    b"\r\n\r\n0\r\n\r\n",
    "two hosts": b"GET /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil\r\n\r\n",
    "no host": b"GET /sign-in HTTP/1.1\r\n\r\n",
    "a space in a name": b"GET /media/x HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Ccm-Session : a\r\n\r\n",
    "a huge header": b"GET /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: " + b"a" * 300_000
    + b"\r\n\r\n",
    "bytes that are no text": b"GET /\xff\xfe HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
}  # fmt: skip


@pytest.mark.parametrize("name", RAW)
def test_broken_requests_are_refused(server, name):
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as raw:
        answer = b""
        with suppress(ConnectionError, TimeoutError):
            raw.sendall(RAW[name])
            answer = raw.recv(65_536)
    assert not answer or answer.startswith(b"HTTP/1.1 400")


OUTSIDE = [
    "/static/../app.py", "/static/..%2f..%2fapp.py", "/static/%2e%2e/%2e%2e/app.py",
    "/static/..%5c..%5capp.py", "/static//etc/passwd", "/static/....//app.py", "/.git/config",
    "/.streamlit/config.toml", "/app.py", "/var/ccm.sqlite3", "/component/x/..%2f..%2fapp.py",
    "/media/..%2f..%2fvar%2fccm.sqlite3", "/download/..%2f..%2fapp.py",
]  # fmt: skip


@pytest.mark.parametrize("path", OUTSIDE)
@pytest.mark.parametrize("is_signed_in", [False, True])
def test_no_path_leads_to_a_file_of_the_server(server, tokens, path, is_signed_in):
    cookie = f"Cookie: ccm_session={tokens['consultant']}\r\n" if is_signed_in else ""
    asked = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{cookie}Connection: close\r\n\r\n"
    answer = b""
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as raw:
        raw.sendall(asked.encode())
        with suppress(TimeoutError):
            while part := raw.recv(65_536):
                answer += part
    assert b" 500 " not in answer[:30]
    for secret in (b"import streamlit", b"SQLite format", b"root:", b"[core]", b"enableCORS"):
        assert secret not in answer
