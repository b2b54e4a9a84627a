"""R01, R02, R06: without a sign-in nothing answers; cookie, origin, host and return path hold."""

from __future__ import annotations

import re
from contextlib import ExitStack
from dataclasses import replace

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect
from streamlit.proto.BackMsg_pb2 import BackMsg

from ccm_core.access import gate, sessions, throttle, users
from ccm_core.access.door import LOCAL_HOSTS, is_loopback, safe_next
from ccm_core.access.first_run import FirstRun
from ccm_core.access.gate import MOST_TABS, Gate
from ccm_core.access.headers import Headers
from ccm_core.access.signin import SignIn
from ccm_core.access.sockets import Watch
from pages.parts.frames import SERVED, is_served
from tests.trust.conftest import CONSOLE, PASSWORD, only_sqlite

STREAM = "ws://localhost/_stcore/stream"
HERE = ("127.0.0.1", 50000)


async def everything(request):
    return PlainTextResponse("SECRET " + request.headers.get("x-ccm-session", "nobody"))


async def socket(websocket):
    await websocket.accept()
    await websocket.send_text("SECRET " + websocket.headers.get("x-ccm-session", "nobody"))
    while (heard := await websocket.receive())["type"] == "websocket.receive":
        await websocket.send_text(heard.get("text") or heard["bytes"].decode())


@pytest.fixture
def store_url(_migrated_sqlite, tmp_path):
    return only_sqlite(_migrated_sqlite, tmp_path)


@pytest.fixture
def start():
    return FirstRun()


@pytest.fixture
def serve(door, start, clock):
    """A server with the gate before an application that would tell everything."""

    def make(client=HERE, base="http://localhost", **settings) -> TestClient:
        chosen = replace(door, **settings)
        watch = Watch(chosen)
        app = Starlette(
            routes=[
                *SignIn(chosen, watch, start).routes(),
                WebSocketRoute("/_stcore/stream", socket),
                Route("/{path:path}", everything, methods=["GET", "POST", "PUT", "DELETE"]),
            ],
            middleware=[
                Middleware(Headers, is_tls=chosen.is_tls),
                Middleware(Gate, door=chosen, watch=watch),
            ],
        )
        return TestClient(app, base, client=client, follow_redirects=False)

    return make


@pytest.fixture
def client(serve, add_user):
    add_user("nora", "billing_lead")
    return serve()


def enter(client, **more):
    form = {"username": "nora", "password": PASSWORD, "next": "/minutes"} | more
    return client.post("/sign-in", data=form)


PAGES = ["/", "/home", "/patient?id=1", "/%2e%2e/x", "//evil", "/unknown"]
MACHINES = [
    "/media/abc", "/_stcore/metrics", "/_stcore/host-config", "/_stcore/upload_file/1/2",
    "/_stcore/agent/openapi.json", "/component/x", "/download/abc", "/download-again/x",
    "/app/static/x", "/auth/login", "/_stcore/health/../metrics",
]  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
def test_a_page_leads_to_the_sign_in(client, path):
    answer = client.get(path)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in")
    assert "SECRET" not in answer.text


@pytest.mark.parametrize("path", MACHINES)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_everything_else_is_refused(client, path, method):
    answer = client.request(method, path)
    assert (answer.status_code, answer.text) == (401, "Sign in first.")


@pytest.mark.parametrize("token", ["", "x", "0" * 43, "../..", "%00", "é"])
def test_a_made_up_cookie_opens_nothing(client, token):
    headers = {"cookie": f"ccm_session={token}".encode()}
    assert client.get("/media/x", headers=headers).status_code == 401
    with (
        pytest.raises(WebSocketDisconnect),
        client.websocket_connect(STREAM, headers=headers),
    ):
        pass


def test_signing_in_opens_the_page_that_was_asked_for(client):
    answer = enter(client)
    assert (answer.status_code, answer.headers["location"]) == (303, "/minutes")
    assert client.get("/minutes").text.startswith("SECRET ")
    with client.websocket_connect(STREAM) as opened:
        assert opened.receive_text().startswith("SECRET ")


def test_the_cookie_is_out_of_reach_for_scripts(client):
    cookie = enter(client).headers["set-cookie"]
    assert "; HttpOnly" in cookie
    assert "; SameSite=Lax" in cookie
    assert "; Path=/" in cookie
    assert "Secure" not in cookie


def test_behind_tls_the_cookie_is_bound_to_host_and_tls(serve, add_user):
    add_user("nora")
    client = serve(("10.0.0.7", 1), "https://localhost", is_tls=True)
    cookie = enter(client).headers["set-cookie"]
    assert cookie.startswith("__Host-ccm_session=")
    assert "; Secure" in cookie
    assert "Domain" not in cookie
    assert "max-age" in client.get("/sign-in").headers["strict-transport-security"]


def test_signing_in_voids_the_token_of_before(client):
    enter(client)
    before = client.cookies["ccm_session"]
    enter(client)
    assert client.cookies["ccm_session"] != before
    stale = {"cookie": f"ccm_session={before}"}
    client.cookies.clear()
    assert client.get("/media/x", headers=stale).status_code == 401


@pytest.mark.parametrize("name", ["X-Ccm-Session", "x_ccm_session", "X-CCM_SESSION"])
def test_a_client_cannot_say_who_it_is(client, name):
    assert client.get("/media/x", headers={name: "a" * 64}).status_code == 401
    enter(client)
    mine = sessions.hash_of(client.cookies["ccm_session"])
    assert client.get("/media/x", headers={name: "a" * 64}).text == f"SECRET {mine}"
    with client.websocket_connect(STREAM, headers={name: "a" * 64}) as opened:
        assert opened.receive_text() == f"SECRET {mine}"


def test_signing_out_closes_sockets_and_voids_the_token(client):
    enter(client)
    token = client.cookies["ccm_session"]
    with client.websocket_connect(STREAM) as opened:
        opened.receive_text()
        assert client.post("/sign-out").status_code == 303
        with pytest.raises(WebSocketDisconnect):
            opened.receive_text()
    stale = {"cookie": f"ccm_session={token}"}
    assert client.get("/media/x", headers=stale).status_code == 401


def test_a_socket_closes_when_the_account_is_disabled_elsewhere(client, open_db, clock):
    enter(client)
    with client.websocket_connect(STREAM) as opened:
        opened.receive_text()
        with open_db(write=True) as db:
            users.set_active(db, "nora", False, now=clock.now, actor=CONSOLE)
        with pytest.raises(WebSocketDisconnect):
            opened.receive_text()


def test_a_sign_in_has_so_many_tabs_and_no_more(client):
    """Each keeps a page's state in memory: one account must not fill the server."""
    enter(client)
    with ExitStack() as tabs:
        for _ in range(MOST_TABS):
            tabs.enter_context(client.websocket_connect(STREAM)).receive_text()
        with pytest.raises(WebSocketDisconnect):
            tabs.enter_context(client.websocket_connect(STREAM))
    with client.websocket_connect(STREAM) as again:
        assert again.receive_text().startswith("SECRET")


def test_frames_that_no_page_needs_are_dropped(serve, add_user):
    add_user("nora")
    client = serve(is_served=lambda frame: frame == b"good")
    enter(client)
    with client.websocket_connect(STREAM) as opened:
        opened.receive_text()
        for frame in (b"bad", b"", b"\xff" * 50):
            opened.send_bytes(frame)
        opened.send_text("words")
        opened.send_bytes(b"good")
        assert opened.receive_text() == "good"


@pytest.fixture
def uploading(serve, add_user, monkeypatch):
    """Somebody signs in and opens a tab whose Streamlit session id is ``tab``."""
    monkeypatch.setattr(gate, "MOST_UPLOADED_BYTES", 1000)
    client = serve(tab_of=lambda frame: "tab")

    def sign_in(role: str) -> TestClient:
        add_user("nora", role)
        enter(client)
        return client

    return sign_in


def test_uploads_of_one_sign_in_are_counted(uploading):
    client = uploading("care_manager")
    there = "/_stcore/upload_file/tab/x"
    for _ in range(2):  # a tab that closed takes its files with it
        with client.websocket_connect(STREAM) as opened:
            opened.receive_text()
            assert client.put(there, content=b"a" * 600).status_code == 200
            assert client.put(there, content=b"a" * 600).status_code == 413
            assert client.put(there, content=b"a" * 400).status_code == 200
            assert client.put(there, content=iter([b"a"])).status_code == 413, "no length is said"
            assert client.delete(there).status_code == 200
        assert client.put(there, content=b"a").status_code == 403


@pytest.mark.parametrize("role", ["consultant", "auditor"])
def test_roles_without_a_form_for_files_upload_nothing(uploading, role):
    client = uploading(role)
    with client.websocket_connect(STREAM) as opened:
        opened.receive_text()
        assert client.put("/_stcore/upload_file/tab/x", content=b"a").status_code == 403


def framed(**fields) -> bytes:
    message = BackMsg()
    for name, value in fields.items():
        if value is None:
            getattr(message, name).SetInParent()
        else:
            setattr(message, name, value)
    return message.SerializeToString()


def test_messages_for_developers_are_not_served():
    for name in ("clear_cache", "set_run_on_save", "debug_shutdown_runtime",
                 "debug_disconnect_websocket"):  # fmt: skip
        assert not is_served(framed(**{name: True})), name
    assert is_served(framed(rerun_script=None))
    assert is_served(framed(stop_script=True))
    asked = BackMsg()
    for name in ("install_skills", "dismiss_skills_nudge", "deferred_file", "dataframe_chunk"):
        getattr(asked.backend_operation_request, name).SetInParent()
        assert is_served(asked.SerializeToString()) is (name == "dataframe_chunk"), name
    for frame in (b"", b"\xff" * 40, b"\x00" * 40):
        assert not is_served(frame)


def test_every_message_of_this_streamlit_was_looked_at():
    known = {field.name for field in BackMsg.DESCRIPTOR.fields}
    dropped = {"clear_cache", "set_run_on_save", "debug_shutdown_runtime",
               "debug_disconnect_websocket"}  # fmt: skip
    assert known == SERVED | dropped | {"backend_operation_request"}


def test_timers_do_not_keep_a_sign_in_alive(serve, add_user, clock):
    add_user("nora")
    client = serve(is_user_action=lambda frame: frame == b"click")
    enter(client)
    with client.websocket_connect(STREAM) as opened:
        opened.receive_text()
        for _ in range(2):
            clock.move(seconds=400)
            opened.send_text("timer")
            assert opened.receive_text() == "timer"
        assert client.get("/session").json() == {"seconds": 100}
        clock.move(seconds=100)
        opened.send_text("timer")
        with pytest.raises(WebSocketDisconnect):
            opened.receive_text()
    assert client.get("/session").status_code == 401


def test_asking_how_long_does_not_extend_and_the_button_does(client, clock):
    enter(client)
    clock.move(seconds=800)
    assert client.get("/session").json() == {"seconds": 100}
    assert client.post("/session").json() == {"seconds": 900}


@pytest.mark.parametrize("path", ["/sign-in", "/sign-out", "/first-run"])
def test_posts_from_other_sites_are_refused(client, path):
    for headers in ({"origin": "http://evil.example"}, {"origin": "null"},
                    {"origin": "http://["}, {"sec-fetch-site": "cross-site"}):  # fmt: skip
        assert client.post(path, headers=headers).status_code == 403


def test_a_foreign_link_does_not_sign_out(client):
    enter(client)
    answer = client.get("/sign-out", headers={"sec-fetch-site": "cross-site"})
    assert "Sign out?" in answer.text
    assert client.get("/media/x").status_code == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://["])
def test_a_foreign_origin_opens_no_socket(client, origin):
    enter(client)
    with (
        pytest.raises(WebSocketDisconnect),
        client.websocket_connect(STREAM, headers={"origin": origin}),
    ):
        pass


@pytest.mark.parametrize(
    "target",
    ["//evil.example", "/\\evil", "https://evil", "javascript:alert(1)", "", "x", "/a\r\nb: c",
     "/sign-out", "/./sign-out", "/%2e/sign-out", "/x/../sign-out", "/x/%2E%2e/sign-out?a",
     "/%73ign-out", "/s%69gn-out?a", "/%64ownload/x", "/sign%2Dout",
     "/download/x", "/" + "a" * 3000, "\\\\evil", "/x\\y"],
)  # fmt: skip
def test_the_way_back_stays_on_this_site(target):
    assert safe_next(target) == "/"
    assert safe_next("/patient?id=7&tab=a%20b") == "/patient?id=7&tab=a%20b"
    assert safe_next("/rule_book?search=a/../b") == "/rule_book?search=a/../b"


@pytest.mark.parametrize(
    ("address", "is_here"),
    [("127.0.0.1", True), ("127.8.8.8", True), ("::1", True), ("::ffff:127.0.0.1", True),
     ("10.0.0.1", False), ("::ffff:10.0.0.1", False), ("", False), ("testclient", False)],
)  # fmt: skip
def test_this_machine_is_told_from_others(address, is_here):
    assert is_loopback(address) is is_here


def test_other_machines_need_tls(serve):
    assert serve(("10.0.0.7", 1)).get("/sign-in").status_code == 403
    assert serve(("10.0.0.7", 1), is_tls=True).get("/sign-in").status_code == 403
    proxied = {"x-forwarded-proto": "https"}
    assert serve(("10.0.0.7", 1), is_tls=True).get("/sign-in", headers=proxied).status_code == 200


def test_only_known_host_names_are_served(serve):
    assert serve(base="http://rebound.example").get("/sign-in").status_code == 403
    named = LOCAL_HOSTS | {"ccm.practice.example"}
    known = serve(base="http://ccm.practice.example", hosts=named)
    assert known.get("/sign-in").status_code == 200


def test_wrong_and_unknown_look_alike(client):
    known, unknown = enter(client, password="wrong"), enter(client, username="ghost")
    said = unknown.text.replace('value="ghost"', 'value="nora"')  # what was typed stays typed
    assert (known.status_code, known.text) == (unknown.status_code, said)
    assert known.status_code == 401


def test_what_was_typed_is_not_sent_back(client):
    answer = enter(client, username='"><script>x', password="typed-secret", next='/"><script>')
    assert "typed-secret" not in answer.text
    assert "<script" not in answer.text


def test_a_huge_form_is_refused(client):
    assert enter(client, password="x" * 9000).status_code == 413


def test_a_form_with_many_fields_is_refused(client):
    body = "&".join(f"a{number}=1" for number in range(30))
    form = {"content-type": "application/x-www-form-urlencoded"}
    assert client.post("/sign-in", content=body, headers=form).status_code == 413


def test_a_browser_is_known_after_the_first_sign_in(client, open_db, clock):
    known = enter(client).headers.get_list("set-cookie")[-1]
    assert known.startswith("ccm_device=")
    assert "; HttpOnly" in known
    client.post("/sign-out")
    with open_db(write=True) as db:
        for _ in range(9):
            throttle.count_failure(db, throttle.account_key("nora"), clock.now)
    assert enter(client).status_code == 303
    client.cookies.clear()
    assert enter(client).status_code == 401


def test_every_answer_has_the_security_headers(client):
    for path in ("/sign-in", "/media/x", "/", "/session"):
        headers = client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
        assert headers["referrer-policy"] == "same-origin"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]


def test_no_demo_buttons_on_a_real_practice(client):
    assert "(demo)" not in client.get("/sign-in").text


def test_a_refused_sign_in_keeps_the_name_and_never_the_password(client):
    """The name stays, escaped, and the cursor waits in the password; codes are not sent back."""
    form = {"username": 'nora "<b>', "password": "wrong wrong wrong", "code": "123456"}
    again = client.post("/sign-in", data=form)
    assert again.status_code == 401
    assert 'value="nora &quot;&lt;b&gt;"' in again.text
    assert "wrong wrong" not in again.text
    assert "123456" not in again.text
    focused = re.findall(r"<input [^>]*autofocus[^>]*>", again.text)
    assert len(focused) == 1
    assert 'id="password"' in focused[0]
    assert 'id="username"' in re.findall(r"<input [^>]*autofocus", client.get("/sign-in").text)[0]


def test_the_printed_token_makes_one_administrator(serve, start, open_db):
    client, token = serve(), start.issue()
    assert client.get("/first-run?token=guess").status_code == 403
    assert client.get(f"/first-run?token={token}").status_code == 200
    form = {"token": token, "username": "ada", "name": "Ada", "password": PASSWORD}
    assert client.post("/first-run", data=form | {"again": "x"}).status_code == 400
    short = form | {"password": "short", "again": "short"}
    assert client.post("/first-run", data=short).status_code == 400
    assert client.post("/first-run", data=form | {"again": PASSWORD}).status_code == 303
    assert client.get("/users").status_code == 200
    assert client.post("/first-run", data=form | {"again": PASSWORD}).status_code == 400
    with open_db() as db:
        assert [(user.username, user.role) for user in users.listed(db)] == [
            ("ada", "administrator")
        ]


def test_a_refused_first_password_costs_no_other_word(serve, start):
    """Both names stay, escaped; a password is never sent back, and nothing without the link."""
    client, token = serve(), start.issue()
    form = {"token": token, "username": "ada", "name": 'Ada "<b>', "password": "short pass",
            "again": "short pass"}  # fmt: skip
    again = client.post("/first-run", data=form).text
    assert 'value="ada"' in again
    assert 'value="Ada &quot;&lt;b&gt;"' in again
    assert "short pass" not in again
    assert 'value="ada"' in client.post("/first-run", data=form | {"again": "other"}).text
    assert 'value="ada"' not in client.post("/first-run", data=form | {"token": "guess"}).text


def test_the_token_is_void_once_there_is_an_account(serve, start, add_user):
    token = start.issue()
    add_user("nora")
    form = {"token": token, "username": "eve", "name": "E", "password": PASSWORD, "again": PASSWORD}
    assert serve().post("/first-run", data=form).status_code == 400
