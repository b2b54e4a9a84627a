"""R27, R29: eight processes write one chain without a gap or a fork, on both databases."""

from __future__ import annotations

import multiprocessing

import pytest

from ccm_core.store import access_log, db

PROCESSES, EVENTS = 8, 500


def work(url: str, number: int) -> None:
    for n in range(EVENTS):
        with db.session(url) as session:
            access_log.record(session, None, "view", "thing", f"{number}-{n}")


@pytest.mark.slow
def test_one_chain(store_url, tmp_path, monkeypatch):
    monkeypatch.setenv("CCM_VAR_DIR", str(tmp_path / "var"))
    ours = multiprocessing.get_context("spawn")
    running = [ours.Process(target=work, args=(store_url, n)) for n in range(PROCESSES)]
    for process in running:
        process.start()
    for process in running:
        process.join(150)
    assert [process.exitcode for process in running] == [0] * PROCESSES
    with db.session(store_url) as session:
        found = access_log.verify(session)
        objects = {row.object_id for row in access_log.newest(session, PROCESSES * EVENTS)}
    assert (found.last_seq, found.is_intact) == (PROCESSES * EVENTS, True)
    assert len(objects) == PROCESSES * EVENTS
    db.dispose(store_url)
