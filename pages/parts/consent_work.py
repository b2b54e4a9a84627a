"""Consent on the patient page: taken with every point ticked, signed forms, revoked, renewed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import streamlit as st

from ccm_core.access.identity import Identity
from ccm_core.errors import CcmError
from ccm_core.program import consent_files, consenting
from ccm_core.program.consent_files import ENDINGS, MOST_BYTES, Upload
from ccm_core.program.consenting import ELEMENTS, Consents, ConsentWish, Held
from ccm_core.store import db, reading
from pages.parts import acting, conflict, downloads, tables, words
from pages.parts.guard import may

PAGE = consenting.PAGE


def work(who: Identity, patient_id: str, today: date, people: Mapping[str, str]) -> None:
    """What there is to do about the consent of one patient."""
    try:
        with db.session() as session:
            found = consenting.consents(session, who, patient_id, today)
            doctors = {p.npi: p.name for p in reading.practitioners(session)}
            staff = {p.staff_id: p.name for p in reading.staff(session) if p.is_active}
    except CcmError as refused:
        st.error(words.refused(refused))
        return
    if found.renew:
        (st.warning if found.is_renewal_needed else st.info)(found.renew)
    files(who, patient_id, found)
    if not may(who, PAGE, "edit"):
        return
    mark = tables.patient_key(who, patient_id)
    with st.expander("Record a consent", expanded=found.is_renewal_needed):
        form = Taking(who, patient_id, today, doctors, staff, mark)
        form.draw(found)
    standing = next((h for h in found.held if h.consent.revoked_on is None), None)
    if standing is not None:
        with st.expander("The patient wants to stop"):
            revoke_form(who, patient_id, standing, today)
    if found.held:
        with st.expander("Attach a signed form"):
            attach_form(patient_id, found, mark)


class Taking:
    """The form of a new consent; the version of the patient travels with it."""

    def __init__(
        self, who: Identity, patient_id: str, today: date, doctors: Mapping[str, str],
        staff: Mapping[str, str], mark: str,
    ) -> None:  # fmt: skip
        self.who, self.patient_id, self.today = who, patient_id, today
        self.doctors, self.takers = doctors, {**staff, **doctors}
        self.upload: Upload | None = None
        labels = {"on": "Consent given", "mode": "How", "npi": "For", "taken_by": "Taken by",
                  "elements": "The patient was told", "status": "Status"}  # fmt: skip
        people = self.takers.get
        said = {"npi": lambda n: people(n, n) or words.NOTHING,
                "taken_by": lambda n: people(n, n) or words.NOTHING,
                "elements": lambda names: words.listed(sorted(names or ()))}  # fmt: skip
        self.form = conflict.Guarded(f"consent_{mark}", labels, self.read, self.save, said)

    def read(self) -> conflict.Shown:
        with db.session() as session:
            found = consenting.consents(session, self.who, self.patient_id, self.today)
        last = found.held[0].consent if found.held else None
        values: dict[str, Any] = {"status": found.standing.patient.status}
        if last is not None:
            values |= {"on": last.given_on, "mode": last.mode, "npi": last.npi,
                       "taken_by": last.taken_by, "elements": last.elements}  # fmt: skip
        return conflict.Shown(found.standing.version, values)

    def save(self, version: int, values: conflict.Values) -> None:
        wish = ConsentWish(
            values["on"], values["mode"], frozenset(values["elements"]), values["npi"],
            values["taken_by"],
        )  # fmt: skip
        upload = self.upload
        acting.act(
            PAGE, "edit",
            lambda s, me: consenting.take(
                s, me, self.patient_id, wish, version, self.today, upload
            ),
        )  # fmt: skip
        acting.tell("The consent is recorded. Minutes count from its day on.")

    def draw(self, found: Consents) -> None:
        if self.form.is_contested():
            self.form.screen()
            return
        self.form.hold()
        key = self.form.key
        npi = found.standing.patient.practitioner_npi
        own = self.who.staff_id
        with st.form(key("form"), border=False):
            with st.container(horizontal=True):
                on = st.date_input(
                    "Given on",
                    self.today,
                    max_value=self.today,
                    key=key("on"),
                    format=words.DAY_FIELD,
                )
                mode = st.segmented_control(
                    "How", ["verbal", "written"], default="verbal", format_func=words.sentence,
                    key=key("mode"),
                )  # fmt: skip
            with st.container(horizontal=True):
                taken_by = _choose("Taken by", self.takers, own, key("taken_by"))
                doctor = _choose("For the practitioner", self.doctors, npi, key("npi"))
            st.caption("Tick each point that was said. All four belong to a consent.")
            ticked = {name: st.checkbox(said, key=key(name)) for name, said in ELEMENTS.items()}
            file = st.file_uploader(
                f"Signed form (optional): PDF, PNG or JPEG, up to {MOST_BYTES // 1_000_000} MB",
                type=list(ENDINGS), key=key("file"), max_upload_size=MOST_BYTES // 1_000_000,
            )  # fmt: skip
            if st.form_submit_button("Record the consent", type="primary"):
                self.upload = Upload(file.name, file.getvalue()) if file else None
                elements = frozenset(name for name, is_told in ticked.items() if is_told)
                self.form.submit({
                    "status": "consented", "on": on if isinstance(on, date) else self.today,
                    "mode": mode or "", "elements": elements, "npi": doctor or "",
                    "taken_by": taken_by or "",
                })  # fmt: skip


def _choose(label: str, names: Mapping[str, str], first: str, key: str) -> str | None:
    options = list(names)
    index = options.index(first) if first in names else None
    return st.selectbox(label, options, index=index, format_func=names.get, key=key)


def revoke_form(who: Identity, patient_id: str, held: Held, today: date) -> None:
    """The patient stops: effective at the end of the month."""
    form = _revoking(who, patient_id, held, today)
    if form.is_contested():
        form.screen()
        return
    form.hold()
    st.write("The service goes on until the last day of the month in which the patient says so.")
    with st.form(form.key("form"), border=False):
        on = st.date_input("Said on", today, min_value=held.consent.given_on, max_value=today,
                           key=form.key("on"), format=words.DAY_FIELD)  # fmt: skip
        reason = st.text_input("Reason the patient gave", max_chars=500, key=form.key("reason"))
        if st.form_submit_button("Record that the patient stops"):
            form.submit({"on": on if isinstance(on, date) else today, "reason": reason})


def _revoking(who: Identity, patient_id: str, held: Held, today: date) -> conflict.Guarded:
    consent_id = held.consent.consent_id

    def read() -> conflict.Shown:
        with db.session() as session:
            found = consenting.consents(session, who, patient_id, today).held
        now = next((h for h in found if h.consent.consent_id == consent_id), held)
        return conflict.Shown(now.version, {"on": now.consent.revoked_on, "reason": ""})

    def save(version: int, values: conflict.Values) -> None:
        ends = acting.act(
            PAGE, "edit",
            lambda s, me: consenting.revoke(
                s, me, patient_id, consent_id, version, values["on"], values["reason"], today
            ),
        )  # fmt: skip
        acting.tell(f"The consent is revoked; the service ends on {words.day(ends)}.")

    name = f"revoke_{tables.patient_key(who, patient_id)}"
    return conflict.Guarded(name, {"on": "Stopped on", "reason": "Reason"}, read, save)


def attach_form(patient_id: str, found: Consents, mark: str) -> None:
    """A form that came in later."""
    known = {h.consent.consent_id: f"{words.day(h.consent.given_on)}, {h.consent.mode}"
             for h in found.held}  # fmt: skip
    form = f"attach_{mark}"
    with st.form(acting.fresh(form), border=False):
        consent_id = st.selectbox("Consent of", list(known), format_func=known.get)
        file = st.file_uploader(
            "Signed form", type=list(ENDINGS), max_upload_size=MOST_BYTES // 1_000_000
        )
        if st.form_submit_button("Attach"):
            upload = Upload(file.name, file.getvalue()) if file else Upload("", b"")
            acting.attempt(
                PAGE, "edit",
                lambda s, me: consent_files.attach(s, me, patient_id, consent_id or "", upload),
                "The form is attached.", clears=form,
            )  # fmt: skip


def files(who: Identity, patient_id: str, found: Consents) -> None:
    """Signed forms, each a download that is on record."""
    if not found.files:
        return
    st.markdown("**Signed forms**")
    for file in found.files:
        size = f"{max(1, file.size_bytes // 1000):,} kB"
        with st.container(horizontal=True, vertical_alignment="center"):
            st.write(f"{words.plain(file.name)} · {size} · SHA-256 {file.sha256[:12]}")
            number = file.id
            downloads.offer(
                "Download", f"consent-{number}{file.name[file.name.rfind('.') :]}",
                lambda number=number: consent_files.fetch(who, patient_id, number),
                file.mime, "patient", "view",
            )  # fmt: skip
