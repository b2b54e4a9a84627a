"""The care plan builder: one form of the whole plan, each save a new version."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import streamlit as st

from ccm_core.access.identity import Identity
from ccm_core.errors import CcmError
from ccm_core.program import care_planning
from ccm_core.program.care_planning import Plans
from ccm_core.program.plan_content import OF_PROBLEM, WHOLE_PERSON, PlanContent, Problem
from ccm_core.program.plan_templates import problem_for
from ccm_core.records import Condition
from ccm_core.rules.care_plan import PLAN_ELEMENTS
from ccm_core.store import db
from pages.parts import acting, conflict, plan_history, status, tables, words
from pages.parts.guard import may

PAGE = care_planning.PAGE
_PARTS = (*OF_PROBLEM,)
_OPENED = "plan_builder_opened"


def is_wanted(patient_id: str, *, is_open: bool) -> bool:
    """Whether the builder is drawn: once it was open, it stays while this patient is shown.

    A form that leaves the page takes with it what was typed and not saved; a plan is long,
    and its writer looks at the conditions and the minutes in between.
    """
    if is_open:
        st.session_state[_OPENED] = patient_id
    return st.session_state.get(_OPENED) == patient_id


def work(who: Identity, patient_id: str, today: date, people: Mapping[str, str]) -> None:
    """The newest plan, what is missing in it, its history, and the form for the next version."""
    try:
        with db.session() as session:
            found = care_planning.plans(session, who, patient_id, today)
    except CcmError as refused:
        st.error(words.refused(refused))
        return
    if found.newest:
        elements(found.newest.content)
        plan_history.newest(who, patient_id, found.newest, today)
        plan_history.versions(who, patient_id, found, today, people)
    if may(who, PAGE, "edit"):
        said = "Write the next version" if found.newest else "Write the care plan"
        is_first = not found.newest and not found.is_planned_elsewhere
        with st.expander(said, expanded=is_first and bool(found.draft.problems)):
            Builder(who, patient_id, today).draw(found)


def elements(content: PlanContent) -> None:
    """The typical elements, each there or missing."""
    have = content.elements
    marks = [
        status.html("PASS" if name in have else "REVIEW", words.sentence(name))
        for name in PLAN_ELEMENTS
    ]
    st.html(f'<div style="display:flex;gap:.4rem 1.1rem;flex-wrap:wrap">{"".join(marks)}</div>')
    if blanks := content.blanks():
        st.warning(f"{words.many(len(blanks), 'line')} of the template still has blanks in square "
                   "brackets; these parts do not count until they are filled in.")  # fmt: skip
    if vague := content.vague_goals():
        st.warning("These goals have neither a number nor a day, so nobody can say whether they "
                   f"were reached: {words.plain('; '.join(vague[:5]))}")  # fmt: skip


def flat(content: PlanContent) -> dict[str, Any]:
    """The plan as fields with one value each, as forms and the conflict screen need them."""
    found: dict[str, Any] = {"conditions": [_name(p) for p in content.problems]}
    for problem in content.problems:
        found |= {f"{_name(problem)}: {part}": getattr(problem, part) for part in _PARTS}
    found |= {name: content.whole.get(name, "") for name in WHOLE_PERSON}
    return found | {"review_on": content.review_on, "why": ""}


def built(values: Mapping[str, Any], known: Mapping[str, Problem]) -> PlanContent:
    """The plan again."""
    problems = tuple(
        Problem(known[name].code, known[name].label,
                *(str(values.get(f"{name}: {part}") or "") for part in _PARTS))
        for name in values["conditions"] if name in known
    )  # fmt: skip
    whole = {name: str(values.get(name) or "") for name in WHOLE_PERSON}
    return PlanContent(problems, whole, values.get("review_on"))


def _name(problem: Problem) -> str:
    return f"{problem.label} ({problem.code})" if problem.code else problem.label


class Builder:
    """The form of a plan; the number of the version it began from travels with it."""

    def __init__(self, who: Identity, patient_id: str, today: date) -> None:
        self.who, self.patient_id, self.today = who, patient_id, today
        self.known: dict[str, Problem] = {}

    def read(self) -> conflict.Shown:
        with db.session() as session:
            found = care_planning.plans(session, self.who, self.patient_id, self.today)
        content = found.newest.content if found.newest else found.draft
        return conflict.Shown(found.number, flat(content))

    def save(self, number: int, values: conflict.Values) -> None:
        content = built(values, self.known)
        made = acting.act(
            PAGE, "edit",
            lambda s, me: care_planning.save_version(
                s, me, self.patient_id, content, number, self.today, values["why"]
            ),
        )  # fmt: skip
        acting.tell(f"Version {made.number} is saved. It waits for the signature and for a copy "
                    "to be given.")  # fmt: skip

    def draw(self, found: Plans) -> None:
        self.known = self.problems(found)
        form = self.guarded()
        if form.is_contested():
            form.screen()
            return
        shown = form.hold().values
        chosen = st.multiselect(
            "Conditions in the plan, from the problem list", list(self.known),
            default=[name for name in shown["conditions"] if name in self.known],
            key=form.key("conditions"),
        )  # fmt: skip
        st.caption("The library is a starting point, not medical advice. Words in [square "
                   "brackets] are blanks: replace them, or the part does not count.")  # fmt: skip
        with st.form(form.key("form"), border=False):
            values = {"conditions": chosen, **self.fields(form, shown, chosen)}
            if st.form_submit_button("Save as a new version", type="primary"):
                form.submit(values)

    def problems(self, found: Plans) -> dict[str, Problem]:
        """Every condition that may stand in the plan, with what the library says."""
        review_on = found.draft.review_on or self.today
        own = [c for c in found.conditions if c.ended_on is None]
        known = {_name(p): p for p in (self.drafted(c, review_on) for c in own)}
        known |= {_name(p): p for p in found.draft.problems}
        if found.newest:
            known |= {_name(p): p for p in found.newest.content.problems}
        return known

    def drafted(self, condition: Condition, review_on: date) -> Problem:
        return problem_for(condition, self.today, review_on)

    def guarded(self) -> conflict.Guarded:
        labels = {"conditions": "Conditions"}
        for name in self.known:
            labels |= {
                f"{name}: {part}": f"{name}: {said.split(',')[0].lower()}"
                for part, said in OF_PROBLEM.items()
            }
        labels |= WHOLE_PERSON | {"review_on": "Next review", "why": "What changed"}
        name = f"plan_{tables.patient_key(self.who, self.patient_id)}"
        return conflict.Guarded(name, labels, self.read, self.save)

    def fields(
        self, form: conflict.Guarded, shown: Mapping[str, Any], chosen: list[str]
    ) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name in chosen:
            st.markdown(f"**{words.plain(name)}**")
            for part, said in OF_PROBLEM.items():
                key = f"{name}: {part}"
                start = shown.get(key, getattr(self.known[name], part))
                found[key] = _text(said, start, form.key(key), is_short=part == "responsible")
        st.markdown("**The whole person**")
        for name, said in WHOLE_PERSON.items():
            found[name] = _text(said, shown.get(name, ""), form.key(name))
        with st.container(horizontal=True):
            review_on = st.date_input("Next review", shown.get("review_on"), min_value=self.today,
                                      key=form.key("review_on"),
                                      format=words.DAY_FIELD)  # fmt: skip
            why = st.text_input("What changed, and why", max_chars=500, key=form.key("why"))
        return found | {
            "review_on": review_on if isinstance(review_on, date) else None, "why": why,
        }  # fmt: skip


def _text(label: str, start: str, key: str, *, is_short: bool = False) -> str:
    if is_short:
        return st.text_input(label, start, key=key, max_chars=200) or ""
    return st.text_area(label, start, key=key, height=min(200, 68 + 24 * start.count("\n")),
                        max_chars=4000) or ""  # fmt: skip
