"""Start a timer, kill the server, start it again, reload: right to the second."""

from __future__ import annotations

import json
import re
import signal
import time

import pytest

from ccm_core.access.first_run import demo_password
from tests.trust.live import Server, run

pytestmark = pytest.mark.slow

PREPARE = """
from datetime import date
from ccm_core.records import Consent, Patient, Practice, Staff
from ccm_core.store import db
from ccm_core.store.writing import save
db.require_current()
with db.session(write=True) as opened:
    save(opened, "demo", [
        Practice("demo", "Demo practice", is_demo=True),
        Staff("S1", "Noor Haddad (demo)", "RN"),
        Patient("ben", "M1", family_name="Birch", care_manager_id="S1", status="consented"),
        Consent("c", "ben", date(2026, 1, 1)),
    ])
"""

START = """
from ccm_core.access.identity import Identity
from ccm_core.program import timer
from ccm_core.store import db
who = Identity("u", "noor", "Noor", "care_manager", "h", "S1")
with db.session(write=True) as opened:
    timer.start(opened, who, "ben")
    found = timer.mine(opened, who)
print(int(found.started_at.timestamp()))
"""


@pytest.fixture
def server(tmp_path):
    running = Server(tmp_path, keep_pages=True)
    running.prepare(PREPARE)
    yield running
    running.stop()


def ticker(came: bytes) -> dict:
    """What the server told the browser's clock."""
    found = re.search(rb'\{[^{}]*"worked"[^{}]*\}', came)
    assert found, "no timer was sent"
    return dict(json.loads(found[0]))


def started(server: Server) -> int:
    """Start the timer in a process of its own, as the page's callback does."""
    import subprocess
    import sys

    done = subprocess.run(
        [sys.executable, "-c", START], cwd=server.folder, env=server.environment, check=True,
        capture_output=True, text=True,
    )  # fmt: skip
    return int(done.stdout.strip())


def shown(server: Server) -> dict:
    token = server.sign_in("care_manager")
    with server.open(token) as stream:
        run(stream)
        return ticker(run(stream, page="log_time")[1])


def test_a_timer_outlives_the_server(server):
    assert demo_password("care_manager")
    server.start()
    since = started(server)
    before = shown(server)
    assert before["worked"] == before["server_now"] // 1000 - since
    assert server.process is not None
    server.process.send_signal(signal.SIGKILL)
    server.process.wait(20)
    time.sleep(3)
    server.start()
    after = shown(server)
    assert after["worked"] == after["server_now"] // 1000 - since
    assert after["worked"] - before["worked"] >= 3
    assert abs(after["server_now"] / 1000 - time.time()) < 20
    assert not after["is_paused"]
