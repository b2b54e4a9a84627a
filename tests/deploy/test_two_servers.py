"""Two servers behind the deployment's nginx on one PostgreSQL; one of them is killed."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.exceptions import ConnectionClosed

from ccm_core.access.first_run import demo_password, demo_username
from ccm_core.store import access_log, db
from tests.conftest import missing
from tests.deploy.conftest import Site
from tests.deploy.through_proxy import (
    HOST,
    PATIENCE_SECONDS,
    Browser,
    Proxy,
    hear,
    kill,
    say,
    tab_of,
    text_of,
    widget,
)
from tests.trust.live import Server

pytestmark = pytest.mark.slow
KEYS = {"CCM_ACCESS_KEY": "a" * 64, "CCM_LOG_KEY": "b" * 64}
"""What both servers hold alike, as ccm.env says."""
NAME_LABEL, SAVE_LABEL = "Name of the practice", "Save the settings"


@dataclass
class Running:
    """The whole deployment on this machine."""

    site: Site
    servers: dict[int, Server]
    proxy: Proxy

    @contextmanager
    def browser(self, address: str, role: str = "") -> Iterator[Browser]:
        """Somebody at a machine with this address, signed in when a role is named."""
        made = Browser(self.proxy, address)
        try:
            if role:
                assert made.sign_in(demo_username(role), demo_password(role)).status_code == 303
            yield made
        finally:
            made.close()

    @contextmanager
    def mended(self, port: int) -> Iterator[None]:
        """Start a server again that is killed meanwhile."""
        try:
            yield
        finally:
            if self.servers[port].process.poll() is not None:
                self.servers[port].start()

    def one_address_each(self) -> dict[int, str]:
        """Server to an address whose browsers nginx sends there."""
        found: dict[int, str] = {}
        for last in range(2, 60):
            with self.browser(f"127.0.0.{last}") as asked:
                found.setdefault(asked.answered_by(), asked.address)
            if len(found) == len(self.servers):
                return found
        raise AssertionError(f"nginx sends everybody to {set(found)}")


@pytest.fixture(scope="module")
def running(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Migrated by the owner, a small demo practice, two servers as ccm_app, nginx before them."""
    if shutil.which("nginx") is None:
        missing("nginx is not installed (Debian: apt-get install nginx-light).")
    folder = tmp_path_factory.mktemp("two")
    common = {**KEYS, "CCM_PRACTICE": "demo", "CCM_VAR_DIR": str(folder / "owner")}
    small = ("--patients", "24", "--months", "2")
    for done in (site.migrate(**common), site.run_program("ccm", "demo", *small, **common)):
        assert done.returncode == 0, done.stderr
    with ExitStack() as ends:
        servers = [server(folder / name, site) for name in ("app1", "app2")]
        for one in servers:
            ends.callback(one.stop)
            one.begin()
        for one in servers:
            one.wait()
        proxy = Proxy(folder, [one.port for one in servers])
        ends.callback(proxy.stop)
        proxy.start()
        yield Running(site, {one.port: one for one in servers}, proxy)


def server(folder: Path, site: Site) -> Server:
    """One server as compose starts it, in a folder of its own."""
    folder.mkdir()
    return Server(
        folder, keep_pages=True, **KEYS, CCM_DATABASE_URL=site.address("ccm_app"),
        CCM_CONSULTANT_URL=site.address("ccm_consultant"), CCM_PRACTICE="demo", CCM_TLS="1",
        CCM_HOSTS=HOST,
    )  # fmt: skip


def test_signing_in_through_the_proxy_opens_a_page_over_its_socket(running):
    with running.browser("127.0.0.2") as somebody:
        assert somebody.get("/").headers["location"].startswith("/sign-in")
        answer = somebody.sign_in(
            demo_username("practice_manager"), demo_password("practice_manager")
        )
        assert answer.status_code == 303
        assert "Secure" in answer.headers["set-cookie"]
        assert answer.headers["strict-transport-security"]
        assert somebody.get("/").status_code == 200
        with somebody.open() as stream:
            say(stream, "")
            assert "Dana Reyes" in text_of(hear(stream))
    with running.site.look() as raw:
        seen = raw.execute("SELECT source_ip FROM access_log WHERE action = 'sign_in'").fetchall()
    assert ("127.0.0.2",) in seen, "the browser's address, not nginx's"


def test_a_sign_in_at_one_server_is_one_at_the_other(running):
    first, second = running.one_address_each().values()
    with running.browser(first, "auditor") as here, running.browser(second) as there:
        there.token = here.token
        assert here.answered_by() != there.answered_by()
        for one in (here, there):
            with one.open() as stream:
                assert one.answered_by(stream.response.headers) == one.answered_by()
                say(stream, "")
                assert "Ines Varga" in text_of(hear(stream))
        assert there.get("/sign-out").status_code == 303
        assert here.get("/").status_code == 303, "signed out at one is signed out at the other"


def test_a_download_works_once_and_where_it_was_offered(running):
    first, second = running.one_address_each().values()
    with running.browser(first, "auditor") as here, running.browser(second) as there:
        there.token = here.token
        with here.open() as stream:
            say(stream, "rule_book")
            offered = re.search(r"/download/[\w-]+", text_of(hear(stream)))
        assert offered
        assert there.get(offered[0]).status_code == 403, "the offer is in the other's memory"
        got = here.get(offered[0])
        assert got.status_code == 200
        assert got.content.startswith(b"<!doctype html>")
        assert here.get(offered[0]).status_code == 403


def test_a_killed_server_s_browser_goes_on_at_the_other(running):
    (port, address), (other, _) = running.one_address_each().items()
    _, version, entries = stored(running.site)
    with running.browser(address, "administrator") as somebody, running.mended(port):
        with somebody.open() as stream:
            assert somebody.answered_by(stream.response.headers) == port
            rename(stream, "Saved Before The Kill")
            somebody.tab = tab_of(open_settings(stream))
            with waiting_log(running.site):
                rename(stream, "Never Saved", is_heard=False)
                until_half_written(running.site)
                kill(running.servers[port].process)
                with pytest.raises(ConnectionClosed):
                    hear(stream)
        with somebody.open() as again:
            assert somebody.answered_by(again.response.headers) == other
            shown = text_of(open_settings(again))
    assert "Kim Larsen" in shown, "still signed in"
    assert "Saved Before The Kill" in shown
    assert "Never Saved" not in shown
    assert stored(running.site) == ("Saved Before The Kill", version + 1, entries + 1)
    log_is_whole(running.site)


def open_settings(stream) -> list:
    say(stream, "settings")
    return hear(stream)


def rename(stream, name: str, *, is_heard: bool = True) -> None:
    """Type another name of the practice on the page Settings and press its button."""
    came = open_settings(stream)
    typed = WidgetState(id=widget(came, "text_input", NAME_LABEL), string_value=name)
    pressed = WidgetState(id=widget(came, "button", SAVE_LABEL), trigger_value=True)
    say(stream, "settings", [typed, pressed])
    if is_heard:
        assert "The settings are saved." in text_of(hear(stream) + open_settings(stream))


def stored(site: Site) -> tuple[str, int, int]:
    """Name and version of the practice, and the entries of the log about its settings."""
    with site.look() as raw:
        name, version = raw.execute("SELECT name, version FROM practice").fetchone()
        asked = "SELECT count(*) FROM access_log WHERE object_type = 'practice'"
        return name, version, raw.execute(asked).fetchone()[0]


@contextmanager
def waiting_log(site: Site) -> Iterator[None]:
    """Nothing is added to the access log meanwhile, so that a change stops half-way."""
    with site.look() as raw:
        raw.execute("LOCK TABLE access_log IN SHARE ROW EXCLUSIVE MODE")
        yield
        raw.rollback()


def until_half_written(site: Site) -> None:
    """Wait until somebody has written the practice and waits to write the log."""
    asked = """SELECT count(*) FROM pg_locks done JOIN pg_locks wanted USING (pid)
        WHERE done.relation = 'practice'::regclass AND done.mode = 'RowExclusiveLock'
          AND wanted.relation = 'access_log'::regclass AND NOT wanted.granted"""
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        with site.look() as raw:
            if raw.execute(asked).fetchone() == (1,):
                return
        time.sleep(0.2)
    raise AssertionError("no change came as far as the log")


def log_is_whole(site: Site) -> None:
    """The chain holds, checked with the key of the servers."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**KEYS, "CCM_PRACTICE": "demo"}.items():
            patch.setenv(name, value)
        with db.session(site.address("ccm_owner")) as session:
            assert access_log.verify(session).is_intact
        db.dispose(site.address("ccm_owner"))
