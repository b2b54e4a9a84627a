"""R52: a download works once, for one sign-in and role, is on record, and is never mixed up."""

from __future__ import annotations

import hashlib

import pytest
from sqlmodel import select
from starlette.applications import Starlette
from starlette.testclient import TestClient

from ccm_core.access import downloads, emergency, sessions
from ccm_core.access.downloads import Desk, DownloadRoutes, named_by_content
from ccm_core.errors import PermissionDenied
from ccm_core.store.schema import AccessLog, UserAccount

BIG = bytes(2 * 1024 * 1024)


@pytest.fixture
def desk():
    return Desk()


@pytest.fixture
def client(door, desk):
    app = Starlette(routes=DownloadRoutes(door, desk).routes())
    return TestClient(app, "http://localhost", client=("127.0.0.1", 1))


@pytest.fixture
def person(open_db, add_user, clock):
    """Signs a new person in: gives their identity and the cookie header."""

    def sign_in(username="lee", role="billing_lead"):
        user_id = add_user(username, role)
        with open_db(write=True) as db:
            token = sessions.begin(db, user_id, clock.now)
            found = sessions.resolve(db, sessions.hash_of(token), clock.now)
        return found, {"cookie": f"ccm_session={token}"}

    return sign_in


def offered(desk, who, content=b"a,b\n", key="k", action="export"):
    return desk.offer(who, key, "claims.csv", lambda: content, "text/csv", "pre_flight", action)


def test_a_file_is_fetched_once_and_on_record(client, desk, person, open_db):
    who, cookie = person()
    token = offered(desk, who)
    answer = client.get(f"/download/{token}", headers=cookie)
    digest = hashlib.sha256(b"a,b\n").hexdigest()[:12]
    assert answer.content == b"a,b\n"
    assert answer.headers["content-disposition"] == f'attachment; filename="claims-{digest}.csv"'
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert client.get(f"/download/{token}", headers=cookie).status_code == 403
    with open_db() as db:
        row = db.exec(select(AccessLog).where(AccessLog.action == "export")).one()
    assert (row.user_id, row.object_id) == (who.user_id, f"claims-{digest}.csv")


def test_nobody_else_can_fetch_it(client, desk, person):
    who, cookie = person()
    _, other = person("max")
    token = offered(desk, who)
    assert client.get(f"/download/{token}").status_code == 403
    assert client.get(f"/download/{token}", headers=other).status_code == 403
    assert client.get(f"/download/{token}", headers=cookie).status_code == 200


def test_not_after_signing_out_and_not_in_another_role(client, desk, person, open_db, clock):
    who, cookie = person()
    token = offered(desk, who)
    with open_db(write=True) as db:
        user = db.exec(select(UserAccount)).one()
        user.role = "auditor"
        db.add(user)
    assert client.get(f"/download/{token}", headers=cookie).status_code == 403
    with open_db(write=True) as db:
        sessions.end(db, who.session_hash, clock.now)
    assert client.get(f"/download/{token}", headers=cookie).status_code == 403


def test_a_link_of_an_emergency_ends_with_it(client, desk, person, open_db, clock):
    boss, _ = person("boss", "administrator")
    who, cookie = person("ann", "care_manager")
    with open_db(write=True) as db:
        emergency.name_members(db, boss, [who.user_id])
        emergency.begin(db, who, "The ambulance asks for the plan", 10, clock.now)
        beyond = sessions.resolve(db, who.session_hash, clock.now)

    def link(key):
        return desk.offer(beyond, key, "plan.pdf", lambda: b"%PDF", "a/b", "patient", "view")

    before, used, after = link("1"), link("2"), link("3")
    assert client.get(f"/download/{before}", headers=cookie).status_code == 200
    assert client.get(f"/download/{used}", headers=cookie).status_code == 200
    clock.move(minutes=10)
    assert client.get(f"/download/{after}", headers=cookie).status_code == 403
    again = client.post(f"/download-again/{used}", headers=cookie)
    assert again.json() == {"token": None}


def test_a_role_without_the_right_gets_no_link(desk, person):
    who, _ = person("ann", "care_manager")
    with pytest.raises(PermissionDenied):
        offered(desk, who)


def test_big_files_that_differ_in_one_byte_stay_apart(client, desk, person):
    who, cookie = person()
    other = BIG[:700_000] + b"1" + BIG[700_001:]
    got = []
    for key, content in (("one", BIG), ("two", other)):
        token = offered(desk, who, content, key)
        got.append(client.get(f"/download/{token}", headers=cookie))
    assert [answer.content for answer in got] == [BIG, other]
    names = [answer.headers["content-disposition"] for answer in got]
    assert names[0] != names[1]


def test_the_link_stays_while_unused_and_serves_the_newest_content(client, desk, person):
    who, cookie = person()
    first = offered(desk, who, b"20 minutes")
    assert offered(desk, who, b"99 minutes") == first
    assert client.get(f"/download/{first}", headers=cookie).content == b"99 minutes"
    assert offered(desk, who, b"99 minutes") != first


def test_a_used_link_is_renewed_for_its_owner_only(client, desk, person):
    who, cookie = person()
    _, other = person("max")
    token = offered(desk, who)
    again = f"/download-again/{token}"
    assert client.post(again, headers=cookie).json() == {"token": None}, "not used yet"
    client.get(f"/download/{token}", headers=cookie)
    assert client.post(again, headers=other).json() == {"token": None}
    assert client.post(again).status_code == 403
    fresh = client.post(again, headers=cookie).json()["token"]
    assert client.get(f"/download/{fresh}", headers=cookie).status_code == 200


def test_links_expire_and_never_pile_up(desk, person, monkeypatch):
    who, _ = person()
    token = offered(desk, who)
    for number in range(downloads.MOST_OFFERS + 5):
        offered(desk, who, key=str(number))
    assert len(desk._offers) <= downloads.MOST_OFFERS
    assert desk.take(token, who) is None
    last = offered(desk, who, key="last")
    now = downloads.time.monotonic() + downloads.LIVES_SECONDS + 1
    monkeypatch.setattr(downloads.time, "monotonic", lambda: now)
    assert desk.take(last, who) is None


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("../../etc/passwd", "passwd-"),
        ('a"b\r\nSet-Cookie: x.csv', "a-b--Set-Cookie--x-"),
        ("C:\\x\\é.csv", "--"),
        ("", "file-"),
    ],
)
def test_names_cannot_leave_their_place(name, expected):
    safe = named_by_content(name, b"")
    assert safe.startswith(expected)
    assert safe.isascii()
    assert not set('"\\/\r\n;') & set(safe)
