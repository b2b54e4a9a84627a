"""R40: every older schema goes up whole, with a copy of before; other schemas are refused."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from alembic import command
from alembic.script import ScriptDirectory

from ccm_core.store import db, sqlite
from ccm_core.store.backup import before
from ccm_core.store.migrations import append_only


def revisions() -> list[str]:
    folder = Path(db.__file__).parent / "migrations"
    return [found.revision for found in ScriptDirectory(str(folder)).walk_revisions()][::-1]


@pytest.mark.parametrize("start", revisions()[:-1])
def test_each_released_schema_goes_up(start, tmp_path):
    url = f"sqlite:///{tmp_path / 'old.sqlite3'}"
    with db.changing_schema(url) as connection:
        command.upgrade(db.alembic_config(connection), start)
    db.dispose(url)
    db.require_current(url)
    assert db.schema_state(url) == "current"
    copy = tmp_path / f"old.sqlite3.before-{start}"
    raw = sqlite.library().connect(str(copy))
    assert raw.execute("SELECT version_num FROM alembic_version").fetchone()[0] == start
    raw.close()
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    db.dispose(url)


def test_a_failed_migration_leaves_the_old_schema(tmp_path, monkeypatch):
    url = f"sqlite:///{tmp_path / 'old.sqlite3'}"
    with db.changing_schema(url) as connection:
        command.upgrade(db.alembic_config(connection), "0005")

    def fail(_connection) -> None:
        raise RuntimeError("in the middle")

    monkeypatch.setattr(append_only, "guard", fail)
    with pytest.raises(RuntimeError, match="in the middle"):
        db.require_current(url)
    db.dispose(url)
    raw = sqlite.library().connect(str(tmp_path / "old.sqlite3"))
    assert raw.execute("SELECT version_num FROM alembic_version").fetchone()[0] == "0005"
    assert not raw.execute("SELECT 1 FROM sqlite_master WHERE name = 'access_log'").fetchall()
    raw.close()


def test_postgresql_is_left_to_its_own_backup():
    assert before.keep("postgresql+psycopg://nobody@nowhere/x") is None
