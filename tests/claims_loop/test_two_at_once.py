"""R55: what two people do to the claims of a month at one moment is done once.

On PostgreSQL both used to see the approved claims, and both wrote them into a file.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from sqlmodel import Session

from ccm_core.errors import UsageError
from ccm_core.program import claim_files, claim_run
from ccm_core.store import db
from ccm_core.store.claiming import batches, files
from tests.claims_loop.conftest import MONTH, practice_of, who

LEAD, OTHER = who("billing_lead"), who("practice_manager")
Work = Callable[[Session], Any]


@pytest.fixture
def both(url: str) -> Callable[[Work, Work], tuple[Any, Any]]:
    """Let a second person begin while the first one has not committed; what both were told."""

    def run(first: Work, second: Work) -> tuple[Any, Any]:
        began, told = threading.Event(), []

        def late() -> None:
            try:
                with db.session(url, write=True) as session:
                    began.set()
                    told.append(second(session))
            except Exception as refused:
                told.append(refused)

        other = threading.Thread(target=late)
        with db.session(url, write=True) as session:
            done = first(session)
            other.start()
            began.wait(1)  # SQLite lets nobody in before the first one is done
            other.join(1)  # time to look, and to wait where it may not look yet
        other.join(60)
        return done, told[0]

    return run


def test_two_approvals_make_one_batch(url, both):
    practice = practice_of(url)
    first, second = both(
        lambda s: claim_run.make(s, LEAD, practice, MONTH),
        lambda s: claim_run.make(s, OTHER, practice, MONTH),
    )
    assert first.new
    assert (second.new, second.same) == (0, first.new)


def test_two_exports_send_each_claim_once(url, both):
    """A claim that goes twice is a duplicate for the payer, or paid twice."""
    practice = practice_of(url)
    with db.session(url, write=True) as session:
        claim_run.make(session, LEAD, practice, MONTH)
    first, second = both(
        lambda s: claim_files.export(s, LEAD, practice, MONTH),
        lambda s: claim_files.export(s, OTHER, practice, MONTH),
    )
    assert first.files
    assert second.files == ()
    with db.session(url) as session:
        written = files.files_of(session, practice.practice_id, MONTH)
        claims = batches.claims_of(session, practice.practice_id, MONTH)
    assert sum(one.claims for one in written) == len(claims)


def test_a_month_that_is_being_closed_takes_no_new_batch(url, both):
    practice = practice_of(url)
    closed, refused = both(
        lambda s: claim_run.close(s, LEAD, practice, MONTH),
        lambda s: claim_run.make(s, OTHER, practice, MONTH),
    )
    assert closed.month == MONTH
    assert isinstance(refused, UsageError)
    assert "was closed on" in str(refused)
