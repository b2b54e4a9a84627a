"""R09: Accounts of a streamlit-authenticator file keep their passwords and get better hashes."""

from __future__ import annotations

import pytest
from streamlit_authenticator.utilities.hasher import Hasher

from ccm_core.access import credentials, passwords, users
from ccm_core.access.users import NewAccount
from ccm_core.errors import UsageError
from pages.parts import older_accounts
from tests.trust.conftest import CONSOLE

FILE = """
credentials:
  usernames:
    Olga:
      email: olga@practice.example
      first_name: Olga
      last_name: Petrova
      password: {hash}
cookie: {{name: x, key: y, expiry_days: 30}}
"""


def test_an_account_is_taken_over_and_its_hash_renewed(open_db, clock):
    raw = FILE.format(hash=Hasher.hash("an old password")).encode()
    [(wanted, stored)] = older_accounts.read(raw, "billing_lead")
    assert wanted == NewAccount("Olga", "Olga Petrova", "billing_lead")
    with open_db(write=True) as db:
        users.adopt(db, wanted, stored, now=clock.now, actor=CONSOLE)

    def sign_in(password):
        typed = credentials.Attempt("olga", password, "", "1.2.3.4")
        return credentials.sign_in(
            open_db, typed, now=clock.now, older_matches=older_accounts.matches
        )

    assert sign_in("a wrong password") is None
    assert sign_in("an old password" + "x" * 100) is None
    assert sign_in("an old password") is not None
    with open_db() as db:
        assert users.get(db, "olga").password_hash.startswith("$argon2id$")
    assert sign_in("an old password") is not None


@pytest.mark.parametrize(
    "raw",
    [b"", b"[]", b"credentials: 1", b"\xff\xfe", b"a: [", FILE.format(hash="plain").encode(),
     b"!!python/object/apply:os.system ['true']"],
)  # fmt: skip
def test_other_files_are_refused(raw):
    with pytest.raises(UsageError):
        older_accounts.read(raw, "auditor")


@pytest.mark.parametrize("stored", ["$2b$12$broken", "$2y$", "$2b$12$" + "a" * 53])
def test_broken_hashes_open_nothing(stored):
    assert not older_accounts.matches("x", stored)


def folded(before: str, after: str, name: str) -> bytes:
    """Lines of which each names the one before nine times."""
    lines = [f"a{i}: &a{i} {before}{', '.join([f'*a{i - 1}'] * 9)}{after}" for i in range(1, 6)]
    last = f"credentials: {{usernames: {{olga: {{name: {name}, password: x}}}}}}"
    return "\n".join(["a0: &a0 {k: x}", *lines, last]).encode()


@pytest.mark.parametrize("raw", [folded("[", "]", "*a5"), folded("{<<: [", "]}", "Olga")])
def test_a_file_that_unfolds_without_end_is_refused(raw):
    with pytest.raises(UsageError, match="not a credentials file"):
        older_accounts.read(raw, "auditor")


def test_a_name_with_such_signs_is_no_reference():
    raw = FILE.format(hash=Hasher.hash("an old password")).replace("Petrova", "'R&D *night'")
    [(wanted, _)] = older_accounts.read(raw.encode(), "auditor")
    assert wanted.name == "Olga R&D *night"


def test_a_hash_that_takes_days_is_neither_taken_over_nor_tried(open_db, clock):
    """Two threads check every password: two such tries, and nobody signs in any more."""
    usual = Hasher.hash("an old password")
    costly = usual.replace("$12$", "$31$")
    assert passwords.is_bearable(usual)
    assert not older_accounts.matches("an old password", costly)
    wanted = NewAccount("olga", "Olga", "auditor")
    with pytest.raises(UsageError, match="so much work"), open_db(write=True) as db:
        users.adopt(db, wanted, costly, now=clock.now, actor=CONSOLE)
