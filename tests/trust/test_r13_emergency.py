"""R13: emergency access is for named people, with a reason, for an hour, marked and reviewed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ccm_core.access import emergency, sessions
from ccm_core.errors import PermissionDenied, UsageError
from ccm_core.program import panel
from ccm_core.store import access_log
from ccm_core.store.queries import EVERYBODY

WHY = "Ambulance asks for the medication list"


@pytest.fixture
def person(add_user, open_db, clock):
    """Signs somebody in; gives a function that tells who they are at this moment."""

    def sign_in(name: str, role: str = "care_manager"):
        user_id = add_user(name, role, staff_id="S1")
        with open_db(write=True) as db:
            token = sessions.hash_of(sessions.begin(db, user_id, clock.now))

        def now():
            with open_db() as db:
                return sessions.resolve(db, token, clock.now)

        return now

    return sign_in


@pytest.fixture
def boss(person):
    return person("boss", "administrator")


def named(open_db, boss, *people) -> None:
    with open_db(write=True) as db:
        emergency.name_members(db, boss(), [one().user_id for one in people])


def begin(open_db, who, clock, minutes: int = 30, reason: str = WHY):
    with open_db(write=True) as db:
        return emergency.begin(db, who(), reason, minutes, clock.now)


def test_who_is_not_named_is_refused(person, open_db, clock, boss):
    ann, ben = person("ann"), person("ben")
    named(open_db, boss, ben)
    with pytest.raises(PermissionDenied, match="named"):
        begin(open_db, ann, clock)
    assert not panel.sees_all(ann())


def test_it_opens_every_panel_marks_every_entry_and_ends(person, open_db, clock, boss):
    ann = person("ann")
    named(open_db, boss, ann)
    assert panel.narrowed(ann(), EVERYBODY).care_manager_id == "S1"
    begin(open_db, ann, clock, 30)
    assert panel.narrowed(ann(), EVERYBODY).care_manager_id == ""
    assert panel.is_bound(ann())
    with open_db(write=True) as db:
        access_log.record(db, ann(), "view", "patient", "p9")
        assert access_log.newest(db, 1)[0].reason.startswith("[emergency]")
        assert access_log.count(db, action="emergency_begin") == 1
    clock.now += timedelta(minutes=10)
    with open_db(write=True) as db:
        sessions.touch(db, ann().session_hash, clock.now)
    clock.now += timedelta(minutes=10)
    with open_db(write=True) as db:
        sessions.touch(db, ann().session_hash, clock.now)
    clock.now += timedelta(minutes=9, seconds=59)
    assert panel.sees_all(ann())
    clock.now += timedelta(seconds=1)
    assert not panel.sees_all(ann())


def test_another_sign_in_of_the_same_person_has_none(person, open_db, clock, boss):
    ann = person("ann")
    named(open_db, boss, ann)
    begin(open_db, ann, clock)
    with open_db(write=True) as db:
        other = sessions.hash_of(sessions.begin(db, ann().user_id, clock.now))
    with open_db() as db:
        assert sessions.resolve(db, other, clock.now).emergency_until is None


@pytest.mark.parametrize(
    ("minutes", "reason"), [(61, WHY), (0, WHY), (30, "because"), (30, " " * 20)]
)
def test_a_reason_and_an_hour_at_most(person, open_db, clock, boss, minutes, reason):
    ann = person("ann")
    named(open_db, boss, ann)
    with pytest.raises(UsageError, match="reason"):
        begin(open_db, ann, clock, minutes, reason)


def test_it_can_be_ended_and_waits_for_a_review(person, open_db, clock, boss):
    ann = person("ann")
    named(open_db, boss, ann)
    begin(open_db, ann, clock)
    with open_db(write=True) as db:
        emergency.end(db, ann(), clock.now)
    assert not panel.sees_all(ann())
    with open_db(write=True) as db:
        (waiting,) = emergency.unreviewed(db)
        with pytest.raises(PermissionDenied):
            emergency.review(db, ann(), waiting.id, clock.now)
        emergency.review(db, boss(), waiting.id, clock.now)
        assert emergency.unreviewed(db) == []


def test_only_administrators_name_care_managers(person, open_db, boss):
    ann = person("ann")
    with open_db(write=True) as db:
        with pytest.raises(PermissionDenied):
            emergency.name_members(db, ann(), [ann().user_id])
        with pytest.raises(UsageError, match="care managers"):
            emergency.name_members(db, boss(), [boss().user_id])
        assert emergency.members(db) == frozenset()
