"""R31: whatever somebody types, an entry is one line, its JSON parses, no secret is in it."""

from __future__ import annotations

import json

import pytest

from ccm_core.access import credentials
from ccm_core.access.credentials import Attempt
from ccm_core.store import access_log, log_export

# Of the kinds in the list of naughty strings, made here.
NAUGHTY = (
    "", " ", "undefined", "NULL", "\\", "'", '"', "1;DROP TABLE users", "' OR 1=1 --", "\0",
    "\n2026-11-21 sign_in ok root", "\r\nSet-Cookie: x", "\x1b[31mred\x1b[0m", "\u202egnp.exe",
    "\u200b\u200d\ufeff", "\u2028\u2029", "<script>alert(1)</script>", "![x](http://x.example/)",
    "${jndi:ldap://x}", "{{7*7}}", "%s%s%n", "../../etc/passwd", "C:\\con", "=cmd|' /C calc'!A0",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467", "Z\u0351\u036b\u0343" * 40, "\ud83d".encode(
        "utf-8", "surrogatepass").decode("utf-8", "replace"), "x" * 10_000, "\u0130\u0131",
    "\ufdfd",
)  # fmt: skip


@pytest.mark.parametrize("text", NAUGHTY, ids=range(len(NAUGHTY)))
def test_one_line_each(open_db, text):
    with open_db(write=True) as db:
        access_log.record(db, access_log.System(text, text, text, text), text, text, text, text)
    with open_db() as db:
        head, line, *rest = log_export.as_bytes(db, 1, 1).decode("ascii").split("\n")
        assert access_log.verify(db).is_intact
    assert rest == [""]
    entry = json.loads(line)
    assert all(str(value).isprintable() for value in entry.values())
    assert all(len(str(value)) <= 500 for value in entry.values())
    assert json.loads(head)["last_seq"] == 1


@pytest.mark.parametrize("text", NAUGHTY[:12], ids=range(12))
def test_what_was_typed_at_the_door_is_not_written_down(open_db, clock, text):
    secret = "CANARY-PASSWORD"
    attempt = Attempt(f"CANARY-NAME{text}", secret, "CANARY-CODE", "10.0.0.1")
    assert credentials.sign_in(open_db, attempt, now=clock.now) is None
    with open_db() as db:
        exported = log_export.as_bytes(db, 1, access_log.count(db))
    assert b"CANARY" not in exported.upper()
