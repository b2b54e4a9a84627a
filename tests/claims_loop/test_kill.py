"""kill -9 while a remittance is posted or a file is written: all of it or nothing, never twice."""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ccm_core.program import claim_files, claim_run, remitting, simulated
from ccm_core.store import access_log, db
from ccm_core.store.claiming import answers, files, postings, rework
from tests.claims_loop.conftest import MONTH, practice_of, who

LEAD = who("billing_lead")
KILLS = 24
_CHILD = """
import sys, time
from ccm_core.access.identity import Identity
from ccm_core.program import remitting
from ccm_core.store import db, reading
url, path = sys.argv[1:3]
lead = Identity("u", "u", "Lead", "billing_lead", "hash")
content = open(path, "rb").read()
with db.session(url) as session:
    practice = reading.practice(session)
print("ready", flush=True)
with db.session(url, write=True) as session:
    remitting.post(session, lead, practice, "answer.835", content)
print("done", flush=True)
time.sleep(60)
"""


def answered(url: str, folder: Path) -> Path:
    practice = practice_of(url)
    with db.session(url, write=True) as session:
        claim_run.make(session, LEAD, practice, MONTH)
        done = claim_files.export(session, LEAD, practice, MONTH)
    file = folder / "answer.835"
    file.write_bytes(simulated.answer(practice, done.files[0])[1])
    db.dispose(url)
    return file


def run(url: str, file: Path, wait: float | None) -> float:
    """Post in a child; kill it so long after it began, or measure when there is no wait."""
    child = subprocess.Popen(
        [sys.executable, "-c", _CHILD, url, str(file)], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    began = time.perf_counter()
    if wait is None:
        assert child.stdout.readline() == "done\n"
    else:
        time.sleep(wait)
    took = time.perf_counter() - began
    child.send_signal(signal.SIGKILL)
    child.wait()
    return took


def state(url: str):
    """What stands of a posting: file, postings, log entries, changed lines."""
    practice_id = practice_of(url).practice_id
    with db.session(url) as session:
        logged = [e for e in _log(session) if e == "post"]
        found = (
            len(answers.files(session, practice_id)),
            len(postings.read(session, practice_id)),
            len(logged),
            sum(rework.counts(session, practice_id).values()),
        )
        assert access_log.verify(session).is_intact
    db.dispose(url)
    return found


def _log(session):
    from sqlalchemy import select

    from ccm_core.store.schema import AccessLog, table_of

    return list(session.connection().scalars(select(table_of(AccessLog).c.action)))


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_posting_killed_anywhere_leaves_all_or_nothing(lite, tmp_path):
    file = answered(lite, tmp_path)
    source = Path(lite.removeprefix("sqlite:///"))
    chance = random.Random(7)
    nothing, whole = state(lite), None
    before = after = 0
    measured = None
    for number in range(KILLS):
        copy = tmp_path / f"killed-{number}.sqlite3"
        shutil.copyfile(source, copy)
        url = f"sqlite:///{copy}"
        if measured is None:
            measured = run(url, file, None)
            whole = state(url)
            assert (whole[0], whole[2]) == (nothing[0] + 1, 1)
            continue
        # On a busy machine no time is sure to lie after the commit: every third child says so.
        run(url, file, None if number % 3 == 0 else chance.uniform(0, 1.3) * measured)
        found = state(url)
        assert found in {whole, nothing}
        before += found == nothing
        after += found == whole
        # Committed or not: a second run ends in the same state and posts nothing twice.
        with db.session(url, write=True) as session:
            remitting.post(session, LEAD, practice_of(url), "answer.835", file.read_bytes())
        assert state(url) == whole
    print(f"{KILLS - 1} kills over {measured:.2f} s: {before} before, {after} after the commit")
    assert before >= 5
    assert after >= 5


def test_a_writer_that_dies_uses_up_no_number(lite, tmp_path):
    practice = practice_of(lite)
    with db.session(lite, write=True) as session:
        claim_run.make(session, LEAD, practice, MONTH)
    with db.session(lite, write=True) as session:
        done = claim_files.export(session, LEAD, practice, MONTH)
        session.rollback()
    with db.session(lite, write=True) as session:
        again = claim_files.export(session, LEAD, practice, MONTH)
    assert [one.interchange for one in again.files] == [one.interchange for one in done.files]
    with db.session(lite) as session:
        assert len(files.files_of(session, practice.practice_id, MONTH)) == len(again.files)
