"""R11: a storm of sign-ins waits in a short queue with two hashing threads; the rest answers."""

from __future__ import annotations

import threading
import time

import httpx
import pytest

from ccm_core.access import passwords, signin
from tests.trust.live import Server


def test_what_one_hash_may_cost():
    made = passwords.hashed("four unrelated green words")
    assert "m=19456,t=2,p=1" in made
    assert signin.MOST_WAITING <= 40


@pytest.mark.slow
def test_others_are_answered_during_a_storm(tmp_path):
    server = Server(tmp_path)
    server.prepare()
    server.start()
    statuses: list[int] = []

    def guess(number: int) -> None:
        form = {"username": f"nobody{number}", "password": "wrong wrong wrong"}
        statuses.append(httpx.post(f"{server.url}/sign-in", data=form, timeout=60).status_code)

    try:
        storm = [threading.Thread(target=guess, args=(n,)) for n in range(50)]
        for thread in storm:
            thread.start()
        waits = []
        while any(thread.is_alive() for thread in storm):
            before = time.monotonic()
            assert httpx.get(f"{server.url}/readyz", timeout=30).status_code == 200
            waits.append(time.monotonic() - before)
        waits.sort()
    finally:
        server.stop()
    print(
        f"{len(waits)} requests meanwhile, the slowest {waits[-1]:.2f} s; {sorted(set(statuses))}"
    )
    assert set(statuses) <= {401, 503}
    assert waits[int(len(waits) * 0.95)] < 3
