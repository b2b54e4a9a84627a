"""Care plans: versions, hash, differences, signature, print; what the rules see of them."""

from __future__ import annotations

import io
import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pypdf
import pytest

from ccm_core import records
from ccm_core.errors import Conflict, PermissionDenied, UsageError
from ccm_core.program import care_planning, plan_pdf, plan_signing
from ccm_core.program.plan_content import (
    WHOLE_PERSON,
    PlanContent,
    Problem,
    as_json,
    content_sha256,
    differences,
    from_json,
)
from ccm_core.rules.care_plan import PLAN_ELEMENTS
from ccm_core.store import db, reading, writing
from ccm_core.store.queries import findings_of
from ccm_core.store.schema import PlanVersionRow, table_of
from tests.pages.small_practice import NOVEMBER, NPI, PRACTICE

TODAY = date(2026, 11, 21)

pytestmark = pytest.mark.usefixtures("practice")


def drafted(who, patient_id="dee"):
    with db.session() as session:
        return care_planning.plans(session, who, patient_id, TODAY).draft


def save(who, content, based_on=0, patient_id="dee", why=""):
    with db.session(write=True) as session:
        return care_planning.save_version(session, who, patient_id, content, based_on, TODAY, why)


def do(service, who, *given):
    with db.session(write=True) as session:
        return service(session, who, *given)


def versions(who, patient_id="dee"):
    with db.session() as session:
        return care_planning.plans(session, who, patient_id, TODAY).versions


def rules(patient_id="dee"):
    with db.session() as session:
        return {f.rule for f in findings_of(session, PRACTICE, patient_id, NOVEMBER)}


def test_a_draft_follows_the_problem_list(person):
    draft = drafted(person("practice_manager"))
    assert [p.label for p in draft.problems] == ["Diabetes", "Hypertension"]
    assert "HbA1c below 8.0" in draft.problems[0].goals
    assert not [line for _, line in draft.lines() if "{" in line]
    assert draft.vague_goals() == ()
    # The library leaves blanks where only a person knows; nothing is claimed for them.
    assert frozenset(PLAN_ELEMENTS) - draft.elements == set(WHOLE_PERSON)
    assert len(draft.blanks()) == len(WHOLE_PERSON)
    assert filled(draft).elements == frozenset(PLAN_ELEMENTS)


def filled(draft):
    return replace(draft, whole=dict.fromkeys(WHOLE_PERSON, "Asked on the phone; no need."))


def test_an_element_that_is_not_there_does_not_count(person):
    draft = drafted(person("practice_manager"))
    vague = replace(draft.problems[0], goals="Feel better", outcome="")
    plan = replace(draft, problems=(vague, *draft.problems[1:]), review_on=None,
                   whole={"caregiver": "daughter"})  # fmt: skip
    assert plan.vague_goals() == ("Feel better",)
    assert frozenset(PLAN_ELEMENTS) - plan.elements == {
        "outcome_prognosis", "measurable_goals", "review_schedule", "cognitive_functional",
        "medication", "environment", "community_services", "coordination",
    }  # fmt: skip


def test_the_rules_see_the_plan_and_what_becomes_of_it(person):
    who = person("practice_manager")
    with db.session(write=True) as session:
        began = datetime(2026, 11, 9, 15, tzinfo=UTC)
        writing.save(session, PRACTICE, [records.TimeEntry(
            "dee-t", "dee", began, 1500, staff_id="S2", activity="care_coordination",
            note="Called about the blood pressure.", recorded_at=began)])  # fmt: skip
    assert not versions(who)
    blank = save(who, drafted(who))
    assert "P08" in rules()
    made = save(who, filled(blank.content), 1)
    assert {"P02", "P04"} <= rules()
    assert not rules() & {"P01", "P05", "P08"}
    plan = plan_signing.ref("dee", made)
    do(plan_signing.record_paper_signature, who, plan, NPI, TODAY, TODAY)
    plan = plan_signing.ref("dee", versions(who)[0])
    do(plan_signing.give_copy, who, plan, TODAY, "printed", TODAY)
    assert not rules() & {"P01", "P02", "P04", "P05", "P08"}
    kept = versions(who)[0]
    assert (kept.signed_name, kept.signed_way, kept.copy_given_on) == (
        "Dr. Amara Lind, MD", "paper", TODAY,
    )  # fmt: skip


def test_each_save_is_a_version_and_says_what_changed(person):
    who = person("care_manager", "S2")
    first = save(who, drafted(who))
    changed = replace(first.content, whole={**first.content.whole, "caregiver": "Son, Tuesdays"})
    second = save(who, changed, 1, why="son moved in")
    assert [v.number for v in versions(who)] == [2, 1]
    assert (second.why, second.saved_by) == ("son moved in", "S2")
    found = differences(first.content, second.content)
    assert {d.heading for d in found} == {"Caregiver"}
    assert [d.after for d in found if d.after] == ["Son, Tuesdays"]
    assert differences(second.content, second.content) == ()
    assert versions(who)[1].content == first.content
    with pytest.raises(UsageError, match="nothing was saved"):
        save(who, second.content, 2)


def test_the_hash_is_over_every_word_and_stable(person):
    who = person("practice_manager")
    made = save(who, drafted(who))
    stored = as_json(made.content)
    assert made.sha256 == content_sha256("dee", 1, stored)
    assert content_sha256("dee", 1, as_json(from_json(stored))) == made.sha256
    assert content_sha256("dee", 2, stored) != made.sha256
    assert content_sha256("ana", 1, stored) != made.sha256
    fixed = PlanContent((Problem("I10", "Hypertension", goals="Below 130/80"),), {}, TODAY)
    assert content_sha256("x", 1, as_json(fixed)) == FIXED


FIXED = "4e0595e00c05dee1c36f70c919262f46df43768e6c04709bfa3406b2899ecdcc"
"""Changes only when the way of hashing changes, which would break every signature kept."""


def test_a_row_changed_outside_is_seen_and_not_signed(person):
    who = person("practice_manager")
    made = save(who, drafted(who))
    with db.session(write=True) as session:
        table = table_of(PlanVersionRow)
        other = as_json(replace(made.content, review_on=None))
        session.connection().execute(table.update().values(content=other))
    assert not versions(who)[0].is_intact
    with pytest.raises(Conflict, match="not the ones"):
        do(plan_signing.record_paper_signature, who, plan_signing.ref("dee", made), NPI, TODAY,
           TODAY)  # fmt: skip


def test_of_two_at_one_plan_one_gets_a_conflict(person):
    who = person("practice_manager")
    draft = drafted(who)
    start, outcomes = threading.Barrier(4), []

    def write(number):
        start.wait()
        try:
            save(who, replace(draft, whole={"caregiver": f"person {number}"}))
            outcomes.append("won")
        except Conflict:
            outcomes.append("lost")

    threads = [threading.Thread(target=write, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["lost"] * 3 + ["won"]
    assert [v.number for v in versions(who)] == [1]
    with db.session() as session:
        assert len(reading.records_of(session, records.CarePlan, "dee")) == 1


def test_a_signature_needs_a_practitioner_and_the_shown_version(person):
    manager, doctor = person("practice_manager"), person("practice_manager", NPI)
    made = save(manager, drafted(manager))
    plan = plan_signing.ref("dee", made)
    with pytest.raises(UsageError, match="not linked"):
        do(plan_signing.sign, manager, plan, TODAY)
    assert do(plan_signing.sign, doctor, plan, TODAY) == "Dr. Amara Lind, MD"
    assert versions(manager)[0].signed_way == "electronic"
    with pytest.raises((UsageError, Conflict)):
        do(plan_signing.sign, doctor, plan, TODAY)
    with pytest.raises(Conflict):
        do(plan_signing.give_copy, manager, plan, TODAY, "printed", TODAY)
    with pytest.raises(UsageError, match="today is"):
        do(plan_signing.review, manager, plan, TODAY + timedelta(1), TODAY)


@pytest.mark.parametrize("role", ["billing_lead", "auditor", "consultant"])
def test_readers_write_no_plans(person, role):
    manager = person("practice_manager")
    draft = drafted(manager)
    made = save(manager, draft)
    plan = plan_signing.ref("dee", made)
    for call in (
        lambda: save(person(role), replace(draft, review_on=None), 1),
        lambda: do(plan_signing.sign, person(role, NPI), plan, TODAY),
        lambda: do(plan_signing.give_copy, person(role), plan, TODAY, "printed", TODAY),
        lambda: do(plan_signing.review, person(role), plan, TODAY, TODAY),
    ):
        with pytest.raises(PermissionDenied):
            call()
    assert len(versions(manager)) == 1
    assert not versions(manager)[0].signed_name


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (PlanContent(), "at least one"),
        (PlanContent((Problem("I10", "x" * 4001),)), "longer than"),
        (PlanContent((Problem("I10", "a\0b"),)), "cannot be kept"),
    ],
)
def test_a_plan_that_cannot_be_kept(person, content, says):
    with pytest.raises(UsageError, match=says):
        save(person("practice_manager"), content)


NAMES = ["Zoë Ångström-Núñez", "Ольга Иванова", "מִרְיָם כהן", "محمد العربي", "山田 太郎", "🙂 Kim",
         "A" * 200, "नमस्ते देवी"]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("has_fonts", [True, False])
def test_any_name_is_printed(person, name, has_fonts, monkeypatch):
    if not has_fonts:
        monkeypatch.setattr(plan_pdf, "fonts", lambda: None)
    who = person("practice_manager")
    with db.session(write=True) as session:
        old = reading.patient(session, "dee")
        writing.save(session, PRACTICE, [replace(old, given_name=name, family_name="")])
    made = save(who, drafted(who))
    file = plan_pdf.plan_pdf(who, "dee", made.plan_id, TODAY)
    assert file == plan_pdf.plan_pdf(who, "dee", made.plan_id, TODAY)
    text = " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(file)).pages)
    flat = " ".join(text.split())
    assert "My care plan" in flat
    assert "Home blood pressure below 130/80" in flat
    assert "Severe headache" in flat
    assert made.sha256 in text.replace("\n", "")


def test_the_print_is_for_those_who_see_the_patient(person):
    manager = person("practice_manager")
    made = save(manager, drafted(manager))
    for who in (person("consultant"), person("care_manager", "S1")):
        with pytest.raises(PermissionDenied):
            plan_pdf.plan_pdf(who, "dee", made.plan_id, TODAY)
