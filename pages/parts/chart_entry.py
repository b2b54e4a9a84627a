"""Writing the record by hand: a patient, conditions, coverage, stays, visits, decisions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import streamlit as st

from ccm_core import records
from ccm_core import tables as dated
from ccm_core.access.identity import Identity
from ccm_core.errors import CcmError
from ccm_core.months import Month
from ccm_core.program import charting
from ccm_core.program.chart import Chart
from ccm_core.store import db, reading
from pages.parts import acting, conflict, tables, words
from pages.parts.guard import may

PAGE = charting.PAGE
OLDEST = date(1900, 1, 1)
LABELS = {
    "family_name": "Family name", "given_name": "Given name", "born_on": "Born", "sex": "Sex",
    "mrn": "Record number (MRN)", "mbi": "Medicare identifier (MBI)", "street": "Street",
    "city": "City", "state": "State", "zip5": "ZIP code", "phone": "Phone",
    "practitioner_npi": "Practitioner", "care_manager_id": "Care manager",
    "location": "Location", "is_new": "Seen by the practice before",
    "risk_documented_on": "Chart states the significant risk since",
}  # fmt: skip
KNOWN_BEFORE = {None: "Not known", False: "Yes", True: "No, a new patient"}
# What nobody knows stands first: a form that nobody touched must not say "Medicare, Part B".
PAYERS = {"unknown": "Not known"} | {
    kind: words.sentence(kind) for kind in records.PAYER_KINDS[:-1]
}
STAYS = {kind: words.sentence(kind) for kind in records.STAY_KINDS}
MDM = {level: words.sentence(level) for level in records.MDM_LEVELS}
ANSWERS = {None: "Not known", True: "Yes", False: "No"}
PRACTICES = {"same": "This practice", "other": "Another practice"}


def new_patient(who: Identity, practice: records.Practice, today: date, *, is_first: bool) -> None:
    """The form of a patient who is not here yet."""
    if not may(who, PAGE, "edit"):
        return
    with st.expander("Add a patient", expanded=is_first), st.form("new_patient", border=False):
        values = _fields(lambda name: f"new_patient_{name}", {}, _people(), today)
        st.markdown("**Primary coverage**")
        payer = _coverage("new_patient", "")
        if st.form_submit_button("Add the patient", type="primary"):
            given = payer if payer.kind != "unknown" else None
            acting.attempt(
                PAGE, "edit", lambda s, me: charting.add_patient(s, me, values, given, today),
                "The patient is added as eligible. Conditions, visits and consent come next.",
            )  # fmt: skip


def work(who: Identity, chart: Chart, today: date) -> None:
    """What there is to write about one patient."""
    if not may(who, PAGE, "edit"):
        st.caption("You may read this record; changing it is for others.")
        return
    mark = tables.patient_key(who, chart.patient.patient_id)
    with st.expander("Name, address, practitioner"):
        _details(who, chart.patient, mark, today)
    forms: tuple[tuple[str, Callable[[str, str, date], records.Payer | Any]], ...] = (
        ("Add a condition", _condition), ("Add coverage", _payer), ("Add a stay", _stay),
        ("Add a visit or a service", _visit),
    )  # fmt: skip
    for title, form in forms:
        with st.expander(title):
            _adding(title, form, chart.patient.patient_id, mark, today)
    with st.expander("Medical decision making of the month"):
        _deciding(chart, mark, today)
    with st.expander("Something ended"):
        _ending(who, chart, mark, today)


def _people() -> tuple[dict[str, str], dict[str, str]]:
    with db.session() as session:
        doctors = {p.npi: p.name for p in reading.practitioners(session)}
        staff = {p.staff_id: p.name for p in reading.staff(session) if p.is_active}
    return {"": words.NOTHING, **doctors}, {"": words.NOTHING, **staff}


class _Form:
    """Places the widgets of a patient; what is typed is in ``given``, by field."""

    def __init__(self, key: Callable[[str], str], held: Mapping[str, Any], today: date) -> None:
        self.key, self.held, self.today = key, held, today
        self.given: dict[str, Any] = {}

    def text(self, place: Any, name: str, most: int = charting.MOST_LETTERS) -> None:
        self.given[name] = place.text_input(
            LABELS[name], self.held.get(name, ""), key=self.key(name), max_chars=most
        )

    def pick(self, place: Any, name: str, options: Mapping[Any, str]) -> None:
        now = self.held.get(name, next(iter(options)))
        known = list(dict.fromkeys((*options, now)))
        self.given[name] = place.selectbox(
            LABELS[name], known, known.index(now), key=self.key(name),
            format_func=lambda value: options.get(value, value),
        )  # fmt: skip

    def day(self, place: Any, name: str) -> None:
        self.given[name] = place.date_input(
            LABELS[name], self.held.get(name), key=self.key(name), min_value=OLDEST,
            max_value=self.today, format=words.DAY_FIELD,
        )  # fmt: skip


def _fields(
    key: Callable[[str], str], held: Mapping[str, Any],
    people: tuple[Mapping[str, str], Mapping[str, str]], today: date,
) -> dict[str, Any]:  # fmt: skip
    """The widgets of a patient; what is typed, by field."""
    doctors, staff = people
    states = ["", *(row["state"] for row in dated.load("states", "state").rows)]
    form = _Form(key, held, today)
    left, middle, right = st.columns(3)
    form.text(left, "family_name")
    form.text(middle, "given_name")
    form.day(right, "born_on")
    form.text(left, "mrn")
    form.text(middle, "mbi", 13)
    form.pick(right, "sex", charting.SEXES)
    form.text(left, "street")
    form.text(middle, "city")
    form.pick(right, "state", {state: state for state in states})
    form.text(left, "zip5", 10)
    form.text(middle, "phone", 30)
    form.text(right, "location")
    form.pick(left, "practitioner_npi", doctors)
    form.pick(middle, "care_manager_id", staff)
    form.pick(right, "is_new", KNOWN_BEFORE)
    form.day(left, "risk_documented_on")
    return form.given


def _details(who: Identity, patient: records.Patient, mark: str, today: date) -> None:
    people = _people()
    said = {"practitioner_npi": people[0].get, "care_manager_id": people[1].get,
            "is_new": KNOWN_BEFORE.get, "sex": charting.SEXES.get}  # fmt: skip

    def read() -> conflict.Shown:
        with db.session() as session:
            stored, version = charting.shown(session, who, patient.patient_id)
        return conflict.Shown(version, charting.as_typed(stored))

    def save(version: int, values: conflict.Values) -> None:
        touched = acting.act(
            PAGE, "edit",
            lambda s, me: charting.edit_patient(s, me, patient.patient_id, version, values, today),
        )  # fmt: skip
        acting.tell(f"The patient's details are saved. {touched.sentence}".strip())

    form = conflict.Guarded(f"details_{mark}", LABELS, read, save, said)
    if form.is_contested():
        form.screen()
        return
    held = form.hold().values
    with st.form(form.key("form"), border=False):
        values = _fields(form.key, held, people, today)
        if st.form_submit_button("Save the details", type="primary"):
            form.submit(values)


def _adding(
    title: str, form: Callable[[str, str, date], Any], patient_id: str, mark: str, today: date
) -> None:
    name = f"{title.rsplit(' ', 1)[-1]}/{mark}"
    key = acting.fresh(name)
    with st.form(f"{title}/{key}", border=False):
        fact = form(key, patient_id, today)
        if st.form_submit_button(title, type="primary"):
            acting.attempt(
                PAGE, "edit", lambda s, me: charting.add(s, me, fact, today),
                lambda touched: f"Written down. {touched.sentence}".strip(), clears=name,
            )  # fmt: skip


def _condition(key: str, patient_id: str, today: date) -> records.Condition:
    left, middle, right = st.columns(3)
    code = left.text_input("Code (ICD-10-CM or SNOMED CT)", key=f"{key}/code", max_chars=20)
    label = middle.text_input("In words", key=f"{key}/label", max_chars=charting.MOST_LETTERS)
    onset = right.date_input(
        "Since", None, key=f"{key}/onset", min_value=OLDEST, max_value=today, format=words.DAY_FIELD
    )
    st.caption("The tables propose whether it is chronic; the practitioner confirms it.")
    return records.Condition("", patient_id, code, label=label, onset_on=onset)


def _coverage(key: str, patient_id: str) -> records.Payer:
    left, middle, right = st.columns(3)
    kind = left.selectbox("Payer", list(PAYERS), format_func=PAYERS.get, key=f"{key}/kind")
    name = middle.text_input("Name of the payer", key=f"{key}/payer", max_chars=80)
    member = right.text_input("Member number", key=f"{key}/member", max_chars=30)
    part_b = left.selectbox("Part B", list(ANSWERS), key=f"{key}/part_b",
                            format_func=ANSWERS.get)  # fmt: skip
    begins = middle.date_input(
        "From", None, key=f"{key}/from", min_value=OLDEST, format=words.DAY_FIELD
    )
    is_qmb = right.checkbox("Qualified Medicare Beneficiary (owes nothing)", key=f"{key}/qmb")
    supplement = right.checkbox("Has a supplement (Medigap)", key=f"{key}/supplement")
    return records.Payer(
        "", patient_id, kind, name.strip(), member.strip(), begins, None, part_b, is_qmb, True,
        supplement,
    )  # fmt: skip


def _payer(key: str, patient_id: str, today: date) -> records.Payer:
    return _coverage(key, patient_id)


def _stay(key: str, patient_id: str, today: date) -> records.Stay:
    left, middle, right = st.columns(3)
    kind = left.selectbox("Kind", list(STAYS), format_func=STAYS.get, key=f"{key}/kind")
    first = middle.date_input("First day", today, key=f"{key}/first", max_value=today,
                              min_value=OLDEST, format=words.DAY_FIELD)  # fmt: skip
    last = right.date_input("Last day (empty: still there)", None, key=f"{key}/last",
                            max_value=today, min_value=OLDEST, format=words.DAY_FIELD)  # fmt: skip
    return records.Stay("", patient_id, kind, first or today, last)


def _visit(key: str, patient_id: str, today: date) -> records.Visit:
    doctors = _people()[0]
    left, middle, right = st.columns(3)
    on = left.date_input(
        "Day", today, key=f"{key}/on", max_value=today, min_value=OLDEST, format=words.DAY_FIELD
    )
    code = middle.text_input("Code (99214, G0439, 99495 ...)", key=f"{key}/code", max_chars=5)
    whose = right.selectbox("By", list(PRACTICES), format_func=PRACTICES.get, key=f"{key}/whose")
    npi = left.selectbox("Practitioner", list(doctors), format_func=doctors.get, key=f"{key}/npi")
    signs = middle.text_input("Modifiers", key=f"{key}/modifiers", max_chars=11,
                              help="Two characters each, with a space between.")  # fmt: skip
    own = npi if whose == "same" else ""
    modifiers = tuple(signs.upper().split())
    return records.Visit("", patient_id, on or today, code.strip(), own, whose, modifiers)


def _deciding(chart: Chart, mark: str, today: date) -> None:
    doctors = _people()[0]
    own = chart.patient.practitioner_npi
    months = [Month.of(today), Month.of(today).previous]
    with st.form(f"mdm/{mark}", border=False):
        left, middle, right = st.columns(3)
        month = left.selectbox("Month", months, format_func=words.month, key=f"mdm/{mark}/month")
        level = middle.selectbox("Decision making", list(MDM), format_func=MDM.get,
                                 key=f"mdm/{mark}/level")  # fmt: skip
        npi = right.selectbox("Decided by", list(doctors), format_func=doctors.get,
                              index=list(doctors).index(own) if own in doctors else 0,
                              key=f"mdm/{mark}/npi")  # fmt: skip
        note = st.text_input("What it rests on", key=f"mdm/{mark}/note", max_chars=200)
        st.caption("Complex care management needs moderate or high decision making by the "
                   "practitioner in that month.")  # fmt: skip
        if st.form_submit_button("Write down the decision", type="primary"):
            fact = records.Complexity(
                chart.patient.patient_id, month, level, npi, today, note.strip()
            )
            acting.attempt(
                PAGE, "edit", lambda s, me: charting.add(s, me, fact, today),
                lambda touched: f"The decision is written down. {touched.sentence}".strip(),
            )  # fmt: skip


def _ending(who: Identity, chart: Chart, mark: str, today: date) -> None:
    try:
        with db.session() as session:
            found = charting.going_on(session, who, chart.patient.patient_id)
    except CcmError as refused:
        st.error(words.refused(refused))
        return
    if not found:
        st.caption("No condition, coverage or stay is open.")
        return
    with st.form(f"end/{mark}", border=False):
        left, right = st.columns([2, 1])
        which = left.selectbox("What ended", range(len(found)), key=f"end/{mark}/which",
                               format_func=lambda i: _named(found[i]))  # fmt: skip
        on = right.date_input("Last day", today, key=f"end/{mark}/on", max_value=today,
                              min_value=OLDEST, format=words.DAY_FIELD)  # fmt: skip
        if st.form_submit_button("Write down the end"):
            fact = found[which]
            acting.attempt(
                PAGE, "edit", lambda s, me: charting.end(s, me, fact, on or today, today),
                lambda touched: f"Written down. {touched.sentence}".strip(),
            )  # fmt: skip


def _named(fact: Any) -> str:
    """An entry of a selection: Streamlit shows it as it stands, without Markdown."""
    if isinstance(fact, records.Condition):
        return f"Condition {fact.code} {fact.label}"
    if isinstance(fact, records.Payer):
        return f"Coverage {fact.name or PAYERS[fact.kind]}"
    return f"Stay: {STAYS.get(fact.kind, fact.kind)} since {words.day(fact.from_on)}"
