"""R35: settings hold on every connection, old libraries fall back, network disks are refused."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from ccm_core.errors import UsageError
from ccm_core.store import db, mounts, sqlite

LINES = """\
/dev/sda1 / ext4 rw 0 0
server:/data /srv/data nfs4 rw 0 0
//nas/share /srv/my\\040share cifs rw 0 0
/dev/sdb1 /srv/data/local xfs rw 0 0
"""


@pytest.fixture
def table(tmp_path: Path) -> Path:
    file = tmp_path / "mounts"
    file.write_text(LINES)
    return file


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/srv/data/ccm.sqlite3", "nfs4"), ("/srv/my share/x/ccm.sqlite3", "cifs"),
     ("/srv/data/local/ccm.sqlite3", "xfs"), ("/srv/database/x", "ext4")],
)  # fmt: skip
def test_the_disk_under_a_file_is_told(table, path, kind):
    assert mounts.kind_of(Path(path), table) == kind
    if kind in mounts.NETWORK:
        with pytest.raises(UsageError, match="network disk"):
            mounts.require_local(Path(path), table)
    else:
        mounts.require_local(Path(path), table)


def test_a_system_that_does_not_tell_is_not_refused(tmp_path):
    mounts.require_local(tmp_path, tmp_path / "nothing")


def test_an_engine_on_a_network_disk_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(mounts, "kind_of", lambda *_: "nfs4")
    with pytest.raises(UsageError, match="network disk"):
        sqlite.sqlite_engine(f"sqlite:///{tmp_path / 'x.sqlite3'}")


@pytest.mark.parametrize(("version", "mode"), [((3, 40, 1), "delete"), ((3, 51, 3), "wal")])
def test_an_old_library_uses_the_rollback_journal(version, mode):
    wanted = sqlite.pragmas(SimpleNamespace(sqlite_version_info=version))
    assert wanted["journal_mode"] == mode
    assert wanted["synchronous"] == 2
    assert wanted["recursive_triggers"] == wanted["foreign_keys"] == 1


def test_every_pooled_connection_reports_them_back(request):
    wanted = sqlite.pragmas(sqlite.library())
    engine = db.engine(f"sqlite:///{request.getfixturevalue('_migrated_sqlite')}")
    opened = [engine.connect() for _ in range(3)]
    for connection in opened:
        for name, value in wanted.items():
            assert connection.exec_driver_sql(f"PRAGMA {name}").scalar() == value
        assert connection.exec_driver_sql("PRAGMA mmap_size").scalar() in (0, None)
        connection.close()
