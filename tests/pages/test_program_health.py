"""Program health: numbers against targets, and nothing small for those outside the practice."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import pytest

from ccm_core.access.identity import Identity
from ccm_core.access.permissions import ROLES, can
from ccm_core.errors import PermissionDenied
from ccm_core.program import digest, health
from ccm_core.store import db
from ccm_core.store.queries.enrollment import Funnel, FunnelStep
from tests.pages.page_text import listing, metrics, sent, text_of
from tests.pages.signed_in import open_as, publish

TODAY = date(2026, 11, 21)


pytestmark = pytest.mark.usefixtures("small_store")


def person(role):
    return Identity("u", "u", "U", role, "0" * 64)


def seen_by(role):
    publish()
    with db.session() as session:
        return health.health(session, person(role), TODAY)


def test_the_numbers_of_a_practice_counted_by_hand():
    found = seen_by("practice_manager")
    # Four of six hold a consent; two of these four were reached in November.
    assert found.measure("enrollment_rate").value == Decimal(4) / 6
    assert found.measure("unseen_share").value == Decimal(2) / 4
    assert found.measure("unseen_share").standing == "alarm"
    assert found.measure("enrollment_growth").value == 0
    assert found.measure("denial_rate").value is None
    assert dict(found.week)["Consented, without a care plan"] == "1"


@pytest.mark.parametrize(
    ("value", "target", "alarm", "standing"),
    [
        ("0.05", "0.05", "0.10", "good"), ("0.10", "0.05", "0.10", "between"),
        ("0.11", "0.05", "0.10", "alarm"), ("45", "35", "45", "between"),
        ("45.1", "35", "45", "alarm"), ("0.98", "0.98", "0.95", "good"),
        ("0.949", "0.98", "0.95", "alarm"), ("0", "1", "1", "alarm"), ("1", "1", "1", "good"),
    ],
)  # fmt: skip
def test_what_is_good_and_what_is_a_warning(value, target, alarm, standing):
    assert health.judge(*map(Decimal, (value, target, alarm))) == standing
    assert health.judge(None, Decimal(target), Decimal(alarm)) == ""


def test_an_outsider_sees_no_small_count():
    found = seen_by("consultant")
    assert found.is_aggregate
    for name in ("enrollment_rate", "unseen_share"):
        assert (found.measure(name).value, found.measure(name).standing) == (None, "hidden")
    assert not any(m.counts for m in found.measures)
    assert dict(found.week)["Consented, without a care plan"] == "hidden"


def test_those_who_wait_are_hidden_where_they_would_tell_of_a_small_step():
    """146 consented, 120 active, 16 wait in between: ten have no plan, by subtraction."""
    counts = (("eligible", 391, 0), ("invited", 251, 140), ("consented", 146, 100),
              ("care_plan", 136, 10), ("active", 120, 16))  # fmt: skip
    whole = Funnel("", tuple(FunnelStep(s, n, None, None, 0, w, 0) for s, n, w in counts))
    assert dict(health._steps(whole))["care_plan"] == "hidden"
    # Five of those invited declined: who waits for an answer would tell it.
    assert health._telling(whole) == {
        "Invited, waiting for an answer", "With a plan, no time logged this month",
    }  # fmt: skip


def test_the_page_of_an_outsider_holds_no_name_and_no_small_count():
    at = open_as("consultant", "program_health")
    assert not at.exception
    said = sent(at)
    assert "aggregates only" in text_of(at)
    assert metrics(at)["Enrollment rate"] == "hidden"
    assert not re.search("Alder|Birch|Cedar, Cam|Dogwood|Elm|MRN-", said)
    assert {row["many"] for row in listing(at, "The week in counts")} <= {"0", "hidden"}
    steps = {row["many"] for row in listing(at, "Patients at each step of enrollment")}
    assert steps <= {"0", "hidden"}
    assert not at.get("vega_lite_chart")


def test_the_page_of_a_manager_names_what_comes_first():
    at = open_as("practice_manager", "program_health")
    assert not at.exception
    assert "Call those nobody reached" in text_of(at)
    assert metrics(at)["Patients nobody reached this month"] == "50%"
    assert at.get("vega_lite_chart")


@pytest.mark.parametrize(
    ("value", "said"), [("0.94", "94%"), ("0.9368", "93.7%"), ("0.9398", "94.0%"), ("0.5", "50%")]
)
def test_a_whole_percent_claims_no_decimal(value, said):
    """Readers of aggregates are told whole percents: 93.7 must not become 94.0 for them."""
    rate = health.Measure(
        "denial_rate", "Denial rate", "share", None, "", Decimal("0.05"), Decimal("0.1"), "", "", ""
    )
    assert digest.said(rate, Decimal(value)) == said


@pytest.mark.parametrize("role", ROLES)
def test_the_digest_is_for_those_who_may_export(role):
    if not can(person(role), "program_health", "export"):
        with pytest.raises(PermissionDenied):
            digest.digest(person(role), TODAY)
        return
    publish()
    page = digest.digest(person(role), TODAY).decode()
    assert page.startswith("<!doctype html>")
    assert "Weekly digest" in page
    assert "Alder" not in page
    assert (">50%<" in page) is (role != "consultant")
