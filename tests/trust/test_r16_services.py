"""R15, R16: every service about one patient asks for itself who calls, whatever the page did."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from datetime import UTC, date, datetime
from types import FunctionType

import pytest

from ccm_core import program, records
from ccm_core.access import permissions
from ccm_core.access.identity import Identity
from ccm_core.errors import CcmError, PermissionDenied, UsageError
from ccm_core.program import charting, plan_templates
from ccm_core.program.consent_files import Upload
from ccm_core.program.consenting import ConsentWish
from ccm_core.program.enrolling import Attempt, StatusWish
from ccm_core.program.plan_signing import PlanRef
from ccm_core.program.time_checks import Draft
from ccm_core.program.time_log import Change
from ccm_core.store import access_log, db, reading
from ccm_core.store.queries import Only
from tests.pages.small_practice import NOVEMBER, NPI, PRACTICE

TODAY = date(2026, 11, 21)
MORNING = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
NOTE = "Called about the laboratory visit and arranged transport."
WISH = ConsentWish(TODAY, "verbal", frozenset(records.CONSENT_ELEMENTS), NPI, "S1")
PLAN = PlanRef("ana", "ana-p", 1, "0" * 64)
CONDITION = records.Condition("ana-1", "ana", "E11.9")
CHANGE = Change("ana-t", 1, MORNING, 600, "care_coordination", NOTE, True, False, "typing error")
DRAFT = Draft("ana", "care_coordination", NOTE)

OF_ANA = {
    "call_script.call_script": ("ana", TODAY),
    "care_planning.plans": ("ana", TODAY),
    "care_planning.save_version": ("ana", plan_templates.draft((), TODAY), 0, TODAY),
    "chart.seen": ("ana",),
    "chart.open_chart": ("ana", NOVEMBER),
    "charting.edit_patient": ("ana", 1, {"phone": "1"}, TODAY),
    "charting.shown": ("ana",),
    "charting.add": (CONDITION, TODAY),
    "charting.end": (CONDITION, TODAY, TODAY),
    "charting.going_on": ("ana",),
    "confirming.confirm_chronic": ("ana", ["ana-1"], NPI, TODAY),
    "consent_files.attach": ("ana", "ana-c", Upload("a.pdf", b"%PDF-1")),
    "consenting.consents": ("ana", TODAY),
    "consenting.take": ("ana", WISH, 1, TODAY),
    "consenting.revoke": ("ana", "ana-c", 1, TODAY, "asked to stop", TODAY),
    "enrolling.standing": ("ana",),
    "enrolling.change_status": ("ana", StatusWish("declined", TODAY, "no wish"), 1, TODAY),
    "enrolling.note_attempt": ("ana", Attempt(TODAY, "phone", "reached"), TODAY),
    "packets.one": ("ana", NOVEMBER),
    "plan_signing.give_copy": (PLAN, TODAY, "printed", TODAY),
    "plan_signing.review": (PLAN, TODAY, TODAY),
    "plan_signing.record_paper_signature": (PLAN, NPI, TODAY, TODAY),
    "plan_signing.sign": (PLAN, TODAY),
    "preflight.open_case": ("ana", NOVEMBER),
    "time_keeping.patient_of": ("ana",),
    "time_log.log": (DRAFT, MORNING, 600),
    "time_log.shown": ("ana-t",),
    "time_log.correct": (CHANGE,),
    "time_log.withdraw": ("ana-t", 1, "typing error"),
    "time_log.approve": ("ana-t", 1),
    "time_log.history": ("ana-t",),
    "time_shown.not_counted_on": ("ana", TODAY),
    "timer.start": ("ana",),
}  # fmt: skip
"""Service to its arguments after session and caller, about a patient of somebody else."""

OWN_TRANSACTION = {
    "chart.look_at": ("ana", NOVEMBER),
    "consent_files.fetch": ("ana", 1),
    "plan_pdf.plan_pdf": ("ana", "ana-p", TODAY),
}
ELSEWHERE = {
    "care_planning.audit_plan",  # works out results anew, shows nothing
    "timer.finish",  # the own timer only; its patient is asked about again, see test_log_time
}
NAMED_BY = {"patient_id", "entry_id", "fact", "draft", "change", "plan", "file_id"}


pytestmark = pytest.mark.usefixtures("small_store")


def person(role: str, staff_id: str = "") -> Identity:
    return Identity(f"u-{role}", role, role, role, "s" * 64, staff_id)


OTHERS = [("care_manager", "S2"), ("care_manager", ""), ("consultant", ""), ("consultant", "S1")]


def function(name: str) -> FunctionType:
    module, _, short = name.partition(".")
    return getattr(importlib.import_module(f"ccm_core.program.{module}"), short)


@pytest.mark.parametrize(("role", "staff_id"), OTHERS)
def test_every_service_refuses_a_patient_of_somebody_else(role, staff_id):
    who = person(role, staff_id)
    with db.session() as session:
        before = access_log.count(session)
    for name, given in OF_ANA.items():
        # A time entry says who worked before it says with whom: no staff, no time at all.
        kinds = (PermissionDenied, UsageError) if not staff_id else PermissionDenied
        with pytest.raises(kinds) as refused, db.session(write=True) as session:
            function(name)(session, who, *given)
        assert "Alder" not in str(refused.value), name
    for name, given in OWN_TRANSACTION.items():
        with pytest.raises(PermissionDenied):
            function(name)(who, *given)
    with db.session() as session:
        assert access_log.count(session) == before + 1, "the refused look, and nothing else"


def test_every_service_about_one_patient_is_tried_here():
    found = set()
    for module in pkgutil.iter_modules(program.__path__):
        held = importlib.import_module(f"ccm_core.program.{module.name}")
        for name, one in vars(held).items():
            if inspect.isfunction(one) and one.__module__ == held.__name__ and name[0] != "_":
                takes = set(inspect.signature(one).parameters)
                if "who" in takes and takes & NAMED_BY:
                    found.add(f"{module.name}.{name}")
    drafts = {"timer.keep_draft"}  # the draft of the own timer
    assert found - drafts == {*OF_ANA, *OWN_TRANSACTION, *ELSEWHERE}


def test_a_record_of_somebody_else_does_not_end_beside_an_own_patient():
    """The record is asked whose it is, not the form."""
    mixed = records.Condition("ana-1", "cam", "E11.9")
    with (
        pytest.raises(CcmError, match="another patient"),
        db.session(write=True) as session,
    ):
        charting.end(session, person("care_manager", "S2"), mixed, TODAY, TODAY)
    with db.session() as session:
        kept = reading.records_of(session, records.Condition, "ana", PRACTICE)
    assert all(one.ended_on is None for one in kept)


LISTS = {
    "lists.minutes_csv": ("minutes", (PRACTICE, NOVEMBER, Only(), TODAY)),
    "lists.stalled_csv": ("enrollment", (PRACTICE, NOVEMBER, "invited", Only(), TODAY)),
}


@pytest.mark.parametrize("name", LISTS)
def test_a_list_as_a_file_asks_for_the_right_to_export_itself(name):
    """Whoever may look at a page may not take its list along, whatever offers the file."""
    page, given = LISTS[name]
    for role in permissions.ROLES:
        who = person(role, "S1")
        if permissions.can(who, page, "export"):
            assert b"mrn" in function(name)(who, *given)
        else:
            with pytest.raises(PermissionDenied, match="export"):
                function(name)(who, *given)
