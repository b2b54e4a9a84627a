"""R36: after a simulated loss of power, what was acknowledged is there, and nothing by halves."""

from __future__ import annotations

import random
import shutil
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from ccm_core.exchange import running
from ccm_core.store import db, sqlite
from tests.exchange.makers import table

pytest.importorskip("apsw")
from tests.faults import power

pytestmark = [
    pytest.mark.slow,
    # The VFS must not pass the lost power on to SQLite as anything but an error.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

IMPORTS, PEOPLE, LOSSES = 4, 12, 60


@pytest.fixture(scope="module")
def recorded(_migrated_sqlite: Path, tmp_path_factory) -> tuple[bytes, list[list[power.Statement]]]:
    """The empty database, and the statements of some imports, one list per transaction."""
    file = tmp_path_factory.mktemp("power") / "db.sqlite3"
    shutil.copyfile(_migrated_sqlite, file)
    start, url = file.read_bytes(), f"sqlite:///{file}"
    changes: list[list[power.Statement]] = []
    current: list[power.Statement] = []
    engine = db.engine(url)

    def write(_connection, _cursor, sql: str, values: Any, _context, many: bool) -> None:
        if sql.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE")):
            current.extend((sql, one) for one in (values if many else [values]))

    def commit(_connection) -> None:
        if current:
            changes.append(current[:])
            current.clear()

    event.listen(engine, "before_cursor_execute", write)
    event.listen(engine, "commit", commit)
    for number in range(IMPORTS):
        people = [[f"p{number}-{n}", "X", "1948-05-17"] for n in range(PEOPLE)]
        head = ["patient_id", "family_name", "born_on"]
        running.run([("people.csv", table(head, people))], url)
    db.dispose(url)
    assert len(changes) >= IMPORTS
    return start, changes


def lost(recorded, folder: Path, mode: str, synchronous: str, number: int, whole: int) -> bool:
    """Lose the power once; whether everything that was acknowledged survived whole."""
    start, changes = recorded
    chance = random.Random(number)
    disk = power.Disk(f"power{number}{mode}{synchronous}", start, 1 + chance.randrange(whole))
    acknowledged = power.replay(disk, changes, mode, synchronous)
    file = disk.put(folder, chance)
    raw = sqlite.library().connect(str(file))
    try:
        is_sound = raw.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        imports = raw.execute("SELECT count(*) FROM import_batch").fetchone()[0]
        people = raw.execute("SELECT count(*) FROM patient").fetchone()[0]
        logged = raw.execute("SELECT count(*) FROM access_log WHERE action='import'").fetchone()[0]
    except sqlite.library().DatabaseError:
        return False
    finally:
        raw.close()
        for left in folder.glob("db*"):
            left.unlink()
    promised = sum(any("import_batch" in sql for sql, _ in one) for one in changes[:acknowledged])
    is_whole = people == PEOPLE * imports and logged == imports
    return is_sound and is_whole and promised <= imports <= promised + 1


@pytest.mark.parametrize("mode", ["wal", "delete"])
def test_what_was_acknowledged_survives(recorded, tmp_path, mode):
    whole = power.Disk(f"whole-{mode}", recorded[0])
    assert power.replay(whole, recorded[1], mode, "FULL") == len(recorded[1])
    assert whole.operations > LOSSES
    kept = [lost(recorded, tmp_path, mode, "FULL", n, whole.operations) for n in range(LOSSES)]
    assert all(kept), f"{kept.count(False)} of {LOSSES} losses damaged something"
    print(f"{mode}: {LOSSES} losses among {whole.operations} operations, nothing lost")


@pytest.mark.parametrize("mode", ["wal", "delete"])
def test_without_syncs_the_same_losses_are_seen(recorded, tmp_path, mode):
    """A harness that finds nothing even then would prove nothing."""
    whole = power.Disk(f"off-{mode}", recorded[0])
    power.replay(whole, recorded[1], mode, "OFF")
    kept = [lost(recorded, tmp_path, mode, "OFF", n, whole.operations) for n in range(LOSSES)]
    assert kept.count(False) > LOSSES // 10
