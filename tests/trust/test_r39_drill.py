"""R39: the drill restores, checks and measures; only a success counts as one."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from ccm_core.errors import UsageError
from ccm_core.months import utc_now
from ccm_core.store import access_log, backup, db
from tests.trust.conftest import only_sqlite
from tests.trust.test_r38_backup import fill, key  # noqa: F401


@pytest.fixture
def url(_migrated_sqlite: Path, tmp_path: Path):
    made = only_sqlite(_migrated_sqlite, tmp_path)
    fill(made)
    yield made
    db.dispose(made)


def test_a_drill_tells_both_figures_and_is_remembered(url, tmp_path):
    made = backup.make(tmp_path / "out", url)
    done = backup.drill(made.path, url)
    assert 0 <= done.rpo_seconds < 60
    assert 0 < done.rto_seconds < 60
    with db.session(url) as session:
        kept = backup.last_drill(session)
        assert access_log.newest(session, 1)[0].action == "drill"
    assert kept["file"] == made.path.name
    assert kept["tables"] > 20
    assert not list((tmp_path / "var").glob("scratch-*"))


def test_a_failed_drill_is_on_record_and_is_no_drill(url, tmp_path):
    made = backup.make(tmp_path / "out", url)
    raw = bytearray(made.path.read_bytes())
    raw[len(raw) // 2] ^= 1
    made.path.write_bytes(raw)
    with pytest.raises(UsageError, match="damaged"):
        backup.drill(made.path, url)
    with db.session(url) as session:
        assert backup.last_drill(session) == {}
        newest = access_log.newest(session, 1)[0]
    assert (newest.action, newest.outcome) == ("drill", "failed")


def test_a_backup_with_a_forged_log_fails_the_drill(url, tmp_path):
    raw = db.sqlite.library().connect(str(tmp_path / "store.sqlite3"))
    raw.execute("DROP TRIGGER access_log_no_update")
    raw.execute("UPDATE access_log SET action = 'nothing' WHERE seq = 1")
    raw.commit()
    raw.close()
    made = backup.make(tmp_path / "out", url)
    with pytest.raises(UsageError, match="broken at entry 1"):
        backup.drill(made.path, url)


@pytest.mark.slow
def test_the_budget_holds_in_proportion(url, tmp_path):
    """1 GB in 10 minutes is 1.7 MB a second; a small database must be far faster than that."""
    fill(url, 20_000)
    before = utc_now()
    made = backup.make(tmp_path / "out", url)
    done = backup.drill(made.path, url)
    assert utc_now() - before < timedelta(seconds=60)
    speed = made.manifest.size_bytes / (made.seconds + done.rto_seconds)
    print(f"{made.manifest.size_bytes:,} bytes, {speed:,.0f} bytes a second")
    assert speed > 1_700_000
