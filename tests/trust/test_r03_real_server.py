"""R01-R08, R57 on a running server: no cookie, takeover, spoofing, sign-out, errors."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import time

import httpx
import pytest

from tests.trust.live import Server, run, seconds_to_close

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A server with a demo practice of no patients and one account per role."""
    made = Server(tmp_path_factory.mktemp("live"))
    made.prepare()
    made.start()
    yield made
    made.stop()


COLD = ["/", "/home", "/users", "/billing", "/patient?id=1"]
CLOSED = [
    "/media/x", "/_stcore/metrics", "/_stcore/host-config", "/_stcore/upload_file/a/b",
    "/_stcore/agent/openapi.json", "/_stcore/agent/interact", "/component/x/y", "/download/x",
    "/app/static/x", "/_stcore/script-health-check", "/_stcore/health/", "/media/../media/x",
]  # fmt: skip


@pytest.mark.parametrize("path", COLD)
def test_a_cold_page_address_leads_to_the_sign_in(server, path):
    answer = httpx.get(server.url + path)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in")


@pytest.mark.parametrize("path", CLOSED)
def test_nothing_else_answers_without_a_sign_in(server, path):
    assert httpx.get(server.url + path).status_code in (303, 401)


def test_every_route_of_the_framework_is_closed(server):
    """Asks for each route that the application really has, so that a new one is noticed."""
    tell = (
        "import app; from starlette.routing import Mount\n"
        "made = app.app._build_starlette_app()\n"
        "print('\\n'.join(getattr(r, 'path', '') for r in made.routes))\n"
    )
    told = subprocess.run(
        [server.command()[0], "-c", tell], cwd=server.folder, env=server.environment,
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    paths = [re.sub(r"\{[^}]*\}", "x", path) for path in told.stdout.split() if path]
    assert "/_stcore/stream" in paths
    public = {"/sign-in", "/sign-out", "/first-run", "/session", "/session.js", "/healthz",
              "/readyz", "/_stcore/health"}  # fmt: skip
    for path in set(paths) - public:
        assert httpx.get(server.url + path).status_code in (303, 401), path


@pytest.mark.parametrize("how", [{}, {"token": "made-up"}, {"origin": "http://evil.example"}])
def test_no_socket_without_a_sign_in(server, how):
    assert server.refused(**how) == 403


def test_health_stays_open(server):
    assert httpx.get(f"{server.url}/_stcore/health").text == "ok"


def test_the_owner_sees_the_page(server):
    with server.open(server.sign_in("practice_manager")) as mine:
        _, came = run(mine)
    assert b"CANARY-PATIENT for demo-practice-manager role practice_manager" in came


def test_a_stolen_streamlit_session_id_opens_nothing(server):
    victim = server.sign_in("practice_manager")
    with server.open(victim) as mine:
        stolen, _ = run(mine)
        assert server.refused(session_id=stolen) == 403
        with server.open(server.sign_in("consultant"), session_id=stolen) as attacker:
            fresh, came = run(attacker)
        assert fresh != stolen
        assert b"kept by demo-practice-manager" not in came
        assert b"CANARY-PATIENT for demo-practice-manager" not in came
        assert b"for demo-consultant role consultant" in came
    time.sleep(0.5)
    with server.open(victim, session_id=stolen) as back:
        again, came = run(back)
    assert again == stolen, "the owner reconnects to the own session"
    assert b"kept by demo-practice-manager" in came


def test_a_spoofed_header_is_ignored(server):
    victim, attacker = server.sign_in("administrator"), server.sign_in("consultant")
    from ccm_core.access.sessions import hash_of

    spoofed = hash_of(victim)
    assert server.refused(X_Ccm_Session=spoofed) == 403
    with server.open(attacker, X_Ccm_Session=spoofed) as stream:
        _, came = run(stream)
    assert b"role consultant" in came


def test_session_state_is_no_authority(server):
    with server.open(server.sign_in("consultant")) as stream:
        run(stream)
        _, came = run(stream, page="users")
    assert b"No access" in came
    assert b"demo-administrator" not in came


def test_signing_out_closes_every_socket_within_five_seconds(server):
    token = server.sign_in("billing_lead")
    with server.open(token) as one, server.open(token) as two:
        run(one)
        run(two)
        assert (
            httpx.get(f"{server.url}/sign-out", cookies={"ccm_session": token}).status_code == 303
        )
        assert seconds_to_close(one) + seconds_to_close(two) < 5
    assert server.refused(token=token) == 403


def test_a_row_revoked_in_the_database_ends_the_socket(server):
    token = server.sign_in("auditor")
    with server.open(token) as stream:
        run(stream)
        file = server.folder.parent / "var" / "ccm.sqlite3"
        with sqlite3.connect(file, timeout=15) as db:
            db.execute("UPDATE login_session SET revoked_at = 1 WHERE revoked_at IS NULL")
        assert seconds_to_close(stream) < 5


def test_an_error_shows_an_id_and_leaks_nothing(server):
    with server.open(server.sign_in("practice_manager")) as stream:
        _, came = run(stream, "fail=1")
    assert b"CANARY-IN-ERROR" not in came
    assert b"Traceback" not in came
    found = re.search(rb"Error id: ([0-9a-f]{8})", came)
    assert found
    log = server.log.read_text()
    assert "CANARY" not in log
    assert "Jane Doe" not in log
    assert found[1].decode() in log
    assert "ValueError" in log


def test_a_download_link_of_a_page_works_once(server):
    token = server.sign_in("practice_manager")
    with server.open(token) as stream:
        _, came = run(stream, "offer=1")
    link = re.search(rb"/download/[\w-]+", came)
    assert link
    url, cookies = server.url + link[0].decode(), {"ccm_session": token}
    assert httpx.get(url).status_code == 401
    assert httpx.get(url, cookies=cookies).content == b"CANARY-ROWS"
    assert httpx.get(url, cookies=cookies).status_code == 403


WRONG = [
    (["--server.enableXsrfProtection", "false"], {}, "server.enableXsrfProtection"),
    (["--client.showErrorDetails", "full"], {}, "client.showErrorDetails"),
    (["--server.address", "0.0.0.0"], {}, "server.address"),
    ([], {"STREAMLIT_SERVER_TRUSTED_USER_HEADERS": "{}"}, "server.trustedUserHeaders"),
    ([], {"STREAMLIT_SERVER_ENABLE_STATIC_SERVING": "true"}, "server.enableStaticServing"),
    ([], {"STREAMLIT_BROWSER_GATHER_USAGE_STATS": "true"}, "browser.gatherUsageStats"),
]


@pytest.mark.parametrize(("words", "environment", "name"), WRONG, ids=[w[2] for w in WRONG])
def test_a_weakened_setting_keeps_the_server_from_starting(tmp_path, words, environment, name):
    weak = Server(tmp_path, **environment)
    ended = subprocess.run(
        weak.command(*words), cwd=weak.folder, env=weak.environment,
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert ended.returncode != 0
    assert name in ended.stdout + ended.stderr


def test_a_missing_settings_file_keeps_the_server_from_starting(tmp_path):
    weak = Server(tmp_path)
    (weak.folder / ".streamlit" / "config.toml").unlink()
    ended = subprocess.run(
        weak.command("--server.headless", "true"), cwd=weak.folder, env=weak.environment,
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert ended.returncode != 0
    assert "server.trustedUserHeaders" in ended.stdout + ended.stderr
