"""The access log only grows, and any other change is found at its place."""

from __future__ import annotations

import stat
import threading

import pytest
from sqlalchemy import text

from ccm_core.errors import UsageError
from ccm_core.months import utc_now
from ccm_core.store import access_log, db, settings
from ccm_core.store.db import dialect_of


def write(url: str, number: int) -> None:
    with db.session(url) as session:
        for n in range(number):
            access_log.record(session, None, "view", "thing", str(n))


def test_entries_are_numbered_and_chained(url):
    write(url, 3)
    with db.session(url) as session:
        found = access_log.verify(session)
        assert (found.entries, found.last_seq, found.is_intact) == (3, 3, True)
        assert [e.seq for e in access_log.newest(session)] == [3, 2, 1]
        assert access_log.count(session, object_id="1") == 1
        assert found.head == access_log.newest(session, 1)[0].hash


def test_an_entry_lives_and_dies_with_its_change(url):
    def fail(session) -> None:
        settings.write_setting(session, "k", 1)
        access_log.record(session, None, "change", "setting", "k")
        raise RuntimeError

    with pytest.raises(RuntimeError), db.session(url) as session:
        fail(session)
    with db.session(url) as session:
        assert access_log.count(session) == 0
        assert settings.read_setting(session, "k") is None


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE access_log SET user_id = 'other' WHERE seq = 2",
        "DELETE FROM access_log WHERE seq = 2",
        "DELETE FROM access_log",
        "INSERT OR REPLACE INTO access_log SELECT * FROM access_log WHERE seq = 2",
        "INSERT INTO access_log SELECT * FROM access_log WHERE seq = 2 "
        "ON CONFLICT (seq) DO UPDATE SET reason = 'x'",
        "TRUNCATE access_log",
    ],
)
def test_nothing_else_is_possible(url, statement):
    write(url, 3)
    # A statement that only the other database knows is refused as an error of syntax.
    with (
        pytest.raises(Exception, match=r"append-only|syntax|not authorized"),
        db.session(url) as session,
    ):
        session.connection().execute(text(statement))
    with db.session(url) as session:
        assert access_log.verify(session).is_intact


@pytest.mark.parametrize(
    "statement",
    [
        "DROP TRIGGER access_log_no_update",
        "DROP TABLE access_log",
        "ALTER TABLE access_log RENAME TO old_log",
        "PRAGMA recursive_triggers=OFF",
        "PRAGMA writable_schema=ON",
    ],
)
def test_the_program_cannot_take_the_guard_away(url, statement):
    with db.session(url) as session:
        is_sqlite = dialect_of(session) == "sqlite"
    if not is_sqlite:
        return  # on PostgreSQL this is a matter of grants
    with pytest.raises(Exception, match="not authorized"), db.session(url) as session:
        session.connection().execute(text(statement))


def _without_guard(session, *statements: str) -> None:
    """Change the log as somebody with the database file in hand could."""
    if dialect_of(session) == "postgresql":
        session.connection().execute(text("ALTER TABLE access_log DISABLE TRIGGER USER"))
    else:
        session.connection().connection.dbapi_connection.set_authorizer(None)
        for name in ("update", "delete", "replace"):
            session.connection().execute(text(f"DROP TRIGGER access_log_no_{name}"))
    for statement in statements:
        session.connection().execute(text(statement))


FIELDS = (
    "at = at + 1", "user_id = 'x'", "role = 'x'", "session_hash = 'x'", "source_ip = 'x'",
    "action = 'x'", "object_type = 'x'", "object_id = 'x'", "outcome = 'x'", "reason = 'x'",
    "prev_hash = 'x'", "hash = 'x'",
)  # fmt: skip


@pytest.mark.parametrize("change", FIELDS)
def test_any_changed_field_is_found_at_its_entry(url, change):
    write(url, 5)
    with db.session(url) as session:
        _without_guard(session, f"UPDATE access_log SET {change} WHERE seq = 3")
    with db.session(url) as session:
        assert access_log.verify(session).first_bad_seq == 3


@pytest.mark.parametrize(
    "change",
    ["hash = 'é'", "hash = x'00ff'", "at = 'abc'", "at = 1e300", "at = 99999999999999",
     "at = at + 0.5", "reason = x'00ff'", "prev_hash = x'00ff'"],
)  # fmt: skip
def test_a_cell_of_another_kind_is_a_changed_entry_too(url, change):
    write(url, 5)
    with db.session(url) as session:
        if dialect_of(session) == "postgresql" and change not in (
            "hash = 'é'",
            "at = 99999999999999",
        ):
            return  # its columns have one kind each
        _without_guard(session, f"UPDATE access_log SET {change} WHERE seq = 3")
    with db.session(url) as session:
        assert access_log.verify(session).first_bad_seq == 3


@pytest.mark.parametrize("number", [0, -5])
def test_an_entry_before_the_first_is_found(url, number):
    """Reports would show it; nothing but an INSERT is needed to write it."""
    write(url, 5)
    with db.session(url) as session:
        added = COPY.replace("SELECT 6,", f"SELECT {number},")
        session.connection().execute(text(added))
    with db.session(url) as session:
        assert access_log.verify(session).first_bad_seq == number


COPY = """INSERT INTO access_log SELECT 6, at, user_id, role, session_hash, source_ip, action,
    object_type, object_id, outcome, reason, prev_hash, hash FROM access_log WHERE seq = 5"""
SWAP = [
    "UPDATE access_log SET seq = 99 WHERE seq = 2",
    "UPDATE access_log SET seq = 2 WHERE seq = 3",
    "UPDATE access_log SET seq = 3 WHERE seq = 99",
]


@pytest.mark.parametrize(
    ("statements", "bad"),
    [
        (["DELETE FROM access_log WHERE seq = 2"], 2),
        (["DELETE FROM access_log WHERE seq = 1"], 1),
        (SWAP, 2),
        ([COPY], 6),
    ],
)
def test_removed_swapped_and_copied_entries_are_found(url, statements, bad):
    write(url, 5)
    with db.session(url) as session:
        _without_guard(session, *statements)
    with db.session(url) as session:
        assert access_log.verify(session).first_bad_seq == bad


def test_a_cut_tail_shows_only_against_a_kept_head(url):
    write(url, 5)
    with db.session(url) as session:
        kept = access_log.verify(session)
        _without_guard(session, "DELETE FROM access_log WHERE seq = 5")
    with db.session(url) as session:
        cut = access_log.verify(session)
    assert cut.is_intact
    assert (cut.last_seq, cut.head) != (kept.last_seq, kept.head)


def test_two_layouts_never_give_one_text():
    secret = b"k" * 32
    base = dict.fromkeys(access_log.FIELDS, "")
    base |= {"seq": 1, "at": utc_now()}
    one = access_log.chained(base | {"action": "a,b", "object_type": "c"}, secret)
    two = access_log.chained(base | {"action": "a", "object_type": "b,c"}, secret)
    assert one != two


def test_control_characters_cannot_start_a_line_of_their_own(url):
    with db.session(url) as session:
        access_log.record(session, None, "view", "thing", "x\nlogin ok\x1b[2J", reason="\u202e")
        (entry,) = access_log.newest(session)
    assert entry.object_id == "x\\nlogin ok\\x1b[2J"
    assert entry.reason == "\\u202e"


def test_many_writers_make_one_chain(url):
    def work() -> None:
        for _ in range(10):
            with db.session(url) as session:
                settings.read_setting(session, "k")
                access_log.record(session, None, "view")

    threads = [threading.Thread(target=work) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with db.session(url) as session:
        found = access_log.verify(session)
    assert (found.last_seq, found.is_intact) == (50, True)


def test_the_key_is_made_once_and_private(tmp_path, monkeypatch):
    first = access_log.key()
    file = tmp_path / "var" / "log.key"
    assert access_log.key() == first == file.read_bytes()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(file.parent.iterdir()) == [file]
    monkeypatch.setenv("CCM_LOG_KEY", "short")
    with pytest.raises(UsageError, match="32"):
        access_log.key()


def test_another_key_does_not_verify(url, monkeypatch):
    write(url, 2)
    monkeypatch.setenv("CCM_LOG_KEY", "another key of at least thirty-two characters")
    with db.session(url) as session:
        assert access_log.verify(session).first_bad_seq == 1
